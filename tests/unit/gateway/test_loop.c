/*
 * Loop on libuv: what core/lib/loop.h promises.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/lib/loop.h"
#include "core/lib/net.h"
#include "gateway/loop.h"

#define DEADLINE_MS 20000
#define N_POSTS 1000

/* A loop, what happened on it so far, and when that is enough. */
struct world {
	struct gw_loop *loop;
	struct gw_timer deadline;
	char seen[64];
	size_t n_wanted;
	int n_posts;
	size_t n_found;
	int error;
	struct gw_watch *watch;
	int fds[2];
};

struct mark {
	struct gw_timer timer;
	struct gw_task task;
	struct world *world;
	char name;
};

static struct world *world_of_deadline(struct gw_timer *t)
{
	return (struct world *)(void *)((char *)t -
					offsetof(struct world, deadline));
}

static void too_late(struct gw_timer *t)
{
	fail_msg("only '%s' happened in time", world_of_deadline(t)->seen);
}

static void begin(struct world *w, size_t n_wanted)
{
	*w = (struct world){ .n_wanted = n_wanted, .loop = gw_uv_loop_new() };
	assert_non_null(w->loop);
	w->deadline.fire = too_late;
	gw_timer_set(w->loop, &w->deadline,
		     gw_loop_now_ms(w->loop) + DEADLINE_MS);
}

static void end(struct world *w)
{
	gw_timer_clear(w->loop, &w->deadline);
	w->loop = gw_uv_loop_free(w->loop);
}

static void saw(struct world *w, char name)
{
	size_t n = strlen(w->seen);

	assert_true(n + 1 < sizeof(w->seen));
	w->seen[n] = name;
	if (n + 1 == w->n_wanted) {
		gw_uv_loop_stop(w->loop);
	}
}

static void timer_fires(struct gw_timer *t)
{
	struct mark *m = (struct mark *)(void *)t;

	saw(m->world, m->name);
}

static void task_runs(struct gw_task *t)
{
	struct mark *m = (struct mark *)(void *)((char *)t -
						 offsetof(struct mark, task));

	saw(m->world, m->name);
}

static void timers_fire_in_order_of_their_times(void **state)
{
	struct world w;
	struct mark marks[4] = { 0 };
	static const int after_ms[4] = { 30, 10, 0, 20 };

	begin(&w, 4);
	for (int i = 0; i < 4; i++) {
		marks[i] = (struct mark){ .timer.fire = timer_fires,
					  .world = &w,
					  .name = (char)('0' + i) };
		gw_timer_set(w.loop, &marks[i].timer,
			     gw_loop_now_ms(w.loop) + after_ms[i]);
	}
	gw_uv_loop_run(w.loop);
	assert_string_equal(w.seen, "2130");
	end(&w);
}

static void a_timer_never_fires_early(void **state)
{
	struct world w;
	struct mark m = { .timer.fire = timer_fires, .world = &w, .name = 'a' };

	begin(&w, 1);
	int64_t at_ms = gw_loop_now_ms(w.loop) + 20;
	gw_timer_set(w.loop, &m.timer, at_ms);
	gw_uv_loop_run(w.loop);
	assert_true(gw_loop_now_ms(w.loop) >= at_ms);
	end(&w);
}

static void a_cleared_timer_does_not_fire(void **state)
{
	struct world w;
	struct mark a = { .timer.fire = timer_fires, .world = &w, .name = 'a' };
	struct mark b = { .timer.fire = timer_fires, .world = &w, .name = 'b' };

	begin(&w, 1);
	int64_t now_ms = gw_loop_now_ms(w.loop);
	gw_timer_set(w.loop, &a.timer, now_ms + 1);
	gw_timer_set(w.loop, &b.timer, now_ms + 10);
	gw_timer_clear(w.loop, &a.timer);
	gw_uv_loop_run(w.loop);
	assert_string_equal(w.seen, "b");
	end(&w);
}

static void task_queues_another(struct gw_task *t)
{
	struct mark *m = (struct mark *)(void *)((char *)t -
						 offsetof(struct mark, task));

	saw(m->world, m->name);
	m[1].task.run = task_runs;
	gw_loop_defer(m->world->loop, &m[1].task);
}

