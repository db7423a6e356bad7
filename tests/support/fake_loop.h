#pragma once

/*
 * Fake loop - the world as a test makes it: the clock stands until the test
 * moves it, random numbers come from a seed, and nothing is connected.
 */

#include "core/lib/loop.h"

#define FAKE_LOOKUPS_MAX 64

/* A name that somebody waits for. */
struct fake_lookup {
	char name[64];
	gw_resolved_fn *found;
	void *arg;
};

struct fake_loop {
	struct gw_loop base;
	int64_t now_ms;
	int64_t wall_ms;
	int64_t alarm_ms; // INT64_MAX: none
	uint64_t seed;
	const char *here; // an address of this machine; NULL: it has none
	bool has_names;   // without it no name can be looked up (-ENOSYS)
	struct fake_lookup lookups[FAKE_LOOKUPS_MAX]; // oldest first
	size_t n_lookups;
	size_t n_looked_up; // so far
};

void fake_loop_init(struct fake_loop *loop);
void fake_loop_deinit(struct fake_loop *loop);

/* Run what is queued. */
void fake_loop_turn(struct fake_loop *loop);

/* Let time pass on both clocks, firing each timer when it is due. */
void fake_loop_pass(struct fake_loop *loop, int64_t ms);

/* Answer the oldest who waits for a name: with an address, or with an error and
 * NULL.  False: nobody does. */
bool fake_loop_find(struct fake_loop *loop, const char *name,
		    const char *address, int error);

/* Set the wall clock forward, or back; no time passes. */
void fake_loop_set_wall(struct fake_loop *loop, int64_t by_ms);
