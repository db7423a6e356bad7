#pragma once

/*
 * URL - where a link leads: ws://host[:port][/path] or wss://... (RFC 6455 3).
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/lib/str.h"

struct ws_url {
	bool is_secure;
	struct gw_str host;      // name or address, without brackets
	struct gw_str authority; // as the Host header has it
	struct gw_str path;      // with its query, or "/"
	uint16_t port;
};

/* What is wrong with it, as the end of a sentence; NULL: nothing. */
const char *ws_url_wrong(struct gw_str text);

/* Take a URL apart; the texts are slices of it, or literals.  False when it is
 * none, or holds what may not stand in a request line. */
bool ws_url_parse(struct ws_url *url, struct gw_str text);
