/* An answer of which only the content is unreadable is read without it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/codec/codec.h"
#include "core/codec/cut.h"
#include "core/lib/buf.h"

#define BYTES(text) \
	((struct gw_bytes){ (const uint8_t *)(text), sizeof(text) - 1 })
#define COUNT(list) (sizeof(list) / sizeof(*(list)))

struct taken {
	enum gw_message message;
	struct gw_primitive *p;
	struct gw_reason why;
};

static struct taken take(enum gw_media media, struct gw_bytes bytes)
{
	struct taken t = { .why = { "" } };
	enum gw_status status = GW_STATUS_NONE;

	t.message = gw_codec_take(&t.p, &status, &t.why, media, bytes);
	return t;
}

static struct taken take_text(const char *text)
{
	return take(GW_MEDIA_JSON, gw_bytes_of(gw_str_from(text)));
}

static void expect_status_only(struct taken t)
{
	assert_int_equal(t.message, GW_MESSAGE_ANSWER);
	assert_int_equal(t.p->status, 2001);
	assert_true(gw_str_is(t.p->id, "r"));
	assert_true(t.p->has_lost_content);
	assert_true(t.p->content_fault.len > 0);
	assert_int_equal(t.p->media, GW_MEDIA_NONE);
	assert_null(t.p->content.at);
	assert_string_equal(t.why.text, "");
	gw_primitive_free(t.p);
}

/* At most it is seen whose answer it was to be. */
static void expect_no_answer(struct taken t)
{
	assert_true(t.message == GW_MESSAGE_NOTHING ||
		    t.message == GW_MESSAGE_BROKEN);
	assert_true(t.why.text[0] != '\0');
	gw_primitive_free(t.p);
}

/* --- JSON. */

static const char *const json_faults[] = {
	"{\"m2m:csr\":{\"csi\":1,\"csi\":1}}",
	"{\"a\":{\"a\":1,\"a\":1},\"b\":{\"b\":1,\"b\":1}}",
	"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
	"{\"a\":\"\\ud800\"}",
	"{\"a\":\"\\u0000\"}",
	"{\"a\":\"\\x \\\" }\"}",
	"{\"a\":\"\n\"}",
	"{\"a\":\"\xff\"}",
	"{\"a\":1e400}",
	"{\"a\":01}",
	"{\"a\":NaN}",
	"{'a':1}",
	"{\"a\" 1}",
	"{\"a\":1,}",
	"OK",
};

static void
a_fault_inside_the_content_of_an_answer_leaves_its_status(void **state)
{
	static const char *const around[][2] = {
		{ "{\"rsc\":2001,\"rqi\":\"r\",\"pc\":", "}" },
		{ " {\"p\\u0063\" : ", " ,\"rqi\":\"r\",\"rsc\":2001}\n" },
		{ "{\"m2m:rsp\":{\"pc\":", ",\"rqi\":\"r\",\"rsc\":2001}}" },
	};
	char text[512];

	for (size_t i = 0; i < COUNT(json_faults); i++) {
		for (size_t k = 0; k < COUNT(around); k++) {
			(void)snprintf(text, sizeof(text), "%s%s%s",
				       around[k][0], json_faults[i],
				       around[k][1]);
			expect_status_only(take_text(text));
		}
	}
}

static void the_fault_is_told_with_its_place(void **state)
{
	struct taken t = take_text("{\"rsc\":2000,\"rqi\":\"r\","
				   "\"pc\":{\"a\":1,\"a\":2}}");

	assert_int_equal(t.message, GW_MESSAGE_ANSWER);
	assert_true(gw_str_is(t.p->content_fault,
			      "a member name stands twice, at byte 34"));
	gw_primitive_free(t.p);
}

static void a_request_is_read_to_its_end_or_not_at_all(void **state)
{
	char text[512];

	for (size_t i = 0; i < COUNT(json_faults); i++) {
		(void)snprintf(
			text, sizeof(text),
			"{\"op\":1,\"to\":\"x\",\"rqi\":\"r\",\"pc\":%s}",
			json_faults[i]);
		expect_no_answer(take_text(text));
	}
}

