/* Accounts: nobody takes what belongs to all. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/account.h"
#include "core/lib/log.h"

#define SIZE 80
#define CHARGES_MAX 200

static struct gw_accounts all;
static struct gw_charge charges[CHARGES_MAX];
static size_t n_charges;
static char line[512];
static size_t n_lines;

static void hear(const struct gw_log_record *r)
{
	n_lines++;
	(void)snprintf(line, sizeof(line), "%s/%s %s", r->topic, r->event,
		       r->message);
}

static int set_up(void **state)
{
	all = (struct gw_accounts){ .what = "things",
				    .size = SIZE,
				    .share = 8 };
	gw_accounts_init(&all);
	memset(charges, 0, sizeof(charges));
	n_charges = 0;
	n_lines = 0;
	gw_log_use(hear, GW_LOG_INFO);
	return 0;
}

static void give(size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		gw_account_give(&all, &charges[i]);
	}
}

/* All is given back, and nobody has an account any more. */
static int tear_down(void **state)
{
	give(0, CHARGES_MAX);
	gw_accounts_deinit(&all);
	gw_log_use(NULL, GW_LOG_INFO);
	return 0;
}

static struct gw_account *of(const char *name)
{
	struct gw_account *a = gw_account_of(&all, gw_str_from(name), false);

	assert_non_null(a);
	return a;
}

/* How many of n it gets. */
static size_t takes(struct gw_account *a, size_t n)
{
	struct gw_reason why;
	size_t n_taken = 0;

	while (n_taken < n && gw_account_take(&all, &charges[n_charges], a,
					      &why) == GW_STATUS_NONE) {
		n_taken++;
		n_charges++;
		assert_true(n_charges < CHARGES_MAX);
	}
	return n_taken;
}

static void half_of_the_pot_is_anybodys(void **state)
{
	struct gw_account *a = of("a");

	assert_int_equal(takes(a, SIZE), SIZE / 2);
	gw_account_leave(a);
}

static void beyond_that_each_has_its_share(void **state)
{
	struct gw_account *greedy = of("greedy");
	struct gw_account *b = of("b");

	(void)takes(greedy, SIZE);
	assert_int_equal(takes(b, SIZE), SIZE / 8);
	assert_int_equal(takes(greedy, 1), 0);
	gw_account_leave(greedy);
	gw_account_leave(b);
}

static void the_more_there_are_the_less_each_gets(void **state)
{
	struct gw_account *a[SIZE];
	char name[16];
	size_t got = SIZE;

	for (size_t i = 0; i < SIZE / 2; i++) {
		(void)snprintf(name, sizeof(name), "%zu", i);
		a[i] = of(name);
		assert_int_equal(takes(a[i], 1), 1);
	}
	for (size_t i = 0; i < SIZE / 2; i++) {
		size_t n = takes(a[i], SIZE);

		assert_true(n <= got);
		got = n;
	}
	assert_true(all.used < SIZE);
	for (size_t i = 0; i < SIZE / 2; i++) {
		gw_account_leave(a[i]);
	}
}

static void who_asks_for_itself_is_bounded_by_the_pot_alone(void **state)
{
	struct gw_account *trusted = gw_account_of(&all, GW_STR("t"), true);

	assert_int_equal(takes(NULL, SIZE / 2), SIZE / 2);
	assert_int_equal(takes(trusted, SIZE), SIZE / 2);
	assert_true(gw_account_is_full(&all));
	assert_int_equal(takes(NULL, 1), 0);
	gw_account_leave(trusted);
}

static void connections_of_one_address_share_what_it_has(void **state)
{
	struct gw_account *home = gw_account_at(&all, GW_STR("192.0.2.1"),
						false);
	struct gw_account *first = gw_account_new(home);
	struct gw_account *second = gw_account_new(home);
	size_t got = 0;

	assert_int_equal(takes(NULL, SIZE / 2), SIZE / 2);
	got = takes(first, SIZE);
	assert_in_range(got, SIZE / 16, SIZE / 8 - 1);
	assert_in_range(takes(second, SIZE), 1, SIZE / 8 - got);
	gw_account_leave(home);
	gw_account_leave(first);
	gw_account_leave(second);
}

static void originators_of_a_trusted_broker_have_a_share_each(void **state)
{
	struct gw_account *broker = gw_account_of(&all, GW_STR("mqtt://b"),
						  true);
	struct gw_account *one = gw_account_in(broker, GW_STR("C1"));
	struct gw_account *other = gw_account_in(broker, GW_STR("C2"));

	assert_int_equal(takes(one, SIZE), SIZE / 2);
	assert_int_equal(takes(other, SIZE), SIZE / 8);
	gw_account_leave(broker);
	gw_account_leave(one);
	gw_account_leave(other);
}

