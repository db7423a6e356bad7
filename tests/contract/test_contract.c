/*
 * Contract - what core/binding.h promises, asked of every binding.
 *
 * Two relays in this process meet over the binding under test; see chain.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "core/conf.h"
#include "core/exchange.h"
#include "core/lib/arena.h"
#include "core/lib/loop.h"
#include "core/relay.h"
#include "tests/contract/chain.h"

#define MIB ((size_t)1024 * 1024)

/* Shorter than anything that is waited for here, but for what is to expire. */
#define SHORT_MS 100

static struct chain bench;

static const struct chain_end *end_of(void **state)
{
	const struct chain_end **endp = *state;

	return *endp;
}

static int set_up(void **state)
{
	chain_start(&bench, end_of(state), GW_MEDIA_NONE, NULL, GW_MEDIA_NONE);
	return 0;
}

static int tear_down(void **state)
{
	chain_stop(&bench);
	return 0;
}

static struct gw_primitive *new_request(size_t content_bytes)
{
	struct gw_primitive *p = gw_primitive_new(4096, 2 * MIB);

	assert_non_null(p);
	p->op = GW_OP_CREATE;
	p->type = 4;
	p->id = GW_STR("r1");
	p->from = GW_STR("Cdev");
	p->to = GW_STR("cse-in/ae/cnt");
	p->release = GW_STR("3");
	chain_fill(p, content_bytes);
	return p;
}

static struct gw_exchange *ask(struct gw_primitive *p)
{
	return chain_open(&bench, bench.near, p, NULL);
}

static void await_asked(size_t n)
{
	chain_await(&bench, &bench.n_asked, n);
}

static void await_replies(size_t n)
{
	chain_await(&bench, &bench.n_replies, n);
}

/* Answer what was asked n-th, from 0 on. */
static void answer_to(size_t n, size_t content_bytes)
{
	struct gw_primitive *p = gw_primitive_new(4096, 2 * MIB);

	assert_non_null(p);
	p->status = GW_STATUS_CREATED;
	p->release = GW_STR("3");
	chain_fill(p, content_bytes);
	bench.asked = NULL;
	gw_exchange_answer(bench.all_asked[n], p);
}

static void expect_answer(enum gw_status status, size_t content_bytes)
{
	assert_int_equal(bench.answer->status, status);
	assert_int_equal(bench.answer->content.len, content_bytes);
	assert_true(gw_str_is(bench.answer->id, "r1"));
}

static void a_request_arrives_whole_and_is_answered_once(void **state)
{
	struct gw_primitive *p = new_request(300);
	const struct gw_primitive *got = NULL;

	gw_primitive_add(p, GW_STR("rcn"), GW_STR("3"));
	gw_primitive_add(p, GW_STR("ot"), GW_STR("\"20260101T000000\""));
	ask(p);
	await_asked(1);
	got = bench.asked->request;
	assert_int_equal(got->op, GW_OP_CREATE);
	assert_int_equal(got->type, 4);
	assert_true(gw_str_is(got->from, "Cdev"));
	assert_true(gw_str_is(got->to, "cse-in/ae/cnt"));
	assert_true(gw_str_is(got->release, "3"));
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("rcn")), "3"));
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("ot")),
			      "\"20260101T000000\""));
	assert_int_equal(got->content.len, 300);
	answer_to(0, 200);
	await_replies(1);
	expect_answer(GW_STATUS_CREATED, 200);
}

static void a_content_of_nearly_one_mib_crosses_both_ways(void **state)
{
	size_t len = MIB - 64;

	ask(new_request(len));
	await_asked(1);
	assert_int_equal(bench.asked->request->content.len, len);
	answer_to(0, len);
	await_replies(1);
	expect_answer(GW_STATUS_CREATED, len);
}

/* The request expires only at near, and only when it has arrived. */
static void an_answer_after_the_deadline_is_dropped(void **state)
{
	struct gw_exchange *x = ask(new_request(100));

	await_asked(1);
	x->deadline_ms = gw_loop_now_ms(bench.loop) + SHORT_MS;
	gw_timer_set(bench.loop, &x->deadline, x->deadline_ms);
	await_replies(1);
	assert_int_equal(bench.answer->status, GW_STATUS_REQUEST_TIMEOUT);
	answer_to(0, 100);
	ask(new_request(100));
	await_asked(2);
	answer_to(1, 150);
	await_replies(2);
	expect_answer(GW_STATUS_CREATED, 150);
	assert_int_equal(bench.n_replies, 2);
}

