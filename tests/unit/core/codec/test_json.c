#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/core/codec/json_claims.h"

static void values_of_every_type_pass(void **state)
{
	json_passes("{}");
	json_passes("[]");
	json_passes("\"\"");
	json_passes("0");
	json_passes("true");
	json_passes("false");
	json_passes("null");
	json_passes("{\"a\":[1,{\"b\":null},[[],{}]],\"c\":\"d\"}");
}

static void blanks_may_stand_between_tokens(void **state)
{
	json_passes("{ \t\r\n\"a\" \t\r\n: \t\r\n1 \t\r\n, \"b\" : [ ] , "
		    "\"c\":[ 1 , 2 ] }");
	json_refused("[1\v]", "a comma is missing", 2);
	json_refused("[1\f]", "a comma is missing", 2);
	json_refused("\xc2\xa0[]", "this is no JSON value", 0);
}

static void an_empty_text_is_refused(void **state)
{
	json_refused("", "the text ends too soon", 0);
	json_refused(" \n", "the text ends too soon", 2);
	json_refused_text((struct gw_str){ .at = "" }, "the text ends too soon",
			  0);
}

static void an_absent_text_is_refused(void **state)
{
	struct gw_json_error error;

	assert_false(gw_json_scan((struct gw_str){ 0 }, NULL, 0, NULL, &error));
	assert_false(gw_json_scan((struct gw_str){ 0 },
				  &(struct gw_json_member){ 0 }, 1,
				  &(size_t){ 0 }, &error));
}

static void a_nul_escape_is_refused(void **state)
{
	json_refused("\"a\\u0000b\"", "a string holds NUL", 2);
	json_refused("{\"\\u0000\":1}", "a string holds NUL", 2);
}

static void a_raw_nul_is_refused(void **state)
{
	json_refused_text(GW_STR("\"a\0b\""),
			  "a string holds a control character", 2);
	json_refused_text(GW_STR("[1,\0]"), "this is no JSON value", 3);
	json_refused_text(GW_STR("[1]\0"), "something follows the value", 3);
	json_refused_text(GW_STR("\0"), "this is no JSON value", 0);
	json_refused_text(GW_STR("{\"a\"\0:1}"), "a colon is missing", 4);
}

static void a_raw_control_is_refused_at_every_place(void **state)
{
	for (char c = 1; c < 0x20; c++) {
		for (size_t at = 1; at < 20; at++) {
			char text[] = "\"0123456789abcdefghi\"";

			text[at] = c;
			json_refused(text, "a string holds a control character",
				     at);
		}
	}
	json_passes("\"\x7f\"");
}

static void ill_formed_utf8_is_refused(void **state)
{
	/* Continuations alone, sequences cut or broken at each place, beyond
	 * U+10FFFF, and bytes that are never UTF-8. */
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc2",
		"\xc2\x41",
		"\xe1\x80",
		"\xe1\x80\x41",
		"\xe1\x80\xc0",
		"\xf1\x80\x80",
		"\xf1\x80\x80\x41",
		"\xf1\x80\xc0\x80",
		"\xf1\x80\x80\xff",
		"\xf5\x80\x80\x80",
		"\xf4\x90\x80\x80",
		"\xfe",
		"\xff",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "\"a%s\"", bad[i]);
		json_refused(text, "a string is not UTF-8", 2);
	}
}

static void overlong_utf8_is_refused(void **state)
{
	json_refused("\"\xc0\x80\"", "a string is not UTF-8", 1);
	json_refused("\"\xc1\xbf\"", "a string is not UTF-8", 1);
	json_refused("\"\xe0\x9f\xbf\"", "a string is not UTF-8", 1);
	json_refused("\"\xf0\x8f\xbf\xbf\"", "a string is not UTF-8", 1);
}

static void surrogates_in_utf8_are_refused(void **state)
{
	json_refused("\"\xed\xa0\x80\"", "a string is not UTF-8", 1);
	json_refused("\"\xed\xbf\xbf\"", "a string is not UTF-8", 1);
	json_passes("\"\xed\x9f\xbf\xee\x80\x80\"");
}

