#pragma once

/*
 * Loop - what core and bindings may ask of the world.
 *
 * Clock, random numbers, timers, readiness, names: core reaches them only
 * through this contract, so that a seeded simulation can take the loop's place.
 * gateway/loop.c implements it on libuv.  All callbacks run on the loop thread;
 * gw_loop_post() is the only function that another thread may call.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"
#include "core/lib/timer.h"

struct gw_listen;
struct gw_loop;
struct gw_net_address;
struct gw_watch;
struct sockaddr_storage;

enum {
	GW_READABLE = 1,
	GW_WRITABLE = 2
};

typedef void gw_ready_fn(void *arg, int events);
typedef void gw_post_fn(void *arg);

/* An answer to gw_loop_resolve(): n addresses without ports, or n == 0 and a
 * negative errno in error.  Borrowed for the call. */
typedef void gw_resolved_fn(void *arg, const struct sockaddr_storage *found,
			    size_t n_found, int error);

/* Something to do on the loop thread before it next sleeps.  Embedded where it
 * belongs; zeroed means not queued. */
struct gw_task;
typedef void gw_task_fn(struct gw_task *t);
struct gw_task {
	gw_task_fn *run;
	struct gw_task *next;
	struct gw_task **link; // who points at us; NULL when not queued
};

struct gw_loop_ops {
	/* The monotonic clock, counting through suspend; cheap, read once per
	 * turn of the loop. */
	int64_t (*now_ms)(struct gw_loop *loop);

	/* Milliseconds since 1970, for what peers read. */
	int64_t (*wall_ms)(struct gw_loop *loop);

	void (*random)(struct gw_loop *loop, void *at, size_t len);

	/* Call gw_timers_run() at at_ms or soon after.  A new alarm replaces
	 * the old one; INT64_MAX is none. */
	void (*alarm)(struct gw_loop *loop, int64_t at_ms);

	/* Call gw_tasks_run() before sleeping.  Called when a task is queued
	 * on an empty queue. */
	void (*kick)(struct gw_loop *loop);

	/* Call ready whenever fd is in one of the states of events.  The
	 * caller keeps fd and closes it after unwatch().  NULL when short of
	 * memory. */
	struct gw_watch *(*watch)(struct gw_loop *loop, int fd, int events,
				  gw_ready_fn *ready, void *arg);
	void (*rewatch)(struct gw_watch *w, int events);
	void (*unwatch)(struct gw_watch *w);

	/* See lib/listen.h. */
	int (*listen)(struct gw_loop *loop, struct gw_listen *l,
		      const char *address, uint16_t port);
	void (*unlisten)(struct gw_listen *l);

	/* Run fn(arg) on the loop thread, soon.  Safe from any thread.  On
	 * failure fn will not run and arg stays with the caller. */
	int (*post)(struct gw_loop *loop, gw_post_fn *fn, void *arg);

	/* Look a name up without blocking the loop; a numeric address is
	 * answered too.  found() comes later, never from inside.  Returns 0
	 * or a negative errno, and then found() will not come. */
	int (*resolve)(struct gw_loop *loop, const char *name,
		       gw_resolved_fn *found, void *arg);

	/* Whether an interface of this machine has an address; true as well
	 * when that cannot be found out. */
	bool (*is_here)(struct gw_loop *loop,
			const struct gw_net_address *address);

	/* The library's own loop (uv_loop_t *), for libraries that hang
	 * themselves into it.  NULL in a simulation. */
	void *(*native)(struct gw_loop *loop);
};

/* Implementations embed this as their first member. */
struct gw_loop {
	const struct gw_loop_ops *ops;
	struct gw_timers timers;
	struct gw_task *tasks; // queued, oldest first
	struct gw_task **last_task;
};

/* For implementations: prepare and undo the shared part. */
void gw_loop_init(struct gw_loop *loop, const struct gw_loop_ops *ops);
void gw_loop_deinit(struct gw_loop *loop);

/* Queue a task; queueing it twice is once.  Tasks run in order, and those that
 * a task queues run in the same sweep. */
void gw_loop_defer(struct gw_loop *loop, struct gw_task *t);

/* Take a task out of the queue.  One that is not queued is fine. */
void gw_loop_undefer(struct gw_loop *loop, struct gw_task *t);

/* For implementations: run all queued tasks. */
void gw_tasks_run(struct gw_loop *loop);

static inline int64_t gw_loop_now_ms(struct gw_loop *loop)
{
	return loop->ops->now_ms(loop);
}

static inline int64_t gw_loop_wall_ms(struct gw_loop *loop)
{
	return loop->ops->wall_ms(loop);
}

static inline uint64_t gw_loop_random(struct gw_loop *loop)
{
	uint64_t n = 0;

	loop->ops->random(loop, &n, sizeof(n));
	return n;
}

static inline struct gw_watch *gw_loop_watch(struct gw_loop *loop, int fd,
					     int events, gw_ready_fn *ready,
					     void *arg)
{
	return loop->ops->watch(loop, fd, events, ready, arg);
}

static inline void gw_loop_rewatch(struct gw_loop *loop, struct gw_watch *w,
				   int events)
{
	loop->ops->rewatch(w, events);
}

/* NULL is fine.  Returns NULL. */
static inline struct gw_watch *gw_loop_unwatch(struct gw_loop *loop,
					       struct gw_watch *w)
{
	if (w) {
		loop->ops->unwatch(w);
	}
	return NULL;
}

static inline int GW_MUST_CHECK gw_loop_post(struct gw_loop *loop,
					     gw_post_fn *fn, void *arg)
{
	return loop->ops->post(loop, fn, arg);
}

static inline int GW_MUST_CHECK gw_loop_resolve(struct gw_loop *loop,
						const char *name,
						gw_resolved_fn *found,
						void *arg)
{
	return loop->ops->resolve(loop, name, found, arg);
}

static inline bool gw_loop_is_here(struct gw_loop *loop,
				   const struct gw_net_address *address)
{
	return loop->ops->is_here(loop, address);
}

static inline void *gw_loop_native(struct gw_loop *loop)
{
	return loop->ops->native(loop);
}
