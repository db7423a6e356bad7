/*
 * URL - where a link leads: ws://host[:port][/path] or wss://... (RFC 6455 3).
 */

#include "bindings/ws/ws_url.h"

#include "core/lib/url.h"

static const char *read_url(struct gw_url *url, struct gw_str text)
{
	const char *reason = gw_url_read(url, text);

	if (reason) {
		return reason;
	}
	if (!gw_url_has_scheme(url, "ws") && !gw_url_has_scheme(url, "wss")) {
		return "is no URL of WebSocket";
	}
	if (gw_str_is_present(url->user)) {
		return "holds a user name: use authorization instead";
	}
	if (gw_str_is_present(url->fragment)) {
		return "holds a fragment (#)";
	}
	return url->path.len == 0 && url->target.len > 0
		       ? "has a query but no path: put a / before the ?"
		       : NULL;
}

const char *ws_url_wrong(struct gw_str text)
{
	struct gw_url parsed;

	return read_url(&parsed, text);
}

bool ws_url_parse(struct ws_url *url, struct gw_str text)
{
	struct gw_url parsed;

	if (read_url(&parsed, text)) {
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
