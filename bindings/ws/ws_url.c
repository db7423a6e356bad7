/*
 * URL - where a link leads: ws://host[:port][/path] or wss://... (RFC 6455 3).
 */

#include "bindings/ws/ws_url.h"

#include "core/lib/url.h"

const char *ws_url_wrong(struct gw_str text)
{
	struct gw_url url;

	if (!gw_url_parse(&url, text)) {
		return gw_url_wrong(text);
	}
	if (!gw_url_has_scheme(&url, "ws") && !gw_url_has_scheme(&url, "wss")) {
		return "is no URL of WebSocket";
	}
	if (gw_str_is_present(url.user)) {
		return "holds a user name: use authorization instead";
	}
	if (gw_str_is_present(url.fragment)) {
		return "holds a fragment (#)";
	}
	return url.path.len == 0 && url.target.len > 0
		       ? "has a query but no path: put a / before the ?"
		       : NULL;
}

bool ws_url_parse(struct ws_url *url, struct gw_str text)
{
	struct gw_url parsed;

	if (ws_url_wrong(text) || !gw_url_parse(&parsed, text)) {
		return false;
	}
	*url = (struct ws_url){
		.is_secure = gw_url_has_scheme(&parsed, "wss"),
		.host = parsed.host,
		.authority = parsed.authority,
		.path = parsed.target.len > 0 ? parsed.target : GW_STR("/"),
		.port = parsed.port,
	};
	return true;
}
