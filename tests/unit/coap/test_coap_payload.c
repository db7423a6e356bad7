/* Primitives in the payload. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/coap/coap_payload.h"
#include "core/lib/arena.h"

/* Bytes of a literal, NUL included. */
#define BYTES(text) gw_bytes_of((struct gw_str){ (text), sizeof(text) - 1 })

static struct gw_primitive *head;
static struct gw_primitive *p;
static struct gw_reason why;

static int set_up(void **state)
{
	head = gw_primitive_new(1024, 16384);
	assert_non_null(head);
	head->op = GW_OP_NOTIFY;
	head->to = GW_STR("cse-in");
	return 0;
}

static int tear_down(void **state)
{
	p = gw_primitive_free(p);
	head = gw_primitive_free(head);
	return 0;
}

static enum gw_status decode(enum gw_media media, struct gw_bytes bytes,
			     size_t limit_bytes)
{
	const struct coap_payload payload = {
		.media = media,
		.bytes = bytes,
		.head = head,
		.limit_bytes = limit_bytes,
	};

	p = gw_primitive_free(p);
	why.text[0] = '\0';
	return coap_payload_decode(&p, &why, &payload);
}

static void is_refused(enum gw_media media, struct gw_bytes payload)
{
	if (decode(media, payload, 65536) == GW_STATUS_NONE) {
		print_error("taken: %.*s\n", (int)payload.len,
			    (const char *)payload.at);
	}
	assert_int_not_equal(decode(media, payload, 65536), GW_STATUS_NONE);
	assert_null(p);
	assert_string_not_equal(why.text, "");
}

static void a_primitive_is_told_from_content_by_its_names(void **state)
{
	static const struct {
		const char *text;
		bool is_primitive;
	} all[] = {
		{ "{\"rqi\":\"1\"}", true },
		{ "{\"ot\":\"x\",\"fr\":\"C1\"}", true },
		{ " \n{\"pc\":{\"m2m:cin\":{}}}", true },
		{ "{\"m2m:cin\":{\"rqi\":\"1\"}}", false },
		{ "{\"x\":1,\"m2m:cin\":{},\"rqi\":1}", false },
		{ "{\"x\":1}", false },
		{ "{}", false },
		{ "", false },
		{ "\"rqi\"", false },
		{ "[\"rqi\"]", false },
		{ "{\"rqi\":", false },
		{ "{\"rqi", false },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		assert_int_equal(coap_payload_is_primitive(
					 GW_MEDIA_JSON,
					 gw_bytes_of(gw_str_from(all[i].text))),
				 all[i].is_primitive);
	}
}

static void so_is_one_in_cbor(void **state)
{
	assert_true(
		coap_payload_is_primitive(GW_MEDIA_CBOR, BYTES("\xa1\x63rqi\x61"
							       "1")));
	assert_true(
		coap_payload_is_primitive(GW_MEDIA_CBOR, BYTES("\xbf\x63rqi\x61"
							       "1\xff")));
	assert_false(coap_payload_is_primitive(
		GW_MEDIA_CBOR, BYTES("\xa1\x67m2m:cin\xa1\x63rqi\x61"
				     "1")));
	assert_false(
		coap_payload_is_primitive(GW_MEDIA_CBOR, BYTES("\xa1\x63rqi")));
	assert_false(
		coap_payload_is_primitive(GW_MEDIA_CBOR, BYTES("\x63rqi")));
	assert_false(coap_payload_is_primitive(GW_MEDIA_CBOR, BYTES("\xa0")));
	assert_false(coap_payload_is_primitive(GW_MEDIA_CBOR, BYTES("")));
	assert_false(
		coap_payload_is_primitive(GW_MEDIA_NONE, BYTES("\xa1\x63rqi\x61"
							       "1")));
}

