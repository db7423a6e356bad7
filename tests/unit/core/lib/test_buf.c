#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/lib/buf.h"

static void an_empty_buffer_holds_an_empty_text(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 16, 100);
	assert_non_null(gw_buf_bytes(&buf).at);
	assert_int_equal(gw_buf_bytes(&buf).len, 0);
	assert_non_null(gw_buf_str(&buf).at);
}

static void pieces_are_appended_in_order(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 100);
	gw_buf_add(&buf, "ab", 2);
	gw_buf_add_char(&buf, '-');
	gw_buf_add_str(&buf, GW_STR("c\0d"));
	gw_buf_add_number(&buf, 0);
	gw_buf_add_number(&buf, UINT64_MAX);
	gw_buf_print(&buf, "[%s]", "x");
	gw_buf_lit(&buf, "end");
	assert_true(gw_str_eq(gw_buf_str(&buf),
			      GW_STR("ab-c\0d018446744073709551615[x]end")));
	assert_false(gw_buf_is_short(&buf));
}

static void nothing_is_appended_as_nothing(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 100);
	gw_buf_add_str(&buf, (struct gw_str){ 0 });
	gw_buf_lit(&buf, "");
	assert_int_equal(gw_buf_str(&buf).len, 0);
	assert_false(gw_buf_is_short(&buf));
}

static void what_was_written_survives_growth(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 16, 100000);
	for (unsigned i = 0; i < 10000; i++) {
		gw_buf_add_char(&buf, (char)('a' + i % 26));
	}
	assert_false(gw_buf_is_short(&buf));
	assert_int_equal(gw_buf_bytes(&buf).len, 10000);
	for (unsigned i = 0; i < 10000; i++) {
		assert_int_equal(gw_buf_bytes(&buf).at[i], 'a' + i % 26);
	}
}

static void the_headroom_stays_free_before_what_is_written(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 16, 100);
	gw_buf_lit(&buf, "text");
	memset(buf.at, 'x', 16);
	assert_true(gw_str_is(gw_buf_str(&buf), "text"));
	assert_ptr_equal(gw_buf_bytes(&buf).at, buf.at + 16);
}

static void a_buffer_grows_to_its_limit_and_no_further(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 2, 6);
	gw_buf_lit(&buf, "abcd");
	assert_false(gw_buf_is_short(&buf));
	gw_buf_lit(&buf, "e");
	assert_true(gw_buf_is_short(&buf));
	assert_true(gw_str_is(gw_buf_str(&buf), "abcd"));
}

static void an_append_that_does_not_fit_leaves_no_part(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 6);
	gw_buf_lit(&buf, "abcd");
	gw_buf_lit(&buf, "efg");
	gw_buf_print(&buf, "%d", 1000);
	gw_buf_add_number(&buf, 1000);
	assert_true(gw_str_is(gw_buf_str(&buf), "abcd"));
	gw_buf_lit(&buf, "ef");
	assert_true(gw_str_is(gw_buf_str(&buf), "abcdef"));
	assert_true(gw_buf_is_short(&buf));
}

static void a_size_beyond_all_memory_is_refused(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 100);
	gw_buf_lit(&buf, "abcd");
	assert_null(gw_buf_reserve(&buf, SIZE_MAX));
	assert_null(gw_buf_reserve(&buf, SIZE_MAX - 4));
	assert_true(gw_buf_is_short(&buf));
}

static void a_headroom_beyond_the_limit_holds_nothing(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 16, 8);
	gw_buf_lit(&buf, "a");
	assert_true(gw_buf_is_short(&buf));
	assert_int_equal(gw_buf_str(&buf).len, 0);
}

static void room_that_was_reserved_may_be_written(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	uint8_t *room = NULL;

	gw_buf_init(&buf, 4, 10000);
	room = gw_buf_reserve(&buf, 5000);
	assert_non_null(room);
	memset(room, 'x', 5000);
	buf.len += 5000;
	assert_int_equal(gw_buf_str(&buf).len, 5000);
	assert_int_equal(gw_buf_str(&buf).at[4999], 'x');
}

static void a_cleared_buffer_is_as_new(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 2, 6);
	gw_buf_lit(&buf, "abcdefgh");
	gw_buf_lit(&buf, "abc");
	gw_buf_clear(&buf);
	assert_false(gw_buf_is_short(&buf));
	assert_int_equal(gw_buf_str(&buf).len, 0);
	gw_buf_lit(&buf, "xy");
	assert_true(gw_str_is(gw_buf_str(&buf), "xy"));
}

static void a_buffer_may_be_used_again_after_its_end(void **state)
{
	struct gw_buf buf;

	gw_buf_init(&buf, 2, 6);
	gw_buf_lit(&buf, "abc");
	gw_buf_deinit(&buf);
	gw_buf_lit(&buf, "xy");
	assert_true(gw_str_is(gw_buf_str(&buf), "xy"));
	gw_buf_deinit(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_holds_an_empty_text),
		cmocka_unit_test(pieces_are_appended_in_order),
		cmocka_unit_test(nothing_is_appended_as_nothing),
		cmocka_unit_test(what_was_written_survives_growth),
		cmocka_unit_test(
			the_headroom_stays_free_before_what_is_written),
		cmocka_unit_test(a_buffer_grows_to_its_limit_and_no_further),
		cmocka_unit_test(an_append_that_does_not_fit_leaves_no_part),
		cmocka_unit_test(a_size_beyond_all_memory_is_refused),
		cmocka_unit_test(a_headroom_beyond_the_limit_holds_nothing),
		cmocka_unit_test(room_that_was_reserved_may_be_written),
		cmocka_unit_test(a_cleared_buffer_is_as_new),
		cmocka_unit_test(a_buffer_may_be_used_again_after_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