static void utf8_cut_by_the_end_is_refused(void **state)
{
	json_refused("\"\xc3", "a string is not UTF-8", 1);
	json_refused("\"\xe2\x82", "a string is not UTF-8", 1);
	json_refused("\"\xf0\x9f\x98", "a string is not UTF-8", 1);
}

static size_t put_code_point(char *to, uint32_t c)
{
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* A string of all code points of a plane beyond ASCII. */
static struct gw_str print_plane(char *text, uint32_t plane)
{
	size_t n = 0;

	text[n++] = '"';
	for (uint32_t c = plane << 16; c < (plane + 1) << 16; c++) {
		if (c >= 0x80 && (c < 0xd800 || c > 0xdfff)) {
			n += put_code_point(text + n, c);
		}
	}
	text[n++] = '"';
	return (struct gw_str){ .at = text, .len = n };
}

static void every_unicode_plane_passes(void **state)
{
	char *text = test_malloc(4 * 0x10000 + 2);

	for (uint32_t plane = 0; plane <= 16; plane++) {
		json_passes_text(print_plane(text, plane));
	}
	test_free(text);
}

static void a_lone_surrogate_escape_is_refused(void **state)
{
	json_refused("\"\\ud800\"", "a surrogate stands alone", 1);
	json_refused("\"\\udc00\"", "a surrogate stands alone", 1);
	json_refused("\"\\udfff\"", "a surrogate stands alone", 1);
	json_refused("\"\\ud800\\ud800\"", "a surrogate stands alone", 1);
	json_refused("\"\\ud800\\n12345\"", "a surrogate stands alone", 1);
	json_refused("\"\\ud800xxxxxx\"", "a surrogate stands alone", 1);
	json_refused("\"\\ud800\\u0041\"", "a surrogate stands alone", 1);
	json_refused("\"\\udc00\\ud800\"", "a surrogate stands alone", 1);
	json_refused("\"\\ud800\\udc0", "a surrogate stands alone", 1);
	json_refused("\"\\ud800\\udc0x\"", "a surrogate stands alone", 1);
	json_passes("\"\\ud83d\\ude00 \\uDBFF\\uDFFF\"");
}

static void an_escape_outside_the_grammar_is_refused(void **state)
{
	json_refused("\"\\x41\"", "an escape is unknown", 1);
	json_refused("\"\\'\"", "an escape is unknown", 1);
	json_refused("\"\\U0041\"", "an escape is unknown", 1);
	json_refused("\"\\u004\"", "an escape lacks its four hex digits", 1);
	json_refused("\"\\u00g0\"", "an escape lacks its four hex digits", 1);
	json_refused("\"\\u+041\"", "an escape lacks its four hex digits", 1);
	json_refused("\"\\u00", "an escape lacks its four hex digits", 1);
	json_refused("\"\\", "an escape is unknown", 1);
	json_refused("\"\\\"", "the text ends too soon", 3);
	json_passes("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uABCD\"");
}

static void an_open_string_is_refused(void **state)
{
	json_refused("\"", "the text ends too soon", 1);
	json_refused("\"abc", "the text ends too soon", 4);
	json_refused("\"0123456789abcdef", "the text ends too soon", 17);
}

static void a_byte_order_mark_is_refused(void **state)
{
	json_refused("\xef\xbb\xbf{}", "a byte order mark is no JSON", 0);
	json_refused(" \xef\xbb\xbf{}", "a byte order mark is no JSON", 1);
	json_passes("\"\xef\xbb\xbf\"");
}

static void bytes_after_the_value_are_refused(void **state)
{
	json_refused("{}{}", "something follows the value", 2);
	json_refused("{} x", "something follows the value", 3);
	json_refused("1 2", "something follows the value", 2);
	json_refused("[]]", "something follows the value", 2);
	json_refused("nullx", "something follows the value", 4);
	json_refused("{},", "something follows the value", 2);
}

static void a_number_outside_the_grammar_is_refused(void **state)
{
	json_refused("01", "a number has a leading zero", 0);
	json_refused("-01", "a number has a leading zero", 1);
	json_refused("00", "a number has a leading zero", 0);
	json_refused("+1", "this is no JSON value", 0);
	json_refused(".5", "this is no JSON value", 0);
	json_refused("1.", "the text ends too soon", 2);
	json_refused("[1.]", "a number lacks a digit", 3);
	json_refused("[1.e5]", "a number lacks a digit", 3);
	json_refused("[1e]", "a number lacks a digit", 3);
	json_refused("[1e+]", "a number lacks a digit", 4);
	json_refused("[-]", "a number lacks a digit", 2);
	json_refused("-", "the text ends too soon", 1);
	json_refused("[--1]", "a number lacks a digit", 2);
	json_refused("0x10", "something follows the value", 1);
	json_refused("1_000", "something follows the value", 1);
	json_refused("NaN", "this is no JSON value", 0);
	json_refused("Infinity", "this is no JSON value", 0);
	json_refused("-Infinity", "a number lacks a digit", 1);
}

static void a_number_keeps_its_form(void **state)
{
	json_passes("1.0");
	json_passes("-0");
	json_passes("-0.0e-0");
	json_passes("9007199254740993");
	json_passes("18446744073709551616");
	json_passes("3.14159265358979323846264338327950288419716939937510");
	json_passes("1E5");
	json_passes("1e+5");
	json_passes("1e-5");
	json_passes("0e0");
}

static void a_number_beyond_a_double_is_refused(void **state)
{
	json_refused("1e400", "a number is beyond a double", 0);
	json_refused("-1e400", "a number is beyond a double", 0);
	json_refused("[1,1e309]", "a number is beyond a double", 3);
	json_refused("1e99999999999999999999", "a number is beyond a double",
		     0);
	json_refused("0.1e310", "a number is beyond a double", 0);
	json_refused("1.7976931348623159e308", "a number is beyond a double",
		     0);
	json_passes("1.7976931348623157e308");
	json_passes("1.7976931348623158e308");
	json_passes("1e308");
	json_passes("0.00001e313");
	json_passes("1e-400");
	json_passes("0e400");
	json_passes("0.000e99999999999999999999");
	json_passes("1e-99999999999999999999");
}

static void a_number_of_many_digits_counts_as_what_it_is(void **state)
{
	char text[400] = { 0 };

	memset(text, '9', 308);
	json_passes_text(gw_str_from(text));
	memset(text, '9', 309);
	json_refused(text, "a number is beyond a double", 0);
	memset(text, '0', 399);
	text[0] = '1';
	json_refused(text, "a number is beyond a double", 0);
	text[1] = '.';
	json_passes_text(gw_str_from(text));
	text[0] = '0';
	json_passes_text(gw_str_from(text));
	memcpy(text + 390, "1e700", 5);
	text[395] = '\0';
	json_refused(text, "a number is beyond a double", 0);
	memcpy(text + 390, "1e690", 5);
	json_passes_text(gw_str_from(text));
}

/* The halves of the last place decide, so neighbours of the limit are tried
 * against the C library. */
static void the_limit_of_a_double_is_exact(void **state)
{
	static const char limit[] =
		"179769313486231580793728971405303415079934132710037826936173"
		"778980444968292764750946649017977587207096330286416692887910"
		"946555547851940402630657488671505820681908902000708383676273"
		"854845811711531764475730270069855571366959622842914819860834"
		"936475292719074168444365510704342711559699508093042880";
	char text[320];

	for (size_t i = 0; i < (sizeof(limit) - 1) * 10; i++) {
		struct gw_json_error error;

		memcpy(text, limit, sizeof(limit));
		text[i / 10] = "0123456789"[i == 0 ? 1 : i % 10];
		assert_int_equal(json_scans(gw_str_from(text), &error),
				 isfinite(strtod(text, NULL)) != 0);
	}
}

static void misplaced_punctuation_is_refused(void **state)
{
	json_refused("[1,]", "this is no JSON value", 3);
	json_refused("[,1]", "this is no JSON value", 1);
	json_refused("[1 2]", "a comma is missing", 3);
	json_refused("[1}", "a comma is missing", 2);
	json_refused("{\"a\":1]", "a comma is missing", 6);
	json_refused("{\"a\":1,}", "a member name is missing", 7);
	json_refused("{,\"a\":1}", "a member name is missing", 1);
	json_refused("{\"a\" 1}", "a colon is missing", 5);
	json_refused("{\"a\"}", "a colon is missing", 4);
	json_refused("{\"a\":}", "this is no JSON value", 5);
	json_refused("{a:1}", "a member name is missing", 1);
	json_refused("{1:1}", "a member name is missing", 1);
	json_refused("{'a':1}", "a member name is missing", 1);
	json_refused("]", "this is no JSON value", 0);
	json_refused("[", "the text ends too soon", 1);
	json_refused("{\"a\":1", "the text ends too soon", 6);
	json_refused("[1,2", "the text ends too soon", 4);
}

static void other_words_are_refused(void **state)
{
	json_refused("tru", "this is no JSON value", 0);
	json_refused("True", "this is no JSON value", 0);
	json_refused("[nul]", "this is no JSON value", 1);
	json_refused("[truE]", "this is no JSON value", 1);
	json_refused("[falsey]", "a comma is missing", 6);
	json_refused("undefined", "this is no JSON value", 0);
	json_refused("/**/1", "this is no JSON value", 0);
}

/* Every text that passes is refused wherever it is cut. */
static void a_cut_text_is_refused(void **state)
{
	static const char text[] =
		"{\"op\":1,\"a\":[true,false,null,-1.5e+3,{\"\":\"\\u00e9"
		"\xc3\xa9\\ud83d\\ude00\"}], \"b\" : {} }";
	struct gw_json_error error;

	json_passes_text(gw_str_from(text));
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct gw_str cut = { .at = text, .len = n };

		assert_false(json_scans(cut, &error));
		assert_true(error.at <= n);
	}
}

