#pragma once

/*
 * Decode - one message as one primitive, and what is to be done with it.
 */

#include "core/codec/codec.h"
#include "core/lib/str.h"

enum ws_message {
	WS_MESSAGE_REQUEST, // *pp is a request
	WS_MESSAGE_ANSWER,  // *pp is an answer
	WS_MESSAGE_REFUSED, // *pp is what is left of a request that cannot be
			    // read: answer it with *statusp
	WS_MESSAGE_NONE,    // nothing that may ever be answered; *pp is NULL
};

/* The text, written as media says, is borrowed and copied into the arena of *pp.  *why says what is
 * wrong with what is refused, or is none. */
enum ws_message ws_decode(struct gw_primitive **pp, enum gw_status *statusp,
			  struct gw_reason *why, enum gw_media media,
			  struct gw_str text);
