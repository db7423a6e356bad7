/*
 * How a connection ends, and what of that is told.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/ws/conn_rig.h"

static int set_up(void **state)
{
	conn_rig_init();
	return 0;
}

static int tear_down(void **state)
{
	conn_rig_deinit();
	return 0;
}

static void ask(const char *id)
{
	conn_rig_ask(id, NULL);
	fake_loop_turn(&rig.loop);
}

/* Writing may have failed before the handshake was done. */
static void a_broken_attempt_does_not_break_the_next_connection(void **state)
{
	ws_conn_broke(&rig.conn, "writing failed");
	fake_loop_turn(&rig.loop);
	conn_rig_open("standard");
	ask("a");
	assert_int_equal(rig.n_written, 1);
	assert_int_equal(rig.n_killed, 0);
}

static void whoever_waited_is_told_why_it_ended(void **state)
{
	conn_rig_open("standard");
	ask("a");
	ws_conn_peer_closed(&rig.conn, 1011, GW_STR("bad auth"));
	fake_loop_turn(&rig.loop);
	assert_int_equal(rig.n_replies, 1);
	assert_int_equal(rig.replies[0].status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_string_equal(
		rig.replies[0].content,
		"{\"m2m:dbg\":\"connection lost before the answer: the peer "
		"said goodbye (1011) bad auth\"}");
}

static void a_goodbye_without_reason_is_told_without_blanks(void **state)
{
	conn_rig_open("standard");
	ws_conn_peer_closed(&rig.conn, 1000, GW_STR(""));
	ws_conn_lost(&rig.conn, "cut");
	assert_string_equal(rig.why, "the peer said goodbye (1000)");
}

static void a_doubted_peer_that_answers_stays(void **state)
{
	conn_rig_open("standard");
	ws_conn_doubt(&rig.conn);
	ws_conn_doubt(&rig.conn);
	fake_loop_pass(&rig.loop, 999);
	assert_int_equal(rig.n_pings, 0); // it was heard just now
	fake_loop_pass(&rig.loop, 1);
	assert_int_equal(rig.n_pings, 1);
	fake_loop_pass(&rig.loop, 1000);
	ws_conn_heard(&rig.conn);
	fake_loop_pass(&rig.loop, (int64_t)3 * WS_DOUBT_MS);
	assert_int_equal(rig.n_lost, 0);
}

static void a_doubted_peer_that_is_silent_is_given_up(void **state)
{
	conn_rig_open("standard");
	fake_loop_pass(&rig.loop, 1000);
	ws_conn_doubt(&rig.conn);
	fake_loop_pass(&rig.loop, WS_DOUBT_MS - 1);
	assert_int_equal(rig.n_lost, 0);
	fake_loop_pass(&rig.loop, 1);
	assert_int_equal(rig.n_lost, 1);
	assert_non_null(strstr(rig.why, "ping"));
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_broken_attempt_does_not_break_the_next_connection),
		CLAIM(whoever_waited_is_told_why_it_ended),
		CLAIM(a_goodbye_without_reason_is_told_without_blanks),
		CLAIM(a_doubted_peer_that_answers_stays),
		CLAIM(a_doubted_peer_that_is_silent_is_given_up),
	};

	return cmocka_run_group_tests_name("ws_conn_end", tests, NULL, NULL);
}
