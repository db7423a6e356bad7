/*
 * URL - addresses of MQTT (TS-0010 6.6).
 */

#include "bindings/mqtt/mqtt_url.h"

#include "bindings/mqtt/mqtt_topic.h"
#include "core/lib/buf.h"
#include "core/lib/url.h"

static const char *read_url(struct mqtt_url *url, struct gw_str text)
{
	struct gw_url parsed;
	const char *reason = gw_url_read(&parsed, text);
	bool is_secure = false;

	if (reason) {
		return reason;
	}
	is_secure = gw_url_has_scheme(&parsed, "mqtts");
	if (!is_secure && !gw_url_has_scheme(&parsed, "mqtt")) {
		return "is no URL of MQTT";
	}
	*url = (struct mqtt_url){
		.is_secure = is_secure,
		.host = parsed.host,
		.port = parsed.port,
		.form = parsed.fragment,
	};
	if (parsed.path.len > 0) {
		url->path = parsed.path;
	}
	return NULL;
}

bool mqtt_url_parse(struct mqtt_url *url, struct gw_str text)
{
	return read_url(url, text) == NULL;
}

/* A broker takes no subscription below a prefix with a wildcard in it, and
 * publishes nothing there (MQTT 3.1.1 4.7.1). */
const char *mqtt_url_wrong(struct gw_str text)
{
	struct mqtt_url url;
	const char *reason = read_url(&url, text);
	struct gw_str prefix;

	if (reason) {
		return reason;
	}
	prefix = mqtt_url_prefix(&url);
	return prefix.len == 0 || mqtt_topic_is_plain(prefix)
		       ? NULL
		       : "has a path that is no prefix of topics";
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
