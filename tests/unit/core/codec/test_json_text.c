#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "tests/unit/core/codec/json_claims.h"

static void the_members_of_an_object_are_listed_in_order(void **state)
{
	struct gw_str text = GW_STR(" {\"b\" : [1, 2] ,\"a\":\"x\", \"c\":{"
				    "\"z\":{}} ,\"n\":null,\"t\":true,"
				    "\"-\":-1 } ");
	static const struct {
		const char *name;
		const char *value;
		enum gw_json_type type;
	} expected[] = {
		{ "b", "[1, 2]", GW_JSON_ARRAY },
		{ "a", "\"x\"", GW_JSON_STRING },
		{ "c", "{\"z\":{}}", GW_JSON_OBJECT },
		{ "n", "null", GW_JSON_NULL },
		{ "t", "true", GW_JSON_BOOL },
		{ "-", "-1", GW_JSON_NUMBER },
	};
	struct gw_json_walk walk = gw_json_walk(text);
	struct gw_json_member members[6];
	struct gw_json_member walked;
	struct gw_json_error error;
	size_t n = 0;

	assert_true(gw_json_scan(text, members, 6, &n, &error));
	assert_int_equal(n, 6);
	for (size_t i = 0; i < n; i++) {
		assert_true(gw_str_is(members[i].name, expected[i].name));
		assert_true(gw_str_is(members[i].value, expected[i].value));
		assert_int_equal(members[i].type, expected[i].type);
		assert_true(gw_json_next(&walk, &walked));
		assert_true(gw_str_eq(walked.name, members[i].name));
		assert_ptr_equal(walked.value.at, members[i].value.at);
		assert_int_equal(walked.value.len, members[i].value.len);
		assert_int_equal(walked.type, members[i].type);
	}
	assert_false(gw_json_next(&walk, &walked));
}

static void an_empty_object_has_no_members(void **state)
{
	struct gw_json_member member;
	struct gw_json_error error;
	size_t n = 7;

	assert_true(gw_json_scan(GW_STR("{ }"), &member, 0, &n, &error));
	assert_int_equal(n, 0);
}

static void members_are_listed_of_an_object_only(void **state)
{
	static const char *const others[] = { "[]", "1", "\"{\"", "null" };
	struct gw_json_member member;
	struct gw_json_error error;
	size_t n = 0;

	for (size_t i = 0; i < 4; i++) {
		assert_false(gw_json_scan(gw_str_from(others[i]), &member, 1,
					  &n, &error));
		assert_string_equal(error.reason, "this is no JSON object");
	}
}

static void the_elements_of_an_array_are_walked_in_order(void **state)
{
	static const char *const expected[] = { "1",    "\"],\\\"[\"",
						"[ ]",  "{\"a\":\"}\"}",
						"-2e3", "true" };
	struct gw_json_walk walk = gw_json_walk(
		GW_STR(" [1,\"],\\\"[\" , [ ] ,{\"a\":\"}\"},-2e3\n,true ] "));
	struct gw_json_member element;

	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		assert_true(gw_json_next(&walk, &element));
		assert_true(gw_str_is(element.value, expected[i]));
		assert_null(element.name.at);
	}
	assert_false(gw_json_next(&walk, &element));
	assert_false(gw_json_next(&walk, &element));
}

static void what_is_no_container_has_nothing_to_walk(void **state)
{
	static const char *const values[] = { "1",  "\"[1]\"", "null", "{}",
					      "[]", "[ ]",     "{\n}", "" };
	struct gw_json_member member;

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct gw_json_walk walk = gw_json_walk(gw_str_from(values[i]));

		assert_false(gw_json_next(&walk, &member));
	}
	assert_false(gw_json_next(&(struct gw_json_walk){ 0 }, &member));
	assert_false(gw_json_get(&member, (struct gw_str){ 0 }, GW_STR("a")));
}

/* Nobody may walk it, but it must not hang the gateway if somebody does. */
static void a_walk_of_text_that_never_scanned_ends(void **state)
{
	static const char *const bad[] = { "[]]", "[,,]",    "[}]",
					   "{}}", "{\"a\"}", "{\"a\":}" };
	struct gw_json_member member;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct gw_json_walk walk = gw_json_walk(gw_str_from(bad[i]));
		size_t n = 0;

		while (gw_json_next(&walk, &member)) {
			n++;
		}
		assert_true(n < 2);
	}
}

