/*
 * Server - the connections of registrees (TS-0020 5.1).
 *
 * Sockets are accepted here and then given to libwebsockets, so that those we
 * cannot serve are turned away before they cost anything.
 */

#include "bindings/ws/ws_server.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bindings/ws/ws_context.h"
#include "bindings/ws/ws_door.h"
#include "bindings/ws/ws_guest.h"
#include "bindings/ws/ws_hello.h"
#include "bindings/ws/ws_library.h"
#include "bindings/ws/ws_map.h"
#include "bindings/ws/ws_state.h"
#include "core/lib/buf.h"
#include "core/lib/listen.h"
#include "core/lib/log.h"
#include "core/lib/net.h"
#include "core/profile.h"
#include "core/report.h"

#define GW_LOG_TOPIC "ws"

/* Room for a status of HTTP as text. */
#define CODE_BYTES 8

/* Ids remembered after their use, per guest. */
#define GUEST_USED_MAX 256

/* Requests that a guest may have open and still be read: what a link writes at
 * once (WS_BATCH_BYTES) holds as many of 1 KiB, so that it does not run dry. */
#define GUEST_ASKED_MAX 64

/* Guests that wait to be told that there are too many: one, and a part of those
 * that may be in. */
#define TURNED_AWAY_MAX ((size_t)64)
#define TURNED_AWAY_PART ((size_t)8)

/* How long an older connection of the same name may stay silent: its owner may
 * be about to use it. */
#define OLDER_SILENT_MS 10000

/* For the refused to read why, and to close. */
#define GOODBYE_MS 1000

/* What a connection takes, here and in the library. */
#define GUEST_BYTES ((size_t)8 * 1024)

#define BAD_REQUEST 400
#define TOO_LARGE 431
#define UNAVAILABLE 503

struct ws_server {
	struct ws_state *ws;
	struct lws_vhost *host;
	struct ws_census census;
	struct gw_accounts sockets; // who has them
	struct gw_listen listen;
	struct ws_guest *guests;
	struct ws_guest *entering; // is handed to the library; NULL: none, or
				   // it is gone
	size_t n_guests;
	size_t n_turned_away;
	uint64_t n_refused; // for the log
};

static struct ws_guest *guest_of(struct ws_conn *c)
{
	return (struct ws_guest *)(void *)c;
}

static const struct gw_conf_listen *listen_conf(const struct ws_server *s)
{
	return &ws_conf(s->ws)->ws;
}

static struct gw_registry *registry(const struct ws_server *s)
{
	return gw_relay_registry(s->ws->binding->relay);
}

/* Whoever bears the name now is reached over this connection. */
static void lead(struct ws_guest *g)
{
	assert(g->is_in);
	g->conn.is_retiring = g->server->ws->is_draining;
	gw_peer_deinit(&g->peer);
	gw_peer_init(registry(g->server), &g->peer, g->server->ws->binding,
		     gw_str_from(g->name));
}

static void guest_free(struct ws_guest *g)
{
	struct ws_server *s = g->server;
	struct ws_guest *heir = NULL;

	if (s->entering == g) {
		s->entering = NULL;
	}
	ws_conn_fail_waiting(&g->conn, "connection lost before the answer");
	if (g->is_in) {
		gw_peer_deinit(&g->peer);
	}
	heir = ws_census_unname(&s->census, g);
	if (heir) {
		lead(heir);
	}
	gw_account_give(&s->sockets, &g->socket);
	gw_timer_clear(s->ws->loop, &g->patience);
	ws_knock_stop(&g->knock);
	ws_conn_deinit(&g->conn);
	(void)gw_account_leave(g->conn.asker.account);
	assert(*g->link == g && s->n_guests > 0);
	*g->link = g->next;
	if (g->next) {
		g->next->link = g->link;
	}
	s->n_guests--;
	assert(!g->is_one_too_many || s->n_turned_away > 0);
	s->n_turned_away -= g->is_one_too_many ? 1 : 0;
	free(g->name);
	free(g);
}

static void lost(struct ws_conn *c, const char *why)
{
	struct ws_guest *g = guest_of(c);

	gw_debug("guest-lost", "the connection from %s is gone: %s",
		 g->peer.host, why);
	guest_free(g);
}

