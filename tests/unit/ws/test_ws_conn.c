/*
 * A connection between core and a wire that the test holds: matching, ids,
 * order, bounds and time.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
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

static void hears(const char *text)
{
	conn_rig_hears(gw_str_from(text), true);
}

static void hears_piece(const char *text, bool is_last)
{
	conn_rig_hears(gw_str_from(text), is_last);
}

/* The rqi of a message that was written. */
static const char *written_id(size_t i)
{
	static char id[128];
	const char *at = NULL;

	assert_true(i < rig.n_written);
	at = strstr(rig.written[i], "\"rqi\":\"");
	assert_non_null(at);
	(void)snprintf(id, sizeof(id), "%s", at + 7);
	*strchr(id, '"') = '\0';
	return id;
}

static void answers(const char *id, const char *content)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "{\"rsc\":2000,\"rqi\":\"%s\",\"pc\":%s}", id, content);
	hears(text);
}

static void is_answered(size_t i, const char *id, enum gw_status status)
{
	assert_true(rig.n_replies > i);
	assert_string_equal(rig.replies[i].id, id);
	assert_int_equal(rig.replies[i].status, status);
}

static struct gw_counts *counts(void)
{
	return gw_relay_counts(rig.relay);
}

/* The claims. */

static void a_request_is_written_and_its_answer_comes_back(void **state)
{
	conn_rig_open("standard");
	ask("r1");
	assert_int_equal(rig.n_written, 1);
	assert_string_equal(written_id(0), "r1");
	answers("r1", "{\"m2m:cin\":{}}");
	is_answered(0, "r1", GW_STATUS_OK);
	assert_string_equal(rig.replies[0].content, "{\"m2m:cin\":{}}");
}

static void two_devices_with_one_id_get_their_own_answers(void **state)
{
	char second[128];

	conn_rig_open("standard");
	ask("1");
	ask("1");
	(void)snprintf(second, sizeof(second), "%s", written_id(1));
	assert_string_equal(written_id(0), "1");
	assert_string_not_equal(second, "1");
	answers(second, "\"second\"");
	answers("1", "\"first\"");
	is_answered(0, "1", GW_STATUS_OK);
	is_answered(1, "1", GW_STATUS_OK);
	assert_string_equal(rig.replies[0].content, "\"second\"");
	assert_string_equal(rig.replies[1].content, "\"first\"");
}

static void a_doubled_answer_does_not_reach_the_next_device(void **state)
{
	conn_rig_open("standard");
	ask("1");
	answers("1", "\"first\"");
	ask("1");
	answers("1", "\"first again\"");
	assert_int_equal(rig.n_replies, 1);
	assert_int_equal(counts()->n_unmatched, 1);
	answers(written_id(1), "\"second\"");
	is_answered(1, "1", GW_STATUS_OK);
	assert_string_equal(rig.replies[1].content, "\"second\"");
}

static void a_late_answer_does_not_reach_the_next_device(void **state)
{
	conn_rig_open("standard");
	ask("1");
	fake_loop_pass(&rig.loop, rig.conf.timeouts.request_ms);
	is_answered(0, "1", GW_STATUS_REQUEST_TIMEOUT);
	ask("1");
	answers("1", "\"late\"");
	assert_int_equal(rig.n_replies, 1);
}

/* The peer may deliver on a new connection what it owed on the old one. */
static void an_answer_on_another_connection_does_not_match(void **state)
{
	conn_rig_open("standard");
	ask("1");
	ws_conn_lost(&rig.conn, "cut");
	fake_loop_turn(&rig.loop);
	is_answered(0, "1", GW_STATUS_TARGET_NOT_REACHABLE);
	conn_rig_open("standard");
	ask("1");
	assert_string_not_equal(written_id(1), "1");
	answers("1", "\"late\"");
	assert_int_equal(rig.n_replies, 1);
}

