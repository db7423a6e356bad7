/*
 * Turns - what waits for one way out, and whose turn it is.
 */

#include "core/turns.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/account.h"

TAILQ_HEAD(turns_of_lane, gw_turn);

/* What waits of one account; or, of an outermost one, the lanes in it. */
struct gw_lane {
	struct gw_table_entry entry;
	const struct gw_account *account;
	struct gw_lane *outer; // NULL: it is outermost
	TAILQ_ENTRY(gw_lane) by_turn;
	struct gw_lanes ring;       // in an outermost one
	struct gw_lane *most;       // of these has most, as far as was looked
	struct turns_of_lane turns; // in an inner one
	size_t n_bytes;
};

void gw_turns_init(struct gw_turns *t)
{
	*t = (struct gw_turns){ .only = NULL };
	TAILQ_INIT(&t->ring);
}

void gw_turns_deinit(struct gw_turns *t)
{
	assert(t->n_waiting == 0 && t->n_bytes == 0 && !t->only);
	assert(t->lanes.n_entries == 0);
	gw_table_deinit(&t->lanes);
	free(t->spare);
	t->spare = NULL;
}

/* --- Lanes. */

/* Nobody chooses where an account lies: it needs no key. */
static uint64_t hash_of(const struct gw_account *account, bool is_outermost)
{
	uint64_t spread = ((uint64_t)(uintptr_t)account + is_outermost) *
			  0x9e3779b97f4a7c15U;

	return spread ^ spread >> 32;
}

static struct gw_lane *find(const struct gw_turns *t,
			    const struct gw_account *account, bool is_outermost)
{
	struct gw_table_entry *e = gw_table_first(
		&t->lanes, hash_of(account, is_outermost));

	for (; e; e = gw_table_next(e)) {
		struct gw_lane *lane = gw_container(e, struct gw_lane, entry);

		if (lane->account == account && !lane->outer == is_outermost) {
			return lane;
		}
	}
	return NULL;
}

/* Those that a lane is one of. */
static struct gw_lanes *ring_of(struct gw_turns *t, const struct gw_lane *lane)
{
	return lane->outer ? &lane->outer->ring : &t->ring;
}

static struct gw_lane **most_of(struct gw_turns *t, const struct gw_lane *lane)
{
	return lane->outer ? &lane->outer->most : &t->most;
}

static struct gw_lane *lane_new(struct gw_turns *t,
				const struct gw_account *account,
				struct gw_lane *outer)
{
	struct gw_lane *lane = t->spare ? t->spare : malloc(sizeof(*lane));

	if (!lane) {
		return NULL;
	}
	t->spare = NULL;
	*lane = (struct gw_lane){ .account = account, .outer = outer };
	TAILQ_INIT(&lane->ring);
	TAILQ_INIT(&lane->turns);
	TAILQ_INSERT_TAIL(ring_of(t, lane), lane, by_turn);
	gw_table_add(&t->lanes, &lane->entry, hash_of(account, !outer));
	return lane;
}

/* Nothing is in it any more. */
static void lane_free(struct gw_turns *t, struct gw_lane *lane)
{
	struct gw_lane **mostp = most_of(t, lane);

	assert(lane->n_bytes == 0);
	TAILQ_REMOVE(ring_of(t, lane), lane, by_turn);
	gw_table_remove(&t->lanes, &lane->entry);
	if (*mostp == lane) {
		*mostp = TAILQ_FIRST(ring_of(t, lane));
	}
	if (t->spare) {
		free(lane);
	} else {
		t->spare = lane;
	}
}

static struct gw_lane *outer_of(struct gw_turns *t,
				const struct gw_account *account)
{
	const struct gw_account *who = gw_account_turn(account);
	struct gw_lane *outer = find(t, who, true);

	return outer ? outer : lane_new(t, who, NULL);
}

/* The lane of what waits of an account.  NULL when memory is short. */
static struct gw_lane *lane_of(struct gw_turns *t,
			       const struct gw_account *account)
{
	struct gw_lane *lane = find(t, account, false);
	struct gw_lane *outer = lane ? lane->outer : outer_of(t, account);

	if (lane || !outer) {
		return lane;
	}
	lane = lane_new(t, account, outer);
	if (!lane && TAILQ_EMPTY(&outer->ring)) {
		lane_free(t, outer);
	}
	return lane;
}

static void count_more(struct gw_turns *t, struct gw_lane *lane, size_t n_bytes)
{
	struct gw_lane **mostp = most_of(t, lane);

	lane->n_bytes += n_bytes;
	if (!*mostp || (*mostp)->n_bytes < lane->n_bytes) {
		*mostp = lane;
	}
}

/* --- In and out. */

