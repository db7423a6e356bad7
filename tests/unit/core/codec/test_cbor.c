/*
 * CBOR: every form of RFC 8949 that JSON has one for, and none other.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/codec/cbor.h"
#include "core/codec/json.h"
#include "core/lib/buf.h"
#include "tests/unit/core/codec/dice.h"

#define ROOM_BYTES ((size_t)1 << 20)
#define LITERAL(text) \
	((struct gw_bytes){ (const uint8_t *)(text), sizeof(text) - 1 })

struct pair {
	struct gw_bytes cbor;
	const char *json;
};

/* Both ways: what is written reads as the same text. */
static const struct pair same[] = {
	{ LITERAL("\x00"), "0" },
	{ LITERAL("\x17"), "23" },
	{ LITERAL("\x18\x18"), "24" },
	{ LITERAL("\x19\x03\xe8"), "1000" },
	{ LITERAL("\x1a\x00\x0f\x42\x40"), "1000000" },
	{ LITERAL("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"),
	  "18446744073709551615" },
	{ LITERAL("\xc2\x49\x01\x00\x00\x00\x00\x00\x00\x00\x00"),
	  "18446744073709551616" },
	{ LITERAL("\x3b\xff\xff\xff\xff\xff\xff\xff\xff"),
	  "-18446744073709551616" },
	{ LITERAL("\xc3\x49\x01\x00\x00\x00\x00\x00\x00\x00\x00"),
	  "-18446744073709551617" },
	{ LITERAL("\x20"), "-1" },
	{ LITERAL("\x38\x63"), "-100" },
	{ LITERAL("\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"),
	  "-9223372036854775808" },
	{ LITERAL("\xfa\x00\x00\x00\x00"), "0.0" },
	{ LITERAL("\xfa\x80\x00\x00\x00"), "-0.0" },
	{ LITERAL("\xfa\x3f\xc0\x00\x00"), "1.5" },
	{ LITERAL("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a"), "1.1" },
	{ LITERAL("\xfb\x7e\x37\xe4\x3c\x88\x00\x75\x9c"), "1e+300" },
	{ LITERAL("\xfb\xc0\x10\x66\x66\x66\x66\x66\x66"), "-4.1" },
	{ LITERAL("\xfb\x3f\xb9\x99\x99\x99\x99\x99\x9a"), "0.1" },
	{ LITERAL("\xf4"), "false" },
	{ LITERAL("\xf5"), "true" },
	{ LITERAL("\xf6"), "null" },
	{ LITERAL("\x60"), "\"\"" },
	{ LITERAL("\x64IETF"), "\"IETF\"" },
	{ LITERAL("\x62\"\\"), "\"\\\"\\\\\"" },
	{ LITERAL("\x62\xc3\xbc"), "\"\xc3\xbc\"" },
	{ LITERAL("\x63\xe6\xb0\xb4"), "\"\xe6\xb0\xb4\"" },
	{ LITERAL("\x64\xf0\x90\x85\x91"), "\"\xf0\x90\x85\x91\"" },
	{ LITERAL("\x80"), "[]" },
	{ LITERAL("\x83\x01\x02\x03"), "[1,2,3]" },
	{ LITERAL("\x83\x01\x82\x02\x03\x82\x04\x05"), "[1,[2,3],[4,5]]" },
	{ LITERAL("\xa0"), "{}" },
	{ LITERAL("\xa2\x61\x61\x01\x61\x62\x82\x02\x03"),
	  "{\"a\":1,\"b\":[2,3]}" },
	{ LITERAL("\x82\x61\x61\xa1\x61\x62\x61\x63"),
	  "[\"a\",{\"b\":\"c\"}]" },
};