/* Gone before it was in. */
static void guest_drop(struct ws_guest *g)
{
	ws_context_drop(g->conn.wsi);
	guest_free(g);
}

static void refused(struct ws_conn *c, const char *why)
{
	guest_free(guest_of(c));
}

static const struct ws_owner_ops owner = {
	.lost = lost,
	.refused = refused,
};

/* It is told to come back later. */
static bool give_up(struct gw_load *load)
{
	struct ws_conn *c = gw_container(load, struct ws_conn, load);

	if (!c->is_open || c->is_closing) {
		return false;
	}
	ws_conn_close(c, WS_CODE_TRY_AGAIN,
		      "it is given up for somebody who holds less "
		      "(limits.memory)");
	return true;
}

static void patience_over(struct gw_timer *t)
{
	struct ws_guest *g = gw_container(t, struct ws_guest, patience);

	guest_drop(g);
}

static struct ws_guest *guest_new(struct ws_server *s,
				  const struct sockaddr_storage *from)
{
	struct ws_guest *g = calloc(1, sizeof(*g));

	if (!g) {
		return NULL;
	}
	(void)gw_net_print_of(g->peer.host, (const struct sockaddr *)from);
	ws_conn_init(&g->conn, s->ws, &owner, GUEST_USED_MAX);
	g->conn.own_bytes = GUEST_BYTES;
	g->conn.load.give_up = give_up;
	g->conn.asker.account = gw_relay_account_new(s->ws->binding->relay,
						     listen_conf(s),
						     gw_str_from(g->peer.host));
	g->server = s;
	g->patience.fire = patience_over;
	g->next = s->guests;
	g->link = &s->guests;
	if (g->next) {
		g->next->link = &g->next;
	}
	s->guests = g;
	s->n_guests++;
	return g;
}

/* Hand the socket to the library, which owns it from now on.  The guest may be
 * gone when that is done. */
static void hand_over(struct ws_guest *g, size_t n_head, struct gw_str instead)
{
	struct ws_server *s = g->server;
	int fd = ws_knock_give(&g->knock, n_head);
	struct lws *wsi = NULL;

	s->entering = g;
	wsi = ws_context_adopt(s->ws->context, &g->conn, fd, instead);
	if (!gw_take(&s->entering)) {
		return;
	}
	g->conn.wsi = wsi;
	if (!wsi) {
		guest_free(g);
	}
}

static void let_in(struct ws_guest *g, struct gw_str head)
{
	struct gw_buf simple;

	gw_buf_init(&simple, 0, WS_HEAD_MAX);
	ws_hello_simplify(&simple, head);
	if (gw_buf_is_short(&simple)) {
		guest_free(g);
	} else {
		hand_over(g, head.len, gw_buf_str(&simple));
	}
	gw_buf_deinit(&simple);
}

static void tell_refusal(const struct ws_guest *g, struct ws_refusal refusal)
{
	struct gw_binding *b = g->server->ws->binding;
	char code[CODE_BYTES];

	(void)snprintf(code, sizeof(code), "%u", refusal.status);
	gw_relay_counts(b->relay)->n_unreadable++;
	gw_report_refusal(&(struct gw_refusal){
		.binding = b,
		.peer = gw_str_from(g->peer.host),
		.status = GW_STATUS_BAD_REQUEST,
		.code = code,
		.reason = refusal.body,
	});
}

static void turn_down(struct ws_guest *g, struct ws_refusal refusal)
{
	struct gw_loop *loop = g->server->ws->loop;
	char text[WS_DOOR_TEXT_BYTES];
	size_t len = ws_door_print(text, refusal);

	if (!g->is_one_too_many) {
		tell_refusal(g, refusal);
	}
	ws_knock_refuse(&g->knock, (struct gw_str){ text, len });
	gw_timer_set(loop, &g->patience, gw_loop_now_ms(loop) + GOODBYE_MS);
}

static struct ws_refusal judge(struct ws_guest *g, struct gw_str head,
			       char name[WS_NAME_MAX + 1])
{
	struct gw_net_end at = { 0 };

	name[0] = '\0';
	if (g->is_one_too_many) {
		return (struct ws_refusal){
			UNAVAILABLE, "There are as many connections as allowed."
		};
	}
	ws_knock_end(&g->knock, &at);
	return ws_door_judge(head, listen_conf(g->server), &at, name);
}

