#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "core/lib/arena.h"

static void memory_fits_any_type(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(10, 9000);

	for (size_t size = 1; size < 100; size++) {
		unsigned char *at = gw_arena_alloc(a, size);

		assert_non_null(at);
		assert_int_equal((uintptr_t)at % _Alignof(max_align_t), 0);
		memset(at, 0xff, size);
	}
}

static void allocations_do_not_overlap(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 9000);
	unsigned char *at[40];

	for (unsigned i = 0; i < 40; i++) {
		at[i] = gw_arena_alloc(a, 100);
		assert_non_null(at[i]);
		memset(at[i], (int)i, 100);
	}
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(at[i][0], i);
		assert_int_equal(at[i][99], i);
	}
}

static void an_arena_hands_out_its_limit_and_no_more(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(16, 100);

	assert_non_null(gw_arena_alloc(a, 60));
	assert_non_null(gw_arena_alloc(a, 40));
	assert_false(gw_arena_is_short(a));
	assert_null(gw_arena_alloc(a, 1));
	assert_true(gw_arena_is_short(a));
}

static void a_short_arena_stays_short(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(16, 100);

	assert_null(gw_arena_alloc(a, 101));
	assert_non_null(gw_arena_alloc(a, 1));
	assert_true(gw_arena_is_short(a));
}

static void a_size_beyond_all_memory_is_refused(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(16, 9000);

	assert_null(gw_arena_alloc(a, SIZE_MAX));
	assert_null(gw_arena_alloc(a, SIZE_MAX - 20));
	assert_true(gw_arena_is_short(a));
}

static void the_newest_allocation_grows_in_place(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(256, 256);
	char *at = gw_arena_alloc(a, 4);

	memcpy(at, "abcd", 4);
	assert_ptr_equal(gw_arena_grow(a, at, 4, 200), at);
	memset(at + 4, 'x', 196);
	assert_memory_equal(at, "abcdx", 5);
}

static void an_older_allocation_moves_when_it_grows(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(256, 256);
	char *old = gw_arena_alloc(a, 4);
	char *newer = gw_arena_alloc(a, 4);
	char *moved = NULL;

	memcpy(old, "abcd", 4);
	memcpy(newer, "efgh", 4);
	moved = gw_arena_grow(a, old, 4, 8);
	assert_ptr_not_equal(moved, old);
	assert_memory_equal(moved, "abcd", 4);
	assert_memory_equal(newer, "efgh", 4);
}

static void an_allocation_that_cannot_grow_stays_valid(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 64);
	char *at = gw_arena_alloc(a, 4);

	memcpy(at, "abcd", 4);
	assert_null(gw_arena_grow(a, at, 4, 65));
	assert_true(gw_arena_is_short(a));
	assert_memory_equal(at, "abcd", 4);
}

static void growing_nothing_is_an_allocation(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 64);

	assert_non_null(gw_arena_grow(a, NULL, 0, 8));
}

static void a_copy_is_the_same_bytes_elsewhere(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 64);
	struct gw_str text = GW_STR("a\0b");
	struct gw_str copy = gw_arena_str(a, text);

	assert_true(gw_str_eq(copy, text));
	assert_ptr_not_equal(copy.at, text.at);
}

static void an_absent_text_is_copied_as_absent_and_costs_nothing(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(0, 0);

	assert_null(gw_arena_str(a, (struct gw_str){ 0 }).at);
	assert_null(gw_arena_bytes(a, (struct gw_bytes){ 0 }).at);
	assert_false(gw_arena_is_short(a));
}

static void an_empty_text_is_copied_as_present(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(16, 16);

	assert_non_null(gw_arena_str(a, GW_STR("")).at);
}

static void a_copy_that_does_not_fit_is_absent(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(2, 2);

	assert_null(gw_arena_str(a, GW_STR("abc")).at);
	assert_null(gw_arena_print(a, "%d", 100).at);
	assert_true(gw_arena_is_short(a));
}

