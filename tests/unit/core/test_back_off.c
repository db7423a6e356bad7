/* Back-off: what is drawn, and how a registration that fails uses it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/back_off.h"
#include "core/conf.h"
#include "tests/support/fake_world.h"

#define MIN_MS ((int64_t)200)
#define MAX_MS ((int64_t)30000)
#define N_DRAWN 2000

static const struct gw_conf_timeouts timeouts = { .retry_min_ms = MIN_MS,
						  .retry_max_ms = MAX_MS };

/* Draws of one number of failures stay within their span and fill it. */
static void expect_span(struct fake_loop *loop, unsigned n_failures,
			int64_t span_ms)
{
	int64_t least_ms = span_ms;
	int64_t most_ms = 0;
	size_t n_late = 0;

	for (size_t i = 0; i < N_DRAWN; i++) {
		int64_t ms = gw_back_off_ms(&loop->base, &timeouts, n_failures);

		assert_in_range(ms, 0, span_ms);
		least_ms = ms < least_ms ? ms : least_ms;
		most_ms = ms > most_ms ? ms : most_ms;
		n_late += ms > span_ms / 2 ? 1 : 0;
	}
	assert_true(least_ms < span_ms / 20);
	assert_true(most_ms > span_ms - span_ms / 20);
	assert_in_range(n_late, N_DRAWN * 2 / 5, N_DRAWN * 3 / 5);
}

static void the_span_doubles_up_to_the_longest(void **state)
{
	struct fake_loop loop;

	fake_loop_init(&loop);
	expect_span(&loop, 0, MIN_MS);
	expect_span(&loop, 1, 2 * MIN_MS);
	expect_span(&loop, 2, 4 * MIN_MS);
	expect_span(&loop, 7, 128 * MIN_MS);
	expect_span(&loop, 8, MAX_MS);
	expect_span(&loop, 1000000, MAX_MS);
	expect_span(&loop, UINT32_MAX, MAX_MS);
	fake_loop_deinit(&loop);
}

static void equal_bounds_are_one_span(void **state)
{
	const struct gw_conf_timeouts same = { .retry_min_ms = 50,
					       .retry_max_ms = 50 };
	struct fake_loop loop;

	fake_loop_init(&loop);
	for (unsigned n = 0; n < 100; n++) {
		assert_in_range(gw_back_off_ms(&loop.base, &same, n), 0, 50);
	}
	fake_loop_deinit(&loop);
}

static void register_slowly(struct fake_world *w)
{
	w->cses[0].registers = true;
	w->cses[0].check_ms = 0;
	w->conf.timeouts.retry_min_ms = MIN_MS;
	w->conf.timeouts.retry_max_ms = MAX_MS;
}

/* Let time pass until the gateway asks for its registration again. */
static int64_t pass_until_it_asks(struct fake_world *w)
{
	int64_t before_ms = w->loop.now_ms;
	size_t n_sent = w->n_sent;

	while (w->n_sent == n_sent) {
		assert_true(w->loop.alarm_ms < INT64_MAX);
		fake_loop_pass(&w->loop, w->loop.alarm_ms - w->loop.now_ms);
		fake_loop_turn(&w->loop);
	}
	return w->loop.now_ms - before_ms;
}

static void fail_it(struct fake_world *w)
{
	gw_exchange_fail(fake_last(w), GW_STATUS_TARGET_NOT_REACHABLE, "gone");
	fake_loop_turn(&w->loop);
}

static void a_registration_that_fails_waits_longer_and_longer(void **state)
{
	struct fake_world w;
	int64_t span_ms = MIN_MS;
	int64_t total_ms = 0;

	fake_world_init(&w, register_slowly);
	(void)pass_until_it_asks(&w);
	for (int i = 0; i < 40; i++) {
		int64_t waited_ms = 0;

		fail_it(&w);
		waited_ms = pass_until_it_asks(&w);
		span_ms = span_ms * 2 < MAX_MS ? span_ms * 2 : MAX_MS;
		assert_in_range(waited_ms, 1, span_ms + 1);
		total_ms += i >= 10 ? waited_ms : 0;
	}
	assert_in_range(total_ms, 30 * MAX_MS / 4, 30 * MAX_MS * 3 / 4);
	fake_world_deinit(&w);
}

static void a_registration_that_succeeded_begins_anew(void **state)
{
	struct fake_world w;

	fake_world_init(&w, register_slowly);
	(void)pass_until_it_asks(&w);
	for (int i = 0; i < 20; i++) {
		fail_it(&w);
		(void)pass_until_it_asks(&w);
	}
	fake_answer(&w, GW_STATUS_OK, NULL);
	gw_relay_link_up(w.relay, w.in);
	(void)pass_until_it_asks(&w);
	for (int i = 0; i < 3; i++) {
		fail_it(&w);
		assert_in_range(pass_until_it_asks(&w), 1,
				(MIN_MS << (i + 1)) + 1);
	}
	fake_world_deinit(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_span_doubles_up_to_the_longest),
		cmocka_unit_test(equal_bounds_are_one_span),
		cmocka_unit_test(
			a_registration_that_fails_waits_longer_and_longer),
		cmocka_unit_test(a_registration_that_succeeded_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