/* Read only: other ways to write the same. */
static const struct pair read[] = {
	{ LITERAL("\xf9\x3c\x00"), "1.0" },
	{ LITERAL("\xf9\xc4\x00"), "-4.0" },
	{ LITERAL("\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00"), "1.0" },
	{ LITERAL("\x18\x01"), "1" },
	{ LITERAL("\x44\x49\x45\x54\x46"), "\"IETF\"" },
	{ LITERAL("\xa1\x41\x61\x41\x62"), "{\"a\":\"b\"}" },
	{ LITERAL("\x7f\x65strea\x64ming\xff"), "\"streaming\"" },
	{ LITERAL("\x5f\x42\x61\x62\x41\x63\xff"), "\"abc\"" },
	{ LITERAL("\x7f\xff"), "\"\"" },
	{ LITERAL("\x9f\xff"), "[]" },
	{ LITERAL("\x9f\x01\x82\x02\x03\x9f\x04\x05\xff\xff"),
	  "[1,[2,3],[4,5]]" },
	{ LITERAL("\xbf\x61\x61\x01\x61\x62\x9f\x02\x03\xff\xff"),
	  "{\"a\":1,\"b\":[2,3]}" },
	{ LITERAL("\xbf\x7f\x61\x61\xff\x01\xff"), "{\"a\":1}" },
	{ LITERAL("\xc2\x41\x05"), "5" },
	{ LITERAL("\xc3\x40"), "-1" },
	{ LITERAL("\xc4\x82\x21\x19\x6a\xb3"), "273.15" },
	{ LITERAL("\xc4\x82\x21\x39\x6a\xb2"), "-273.15" },
	{ LITERAL("\xc4\x82\x24\x05"), "0.00005" },
	{ LITERAL("\xc4\x82\x05\x01"), "1e5" },
	{ LITERAL("\xc4\x82\x38\x63\x01"), "1e-100" },
	{ LITERAL("\xc4\x82\x21\xc2\x42\x01\x00"), "2.56" },
	{ LITERAL("\xd9\xd9\xf7\x01"), "1" },
};

