/* Turns: no host takes the places of all. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bindings/http/http_turns.h"
#include "core/conf.h"
#include "tests/support/fake_loop.h"

#define SIZE 16
#define TURNS_MAX 64

static struct fake_loop loop;
static struct gw_conf conf;
static struct http_turns all;
static struct http_turn turns[TURNS_MAX];
static size_t n_turns;
static struct http_turn *gone[TURNS_MAX]; // in this order
static size_t n_gone;
static struct http_turn *yielded;
static struct gw_reason why;

static void goes(struct http_turn *t)
{
	gone[n_gone++] = t;
}

static void yields(struct http_turn *t)
{
	yielded = t;
}

static int set_up(void **state)
{
	memset(turns, 0, sizeof(turns));
	n_turns = 0;
	n_gone = 0;
	yielded = NULL;
	fake_loop_init(&loop);
	gw_conf_init(&conf);
	conf.limits.outgoing = SIZE;
	http_turns_init(&all, &loop.base);
	all.go = goes;
	all.yield = yields;
	http_turns_bound(&all, &conf);
	return 0;
}

static int tear_down(void **state)
{
	for (size_t i = 0; i < n_turns; i++) {
		http_turns_give(&all, &turns[i]);
	}
	http_turns_deinit(&all);
	fake_loop_deinit(&loop);
	return 0;
}

static struct http_turn *take_as(const char *host, bool is_trusted)
{
	struct http_turn *t = &turns[n_turns++];

	assert_true(n_turns <= TURNS_MAX);
	assert_int_equal(http_turns_take(&all, t, host, is_trusted, &why),
			 GW_STATUS_NONE);
	return t;
}

static struct http_turn *take(const char *host)
{
	return take_as(host, false);
}

static void is_out(const struct http_turn *t)
{
	assert_true(gw_charge_is_taken(&t->place));
	assert_false(http_turn_waits(t));
}

static void waits(const struct http_turn *t)
{
	assert_false(gw_charge_is_taken(&t->place));
	assert_true(http_turn_waits(t));
}

static void half_of_the_places_are_for_any_host(void **state)
{
	for (size_t i = 0; i < SIZE / 2; i++) {
		is_out(take("10.0.0.1"));
	}
	waits(take("10.0.0.1"));
	is_out(take("10.0.0.2"));
}

static void a_trusted_host_may_have_all(void **state)
{
	for (size_t i = 0; i < SIZE; i++) {
		is_out(take_as("10.0.0.1", true));
	}
	waits(take_as("10.0.0.1", true));
}

static void who_waits_goes_when_one_of_its_host_is_back(void **state)
{
	struct http_turn *first = NULL;
	struct http_turn *second = NULL;

	for (size_t i = 0; i < SIZE / 2; i++) {
		take("10.0.0.1");
	}
	first = take("10.0.0.1");
	second = take("10.0.0.1");
	http_turns_give(&all, &turns[0]);
	assert_int_equal(n_gone, 0);
	fake_loop_turn(&loop);
	assert_int_equal(n_gone, 1);
	assert_ptr_equal(gone[0], first);
	is_out(first);
	waits(second);
}

static void nobody_overtakes_who_waits_for_the_same_host(void **state)
{
	for (size_t i = 0; i < SIZE / 2; i++) {
		take("10.0.0.1");
	}
	waits(take("10.0.0.1"));
	http_turns_give(&all, &turns[0]);
	waits(take("10.0.0.1"));
	fake_loop_turn(&loop);
	assert_int_equal(n_gone, 1);
	assert_ptr_equal(gone[0], &turns[SIZE / 2]);
}

static void hosts_that_wait_are_served_in_turn(void **state)
{
	char host[16];

	for (unsigned i = 0; i < SIZE; i++) {
		(void)snprintf(host, sizeof(host), "10.1.0.%u", i);
		is_out(take(host));
	}
	waits(take("10.0.0.1"));
	waits(take("10.0.0.1"));
	waits(take("10.0.0.2"));
	for (size_t i = 0; i < 2; i++) {
		http_turns_give(&all, &turns[i]);
		fake_loop_turn(&loop);
	}
	assert_int_equal(n_gone, 2);
	assert_ptr_equal(gone[0], &turns[SIZE]);
	assert_ptr_equal(gone[1], &turns[SIZE + 2]);
	http_turns_give(&all, gone[0]);
	fake_loop_turn(&loop);
	assert_ptr_equal(gone[2], &turns[SIZE + 1]);
}

static void who_waits_may_leave(void **state)
{
	for (size_t i = 0; i < SIZE / 2; i++) {
		take("10.0.0.1");
	}
	http_turns_give(&all, take("10.0.0.1"));
	assert_int_equal(all.n_waiting, 0);
	http_turns_give(&all, &turns[0]);
	fake_loop_turn(&loop);
	assert_int_equal(n_gone, 0);
}

static void more_than_may_wait_are_refused_with_the_reason(void **state)
{
	struct http_turn one_more = { .line_up = NULL };

	for (size_t i = 0; i < SIZE / 2 + SIZE; i++) {
		take("10.0.0.1");
	}
	assert_int_equal(
		http_turns_take(&all, &one_more, "10.0.0.1", false, &why),
		GW_STATUS_TARGET_NOT_REACHABLE);
	assert_non_null(strstr(why.text, "limits.outgoing"));
	is_out(take("10.0.0.2"));
}

static void any_number_may_wait_for_a_cse_of_the_configuration(void **state)
{
	for (size_t i = 0; i < SIZE / 2 + SIZE; i++) {
		take("10.0.0.1");
	}
	turns[n_turns].is_patient = true;
	waits(take("10.0.0.1"));
}

static void at_the_brim_who_has_most_gives_its_youngest(void **state)
{
	for (size_t i = 0; i < SIZE; i++) {
		take_as("10.0.0.1", true);
	}
	is_out(take("10.0.0.2"));
	assert_ptr_equal(yielded, &turns[SIZE - 1]);
}

static void more_places_after_a_reload_are_used_at_once(void **state)
{
	for (size_t i = 0; i < SIZE / 2; i++) {
		take("10.0.0.1");
	}
	waits(take("10.0.0.1"));
	conf.limits.outgoing = (size_t)4 * SIZE;
	http_turns_bound(&all, &conf);
	fake_loop_turn(&loop);
	assert_int_equal(n_gone, 1);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(half_of_the_places_are_for_any_host),
		CLAIM(a_trusted_host_may_have_all),
		CLAIM(who_waits_goes_when_one_of_its_host_is_back),
		CLAIM(nobody_overtakes_who_waits_for_the_same_host),
		CLAIM(hosts_that_wait_are_served_in_turn),
		CLAIM(who_waits_may_leave),
		CLAIM(more_than_may_wait_are_refused_with_the_reason),
		CLAIM(any_number_may_wait_for_a_cse_of_the_configuration),
		CLAIM(at_the_brim_who_has_most_gives_its_youngest),
		CLAIM(more_places_after_a_reload_are_used_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
