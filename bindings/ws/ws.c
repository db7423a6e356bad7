/*
 * WebSocket - the binding of TS-0020, both ends, on libwebsockets.
 *
 * ws_link.c opens connections toward CSEs, ws_server.c takes those of
 * registrees; ws_conn.h is what both carry primitives with.
 */

#include "bindings/ws/ws.h"

#include <assert.h>
#include <errno.h>

#include <libwebsockets.h>

#include "bindings/ws/ws_conn.h"
#include "bindings/ws/ws_context.h"
#include "bindings/ws/ws_links.h"
#include "bindings/ws/ws_places.h"
#include "bindings/ws/ws_server.h"
#include "bindings/ws/ws_state.h"
#include "bindings/ws/ws_url.h"
#include "core/conf.h"
#include "core/lib/log.h"

#define GW_LOG_TOPIC "ws"

uint32_t ws_state_key(struct ws_state *ws)
{
	if (ws->n_keys == 0) {
		ws->loop->ops->random(ws->loop, ws->keys, sizeof(ws->keys));
		ws->n_keys = WS_KEYS;
	}
	assert(ws->n_keys <= WS_KEYS);
	return ws->keys[--ws->n_keys];
}

/* Registrations that were kept may be known before the start. */
static struct ws_state *state_of(struct gw_binding *b)
{
	struct ws_state *ws = b->state;

	ws->binding = b;
	ws->loop = b->loop;
	return ws;
}

static int start(struct gw_binding *b)
{
	struct ws_state *ws = state_of(b);

	assert(!ws->context);
	gw_buf_init(&ws->out, LWS_PRE, LWS_PRE + ws_batch_max(ws));
	ws_places_start(ws);
	ws->context = ws_context_new(ws);
	if (!ws->context) {
		return -EIO;
	}
	return ws_conf(ws)->ws.is_on ? ws_server_start(ws) : 0;
}

static void drain(struct gw_binding *b)
{
	struct ws_state *ws = b->state;

	ws->is_draining = true;
	ws_server_drain(ws);
	ws_links_drain(ws);
}

static bool is_drained(struct gw_binding *b)
{
	bool are_links_drained = ws_links_are_drained(b->state);

	return ws_server_is_drained(b->state) && are_links_drained;
}

static void stop(struct gw_binding *b)
{
	struct ws_state *ws = b->state;

	if (!ws->binding) {
		return;
	}
	ws->is_draining = true;
	ws_links_stop(ws);
	ws_places_stop(ws);
	ws_server_stop(ws);
	assert(!ws->links && !ws->server);
	ws->context = ws_context_leave(ws->context);
	gw_buf_deinit(&ws->out);
}

static int reload(struct gw_binding *b, const struct gw_conf *conf)
{
	struct ws_state *ws = state_of(b);

	if (!gw_conf_is_same_place(&b->conf->ws, &conf->ws)) {
		gw_warn("reload", "address and port of WebSocket stay as they "
				  "are until a restart");
	}
	b->conf = conf;
	ws->out.limit_bytes = LWS_PRE + ws_batch_max(ws);
	ws_links_reload(ws);
	return 0;
}

static void send_one(struct gw_binding *b, struct gw_exchange *x)
{
	if (x->hop.peer) {
		ws_server_send(x);
	} else if (x->hop.cse) {
		ws_link_send(b->state, x);
	} else {
		/* A registree opens its connection itself (TS-0020 5.1). */
		gw_exchange_fail(x, GW_STATUS_TARGET_NOT_REACHABLE,
				 "nobody is dialed over WebSocket on demand");
	}
}

static void forget(struct gw_binding *b, struct gw_exchange *x)
{
	ws_conn_forget(x);
}

static bool is_held(struct gw_binding *b, const struct gw_exchange *x,
		    struct gw_reason *why)
{
	return ws_conn_holds(x, why);
}

static void reply(struct gw_binding *b, struct gw_exchange *x)
{
	ws_conn_reply(x);
}

static void joined(struct gw_binding *b, struct gw_registree *r)
{
	ws_link_joined(state_of(b), r);
}

static void left(struct gw_binding *b, struct gw_registree *r)
{
	ws_link_left(state_of(b), r);
}

static void wanted(struct gw_binding *b, struct gw_cse *cse)
{
	ws_link_wanted(state_of(b), cse);
}

/* A CSE has no other way to us than the link that we opened; ACME wants to hear
 * a name for it. */
static struct gw_str address(struct gw_binding *b, const struct gw_cse *cse)
{
	if (cse) {
		return GW_STR("ws://default");
	}
	return b->conf->ws.is_on ? gw_str_from(b->conf->ws.advertise)
				 : (struct gw_str){ 0 };
}

static bool listens(struct gw_binding *b, struct gw_net_end *at)
{
	return ws_server_listens(b->state, at);
}

static void tell(struct gw_binding *b, gw_say_fn *say, void *arg)
{
	const struct ws_state *ws = b->state;
	size_t n_own_ids = 0;
	size_t n_elsewhere = 0;

	say(arg, "connections", ws_server_count(ws));
	say(arg, "links", ws->n_open);
	ws_links_count_own_ids(ws, &n_own_ids, &n_elsewhere);
	say(arg, "own-id-links", n_own_ids);
	say(arg, "own-ids-held-elsewhere", n_elsewhere);
}

static const char *const schemes[] = { "ws", "wss", NULL };

const struct gw_binding_ops ws_ops = {
	.name = "ws",
	.schemes = schemes,
	.wrong_url = ws_url_wrong,
	.is_two_way = true,
	.state_size = sizeof(struct ws_state),
	.start = start,
	.drain = drain,
	.is_drained = is_drained,
	.stop = stop,
	.reload = reload,
	.send = send_one,
	.forget = forget,
	.is_held = is_held,
	.reply = reply,
	.joined = joined,
	.left = left,
	.doubt = ws_server_doubt,
	.address = address,
	.listens = listens,
	.tell = tell,
	.wanted = wanted,
};
