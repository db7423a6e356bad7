#pragma once

/*
 * Context - the one context of libwebsockets, hung into our loop.
 *
 * It outlives the binding by some turns of the loop: libuv closes handles only
 * between turns, and libwebsockets needs all of its own closed before its
 * context may be freed.
 */

#include <stdbool.h>

#include "core/lib/cleanup.h"
#include "core/lib/str.h"

struct lws;
struct lws_context;
struct lws_vhost;
struct ws_conn;
struct ws_state;
struct ws_context;

/* What a new context gives: a virtual host for each kind of connection. */
enum ws_kind {
	WS_KIND_RAW,    // links over ws://, framed by us
	WS_KIND_SECURE, // links over wss://, framed by the library
	WS_KIND_SERVER, // connections of registrees
};

/* NULL when short of memory, or without the library's support for libuv; the
 * log tells. */
struct ws_context *ws_context_new(struct ws_state *ws) GW_MUST_CHECK;

/* Leave it to itself: it closes what is open and frees itself while the loop
 * turns.  No connection may point into it any more.  NULL is fine.  Returns
 * NULL. */
struct ws_context *ws_context_leave(struct ws_context *context);

/* Let the library answer the handshake of a socket that has come, with this
 * head, as a connection of c.  It tells that c is up, or that it is refused,
 * from inside, and c may be gone then.  Takes the socket.  NULL when it is
 * given up. */
struct lws *ws_context_adopt(struct ws_context *context, struct ws_conn *c,
			     int fd, struct gw_str head);

/* The library is told nothing more of by a connection that is gone. */
void ws_context_unbind(struct lws *wsi);

/* The virtual host, made when first asked for.  NULL when that fails. */
struct lws_vhost *ws_context_host(struct ws_context *context,
				  enum ws_kind kind);

struct lws_context *ws_context_native(const struct ws_context *context);

/* The connection that a socket of the library belongs to; NULL when it has
 * been given up. */
struct ws_conn *ws_context_conn(struct lws *wsi);

/* Give a socket up: it is closed, and nothing about it is told any more.  Not
 * from inside a call of the library. */
void ws_context_drop(struct lws *wsi);
