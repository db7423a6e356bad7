#pragma once

/*
 * Why - saying what is wrong with a message.
 */

#include "core/cleanup.h"
#include "core/codec_json.h"

/* Fill in the reason; returns 4000, so that a reader ends with one line. */
enum gw_status coap_why(struct gw_reason *why, const char *fmt, ...)
	GW_PRINTF(2, 3);
