/*
 * Loop - the world as core and bindings see it, on libuv.
 *
 *	timers  pending  idle  PREPARE  (sleep)  poll callbacks  CHECK  closing
 *
 * Tasks run in PREPARE and in CHECK, so whatever was queued in a turn is done
 * before the loop sleeps.  A task that is queued between our PREPARE and the
 * sleep would be late: an idle handle is active while tasks are queued, and
 * with an active idle handle libuv does not sleep.
 *
 * libuv reads its own clock once per turn, right after it slept.  now_ms()
 * reads ours when libuv's has moved, so both stand still during a turn.
 */

#include "gateway/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <uv.h>

#include "core/lib/loop.h"
#include "gateway/interfaces.h"
#include "gateway/listen.h"
#include "gateway/resolver.h"

/* libuv's timers stand still while the machine is suspended, ours do not: the
 * longest sleep bounds how late a timer may be noticed after a resume. */
#define SLEEP_MAX_MS 10000

/* Random bytes are fetched from the kernel in bulk. */
#define RANDOM_BYTES 256

/* Turns that foreign handles get to close themselves in gw_uv_loop_free(). */
#define LAST_TURNS 64

struct posted {
	struct posted *next;
	gw_post_fn *fn;
	void *arg;
};

struct uv_state {
	struct gw_loop base; // first: a struct gw_loop * is one of these
	uv_loop_t loop;
	uv_timer_t alarm;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_idle_t idle;
	uv_async_t async;
	int64_t now_ms;
	uint64_t seen_ms;   // libuv's clock when now_ms was read
	uv_thread_t thread; // that made it, and may call it
	struct gw_resolver resolver;
	struct gw_interfaces interfaces;

	uint8_t random[RANDOM_BYTES];
	size_t n_random; // bytes of it not yet used

	uv_mutex_t lock; // guards what follows; all else is the loop thread's
	struct posted *posted;
	struct posted **last_posted;
};

struct gw_watch {
	uv_poll_t poll;
	int events;
	gw_ready_fn *ready;
	void *arg;
};

static struct uv_state *state_of(struct gw_loop *loop)
{
	return (struct uv_state *)(void *)loop;
}

/* For all calls but post(): they are the loop thread's. */
static struct uv_state *own_state_of(struct gw_loop *loop)
{
	struct uv_state *uv = state_of(loop);
	uv_thread_t self = uv_thread_self();

	assert(uv_thread_equal(&uv->thread, &self));
	return uv;
}

static int64_t clock_ms(clockid_t clock)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t now_ms(struct gw_loop *loop)
{
	struct uv_state *uv = state_of(loop);
	uint64_t seen_ms = uv_now(&uv->loop);

	if (seen_ms != uv->seen_ms) {
		uv->seen_ms = seen_ms;
		uv->now_ms = clock_ms(CLOCK_BOOTTIME);
	}
	return uv->now_ms;
}

static int64_t wall_ms(struct gw_loop *loop)
{
	return clock_ms(CLOCK_REALTIME);
}

static void random_fill(void *at, size_t len)
{
	uint8_t *next = at;

	while (len > 0) {
		ssize_t n = getrandom(next, len, 0);

		/* Without random numbers ids become guessable: rather die. */
		if (n < 0 && errno != EINTR) {
			abort();
		}
		if (n > 0) {
			next += n;
			len -= (size_t)n;
		}
	}
}

static void random_take(struct gw_loop *loop, void *at, size_t len)
{
	struct uv_state *uv = own_state_of(loop);

	if (len > RANDOM_BYTES) {
		random_fill(at, len);
		return;
	}
	if (len > uv->n_random) {
		random_fill(uv->random, RANDOM_BYTES);
		uv->n_random = RANDOM_BYTES;
	}
	uv->n_random -= len;
	memcpy(at, uv->random + uv->n_random, len);
	memset(uv->random + uv->n_random, 0, len);
}

static void alarm_rings(uv_timer_t *timer);

static void alarm_set(struct gw_loop *loop, int64_t at_ms)
{
	struct uv_state *uv = own_state_of(loop);
	int64_t left_ms = 0;

	if (at_ms == INT64_MAX) {
		(void)uv_timer_stop(&uv->alarm);
		return;
	}
	if (at_ms > now_ms(loop)) {
		left_ms = at_ms - now_ms(loop);
	}
	if (left_ms > SLEEP_MAX_MS) {
		left_ms = SLEEP_MAX_MS;
	}
	(void)uv_timer_start(&uv->alarm, alarm_rings, (uint64_t)left_ms, 0);
}