static void what_waits_survives_a_loss(void **state)
{
	ask("r1");
	assert_int_equal(rig.n_written, 0);
	conn_rig_open("standard");
	assert_int_equal(rig.n_written, 1);
	rig.n_room = 0;
	ask("r2");
	ws_conn_lost(&rig.conn, "cut");
	fake_loop_turn(&rig.loop);
	assert_int_equal(rig.n_replies, 1);
	rig.n_room = 10;
	conn_rig_open("standard");
	assert_string_equal(written_id(1), "r2");
	ws_conn_lost(&rig.conn, "cut");
}

static void requests_keep_their_order(void **state)
{
	char id[16];

	for (int i = 0; i < 100; i++) {
		(void)snprintf(id, sizeof(id), "r%d", i);
		ask(id);
	}
	conn_rig_open("standard");
	assert_int_equal(rig.n_written, 100);
	for (size_t i = 0; i < 100; i++) {
		(void)snprintf(id, sizeof(id), "r%zu", i);
		assert_string_equal(written_id(i), id);
	}
}

static void a_window_of_one_lets_one_out_at_a_time(void **state)
{
	conn_rig_open("tinyiot");
	ask("a");
	ask("b");
	assert_int_equal(rig.n_written, 1);
	hears("{\"rsc\":2000.0,\"rvi\":\"3\"}");
	is_answered(0, "a", GW_STATUS_OK);
	assert_int_equal(rig.n_written, 2);
}

static void answers_without_id_go_to_the_oldest_request(void **state)
{
	conn_rig_open("tinyiot");
	rig.conn.pace.window = 0;
	ask("a");
	ask("b");
	hears("{\"rsc\":2000,\"pc\":\"1\"}");
	hears("{\"rsc\":2004,\"pc\":\"2\"}");
	is_answered(0, "a", GW_STATUS_OK);
	is_answered(1, "b", GW_STATUS_UPDATED);
}

static void a_missing_answer_without_id_ends_the_connection(void **state)
{
	conn_rig_open("tinyiot");
	ask("a");
	fake_loop_pass(&rig.loop, rig.conf.timeouts.request_ms);
	is_answered(0, "a", GW_STATUS_REQUEST_TIMEOUT);
	assert_int_equal(rig.closed_with, WS_CODE_NORMAL);
	/* Nobody gets the late answer, and nobody is written to. */
	ask("b");
	hears("{\"rsc\":2000}");
	assert_int_equal(rig.n_replies, 1);
	assert_int_equal(rig.n_written, 1);
}

static void a_gap_lies_between_messages_that_are_not_answered(void **state)
{
	conn_rig_open("acme");
	rig.conn.pace.window = 0;
	ask("a");
	ask("b");
	assert_int_equal(rig.n_written, 1);
	fake_loop_pass(&rig.loop, 5);
	assert_int_equal(rig.n_written, 1);
	fake_loop_pass(&rig.loop, 1);
	assert_int_equal(rig.n_written, 2);
	answers("b", "{}");
	ask("c");
	assert_int_equal(rig.n_written, 3);
}

static void a_gap_counts_our_answers_too(void **state)
{
	conn_rig_open("acme");
	hears("{\"op\":2,\"rqi\":\"n1\",\"to\":\"/id-gw/gw\",\"fr\":\"/id-in\","
	      "\"rvi\":\"3\"}");
	assert_int_equal(rig.n_written, 1);
	ask("a");
	assert_int_equal(rig.n_written, 1);
	fake_loop_pass(&rig.loop, 6);
	assert_int_equal(rig.n_written, 2);
}

static void a_long_poll_does_not_keep_the_window_shut(void **state)
{
	conn_rig_open("acme");
	ask("poll");
	ask("b");
	fake_loop_pass(&rig.loop, 249);
	assert_int_equal(rig.n_written, 1);
	fake_loop_pass(&rig.loop, 1);
	assert_int_equal(rig.n_written, 2);
}

static void a_request_of_the_peer_is_answered(void **state)
{
	conn_rig_open("standard");
	hears("{\"op\":2,\"rqi\":\"n1\",\"to\":\"/id-gw\",\"fr\":\"/id-in\","
	      "\"rvi\":\"3\"}");
	assert_int_equal(rig.n_written, 1);
	assert_string_equal(written_id(0), "n1");
	assert_non_null(strstr(rig.written[0], "\"rsc\":"));
	assert_null(strstr(rig.written[0], "\"op\""));
}

