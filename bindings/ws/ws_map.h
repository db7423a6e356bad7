#pragma once

/*
 * Map - the names WebSocket knows oneM2M by (TS-0020 6.2.2.9).
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/lib/str.h"
#include "core/primitive.h"

/* The i-th spelling that is taken, or NULL behind the last. */
const char *ws_map_subprotocol(size_t i);

/* How messages are written under that name: exact, as RFC 6455 compares.  NONE
 * when it is none of ours. */
enum gw_media ws_map_media(struct gw_str name);

/* What the client end offers, best first; JSON unless CBOR is asked for. */
const char *ws_map_offer(enum gw_media media);

/* The first of them in a list as in Sec-WebSocket-Protocol; absent when there
 * is none, or the list is ill-formed. */
struct gw_str ws_map_known(struct gw_str list);

/* The first element of a header's list, cut off its front; absent at the end.
 * Blanks around it are gone. */
struct gw_str ws_map_element(struct gw_str *list);
