/* Turns: who has put much in waits for himself. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/account.h"
#include "core/turns.h"

#define ITEMS_MAX 200

struct item {
	struct gw_turn turn;
	char name;
};

static struct gw_accounts all;
static struct gw_turns turns;
static struct item items[ITEMS_MAX];
static size_t n_items;
static bool is_short;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	return is_short ? NULL : __real_malloc(size);
}

static int set_up(void **state)
{
	all = (struct gw_accounts){ .what = "things", .size = 10 };
	gw_accounts_init(&all);
	gw_turns_init(&turns);
	memset(items, 0, sizeof(items));
	n_items = 0;
	is_short = false;
	return 0;
}

static int tear_down(void **state)
{
	for (size_t i = 0; i < n_items; i++) {
		if (items[i].turn.is_waiting) {
			gw_turns_remove(&turns, &items[i].turn);
		}
	}
	gw_turns_deinit(&turns);
	gw_accounts_deinit(&all);
	return 0;
}

static struct gw_account *outermost(const char *name, bool is_trusted)
{
	struct gw_account *a = gw_account_of(&all, gw_str_from(name),
					     is_trusted);

	assert_non_null(a);
	return a;
}

static struct gw_account *in(struct gw_account *outer, const char *name)
{
	struct gw_account *a = gw_account_in(outer, gw_str_from(name));

	assert_non_null(a);
	return a;
}

static int put(char name, const struct gw_account *a, size_t n_bytes)
{
	struct item *i = &items[n_items];

	assert_true(n_items < ITEMS_MAX);
	n_items++;
	i->name = name;
	return gw_turns_wait(&turns, &i->turn, a, n_bytes);
}

/* One byte for each of these names. */
static void wait_all(const struct gw_account *a, const char *names)
{
	for (; *names; names++) {
		assert_int_equal(put(*names, a, 1), 0);
	}
}

static char name_of(struct gw_turn *turn)
{
	if (!turn) {
		return '-';
	}
	return gw_container(turn, struct item, turn)->name;
}

static char next(void)
{
	struct gw_turn *turn = gw_turns_first(&turns);

	if (turn) {
		char name = name_of(turn);

		gw_turns_take(&turns, turn);
		return name;
	}
	return '-';
}

static void expect_order(const char *names)
{
	for (; *names; names++) {
		assert_int_equal(next(), *names);
	}
	assert_int_equal(next(), '-');
	assert_int_equal(turns.n_bytes, 0);
	assert_int_equal(turns.n_waiting, 0);
}

static void leave(struct gw_account *a, struct gw_account *b)
{
	(void)gw_account_leave(a);
	(void)gw_account_leave(b);
}

static void nothing_has_no_turn(void **state)
{
	assert_null(gw_turns_first(&turns));
	assert_null(gw_turns_greediest(&turns, NULL, 0));
}

static void the_order_of_one_account_is_kept(void **state)
{
	struct gw_account *a = outermost("a", false);

	wait_all(a, "123456");
	expect_order("123456");
	wait_all(NULL, "78");
	expect_order("78");
	leave(a, NULL);
}

static void accounts_have_turns(void **state)
{
	struct gw_account *a = outermost("a", false);
	struct gw_account *b = outermost("b", false);

	wait_all(a, "1234");
	wait_all(b, "xy");
	wait_all(NULL, "!");
	expect_order("1x!2y34");
	leave(a, b);
}

static void who_comes_late_waits_for_one_of_each(void **state)
{
	struct gw_account *a = outermost("a", false);
	struct gw_account *b = outermost("b", false);

	wait_all(a, "123456");
	assert_int_equal(next(), '1');
	wait_all(b, "x");
	assert_int_equal(next(), '2');
	assert_int_equal(next(), 'x');
	wait_all(b, "y");
	assert_int_equal(next(), '3');
	assert_int_equal(next(), 'y');
	expect_order("456");
	leave(a, b);
}