static void the_target_and_the_operation_are_those_of_the_message(void **state)
{
	assert_int_equal(decode(GW_MEDIA_JSON,
				BYTES("{\"rqi\":\"r1\",\"fr\":\"C1\"}"), 65536),
			 GW_STATUS_NONE);
	assert_int_equal(p->op, GW_OP_NOTIFY);
	assert_true(gw_str_is(p->to, "cse-in"));
	is_refused(GW_MEDIA_JSON, BYTES("{\"rqi\":\"r1\",\"to\":\"x\"}"));
	is_refused(GW_MEDIA_JSON, BYTES("{\"rqi\":\"r1\",\"op\":5}"));
	is_refused(GW_MEDIA_JSON, BYTES("{\"rqi\":\"r1\",\"rsc\":2000}"));
	is_refused(GW_MEDIA_CBOR,
		   BYTES("\xa2\x63rqi\x62r1\x63rsc\x19\x07\xd0"));
	/* The same names, written otherwise. */
	is_refused(GW_MEDIA_JSON,
		   BYTES("{\"rqi\":\"r1\",\"\\u0074o\":\"cse-in\"}"));
	is_refused(GW_MEDIA_JSON, BYTES("{\"rqi\":\"r1\",\"o\\u0070\":5}"));
	is_refused(GW_MEDIA_CBOR, BYTES("\xa2\x63rqi\x62r1\x62op\x05"));
	is_refused(GW_MEDIA_CBOR, BYTES("\xa2\x63rqi\x62r1\x62to\x61x"));
}

static void what_is_no_primitive_is_refused(void **state)
{
	static const char *const all[] = {
		"",
		" ",
		"{",
		"}",
		"[]",
		"1",
		"null",
		"{,}",
		"{\"\"}",
		"{\"rqi\":[1]}",
		"{} {}",
		"{}x",
		"{\"m2m:rqp\":{\"op\":1}}",
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		is_refused(GW_MEDIA_JSON, gw_bytes_of(gw_str_from(all[i])));
	}
	is_refused(GW_MEDIA_CBOR, BYTES(""));
	is_refused(GW_MEDIA_CBOR, BYTES("\xa1"));
	is_refused(GW_MEDIA_CBOR, BYTES("\xbf"));
	is_refused(GW_MEDIA_CBOR, BYTES("\x80"));
	is_refused(GW_MEDIA_CBOR, BYTES("\xa1\x63rqi\x62r1\x00"));
	is_refused(GW_MEDIA_CBOR,
		   BYTES("\xbb\xff\xff\xff\xff\xff\xff\xff\xff"));
	is_refused(GW_MEDIA_CBOR, BYTES("\xbc\x63rqi\x62r1"));
	assert_int_equal(decode(GW_MEDIA_NONE, BYTES("<x/>"), 65536),
			 GW_STATUS_UNSUPPORTED_MEDIA_TYPE);
}

/* What is null is absent, so that an option may say it; a number is its
 * digits. */
static void what_stands_twice_must_be_the_same(void **state)
{
	static const char *const same[] = {
		"{\"rqi\":\"7\",\"fr\":\"C1\",\"pc\":{\"a\":1}}",
		"{\"rqi\":7,\"ty\":null,\"op\":null,\"to\":null,\"pc\":{}}",
		"{\"rqi\":null,\"fr\":null,\"rsc\":null,\"pc\":{}}",
		"\xef\xbb\xbf{\"fr\":\"C1\"}",
	};

	head->id = GW_STR("7");
	head->from = GW_STR("C1");
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		assert_int_equal(decode(GW_MEDIA_JSON,
					gw_bytes_of(gw_str_from(same[i])),
					65536),
				 GW_STATUS_NONE);
		assert_true(gw_str_is(p->id, "7"));
		assert_true(gw_str_is(p->from, "C1"));
	}
	assert_int_equal(decode(GW_MEDIA_CBOR,
				BYTES("\xa3\x63rqi\x07\x62"
				      "fr\xf6\x62pc\xbf\x61"
				      "a\x18\x01\xff"),
				65536),
			 GW_STATUS_NONE);
	assert_true(gw_str_is(p->from, "C1"));
	assert_int_equal(p->media, GW_MEDIA_CBOR);
	assert_int_equal(p->content.len, 6);
	is_refused(GW_MEDIA_JSON, BYTES("{\"rqi\":8}"));
	is_refused(GW_MEDIA_JSON, BYTES("{\"rqi\":\"7\",\"fr\":\"C2\"}"));
}