static void an_abandoned_exchange_gets_no_reply(void **state)
{
	gw_exchange_abandon(ask(new_request(100)));
	await_asked(1);
	answer_to(0, 100);
	ask(new_request(100));
	await_asked(2);
	answer_to(1, 150);
	await_replies(1);
	expect_answer(GW_STATUS_CREATED, 150);
	assert_int_equal(bench.n_replies, 1);
}

static void many_with_one_rqi_each_get_their_own_answer(void **state)
{
	size_t lengths[CHAIN_ASKED_MAX];
	size_t answered[CHAIN_ASKED_MAX] = { 0 };

	for (size_t i = 0; i < CHAIN_ASKED_MAX; i++) {
		(void)chain_open(&bench, bench.near, new_request(100 + i),
				 &answered[i]);
	}
	await_asked(CHAIN_ASKED_MAX);
	for (size_t i = 0; i < CHAIN_ASKED_MAX; i++) {
		lengths[i] = bench.all_asked[i]->request->content.len;
	}
	for (size_t i = CHAIN_ASKED_MAX; i > 0; i--) {
		answer_to(i - 1, lengths[i - 1] * 2);
	}
	await_replies(CHAIN_ASKED_MAX);
	for (size_t i = 0; i < CHAIN_ASKED_MAX; i++) {
		assert_int_equal(answered[i], 2 * (100 + i));
	}
}

static void stopping_answers_what_is_open_with_5103(void **state)
{
	ask(new_request(100));
	await_asked(1);
	gw_relay_stop(bench.near);
	assert_int_equal(bench.n_replies, 1);
	assert_int_equal(bench.answer->status, GW_STATUS_TARGET_NOT_REACHABLE);
}

static void a_far_side_that_goes_is_5103_or_4008(void **state)
{
	ask(new_request(100));
	await_asked(1);
	gw_relay_stop(bench.far);
	await_replies(1);
	assert_true(bench.answer->status == GW_STATUS_TARGET_NOT_REACHABLE ||
		    bench.answer->status == GW_STATUS_REQUEST_TIMEOUT);
}

static void a_listener_that_cannot_start_stops_cleanly(void **state)
{
	const struct chain_end *end = end_of(state);
	const struct gw_binding_ops *const ops[] = { end->ops, NULL };
	struct gw_relay *second = NULL;
	struct gw_conf conf = bench.confs[2].conf;

	conf.n_cses = 0;
	chain_listen(&conf, end)->address = "192.0.2.1";
	second = gw_relay_new(bench.loop, &conf, ops);
	assert_non_null(second);
	assert_int_not_equal(gw_relay_start(second), 0);
	gw_relay_free(second);
}

#define CASE(test) \
	cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, NULL)

int main(int argc, char **argv)
{
	struct CMUnitTest tests[] = {
		CASE(a_request_arrives_whole_and_is_answered_once),
		CASE(a_content_of_nearly_one_mib_crosses_both_ways),
		CASE(an_answer_after_the_deadline_is_dropped),
		CASE(an_abandoned_exchange_gets_no_reply),
		CASE(many_with_one_rqi_each_get_their_own_answer),
		CASE(stopping_answers_what_is_open_with_5103),
		CASE(a_far_side_that_goes_is_5103_or_4008),
		CASE(a_listener_that_cannot_start_stops_cleanly),
	};
	const size_t n_tests = sizeof(tests) / sizeof(*tests);
	const struct chain_end *end = argc == 2 ? chain_end_find(argv[1])
						: NULL;

	if (!end) {
		(void)fprintf(stderr,
			      "usage: test_contract http|ws|coap|mqtt\n");
		return 2;
	}
	for (size_t t = 0; t < n_tests; t++) {
		tests[t].initial_state = &end;
	}
	/* The last is about listeners, and a broker has none of ours. */
	return _cmocka_run_group_tests(end->scheme, tests,
				       n_tests - (end->listens_as ? 0 : 1),
				       NULL, NULL);
}
