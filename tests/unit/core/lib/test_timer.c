#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/fake_loop.h"

#define N_TIMERS 1000

struct probe {
	struct gw_timer timer;
	int64_t fired_ms;
	struct fake_loop *loop;
};

static void note(struct gw_timer *t)
{
	struct probe *p = gw_container(t, struct probe, timer);

	assert_int_equal(p->fired_ms, 0);
	p->fired_ms = p->loop->now_ms;
}

static void timers_fire_at_their_time_and_cleared_ones_never(void **state)
{
	static struct probe probes[N_TIMERS];
	struct fake_loop loop;

	fake_loop_init(&loop);
	for (size_t i = 0; i < N_TIMERS; i++) {
		int64_t at_ms = loop.now_ms +
				(int64_t)(gw_loop_random(&loop.base) % 5000);

		probes[i] = (struct probe){ .timer.fire = note, .loop = &loop };
		assert_int_equal(
			gw_timer_set(&loop.base, &probes[i].timer, at_ms), 0);
	}
	for (size_t i = 0; i < N_TIMERS; i += 3) {
		gw_timer_clear(&loop.base, &probes[i].timer);
		assert_false(gw_timer_is_set(&probes[i].timer));
	}
	for (size_t i = 1; i < N_TIMERS; i += 3) {
		assert_int_equal(gw_timer_set(&loop.base, &probes[i].timer,
					      loop.now_ms + 6000),
				 0);
	}
	fake_loop_pass(&loop, 7000);
	for (size_t i = 0; i < N_TIMERS; i++) {
		assert_int_equal(probes[i].fired_ms,
				 i % 3 == 0 ? 0 : probes[i].timer.at_ms);
	}
	fake_loop_deinit(&loop);
}

static struct gw_task first_task;
static struct gw_task second_task;
static int n_run;

static void count_run(struct gw_task *t)
{
	n_run++;
}

static void tasks_run_once_in_order_and_can_be_taken_out(void **state)
{
	struct fake_loop loop;

	fake_loop_init(&loop);
	first_task.run = count_run;
	second_task.run = count_run;
	gw_loop_defer(&loop.base, &first_task);
	gw_loop_defer(&loop.base, &first_task);
	gw_loop_defer(&loop.base, &second_task);
	gw_loop_undefer(&loop.base, &second_task);
	gw_loop_undefer(&loop.base, &second_task);
	fake_loop_turn(&loop);
	assert_int_equal(n_run, 1);
	gw_loop_defer(&loop.base, &second_task);
	fake_loop_turn(&loop);
	assert_int_equal(n_run, 2);
	fake_loop_deinit(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			timers_fire_at_their_time_and_cleared_ones_never),
		cmocka_unit_test(tasks_run_once_in_order_and_can_be_taken_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
