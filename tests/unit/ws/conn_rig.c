/*
 * Conn rig - a connection between core and a wire that the test holds.
 */

#include "tests/unit/ws/conn_rig.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cse.h"
#include "core/lib/arena.h"
#include "core/profile.h"

/* The library is never asked about it. */
#define SOCKET ((struct lws *)(void *)&rig)

struct conn_rig rig;

/* The wire. */

static void flush(struct ws_conn *c)
{
	struct gw_buf buf;

	gw_buf_init(&buf, 0, 4 << 20);
	while (rig.n_room > 0 && ws_conn_next(c, &buf)) {
		assert(rig.n_written < CONN_WRITTEN_MAX);
		rig.written[rig.n_written++] = gw_str_dup(gw_buf_str(&buf));
		rig.n_room--;
		gw_buf_clear(&buf);
	}
	gw_buf_deinit(&buf);
}

static void ping(struct ws_conn *c)
{
	rig.n_pings++;
}

static void close_politely(struct ws_conn *c, enum ws_code code)
{
	rig.closed_with = code;
}

static void kill(struct ws_conn *c)
{
	rig.n_killed++;
	ws_conn_lost(c, "killed");
}

static void pause_reading(struct ws_conn *c, bool is_paused)
{
	assert(is_paused != rig.is_paused);
	rig.is_paused = is_paused;
}

static bool has_left(const struct ws_conn *c)
{
	assert(rig.is_paused);
	return rig.has_left;
}

static const struct ws_wire_ops wire = {
	.flush = flush,
	.ping = ping,
	.pause = pause_reading,
	.has_left = has_left,
	.close = close_politely,
	.bye = close_politely,
	.kill = kill,
};

static void lost(struct ws_conn *c, const char *why)
{
	rig.n_lost++;
	(void)snprintf(rig.why, sizeof(rig.why), "%s", why);
}

static const struct ws_owner_ops owner = { .lost = lost };

/* The bindings on both sides of core. */

static void send_over_conn(struct gw_binding *b, struct gw_exchange *x)
{
	(void)ws_conn_send(&rig.conn, x);
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

static void reply_over_conn(struct gw_binding *b, struct gw_exchange *x)
{
	ws_conn_reply(x);
}

static void record_reply(struct gw_binding *b, struct gw_exchange *x)
{
	struct conn_reply *r = &rig.replies[rig.n_replies++];

	assert(rig.n_replies < CONN_REPLIES_MAX);
	r->status = x->answer->status;
	r->is_overload = x->answer->is_overload;
	(void)snprintf(r->id, sizeof(r->id), GW_STR_FMT,
		       GW_STR_ARG(x->answer->id));
	(void)snprintf(r->content, sizeof(r->content), GW_STR_FMT,
		       GW_STR_ARG(gw_str_of(x->answer->content)));
}

static const char *const schemes[] = { "ws", NULL };

static const struct gw_binding_ops conn_ops = {
	.name = "ws",
	.schemes = schemes,
	.send = send_over_conn,
	.forget = forget,
	.is_held = is_held,
	.reply = reply_over_conn,
};

static void send_far(struct gw_binding *b, struct gw_exchange *x)
{
	assert(rig.n_far < CONN_REPLIES_MAX);
	rig.far[rig.n_far++] = x;
}

static void forget_far(struct gw_binding *b, struct gw_exchange *x)
{
	size_t n = 0;

	for (size_t i = 0; i < rig.n_far; i++) {
		if (rig.far[i] != x) {
			rig.far[n++] = rig.far[i];
		}
	}
	rig.n_far = n;
}

static const char *const far_schemes[] = { "far", NULL };

static const struct gw_binding_ops device_ops = {
	.name = "devices",
	.schemes = far_schemes,
	.send = send_far,
	.forget = forget_far,
	.reply = record_reply,
};

static struct gw_binding *binding(const char *name)
{
	return gw_relay_binding(rig.relay, gw_str_from(name));
}

void conn_rig_init(void)
{
	static const struct gw_binding_ops *const bindings[] = { &conn_ops,
								 &device_ops,
								 NULL };

	memset(&rig, 0, sizeof(rig));
	rig.n_room = CONN_WRITTEN_MAX;
	fake_loop_init(&rig.loop);
	gw_conf_init(&rig.conf);
	rig.conf.node.cse_id = "/id-gw";
	rig.conf.node.name = "gw";
	gw_conf_cse_init(&rig.cses[0]);
	rig.cses[0].id = "/id-in";
	rig.cses[0].url = "ws://somewhere";
	rig.cses[0].is_default = true;
	gw_conf_cse_init(&rig.cses[1]);
	rig.cses[1].id = "/id-far";
	rig.cses[1].url = "far://away";
	rig.conf.cses = rig.cses;
	rig.conf.n_cses = 2;
	rig.relay = gw_relay_new(&rig.loop.base, &rig.conf, bindings);
	if (!rig.relay || gw_relay_start(rig.relay)) {
		abort();
	}
	rig.ws.binding = binding("ws");
	rig.ws.loop = &rig.loop.base;
	ws_conn_init(&rig.conn, &rig.ws, &owner, 1024);
}

void conn_rig_deinit(void)
{
	ws_conn_fail_waiting(&rig.conn, "the test is over");
	if (rig.conn.is_open) {
		ws_conn_lost(&rig.conn, "the test is over");
	}
	fake_loop_turn(&rig.loop);
	ws_conn_deinit(&rig.conn);
	gw_relay_free(rig.relay);
	fake_loop_deinit(&rig.loop);
	for (size_t i = 0; i < rig.n_written; i++) {
		free(rig.written[i]);
	}
}

void conn_rig_open(const char *profile)
{
	rig.conn.profile = gw_profile_find(gw_str_from(profile));
	ws_pace_set(&rig.conn.pace, rig.conn.profile, NULL);
	rig.conn.wire = &wire;
	rig.conn.asker = (struct gw_asker){
		.binding = rig.ws.binding,
		.cse = gw_relay_cse(rig.relay, 0),
	};
	rig.conn.rx_ms = 5000;
	ws_conn_opened(&rig.conn, SOCKET);
	fake_loop_turn(&rig.loop);
}

void conn_rig_ask(const char *id, const char *content)
{
	struct gw_asker device = { .binding = binding("devices"),
				   .account = rig.account };
	struct gw_primitive *p = gw_primitive_new(1024, 4 << 20);
	struct gw_exchange *x = NULL;

	if (!p) {
		abort();
	}
	p->op = GW_OP_NOTIFY;
	p->id = gw_arena_str(p->arena, gw_str_from(id));
	p->from = GW_STR("C1");
	p->to = GW_STR("cse-in/a");
	if (content) {
		p->media = GW_MEDIA_JSON;
		p->content = gw_bytes_of(
			gw_arena_str(p->arena, gw_str_from(content)));
	}
	if (gw_exchange_open(&x, rig.relay, &device, p)) {
		abort();
	}
}

void conn_rig_far_answers(void)
{
	struct gw_exchange *x = rig.far[0];

	assert(rig.n_far > 0);
	forget_far(NULL, x);
	gw_exchange_fail(x, GW_STATUS_NOT_FOUND, "nothing is there");
	fake_loop_turn(&rig.loop);
}

void conn_rig_hears(struct gw_str text, bool is_last)
{
	const struct ws_piece piece = {
		.opcode = WS_TEXT,
		.payload = gw_bytes_of(text),
		.ends_frame = true,
		.ends_message = is_last,
	};

	ws_conn_heard(&rig.conn);
	ws_conn_take(&rig.conn, &piece);
	fake_loop_turn(&rig.loop);
}
