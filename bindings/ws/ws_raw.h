#pragma once

/*
 * Raw - the wire of a link over ws://: our frames on a plain connection of
 * libwebsockets.  ws_frame.h tells why.
 */

#include <libwebsockets.h>

#include "core/lib/cleanup.h"

struct ws_conn;
struct ws_dial;

#define WS_RAW_PROTOCOL "link"

/* Begin to open a connection.  The owner is told how that went, later.
 * Returns 0 or a negative errno. */
int ws_raw_dial(struct ws_conn *c, const struct ws_dial *dial) GW_MUST_CHECK;

/* Give up an attempt, without a word to the owner.  One that has ended is
 * fine. */
void ws_raw_hang_up(struct ws_conn *c);

/* Take over the bounds that the configuration sets now. */
void ws_raw_settle(struct ws_conn *c);

/* For ws_context.c: what libwebsockets calls. */
int ws_raw_event(struct lws *wsi, enum lws_callback_reasons reason, void *user,
		 void *in, size_t len);
