/*
 * How a connection ends, and what of that is told.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/lib/log.h"
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

/* Asked, and not answered until it expires. */
static void expires_because(const char *why)
{
	ask("late");
	fake_loop_pass(&rig.loop, rig.conf.timeouts.request_ms);
	assert_true(rig.n_replies > 0);
	assert_string_equal(rig.replies[rig.n_replies - 1].id, "late");
	assert_non_null(strstr(rig.replies[rig.n_replies - 1].content, why));
}

static void who_waited_for_the_window_is_told_that(void **state)
{
	conn_rig_open("standard");
	rig.conn.pace.window = 1;
	rig.conf.timeouts.request_ms = 60000;
	ask("first");
	rig.conf.timeouts.request_ms = 1000;
	expires_because("its turn has not come: the window of the connection "
			"is full (1 without an answer)");
}

static void who_waited_for_the_connection_is_told_that(void **state)
{
	expires_because("expired: its connection is not open yet\"");
	conn_rig_open("standard");
	ws_conn_lost(&rig.conn, "pulled");
	expires_because("is not open yet; the one before: pulled");
}

static void who_waited_for_the_peer_to_read_is_told_that(void **state)
{
	conn_rig_open("standard");
	rig.n_room = 0;
	expires_because("what was sent before it is not taken");
}

static void who_waited_for_the_answer_is_told_since_when(void **state)
{
	rig.conf.timeouts.request_ms = 5000;
	ask("late");
	fake_loop_pass(&rig.loop, 1000);
	conn_rig_open("standard");
	fake_loop_pass(&rig.loop, 4000);
	assert_int_equal(rig.n_replies, 1);
	assert_non_null(strstr(rig.replies[0].content,
			       "did not answer (it was sent 4000 ms ago)"));
}

static char told[256]; // the last line of a failure

static void hear(const struct gw_log_record *r)
{
	if (strcmp(r->event, "failed") != 0) {
		return;
	}
	(void)snprintf(told, sizeof(told), "%s", r->message);
	for (size_t i = 0; i < r->n_fields; i++) {
		if (strcmp(r->fields[i].name, "to") == 0) {
			assert_true(gw_str_is(r->fields[i].text, "/id-gw/gw"));
		}
	}
}

static void an_answer_that_is_never_written_is_told(void **state)
{
	conn_rig_open("standard");
	rig.n_room = 0;
	gw_log_use(hear, GW_LOG_INFO);
	conn_rig_hears(GW_STR("{\"op\":2,\"rqi\":\"n\",\"to\":\"/id-gw/gw\","
			      "\"fr\":\"/id-in\",\"rvi\":\"3\"}"),
		       true);
	fake_loop_turn(&rig.loop);
	ws_conn_lost(&rig.conn, "pulled");
	gw_log_use(NULL, GW_LOG_ERROR);
	assert_string_equal(told, "the answer (2000) was not written: pulled");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_broken_attempt_does_not_break_the_next_connection),
		CLAIM(whoever_waited_is_told_why_it_ended),
		CLAIM(a_goodbye_without_reason_is_told_without_blanks),
		CLAIM(a_doubted_peer_that_answers_stays),
		CLAIM(a_doubted_peer_that_is_silent_is_given_up),
		CLAIM(who_waited_for_the_window_is_told_that),
		CLAIM(who_waited_for_the_connection_is_told_that),
		CLAIM(who_waited_for_the_peer_to_read_is_told_that),
		CLAIM(who_waited_for_the_answer_is_told_since_when),
		CLAIM(an_answer_that_is_never_written_is_told),
	};

	return cmocka_run_group_tests_name("ws_conn_end", tests, NULL, NULL);
}
