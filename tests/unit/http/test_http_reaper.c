#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bindings/http/http_reaper.h"
#include "tests/support/fake_loop.h"

#define N_WAITS 4

static struct fake_loop loop;
static struct http_reaper reaper;
static struct http_wait waits[N_WAITS];
static size_t n_due[N_WAITS];
static bool goes_on;

static void due(struct http_reaper *r, struct http_wait *w)
{
	n_due[w - waits]++;
	if (goes_on) {
		http_reaper_wait_on(r, w);
	}
}

static int set_up(void **state)
{
	static const int64_t periods[HTTP_WAIT_KINDS] = {
		[HTTP_WAIT_LULL] = 5,    [HTTP_WAIT_IDLE] = 50,
		[HTTP_WAIT_HEAD] = 100,  [HTTP_WAIT_BODY] = 200,
		[HTTP_WAIT_ANSWER] = 10, [HTTP_WAIT_TAKEN] = 400,
	};

	memset(waits, 0, sizeof(waits));
	memset(n_due, 0, sizeof(n_due));
	goes_on = false;
	fake_loop_init(&loop);
	http_reaper_init(&reaper, &loop.base, due);
	memcpy(reaper.periods_ms, periods, sizeof(periods));
	return 0;
}

static int tear_down(void **state)
{
	for (size_t i = 0; i < N_WAITS; i++) {
		http_reaper_drop(&reaper, &waits[i]);
	}
	http_reaper_deinit(&reaper);
	fake_loop_deinit(&loop);
	return 0;
}

static void each_kind_has_its_own_deadline(void **state)
{
	http_reaper_wait(&reaper, &waits[0], HTTP_WAIT_BODY);
	http_reaper_wait(&reaper, &waits[1], HTTP_WAIT_HEAD);
	fake_loop_pass(&loop, 99);
	assert_int_equal(n_due[1], 0);
	fake_loop_pass(&loop, 1);
	assert_int_equal(n_due[1], 1);
	assert_int_equal(n_due[0], 0);
	fake_loop_pass(&loop, 100);
	assert_int_equal(n_due[0], 1);
}

static void one_that_moves_starts_anew(void **state)
{
	http_reaper_wait(&reaper, &waits[0], HTTP_WAIT_HEAD);
	fake_loop_pass(&loop, 90);
	http_reaper_wait(&reaper, &waits[0], HTTP_WAIT_BODY);
	fake_loop_pass(&loop, 199);
	assert_int_equal(n_due[0], 0);
	fake_loop_pass(&loop, 1);
	assert_int_equal(n_due[0], 1);
}

static void one_that_goes_on_keeps_when_it_began(void **state)
{
	int64_t since_ms = gw_loop_now_ms(&loop.base);

	goes_on = true;
	http_reaper_wait(&reaper, &waits[0], HTTP_WAIT_IDLE);
	fake_loop_pass(&loop, 500);
	assert_int_equal(n_due[0], 10);
	assert_int_equal(waits[0].since_ms, since_ms);
}

static void one_that_is_dropped_is_never_due(void **state)
{
	for (size_t i = 0; i < N_WAITS; i++) {
		http_reaper_wait(&reaper, &waits[i], HTTP_WAIT_HEAD);
	}
	http_reaper_drop(&reaper, &waits[1]);
	http_reaper_drop(&reaper, &waits[3]);
	http_reaper_drop(&reaper, &waits[3]);
	fake_loop_pass(&loop, 1000);
	assert_int_equal(n_due[0], 1);
	assert_int_equal(n_due[1], 0);
	assert_int_equal(n_due[2], 1);
	assert_int_equal(n_due[3], 0);
}

static void a_period_of_nothing_does_not_hang(void **state)
{
	reaper.periods_ms[HTTP_WAIT_IDLE] = 0;
	goes_on = true;
	http_reaper_wait(&reaper, &waits[0], HTTP_WAIT_IDLE);
	fake_loop_pass(&loop, 3);
	assert_int_equal(n_due[0], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_kind_has_its_own_deadline,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_moves_starts_anew,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			one_that_goes_on_keeps_when_it_began, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			one_that_is_dropped_is_never_due, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_period_of_nothing_does_not_hang, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
