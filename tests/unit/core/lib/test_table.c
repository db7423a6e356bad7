#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/lib/cleanup.h"
#include "core/lib/table.h"

#define N ((size_t)1000)

/* Memory runs short when the test wants that. */
static bool is_short;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
	return is_short ? NULL : __real_calloc(n, size);
}

struct thing {
	size_t number;
	struct gw_table_entry place;
};

static struct thing things[N];
static struct gw_table table;

static uint64_t hash_of(size_t number)
{
	return number * 0x9e3779b97f4a7c15U >> 20;
}

static struct thing *find(uint64_t hash, size_t number)
{
	struct gw_table_entry *e = gw_table_first(&table, hash);

	for (; e; e = gw_table_next(e)) {
		struct thing *thing = gw_container(e, struct thing, place);

		if (thing->number == number) {
			return thing;
		}
	}
	return NULL;
}

static void fill(void)
{
	for (size_t i = 0; i < N; i++) {
		things[i].number = i;
		gw_table_add(&table, &things[i].place, hash_of(i));
	}
}

static void expect_each(void)
{
	for (size_t i = 0; i < N; i++) {
		assert_ptr_equal(find(hash_of(i), i), &things[i]);
	}
}

static int set_up(void **state)
{
	is_short = false;
	for (size_t i = 0; i < N; i++) {
		things[i] = (struct thing){ 0 };
	}
	return 0;
}

static int tear_down(void **state)
{
	is_short = false;
	gw_table_deinit(&table);
	return 0;
}

static void an_empty_table_finds_nothing(void **state)
{
	size_t at = 0;

	assert_null(gw_table_first(&table, 0));
	assert_null(gw_table_any(&table, &at));
}

static void each_of_many_is_found(void **state)
{
	fill();
	assert_int_equal(table.n_entries, N);
	expect_each();
	assert_null(gw_table_first(&table, hash_of(N)));
}

static void what_is_taken_out_is_not_found(void **state)
{
	fill();
	for (size_t i = 0; i < N; i++) {
		if (i % 3 != 0) {
			gw_table_remove(&table, &things[i].place);
		}
	}
	for (size_t i = 0; i < N; i++) {
		assert_ptr_equal(find(hash_of(i), i),
				 i % 3 == 0 ? &things[i] : NULL);
	}
}

static void what_is_in_no_table_may_be_taken_out(void **state)
{
	gw_table_remove(&table, &things[0].place);
	gw_table_add(&table, &things[1].place, 1);
	gw_table_remove(&table, &things[1].place);
	gw_table_remove(&table, &things[1].place);
	assert_int_equal(table.n_entries, 0);
	gw_table_add(&table, &things[1].place, 2);
	assert_ptr_equal(gw_table_first(&table, 2), &things[1].place);
}

static void those_of_one_hash_are_all_found(void **state)
{
	for (size_t i = 0; i < N; i++) {
		things[i].number = i;
		gw_table_add(&table, &things[i].place, i % 2);
	}
	for (size_t i = 0; i < N; i++) {
		assert_ptr_equal(find(i % 2, i), &things[i]);
		assert_null(find((i + 1) % 2, i));
	}
	for (size_t i = 0; i < N; i += 2) {
		gw_table_remove(&table, &things[i].place);
	}
	assert_null(gw_table_first(&table, 0));
	assert_ptr_equal(find(1, 1), &things[1]);
}

static void a_table_is_emptied_one_by_one(void **state)
{
	struct gw_table_entry *e = NULL;
	size_t at = 0;
	size_t n = 0;

	fill();
	for (; (e = gw_table_any(&table, &at)); n++) {
		gw_table_remove(&table, e);
	}
	assert_int_equal(n, N);
	assert_int_equal(table.n_entries, 0);
}

static void short_of_memory_nothing_is_lost(void **state)
{
	is_short = true;
	fill();
	expect_each();
	is_short = false;
	gw_table_remove(&table, &things[0].place);
	gw_table_add(&table, &things[0].place, hash_of(0));
	assert_non_null(table.slots);
	expect_each();
}

static void a_few_need_no_memory(void **state)
{
	is_short = true;
	for (size_t i = 0; i < 8; i++) {
		things[i].number = i;
		gw_table_add(&table, &things[i].place, hash_of(i));
		assert_ptr_equal(find(hash_of(i), i), &things[i]);
	}
	assert_null(table.slots);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(an_empty_table_finds_nothing),
		CLAIM(each_of_many_is_found),
		CLAIM(what_is_taken_out_is_not_found),
		CLAIM(what_is_in_no_table_may_be_taken_out),
		CLAIM(those_of_one_hash_are_all_found),
		CLAIM(a_table_is_emptied_one_by_one),
		CLAIM(short_of_memory_nothing_is_lost),
		CLAIM(a_few_need_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
