/*
 * CBOR codec: the same primitives as in JSON, content as it came.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/codec/cbor.h"
#include "core/codec/codec.h"
#include "core/codec/codec_cbor.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

#define ROOM_BYTES ((size_t)1 << 16)

/* A message, from its JSON form. */
static struct gw_buf message(const char *json)
{
	struct gw_buf buf;

	gw_buf_init(&buf, 0, ROOM_BYTES);
	assert_true(gw_cbor_from_json(&buf, gw_str_from(json)));
	return buf;
}

static enum gw_status decode(struct gw_primitive **pp, struct gw_bytes bytes)
{
	struct gw_reason why = { "" };
	enum gw_status status = gw_codec_decode(pp, &why, GW_MEDIA_CBOR, bytes,
						ROOM_BYTES);

	assert_true((status == GW_STATUS_NONE) == (why.text[0] == '\0'));
	return status;
}

static void a_request_is_read_whole(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf = message(
		"{\"op\":1,\"to\":\"cse-in/ae\",\"fr\":\"C1\",\"rqi\":\"r1\","
		"\"rvi\":\"3\",\"ty\":4,\"rcn\":3,\"zz\":{\"a\":[1.5,null]},"
		"\"pc\":{\"m2m:cin\":{\"con\":\"x\"}}}");
	struct gw_primitive *p = NULL;

	assert_int_equal(decode(&p, gw_buf_bytes(&buf)), GW_STATUS_NONE);
	assert_int_equal(p->op, GW_OP_CREATE);
	assert_int_equal(p->type, 4);
	assert_true(gw_str_is(p->id, "r1"));
	assert_true(gw_str_is(p->to, "cse-in/ae"));
	assert_true(gw_str_is(gw_primitive_get(p, GW_STR("rcn")), "3"));
	assert_true(gw_str_is(gw_primitive_get(p, GW_STR("zz")),
			      "{\"a\":[1.5,null]}"));
	assert_int_equal(p->media, GW_MEDIA_CBOR);
	gw_primitive_free(p);
}

static void content_stays_the_bytes_that_came(void **state)
{
	static const uint8_t odd[] = "\xa4\x62op\x01\x62to\x61x\x63rqi\x61r"
				     "\x62pc\xbf\x43m2m\x18\x01\xff";
	struct gw_primitive *p = NULL;

	assert_int_equal(decode(&p, (struct gw_bytes){ odd, sizeof(odd) - 1 }),
			 GW_STATUS_NONE);
	assert_int_equal(p->content.len, 8);
	assert_memory_equal(p->content.at, "\xbf\x43m2m\x18\x01\xff", 8);
	gw_primitive_free(p);
}

/* Nobody converts it, and it must be good all the same. */
static void content_is_checked_as_it_came(void **state)
{
	static const char *const bad[] = {
		"\xa4\x62op\x01\x62to\x61x\x63rqi\x61r\x62pc\xa2\x60\x01\x60\x02",
		"\xa4\x62op\x01\x62to\x61x\x63rqi\x61r\x62pc\xa1\x60\xf7",
		"\xa4\x62op\x01\x62to\x61x\x63rqi\x61r\x62pc\xa1\x60\x61\xff",
		("\xa1\x67m2m:rqp\xa4\x62op\x01\x62to\x61x\x63rqi\x61r\x62pc"
		 "\xa1\x60\x61\xff"),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct gw_primitive *p = NULL;

		assert_int_equal(decode(&p, gw_bytes_of(gw_str_from(bad[i]))),
				 GW_STATUS_BAD_REQUEST);
		assert_null(p);
	}
}

/* What the reader takes for the primitive is where the content is from. */
static void only_a_lone_wrapper_is_unwrapped(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf two = message(
		"{\"op\":1,\"to\":\"x\",\"rqi\":\"r\",\"pc\":{\"a\":1},"
		"\"m2m:rqp\":{\"pc\":{\"b\":2}}}");
	gw_cleanup(gw_buf_deinit) struct gw_buf one = message(
		"{\"m2m:rqp\":{\"op\":1,\"to\":\"x\",\"rqi\":\"r\","
		"\"pc\":{\"b\":2}}}");
	struct gw_primitive *p = NULL;

	assert_int_equal(decode(&p, gw_buf_bytes(&two)), GW_STATUS_NONE);
	assert_memory_equal(p->content.at,
			    "\xa1\x61"
			    "a\x01",
			    4);
	gw_primitive_free(p);
	assert_int_equal(decode(&p, gw_buf_bytes(&one)), GW_STATUS_NONE);
	assert_memory_equal(p->content.at,
			    "\xa1\x61"
			    "b\x02",
			    4);
	gw_primitive_free(p);
}

