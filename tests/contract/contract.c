/*
 * Contract - what the tests of the bindings have in common, and what every end
 * refuses.
 */

#include "tests/contract/contract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "core/codec/json.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "core/lib/loop.h"
#include "core/registry.h"
#include "tests/contract/chain_talk.h"

#define LIMIT_BYTES ((size_t)2 * 1024 * 1024)

/* Shorter than anything that is waited for here, but for what is to expire. */
#define SHORT_MS 100

#define DRAIN_TURNS 2000
#define DRAIN_TURN_MS 10

struct chain bench;

const struct chain_end *end_of(void **state)
{
	const struct chain_end **endp = *state;

	return *endp;
}

int bench_start(void **state)
{
	chain_start(&bench, end_of(state), GW_MEDIA_NONE, NULL, GW_MEDIA_NONE);
	return 0;
}

int bench_stop(void **state)
{
	chain_stop(&bench);
	return 0;
}

struct gw_primitive *new_request(size_t content_bytes)
{
	struct gw_primitive *p = gw_primitive_new(4096, LIMIT_BYTES);

	assert_non_null(p);
	p->op = GW_OP_CREATE;
	p->type = 4;
	p->id = GW_STR("r1");
	p->from = GW_STR("Cdev");
	p->to = GW_STR("cse-in/ae/cnt");
	p->release = GW_STR("3");
	if (content_bytes > 0) {
		chain_fill(p, content_bytes);
	}
	return p;
}

struct gw_exchange *ask(struct gw_primitive *p)
{
	return chain_open(&bench, bench.near, p, NULL);
}

void await_asked(size_t n)
{
	chain_await(&bench, &bench.n_asked, n);
}

void await_replies(size_t n)
{
	chain_await(&bench, &bench.n_replies, n);
}

/* Nobody tells when it is: it is asked again and again. */
static void look_again(struct gw_timer *t)
{
	bench.n_turns++;
	chain_talk_look(&bench);
}

void await_drained(struct gw_relay *relay)
{
	struct gw_timer again = { .fire = look_again };

	for (size_t i = 0; !gw_relay_is_drained(relay); i++) {
		assert_true(i < DRAIN_TURNS);
		gw_timer_set(bench.loop, &again,
			     gw_loop_now_ms(bench.loop) + DRAIN_TURN_MS);
		chain_await(&bench, &bench.n_turns, bench.n_turns + 1);
	}
}

void expire(struct gw_exchange *x)
{
	x->deadline_ms = gw_loop_now_ms(bench.loop) + SHORT_MS;
	gw_timer_set(bench.loop, &x->deadline, x->deadline_ms);
}

int contract_run(const struct chain_end *end, struct CMUnitTest *tests,
		 size_t n_tests)
{
	for (size_t t = 0; t < n_tests; t++) {
		tests[t].initial_state = &end;
	}
	return _cmocka_run_group_tests(end->scheme, tests, n_tests, NULL, NULL);
}

/* --- From inside send(). */

/* An AE that registered through near, whose points of access are url, which no
 * binding here can reach, that many times. */
static void know_unreachable(const char *id, struct gw_str url, unsigned n)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf poa;
	struct gw_grant grant = {
		.kind = GW_REGISTREE_AE,
		.id = gw_str_from(id),
		.cse = gw_relay_cse(bench.near, 0),
		.via = gw_relay_binding(bench.near, GW_STR("test")),
		.host = GW_STR("127.0.0.1"),
	};

	gw_buf_init(&poa, 0, LIMIT_BYTES);
	for (unsigned i = 0; i < n; i++) {
		gw_buf_print(&poa, "%c\"" GW_STR_FMT "%u\"", i > 0 ? ',' : '[',
			     GW_STR_ARG(url), i);
	}
	gw_buf_add_char(&poa, ']');
	grant.poa = gw_buf_str(&poa);
	assert_int_equal(
		gw_registry_grant(gw_relay_registry(bench.near), &grant), 0);
}

/* The CSE behind near notifies it. */
static void notify(const char *id)
{
	const struct gw_asker cse = {
		.binding = gw_relay_binding(bench.near, GW_STR("test")),
		.cse = gw_relay_cse(bench.near, 0),
	};
	struct gw_primitive *p = new_request(0);
	struct gw_exchange *x = NULL;

	p->op = GW_OP_NOTIFY;
	p->type = 0;
	p->from = GW_STR("/id-in");
	p->to = gw_str_from(id);
	assert_int_equal(gw_exchange_open(&x, bench.near, &cse, p), 0);
}

