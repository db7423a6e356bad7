/*
 * URL - addresses of MQTT (TS-0010 6.6).
 */

#include "bindings/mqtt/mqtt_url.h"

#include "bindings/mqtt/mqtt_topic.h"
#include "core/lib/buf.h"

#define PORT 1883
#define PORT_SECURE 8883

static bool cut_scheme(struct mqtt_url *url, struct gw_str *text)
{
	struct gw_str scheme = gw_str_head(*text, gw_str_find(*text, ':'));

	url->is_secure = gw_str_eq_nocase(scheme, GW_STR("mqtts"));
	if (!url->is_secure && !gw_str_eq_nocase(scheme, GW_STR("mqtt"))) {
		return false;
	}
	*text = gw_str_skip(*text, scheme.len);
	if (!gw_str_starts(*text, GW_STR("://"))) {
		return false;
	}
	*text = gw_str_skip(*text, 3);
	return true;
}

/* Host and port of an authority whose user was cut off. */
static bool read_authority(struct mqtt_url *url, struct gw_str authority)
{
	size_t n = gw_str_find(authority, ':');
	uint64_t port = url->is_secure ? PORT_SECURE : PORT;

	if (authority.len > 0 && authority.at[0] == '[') {
		authority = gw_str_skip(authority, 1);
		n = gw_str_find(authority, ']');
		if (n == authority.len) {
			return false;
		}
	}
	url->host = gw_str_head(authority, n);
	authority = gw_str_skip(authority, n);
	if (authority.len > 0 && authority.at[0] == ']') {
		authority = gw_str_skip(authority, 1);
	}
	if (authority.len > 0 &&
	    (authority.at[0] != ':' ||
	     !gw_str_number(&port, gw_str_skip(authority, 1), UINT16_MAX))) {
		return false;
	}
	url->port = (uint16_t)port;
	return url->host.len > 0 && port > 0;
}

bool mqtt_url_parse(struct mqtt_url *url, struct gw_str text)
{
	struct gw_str authority;
	size_t n = 0;

	*url = (struct mqtt_url){ 0 };
	if (!cut_scheme(url, &text)) {
		return false;
	}
	n = gw_str_find(text, '#');
	if (n < text.len) {
		url->form = gw_str_skip(text, n + 1);
		text = gw_str_head(text, n);
	}
	text = gw_str_head(text, gw_str_find(text, '?'));
	n = gw_str_find(text, '/');
	authority = gw_str_head(text, n);
	if (n < text.len) {
		url->path = gw_str_skip(text, n);
	}
	n = gw_str_find(authority, '@');
	if (n < authority.len) {
		authority = gw_str_skip(authority, n + 1);
	}
	return read_authority(url, authority);
}

bool mqtt_url_is_same_broker(const struct mqtt_url *a, const struct mqtt_url *b)
{
	return a->port == b->port && a->is_secure == b->is_secure &&
	       gw_str_eq_nocase(a->host, b->host);
}

struct gw_str mqtt_url_prefix(const struct mqtt_url *url)
{
	struct gw_str prefix = url->path;

	while (prefix.len > 0 && prefix.at[0] == '/') {
		prefix = gw_str_skip(prefix, 1);
	}
	while (prefix.len > 0 && prefix.at[prefix.len - 1] == '/') {
		prefix.len--;
	}
	return prefix;
}

struct gw_str mqtt_url_receiver(const struct mqtt_url *url)
{
	struct gw_str rest = url->path;

	if (gw_str_starts(rest, GW_STR("///"))) {
		rest = gw_str_skip(rest, 3);
		(void)gw_str_cut(&rest, '/');
	} else if (gw_str_starts(rest, GW_STR("//"))) {
		rest = gw_str_skip(rest, 2);
	} else {
		return (struct gw_str){ 0 };
	}
	return rest.len > 0 && gw_str_find(rest, '/') == rest.len
		       ? rest
		       : (struct gw_str){ 0 };
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Append the path with its escapes resolved.  False when one is none. */
static bool decode(struct gw_buf *buf, struct gw_str path)
{
	for (size_t i = 0; i < path.len; i++) {
		int high = 0;
		int low = 0;

		if (path.at[i] != '%') {
			gw_buf_add_char(buf, path.at[i]);
			continue;
		}
		high = i + 2 < path.len ? hex_digit(path.at[i + 1]) : -1;
		low = i + 2 < path.len ? hex_digit(path.at[i + 2]) : -1;
		if (high < 0 || low < 0) {
			return false;
		}
		gw_buf_add_char(buf, (char)(high * 16 + low));
		i += 2;
	}
	return true;
}

bool mqtt_url_topic(struct gw_buf *buf, const struct mqtt_url *url)
{
	struct gw_str path = url->path;
	size_t len = buf->len;
	bool is_good = false;

	if (path.len <= 1) {
		return false;
	}
	is_good = decode(buf, gw_str_skip(path, 1)) && !gw_buf_is_short(buf) &&
		  mqtt_topic_is_plain((struct gw_str){
			  (const char *)buf->at + len, buf->len - len });
	if (!is_good) {
		buf->len = len;
	}
	return is_good;
}