/* In the order in which they came, which is mostly at the end. */
static void put_in_order(struct turns_of_lane *turns, struct gw_turn *turn)
{
	struct gw_turn *last = TAILQ_LAST(turns, turns_of_lane);
	struct gw_turn *later = NULL;

	if (!last || last->number < turn->number) {
		TAILQ_INSERT_TAIL(turns, turn, place);
		return;
	}
	TAILQ_FOREACH(later, turns, place)
	{
		if (later->number > turn->number) {
			TAILQ_INSERT_BEFORE(later, turn, place);
			return;
		}
	}
}

/* False when memory is short. */
static bool file(struct gw_turns *t, struct gw_turn *turn)
{
	struct gw_lane *lane = lane_of(t, turn->account);

	if (!lane) {
		return false;
	}
	turn->lane = lane;
	put_in_order(&lane->turns, turn);
	count_more(t, lane, turn->n_bytes);
	count_more(t, lane->outer, turn->n_bytes);
	return true;
}

/* It is not the only one any more. */
static bool file_only(struct gw_turns *t)
{
	if (t->only && !file(t, t->only)) {
		return false;
	}
	t->only = NULL;
	return true;
}

int gw_turns_wait(struct gw_turns *t, struct gw_turn *turn,
		  const struct gw_account *account, size_t n_bytes)
{
	assert(!turn->is_waiting && !turn->lane);
	turn->account = account;
	turn->n_bytes = n_bytes;
	turn->number = turn->number > 0 ? turn->number : ++t->n_came;
	turn->is_waiting = true;
	if (t->n_waiting == 0) {
		t->only = turn;
	} else if (!file_only(t) || !file(t, turn)) {
		turn->is_waiting = false;
		return -ENOMEM;
	}
	t->n_waiting++;
	t->n_bytes += n_bytes;
	return 0;
}

struct gw_turn *gw_turns_first(const struct gw_turns *t)
{
	const struct gw_lane *outer = TAILQ_FIRST(&t->ring);

	return outer ? TAILQ_FIRST(&TAILQ_FIRST(&outer->ring)->turns) : t->only;
}

static void leave_lane(struct gw_turns *t, struct gw_turn *turn)
{
	struct gw_lane *lane = turn->lane;
	struct gw_lane *outer = lane->outer;

	assert(lane->n_bytes >= turn->n_bytes);
	TAILQ_REMOVE(&lane->turns, turn, place);
	lane->n_bytes -= turn->n_bytes;
	outer->n_bytes -= turn->n_bytes;
	if (TAILQ_EMPTY(&lane->turns)) {
		lane_free(t, lane);
	}
	if (TAILQ_EMPTY(&outer->ring)) {
		lane_free(t, outer);
	}
}

void gw_turns_remove(struct gw_turns *t, struct gw_turn *turn)
{
	if (!turn->is_waiting) {
		return;
	}
	assert(t->n_waiting > 0 && (turn->lane || t->only == turn));
	if (turn->lane) {
		leave_lane(t, turn);
	} else {
		t->only = NULL;
	}
	t->n_waiting--;
	t->n_bytes -= turn->n_bytes;
	turn->lane = NULL;
	turn->account = NULL;
	turn->is_waiting = false;
}

static void go_to_end(struct gw_turns *t, struct gw_lane *lane)
{
	struct gw_lanes *ring = ring_of(t, lane);

	if (TAILQ_NEXT(lane, by_turn)) {
		TAILQ_REMOVE(ring, lane, by_turn);
		TAILQ_INSERT_TAIL(ring, lane, by_turn);
	}
}

void gw_turns_take(struct gw_turns *t, struct gw_turn *first)
{
	assert(first == gw_turns_first(t));
	if (first->lane) {
		go_to_end(t, first->lane->outer);
		go_to_end(t, first->lane);
	}
	gw_turns_remove(t, first);
}

/* --- Who has most. */

/* Whether somebody who has so much, or nothing, may have so many more at the
 * cost of another. */
static bool is_greedier(const struct gw_lane *than, const struct gw_lane *lane,
			size_t n_bytes)
{
	size_t had = lane ? lane->n_bytes : 0;

	return than != lane && than->n_bytes > had + n_bytes;
}

struct gw_turn *gw_turns_greediest(const struct gw_turns *t,
				   const struct gw_account *account,
				   size_t n_bytes)
{
	const struct gw_lane *inner = find(t, account, false);
	const struct gw_lane *outer = inner ? inner->outer
					    : find(t, gw_account_turn(account),
						   true);
	const struct gw_lane *most = t->most;

	if (t->only) {
		return t->only->account != account && t->only->n_bytes > n_bytes
			       ? t->only
			       : NULL;
	}
	if (!most || (most != outer && !is_greedier(most, outer, n_bytes))) {
		return NULL;
	}
	if (most == outer && !is_greedier(most->most, inner, n_bytes)) {
		return NULL;
	}
	return TAILQ_LAST(&most->most->turns, turns_of_lane);
}