static void each_in_one_that_is_trusted_stands_for_itself(void **state)
{
	struct gw_account *stranger = of("stranger");
	struct gw_account *broker = gw_account_of(&all, GW_STR("broker"), true);
	struct gw_account *connection = gw_account_new(stranger);
	struct gw_account *device = gw_account_new(broker);

	assert_false(gw_account_is_trusted(stranger));
	assert_false(gw_account_is_trusted(connection));
	assert_true(gw_account_is_trusted(broker));
	assert_true(gw_account_is_trusted(device));
	assert_true(gw_account_is_trusted(NULL));
	assert_ptr_equal(gw_account_turn(stranger), stranger);
	assert_ptr_equal(gw_account_turn(connection), stranger);
	assert_ptr_equal(gw_account_turn(device), device);
	assert_null(gw_account_turn(NULL));
	(void)gw_account_leave(connection);
	(void)gw_account_leave(device);
	(void)gw_account_leave(stranger);
	(void)gw_account_leave(broker);
}

static void the_same_name_has_the_same_account(void **state)
{
	struct gw_account *a = of("a");
	struct gw_account *again = of("a");
	struct gw_account *in = gw_account_in(a, GW_STR("b"));
	struct gw_account *b = of("b");
	struct gw_account *v6 = gw_account_at(&all, GW_STR("2001:db8::1"),
					      false);
	struct gw_account *next = gw_account_at(&all, GW_STR("2001:db8::2"),
						false);

	assert_ptr_equal(a, again);
	assert_ptr_equal(v6, next);
	assert_ptr_not_equal(in, b);
	gw_account_leave(a);
	gw_account_leave(again);
	gw_account_leave(b);
	gw_account_leave(in);
	gw_account_leave(v6);
	gw_account_leave(next);
}

static void what_is_given_back_may_be_taken_again(void **state)
{
	struct gw_account *a = of("a");

	for (int i = 0; i < 3; i++) {
		size_t n = takes(a, SIZE);

		assert_int_equal(n, SIZE / 2);
		give(0, n);
		assert_int_equal(all.used, 0);
		assert_int_equal(all.n_holders, 0);
		n_charges = 0;
	}
	gw_account_leave(a);
}

static void one_at_its_bound_is_told_of_once(void **state)
{
	struct gw_account *a = of("192.0.2.7");
	struct gw_account *in = gw_account_new(a);

	(void)takes(in, SIZE);
	(void)takes(in, SIZE);
	assert_int_equal(n_lines, 1);
	assert_string_equal(line,
			    "account/bound 192.0.2.7 has 40 of 80 things, "
			    "and gets no more as long as others need "
			    "the rest");
	give(0, n_charges);
	(void)takes(in, SIZE);
	assert_int_equal(n_lines, 2);
	gw_account_leave(a);
	gw_account_leave(in);
}

static void who_holds_most_gives_back_for_who_holds_little(void **state)
{
	struct gw_account *trusted = gw_account_of(&all, GW_STR("t"), true);
	struct gw_account *a = of("a");
	struct gw_charge *victim = NULL;

	(void)takes(a, 2);
	(void)takes(trusted, SIZE);
	assert_true(gw_account_is_full(&all));
	victim = gw_account_greediest(&all, a, 1, NULL);
	assert_ptr_equal(victim, &charges[SIZE - 1]);
	victim = gw_account_greediest(&all, a, 1, victim);
	assert_ptr_equal(victim, &charges[SIZE - 2]);
	assert_null(gw_account_greediest(&all, trusted, 1, NULL));
	assert_non_null(gw_account_greediest(&all, NULL, 1, NULL));
	assert_null(gw_account_greediest(&all, a, 1, &charges[2]));
	gw_account_leave(a);
	gw_account_leave(trusted);
}

static void when_all_hold_little_nobody_gives_back(void **state)
{
	struct gw_account *a[SIZE];
	char name[16];

	for (size_t i = 0; i < SIZE; i++) {
		(void)snprintf(name, sizeof(name), "%zu", i);
		a[i] = of(name);
		assert_int_equal(takes(a[i], 1), 1);
	}
	assert_null(gw_account_greediest(&all, NULL, 1, NULL));
	for (size_t i = 0; i < SIZE; i++) {
		gw_account_leave(a[i]);
	}
}

static void a_small_pot_gives_everybody_something(void **state)
{
	struct gw_account *a = of("a");
	struct gw_account *b = of("b");

	all.size = 2;
	assert_int_equal(takes(a, 2), 1);
	assert_int_equal(takes(b, 2), 1);
	gw_account_leave(a);
	gw_account_leave(b);
}

