#pragma once

/*
 * Timer - run something at a time.
 *
 * Timers are embedded where they belong and kept in one heap per loop, so a
 * hundred thousand deadlines cost one alarm of the loop.  Everything here is
 * for the loop thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gw_loop;

struct gw_timer;
typedef void gw_timer_fn(struct gw_timer *t);

/* Zeroed means not set. */
struct gw_timer {
	int64_t at_ms; // on the loop's monotonic clock
	gw_timer_fn *fire;
	struct gw_timer *later; // first of those below it in the heap
	struct gw_timer *next;  // below the same
	struct gw_timer **link; // who points at us; NULL when not set
};

struct gw_timers {
	struct gw_timer *first; // the one that is due first, or NULL
};

/* Run t->fire(t) once, at at_ms or soon after.  A timer that is already set is
 * moved; one that fires may be set again from inside.  It takes no memory, and
 * cannot fail. */
void gw_timer_set(struct gw_loop *loop, struct gw_timer *t, int64_t at_ms);

/* Not run it after all.  A timer that is not set is fine. */
void gw_timer_clear(struct gw_loop *loop, struct gw_timer *t);

static inline bool gw_timer_is_set(const struct gw_timer *t)
{
	return t->link != NULL;
}

/* For loops: fire what is due at now_ms, and say when to come back.  Returns
 * false when no timer is left. */
bool gw_timers_run(struct gw_loop *loop, int64_t *next_msp);