static void timer_queues_a_task(struct gw_timer *t)
{
	struct mark *m = (struct mark *)(void *)t;

	m->task.run = task_queues_another;
	gw_loop_defer(m->world->loop, &m->task);
}

static void tasks_run_before_the_loop_sleeps(void **state)
{
	struct world w;
	struct mark marks[2] = { { .world = &w, .name = 'a' },
				 { .world = &w, .name = 'b' } };

	/* Nothing else is due: a loop that sleeps meets the deadline. */
	begin(&w, 2);
	marks[0].task.run = task_queues_another;
	gw_loop_defer(w.loop, &marks[0].task);
	gw_uv_loop_run(w.loop);
	assert_string_equal(w.seen, "ab");

	marks[0].timer.fire = timer_queues_a_task;
	w.n_wanted = 4;
	gw_timer_set(w.loop, &marks[0].timer, gw_loop_now_ms(w.loop));
	gw_uv_loop_run(w.loop);
	assert_string_equal(w.seen, "abab");
	end(&w);
}

static void posted_from_a_thread(void *arg)
{
	struct world *w = arg;

	w->n_posts++;
	if (w->n_posts == N_POSTS) {
		saw(w, 'p');
	}
}

static void *post_all(void *arg)
{
	struct world *w = arg;

	for (int i = 0; i < N_POSTS / 2; i++) {
		if (gw_loop_post(w->loop, posted_from_a_thread, w)) {
			return NULL;
		}
	}
	return w;
}

static void posts_of_other_threads_run_on_the_loop_thread(void **state)
{
	struct world w;
	pthread_t threads[2];
	void *done = NULL;

	begin(&w, 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			pthread_create(&threads[i], NULL, post_all, &w), 0);
	}
	gw_uv_loop_run(w.loop);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(threads[i], &done), 0);
		assert_ptr_equal(done, &w);
	}
	assert_int_equal(w.n_posts, N_POSTS);
	end(&w);
}

static void a_post_that_has_not_run_is_dropped_with_the_loop(void **state)
{
	struct world w;

	begin(&w, 1);
	assert_int_equal(gw_loop_post(w.loop, posted_from_a_thread, &w), 0);
	end(&w);
	assert_int_equal(w.n_posts, 0);
}

static void readable(void *arg, int events)
{
	struct world *w = arg;
	char c = 0;

	if (events & GW_WRITABLE) {
		saw(w, 'w');
		gw_loop_rewatch(w->loop, w->watch, GW_READABLE);
		assert_int_equal(write(w->fds[1], "x", 1), 1);
		return;
	}
	assert_int_equal(read(w->fds[0], &c, 1), 1);
	saw(w, c);
	w->watch = gw_loop_unwatch(w->loop, w->watch);
}

static void a_watch_tells_readable_and_writable(void **state)
{
	struct world w;

	begin(&w, 2);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, w.fds), 0);
	w.watch = gw_loop_watch(w.loop, w.fds[0], GW_WRITABLE, readable, &w);
	assert_non_null(w.watch);
	gw_uv_loop_run(w.loop);
	assert_string_equal(w.seen, "wx");
	close(w.fds[0]);
	close(w.fds[1]);
	end(&w);
}

static void a_descriptor_is_watched_again_right_after_unwatch(void **state)
{
	struct world w;

	begin(&w, 2);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, w.fds), 0);
	for (int i = 0; i < 3; i++) {
		w.watch = gw_loop_watch(w.loop, w.fds[0], GW_READABLE, readable,
					&w);
		assert_non_null(w.watch);
		w.watch = gw_loop_unwatch(w.loop, w.watch);
	}
	close(w.fds[0]);
	close(w.fds[1]);
	end(&w);
}

static void a_file_cannot_be_watched(void **state)
{
	struct world w;
	FILE *file = tmpfile();

	assert_non_null(file);
	begin(&w, 1);
	assert_null(
		gw_loop_watch(w.loop, fileno(file), GW_READABLE, readable, &w));
	assert_int_equal(fclose(file), 0);
	end(&w);
}