static void many_connections_of_an_address_have_the_turns_of_one(void **state)
{
	struct gw_account *a = outermost("a", false);
	struct gw_account *b = outermost("b", false);
	struct gw_account *a1 = in(a, "1");
	struct gw_account *a2 = in(a, "2");

	wait_all(a1, "123");
	wait_all(a2, "789");
	wait_all(b, "xyz");
	expect_order("1x7y2z839");
	leave(a1, a2);
	leave(a, b);
}

static void what_an_address_has_itself_is_one_in_it(void **state)
{
	struct gw_account *a = outermost("a", false);
	struct gw_account *a1 = in(a, "1");

	wait_all(a, "xyz");
	wait_all(a1, "123");
	expect_order("x1y2z3");
	leave(a1, a);
}

static void each_in_one_that_is_trusted_has_turns_of_its_own(void **state)
{
	struct gw_account *broker = outermost("broker", true);
	struct gw_account *b = outermost("b", false);
	struct gw_account *d1 = in(broker, "1");
	struct gw_account *d2 = in(broker, "2");

	wait_all(d1, "12");
	wait_all(d2, "78");
	wait_all(b, "xy");
	expect_order("17x28y");
	leave(d1, d2);
	leave(broker, b);
}

static void who_takes_no_turn_leaves_the_others_theirs(void **state)
{
	struct gw_account *a = outermost("a", false);
	struct gw_account *b = outermost("b", false);

	wait_all(a, "123");
	wait_all(b, "xy");
	gw_turns_remove(&turns, &items[1].turn);
	gw_turns_remove(&turns, &items[3].turn);
	gw_turns_remove(&turns, &items[1].turn);
	expect_order("1y3");
	wait_all(a, "4");
	gw_turns_remove(&turns, &items[5].turn);
	expect_order("");
	leave(a, b);
}

static void what_comes_back_is_before_what_came_later(void **state)
{
	struct gw_account *a = outermost("a", false);
	struct gw_account *b = outermost("b", false);

	wait_all(a, "1234");
	wait_all(b, "x");
	for (size_t i = 0; i < 3; i++) {
		(void)next();
	}
	assert_int_equal(next(), '3');
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(gw_turns_wait(&turns, &items[i].turn, a, 1),
				 0);
	}
	expect_order("1234");
	leave(a, b);
}

static void it_is_the_same_until_something_changes(void **state)
{
	struct gw_account *a = outermost("a", false);

	wait_all(a, "12");
	assert_ptr_equal(gw_turns_first(&turns), gw_turns_first(&turns));
	expect_order("12");
	leave(a, NULL);
}

static void the_last_of_who_has_most_is_given_up(void **state)
{
	struct gw_account *a = outermost("a", false);
	struct gw_account *b = outermost("b", false);

	assert_int_equal(put('1', a, 10), 0);
	assert_int_equal(put('2', a, 10), 0);
	assert_int_equal(put('x', b, 5), 0);
	assert_int_equal(turns.n_bytes, 25);
	assert_int_equal(name_of(gw_turns_greediest(&turns, NULL, 19)), '2');
	assert_int_equal(name_of(gw_turns_greediest(&turns, b, 14)), '2');
	assert_null(gw_turns_greediest(&turns, b, 15));
	assert_null(gw_turns_greediest(&turns, a, 1));
	assert_null(gw_turns_greediest(&turns, NULL, 20));
	leave(a, b);
}

static void one_that_waits_alone_may_be_given_up(void **state)
{
	struct gw_account *a = outermost("a", false);

	assert_int_equal(put('1', a, 10), 0);
	assert_int_equal(name_of(gw_turns_greediest(&turns, NULL, 9)), '1');
	assert_null(gw_turns_greediest(&turns, NULL, 10));
	assert_null(gw_turns_greediest(&turns, a, 1));
	leave(a, NULL);
}