static void heard(struct ws_knock *k, struct gw_str head)
{
	struct ws_guest *g = gw_container(k, struct ws_guest, knock);
	char name[WS_NAME_MAX + 1];
	struct ws_refusal refusal = judge(g, head, name);

	if (refusal.status != 0) {
		turn_down(g, refusal);
		return;
	}
	if (name[0] != '\0') {
		g->name = gw_str_dup(gw_str_from(name));
	}
	if (name[0] != '\0' && !g->name) {
		guest_free(g);
		return;
	}
	let_in(g, head);
}

static void unheard(struct ws_knock *k, enum ws_unheard why)
{
	struct ws_guest *g = gw_container(k, struct ws_guest, knock);

	switch (why) {
	case WS_UNHEARD_TOO_LONG:
		turn_down(g,
			  (struct ws_refusal){
				  TOO_LARGE,
				  "The head of the handshake is too long." });
		return;
	case WS_UNHEARD_NO_HTTP:
		turn_down(g, (struct ws_refusal){ BAD_REQUEST,
						  "That is no HTTP." });
		return;
	default:
		guest_free(g);
		return;
	}
}

/* Wait for the head of its handshake. */
static void admit(struct ws_server *s, struct ws_guest *g, int fd)
{
	struct gw_loop *loop = s->ws->loop;
	int one = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	g->knock.heard = heard;
	g->knock.unheard = unheard;
	if (ws_knock_start(&g->knock, loop, fd)) {
		guest_free(g);
		return;
	}
	gw_timer_set(loop, &g->patience,
		     ws_now_ms(s->ws) + listen_conf(s)->header_ms);
}

static void turn_away(struct ws_server *s, struct ws_guest *g, int fd)
{
	if (s->n_refused++ % 1000 == 0) {
		gw_warn("too-many",
			"a connection from %s is refused: there are as many as "
			"the configuration allows (%llu refused so far)",
			g->peer.host, (unsigned long long)s->n_refused);
	}
	if (s->n_turned_away >= TURNED_AWAY_MAX ||
	    s->n_turned_away > listen_conf(s)->connections / TURNED_AWAY_PART) {
		(void)close(fd);
		guest_free(g);
		return;
	}
	s->n_turned_away++;
	g->is_one_too_many = true;
	admit(s, g, fd);
}

/* Whether there is a place for it, and memory. */
static bool has_room(struct ws_server *s, struct ws_guest *g)
{
	struct gw_relay *relay = s->ws->binding->relay;
	struct gw_reason why;

	return gw_relay_take_socket(relay, &s->sockets, &g->socket,
				    listen_conf(s),
				    gw_str_from(g->peer.host)) &&
	       gw_memory_take(relay, &g->conn.load, g->conn.asker.account,
			      GUEST_BYTES, &why) == GW_STATUS_NONE;
}

static void knock(void *arg, int fd, const struct sockaddr_storage *from)
{
	struct ws_server *s = arg;
	struct ws_guest *g = guest_new(s, from);

	if (!g) {
		(void)close(fd);
		return;
	}
	if (!has_room(s, g)) {
		turn_away(s, g, fd);
		return;
	}
	admit(s, g, fd);
}

static void enter(struct ws_guest *g, struct lws *wsi)
{
	const struct gw_conf_listen *conf = listen_conf(g->server);
	struct ws_conn *c = &g->conn;
	struct ws_guest *older = NULL;
	int error = 0;

	assert(!g->is_in && !g->bears);
	gw_timer_clear(c->ws->loop, &g->patience);
	c->wire = &ws_library_wire;
	c->profile = gw_profile_find(GW_STR("standard"));
	c->ping_ms = conf->idle_ms;
	c->rx_ms = conf->body_ms;
	c->asker = (struct gw_asker){
		.binding = c->ws->binding,
		.peer = &g->peer,
		.host = gw_str_from(g->peer.host),
		.account = c->asker.account,
		.media = ws_map_media(gw_str_from(lws_get_protocol(wsi)->name)),
	};
	c->n_asked_max = gw_account_is_trusted(c->asker.account)
				 ? 0
				 : GUEST_ASKED_MAX;
	ws_pace_set(&c->pace, c->profile, NULL);
	ws_conn_opened(c, wsi);
	g->is_in = true;
	gw_peer_init(registry(g->server), &g->peer, c->ws->binding,
		     gw_str_from(g->name));
	gw_debug("guest", "a connection from %s is open as %s", g->peer.host,
		 g->name ? g->name : "nobody yet");
	if (g->name) {
		older = ws_census_name(&g->server->census, g, &error);
	}
	if (older) {
		ws_conn_retire(&older->conn, WS_CODE_NORMAL, OLDER_SILENT_MS);
	}
	if (error || c->ws->is_draining) {
		ws_conn_retire(c, WS_CODE_AWAY, 0);
	}
}