static void what_is_written_reads_the_same(void **state)
{
	static const char *const texts[] = {
		"{\"op\":2,\"to\":\"/id-in/x\",\"fr\":\"/S1\",\"rqi\":\"q\","
		"\"rvi\":\"4\",\"fc\":{\"ty\":[4],\"lim\":3}}",
		"{\"rsc\":2001,\"to\":\"C1\",\"fr\":\"/id-in\",\"rqi\":\"q\","
		"\"rvi\":\"3\",\"ot\":\"20260101T000000\",\"pc\":{\"a\":1}}",
		"{\"rsc\":2004,\"rqi\":\"\\u00e9\"}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		gw_cleanup(gw_buf_deinit) struct gw_buf in = message(texts[i]);
		gw_cleanup(gw_buf_deinit) struct gw_buf out;
		const struct gw_codec_hop same = { 0 };
		struct gw_primitive *p = NULL;

		gw_buf_init(&out, 0, ROOM_BYTES);
		assert_int_equal(decode(&p, gw_buf_bytes(&in)), GW_STATUS_NONE);
		gw_codec_encode(&out, p, &same, GW_MEDIA_CBOR);
		assert_int_equal(gw_buf_bytes(&out).len, gw_buf_bytes(&in).len);
		assert_memory_equal(gw_buf_bytes(&out).at, gw_buf_bytes(&in).at,
				    gw_buf_bytes(&in).len);
		gw_primitive_free(p);
	}
}

static void content_of_the_other_form_is_converted(void **state)
{
	const struct gw_codec_hop hop = { .id = GW_STR("m1") };
	struct gw_primitive *p = gw_primitive_new(256, 4096);
	gw_cleanup(gw_buf_deinit) struct gw_buf out;
	gw_cleanup(gw_buf_deinit) struct gw_buf text;
	struct gw_cbor_error error;

	assert_non_null(p);
	p->op = GW_OP_NOTIFY;
	p->id = GW_STR("r1");
	p->to = GW_STR("C1");
	p->media = GW_MEDIA_JSON;
	p->content = gw_bytes_of(GW_STR("{\"m2m:sgn\":{}}"));
	gw_buf_init(&out, 0, ROOM_BYTES);
	gw_buf_init(&text, 0, ROOM_BYTES);
	gw_codec_encode(&out, p, &hop, GW_MEDIA_CBOR);
	assert_true(gw_cbor_to_json(&text, gw_buf_bytes(&out), &error));
	assert_true(gw_str_is(gw_buf_str(&text),
			      "{\"op\":5,\"to\":\"C1\",\"rqi\":\"m1\","
			      "\"pc\":{\"m2m:sgn\":{}}}"));
	p->media = GW_MEDIA_CBOR;
	p->content = gw_bytes_of(GW_STR("\xa1\x61\x61\x01"));
	gw_buf_clear(&out);
	gw_codec_encode(&out, p, &hop, GW_MEDIA_JSON);
	assert_true(gw_str_is(gw_buf_str(&out),
			      "{\"op\":5,\"to\":\"C1\",\"rqi\":\"m1\","
			      "\"pc\":{\"a\":1}}"));
	gw_primitive_free(p);
}

static void an_answer_may_leave_out_who_talks(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf in = message(
		"{\"rsc\":2000,\"to\":\"C1\",\"fr\":\"/id-in\",\"rqi\":\"q\"}");
	gw_cleanup(gw_buf_deinit) struct gw_buf wanted = message(
		"{\"rsc\":2000,\"rqi\":\"q\"}");
	const struct gw_codec_hop hop = { .is_anonymous = true };
	gw_cleanup(gw_buf_deinit) struct gw_buf out;
	struct gw_primitive *p = NULL;

	gw_buf_init(&out, 0, ROOM_BYTES);
	assert_int_equal(decode(&p, gw_buf_bytes(&in)), GW_STATUS_NONE);
	gw_codec_encode(&out, p, &hop, GW_MEDIA_CBOR);
	assert_int_equal(gw_buf_bytes(&out).len, gw_buf_bytes(&wanted).len);
	assert_memory_equal(gw_buf_bytes(&out).at, gw_buf_bytes(&wanted).at,
			    gw_buf_bytes(&wanted).len);
	gw_primitive_free(p);
}

static void a_wrapped_primitive_is_unwrapped(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf = message(
		"{\"m2m:rqp\":{\"op\":1,\"to\":\"x\",\"rqi\":\"r\","
		"\"pc\":{\"a\":7}}}");
	struct gw_primitive *p = NULL;

	assert_int_equal(decode(&p, gw_buf_bytes(&buf)), GW_STATUS_NONE);
	assert_memory_equal(p->content.at, "\xa1\x61\x61\x07", 4);
	gw_primitive_free(p);
}

/* What is found in CBOR is what is found in the JSON that it is read as. */
static void a_wrapper_is_the_same_in_both_forms(void **state)
{
	static const char *const all[] = {
		"{\"m2m:rqp\":{\"op\":1}}", "{\"m2m:rsp\":{}}",
		"{\"m2m:rqp\":{},\"x\":1}", "{\"m2m:rqp\":[{}]}",
		"{\"m2m:cnt\":{}}",         "{}",
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		gw_cleanup(gw_buf_deinit) struct gw_buf buf = message(all[i]);
		gw_cleanup(gw_buf_deinit) struct gw_buf json;
		struct gw_cbor_error error = { 0 };
		struct gw_str wanted = gw_codec_json_unwrapped(
			gw_str_from(all[i]));

		gw_buf_init(&json, 0, ROOM_BYTES);
		assert_true(gw_cbor_to_json(
			&json, gw_codec_cbor_unwrapped(gw_buf_bytes(&buf)),
			&error));
		assert_true(gw_str_eq(gw_buf_str(&json), wanted));
	}
}

