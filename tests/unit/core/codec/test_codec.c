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

/* What an answer that cannot be read is for: its id, or "". */
static void is_broken(enum gw_media media, struct gw_bytes message,
		      const char *id)
{
	struct gw_primitive *p = NULL;
	struct gw_reason why = { "" };
	enum gw_status status = GW_STATUS_NONE;

	assert_int_equal(gw_codec_take(&p, &status, &why, media, message),
			 GW_MESSAGE_BROKEN);
	assert_int_equal(status, GW_STATUS_INTERNAL_SERVER_ERROR);
	assert_int_equal(p->status, GW_STATUS_INTERNAL_SERVER_ERROR);
	assert_false(gw_primitive_is_request(p));
	assert_true(gw_str_is(p->id, id));
	assert_non_null(strstr(why.text, "the answer cannot be read: "));
	gw_primitive_free(p);
}

static void an_unreadable_answer_says_whose_it_is(void **state)
{
	static const struct {
		const char *id;
		const char *text;
	} answers[] = {
		{ "1", "{\"rsc\":0,\"rqi\":\"1\"}" },
		{ "1", "{\"rsc\":\"OK\",\"op\":1,\"rqi\":\"1\"}" },
		{ "1", " {\"rsc\":2000,\"rqi\" : \"1\","
		       "\"x\":{\"a\":\"\\ud800\"}}" },
		{ "1", "{\"x\":{\"rqi\":\"2\",\"\\ud800\":\"}\"},"
		       "\"rsc\":2000,\"rqi\":\"1\"}" },
		{ "12", "{\"rqi\":12,\"rsc\":2000,\"x\":{\"a\":1e400}}" },
		{ "1", "{\"rqi\":\"1\",\"rsc\":2000,\"pc\":{\"a\":" },
		{ "1", "{\"rqi\":\"1\",\"rsc\":2000,\"pc\":\"half" },
		{ "1", "{\"m2m:rsp\":{\"rqi\":\"1\",\"rsc\":2000,"
		       "\"x\":\"\\ud800\"}}" },
		{ "", "{\"rsc\":2000,\"rqi\":true}" },
		{ "", "{\"rsc\":2000,\"rqi\":12.5,\"x\":\"\\ud800\"}" },
		{ "", "{\"rsc\":2000,\"rqi\":\"\\ud800\"}" },
		{ "", "{\"rsc\":2000,\"rqi\":\"a\\u0062\",\"x\":}" },
		{ "", "{\"rsc\":2000,\"x\":\"\\ud800\"}" },
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		is_broken(GW_MEDIA_JSON, bytes_of(answers[i].text),
			  answers[i].id);
	}
}

static void an_unreadable_answer_in_cbor_says_so_too(void **state)
{
	static const struct {
		const char *id;
		struct gw_str bytes;
	} answers[] = {
		{ "1", GW_STR("\xa3\x63rsc\x19\x07\xd0\x63rqi\x61"
			      "1\x62xx\x61\xff") },
		{ "1", GW_STR("\xd9\xd9\xf7\xa3\x62xx\x82\xf7\xa1\x01\x02"
			      "\x63rsc\x19\x07\xd0\x63rqi\x61"
			      "1") },
		{ "1", GW_STR("\xa3\x63rsc\x19\x07\xd0\x63rqi\x61"
			      "1\x62pc\xbf\x61"
			      "a") },
		{ "1", GW_STR("\xa1\x67m2m:rsp\xa3\x63rsc\x19\x07\xd0\x63"
			      "rqi\x61"
			      "1\x62xx\xf7") },
		{ "", GW_STR("\xa2\x63rsc\x19\x07\xd0\x63rqi\xf7") },
		{ "", GW_STR("\xbb\xff\xff\xff\xff\xff\xff\xff\xff"
			     "\x63rsc\x01") },
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		is_broken(GW_MEDIA_CBOR, gw_bytes_of(answers[i].bytes),
			  answers[i].id);
	}
}

static void what_may_be_for_two_is_for_nobody(void **state)
{
	static const char *const texts[] = {
		"{\"rsc\":2000,\"rqi\":\"a\",\"rqi\":\"b\"}",
		"{\"rsc\":2000,\"rqi\":\"a\",\"rq\\u0069\":\"b\"}",
		"{\"rsc\":2000,\"rqi\":\"a\"} {\"rsc\":2000,\"rqi\":\"b\"}",
		"[{\"rsc\":2000,\"rqi\":\"a\"}]",
		"{\"op\":2,\"rqi\":\"a\",\"pc\":{\"rsc\":2000,\"a\":}}",
		"\"rsc\":2000,\"rqi\":\"a\"",
	};
	static const struct gw_str maps[] = {
		GW_STR("\xa3\x63rsc\x01\x63rqi\x61"
		       "a\x63rqi\x61"
		       "b"),
		GW_STR("\xbf\x63rsc\x01\x63rqi\x61"
		       "a"),
		GW_STR("\xa3\x01\x02\x63rsc\x01\x63rqi\x61"
		       "a"),
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(take(GW_MEDIA_JSON, bytes_of(texts[i])),
				 GW_MESSAGE_NOTHING);
	}
	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
		assert_int_equal(take(GW_MEDIA_CBOR, gw_bytes_of(maps[i])),
				 GW_MESSAGE_NOTHING);
	}
}