int ws_server_event(struct ws_conn *c, struct lws *wsi,
		    enum lws_callback_reasons reason)
{
	switch (reason) {
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return 0; // the door has judged it
	case LWS_CALLBACK_ESTABLISHED:
		enter(guest_of(c), wsi);
		return 0;
	default:
		return -1;
	}
}

int ws_server_stranger(enum lws_callback_reasons reason)
{
	switch (reason) {
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
	case LWS_CALLBACK_HTTP:
	case LWS_CALLBACK_ESTABLISHED:
	case LWS_CALLBACK_RECEIVE:
		return -1;
	default:
		return 0;
	}
}

size_t ws_server_count(const struct ws_state *ws)
{
	return ws->server ? ws->server->n_guests : 0;
}

bool ws_server_listens(const struct ws_state *ws, struct gw_net_end *at)
{
	if (!ws->server || ws->server->listen.at.port == 0) {
		return false;
	}
	*at = ws->server->listen.at;
	return true;
}

void ws_server_send(struct gw_exchange *x)
{
	struct ws_guest *g = gw_container(x->hop.peer, struct ws_guest, peer);

	if (!g->conn.is_open || g->conn.is_closing || g->conn.is_broken) {
		gw_exchange_fail(x, GW_STATUS_TARGET_NOT_REACHABLE,
				 "the connection of the registree ends");
	} else {
		(void)ws_conn_send(&g->conn, x);
	}
}

void ws_server_doubt(struct gw_peer *peer)
{
	struct ws_guest *g = gw_container(peer, struct ws_guest, peer);

	ws_conn_doubt(&g->conn);
}

int ws_server_start(struct ws_state *ws)
{
	struct ws_server *s = calloc(1, sizeof(*s));

	if (!s) {
		return -ENOMEM;
	}
	assert(!ws->server);
	s->ws = ws;
	s->census.ws = ws;
	gw_relay_open_sockets(ws->binding->relay, &s->sockets,
			      "connections (listen.ws.connections)");
	s->listen.take = knock;
	s->listen.arg = s;
	s->listen.what = "WebSocket";
	s->listen.topic = "ws";
	ws->server = s;
	s->host = ws_context_host(ws->context, WS_KIND_SERVER);
	if (!s->host) {
		return -ENOMEM;
	}
	return gw_listen_start(&s->listen, ws->loop, listen_conf(s)->address,
			       listen_conf(s)->port);
}

void ws_server_drain(struct ws_state *ws)
{
	struct ws_server *s = ws->server;
	struct ws_guest *next = NULL;

	if (!s) {
		return;
	}
	gw_listen_stop(&s->listen);
	for (struct ws_guest *g = s->guests; g; g = next) {
		next = g->next;
		if (g->is_in) {
			ws_conn_retire(&g->conn, WS_CODE_AWAY, 0);
		} else {
			guest_drop(g);
		}
	}
}

bool ws_server_is_drained(struct ws_state *ws)
{
	struct ws_guest *first = ws->server ? ws->server->guests : NULL;

	for (struct ws_guest *g = first; g; g = g->next) {
		ws_conn_kick(&g->conn);
	}
	return !first;
}

void ws_server_stop(struct ws_state *ws)
{
	struct ws_server *s = gw_take(&ws->server);

	if (!s) {
		return;
	}
	gw_listen_stop(&s->listen);
	while (s->guests) {
		ws_conn_bye(&s->guests->conn);
		ws_context_drop(s->guests->conn.wsi);
		guest_free(s->guests);
	}
	assert(s->n_guests == 0 && s->n_turned_away == 0);
	assert(s->census.names.table.n_entries == 0);
	gw_accounts_deinit(&s->sockets);
	free(s);
}