static void what_is_null_is_absent(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf = message(
		"{\"op\":1,\"to\":\"x\",\"rqi\":\"r\",\"rvi\":null,"
		"\"rsc\":null,\"ty\":null,\"ot\":null,\"pc\":null}");
	gw_cleanup(gw_buf_deinit) struct gw_buf wanted = message(
		"{\"op\":1,\"to\":\"x\",\"rqi\":\"r\"}");
	const struct gw_codec_hop same = { 0 };
	gw_cleanup(gw_buf_deinit) struct gw_buf out;
	struct gw_primitive *p = NULL;

	gw_buf_init(&out, 0, ROOM_BYTES);
	assert_int_equal(decode(&p, gw_buf_bytes(&buf)), GW_STATUS_NONE);
	assert_int_equal(p->media, GW_MEDIA_NONE);
	gw_codec_encode(&out, p, &same, GW_MEDIA_CBOR);
	assert_int_equal(gw_buf_bytes(&out).len, gw_buf_bytes(&wanted).len);
	assert_memory_equal(gw_buf_bytes(&out).at, gw_buf_bytes(&wanted).at,
			    gw_buf_bytes(&wanted).len);
	gw_primitive_free(p);
}

/* A float is none, even where its value is whole. */
static void only_an_integer_is_an_id(void **state)
{
	static const char *const ids[] = { "7", "-7", "18446744073709551617",
					   "1.0" };
	const struct gw_codec_hop same = { 0 };

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		char text[64];
		gw_cleanup(gw_buf_deinit) struct gw_buf in;
		gw_cleanup(gw_buf_deinit) struct gw_buf wanted;
		gw_cleanup(gw_buf_deinit) struct gw_buf out;
		struct gw_primitive *p = NULL;
		struct gw_primitive *answer = NULL;

		(void)snprintf(text, sizeof(text),
			       "{\"op\":2,\"to\":\"x\",\"rqi\":%s}", ids[i]);
		in = message(text);
		(void)snprintf(text, sizeof(text), "{\"rsc\":4000,\"rqi\":%s}",
			       ids[i]);
		wanted = message(text);
		gw_buf_init(&out, 0, ROOM_BYTES);
		assert_int_equal(decode(&p, gw_buf_bytes(&in)),
				 strchr(ids[i], '.') ? GW_STATUS_BAD_REQUEST
						     : GW_STATUS_NONE);
		answer = gw_primitive_new_answer(p, GW_STATUS_BAD_REQUEST);
		gw_codec_encode(&out, answer, &same, GW_MEDIA_CBOR);
		assert_int_equal(gw_buf_bytes(&out).len,
				 gw_buf_bytes(&wanted).len);
		assert_memory_equal(gw_buf_bytes(&out).at,
				    gw_buf_bytes(&wanted).at,
				    gw_buf_bytes(&wanted).len);
		gw_primitive_free(answer);
		gw_primitive_free(p);
	}
}

static void what_is_refused_can_still_be_answered(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf = message(
		"{\"op\":1,\"rqi\":\"r9\"}");
	struct gw_primitive *p = NULL;

	assert_int_equal(decode(&p, gw_buf_bytes(&buf)), GW_STATUS_BAD_REQUEST);
	assert_non_null(p);
	assert_true(gw_str_is(p->id, "r9"));
	gw_primitive_free(p);
	assert_int_equal(decode(&p, gw_bytes_of(GW_STR("{\"op\":1}"))),
			 GW_STATUS_BAD_REQUEST);
	assert_null(p);
	assert_int_equal(
		decode(&p, gw_bytes_of(GW_STR("\xa2\x62op\x01\x62op\x01"))),
		GW_STATUS_BAD_REQUEST);
	assert_null(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read_whole),
		cmocka_unit_test(content_stays_the_bytes_that_came),
		cmocka_unit_test(content_is_checked_as_it_came),
		cmocka_unit_test(only_a_lone_wrapper_is_unwrapped),
		cmocka_unit_test(what_is_written_reads_the_same),
		cmocka_unit_test(content_of_the_other_form_is_converted),
		cmocka_unit_test(an_answer_may_leave_out_who_talks),
		cmocka_unit_test(a_wrapped_primitive_is_unwrapped),
		cmocka_unit_test(a_wrapper_is_the_same_in_both_forms),
		cmocka_unit_test(what_is_null_is_absent),
		cmocka_unit_test(only_an_integer_is_an_id),
		cmocka_unit_test(what_is_refused_can_still_be_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
