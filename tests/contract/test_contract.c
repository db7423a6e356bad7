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
#include "tests/contract/contract.h"
#include "tests/support/crime.h"

#define MIB ((size_t)1024 * 1024)

static struct gw_primitive *new_answer(size_t content_bytes)
{
	struct gw_primitive *p = gw_primitive_new(4096, 2 * MIB);

	assert_non_null(p);
	p->status = GW_STATUS_CREATED;
	p->release = GW_STR("3");
	chain_fill(p, content_bytes);
	return p;
}

/* Answer what was asked n-th, from 0 on. */
static void answer_to(size_t n, size_t content_bytes)
{
	bench.asked = NULL;
	gw_exchange_answer(bench.all_asked[n], new_answer(content_bytes));
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
	expire(x);
	await_replies(1);
	assert_int_equal(bench.answer->status, GW_STATUS_REQUEST_TIMEOUT);
	answer_to(0, 100);
	ask(new_request(100));
	await_asked(2);
	answer_to(1, 150);
	await_replies(2);
	expect_answer(GW_STATUS_CREATED, 150);
	assert_int_equal(bench.n_replies, 2);
	assert_int_equal(gw_relay_counts(bench.near)->n_unmatched,
			 end_of(state)->counts_late ? 1 : 0);
}

static void answer_twice(void)
{
	answer_to(0, 100);
	answer_to(0, 100);
}

static void answering_twice_ends_the_process(void **state)
{
	ask(new_request(100));
	await_asked(1);
	expect_abort(answer_twice);
	answer_to(0, 100);
	await_replies(1);
	expect_answer(GW_STATUS_CREATED, 100);
}

/* The queue of a connection has no room, not even for one. */
static void a_full_queue_is_5103(void **state)
{
	bench.confs[0].conf.limits.queue_bytes = 1;
	ask(new_request(100));
	assert_int_equal(bench.n_replies, 0);
	await_replies(1);
	assert_int_equal(bench.answer->status, GW_STATUS_TARGET_NOT_REACHABLE);
	chain_expect_reason(bench.answer);
	assert_int_equal(bench.n_refused, 1);
	bench.confs[0].conf.limits.queue_bytes = 10 * MIB;
	ask(new_request(100));
	await_asked(1);
	answer_to(0, 100);
	await_replies(2);
	expect_answer(GW_STATUS_CREATED, 100);
}

/* With less room from now on than what is open has taken. */
static void what_is_open_at_a_reload_is_answered(void **state)
{
	struct gw_relay *const relays[] = { bench.near, bench.far };
	struct gw_conf confs[2] = { bench.confs[0].conf, bench.confs[2].conf };

	ask(new_request(300000));
	await_asked(1);
	for (size_t i = 0; i < 2; i++) {
		confs[i].limits.content_bytes = 1024;
		assert_int_equal(gw_relay_reload(relays[i], &confs[i]), 0);
	}
	memset(&bench.confs[0].conf, 0, sizeof(bench.confs[0].conf));
	memset(&bench.confs[2].conf, 0, sizeof(bench.confs[2].conf));
	answer_to(0, 200);
	await_replies(1);
	expect_answer(GW_STATUS_CREATED, 200);
	ask(new_request(100));
	await_asked(2);
	answer_to(1, 150);
	await_replies(2);
	expect_answer(GW_STATUS_CREATED, 150);
	ask(new_request(300000));
	await_replies(3);
	assert_int_not_equal(bench.answer->status, GW_STATUS_CREATED);
	assert_int_equal(bench.n_asked, 2);
	chain_stop(&bench);
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

/* Either end waits for what is open on it. */
static void draining_waits_for_what_is_open(void **state)
{
	ask(new_request(100));
	await_asked(1);
	gw_relay_drain(bench.near);
	gw_relay_drain(bench.far);
	assert_false(gw_relay_is_drained(bench.near));
	assert_false(gw_relay_is_drained(bench.far));
	answer_to(0, 100);
	await_replies(1);
	expect_answer(GW_STATUS_CREATED, 100);
	await_drained(bench.near);
	await_drained(bench.far);
	ask(new_request(100));
	await_replies(2);
	assert_int_equal(bench.answer->status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_int_equal(bench.n_asked, 1);
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

static const struct CMUnitTest of_each[] = {
	CONTRACT_CASE(a_request_arrives_whole_and_is_answered_once),
	CONTRACT_CASE(a_content_of_nearly_one_mib_crosses_both_ways),
	CONTRACT_CASE(an_answer_after_the_deadline_is_dropped),
	CONTRACT_CASE(an_abandoned_exchange_gets_no_reply),
	CONTRACT_CASE(many_with_one_rqi_each_get_their_own_answer),
	CONTRACT_CASE(draining_waits_for_what_is_open),
	CONTRACT_CASE(stopping_answers_what_is_open_with_5103),
	CONTRACT_CASE(a_far_side_that_goes_is_5103_or_4008),
	CONTRACT_CASE(answering_twice_ends_the_process),
	CONTRACT_CASE(what_is_open_at_a_reload_is_answered),
	CONTRACT_CASE(what_send_refuses_is_answered_once_from_the_loop),
	CONTRACT_CASE(of_a_thousand_points_of_access_sixteen_are_tried),
	CONTRACT_CASE(content_that_the_hop_does_not_read_is_4015),
};

/* What only some of them have. */
static const struct CMUnitTest of_listeners[] = {
	CONTRACT_CASE(a_listener_that_cannot_start_stops_cleanly),
};
static const struct CMUnitTest of_queues[] = {
	CONTRACT_CASE(a_full_queue_is_5103),
};
static const struct CMUnitTest of_whole_primitives[] = {
	CONTRACT_CASE(content_that_no_message_can_hold_is_4015),
};
static const struct CMUnitTest of_any_media[] = {
	CONTRACT_CASE(a_number_that_cbor_cannot_hold_is_4015),
};
static const struct CMUnitTest of_the_loopback[] = {
	CONTRACT_CASE(it_stands_beside_all_others),
	CONTRACT_CASE(what_it_asks_itself_is_4004),
	CONTRACT_CASE(a_name_is_taken_once),
	CONTRACT_CASE(a_whole_url_names_what_is_behind_the_door),
};

struct group {
	bool is_asked;
	const struct CMUnitTest *tests;
	size_t n;
};

#define GROUP(is_asked, list)                                  \
	{                                                      \
		is_asked, list, sizeof(list) / sizeof(*(list)) \
	}

int main(int argc, char **argv)
{
	const struct chain_end *end = argc == 2 ? chain_end_find(argv[1])
						: NULL;
	struct CMUnitTest tests[32];
	size_t n = 0;

	if (!end) {
		(void)fprintf(
			stderr,
			"usage: test_contract http|ws|coap|mqtt|loopback\n");
		return 2;
	}
	const struct group groups[] = {
		GROUP(true, of_each),
		GROUP(end->place == CHAIN_LISTENER, of_listeners),
		GROUP(end->has_queue, of_queues),
		GROUP(end->carries_all, of_whole_primitives),
		GROUP(end->ops->media == GW_MEDIA_NONE, of_any_media),
		GROUP(end->place == CHAIN_HALL, of_the_loopback),
	};
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		for (size_t t = 0; groups[i].is_asked && t < groups[i].n; t++) {
			tests[n++] = groups[i].tests[t];
		}
	}
	return contract_run(end, tests, n);
}