static void a_request_that_wants_no_answer_gets_none(void **state)
{
	conn_rig_open("standard");
	hears("{\"op\":2,\"rqi\":\"n1\",\"to\":\"/id-gw/gw\",\"fr\":\"/id-in\","
	      "\"rvi\":\"3\",\"rt\":{\"rtv\":5}}");
	assert_int_equal(rig.n_written, 0);
	assert_true(ws_conn_is_quiet(&rig.conn));
}

static void what_is_no_request_is_never_answered(void **state)
{
	conn_rig_open("standard");
	hears("not json at all");
	hears("");
	hears("{}");
	hears("[]");
	hears("{\"rsc\":4000}");
	hears("{\"rsc\":2000,\"rqi\":\"nobody\"}");
	hears("{\"op\":2,\"rsc\":2000,\"rqi\":\"x\"}");
	hears("{\"rsc\":\"what\",\"rqi\":\"x\"}");
	assert_int_equal(rig.n_written, 0);
	assert_int_equal(counts()->n_unreadable + counts()->n_unmatched, 8);
}

static void an_unreadable_request_is_told_so(void **state)
{
	conn_rig_open("standard");
	hears("{\"op\":2,\"rqi\":\"n1\",\"to\":7,\"fr\":\"/id-in\"}");
	assert_int_equal(rig.n_written, 1);
	assert_string_equal(written_id(0), "n1");
	assert_non_null(strstr(rig.written[0], "\"rsc\":4000"));
	assert_int_equal(counts()->n_unreadable, 1);
}

static void an_error_without_id_belongs_to_the_only_request(void **state)
{
	conn_rig_open("mobius");
	rig.conn.pace.window = 0;
	ask("a");
	hears("{\"rsc\":4000,\"rqi\":\"\",\"rvi\":\"2a\",\"pc\":\"to parsing "
	      "error\"}");
	is_answered(0, "a", GW_STATUS_BAD_REQUEST);
	ask("b");
	ask("c");
	hears("{\"rsc\":4000,\"pc\":\"whose?\"}");
	assert_int_equal(rig.n_replies, 1);
}

static void a_message_may_come_in_pieces(void **state)
{
	const char *text = "{\"rsc\":2000,\"rqi\":\"r1\",\"pc\":{}}";
	char one[2] = "";

	conn_rig_open("standard");
	ask("r1");
	for (size_t i = 0; text[i] != '\0'; i++) {
		one[0] = text[i];
		hears_piece(one, text[i + 1] == '\0');
	}
	is_answered(0, "r1", GW_STATUS_OK);
}

static void too_many_pieces_end_the_connection(void **state)
{
	conn_rig_open("standard");
	for (int i = 0; i < 5000; i++) {
		hears_piece("x", false);
	}
	assert_int_equal(rig.closed_with, WS_CODE_TOO_LARGE);
}

static void too_many_bytes_end_the_connection(void **state)
{
	char *text = calloc(1, 100001);

	assert_non_null(text);
	memset(text, ' ', 100000);
	conn_rig_open("standard");
	for (int i = 0; i < 20; i++) {
		hears_piece(text, false);
	}
	assert_int_equal(rig.closed_with, WS_CODE_TOO_LARGE);
	assert_null(rig.conn.rx);
	free(text);
}

static void what_is_in_flight_fails_before_the_goodbye(void **state)
{
	conn_rig_open("standard");
	ask("a");
	ws_conn_close(&rig.conn, WS_CODE_PROTOCOL, "for the test");
	fake_loop_turn(&rig.loop);
	is_answered(0, "a", GW_STATUS_TARGET_NOT_REACHABLE);
	assert_int_equal(rig.closed_with, WS_CODE_PROTOCOL);
	fake_loop_pass(&rig.loop, 1000);
	assert_int_equal(rig.n_killed, 1);
	assert_string_equal(rig.why, "for the test");
}