static void printed_text_is_terminated(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 64);
	struct gw_str text = gw_arena_print(a, "%s-%d", "id", 7);

	assert_int_equal(text.len, 4);
	assert_string_equal(text.at, "id-7");
}

static void a_large_allocation_grows_with_its_piece_of_memory(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 99999);
	char *small = gw_arena_alloc(a, 8);
	char *large = gw_arena_alloc(a, 5000);
	size_t before = gw_arena_bytes_held(a);

	memset(small, 'a', 8);
	memset(large, 'b', 5000);
	large = gw_arena_grow(a, large, 5000, 50000);
	assert_non_null(large);
	memset(large + 5000, 'c', 45000);
	assert_int_equal(large[4999], 'b');
	assert_memory_equal(small, "aaaaaaaa", 8);
	assert_in_range(gw_arena_bytes_held(a), before + 45000 - 16,
			before + 45000 + 16);
}

static void a_large_allocation_may_be_dropped(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 99999);
	size_t before = gw_arena_bytes_held(a);
	char *older = gw_arena_alloc(a, 5000);
	char *newer = gw_arena_alloc(a, 6000);

	memset(newer, 'n', 6000);
	assert_true(gw_arena_bytes_held(a) >= before + 11000);
	gw_arena_drop(a, older + 4999);
	assert_int_equal(newer[5999], 'n');
	gw_arena_drop(a, newer);
	assert_int_equal(gw_arena_bytes_held(a), before);
	memset(gw_arena_alloc(a, 3000), 'x', 3000);
}

static void what_shares_its_piece_of_memory_stays(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 99999);
	char *in_room = gw_arena_alloc(a, 32);
	char *first = gw_arena_alloc(a, 1000);
	char *second = gw_arena_alloc(a, 1000);
	size_t before = gw_arena_bytes_held(a);

	gw_arena_drop(a, in_room);
	gw_arena_drop(a, first);
	gw_arena_drop(a, "elsewhere");
	assert_int_equal(gw_arena_bytes_held(a), before);
	memset(first, 'f', 1000);
	memset(second, 's', 1000);
}

static void what_is_kept_counts_until_it_is_dropped(void **state)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 999);
	size_t before = gw_arena_bytes_held(a);
	char *at = malloc(7000);

	assert_true(gw_arena_keep(a, at, 7000));
	assert_int_equal(gw_arena_bytes_held(a), before + 7000);
	gw_arena_drop(a, at + 10);
	assert_int_equal(gw_arena_bytes_held(a), before);
	gw_arena_drop(a, NULL);
}

static void no_arena_is_freed_without_harm(void **state)
{
	assert_null(gw_arena_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_fits_any_type),
		cmocka_unit_test(allocations_do_not_overlap),
		cmocka_unit_test(an_arena_hands_out_its_limit_and_no_more),
		cmocka_unit_test(a_short_arena_stays_short),
		cmocka_unit_test(a_size_beyond_all_memory_is_refused),
		cmocka_unit_test(the_newest_allocation_grows_in_place),
		cmocka_unit_test(an_older_allocation_moves_when_it_grows),
		cmocka_unit_test(an_allocation_that_cannot_grow_stays_valid),
		cmocka_unit_test(growing_nothing_is_an_allocation),
		cmocka_unit_test(a_copy_is_the_same_bytes_elsewhere),
		cmocka_unit_test(
			an_absent_text_is_copied_as_absent_and_costs_nothing),
		cmocka_unit_test(an_empty_text_is_copied_as_present),
		cmocka_unit_test(a_copy_that_does_not_fit_is_absent),
		cmocka_unit_test(printed_text_is_terminated),
		cmocka_unit_test(
			a_large_allocation_grows_with_its_piece_of_memory),
		cmocka_unit_test(a_large_allocation_may_be_dropped),
		cmocka_unit_test(what_shares_its_piece_of_memory_stays),
		cmocka_unit_test(what_is_kept_counts_until_it_is_dropped),
		cmocka_unit_test(no_arena_is_freed_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