static void within_an_address_it_is_the_same(void **state)
{
	struct gw_account *a = outermost("a", false);
	struct gw_account *a1 = in(a, "1");
	struct gw_account *a2 = in(a, "2");

	assert_int_equal(put('1', a1, 10), 0);
	assert_int_equal(put('2', a1, 10), 0);
	assert_int_equal(put('3', a2, 1), 0);
	assert_int_equal(name_of(gw_turns_greediest(&turns, a2, 1)), '2');
	assert_int_equal(name_of(gw_turns_greediest(&turns, a, 1)), '2');
	assert_null(gw_turns_greediest(&turns, a1, 1));
	assert_null(gw_turns_greediest(&turns, a2, 19));
	leave(a1, a2);
	leave(a, NULL);
}

static void who_had_most_and_has_it_no_more_is_left_alone(void **state)
{
	struct gw_account *a = outermost("a", false);
	struct gw_account *b = outermost("b", false);

	assert_int_equal(put('1', a, 20), 0);
	assert_int_equal(put('x', b, 10), 0);
	assert_int_equal(put('y', b, 5), 0);
	gw_turns_remove(&turns, &items[0].turn);
	assert_int_equal(name_of(gw_turns_greediest(&turns, a, 1)), 'y');
	expect_order("xy");
	leave(a, b);
}

static void short_memory_changes_nothing(void **state)
{
	struct gw_account *a = outermost("a", false);
	struct gw_account *b = outermost("b", false);

	is_short = true;
	wait_all(a, "1");
	assert_int_equal(put('2', a, 1), -ENOMEM);
	is_short = false;
	wait_all(a, "3");
	is_short = true;
	assert_int_equal(put('x', b, 1), -ENOMEM);
	is_short = false;
	expect_order("13");
	leave(a, b);
}

static void half_a_lane_is_undone_when_memory_is_short(void **state)
{
	struct gw_account *a = outermost("a", false);
	struct gw_account *b = outermost("b", false);

	wait_all(a, "12");
	wait_all(b, "x");
	gw_turns_remove(&turns, &items[2].turn); // leaves one lane to use again
	is_short = true;
	assert_int_equal(put('y', b, 1), -ENOMEM);
	is_short = false;
	assert_int_equal(name_of(gw_turns_greediest(&turns, b, 1)), '2');
	expect_order("12");
	leave(a, b);
}

static void many_accounts_have_one_turn_each(void **state)
{
	struct gw_account *a = outermost("greedy", false);
	struct gw_account *in_it[50];
	char name[2] = { 0 };

	for (size_t i = 0; i < 50; i++) {
		name[0] = (char)('0' + i);
		in_it[i] = outermost(name, false);
		wait_all(a, "-");
		wait_all(in_it[i], name);
		wait_all(in_it[i], name);
	}
	for (size_t n = 0; n < 2; n++) {
		assert_int_equal(next(), '-');
		for (size_t i = 0; i < 50; i++) {
			assert_int_equal(next(), (char)('0' + i));
		}
	}
	for (size_t i = 0; i < 48; i++) {
		assert_int_equal(next(), '-');
	}
	assert_null(gw_turns_first(&turns));
	for (size_t i = 0; i < 50; i++) {
		leave(in_it[i], NULL);
	}
	leave(a, NULL);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_has_no_turn),
		T(the_order_of_one_account_is_kept),
		T(accounts_have_turns),
		T(who_comes_late_waits_for_one_of_each),
		T(many_connections_of_an_address_have_the_turns_of_one),
		T(what_an_address_has_itself_is_one_in_it),
		T(each_in_one_that_is_trusted_has_turns_of_its_own),
		T(who_takes_no_turn_leaves_the_others_theirs),
		T(what_comes_back_is_before_what_came_later),
		T(it_is_the_same_until_something_changes),
		T(the_last_of_who_has_most_is_given_up),
		T(one_that_waits_alone_may_be_given_up),
		T(within_an_address_it_is_the_same),
		T(who_had_most_and_has_it_no_more_is_left_alone),
		T(short_memory_changes_nothing),
		T(half_a_lane_is_undone_when_memory_is_short),
		T(many_accounts_have_one_turn_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