static void alarm_rings(uv_timer_t *timer)
{
	struct uv_state *uv = timer->data;
	int64_t next_ms = INT64_MAX;

	if (gw_timers_run(&uv->base, &next_ms)) {
		alarm_set(&uv->base, next_ms);
	}
}

static void tasks_run(struct uv_state *uv)
{
	if (uv_is_active((uv_handle_t *)&uv->idle)) {
		gw_tasks_run(&uv->base);
		(void)uv_idle_stop(&uv->idle);
	}
}

static void prepare(uv_prepare_t *handle)
{
	tasks_run(handle->data);
}

static void check(uv_check_t *handle)
{
	tasks_run(handle->data);
}

static void idle(uv_idle_t *handle)
{
	/* Being active is all it does. */
}

static void kick(struct gw_loop *loop)
{
	(void)uv_idle_start(&own_state_of(loop)->idle, idle);
}

static int uv_events(int events)
{
	return ((events & GW_READABLE) ? UV_READABLE : 0) |
	       ((events & GW_WRITABLE) ? UV_WRITABLE : 0);
}

static void ready(uv_poll_t *poll, int status, int found)
{
	struct gw_watch *w = poll->data;
	int events = 0;

	if (status < 0) {
		/* libuv has stopped watching.  The caller learns what is wrong
		 * when it reads or writes, and may unwatch from inside. */
		events = w->events;
		(void)uv_poll_start(poll, uv_events(events), ready);
	}
	if (found & UV_READABLE) {
		events |= GW_READABLE;
	}
	if (found & UV_WRITABLE) {
		events |= GW_WRITABLE;
	}
	w->ready(w->arg, events);
}

static void rewatch(struct gw_watch *w, int events)
{
	if (events == w->events) {
		return;
	}
	w->events = events;
	if (events == 0) {
		(void)uv_poll_stop(&w->poll);
		return;
	}
	(void)uv_poll_start(&w->poll, uv_events(events), ready);
}

static struct gw_watch *watch(struct gw_loop *loop, int fd, int events,
			      gw_ready_fn *fn, void *arg)
{
	struct gw_watch *w = calloc(1, sizeof(*w));

	if (!w) {
		return NULL;
	}
	if (uv_poll_init(&own_state_of(loop)->loop, &w->poll, fd) < 0) {
		free(w);
		return NULL;
	}
	w->poll.data = w;
	w->ready = fn;
	w->arg = arg;
	rewatch(w, events);
	return w;
}

static void watch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void unwatch(struct gw_watch *w)
{
	/* The caller closes fd next: libuv lets go of it right here. */
	(void)uv_poll_stop(&w->poll);
	uv_close((uv_handle_t *)&w->poll, watch_closed);
}

static int post(struct gw_loop *loop, gw_post_fn *fn, void *arg)
{
	struct uv_state *uv = state_of(loop);
	struct posted *p = calloc(1, sizeof(*p));
	bool was_empty = false;

	if (!p) {
		return -ENOMEM;
	}
	p->fn = fn;
	p->arg = arg;
	uv_mutex_lock(&uv->lock);
	was_empty = !uv->posted;
	*uv->last_posted = p;
	uv->last_posted = &p->next;
	uv_mutex_unlock(&uv->lock);
	if (was_empty) {
		(void)uv_async_send(&uv->async);
	}
	return 0;
}

static struct posted *posted_take(struct uv_state *uv)
{
	struct posted *all = NULL;

	uv_mutex_lock(&uv->lock);
	all = gw_take(&uv->posted);
	uv->last_posted = &uv->posted;
	uv_mutex_unlock(&uv->lock);
	return all;
}

static void posted_run(uv_async_t *async)
{
	struct posted *p = posted_take(async->data);

	while (p) {
		struct posted *next = p->next;

		p->fn(p->arg);
		free(p);
		p = next;
	}
}

static void posted_drop(struct uv_state *uv)
{
	struct posted *p = posted_take(uv);

	while (p) {
		struct posted *next = p->next;

		free(p);
		p = next;
	}
}