static void name_was_found(void *arg, const struct sockaddr_storage *found,
			   size_t n_found, int error)
{
	struct world *w = arg;

	w->n_found = n_found;
	w->error = error;
	for (size_t i = 0; i < n_found; i++) {
		const void *at = &found[i];
		const struct sockaddr_in *in = at;

		if (found[i].ss_family == AF_INET) {
			assert_int_equal(ntohl(in->sin_addr.s_addr),
					 INADDR_LOOPBACK);
			assert_int_equal(in->sin_port, 0);
		}
	}
	saw(w, 'f');
}

static void look_up(const char *name, int error)
{
	struct world w;

	begin(&w, 1);
	assert_int_equal(gw_loop_resolve(w.loop, name, name_was_found, &w), 0);
	assert_string_equal(w.seen, "");
	gw_uv_loop_run(w.loop);
	assert_int_equal(w.error, error);
	assert_int_equal(w.n_found > 0, error == 0);
	end(&w);
}

static void numbers_and_names_are_looked_up(void **state)
{
	look_up("127.0.0.1", 0);
	look_up("::1", 0);
	look_up("localhost", 0);
}

static void a_name_that_is_none_is_an_error(void **state)
{
	look_up("300.1.1.1.", -ENOENT);
}

static void lookups_still_out_are_cancelled_with_the_loop(void **state)
{
	struct world w;

	begin(&w, 2);
	assert_int_equal(
		gw_loop_resolve(w.loop, "localhost", name_was_found, &w), 0);
	assert_int_equal(
		gw_loop_resolve(w.loop, "127.0.0.1", name_was_found, &w), 0);
	end(&w);
	assert_string_equal(w.seen, "ff");
	assert_int_equal(w.error, -ECANCELED);
}

static bool is_here(struct world *w, const char *text)
{
	struct gw_net_address address;

	assert_true(gw_net_address_parse(&address, gw_str_from(text)));
	return gw_loop_is_here(w->loop, &address);
}

static void an_address_of_an_interface_is_here_and_no_other(void **state)
{
	struct world w;

	begin(&w, 1);
	for (int i = 0; i < 2; i++) {
		assert_true(is_here(&w, "127.0.0.1"));
		assert_true(is_here(&w, "::ffff:127.0.0.1"));
		assert_false(is_here(&w, "192.0.2.1"));
		assert_false(is_here(&w, "2001:db8::1"));
	}
	end(&w);
}

static void random_bytes_differ(void **state)
{
	struct world w;
	uint64_t all[64] = { 0 };
	uint8_t many[1024] = { 0 };
	uint8_t none[16] = { 0 };

	begin(&w, 1);
	for (size_t i = 0; i < 64; i++) {
		all[i] = gw_loop_random(w.loop);
		for (size_t k = 0; k < i; k++) {
			assert_true(all[k] != all[i]);
		}
	}
	w.loop->ops->random(w.loop, many, sizeof(many));
	assert_memory_not_equal(many + sizeof(many) - sizeof(none), none,
				sizeof(none));
	end(&w);
}

static void two_loops_live_side_by_side(void **state)
{
	struct world a;
	struct world b;
	struct mark m = { .timer.fire = timer_fires, .world = &b, .name = 'b' };

	begin(&a, 1);
	begin(&b, 1);
	gw_timer_set(b.loop, &m.timer, gw_loop_now_ms(b.loop));
	end(&a);
	gw_uv_loop_run(b.loop);
	assert_string_equal(b.seen, "b");
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order_of_their_times),
		cmocka_unit_test(a_timer_never_fires_early),
		cmocka_unit_test(a_cleared_timer_does_not_fire),
		cmocka_unit_test(tasks_run_before_the_loop_sleeps),
		cmocka_unit_test(posts_of_other_threads_run_on_the_loop_thread),
		cmocka_unit_test(
			a_post_that_has_not_run_is_dropped_with_the_loop),
		cmocka_unit_test(a_watch_tells_readable_and_writable),
		cmocka_unit_test(
			a_descriptor_is_watched_again_right_after_unwatch),
		cmocka_unit_test(a_file_cannot_be_watched),
		cmocka_unit_test(numbers_and_names_are_looked_up),
		cmocka_unit_test(a_name_that_is_none_is_an_error),
		cmocka_unit_test(lookups_still_out_are_cancelled_with_the_loop),
		cmocka_unit_test(
			an_address_of_an_interface_is_here_and_no_other),
		cmocka_unit_test(random_bytes_differ),
		cmocka_unit_test(two_loops_live_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