static void expect_refusal(enum gw_status status)
{
	assert_int_equal(bench.answer->status, status);
	assert_true(gw_str_is(bench.answer->id, "r1"));
	chain_expect_reason(bench.answer);
}

/* Nobody may go there, or is there; no URL; too long. */
static struct gw_str bad_url(struct gw_arena *a, const char *scheme, size_t i)
{
	static const char *const places[] = { "192.0.2.7", "[::", "127.0.0.1" };

	return gw_arena_print(a, "%s://%s/%0*d/", scheme, places[i],
			      i == 2 ? 5000 : 1, 0);
}

/* Nobody can be asked over a protocol whose other end opens the connection. */
static size_t n_asked(void **state, size_t n)
{
	const struct gw_binding *via = gw_relay_binding(
		bench.near, gw_str_from(end_of(state)->scheme));

	return via->ops->is_two_way ? 0 : n;
}

/* Each is tried once: nothing comes from inside the call, and one answer
 * afterwards.  What stays behind is found by the stop, or as a leak. */
void what_send_refuses_is_answered_once_from_the_loop(void **state)
{
	static const char *const ids[] = { "Ca", "Cb", "Cc" };
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(
		1024, LIMIT_BYTES);

	assert_non_null(a);
	for (size_t i = 0; i < 3; i++) {
		know_unreachable(ids[i], bad_url(a, end_of(state)->scheme, i),
				 1);
		notify(ids[i]);
		assert_int_equal(bench.n_replies, i);
		await_replies(i + 1);
		assert_int_equal(bench.n_sends, n_asked(state, i + 1));
		assert_int_equal(bench.n_refused, n_asked(state, i + 1));
		expect_refusal(GW_STATUS_TARGET_NOT_REACHABLE);
	}
	gw_relay_stop(bench.near);
	assert_int_equal(bench.n_replies, 3);
}

void of_a_thousand_points_of_access_sixteen_are_tried(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(
		1024, LIMIT_BYTES);

	assert_non_null(a);
	know_unreachable("Ca", bad_url(a, end_of(state)->scheme, 0), 1000);
	notify("Ca");
	await_replies(1);
	expect_refusal(GW_STATUS_TARGET_NOT_REACHABLE);
	assert_int_equal(bench.n_sends, n_asked(state, 16));
	assert_int_equal(bench.n_refused, n_asked(state, 16));
	assert_int_equal(bench.n_nested, 0);
	assert_int_equal(gw_relay_counts(bench.near)->n_unreachable, 1);
	gw_relay_stop(bench.near);
	assert_int_equal(bench.n_replies, 1);
}

/* --- Media. */

static void expect_unsupported(enum gw_media media, struct gw_str content)
{
	struct gw_primitive *p = new_request(0);
	size_t n_replies = bench.n_replies;

	p->media = media;
	p->content = gw_bytes_of(content);
	ask(p);
	await_replies(n_replies + 1);
	expect_refusal(GW_STATUS_UNSUPPORTED_MEDIA_TYPE);
	assert_int_equal(bench.n_asked, 0);
}

void content_that_the_hop_does_not_read_is_4015(void **state)
{
	bench.confs[0].cse.media = GW_MEDIA_JSON;
	expect_unsupported(GW_MEDIA_XML, GW_STR("<m2m:cin/>"));
	assert_int_equal(bench.n_sends, 0);
}

/* It goes as it comes, but a whole primitive holds no XML. */
void content_that_no_message_can_hold_is_4015(void **state)
{
	expect_unsupported(GW_MEDIA_XML, GW_STR("<m2m:cin/>"));
}

void a_number_that_cbor_cannot_hold_is_4015(void **state)
{
	char json[400];

	bench.confs[0].cse.media = GW_MEDIA_CBOR;
	(void)snprintf(json, sizeof(json), "{\"m2m:cin\":{\"con\":1%0350d}}",
		       0);
	expect_unsupported(GW_MEDIA_JSON, gw_str_from(json));
	assert_int_equal(bench.n_sends, 0);
}