static void a_member_is_found_by_its_name(void **state)
{
	struct gw_str object = GW_STR("{\"a\":{\"b\":1},\"b\":2,\"c\\u0064\":3,"
				      "\"\":4}");
	struct gw_json_member member;

	assert_true(gw_json_get(&member, object, GW_STR("b")));
	assert_true(gw_str_is(member.value, "2"));
	assert_true(gw_json_get(&member, object, GW_STR("cd")));
	assert_true(gw_str_is(member.value, "3"));
	assert_true(gw_json_get(&member, object, GW_STR("")));
	assert_true(gw_str_is(member.value, "4"));
	assert_false(gw_json_get(&member, object, GW_STR("B")));
	assert_false(gw_json_get(&member, object, GW_STR("c")));
	assert_false(gw_json_get(&member, object, GW_STR("cde")));
	assert_false(gw_json_get(&member, GW_STR("[\"b\",1]"), GW_STR("b")));
}

static void a_text_without_escapes_is_a_slice(void **state)
{
	struct gw_str value = GW_STR("\"gr\xc3\xbc\xc3\x9f\"");
	struct gw_str text = gw_json_text(NULL, value);

	assert_ptr_equal(text.at, value.at + 1);
	assert_int_equal(text.len, value.len - 2);
	text = gw_json_text(NULL, GW_STR("\"\""));
	assert_non_null(text.at);
	assert_int_equal(text.len, 0);
}

static void a_text_has_its_escapes_resolved(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 4096);
	struct gw_str text = gw_json_text(
		a, GW_STR("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\\u0041\\u00e9"
			  "\\u20AC\\ud83d\\ude00.\\udbff\\udfff\""));

	assert_true(gw_str_is(text, "a\"\\/\b\f\n\r\tzA\xc3\xa9\xe2\x82\xac"
				    "\xf0\x9f\x98\x80.\xf4\x8f\xbf\xbf"));
}

static void what_is_no_string_has_no_text(void **state)
{
	static const char *const values[] = { "1", "null", "{\"a\":1}", "\"",
					      "" };

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		assert_null(gw_json_text(NULL, gw_str_from(values[i])).at);
	}
	assert_null(gw_json_text(NULL, (struct gw_str){ 0 }).at);
}

static void a_text_that_does_not_fit_is_absent(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(4, 4);

	assert_null(gw_json_text(a, GW_STR("\"0123456789\\n\"")).at);
	assert_true(gw_arena_is_short(a));
}

static void a_whole_number_is_read_however_it_is_written(void **state)
{
	static const struct {
		const char *text;
		int64_t n;
	} cases[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "0.000", 0 },
		{ "0e999999999999999999999", 0 },
		{ "2000", 2000 },
		{ "2000.0", 2000 },
		{ "2e3", 2000 },
		{ "2E+3", 2000 },
		{ "0.2e4", 2000 },
		{ "0.0002e7", 2000 },
		{ "200000e-2", 2000 },
		{ "2000.000e0", 2000 },
		{ "-17", -17 },
		{ "-1.7e1", -17 },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775807.0", INT64_MAX },
		{ "922337203685477580700e-2", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
		{ "-9.223372036854775808e18", INT64_MIN },
		{ "\"2000\"", 2000 },
		{ "\"007\"", 7 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t n = -1;

		assert_true(gw_json_integer(&n, gw_str_from(cases[i].text)));
		assert_int_equal(n, cases[i].n);
	}
}

static void what_is_no_whole_number_is_not_read(void **state)
{
	static const char *const bad[] = {
		"1.5",  "1e-1",        "0.1e0",
		"true", "null",        "[1]",
		"",     "\"\"",        "\"-1\"",
		"\"",   "\"1.0\"",     "\"1e3\"",
		"1x",   "1.",          "1e",
		"-",    "\"\\u0031\"", "9223372036854775808",
		"1e19", "1e400",       "-9223372036854775809",
		".5",   "+1",          "99999999999999999999999999",
		"e5",   "- 1",         "1e99999999999999999999",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int64_t n = -1;

		assert_false(gw_json_integer(&n, gw_str_from(bad[i])));
		assert_int_equal(n, -1);
	}
	assert_false(gw_json_integer(&(int64_t){ 0 }, (struct gw_str){ 0 }));
}

static void a_boolean_is_read(void **state)
{
	bool yes = false;

	assert_true(gw_json_boolean(&yes, GW_STR("true")));
	assert_true(yes);
	assert_true(gw_json_boolean(&yes, GW_STR("false")));
	assert_false(yes);
	assert_false(gw_json_boolean(&yes, GW_STR("1")));
	assert_false(gw_json_boolean(&yes, GW_STR("\"true\"")));
	assert_false(gw_json_boolean(&yes, (struct gw_str){ 0 }));
}

static void assert_writes(struct gw_str text, const char *json)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 4096);
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 4096);
	gw_json_put_text(&buf, text);
	assert_true(gw_str_is(gw_buf_str(&buf), json));
	assert_true(gw_str_is(gw_json_quote(a, text), json));
	json_passes_text(gw_buf_str(&buf));
}

