#pragma once

/*
 * Reason - saying what is wrong with a message.
 */

#include "core/cleanup.h"
#include "core/status.h"

/* What was found wrong, for m2m:dbg and the log.  In the caller's hands; the
 * text is terminated. */
struct gw_reason {
	char text[160];
};

/* Fill in the reason; returns 4000, so that a reader ends with one line. */
enum gw_status gw_refuse(struct gw_reason *why, const char *fmt, ...)
	GW_PRINTF(2, 3);
