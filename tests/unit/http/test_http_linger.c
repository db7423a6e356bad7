#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bindings/http/http_linger.h"
#include "tests/support/fake_loop.h"

#define N_GUESTS (HTTP_LINGER_MAX + 1)

static struct fake_loop loop;
static struct http_linger linger;
static struct http_guest guests[N_GUESTS];
static unsigned n_rings;

static void rings(struct http_linger *l)
{
	n_rings++;
}

static int set_up(void **state)
{
	memset(guests, 0, sizeof(guests));
	n_rings = 0;
	fake_loop_init(&loop);
	http_linger_init(&linger, &loop.base, rings);
	return 0;
}

static int tear_down(void **state)
{
	for (size_t i = 0; i < N_GUESTS; i++) {
		http_linger_stop(&linger, &guests[i]);
	}
	http_linger_deinit(&linger);
	fake_loop_deinit(&loop);
	return 0;
}

static void nobody_lingers_for_long(void **state)
{
	assert_true(http_linger_start(&linger, &guests[0]));
	assert_false(http_linger_is_long(&linger, &guests[0]));
	fake_loop_pass(&loop, HTTP_LINGER_BELL_MS);
	assert_false(http_linger_is_long(&linger, &guests[0]));
	fake_loop_pass(&loop, HTTP_LINGER_BELL_MS);
	assert_true(http_linger_is_long(&linger, &guests[0]));
	assert_int_equal(n_rings, 2);
}

static void whoever_comes_later_may_stay_longer(void **state)
{
	assert_true(http_linger_start(&linger, &guests[0]));
	fake_loop_pass(&loop, HTTP_LINGER_BELL_MS);
	assert_true(http_linger_start(&linger, &guests[1]));
	fake_loop_pass(&loop, HTTP_LINGER_BELL_MS);
	assert_true(http_linger_is_long(&linger, &guests[0]));
	assert_false(http_linger_is_long(&linger, &guests[1]));
}

static void the_bell_is_silent_while_nobody_lingers(void **state)
{
	assert_true(http_linger_start(&linger, &guests[0]));
	http_linger_stop(&linger, &guests[0]);
	fake_loop_pass(&loop, 10 * HTTP_LINGER_BELL_MS);
	assert_int_equal(n_rings, 0);
	assert_false(gw_timer_is_set(&linger.bell));
	assert_true(http_linger_start(&linger, &guests[0]));
	fake_loop_pass(&loop, HTTP_LINGER_BELL_MS);
	assert_int_equal(n_rings, 1);
}

static void there_is_room_for_so_many(void **state)
{
	for (size_t i = 0; i < HTTP_LINGER_MAX; i++) {
		assert_true(http_linger_start(&linger, &guests[i]));
	}
	assert_false(http_linger_start(&linger, &guests[HTTP_LINGER_MAX]));
	http_linger_stop(&linger, &guests[HTTP_LINGER_MAX]);
	assert_int_equal(linger.n, HTTP_LINGER_MAX);
	http_linger_stop(&linger, &guests[3]);
	assert_true(http_linger_start(&linger, &guests[HTTP_LINGER_MAX]));
}

static void stopping_twice_is_once(void **state)
{
	assert_true(http_linger_start(&linger, &guests[0]));
	assert_true(http_linger_start(&linger, &guests[1]));
	http_linger_stop(&linger, &guests[0]);
	http_linger_stop(&linger, &guests[0]);
	assert_int_equal(linger.n, 1);
}

static void learn(int64_t took_ms, unsigned n_times)
{
	for (unsigned i = 0; i < n_times; i++) {
		http_linger_learn(&linger, took_ms);
	}
}

static void nobody_lingers_for_slow_answers(void **state)
{
	learn(HTTP_LINGER_QUICK_MS, 1);
	assert_false(http_linger_start(&linger, &guests[0]));
	learn(1000, 100);
	assert_false(http_linger_start(&linger, &guests[0]));
	learn(HTTP_LINGER_QUICK_MS - 1, 1);
	assert_true(http_linger_start(&linger, &guests[0]));
}

static void a_few_slow_answers_among_many_change_nothing(void **state)
{
	learn(0, 1000);
	learn(1000, 3);
	assert_true(http_linger_start(&linger, &guests[0]));
	learn(1000, 1);
	assert_false(http_linger_start(&linger, &guests[1]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody_lingers_for_long, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			whoever_comes_later_may_stay_longer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_bell_is_silent_while_nobody_lingers, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(there_is_room_for_so_many,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(stopping_twice_is_once, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(nobody_lingers_for_slow_answers,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_few_slow_answers_among_many_change_nothing, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