/* Where a message is cut off, or a byte of it is another, nothing beyond it is
 * read: it has memory of its own size. */
static void what_is_broken_is_read_within_its_bounds(void **state)
{
	static const struct {
		enum gw_media media;
		struct gw_str text;
	} messages[] = {
		{ GW_MEDIA_JSON, GW_STR("{\"m2m:rsp\":{\"rsc\":2000,\"rqi\":12,"
					"\"pc\":{\"\\ud800\":[\"\\\"\"]}}}") },
		{ GW_MEDIA_CBOR,
		  GW_STR("\xc1\xa1\x67m2m:rsp\xa3\x63rsc\x19\x07\xd0\x63rqi"
			 "\x61"
			 "1\x62pc\x82\xf7\xc1\xa1\x01\x5f\x41x\xff") },
	};

	for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
		struct gw_str text = messages[i].text;

		for (size_t n = 0; n < text.len * 256; n++) {
			size_t len = n % 2 ? text.len : n / 256 + 1;
			uint8_t *at = malloc(len);

			assert_non_null(at);
			memcpy(at, text.at, len);
			at[n / 256] = (uint8_t)n;
			(void)take(messages[i].media,
				   (struct gw_bytes){ at, len });
			free(at);
		}
	}
}

static void a_request_without_a_readable_id_is_nothing(void **state)
{
	assert_int_equal(take(GW_MEDIA_JSON, bytes_of("{\"op\":2}")),
			 GW_MESSAGE_NOTHING);
	assert_int_equal(
		take(GW_MEDIA_JSON, bytes_of("{\"op\":2,\"rqi\":true}")),
		GW_MESSAGE_NOTHING);
}

static void what_repeats_its_operation_in_an_answer_is_one(void **state)
{
	assert_int_equal(
		take(GW_MEDIA_JSON,
		     bytes_of("{\"op\":4,\"rsc\":2002,\"rqi\":\"1\"}")),
		GW_MESSAGE_ANSWER);
}

static void a_mark_in_front_and_nuls_behind_are_passed_over(void **state)
{
	static const char request[] =
		"\xef\xbb\xbf {\"op\":2,\"to\":\"x\",\"rqi\":\"1\"}\n\0\0";
	static const char answer[] = "{\"rsc\":2000}\0 \0";
	static const char inside[] = "{\"op\":2,\0\"to\":\"x\",\"rqi\":\"1\"}";

	assert_int_equal(
		take(GW_MEDIA_JSON, (struct gw_bytes){ (const uint8_t *)request,
						       sizeof(request) - 1 }),
		GW_MESSAGE_REQUEST);
	assert_int_equal(
		take(GW_MEDIA_JSON, (struct gw_bytes){ (const uint8_t *)answer,
						       sizeof(answer) - 1 }),
		GW_MESSAGE_ANSWER);
	assert_int_equal(
		take(GW_MEDIA_JSON, (struct gw_bytes){ (const uint8_t *)inside,
						       sizeof(inside) - 1 }),
		GW_MESSAGE_NOTHING);
	assert_int_equal(
		take(GW_MEDIA_JSON,
		     bytes_of("\xef\xbb\xbf\xef\xbb\xbf{\"rsc\":2000}")),
		GW_MESSAGE_BROKEN);
	assert_int_equal(take(GW_MEDIA_JSON, bytes_of("\xef\xbb\xbf")),
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

static enum gw_media media_of(enum gw_media spoken, const char *text)
{
	return gw_codec_media(spoken, gw_bytes_of(gw_str_from(text)));
}

static void a_message_shows_how_it_is_written(void **state)
{
	static const enum gw_media both[] = { GW_MEDIA_JSON, GW_MEDIA_CBOR };

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(media_of(both[i], "{}"), GW_MEDIA_JSON);
		assert_int_equal(media_of(both[i], "\xef\xbb\xbf{}"),
				 GW_MEDIA_JSON);
		assert_int_equal(media_of(both[i], "\xa1"), GW_MEDIA_CBOR);
		assert_int_equal(media_of(both[i], "\xbf\xff"), GW_MEDIA_CBOR);
		assert_int_equal(media_of(both[i], "\xd9\xd9\xf7\xa1"),
				 GW_MEDIA_CBOR);
		assert_int_equal(media_of(both[i], ""), both[i]);
		assert_int_equal(media_of(both[i], "hello"), both[i]);
	}
	assert_int_equal(media_of(GW_MEDIA_NONE, "hello"), GW_MEDIA_JSON);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_requests_may_be_answered),
		cmocka_unit_test(an_unreadable_answer_says_whose_it_is),
		cmocka_unit_test(an_unreadable_answer_in_cbor_says_so_too),
		cmocka_unit_test(what_may_be_for_two_is_for_nobody),
		cmocka_unit_test(what_is_broken_is_read_within_its_bounds),
		cmocka_unit_test(a_request_without_a_readable_id_is_nothing),
		cmocka_unit_test(what_says_rsc_may_be_an_answer),
		cmocka_unit_test(
			what_repeats_its_operation_in_an_answer_is_one),
		cmocka_unit_test(
			a_mark_in_front_and_nuls_behind_are_passed_over),
		cmocka_unit_test(
			a_taken_message_leaves_room_for_what_is_put_back),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(the_primitive_in_an_object_is_found),
		cmocka_unit_test(a_message_shows_how_it_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
