#pragma once

/*
 * Server - the connections of registrees (TS-0020 5.1: the registree is the
 * client, the registrar the server).
 *
 *	accept ----> KNOCKING ----------> IN ------> (ended)
 *	  | too many    | not WebSocket,   | a newer one of the
 *	  v             v not for us       v same identity came
 *	closed        HTTP error         closes once it is quiet
 *	or 503
 */

#include <stdbool.h>

#include <libwebsockets.h>

#include "core/lib/cleanup.h"
#include "core/status.h"

struct gw_exchange;
struct gw_net_end;
struct gw_peer;
struct ws_conn;
struct ws_server;
struct ws_state;

/* Listen as the configuration says.  Returns 0 or a negative errno, already
 * logged; ws_server_stop() is still needed. */
int ws_server_start(struct ws_state *ws) GW_MUST_CHECK;

/* How many connections are open. */
size_t ws_server_count(const struct ws_state *ws);

/* Where it is bound; false: it does not listen. */
bool ws_server_listens(const struct ws_state *ws, struct gw_net_end *at);

/* Send over x->hop.peer.  As gw_binding_send_fn. */
void ws_server_send(struct gw_exchange *x);

/* As gw_binding_ops.doubt. */
void ws_server_doubt(struct gw_peer *peer);

/* Take no new connections, and close those that there are. */
void ws_server_drain(struct ws_state *ws);
bool ws_server_is_drained(struct ws_state *ws);

/* Close all at once. */
void ws_server_stop(struct ws_state *ws);

/* For ws_library.c: what concerns connections before they are open.  Returns
 * what libwebsockets wants to know. */
int ws_server_event(struct ws_conn *c, struct lws *wsi,
		    enum lws_callback_reasons reason);

/* The same for a socket that has been given up. */
int ws_server_stranger(enum lws_callback_reasons reason);