static void a_fault_around_the_content_is_not_forgiven(void **state)
{
	static const char *const texts[] = {
		"{\"rsc\":1,\"rsc\":2,\"rqi\":\"r\",\"pc\":{\"a\":1,\"a\":2}}",
		"{\"rsc\":1,\"pc\":{\"a\":1,\"a\":2},\"pc\":{}}",
		"{\"rsc\":1,\"pc\":{},\"p\\u0063\":{\"a\":1,\"a\":2}}",
		"{\"rsc\":1,\"xx\":{\"a\":1,\"a\":2},\"pc\":1}",
		"{\"rsc\":1,\"pc\":{\"a\":1,\"a\":2}",
		"{\"rsc\":1,\"pc\":{\"a\":\"}",
		"{\"rsc\":1,\"pc\":",
		"{\"rsc\":1,\"pc\"",
		"{\"rsc\":1,\"pc\":{\"a\":1,\"a\":2}}}",
		"{\"rsc\":1,\"pc\":{\"a\":1,\"a\":2}} x",
		"{\"rsc\":0,\"pc\":{\"a\":1,\"a\":2}}",
		"{\"rqi\":\"r\",\"pc\":{\"a\":1,\"a\":2}}",
		"{\"m2m:rsp\":{\"rsc\":1,\"pc\":{\"a\":1,\"a\":2}},\"x\":1}",
		"{\"m2m:rsp\":{\"pc\":{\"a\":1,\"a\":2}},\"rsc\":1}",
		"{\"m2m:rsp\":{\"pc\":{\"a\":1,\"a\":2}},\"rsc\":1,\"pc\":{}}",
		"{\"m2m:rsp\":{\"m2m:rsp\":{\"rsc\":1,\"pc\":OK}}}",
		"{\"m2m:rsp\":",
		"[{\"pc\":{\"a\":1,\"a\":2}}]",
		"pc",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		expect_no_answer(take_text(texts[i]));
	}
}

/* --- CBOR. */

#define HEAD "\x63rsc\x19\x07\xd1\x63rqi\x61r"

/* Messages of one content each; the last ones are JSON that is not strict. */
static const struct gw_bytes cbor_faults[] = {
	BYTES("\xa2\x61"
	      "a\x01\x61"
	      "a\x02"),
	BYTES("\xbf\x61"
	      "a\x01\x61"
	      "a\x02\xff"),
	BYTES("\xa1\x61"
	      "a\xf7"),
	BYTES("\xa1\x61"
	      "a\xf9\x7e\x00"),
	BYTES("\xa1\x61"
	      "a\xe0"),
	BYTES("\xa1\x61"
	      "a\xf8\x63"),
	BYTES("\xa1\x01\x02"),
	BYTES("\xa1\xa1\x01\x02\x03"),
	BYTES("\xa1\x61"
	      "a\xc1\x00"),
	BYTES("\xa1\x61"
	      "a\x61\xff"),
	BYTES("\xa1\x61"
	      "a\x7f\x61\xff\x60\xff"),
	BYTES("\x9f\x9f\xf7\xff\xd9\x12\x34\x9f\xff\x82\x01\xf7\xff"),
	BYTES("\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81"
	      "\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81"
	      "\x81\x81\x81\x81\x01"),
	BYTES("\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00"),
	BYTES("\xd9\x12\x34\xf7"),
};

static struct gw_bytes joined(struct gw_buf *buf, struct gw_bytes head,
			      struct gw_bytes content, struct gw_bytes tail)
{
	gw_buf_clear(buf);
	gw_buf_add(buf, head.at, head.len);
	gw_buf_add(buf, content.at, content.len);
	gw_buf_add(buf, tail.at, tail.len);
	assert_false(gw_buf_is_short(buf));
	return gw_buf_bytes(buf);
}

static void so_does_one_in_cbor(void **state)
{
	static const struct gw_bytes around[][2] = {
		{ BYTES("\xa3" HEAD "\x62pc"), BYTES("") },
		{ BYTES("\xd9\xd9\xf7\xa3\x62pc"), BYTES(HEAD) },
		{ BYTES("\xbf\x42pc"), BYTES(HEAD "\xff") },
		{ BYTES("\xa1\x67m2m:rsp\xa3" HEAD "\x62pc"), BYTES("") },
		{ BYTES("\xa4\x7f\x61x\x61y\xff\x81\x01\x62pc"), BYTES(HEAD) },
	};
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 512);
	for (size_t i = 0; i < COUNT(cbor_faults); i++) {
		for (size_t k = 0; k < COUNT(around); k++) {
			expect_status_only(
				take(GW_MEDIA_CBOR,
				     joined(&buf, around[k][0], cbor_faults[i],
					    around[k][1])));
		}
	}
}

