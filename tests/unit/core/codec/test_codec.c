/* A whole primitive in the form of a connection, and who may be answered. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/codec/codec.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

static struct gw_bytes bytes_of(const char *text)
{
	return gw_bytes_of(gw_str_from(text));
}

static enum gw_message take(enum gw_media media, struct gw_bytes payload)
{
	struct gw_primitive *p = NULL;
	struct gw_reason why = { "" };
	enum gw_status status = GW_STATUS_NONE;
	enum gw_message message = gw_codec_take(&p, &status, &why, media,
						payload);
	bool is_readable = message == GW_MESSAGE_REQUEST ||
			   message == GW_MESSAGE_ANSWER;

	assert_true((message == GW_MESSAGE_NOTHING) == (p == NULL));
	assert_true(is_readable == (status == GW_STATUS_NONE));
	assert_true(is_readable == (why.text[0] == '\0'));
	gw_primitive_free(p);
	return message;
}

static void only_requests_may_be_answered(void **state)
{
	assert_int_equal(
		take(GW_MEDIA_JSON,
		     bytes_of("{\"op\":2,\"to\":\"x\",\"rqi\":\"1\"}")),
		GW_MESSAGE_REQUEST);
	assert_int_equal(
		take(GW_MEDIA_JSON, bytes_of("{\"op\":2,\"rqi\":\"1\"}")),
		GW_MESSAGE_REFUSED);
	assert_int_equal(
		take(GW_MEDIA_JSON, bytes_of("{\"rsc\":2000,\"rqi\":\"1\"}")),
		GW_MESSAGE_ANSWER);
	assert_int_equal(take(GW_MEDIA_JSON, bytes_of("{\"rqi\":\"1\"}")),
			 GW_MESSAGE_NOTHING);
	assert_int_equal(take(GW_MEDIA_JSON, bytes_of("")), GW_MESSAGE_NOTHING);
	assert_int_equal(take(GW_MEDIA_CBOR, bytes_of("{}")),
			 GW_MESSAGE_NOTHING);
}

static void an_unreadable_answer_is_nothing(void **state)
{
	static const char *const answers[] = {
		"{\"rsc\":2000,\"rqi\":true}",
		"{\"rsc\":0,\"rqi\":\"1\"}",
		"{\"rsc\":2000,\"op\":1,\"rqi\":\"1\"}",
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		assert_int_equal(take(GW_MEDIA_JSON, bytes_of(answers[i])),
				 GW_MESSAGE_NOTHING);
	}
}

static void a_request_without_a_readable_id_is_nothing(void **state)
{
	assert_int_equal(take(GW_MEDIA_JSON, bytes_of("{\"op\":2}")),
			 GW_MESSAGE_NOTHING);
	assert_int_equal(take(GW_MEDIA_JSON, bytes_of("{\"op\":2,\"rqi\":1}")),
			 GW_MESSAGE_NOTHING);
}

static void what_says_rsc_may_be_an_answer(void **state)
{
	static const char *const such[] = {
		"{\"rsc\":2000,\"rqi\":\"1\"",
		"\xff{\"rsc\"",
		"\xa1\x63rsc\x19",
		"{\"op\":2,\"pc\":{\"rsc\":1}",
		"r\"rr\"rsc\"",
	};
	static const char *const others[] = {
		"",         "not json",       "{}",      "rsc", "\"rsc",
		"\"rrsc\"", "{\"op\":2,\"rq", "\x62rsc",
	};

	for (size_t i = 0; i < sizeof(such) / sizeof(*such); i++) {
		assert_true(gw_codec_may_be_answer(bytes_of(such[i])));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		assert_false(gw_codec_may_be_answer(bytes_of(others[i])));
	}
	assert_false(gw_codec_may_be_answer((struct gw_bytes){ 0 }));
}

static void a_taken_message_leaves_room_for_what_is_put_back(void **state)
{
	struct gw_primitive *p = NULL;
	struct gw_reason why = { "" };
	enum gw_status status = GW_STATUS_NONE;

	assert_int_equal(
		gw_codec_take(&p, &status, &why, GW_MEDIA_JSON,
			      bytes_of("{\"rsc\":2000,\"rqi\":\"1\"}")),
		GW_MESSAGE_ANSWER);
	assert_non_null(gw_arena_alloc(p->arena, (size_t)2 * 1024 * 1024));
	gw_primitive_free(p);
}

static void what_is_written_is_read_again(void **state)
{
	const enum gw_media all[] = { GW_MEDIA_JSON, GW_MEDIA_CBOR };
	const struct gw_codec_hop hop = { .id = GW_STR("new") };
	struct gw_primitive *p = NULL;
	struct gw_reason why = { "" };
	enum gw_status status = GW_STATUS_NONE;
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 4096);
	for (size_t i = 0; i < 2; i++) {
		struct gw_primitive *request = gw_primitive_new(512, 4096);

		assert_non_null(request);
		request->op = GW_OP_RETRIEVE;
		request->id = GW_STR("old");
		request->to = GW_STR("cse-in");
		request->from = GW_STR("C1");
		gw_buf_clear(&buf);
		gw_codec_encode(&buf, request, &hop, all[i]);
		gw_primitive_free(request);
		assert_int_equal(gw_codec_take(&p, &status, &why, all[i],
					       gw_buf_bytes(&buf)),
				 GW_MESSAGE_REQUEST);
		assert_true(gw_str_is(p->id, "new"));
		assert_true(gw_str_is(p->to, "cse-in"));
		gw_primitive_free(p);
	}
}

static void unwrapped_is(const char *object, const char *wanted)
{
	struct gw_str text = gw_codec_json_unwrapped(gw_str_from(object));

	assert_int_equal(text.len, strlen(wanted));
	assert_memory_equal(text.at, wanted, text.len);
}

static void the_primitive_in_an_object_is_found(void **state)
{
	static const char two[] = "{\"m2m:rqp\":{},\"x\":1}";
	static const char list[] = "{\"m2m:rqp\":[{}]}";
	static const char content[] = "{\"m2m:cnt\":{\"op\":1}}";

	unwrapped_is("{\"m2m:rqp\":{\"op\":1}}", "{\"op\":1}");
	unwrapped_is(" {\"m2m:r\\u0073p\" : {\"a\":1} }", "{\"a\":1}");
	unwrapped_is("{\"m2m:rqp\":{\"m2m:rsp\":{}}}", "{\"m2m:rsp\":{}}");
	unwrapped_is(two, two);
	unwrapped_is(list, list);
	unwrapped_is(content, content);
	unwrapped_is("{}", "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_requests_may_be_answered),
		cmocka_unit_test(an_unreadable_answer_is_nothing),
		cmocka_unit_test(a_request_without_a_readable_id_is_nothing),
		cmocka_unit_test(what_says_rsc_may_be_an_answer),
		cmocka_unit_test(
			a_taken_message_leaves_room_for_what_is_put_back),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(the_primitive_in_an_object_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
