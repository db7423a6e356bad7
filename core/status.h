#pragma once

/*
 * Status - how a request ended, in the numbers of TS-0004 6.6 (rsc).
 *
 * A status is a value that travels inside an answer.  It is never an error
 * return: a function that fails returns a negative errno instead.  A peer may
 * send numbers that have no name here; they are carried across unchanged.
 */

#include "core/lib/cleanup.h"

enum gw_status {
	GW_STATUS_NONE = 0, // nothing has gone wrong, and nothing has ended
#define GW_STATUS(name, number) GW_STATUS_##name = (number),
#include "core/status.def"
#undef GW_STATUS
};

/* The name in TS-0004; "OTHER" for a number without one. */
const char *gw_status_name(enum gw_status status);

/* Whether the request was carried out or accepted (1xxx and 2xxx). */
static inline int gw_status_is_success(enum gw_status status)
{
	return (int)status >= 1000 && (int)status < 3000;
}

/* Room for what a library says of TLS, and a few words of ours.  An exchange
 * holds one and stays below 1000 bytes, because for a larger piece malloc()
 * first collects all small ones that were freed. */
#define GW_REASON_BYTES 280

/* What was found wrong, for m2m:dbg and the log.  In the caller's hands; the
 * text is terminated. */
struct gw_reason {
	char text[GW_REASON_BYTES];
};

/* Fill in the reason; returns 4000, so that a reader ends with one line. */
enum gw_status gw_refuse(struct gw_reason *why, const char *fmt, ...)
	GW_PRINTF(2, 3);
