#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#include "core/lib/str.h"

#define ABSENT ((struct gw_str){ 0 })

static void an_absent_text_differs_from_an_empty_one(void **state)
{
	assert_false(gw_str_is_present(ABSENT));
	assert_false(gw_str_is_present(gw_str_from(NULL)));
	assert_true(gw_str_is_present(gw_str_from("")));
	assert_true(gw_str_is_present(GW_STR("")));
}

static void an_absent_text_equals_an_empty_one(void **state)
{
	assert_true(gw_str_eq(ABSENT, GW_STR("")));
	assert_true(gw_str_is(ABSENT, ""));
	assert_false(gw_str_eq(ABSENT, GW_STR("a")));
}

static void texts_are_equal_byte_for_byte(void **state)
{
	assert_true(gw_str_eq(GW_STR("a\0b"), GW_STR("a\0b")));
	assert_false(gw_str_eq(GW_STR("a\0b"), GW_STR("a\0c")));
	assert_false(gw_str_eq(GW_STR("ab"), GW_STR("abc")));
	assert_false(gw_str_eq(GW_STR("ab"), GW_STR("aB")));
}

static void a_text_starts_and_ends_with_its_parts(void **state)
{
	assert_true(gw_str_starts(GW_STR("/id-in"), GW_STR("/")));
	assert_true(gw_str_starts(GW_STR("/id-in"), GW_STR("/id-in")));
	assert_true(gw_str_starts(GW_STR("x"), ABSENT));
	assert_true(gw_str_starts(ABSENT, ABSENT));
	assert_false(gw_str_starts(GW_STR("/"), GW_STR("//")));
	assert_false(gw_str_starts(ABSENT, GW_STR("/")));
	assert_true(gw_str_ends(GW_STR("cb/la"), GW_STR("/la")));
	assert_true(gw_str_ends(GW_STR("x"), GW_STR("")));
	assert_false(gw_str_ends(GW_STR("la"), GW_STR("/la")));
	assert_false(gw_str_ends(GW_STR("cb/lax"), GW_STR("/la")));
}

static void a_letter_is_found_where_it_first_stands(void **state)
{
	assert_int_equal(gw_str_find(GW_STR("a/b/c"), '/'), 1);
	assert_int_equal(gw_str_find(GW_STR("abc"), '/'), 3);
	assert_int_equal(gw_str_find(ABSENT, '/'), 0);
}

static void pieces_are_cut_off_until_nothing_is_left(void **state)
{
	struct gw_str rest = GW_STR("a//b/");

	assert_true(gw_str_is(gw_str_cut(&rest, '/'), "a"));
	assert_true(gw_str_is(gw_str_cut(&rest, '/'), ""));
	assert_true(gw_str_is(gw_str_cut(&rest, '/'), "b"));
	assert_true(gw_str_is_present(rest));
	assert_true(gw_str_is(gw_str_cut(&rest, '/'), ""));
	assert_false(gw_str_is_present(rest));
	assert_false(gw_str_is_present(gw_str_cut(&rest, '/')));
}

static void case_is_folded_for_ascii_letters_only(void **state)
{
	assert_true(gw_str_eq_nocase(GW_STR("X-M2M-ri"), GW_STR("x-m2m-RI")));
	assert_true(gw_str_eq_nocase(ABSENT, GW_STR("")));
	assert_false(gw_str_eq_nocase(GW_STR("a"), GW_STR("ab")));
	assert_false(gw_str_eq_nocase(GW_STR("[@`{"), GW_STR("{`@[")));
	assert_false(gw_str_eq_nocase(GW_STR("\xc3\x84"), GW_STR("\xc3\xa4")));
}

static void a_number_is_decimal_digits_and_nothing_else(void **state)
{
	static const char *const bad[] = { "",  " 1",  "1 ", "+1", "-1",
					   "x", "0x1", "1.", "1e1" };
	uint64_t n = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(gw_str_number(&n, gw_str_from(bad[i]), 100));
	}
	assert_false(gw_str_number(&n, ABSENT, 100));
	assert_int_equal(n, 7);
	assert_true(gw_str_number(&n, GW_STR("0042"), 100));
	assert_int_equal(n, 42);
}

static void a_number_is_held_to_its_bound(void **state)
{
	uint64_t n = 0;

	assert_true(gw_str_number(&n, GW_STR("100"), 100));
	assert_false(gw_str_number(&n, GW_STR("101"), 100));
	assert_false(gw_str_number(&n, GW_STR("9"), 8));
	assert_true(
		gw_str_number(&n, GW_STR("18446744073709551615"), UINT64_MAX));
	assert_true(n == UINT64_MAX);
	assert_false(
		gw_str_number(&n, GW_STR("18446744073709551616"), UINT64_MAX));
	assert_false(gw_str_number(&n, GW_STR("99999999999999999999999"),
				   UINT64_MAX));
}

static void a_token_is_what_names_a_header(void **state)
{
	assert_true(gw_str_is_token(GW_STR("X-API_Key.1!~")));
	assert_false(gw_str_is_token(GW_STR("")));
	assert_false(gw_str_is_token((struct gw_str){ 0 }));
	assert_false(gw_str_is_token(GW_STR("X Key")));
	assert_false(gw_str_is_token(GW_STR("a/b")));
	assert_false(gw_str_is_token(GW_STR("a\0b")));
	assert_false(gw_str_is_token(GW_STR("\xc3\xa4")));
}

static void a_heap_copy_is_terminated(void **state)
{
	char *copy = gw_str_dup((struct gw_str){ .at = "abc", .len = 2 });
	char *empty = gw_str_dup(ABSENT);

	assert_string_equal(copy, "ab");
	assert_string_equal(empty, "");
	free(copy);
	free(empty);
}

static void the_first_byte_that_is_not_printable_is_found(void **state)
{
	char text[24];

	for (unsigned byte = 0; byte < 256; byte++) {
		bool is_printable = byte >= ' ' && byte < 0x7f;

		for (size_t at = 0; at < sizeof(text); at++) {
			struct gw_str s = { text, sizeof(text) };

			memset(text, '~', at);
			memset(text + at, ' ', sizeof(text) - at);
			text[at] = (char)byte;
			assert_int_equal(gw_str_printable(s),
					 is_printable ? s.len : at);
			s.len = at;
			assert_int_equal(gw_str_printable(s), at);
		}
	}
	assert_int_equal(gw_str_printable(ABSENT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_absent_text_differs_from_an_empty_one),
		cmocka_unit_test(an_absent_text_equals_an_empty_one),
		cmocka_unit_test(texts_are_equal_byte_for_byte),
		cmocka_unit_test(a_text_starts_and_ends_with_its_parts),
		cmocka_unit_test(a_letter_is_found_where_it_first_stands),
		cmocka_unit_test(pieces_are_cut_off_until_nothing_is_left),
		cmocka_unit_test(case_is_folded_for_ascii_letters_only),
		cmocka_unit_test(a_number_is_decimal_digits_and_nothing_else),
		cmocka_unit_test(a_number_is_held_to_its_bound),
		cmocka_unit_test(a_token_is_what_names_a_header),
		cmocka_unit_test(a_heap_copy_is_terminated),
		cmocka_unit_test(the_first_byte_that_is_not_printable_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