static void a_closing_quote_is_found_at_every_distance(void **state)
{
	char text[80];

	for (size_t n = 0; n < 40; n++) {
		text[0] = '"';
		memset(text + 1, 'x', n);
		text[n + 1] = '"';
		text[n + 2] = '\0';
		json_passes(text);
		memcpy(text + n + 1, "\\n\xc3\xa9\"", 6);
		json_passes(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_every_type_pass),
		cmocka_unit_test(blanks_may_stand_between_tokens),
		cmocka_unit_test(an_empty_text_is_refused),
		cmocka_unit_test(an_absent_text_is_refused),
		cmocka_unit_test(a_nul_escape_is_refused),
		cmocka_unit_test(a_raw_nul_is_refused),
		cmocka_unit_test(a_raw_control_is_refused_at_every_place),
		cmocka_unit_test(ill_formed_utf8_is_refused),
		cmocka_unit_test(overlong_utf8_is_refused),
		cmocka_unit_test(surrogates_in_utf8_are_refused),
		cmocka_unit_test(utf8_cut_by_the_end_is_refused),
		cmocka_unit_test(every_unicode_plane_passes),
		cmocka_unit_test(a_lone_surrogate_escape_is_refused),
		cmocka_unit_test(an_escape_outside_the_grammar_is_refused),
		cmocka_unit_test(an_open_string_is_refused),
		cmocka_unit_test(a_byte_order_mark_is_refused),
		cmocka_unit_test(bytes_after_the_value_are_refused),
		cmocka_unit_test(a_number_outside_the_grammar_is_refused),
		cmocka_unit_test(a_number_keeps_its_form),
		cmocka_unit_test(a_number_beyond_a_double_is_refused),
		cmocka_unit_test(a_number_of_many_digits_counts_as_what_it_is),
		cmocka_unit_test(the_limit_of_a_double_is_exact),
		cmocka_unit_test(misplaced_punctuation_is_refused),
		cmocka_unit_test(other_words_are_refused),
		cmocka_unit_test(a_cut_text_is_refused),
		cmocka_unit_test(a_closing_quote_is_found_at_every_distance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
