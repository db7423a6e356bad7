#pragma once

/*
 * Glimpse - whose answer it is that cannot be read.
 *
 * What the scanner refuses is never taken; but who asked need not wait until
 * the request expires when the answer still says which one it is for.
 */

#include <stdbool.h>

#include "core/lib/cleanup.h"
#include "core/lib/str.h"

/* Whether a message that could not be read is an answer, as far as can be seen:
 * its outermost members have one rsc, and at most one rqi, which is written
 * without escapes.  Sets *idp, a slice of the message; absent when there is
 * none.  In CBOR, items without a length hide what is behind them. */
bool gw_glimpse_json(struct gw_str *idp, struct gw_bytes message) GW_MUST_CHECK;
bool gw_glimpse_cbor(struct gw_str *idp, struct gw_bytes message) GW_MUST_CHECK;