static int resolve(struct gw_loop *loop, const char *name,
		   gw_resolved_fn *found, void *arg)
{
	return gw_resolver_start(&own_state_of(loop)->resolver, name, found,
				 arg);
}

static bool is_here(struct gw_loop *loop, const struct gw_net_address *address)
{
	return gw_interfaces_have(&own_state_of(loop)->interfaces, address,
				  now_ms(loop));
}

static void *native(struct gw_loop *loop)
{
	return &state_of(loop)->loop;
}

static const struct gw_loop_ops ops = {
	.now_ms = now_ms,
	.wall_ms = wall_ms,
	.random = random_take,
	.alarm = alarm_set,
	.kick = kick,
	.watch = watch,
	.rewatch = rewatch,
	.unwatch = unwatch,
	.listen = gw_listen_begin,
	.unlisten = gw_listen_end,
	.post = post,
	.resolve = resolve,
	.is_here = is_here,
	.native = native,
};

static int handles_init(struct uv_state *uv)
{
	int error = uv_async_init(&uv->loop, &uv->async, posted_run);

	if (error < 0) {
		return error;
	}
	/* None of these can fail. */
	(void)uv_timer_init(&uv->loop, &uv->alarm);
	(void)uv_prepare_init(&uv->loop, &uv->prepare);
	(void)uv_check_init(&uv->loop, &uv->check);
	(void)uv_idle_init(&uv->loop, &uv->idle);
	uv->async.data = uv;
	uv->alarm.data = uv;
	uv->prepare.data = uv;
	uv->check.data = uv;
	(void)uv_prepare_start(&uv->prepare, prepare);
	(void)uv_check_start(&uv->check, check);
	return 0;
}

static void handle_close(uv_handle_t *handle, void *arg)
{
	if (!uv_is_closing(handle)) {
		uv_close(handle, NULL);
	}
}

/* Libraries that hang their own handles into the loop close them over several
 * turns.  What is still open after that was forgotten by its owner. */
static void handles_deinit(struct uv_state *uv)
{
	handle_close((uv_handle_t *)&uv->alarm, NULL);
	handle_close((uv_handle_t *)&uv->prepare, NULL);
	handle_close((uv_handle_t *)&uv->check, NULL);
	handle_close((uv_handle_t *)&uv->idle, NULL);
	handle_close((uv_handle_t *)&uv->async, NULL);
	for (int i = 0; i < LAST_TURNS; i++) {
		if (!uv_run(&uv->loop, UV_RUN_NOWAIT)) {
			break;
		}
	}
	uv_walk(&uv->loop, handle_close, NULL);
	(void)uv_run(&uv->loop, UV_RUN_DEFAULT);
}

struct gw_loop *gw_uv_loop_new(void)
{
	struct uv_state *uv = calloc(1, sizeof(*uv));

	if (!uv) {
		return NULL;
	}
	uv->last_posted = &uv->posted;
	if (uv_mutex_init(&uv->lock) < 0) {
		free(uv);
		return NULL;
	}
	uv->thread = uv_thread_self();
	if (uv_loop_init(&uv->loop) < 0) {
		uv_mutex_destroy(&uv->lock);
		free(uv);
		return NULL;
	}
	if (handles_init(uv) < 0) {
		(void)uv_loop_close(&uv->loop);
		uv_mutex_destroy(&uv->lock);
		free(uv);
		return NULL;
	}
	gw_loop_init(&uv->base, &ops);
	gw_resolver_init(&uv->resolver, &uv->base);
	return &uv->base;
}

struct gw_loop *gw_uv_loop_free(struct gw_loop *loop)
{
	struct uv_state *uv = state_of(loop);

	if (!loop) {
		return NULL;
	}
	gw_resolver_deinit(&uv->resolver);
	gw_interfaces_deinit(&uv->interfaces);
	handles_deinit(uv);
	posted_drop(uv);
	gw_loop_deinit(loop);
	int error = uv_loop_close(&uv->loop);
	assert(error == 0);
	(void)error;
	uv_mutex_destroy(&uv->lock);
	free(uv);
	return NULL;
}

void gw_uv_loop_run(struct gw_loop *loop)
{
	(void)uv_run(&state_of(loop)->loop, UV_RUN_DEFAULT);
}

void gw_uv_loop_stop(struct gw_loop *loop)
{
	uv_stop(&state_of(loop)->loop);
}