static void an_endless_message_ends_the_connection(void **state)
{
	conn_rig_open("standard");
	hears_piece("{", false);
	fake_loop_pass(&rig.loop, 4999);
	assert_int_equal(rig.closed_with, WS_CODE_NONE);
	fake_loop_pass(&rig.loop, 1);
	assert_int_equal(rig.closed_with, WS_CODE_POLICY);
	fake_loop_pass(&rig.loop, 2000);
	assert_int_equal(rig.n_lost, 1);
}

static void a_request_larger_than_the_peer_takes_is_refused(void **state)
{
	char content[2100];

	memset(content, 'x', sizeof(content));
	content[0] = '"';
	content[sizeof(content) - 2] = '"';
	content[sizeof(content) - 1] = '\0';
	conn_rig_open("tinyiot");
	conn_rig_ask("big", content);
	ask("small");
	is_answered(0, "big", GW_STATUS_BAD_REQUEST);
	assert_int_equal(rig.n_written, 1);
	assert_string_equal(written_id(0), "small");
}

static void a_full_queue_refuses_with_5103(void **state)
{
	rig.conf.limits.queue_bytes = 10000;
	for (int i = 0; i < 30; i++) {
		ask("r");
	}
	assert_true(rig.n_replies > 0 && rig.n_replies < 30);
	is_answered(0, "r", GW_STATUS_TARGET_NOT_REACHABLE);
	conn_rig_open("standard");
	assert_int_equal(rig.n_written + rig.n_replies, 30);
	ask("again");
	assert_string_equal(written_id(rig.n_written - 1), "again");
}

static void a_peer_that_does_not_read_its_answers_is_closed(void **state)
{
	rig.conf.limits.queue_bytes = 10000;
	conn_rig_open("standard");
	rig.n_room = 0;
	for (int i = 0; i < 30; i++) {
		hears("{\"op\":2,\"rqi\":\"n\",\"to\":\"/id-gw/gw\","
		      "\"fr\":\"/id-in\",\"rvi\":\"3\"}");
	}
	assert_int_equal(rig.closed_with, WS_CODE_POLICY);
}

static void a_silent_peer_is_pinged_and_then_given_up(void **state)
{
	rig.conn.ping_ms = 1000;
	conn_rig_open("standard");
	fake_loop_pass(&rig.loop, 999);
	assert_int_equal(rig.n_pings, 0);
	fake_loop_pass(&rig.loop, 1);
	assert_int_equal(rig.n_pings, 1);
	ws_conn_heard(&rig.conn);
	fake_loop_pass(&rig.loop, 1000);
	assert_int_equal(rig.n_pings, 2);
	assert_int_equal(rig.n_lost, 0);
	ask("a");
	fake_loop_pass(&rig.loop, 1000);
	assert_int_equal(rig.n_lost, 1);
	is_answered(0, "a", GW_STATUS_TARGET_NOT_REACHABLE);
}

static void a_retired_connection_closes_when_it_is_quiet(void **state)
{
	conn_rig_open("standard");
	ask("a");
	ws_conn_retire(&rig.conn, WS_CODE_AWAY, 0);
	fake_loop_turn(&rig.loop);
	assert_int_equal(rig.closed_with, WS_CODE_NONE);
	answers("a", "{}");
	assert_int_equal(rig.closed_with, WS_CODE_AWAY);
	is_answered(0, "a", GW_STATUS_OK);
}

static void an_older_connection_may_be_silent_for_a_while(void **state)
{
	conn_rig_open("standard");
	ws_conn_retire(&rig.conn, WS_CODE_NORMAL, 10000);
	fake_loop_pass(&rig.loop, 9000);
	ws_conn_heard(&rig.conn);
	fake_loop_pass(&rig.loop, 9999);
	assert_int_equal(rig.closed_with, WS_CODE_NONE);
	fake_loop_pass(&rig.loop, 1);
	assert_int_equal(rig.closed_with, WS_CODE_NORMAL);
}

