/*
 * Fake world - a relay between two bindings that tests speak for.
 */

#include "tests/support/fake_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/binding.h"
#include "core/lib/arena.h"
#include "core/lib/log.h"
#include "core/profile.h"

static struct fake_world *world_of(struct gw_binding *b)
{
	return gw_container(b->loop, struct fake_world, loop.base);
}

static void record_send(struct gw_binding *b, struct gw_exchange *x)
{
	struct fake_world *w = world_of(b);

	assert_true(w->n_sent < FAKE_SENT_MAX);
	w->sent[w->n_sent++] = x;
	w->originator = x->hop.originator;
	if (w->refusal != GW_STATUS_NONE) {
		gw_exchange_fail(x, w->refusal, "refused at once");
	}
}

static void record_forget(struct gw_binding *b, struct gw_exchange *x)
{
	world_of(b)->n_forgotten++;
}

static bool tell_held(struct gw_binding *b, const struct gw_exchange *x,
		      struct gw_reason *why)
{
	const struct fake_world *w = world_of(b);

	if (w->waits_for) {
		(void)gw_refuse(why, "%s", w->waits_for);
	}
	return w->is_held;
}

static void record_reply(struct gw_binding *b, struct gw_exchange *x)
{
	struct fake_world *w = world_of(b);

	w->n_replies++;
	w->status = x->answer->status;
	w->media = x->answer->media;
	w->wants_proof = x->wants_proof;
	w->is_overload = x->answer->is_overload;
	(void)snprintf(w->id, sizeof(w->id), GW_STR_FMT,
		       GW_STR_ARG(x->answer->id));
	(void)snprintf(w->release, sizeof(w->release), GW_STR_FMT,
		       GW_STR_ARG(x->answer->release));
	(void)snprintf(w->content, sizeof(w->content), GW_STR_FMT,
		       GW_STR_ARG(gw_str_of(x->answer->content)));
}

static void record_doubt(struct gw_peer *peer)
{
	world_of(peer->via)->doubted = peer;
}

/* What listens is told to anybody; the CSEs of "far" have a connection. */
static struct gw_str near_address(struct gw_binding *b,
				  const struct gw_cse *cse)
{
	return b->conf->http.is_on ? gw_str_from(b->conf->http.advertise)
				   : (struct gw_str){ 0 };
}

static bool near_listens(struct gw_binding *b, struct gw_net_end *at)
{
	*at = world_of(b)->at;
	return at->port != 0;
}

static struct gw_str far_address(struct gw_binding *b, const struct gw_cse *cse)
{
	if (cse) {
		return GW_STR("ws://default");
	}
	return b->conf->ws.is_on ? gw_str_from(b->conf->ws.advertise)
				 : (struct gw_str){ 0 };
}

static const char *const near_schemes[] = { "near", NULL };
static const char *const far_schemes[] = { "far", NULL };

static const struct gw_binding_ops near_ops = {
	.name = "near-side",
	.address = near_address,
	.listens = near_listens,
	.schemes = near_schemes,
	.send = record_send,
	.forget = record_forget,
	.is_held = tell_held,
	.doubt = record_doubt,
	.reply = record_reply,
};

static const struct gw_binding_ops far_ops = {
	.name = "far-side",
	.is_two_way = true,
	.address = far_address,
	.schemes = far_schemes,
	.send = record_send,
	.forget = record_forget,
	.is_held = tell_held,
	.reply = record_reply,
};

void fake_world_init(struct fake_world *w, fake_adjust_fn *adjust)
{
	static const struct gw_binding_ops *const bindings[] = { &near_ops,
								 &far_ops,
								 NULL };

	memset(w, 0, sizeof(*w));
	fake_loop_init(&w->loop);
	gw_conf_init(&w->conf);
	w->conf.node.cse_id = "/id-gw";
	w->conf.node.sp_id = "//sp.a";
	w->conf.cses = w->cses;
	w->conf.n_cses = 3;
	for (size_t i = 0; i < w->conf.n_cses; i++) {
		gw_conf_cse_init(&w->cses[i]);
		w->cses[i].url = "far://somewhere";
		w->cses[i].name = "cse-in";
	}
	w->cses[0].id = "/id-in";
	w->cses[0].is_default = true;
	w->cses[1].id = "/id-b";
	w->cses[2].id = "/id-in";
	w->cses[2].sp_id = "//sp.b";
	if (adjust) {
		adjust(w);
	}
	w->relay = gw_relay_new(&w->loop.base, &w->conf, bindings);
	assert_non_null(w->relay);
	assert_int_equal(gw_relay_start(w->relay), 0);
	w->in = gw_relay_cse(w->relay, 0);
	w->b = gw_relay_cse(w->relay, 1);
	w->other = gw_relay_cse(w->relay, 2);
}