static void a_request_in_cbor_is_read_to_its_end_or_not_at_all(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 512);
	for (size_t i = 0; i < COUNT(cbor_faults); i++) {
		expect_no_answer(take(
			GW_MEDIA_CBOR,
			joined(&buf,
			       BYTES("\xa4\x62op\x01\x62to\x61x\x63rqi\x61r"
				     "\x62pc"),
			       cbor_faults[i], BYTES(""))));
	}
}

static void nor_is_a_fault_around_it_in_cbor(void **state)
{
	static const struct gw_bytes messages[] = {
		BYTES("\xa3" HEAD "\x62pc\xa1\x61"
		      "a"),
		BYTES("\xa3" HEAD "\x62pc"),
		BYTES("\xa3" HEAD "\x62pc\xa1\x61"
		      "a\xf7\x00"),
		BYTES("\xa4" HEAD "\x62pc\xf7\x62pc\xf7"),
		BYTES("\xa4" HEAD "\x62xx\xf7\x62pc\x01"),
		BYTES("\xa3" HEAD "\x62pc\xff"),
		BYTES("\xa3" HEAD "\x62pc\xbb\xff\xff\xff\xff\xff\xff\xff\xff"),
		BYTES("\xa3" HEAD "\x62pc\x9b\xff\xff\xff\xff\xff\xff\xff\xff"),
		BYTES("\xa3" HEAD "\x62pc\xf8"),
		BYTES("\xa3" HEAD "\x62pc\xd9\x12\x34"),
		BYTES("\xa1\x63pc\\\xf7"),
		BYTES("\xa3" HEAD "\x67m2m:rsp\xa1\x62pc\xf7"),
		BYTES("\xa4\x67m2m:rsp\xa1\x62pc\xf7" HEAD "\x62pc\x01"),
		BYTES("\x83\x62pc\xf7\x01"),
		BYTES("\xbf\x62pc\xf7"),
	};

	for (size_t i = 0; i < COUNT(messages); i++) {
		expect_no_answer(take(GW_MEDIA_CBOR, messages[i]));
	}
}

static void content_without_end_is_not_looked_into(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	uint8_t deep[4096];

	(void)memset(deep, 0x81, sizeof(deep));
	gw_buf_init(&buf, 0, 8192);
	expect_no_answer(take(GW_MEDIA_CBOR,
			      joined(&buf, BYTES("\xa3" HEAD "\x62pc"),
				     (struct gw_bytes){ deep, sizeof(deep) },
				     BYTES("\x01"))));
	(void)memset(deep, '[', sizeof(deep));
	expect_no_answer(take(GW_MEDIA_JSON,
			      joined(&buf, BYTES("{\"rsc\":2000,\"pc\":"),
				     (struct gw_bytes){ deep, sizeof(deep) },
				     BYTES("}"))));
}

static void a_good_message_has_nothing_to_cut(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 512);
	assert_false(gw_cut_json(&buf, BYTES("{\"rsc\":1,\"pc\":{}}")));
	assert_false(gw_cut_json(&buf, BYTES("")));
	assert_false(gw_cut_cbor(&buf, BYTES("")));
	assert_int_equal(gw_buf_str(&buf).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_fault_inside_the_content_of_an_answer_leaves_its_status),
		cmocka_unit_test(the_fault_is_told_with_its_place),
		cmocka_unit_test(a_request_is_read_to_its_end_or_not_at_all),
		cmocka_unit_test(a_fault_around_the_content_is_not_forgiven),
		cmocka_unit_test(so_does_one_in_cbor),
		cmocka_unit_test(
			a_request_in_cbor_is_read_to_its_end_or_not_at_all),
		cmocka_unit_test(nor_is_a_fault_around_it_in_cbor),
		cmocka_unit_test(content_without_end_is_not_looked_into),
		cmocka_unit_test(a_good_message_has_nothing_to_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
