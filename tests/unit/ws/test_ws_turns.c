/*
 * One asker or peer of many: who asks much waits for himself, and is not read
 * for a while.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/relay.h"
#include "tests/unit/ws/conn_rig.h"

#define ASKED_MAX ((size_t)4)
#define PING_MS ((int64_t)60000)

static struct gw_account *greedy;
static struct gw_account *honest;

static struct gw_account *account(const char *name)
{
	struct gw_account *a = gw_account_of(gw_relay_accounts(rig.relay),
					     gw_str_from(name), false);

	assert_non_null(a);
	return a;
}

static int set_up(void **state)
{
	conn_rig_init();
	greedy = account("greedy");
	honest = account("honest");
	return 0;
}

static int tear_down(void **state)
{
	(void)gw_account_leave(greedy);
	(void)gw_account_leave(honest);
	conn_rig_deinit();
	return 0;
}

static void asks(struct gw_account *who, const char *id)
{
	rig.account = who;
	conn_rig_ask(id, NULL);
	fake_loop_turn(&rig.loop);
}

static void expect_written(size_t i, const char *id)
{
	char text[64];

	assert_true(i < rig.n_written);
	(void)snprintf(text, sizeof(text), "\"rqi\":\"%s\"", id);
	assert_non_null(strstr(rig.written[i], text));
}

static void hears(const char *text)
{
	conn_rig_hears(gw_str_from(text), true);
}

/* --- Requests of ours. */

static void each_asker_has_its_turn(void **state)
{
	const char *order[] = { "g0", "h0", "g1", "h1", "g2", "g3" };
	const char *ids[] = { "g0", "g1", "g2", "g3" };

	for (size_t i = 0; i < 4; i++) {
		asks(greedy, ids[i]);
	}
	asks(honest, "h0");
	asks(honest, "h1");
	conn_rig_open("standard");
	assert_int_equal(rig.n_written, 6);
	for (size_t i = 0; i < 6; i++) {
		expect_written(i, order[i]);
	}
}

static void who_has_most_waiting_makes_room(void **state)
{
	rig.conf.limits.queue_bytes = 10000;
	while (rig.n_replies == 0) {
		asks(greedy, "g");
	}
	asks(honest, "h");
	asks(honest, "h");
	assert_int_equal(rig.n_replies, 3);
	for (size_t i = 0; i < rig.n_replies; i++) {
		assert_string_equal(rig.replies[i].id, "g");
		assert_int_equal(rig.replies[i].status,
				 GW_STATUS_TARGET_NOT_REACHABLE);
		assert_non_null(strstr(rig.replies[i].content, "limits.queue"));
		assert_true(rig.replies[i].is_overload);
	}
	assert_int_equal(gw_relay_counts(rig.relay)->n_refused, 3);
	assert_int_equal(gw_relay_counts(rig.relay)->n_unreachable, 0);
}

static void requests_that_wait_end_no_connection(void **state)
{
	rig.conf.limits.queue_bytes = 10000;
	conn_rig_open("tinyiot"); // one at a time
	while (rig.n_replies == 0) {
		asks(greedy, "g");
	}
	for (int i = 0; i < 20; i++) {
		hears("{\"op\":2,\"rqi\":\"n\",\"to\":\"/id-gw/gw\","
		      "\"fr\":\"/id-in\",\"rvi\":\"3\"}");
	}
	assert_int_equal(rig.closed_with, WS_CODE_NONE);
	assert_int_equal(rig.n_written, 21);
}

/* --- Requests of the peer. */

static void open_guest(void)
{
	rig.conn.n_asked_max = ASKED_MAX;
	rig.conn.ping_ms = PING_MS;
	conn_rig_open("standard");
	rig.conn.asker.cse = NULL;
}

static void peer_asks(size_t n)
{
	while (n-- > 0) {
		hears("{\"op\":2,\"rqi\":\"p\",\"to\":\"/id-far/x\","
		      "\"fr\":\"C1\",\"rvi\":\"3\"}");
	}
}

static void who_has_much_open_is_read_on_when_half_is_answered(void **state)
{
	open_guest();
	peer_asks(ASKED_MAX - 1);
	assert_false(rig.is_paused);
	peer_asks(1);
	assert_true(rig.is_paused);
	conn_rig_far_answers();
	assert_true(rig.is_paused);
	conn_rig_far_answers();
	assert_false(rig.is_paused);
	assert_int_equal(rig.n_written, 2);
}

static void answers_that_are_not_taken_count_as_open(void **state)
{
	open_guest();
	rig.n_room = 0;
	peer_asks(ASKED_MAX);
	while (rig.n_far > 0) {
		conn_rig_far_answers();
	}
	assert_true(rig.is_paused);
	rig.n_room = ASKED_MAX;
	ws_conn_kick(&rig.conn);
	fake_loop_turn(&rig.loop);
	assert_false(rig.is_paused);
}

