#pragma once

/*
 * Map - the names WebSocket knows oneM2M by (TS-0020 6.2.2.9).
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"

/* What the client end offers, best first.  Mobius takes only the second and
 * dies when that is missing; ACME and tinyIoT take the first. */
#define WS_OFFERED "oneM2M.json, oneM2M.R2.0.json"

/* The i-th spelling the server end takes for JSON, or NULL behind the last. */
const char *ws_map_subprotocol(size_t i);

/* Whether it is one of them; exact, as RFC 6455 compares. */
bool ws_map_is_json(struct gw_str name);

/* Whether a list as in Sec-WebSocket-Protocol is well-formed and holds one of
 * them. */
bool ws_map_has_json(struct gw_str list);

/* Without the blanks around it. */
struct gw_str ws_map_trim(struct gw_str s);

/* The first element of a header's list, cut off its front; absent at the end.
 * Blanks around it are gone. */
struct gw_str ws_map_element(struct gw_str *list);
