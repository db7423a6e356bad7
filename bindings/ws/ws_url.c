/*
 * URL - where a link leads: ws://host[:port][/path] or wss://... (RFC 6455 3).
 */

#include "bindings/ws/ws_url.h"

static bool scheme_cut(struct ws_url *url, struct gw_str *text)
{
	static const struct gw_str plain = { "ws://", 5 };
	static const struct gw_str secure = { "wss://", 6 };
	struct gw_str scheme = plain;

	url->is_secure = text->len >= secure.len &&
			 gw_str_eq_nocase(gw_str_head(*text, secure.len),
					  secure);
	if (url->is_secure) {
		scheme = secure;
	}
	if (text->len < scheme.len ||
	    !gw_str_eq_nocase(gw_str_head(*text, scheme.len), scheme)) {
		return false;
	}
	*text = gw_str_skip(*text, scheme.len);
	return true;
}

static bool is_clean(struct gw_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c <= ' ' || c >= 0x7f || c == '#' || c == '@' ||
		    c == '\\' || c == '"') {
			return false;
		}
	}
	return true;
}

/* "[::1]:80" or "host:80": the host, and what follows it. */
static struct gw_str host_cut(struct gw_str *rest)
{
	struct gw_str host = { 0 };
	size_t end = 0;

	if (rest->len > 0 && rest->at[0] == '[') {
		end = gw_str_find(*rest, ']');
		if (end == rest->len) {
			return (struct gw_str){ 0 };
		}
		host = gw_str_skip(gw_str_head(*rest, end), 1);
		*rest = gw_str_skip(*rest, end + 1);
		return host;
	}
	end = gw_str_find(*rest, ':');
	host = gw_str_head(*rest, end);
	*rest = gw_str_skip(*rest, end);
	return host;
}

static bool port_read(struct ws_url *url, struct gw_str rest)
{
	uint64_t port = url->is_secure ? 443 : 80;

	if (rest.len > 0 &&
	    (rest.at[0] != ':' ||
	     !gw_str_number(&port, gw_str_skip(rest, 1), UINT16_MAX))) {
		return false;
	}
	url->port = (uint16_t)port;
	return port > 0;
}

bool ws_url_parse(struct ws_url *url, struct gw_str text)
{
	struct gw_str rest = { 0 };
	size_t end = 0;

	if (!is_clean(text) || !scheme_cut(url, &text)) {
		return false;
	}
	end = gw_str_find(text, '/');
	url->authority = gw_str_head(text, end);
	url->path = end < text.len ? gw_str_skip(text, end) : GW_STR("/");
	rest = url->authority;
	url->host = host_cut(&rest);
	return url->host.len > 0 &&
	       gw_str_find(url->authority, '?') == url->authority.len &&
	       port_read(url, rest);
}