static const struct gw_bytes refused[] = {
	LITERAL(""),
	LITERAL("\xff"),
	LITERAL("\x01\x02"),         // two items
	LITERAL("\x18"),             // cut off
	LITERAL("\x82\x01"),         // cut off
	LITERAL("\xa1\x61\x61"),     // a key without a value
	LITERAL("\xbf\x61\x61\xff"), // the same
	LITERAL("\x9f\x01"),         // no break
	LITERAL("\x65IET"),          // a string cut off
	LITERAL("\xa1\x01\x02"),     // a key that is no string
	LITERAL("\xa1\x80\x02"),     // nor is this
	LITERAL("\xf7"),             // undefined
	LITERAL("\xf0"),             // a simple value
	LITERAL("\xf8\xff"),         // another
	LITERAL("\xf9\x7c\x00"),     // infinity
	LITERAL("\xf9\x7e\x00"),     // NaN
	LITERAL("\xfb\xff\xf0\x00\x00\x00\x00\x00\x00"),
	LITERAL("\xc1\x1a\x51\x4b\x67\xb0"), // a tag
	LITERAL("\xc0\x74"),
	LITERAL("\xc2\x01"),     // a bignum that is none
	LITERAL("\xc2\x61\x61"), // nor this
	LITERAL("\xc4\x81\x01"), // a decimal of one part
	LITERAL("\xc4\x82\x61\x61\x01"),
	LITERAL("\xc4\x82\x1b\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
	LITERAL("\x62\xc3\x28"),             // not UTF-8
	LITERAL("\x63\xed\xa0\x80"),         // a surrogate
	LITERAL("\x42\xff\xfe"),             // bytes that are no text
	LITERAL("\x61\x00"),                 // NUL
	LITERAL("\x7f\x41\x61\xff"),         // a piece of the other kind
	LITERAL("\x7f\x7f\x61\x61\xff\xff"), // pieces in pieces
	LITERAL("\x1c"),                     // reserved
	LITERAL("\xdf\x01"),                 // an indefinite tag
	LITERAL("\x1f"),
	LITERAL("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01"), // many entries
	LITERAL("\x5b\xff\xff\xff\xff\xff\xff\xff\xff\x01"), // a long string
	LITERAL("\xd9\xd9\xf7"),
	LITERAL("\xa2\x61\x61\x01\x61\x61\x02"), // a name twice
	LITERAL("\xa2\x61\x61\x01\x41\x61\x02"), // the same in bytes
	LITERAL("\xbf\x61\x61\x01\x7f\x61\x61\xff\x02\xff"), // in pieces
	LITERAL("\xbf\x7f\x61\x61\xff\x01\x61\x61\x02\xff"),
	LITERAL("\x81\xa2\x60\x01\x60\x02"), // one without letters
	LITERAL("\xc4\x82\x19\x01\x35\x01"), // 1e309
	LITERAL("\xc4\x82\x19\x01\x33\x12"), // 18e307
	LITERAL("\xc4\x82\x19\x01\x34\x21"), // -2e308
	LITERAL("\xc4\x82\x19\x01\x22\x1b\x18\xf2\xb0\x61\xae\xa0\x71\x20"), // 1797693134862315808e290
};

/* Read only, and not beyond a double. */
static const struct pair large[] = {
	{ LITERAL("\xc4\x82\x19\x01\x34\x01"), "1e308" },
	{ LITERAL("\xc4\x82\x19\x01\x33\x11"), "17e307" },
	{ LITERAL("\xc4\x82\x19\x01\x22\x1b\x18\xf2\xb0\x61\xae\xa0\x71\x1f"),
	  "1797693134862315807e290" },
	{ LITERAL("\xc4\x82\x19\x01\x35\x00"), "0e309" },
	{ LITERAL("\xc4\x82\x39\x01\x35\x21"), "-2e-310" },
};

static struct gw_buf text_of(struct gw_bytes cbor, bool *is_readp)
{
	struct gw_cbor_error error;
	struct gw_buf buf;

	gw_buf_init(&buf, 0, ROOM_BYTES);
	*is_readp = gw_cbor_to_json(&buf, cbor, &error);
	assert_int_equal(gw_cbor_check(cbor, &error), *is_readp);
	assert_true(*is_readp || (error.reason && error.at <= cbor.len));
	return buf;
}

static void expect_text(struct gw_bytes cbor, const char *json)
{
	bool is_read = false;
	struct gw_buf buf = text_of(cbor, &is_read);

	assert_true(is_read);
	gw_buf_add_char(&buf, '\0');
	assert_string_equal(gw_buf_str(&buf).at, json);
	gw_buf_deinit(&buf);
}

static void expect_bytes(const char *json, struct gw_bytes cbor)
{
	struct gw_buf buf;
	struct gw_bytes written;

	gw_buf_init(&buf, 0, ROOM_BYTES);
	assert_true(gw_cbor_from_json(&buf, gw_str_from(json)));
	written = gw_buf_bytes(&buf);
	assert_int_equal(written.len, cbor.len);
	assert_memory_equal(written.at, cbor.at, cbor.len);
	gw_buf_deinit(&buf);
}

#define N_OF(table) (sizeof(table) / sizeof(*(table)))

static void each_form_is_read_and_written(void **state)
{
	for (size_t i = 0; i < N_OF(same); i++) {
		expect_text(same[i].cbor, same[i].json);
		expect_bytes(same[i].json, same[i].cbor);
	}
	for (size_t i = 0; i < N_OF(read); i++) {
		expect_text(read[i].cbor, read[i].json);
	}
	for (size_t i = 0; i < N_OF(large); i++) {
		expect_text(large[i].cbor, large[i].json);
	}
}

static void what_json_has_no_form_for_is_refused(void **state)
{
	for (size_t i = 0; i < N_OF(refused); i++) {
		bool is_read = true;
		struct gw_buf buf = text_of(refused[i], &is_read);

		assert_false(is_read);
		gw_buf_deinit(&buf);
	}
}

/* Just below 2^1024 - 2^970, which rounds to infinity, and that. */
static void a_bignum_is_within_a_double(void **state)
{
	uint8_t bytes[3 + 128] = { 0xc2, 0x58, 128 };
	bool is_read = false;
	struct gw_buf buf;

	memset(bytes + 3, 0xff, 128);
	bytes[3 + 6] = 0xfb;
	buf = text_of((struct gw_bytes){ bytes, sizeof(bytes) }, &is_read);
	assert_true(is_read);
	gw_buf_deinit(&buf);
	bytes[3 + 6] = 0xfc;
	memset(bytes + 3 + 7, 0, 121);
	buf = text_of((struct gw_bytes){ bytes, sizeof(bytes) }, &is_read);
	assert_false(is_read);
	gw_buf_deinit(&buf);
}

static uint64_t dice = 88172645463325252;

static uint64_t roll(void)
{
	return dice_roll(&dice);
}

/* Items that are good more often than not: heads of every kind, short lengths,
 * few names. */
static void put_any(struct gw_buf *buf)
{
	static const char heads[] = "\x00\x18\x21\x39\x40\x41\x5f\x60\x61\x61"
				    "\x7f\x80\x81\x82\x9f\xa0\xa1\xa2\xbf\xc2"
				    "\xc3\xc4\xf4\xf6\xf9\xfa\xfb\xff\xff";
	uint64_t n = roll() % 12;

	for (uint64_t i = 0; i < n; i++) {
		gw_buf_add_char(buf, heads[roll() % (sizeof(heads) - 1)]);
		gw_buf_add_char(buf, (char)(roll() % 4 ? 'a' : roll()));
	}
}

/* Whoever checks need not ask the scanner, nor write the text. */
static void what_is_checked_is_what_the_scanner_takes(void **state)
{
	int n_read = 0;

	for (int i = 0; i < 200000; i++) {
		gw_cleanup(gw_buf_deinit) struct gw_buf cbor;
		gw_cleanup(gw_buf_deinit) struct gw_buf text;
		struct gw_json_error error;
		bool is_read = false;

		gw_buf_init(&cbor, 0, ROOM_BYTES);
		put_any(&cbor);
		text = text_of(gw_buf_bytes(&cbor), &is_read);
		n_read += is_read;
		assert_true(!is_read || gw_json_scan(gw_buf_str(&text), NULL, 0,
						     NULL, &error));
	}
	assert_true(n_read > 1000);
}

/* Numbers that must come back as the same number, whatever way they take. */
static void no_number_loses_a_digit(void **state)
{
	static const char *const numbers[] = {
		"9007199254740993",
		"-9007199254740993",
		"123456789012345678901234567890",
		"0.1",
		"0.10000000149011612",
		"1.7976931348623157e+308",
		"5e-324",
		"3.14159265358979323846264338327950288",
		"-0.333333333333333333333333333333",
		"100000000000000000000000000000000000000.5",
		"20.500000000000000000000000000000001",
		"0.00000000000000000000000012345678901234567890123",
	};

	for (size_t i = 0; i < N_OF(numbers); i++) {
		struct gw_buf buf;

		gw_buf_init(&buf, 0, ROOM_BYTES);
		assert_true(gw_cbor_from_json(&buf, gw_str_from(numbers[i])));
		expect_text(gw_buf_bytes(&buf),
			    i + 1 == N_OF(numbers)
				    ? "12345678901234567890123e-47"
				    : numbers[i]);
		gw_buf_deinit(&buf);
	}
}

static void a_number_without_end_is_refused(void **state)
{
	char text[4001];
	struct gw_buf buf;

	memset(text, '3', 4000);
	memcpy(text, "0.", 2);
	text[4000] = '\0';
	gw_buf_init(&buf, 0, ROOM_BYTES);
	assert_false(gw_cbor_from_json(&buf, gw_str_from(text)));
	gw_buf_clear(&buf);
	memset(text + 2, '0', 3998);
	assert_true(gw_cbor_from_json(&buf, gw_str_from(text)));
	gw_buf_deinit(&buf);
}

static void a_zero_of_any_length_is_zero_and_keeps_its_sign(void **state)
{
	char text[1001];
	struct gw_buf buf;

	memset(text, '0', sizeof(text));
	memcpy(text, "-0.", 3);
	text[sizeof(text) - 1] = '\0';
	gw_buf_init(&buf, 0, ROOM_BYTES);
	assert_true(gw_cbor_from_json(&buf, gw_str_from(text)));
	expect_text(gw_buf_bytes(&buf), "-0.0");
	gw_buf_clear(&buf);
	assert_true(gw_cbor_from_json(&buf, gw_str_from(text + 1)));
	expect_text(gw_buf_bytes(&buf), "0.0");
	gw_buf_deinit(&buf);
}

static void an_array_of_any_length_has_its_head(void **state)
{
	static const size_t lengths[] = { 0, 23, 24, 255, 256, 65535, 65536 };

	for (size_t i = 0; i < N_OF(lengths); i++) {
		gw_cleanup(gw_buf_deinit) struct gw_buf text;
		gw_cleanup(gw_buf_deinit) struct gw_buf cbor;
		gw_cleanup(gw_buf_deinit) struct gw_buf back;
		bool is_read = false;

		gw_buf_init(&text, 0, ROOM_BYTES);
		gw_buf_init(&cbor, 0, ROOM_BYTES);
		gw_buf_lit(&text, "[{\"a\":[");
		for (size_t n = 0; n < lengths[i]; n++) {
			gw_buf_add(&text, "0,", n + 1 < lengths[i] ? 2 : 1);
		}
		gw_buf_lit(&text, "]},7]");
		assert_true(gw_cbor_from_json(&cbor, gw_buf_str(&text)));
		back = text_of(gw_buf_bytes(&cbor), &is_read);
		assert_true(is_read);
		assert_true(gw_str_eq(gw_buf_str(&back), gw_buf_str(&text)));
	}
}

static void a_member_is_left_out_by_its_name(void **state)
{
	static const struct {
		struct gw_bytes cbor;
		const char *json;
		size_t at;
		size_t len;
	} all[] = {
		{ LITERAL("\xa2\x62pc\x81\x01\x61x\xa1\x62pc\x02"),
		  "{\"pc\":0,\"x\":{\"pc\":2}}", 4, 2 },
		{ LITERAL("\xbf\x61x\x01\x7f\x61p\x61\x63\xff\xbf\xff\xff"),
		  "{\"x\":1,\"pc\":0}", 10, 2 },
		{ LITERAL("\xa1\x62pc\xf6"), "{\"pc\":null}", 4, 1 },
		{ LITERAL("\xa1\x60\x01"), "{\"\":1}", 0, 0 },
		{ LITERAL("\x62pc"), "\"pc\"", 0, 0 },
	};

	for (size_t i = 0; i < N_OF(all); i++) {
		gw_cleanup(gw_buf_deinit) struct gw_buf text;
		struct gw_cbor_error error;
		struct gw_bytes part = { 0 };

		gw_buf_init(&text, 0, ROOM_BYTES);
		assert_true(gw_cbor_to_json_without(&text, &part, all[i].cbor,
						    GW_STR("pc"), &error));
		assert_true(gw_str_is(gw_buf_str(&text), all[i].json));
		assert_int_equal(part.len, all[i].len);
		assert_true(part.len == 0 ||
			    part.at == all[i].cbor.at + all[i].at);
	}
}

static void nesting_is_bounded(void **state)
{
	uint8_t deep[GW_JSON_DEPTH_MAX + 2];
	bool is_read = true;
	struct gw_buf buf;

	memset(deep, 0x81, sizeof(deep));
	deep[GW_JSON_DEPTH_MAX] = 0x01;
	buf = text_of((struct gw_bytes){ deep, GW_JSON_DEPTH_MAX + 1 },
		      &is_read);
	assert_true(is_read);
	gw_buf_deinit(&buf);
	deep[GW_JSON_DEPTH_MAX] = 0x81;
	deep[GW_JSON_DEPTH_MAX + 1] = 0x01;
	buf = text_of((struct gw_bytes){ deep, sizeof(deep) }, &is_read);
	assert_false(is_read);
	gw_buf_deinit(&buf);
}

static void a_full_buffer_is_told_as_such(void **state)
{
	struct gw_cbor_error error;
	struct gw_buf buf;

	gw_buf_init(&buf, 0, 4);
	assert_false(gw_cbor_to_json(&buf, LITERAL("\x64IETF"), &error));
	assert_true(error.is_short);
	gw_buf_deinit(&buf);
	gw_buf_init(&buf, 0, 2);
	assert_false(gw_cbor_from_json(&buf, GW_STR("\"abc\"")));
	gw_buf_deinit(&buf);
}

static void a_member_is_found_by_its_name(void **state)
{
	const struct gw_bytes map = LITERAL(
		"\xbf\x61\x61\xa1\x62pc\x01\x7f\x61p\x61"
		"c\xff\x82\x01\x02"
		"\x62zz\x03\xff");
	struct gw_bytes value = gw_cbor_get(map, GW_STR("pc"));

	assert_int_equal(value.len, 3);
	assert_memory_equal(value.at, "\x82\x01\x02", 3);
	assert_int_equal(gw_cbor_get(map, GW_STR("zz")).len, 1);
	assert_null(gw_cbor_get(map, GW_STR("none")).at);
	assert_null(gw_cbor_get(LITERAL("\x81\x62pc"), GW_STR("pc")).at);
	assert_true(gw_cbor_is_map(map));
	assert_true(gw_cbor_is_map(LITERAL("\xd9\xd9\xf7\xa0")));
	assert_false(gw_cbor_is_map(LITERAL("\x80")));
}

static struct gw_str first_name(const char *bytes, size_t len)
{
	return gw_cbor_first_name(
		(struct gw_bytes){ (const uint8_t *)bytes, len });
}

#define FIRST_NAME(lit) first_name(lit, sizeof(lit) - 1)

static void the_first_name_of_a_map_is_found(void **state)
{
	assert_true(gw_str_is(FIRST_NAME("\xa1\x62"
					 "ab\x01"),
			      "ab"));
	assert_true(gw_str_is(FIRST_NAME("\xbf\x42"
					 "ab\x01\xff"),
			      "ab"));
	assert_true(gw_str_is(FIRST_NAME("\xd9\xd9\xf7\xb8\x01\x78\x02"
					 "ab\x01"),
			      "ab"));
	assert_null(FIRST_NAME("\xa0").at);
	assert_null(FIRST_NAME("\xbf\xff").at);
	assert_null(FIRST_NAME("\x81\x61"
			       "a")
			    .at);
	assert_null(FIRST_NAME("\xa1\x7f\x61"
			       "a\xff\x01")
			    .at);
	assert_null(FIRST_NAME("").at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_read_and_written),
		cmocka_unit_test(what_json_has_no_form_for_is_refused),
		cmocka_unit_test(a_bignum_is_within_a_double),
		cmocka_unit_test(what_is_checked_is_what_the_scanner_takes),
		cmocka_unit_test(an_array_of_any_length_has_its_head),
		cmocka_unit_test(a_member_is_left_out_by_its_name),
		cmocka_unit_test(no_number_loses_a_digit),
		cmocka_unit_test(a_number_without_end_is_refused),
		cmocka_unit_test(
			a_zero_of_any_length_is_zero_and_keeps_its_sign),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(a_full_buffer_is_told_as_such),
		cmocka_unit_test(a_member_is_found_by_its_name),
		cmocka_unit_test(the_first_name_of_a_map_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