void fake_world_deinit(struct fake_world *w)
{
	gw_relay_free(w->relay);
	fake_loop_deinit(&w->loop);
}

int fake_set_up(void **state)
{
	fake_world_init(*state, NULL);
	return 0;
}

void fake_have_b_near(struct fake_world *w)
{
	w->cses[1].url = "near://" FAKE_B ":8080/b";
}

int fake_set_up_b_near(void **state)
{
	struct fake_world *w = *state;
	struct gw_grant g = {
		.id = GW_STR("C1"),
		.resource = GW_STR("ae17"),
		.name = GW_STR("nn"),
		.poa = GW_STR("[\"near://of-c1\"]"),
	};

	fake_world_init(w, fake_have_b_near);
	g.cse = w->b;
	g.via = fake_device(w).binding;
	return gw_registry_grant(gw_relay_registry(w->relay), &g);
}

int fake_tear_down(void **state)
{
	fake_world_deinit(*state);
	gw_log_use(NULL, GW_LOG_ERROR);
	return 0;
}

static struct gw_str copy(struct gw_primitive *p, const char *text)
{
	return gw_arena_str(p->arena, gw_str_from(text));
}

struct gw_primitive *fake_request(enum gw_op op, const char *from,
				  const char *to, const char *content)
{
	struct gw_primitive *p = gw_primitive_new(1024, 4096);

	assert_non_null(p);
	p->op = op;
	p->id = GW_STR("r1");
	p->from = copy(p, from);
	p->to = copy(p, to);
	p->release = GW_STR("3");
	if (content) {
		p->media = GW_MEDIA_JSON;
		p->content = gw_bytes_of(copy(p, content));
	}
	return p;
}

struct gw_asker fake_device(struct fake_world *w)
{
	return (struct gw_asker){
		.binding = gw_relay_binding(w->relay, GW_STR("near")),
		.host = GW_STR("192.0.2.9"),
	};
}

struct gw_asker fake_cse(struct fake_world *w, struct gw_cse *cse)
{
	return (struct gw_asker){
		.binding = gw_relay_binding(w->relay, GW_STR("far")),
		.cse = cse,
	};
}

struct gw_exchange *fake_open(struct fake_world *w,
			      const struct gw_asker *asker,
			      struct gw_primitive *p)
{
	struct gw_exchange *x = NULL;

	assert_int_equal(gw_exchange_open(&x, w->relay, asker, p), 0);
	return x;
}

struct gw_exchange *fake_ask(struct fake_world *w, enum gw_op op,
			     const char *from, const char *to)
{
	struct gw_asker device = fake_device(w);

	return fake_open(w, &device, fake_request(op, from, to, NULL));
}

struct gw_exchange *fake_last(struct fake_world *w)
{
	fake_loop_turn(&w->loop);
	assert_true(w->n_sent > 0);
	return w->sent[w->n_sent - 1];
}

bool fake_sent_content_is(struct fake_world *w, const char *content)
{
	return gw_str_is(gw_str_of(fake_last(w)->request->content), content);
}

void fake_answer(struct fake_world *w, enum gw_status status,
		 const char *content)
{
	struct gw_primitive *p = gw_primitive_new(1024, 4096);

	assert_non_null(p);
	p->status = status;
	p->id = GW_STR("whatever");
	if (content) {
		p->media = GW_MEDIA_JSON;
		p->content = gw_bytes_of(copy(p, content));
	}
	gw_exchange_answer(fake_last(w), p);
	fake_loop_turn(&w->loop);
}

void fake_register(struct fake_world *w, const char *id, const char *poa)
{
	struct gw_asker device = fake_device(w);
	struct gw_primitive *p = NULL;
	char asked[256];
	char granted[256];

	(void)snprintf(asked, sizeof(asked),
		       "{\"m2m:ae\":{\"rn\":\"%s-name\",\"rr\":true%s%s}}", id,
		       poa ? ",\"poa\":" : "", poa ? poa : "");
	(void)snprintf(granted, sizeof(granted),
		       "{\"m2m:ae\":{\"rn\":\"%s-name\",\"ri\":\"%s\","
		       "\"aei\":\"%s\"}}",
		       id, id, id);
	p = fake_request(GW_OP_CREATE, "C", "cse-in", asked);
	p->type = GW_TYPE_AE;
	fake_open(w, &device, p);
	fake_answer(w, GW_STATUS_CREATED, granted);
}
