/* What a connection makes of a message that it cannot read, or that is written
 * otherwise than it speaks. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/ws/conn_rig.h"

static int begin(void **state)
{
	conn_rig_init();
	return 0;
}

static int end(void **state)
{
	conn_rig_deinit();
	return 0;
}

static void hears(const char *text)
{
	conn_rig_hears(gw_str_from(text), true);
}

static void asks(const char *id)
{
	conn_rig_ask(id, NULL);
	fake_loop_turn(&rig.loop);
}

static void is_answered(size_t i, const char *content)
{
	assert_true(rig.n_replies > i);
	assert_int_equal(rig.replies[i].status, GW_STATUS_OK);
	assert_string_equal(rig.replies[i].content, content);
}

/* As it is for a connection that a registree has opened. */
static void it_came_in(void)
{
	conn_rig_open("standard");
	rig.conn.asker.cse = NULL;
}

static void a_registree_is_told_that_it_is_unreadable(void **state)
{
	static const char *const unreadable[] = {
		"not json at all",     "",
		"{\"op\":2,",          "{\"op\":2,\"op\":3,\"rqi\":\"x\"}",
		"{\"op\":2,\"to\":1}",
	};

	it_came_in();
	for (size_t i = 0; i < 5; i++) {
		hears(unreadable[i]);
		assert_int_equal(rig.n_written, i + 1);
		assert_non_null(strstr(rig.written[i], "\"rsc\":4000"));
		assert_null(strstr(rig.written[i], "rqi"));
		fake_loop_pass(&rig.loop, 1000);
	}
}

static void a_registree_is_told_that_once_a_second(void **state)
{
	it_came_in();
	for (int i = 0; i < 100; i++) {
		hears("no json");
	}
	assert_int_equal(rig.n_written, 1);
	fake_loop_pass(&rig.loop, 999);
	hears("no json");
	assert_int_equal(rig.n_written, 1);
	fake_loop_pass(&rig.loop, 1);
	hears("no json");
	assert_int_equal(rig.n_written, 2);
	/* Who can be told by an id always is. */
	hears("{\"op\":2,\"rqi\":\"n1\",\"to\":7,\"fr\":\"C1\"}");
	assert_int_equal(rig.n_written, 3);
	assert_non_null(strstr(rig.written[2], "\"rqi\":\"n1\""));
	assert_int_equal(gw_relay_counts(rig.relay)->n_unreadable, 103);
}

static void an_answer_of_a_registree_is_never_answered(void **state)
{
	it_came_in();
	hears("{}");
	hears("[]");
	hears("{\"to\":\"a\"}");
	hears("{\"rsc\":4000}");
	hears("{\"rsc\":2000,\"rqi\":\"x\",\"pc\":{\"a\":\"\\ud800\"}}");
	hears("{\"rsc\":2000,\"rqi\":");
	hears("{\"op\":2,\"rsc\":2000,\"rqi\":\"x\"}");
	assert_int_equal(rig.n_written, 0);
}

static void a_link_is_told_only_by_an_id(void **state)
{
	conn_rig_open("standard");
	hears("{\"op\":2,\"to\":1}");
	hears("{\"op\":2,\"op\":3}");
	assert_int_equal(rig.n_written, 0);
}

static void hears_frame(enum ws_opcode opcode, const void *at, size_t len)
{
	const struct ws_piece piece = {
		.opcode = opcode,
		.payload = { at, len },
		.ends_frame = true,
		.ends_message = true,
	};

	ws_conn_take(&rig.conn, &piece);
	fake_loop_turn(&rig.loop);
}

static void a_request_in_cbor_that_is_unreadable_is_told_too(void **state)
{
	it_came_in();
	hears_frame(WS_BINARY, "\xa1\x62op\x02", 5);
	assert_int_equal(rig.n_written, 1);
	fake_loop_pass(&rig.loop, 1000);
	hears_frame(WS_BINARY, "\xa1\x62to\x02", 5);
	assert_int_equal(rig.n_written, 1);
	hears_frame(WS_BINARY, "\xa2\x62op\x02", 5);
	assert_int_equal(rig.n_written, 2);
}

/* {"rsc":2000,"rqi":"r1","pc":{"a":"b"}} */
#define CBOR_ANSWER                                          \
	"\xa3\x63rsc\x19\x07\xd0\x63rqi\x62r1\x62pc\xa1\x61" \
	"a\x61"                                              \
	"b"

static void a_message_is_read_as_what_it_is(void **state)
{
	conn_rig_open("standard");
	asks("r1");
	hears_frame(WS_BINARY, CBOR_ANSWER, sizeof(CBOR_ANSWER) - 1);
	is_answered(0, "\xa1\x61\x61\x61\x62");
	/* What we say is what the connection speaks. */
	asks("r2");
	assert_int_equal(rig.written[1][0], '{');
	rig.conn.asker.media = GW_MEDIA_CBOR;
	hears("{\"rsc\":2000,\"rqi\":\"r2\",\"pc\":{\"c\":1}}");
	is_answered(1, "{\"c\":1}");
}

static void text_is_utf_8(void **state)
{
	static const char *const broken[] = {
		"\xff",
		"{\"rsc\":2000,\"rqi\":\"r1\",\"pc\":{\"a\":\"\xc3\"}}",
		"{\"rsc\":2000,\"rqi\":\"r1\",\"pc\":{\"a\":\"\xed\xa0\x80\"}}",
		CBOR_ANSWER,
	};

	for (size_t i = 0; i < 4; i++) {
		conn_rig_deinit();
		conn_rig_init();
		conn_rig_open("standard");
		asks("r1");
		hears(broken[i]);
		assert_int_equal(rig.closed_with, WS_CODE_TEXT);
	}
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_registree_is_told_that_it_is_unreadable),
		CLAIM(a_registree_is_told_that_once_a_second),
		CLAIM(an_answer_of_a_registree_is_never_answered),
		CLAIM(a_link_is_told_only_by_an_id),
		CLAIM(a_request_in_cbor_that_is_unreadable_is_told_too),
		CLAIM(a_message_is_read_as_what_it_is),
		CLAIM(text_is_utf_8),
	};

	return cmocka_run_group_tests_name("ws_receive", tests, NULL, NULL);
}