static void a_string_is_written_with_the_escapes_it_needs(void **state)
{
	assert_writes(GW_STR(""), "\"\"");
	assert_writes(GW_STR("plain text / 'x'"), "\"plain text / 'x'\"");
	assert_writes(GW_STR("a\"b\\c"), "\"a\\\"b\\\\c\"");
	assert_writes(GW_STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
	assert_writes(GW_STR("\x01\x1f\x7f"), "\"\\u0001\\u001f\x7f\"");
	assert_writes(GW_STR("gr\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80!"),
		      "\"gr\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80!\"");
}

static void what_cannot_be_written_becomes_a_replacement(void **state)
{
	assert_writes(GW_STR("a\xff"
			     "b"),
		      "\"a\xef\xbf\xbd"
		      "b\"");
	assert_writes(GW_STR("\xed\xa0\x80"),
		      "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	assert_writes(GW_STR("\xc3"), "\"\xef\xbf\xbd\"");
	assert_writes(GW_STR("\0"), "\"\xef\xbf\xbd\"");
}

static void an_absent_text_stays_absent_when_quoted(void **state)
{
	assert_null(gw_json_quote(NULL, (struct gw_str){ 0 }).at);
}

static void a_string_that_does_not_fit_marks_its_target_short(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(4, 4);
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	assert_null(gw_json_quote(a, GW_STR("abc")).at);
	assert_true(gw_arena_is_short(a));
	gw_buf_init(&buf, 0, 6);
	gw_json_put_text(&buf, GW_STR("a\nbc"));
	assert_true(gw_buf_is_short(&buf));
}

/* What is written from any bytes passes the scanner, and reads back as it was
 * where it was text. */
static void any_bytes_are_written_so_that_they_scan(void **state)
{
	uint32_t seed = 1;

	for (unsigned round = 0; round < 5000; round++) {
		gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(
			512, 4096);
		char bytes[24];
		struct gw_str text = { .at = bytes, .len = round % 24 };
		struct gw_str json = { 0 };
		bool is_ascii = true;

		for (size_t i = 0; i < text.len; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = (char)(seed >> (round & 1 ? 24 : 25));
			is_ascii = is_ascii && bytes[i] > 0;
		}
		json = gw_json_quote(a, text);
		json_passes_text(json);
		assert_true(!is_ascii ||
			    gw_str_eq(gw_json_text(a, json), text));
	}
}

static void text_is_utf_8_or_it_is_not(void **state)
{
	assert_true(gw_json_is_utf8(GW_STR("")));
	assert_true(gw_json_is_utf8((struct gw_str){ 0 }));
	assert_true(gw_json_is_utf8(GW_STR("a\0\n\xc3\xa9\xf0\x9f\x98\x80")));
	assert_false(gw_json_is_utf8(GW_STR("a\xff")));
	assert_false(gw_json_is_utf8(GW_STR("\xc3")));
	assert_false(gw_json_is_utf8(GW_STR("\xc0\x80")));
	assert_false(gw_json_is_utf8(GW_STR("\xed\xa0\x80")));
	assert_false(gw_json_is_utf8(GW_STR("\xf4\x90\x80\x80")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_members_of_an_object_are_listed_in_order),
		cmocka_unit_test(an_empty_object_has_no_members),
		cmocka_unit_test(members_are_listed_of_an_object_only),
		cmocka_unit_test(the_elements_of_an_array_are_walked_in_order),
		cmocka_unit_test(what_is_no_container_has_nothing_to_walk),
		cmocka_unit_test(a_walk_of_text_that_never_scanned_ends),
		cmocka_unit_test(a_member_is_found_by_its_name),
		cmocka_unit_test(a_text_without_escapes_is_a_slice),
		cmocka_unit_test(a_text_has_its_escapes_resolved),
		cmocka_unit_test(what_is_no_string_has_no_text),
		cmocka_unit_test(a_text_that_does_not_fit_is_absent),
		cmocka_unit_test(a_whole_number_is_read_however_it_is_written),
		cmocka_unit_test(what_is_no_whole_number_is_not_read),
		cmocka_unit_test(a_boolean_is_read),
		cmocka_unit_test(a_string_is_written_with_the_escapes_it_needs),
		cmocka_unit_test(what_cannot_be_written_becomes_a_replacement),
		cmocka_unit_test(an_absent_text_stays_absent_when_quoted),
		cmocka_unit_test(
			a_string_that_does_not_fit_marks_its_target_short),
		cmocka_unit_test(any_bytes_are_written_so_that_they_scan),
		cmocka_unit_test(text_is_utf_8_or_it_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