/* Each way to write the head of a map (RFC 8949 3, 3.4.6). */
static void a_map_of_any_head_is_read(void **state)
{
	static const struct gw_str all[] = {
		GW_STR("\xa1\x63rqi\x62r1"),
		GW_STR("\xb8\x01\x63rqi\x62r1"),
		GW_STR("\xbf\x63rqi\x62r1\xff"),
		GW_STR("\xd9\xd9\xf7\xa1\x63rqi\x62r1"),
		{ "\xb9\x00\x01\x63rqi\x62r1", 10 },
		{ "\xbb\0\0\0\0\0\0\0\x01\x63rqi\x62r1", 16 },
	};

	head->from = GW_STR("C1");
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		assert_int_equal(
			decode(GW_MEDIA_CBOR, gw_bytes_of(all[i]), 65536),
			GW_STATUS_NONE);
		assert_true(gw_str_is(p->id, "r1"));
		assert_true(gw_str_is(p->from, "C1"));
	}
}

static void a_primitive_beyond_its_limit_is_refused(void **state)
{
	static char payload[4096];

	memset(payload, ' ', sizeof(payload));
	memcpy(payload, "{\"rqi\":\"", 8);
	memset(payload + 8, 'x', sizeof(payload) - 10);
	memcpy(payload + sizeof(payload) - 2, "\"}", 2);
	assert_int_equal(
		decode(GW_MEDIA_JSON,
		       (struct gw_bytes){ (uint8_t *)payload, sizeof(payload) },
		       65536),
		GW_STATUS_NONE);
	assert_int_not_equal(
		decode(GW_MEDIA_JSON,
		       (struct gw_bytes){ (uint8_t *)payload, sizeof(payload) },
		       1024),
		GW_STATUS_NONE);
	assert_null(p);
}

static void what_is_written_is_read_again(enum gw_media media)
{
	struct gw_primitive *answer = gw_primitive_new(1024, 16384);
	struct gw_bytes payload = { 0 };

	assert_non_null(answer);
	answer->status = GW_STATUS_OK;
	answer->id = GW_STR("r1");
	answer->media = GW_MEDIA_JSON;
	answer->content = BYTES("{\"m2m:cin\":{\"con\":\"x\"}}");
	gw_primitive_add(answer, GW_STR("ot"), GW_STR("\"20260101T000000\""));
	assert_int_equal(coap_payload_encode(&payload, &why, media, answer,
					     (struct gw_str){ 0 }),
			 GW_STATUS_NONE);
	assert_true(coap_payload_is_primitive(media, payload));
	head->op = GW_OP_NONE;
	head->to = (struct gw_str){ 0 };
	assert_int_equal(decode(media, payload, 65536), GW_STATUS_NONE);
	assert_int_equal(p->status, GW_STATUS_OK);
	assert_true(gw_str_is(p->id, "r1"));
	assert_true(gw_str_is(gw_primitive_get(p, GW_STR("ot")),
			      "\"20260101T000000\""));
	assert_true(p->content.len > 0);
	gw_primitive_free(answer);
}

static void an_answer_comes_back(void **state)
{
	what_is_written_is_read_again(GW_MEDIA_JSON);
	what_is_written_is_read_again(GW_MEDIA_CBOR);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_primitive_is_told_from_content_by_its_names),
		CLAIM(so_is_one_in_cbor),
		CLAIM(the_target_and_the_operation_are_those_of_the_message),
		CLAIM(what_is_no_primitive_is_refused),
		CLAIM(what_stands_twice_must_be_the_same),
		CLAIM(a_map_of_any_head_is_read),
		CLAIM(a_primitive_beyond_its_limit_is_refused),
		CLAIM(an_answer_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
