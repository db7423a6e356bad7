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
		gw_timer_set(&loop.base, &probes[i].timer, at_ms);
	}
	for (size_t i = 0; i < N_TIMERS; i += 3) {
		gw_timer_clear(&loop.base, &probes[i].timer);
		assert_false(gw_timer_is_set(&probes[i].timer));
	}
	for (size_t i = 1; i < N_TIMERS; i += 3) {
		gw_timer_set(&loop.base, &probes[i].timer, loop.now_ms + 6000);
	}
	fake_loop_pass(&loop, 7000);
	for (size_t i = 0; i < N_TIMERS; i++) {
		assert_int_equal(probes[i].fired_ms,
				 i % 3 == 0 ? 0 : probes[i].timer.at_ms);
	}
	fake_loop_deinit(&loop);
}

#define N_RESTLESS 100

/* Those that set and clear each other, and when each is due; 0: it is not. */
static struct fake_loop restless_loop;
static struct gw_timer restless[N_RESTLESS];
static int64_t due_ms[N_RESTLESS];
static size_t n_fired;

static size_t any_of(size_t n)
{
	return (size_t)(gw_loop_random(&restless_loop.base) % n);
}

static void set_any(void)
{
	size_t i = any_of(N_RESTLESS);

	due_ms[i] = restless_loop.now_ms + (int64_t)any_of(50);
	gw_timer_set(&restless_loop.base, &restless[i], due_ms[i]);
}

static void clear_any(void)
{
	size_t i = any_of(N_RESTLESS);

	due_ms[i] = 0;
	gw_timer_clear(&restless_loop.base, &restless[i]);
}

static void fire_restless(struct gw_timer *t)
{
	size_t self = (size_t)(t - restless);

	n_fired++;
	assert_false(gw_timer_is_set(t));
	assert_int_equal(due_ms[self], restless_loop.now_ms);
	for (size_t i = 0; i < N_RESTLESS; i++) {
		assert_true(due_ms[i] == 0 || due_ms[i] >= due_ms[self]);
		assert_true(i == self ||
			    gw_timer_is_set(&restless[i]) == (due_ms[i] > 0));
	}
	due_ms[self] = restless_loop.now_ms + 1 + (int64_t)any_of(50);
	gw_timer_set(&restless_loop.base, t, due_ms[self]);
	set_any();
	clear_any();
}

static void timers_may_be_set_and_cleared_while_one_fires(void **state)
{
	fake_loop_init(&restless_loop);
	for (size_t i = 0; i < N_RESTLESS; i++) {
		restless[i].fire = fire_restless;
		set_any();
	}
	fake_loop_pass(&restless_loop, 2000);
	assert_true(n_fired > 1000);
	for (size_t i = 0; i < N_RESTLESS; i++) {
		gw_timer_clear(&restless_loop.base, &restless[i]);
	}
	fake_loop_deinit(&restless_loop);
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
		cmocka_unit_test(timers_may_be_set_and_cleared_while_one_fires),
		cmocka_unit_test(tasks_run_once_in_order_and_can_be_taken_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
