#pragma once

/*
 * Turns - what waits for one way out, and whose turn it is.
 *
 *	turns                  the window of a link, say
 *	  outermost account    each has one turn after the other
 *	    account in it      and within that one, too
 *	      what waits       in its own order
 *
 * So who has put much in waits for himself, and who has put in one waits for
 * one of each other at most.  A network in `trust` and a broker stand for many:
 * each account in such a one has turns like an outermost one, as it may hold as
 * much (core/account.h).
 *
 * What waits is counted in bytes.  When there is no room for more, what came
 * last of the account that has most is given up for one that has less: that is
 * the caller's to do.
 *
 * Pure.  Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/lib/cleanup.h"
#include "core/lib/table.h"

struct gw_account;
struct gw_lane;

/* Embedded in what waits.  Zeroed waits nowhere. */
struct gw_turn {
	const struct gw_account *account; // NULL: the gateway's own
	struct gw_lane *lane;             // NULL: it is the only one
	TAILQ_ENTRY(gw_turn) place;       // in its lane
	size_t n_bytes;
	uint64_t number; // in the order in which they came; 0: it never waited
	bool is_waiting;
};

TAILQ_HEAD(gw_lanes, gw_lane);

struct gw_turns {
	struct gw_turn *only; // waits alone, and needs no lane
	struct gw_lanes ring; // of outermost ones, whose turn is next first
	struct gw_lane *most; // of these has most, as far as was looked
	struct gw_table lanes;
	struct gw_lane *spare; // one that was used
	size_t n_bytes;        // of all that wait
	uint64_t n_came;       // so far
	size_t n_waiting;
};

void gw_turns_init(struct gw_turns *t);

/* Nothing waits any more. */
void gw_turns_deinit(struct gw_turns *t);

/* Wait behind all of this account, which outlives that; what has waited here
 * before, before all of it that came later.  Returns 0, or -ENOMEM and it does
 * not wait. */
int gw_turns_wait(struct gw_turns *t, struct gw_turn *turn,
		  const struct gw_account *account,
		  size_t n_bytes) GW_MUST_CHECK;

/* Whose turn it is, or NULL.  It stays the same until something waits more or
 * less. */
struct gw_turn *gw_turns_first(const struct gw_turns *t);

/* That one has its turn: it waits no more, and others are next. */
void gw_turns_take(struct gw_turns *t, struct gw_turn *first);

/* It waits no more, without a turn.  One that waits nowhere is fine. */
void gw_turns_remove(struct gw_turns *t, struct gw_turn *turn);

/* What came last of an account that has most, to be given up for so many bytes
 * of this one; NULL when that would have more than the other then. */
struct gw_turn *gw_turns_greediest(const struct gw_turns *t,
				   const struct gw_account *account,
				   size_t n_bytes);