static void a_lost_peer_gets_no_reply(void **state)
{
	conn_rig_open("standard");
	rig.n_room = 0;
	hears("{\"op\":2,\"rqi\":\"n1\",\"to\":\"/id-gw/gw\",\"fr\":\"/id-in\","
	      "\"rvi\":\"3\"}");
	ws_conn_lost(&rig.conn, "cut");
	fake_loop_turn(&rig.loop);
	assert_true(ws_conn_is_quiet(&rig.conn));
	rig.n_room = 10;
	conn_rig_open("standard");
	assert_int_equal(rig.n_written, 0);
}

static void an_answered_id_is_used_again_only_much_later(void **state)
{
	conn_rig_open("standard");
	ask("1");
	answers("1", "{}");
	fake_loop_pass(&rig.loop, WS_USED_MS - 1);
	ask("1");
	assert_string_not_equal(written_id(1), "1");
	answers(written_id(1), "{}");
	fake_loop_pass(&rig.loop, 1);
	ask("1");
	assert_string_equal(written_id(2), "1");
}

/* Story 3 in small: one id, many devices, answers in any order. */
static void five_hundred_devices_with_one_id(void **state)
{
	enum {
		N = 500
	};
	size_t order[N];
	char content[16];
	uint64_t seed = 99;

	conn_rig_open("standard");
	for (size_t i = 0; i < N; i++) {
		(void)snprintf(content, sizeof(content), "%zu", i);
		conn_rig_ask("1", content);
		order[i] = i;
	}
	fake_loop_turn(&rig.loop);
	assert_int_equal(rig.n_written, N);
	for (size_t i = N - 1; i > 0; i--) {
		size_t k = (size_t)((seed = seed * 6364136223846793005ULL +
					    1) >>
				    33) %
			   (i + 1);
		size_t swap = order[i];

		order[i] = order[k];
		order[k] = swap;
	}
	for (size_t i = 0; i < N; i++) {
		(void)snprintf(content, sizeof(content), "%zu", order[i]);
		answers(written_id(order[i]), content);
		is_answered(i, "1", GW_STATUS_OK);
		assert_string_equal(rig.replies[i].content, content);
	}
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_request_is_written_and_its_answer_comes_back),
		CLAIM(two_devices_with_one_id_get_their_own_answers),
		CLAIM(a_doubled_answer_does_not_reach_the_next_device),
		CLAIM(a_late_answer_does_not_reach_the_next_device),
		CLAIM(an_answer_on_another_connection_does_not_match),
		CLAIM(what_waits_survives_a_loss),
		CLAIM(requests_keep_their_order),
		CLAIM(a_window_of_one_lets_one_out_at_a_time),
		CLAIM(answers_without_id_go_to_the_oldest_request),
		CLAIM(a_missing_answer_without_id_ends_the_connection),
		CLAIM(a_gap_lies_between_messages_that_are_not_answered),
		CLAIM(a_gap_counts_our_answers_too),
		CLAIM(a_long_poll_does_not_keep_the_window_shut),
		CLAIM(a_request_of_the_peer_is_answered),
		CLAIM(a_request_that_wants_no_answer_gets_none),
		CLAIM(what_is_no_request_is_never_answered),
		CLAIM(an_unreadable_request_is_told_so),
		CLAIM(an_error_without_id_belongs_to_the_only_request),
		CLAIM(a_message_may_come_in_pieces),
		CLAIM(too_many_pieces_end_the_connection),
		CLAIM(too_many_bytes_end_the_connection),
		CLAIM(what_is_in_flight_fails_before_the_goodbye),
		CLAIM(an_endless_message_ends_the_connection),
		CLAIM(a_request_larger_than_the_peer_takes_is_refused),
		CLAIM(a_full_queue_refuses_with_5103),
		CLAIM(a_peer_that_does_not_read_its_answers_is_closed),
		CLAIM(a_silent_peer_is_pinged_and_then_given_up),
		CLAIM(a_retired_connection_closes_when_it_is_quiet),
		CLAIM(an_older_connection_may_be_silent_for_a_while),
		CLAIM(a_lost_peer_gets_no_reply),
		CLAIM(an_answered_id_is_used_again_only_much_later),
		CLAIM(five_hundred_devices_with_one_id),
	};

	return cmocka_run_group_tests_name("ws_conn", tests, NULL, NULL);
}
