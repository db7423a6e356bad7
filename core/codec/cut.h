#pragma once

/*
 * Cut - a message without its content, for when that may be all that is wrong
 * with it.
 *
 * Nothing is known of the message but that it could not be read.  Where its pc
 * ends is told by brackets, quotes and lengths alone, so that what is left is a
 * guess: whoever reads it finds out, strictly, whether it is a primitive.
 */

#include <stdbool.h>

#include "core/lib/str.h"

struct gw_buf;

/* Append a message with null in place of the value of its first pc, within what
 * it may be wrapped in; it becomes at most GW_CUT_GROWTH bytes longer.  False
 * when it has none that can be told from the rest. */
bool gw_cut_json(struct gw_buf *buf, struct gw_bytes message);
bool gw_cut_cbor(struct gw_buf *buf, struct gw_bytes message);

#define GW_CUT_GROWTH ((size_t)4)