static void whose_answer_is_awaited_is_read(void **state)
{
	open_guest();
	asks(honest, "a");
	peer_asks(ASKED_MAX + 1);
	assert_false(rig.is_paused);
	hears("{\"rsc\":2000,\"rqi\":\"a\"}");
	assert_int_equal(rig.n_replies, 1);
	assert_true(rig.is_paused);
	asks(honest, "b");
	assert_false(rig.is_paused);
}

static void who_is_always_read_is(void **state)
{
	open_guest();
	rig.conn.n_asked_max = 0;
	peer_asks(3 * ASKED_MAX);
	assert_false(rig.is_paused);
}

static void who_is_doubted_is_read(void **state)
{
	open_guest();
	peer_asks(ASKED_MAX);
	ws_conn_doubt(&rig.conn);
	fake_loop_turn(&rig.loop);
	assert_false(rig.is_paused);
	ws_conn_heard(&rig.conn);
	ws_conn_kick(&rig.conn);
	fake_loop_turn(&rig.loop);
	assert_true(rig.is_paused);
}

static void who_waits_for_us_is_neither_pinged_nor_given_up(void **state)
{
	rig.conf.timeouts.request_ms = 10 * PING_MS;
	open_guest();
	peer_asks(ASKED_MAX);
	for (int i = 0; i < 300; i++) {
		fake_loop_pass(&rig.loop, 1000);
	}
	assert_true(rig.is_paused);
	assert_int_equal(rig.n_pings, 0);
	assert_int_equal(rig.n_lost, 0);
}

static void who_takes_no_answers_is_given_up(void **state)
{
	open_guest();
	rig.n_room = 0;
	peer_asks(ASKED_MAX);
	while (rig.n_far > 0) {
		conn_rig_far_answers();
	}
	for (int i = 0; i < 119; i++) {
		fake_loop_pass(&rig.loop, 1000);
	}
	assert_int_equal(rig.n_lost, 0);
	fake_loop_pass(&rig.loop, 1000);
	assert_int_equal(rig.n_lost, 1);
	assert_string_equal(rig.why, "the peer does not read its answers");
}

static void who_takes_them_slowly_is_not(void **state)
{
	open_guest();
	rig.n_room = 0;
	peer_asks(ASKED_MAX);
	while (rig.n_far > 0) {
		conn_rig_far_answers();
	}
	for (int i = 0; i < 100; i++) {
		fake_loop_pass(&rig.loop, 1000);
	}
	rig.n_room = 1;
	for (int i = 0; i < 100; i++) {
		fake_loop_pass(&rig.loop, 1000);
	}
	assert_int_equal(rig.n_lost, 0);
	assert_true(rig.is_paused);
}

static void who_has_gone_is_read_to_the_end(void **state)
{
	open_guest();
	peer_asks(ASKED_MAX);
	rig.has_left = true;
	fake_loop_pass(&rig.loop, 1000);
	assert_false(rig.is_paused);
	peer_asks(ASKED_MAX);
	assert_false(rig.is_paused);
}

static void the_time_of_a_message_stands_still_meanwhile(void **state)
{
	open_guest();
	peer_asks(ASKED_MAX - 1);
	conn_rig_hears(GW_STR("{\"rsc\":"), false);
	rig.conn.n_asked_max = ASKED_MAX - 1;
	ws_conn_kick(&rig.conn);
	fake_loop_turn(&rig.loop);
	assert_true(rig.is_paused);
	fake_loop_pass(&rig.loop, 6000);
	assert_int_equal(rig.closed_with, WS_CODE_NONE);
	conn_rig_far_answers();
	conn_rig_far_answers();
	assert_false(rig.is_paused);
	fake_loop_pass(&rig.loop, 4999);
	assert_int_equal(rig.closed_with, WS_CODE_NONE);
	fake_loop_pass(&rig.loop, 1);
	assert_int_equal(rig.closed_with, WS_CODE_POLICY);
}

static void who_is_told_goodbye_is_read(void **state)
{
	open_guest();
	peer_asks(ASKED_MAX);
	ws_conn_close(&rig.conn, WS_CODE_NORMAL, "the end");
	fake_loop_turn(&rig.loop);
	assert_false(rig.is_paused);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_asker_has_its_turn),
		T(who_has_most_waiting_makes_room),
		T(requests_that_wait_end_no_connection),
		T(who_has_much_open_is_read_on_when_half_is_answered),
		T(answers_that_are_not_taken_count_as_open),
		T(whose_answer_is_awaited_is_read),
		T(who_is_always_read_is),
		T(who_is_doubted_is_read),
		T(who_waits_for_us_is_neither_pinged_nor_given_up),
		T(who_takes_no_answers_is_given_up),
		T(who_takes_them_slowly_is_not),
		T(who_has_gone_is_read_to_the_end),
		T(the_time_of_a_message_stands_still_meanwhile),
		T(who_is_told_goodbye_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
