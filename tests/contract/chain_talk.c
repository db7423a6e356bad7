/*
 * Chain talk - asking, being asked, answering.
 */

#include "tests/contract/chain_talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/codec/content.h"
#include "core/lib/arena.h"
#include "core/lib/loop.h"
#include "gateway/loop.h"
#include "tests/contract/chain.h"

/* The binding that speaks for asker and CSE has no other place for this. */
static struct chain *chain_now;

void chain_talk_look(struct chain *c)
{
	if (c->awaited && *c->awaited >= c->wanted) {
		gw_uv_loop_stop(c->loop);
	}
}

static void cse_send(struct gw_binding *b, struct gw_exchange *x)
{
	struct chain *c = chain_now;

	c->asked = x;
	c->all_asked[c->n_asked++ % CHAIN_ASKED_MAX] = x;
	c->n_events++;
	chain_talk_look(c);
}

void chain_talk_send(struct gw_binding *b, struct gw_exchange *x)
{
	struct chain *c = chain_now;

	c->n_sends++;
	c->n_nested += c->n_inside > 0 ? 1 : 0;
	c->n_inside++;
	c->left.end->ops->send(b, x);
	c->n_inside--;
	c->n_refused += x->state == GW_EXCHANGE_FAILED ? 1 : 0;
}

static void cse_forget(struct gw_binding *b, struct gw_exchange *x)
{
	chain_now->asked = NULL;
	chain_now->n_forgotten++;
	chain_talk_look(chain_now);
}

static void asker_reply(struct gw_binding *b, struct gw_exchange *x)
{
	struct chain *c = chain_now;
	size_t *lengthp = x->asker.native;

	if (lengthp) {
		*lengthp = x->answer->content.len;
	}
	gw_primitive_free(c->answer);
	c->answer = gw_take(&x->answer);
	c->n_replies++;
	c->n_events++;
	chain_talk_look(c);
}

static const char *const schemes[] = { "test", NULL };
const struct gw_binding_ops chain_talk_ops = {
	.name = "test",
	.schemes = schemes,
	.send = cse_send,
	.forget = cse_forget,
	.reply = asker_reply,
};

void chain_talk_begin(struct chain *c)
{
	chain_now = c;
}

static void give_up(struct gw_timer *t)
{
	struct chain *c = gw_container(t, struct chain, patience);

	c->is_late = true;
	gw_uv_loop_stop(c->loop);
}

void chain_await(struct chain *c, const size_t *counter, size_t wanted)
{
	c->awaited = counter;
	c->wanted = wanted;
	c->patience.fire = give_up;
	gw_timer_set(c->loop, &c->patience,
		     gw_loop_now_ms(c->loop) + CHAIN_PATIENCE_MS);
	while (*counter < wanted && !c->is_late) {
		gw_uv_loop_run(c->loop);
	}
	gw_timer_clear(c->loop, &c->patience);
	c->awaited = NULL;
	assert_false(c->is_late);
}

struct gw_exchange *chain_open(struct chain *c, struct gw_relay *relay,
			       struct gw_primitive *p, void *lengthp)
{
	struct gw_asker asker = {
		.binding = gw_relay_binding(relay, GW_STR("test")),
		.native = lengthp,
		.host = GW_STR("127.0.0.1"),
	};
	struct gw_exchange *x = NULL;

	if (relay != c->near) {
		asker.cse = gw_relay_cse(relay, 0);
	}
	assert_int_equal(gw_exchange_open(&x, relay, &asker, p), 0);
	return x;
}

static struct gw_primitive *ask_at(struct chain *c, struct gw_relay *relay,
				   struct gw_primitive *p)
{
	size_t n_events = c->n_events;

	assert_true(chain_is_idle(c));
	(void)chain_open(c, relay, p, NULL);
	chain_await(c, &c->n_events, n_events + 1);
	return c->asked ? c->asked->request : NULL;
}

bool chain_is_idle(const struct chain *c)
{
	return c->near && !c->asked && !c->is_late;
}

struct gw_primitive *chain_ask(struct chain *c, struct gw_primitive *p)
{
	return ask_at(c, c->near, p);
}

struct gw_primitive *chain_ask_back(struct chain *c, struct gw_primitive *p)
{
	return ask_at(c, c->far, p);
}

const struct gw_primitive *chain_answer(struct chain *c,
					struct gw_primitive *answer)
{
	struct gw_exchange *x = gw_take(&c->asked);
	size_t n_replies = c->n_replies;

	assert_non_null(answer);
	assert_non_null(x);
	gw_exchange_answer(x, answer);
	chain_await(c, &c->n_replies, n_replies + 1);
	return c->answer;
}

const struct gw_primitive *chain_refused(struct chain *c,
					 struct gw_primitive *p)
{
	assert_null(chain_ask(c, p));
	return c->answer;
}

void chain_expect_reason(const struct gw_primitive *got)
{
	struct gw_primitive copy = *got;
	struct gw_json_member root = { 0 };
	struct gw_reason why = { "" };

	assert_int_equal(gw_content_become(&copy, GW_MEDIA_JSON, &why),
			 GW_STATUS_NONE);
	assert_true(gw_primitive_root(&root, &copy));
	assert_true(gw_str_is(root.name, "m2m:dbg"));
	assert_true(root.value.len > sizeof("\"\""));
}

void chain_fill(struct gw_primitive *p, size_t len)
{
	static const char head[] = "{\"m2m:cin\":{\"con\":\"";
	static const char tail[] = "\"}}";
	char *at = gw_arena_alloc(p->arena, len);
	size_t end = len - (sizeof(tail) - 1);

	assert_non_null(at);
	assert_true(len > sizeof(head) + sizeof(tail));
	memcpy(at, head, sizeof(head) - 1);
	for (size_t i = sizeof(head) - 1; i < end; i++) {
		at[i] = (char)('a' + i % 26);
	}
	memcpy(at + end, tail, sizeof(tail) - 1);
	p->media = GW_MEDIA_JSON;
	p->content = (struct gw_bytes){ (uint8_t *)at, len };
}
