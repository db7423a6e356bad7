#pragma once

/*
 * Account - what one peer makes the gateway hold, so that nobody can take what
 * belongs to all.
 *
 *	pot                            a bound of the configuration
 *	  outermost account            an address (IPv6: a /64), a broker, a CSE
 *	    account in it              a connection, an originator
 *
 * While less than half of a pot is used anybody may take from it.  Beyond that
 * an account may hold what is free divided by the number of accounts that hold
 * something, plus one, and never more than its share (limits.share); an account
 * in another one has the same of what that one may hold.  Who is trusted is
 * bounded by the pot alone, and so is the gateway itself.  When the pot is full
 * the youngest of an account that holds most is given up for one that holds
 * little.
 *
 * What is in a pot is counted: places, or bytes.  One peer has an account in
 * each pot, and those are alike.
 *
 * An account lives as long as anybody uses it or it holds anything.  One that
 * comes to its bound is told of once, until it holds nothing again.  Loop
 * thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "core/lib/cleanup.h"
#include "core/lib/hash.h"
#include "core/lib/str.h"
#include "core/lib/table.h"
#include "core/status.h"

struct gw_account;

TAILQ_HEAD(gw_accounts_of_rank, gw_account);

/* Rank n has those that hold 2^n or more, and less than twice that. */
#define GW_ACCOUNT_RANKS 64

/* A pot, and the accounts that take from it.  What is here is the caller's to
 * set, before anything is taken, and may change later. */
struct gw_accounts {
	struct gw_hash_key key;
	const char *what; // is in the pot: "open requests (limits.exchanges)"
	size_t size;      // of the pot
	size_t share;     // one in so many is the most that one account holds
	size_t each;      // no outermost one holds more, even if trusted; 0:
			  // nothing is said

	size_t used;
	size_t n_holders; // outermost accounts that hold something
	struct gw_table table;
	struct gw_accounts_of_rank ranks[GW_ACCOUNT_RANKS];
};

/* What is taken from the pot at one place; to be embedded, zeroed. */
struct gw_charge {
	struct gw_account *account; // NULL: the gateway's own, or none is taken
	TAILQ_ENTRY(gw_charge) by_age;
	size_t n; // 0: nothing is taken
};

static inline bool gw_charge_is_taken(const struct gw_charge *charge)
{
	return charge->n > 0;
}

void gw_accounts_init(struct gw_accounts *all);

/* Whoever has an account is gone by then, and nothing is taken. */
void gw_accounts_deinit(struct gw_accounts *all);

/* The outermost account of a numeric address, or of anybody with this name, or
 * the account of that name in an outermost one, for as long as the caller does
 * not leave it.  NULL when memory is short: that counts as the gateway itself.
 */
struct gw_account *gw_account_at(struct gw_accounts *all, struct gw_str address,
				 bool is_trusted) GW_MUST_CHECK;
struct gw_account *gw_account_of(struct gw_accounts *all, struct gw_str name,
				 bool is_trusted) GW_MUST_CHECK;
struct gw_account *gw_account_in(struct gw_account *outer,
				 struct gw_str name) GW_MUST_CHECK;

/* A nameless one in an outermost one: a connection. */
struct gw_account *gw_account_new(struct gw_account *outer) GW_MUST_CHECK;

/* Whether it may have all, or is in one that may; NULL is the gateway, and may.
 */
bool gw_account_is_trusted(const struct gw_account *a);

/* Who has turns of his own where many wait (core/turns.h): the outermost one,
 * but in one that is trusted each by itself. */
const struct gw_account *gw_account_turn(const struct gw_account *a);

/* The account of the same peer in another pot, which lives as long as this one:
 * nobody needs to leave it.  An account has such a one in one other pot at
 * most.  NULL when memory is short. */
struct gw_account *gw_account_like(struct gw_accounts *other,
				   struct gw_account *a) GW_MUST_CHECK;

/* One more uses it.  NULL is fine. */
void gw_account_use(struct gw_account *a);

/* The caller uses it no more.  NULL is fine.  Returns NULL. */
struct gw_account *gw_account_leave(struct gw_account *a);

/* Take one from the pot for this account, NULL for the gateway itself.  Returns
 * GW_STATUS_NONE; or 5103, and why, with nothing taken. */
enum gw_status gw_account_take(struct gw_accounts *all,
			       struct gw_charge *charge, struct gw_account *a,
			       struct gw_reason *why) GW_MUST_CHECK;

/* Let a charge be n, for this account or the one that it is taken for: what is
 * less than before always may be, and with it a charge of nothing.  Else as
 * take(), with what was taken before still taken. */
enum gw_status gw_account_take_all(struct gw_accounts *all,
				   struct gw_charge *charge,
				   struct gw_account *a, size_t n,
				   struct gw_reason *why) GW_MUST_CHECK;

/* The same for what cannot be refused: it may be more than the pot has. */
void gw_account_owe(struct gw_accounts *all, struct gw_charge *charge,
		    struct gw_account *a, size_t n);

/* Give it back, if it was taken. */
void gw_account_give(struct gw_accounts *all, struct gw_charge *charge);

/* Whether n more are free. */
bool gw_account_has_room(const struct gw_accounts *all, size_t n);

static inline bool gw_account_is_full(const struct gw_accounts *all)
{
	return !gw_account_has_room(all, 1);
}

/* Of an outermost account that holds most, and more than that of a would hold
 * with n more, the youngest charge; or the next older one behind `after`.
 * NULL: there is none. */
struct gw_charge *gw_account_greediest(const struct gw_accounts *all,
				       const struct gw_account *a, size_t n,
				       const struct gw_charge *after);
