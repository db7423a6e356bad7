#pragma once

/*
 * Library - the wire of all connections that libwebsockets frames itself: those
 * of registrees, and links over wss://.
 */

#include <libwebsockets.h>

#include "core/lib/cleanup.h"

struct ws_conn;
struct ws_dial;

extern const struct ws_wire_ops ws_library_wire;

/* Begin to open a connection over TLS.  The owner is told how that went,
 * later.  dial, and what it points at, must stay until then.  Returns 0 or a
 * negative errno. */
int ws_library_dial(struct ws_conn *c,
		    const struct ws_dial *dial) GW_MUST_CHECK;

/* Why a connection that is being opened is not up yet, for a person. */
const char *ws_library_delay(const struct ws_conn *c);

/* For ws_context.c: what libwebsockets calls. */
int ws_library_event(struct lws *wsi, enum lws_callback_reasons reason,
		     void *user, void *in, size_t len);