/* --- More than one at a time. */

static enum gw_status wants(size_t i, struct gw_account *a, size_t n)
{
	struct gw_reason why;

	return gw_account_take_all(&all, &charges[i], a, n, &why);
}

static void what_is_taken_at_once_is_judged_as_a_whole(void **state)
{
	struct gw_account *a = of("a");

	assert_int_equal(takes(NULL, SIZE / 2), SIZE / 2);
	assert_int_equal(wants(SIZE, a, SIZE / 8 + 1),
			 GW_STATUS_TARGET_NOT_REACHABLE);
	assert_int_equal(charges[SIZE].n, 0);
	assert_int_equal(wants(SIZE, a, SIZE / 8), GW_STATUS_NONE);
	gw_account_leave(a);
}

static void a_charge_grows_within_the_bounds_and_shrinks_always(void **state)
{
	struct gw_account *a = of("a");

	assert_int_equal(wants(0, a, SIZE / 8), GW_STATUS_NONE);
	charges[1] = (struct gw_charge){ .n = 0 };
	assert_int_equal(wants(1, NULL, SIZE / 2), GW_STATUS_NONE);
	assert_int_equal(wants(0, NULL, SIZE / 8 + 1),
			 GW_STATUS_TARGET_NOT_REACHABLE);
	assert_int_equal(charges[0].n, SIZE / 8);
	assert_int_equal(wants(0, NULL, 1), GW_STATUS_NONE);
	assert_ptr_equal(charges[0].account, a);
	assert_int_equal(all.used, SIZE / 2 + 1);
	assert_int_equal(wants(0, NULL, 0), GW_STATUS_NONE);
	assert_int_equal(all.used, SIZE / 2);
	gw_account_leave(a);
}

static void what_is_owed_may_be_more_than_there_is(void **state)
{
	struct gw_account *a = of("a");

	gw_account_owe(&all, &charges[0], a, SIZE + SIZE);
	assert_int_equal(all.used, SIZE + SIZE);
	assert_false(gw_account_has_room(&all, 0));
	assert_int_equal(wants(1, NULL, 1), GW_STATUS_TARGET_NOT_REACHABLE);
	gw_account_owe(&all, &charges[0], NULL, 3);
	assert_int_equal(all.used, 3);
	gw_account_owe(&all, &charges[0], NULL, 0);
	assert_int_equal(all.used, 0);
	gw_account_leave(a);
}

/* --- The same peer in another pot. */

static void one_peer_is_alike_in_another_pot(void **state)
{
	struct gw_accounts other = { .what = "others", .size = 8, .share = 8 };
	struct gw_account *home = gw_account_of(&all, GW_STR("h"), true);
	struct gw_account *first = gw_account_new(home);
	struct gw_account *named = gw_account_in(home, GW_STR("n"));
	struct gw_charge charge = { .n = 0 };
	struct gw_reason why;

	gw_accounts_init(&other);
	assert_null(gw_account_like(&other, NULL));
	assert_ptr_equal(gw_account_like(&other, first),
			 gw_account_like(&other, first));
	assert_ptr_not_equal(gw_account_like(&other, first),
			     gw_account_like(&other, named));
	/* It is trusted there, too. */
	assert_int_equal(gw_account_take_all(&other, &charge,
					     gw_account_like(&other, home), 8,
					     &why),
			 GW_STATUS_NONE);
	gw_account_leave(first);
	gw_account_leave(named);
	gw_account_leave(home);
	assert_int_equal(other.table.n_entries, 1);
	gw_account_give(&other, &charge);
	gw_accounts_deinit(&other);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(half_of_the_pot_is_anybodys),
		CASE(beyond_that_each_has_its_share),
		CASE(the_more_there_are_the_less_each_gets),
		CASE(who_asks_for_itself_is_bounded_by_the_pot_alone),
		CASE(connections_of_one_address_share_what_it_has),
		CASE(originators_of_a_trusted_broker_have_a_share_each),
		CASE(each_in_one_that_is_trusted_stands_for_itself),
		CASE(the_same_name_has_the_same_account),
		CASE(what_is_given_back_may_be_taken_again),
		CASE(one_at_its_bound_is_told_of_once),
		CASE(who_holds_most_gives_back_for_who_holds_little),
		CASE(when_all_hold_little_nobody_gives_back),
		CASE(a_small_pot_gives_everybody_something),
		CASE(what_is_taken_at_once_is_judged_as_a_whole),
		CASE(a_charge_grows_within_the_bounds_and_shrinks_always),
		CASE(what_is_owed_may_be_more_than_there_is),
		CASE(one_peer_is_alike_in_another_pot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
