/*
 * Account - what one peer makes the gateway hold.
 */

#include "core/account.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/lib/log.h"
#include "core/lib/net.h"

#define GW_LOG_TOPIC "account"

TAILQ_HEAD(charges, gw_charge);

struct gw_account {
	struct gw_table_entry entry; // of those that have a name
	struct gw_accounts *all;
	struct gw_account *outer; // NULL: it is outermost
	struct gw_account *like;  // in the other pot; used; NULL: not yet
	size_t n_users;           // who have not left it, with what it holds
	size_t held;
	size_t n_holders; // of the accounts in it
	bool is_trusted;
	bool is_told; // that it came to its bound

	/* Of an outermost one: where it stands, and what it holds by age. */
	TAILQ_ENTRY(gw_account) by_rank;
	struct charges charges;

	size_t name_len;
	char name[]; // terminated; empty: none
};

void gw_accounts_init(struct gw_accounts *all)
{
	for (size_t i = 0; i < GW_ACCOUNT_RANKS; i++) {
		TAILQ_INIT(&all->ranks[i]);
	}
}

void gw_accounts_deinit(struct gw_accounts *all)
{
	assert(all->used == 0 && all->n_holders == 0);
	assert(all->table.n_entries == 0);
	gw_table_deinit(&all->table);
}

/* --- Who has one. */

static struct gw_account *new_account(struct gw_accounts *all,
				      struct gw_account *outer,
				      struct gw_str name)
{
	struct gw_account *a = calloc(1, sizeof(*a) + name.len + 1);

	if (!a) {
		return NULL;
	}
	a->all = all;
	a->n_users = 1;
	a->name_len = name.len;
	if (name.len > 0) {
		memcpy(a->name, name.at, name.len);
	}
	TAILQ_INIT(&a->charges);
	if (outer) {
		assert(!outer->outer);
		a->outer = outer;
		outer->n_users++;
	}
	return a;
}

static struct gw_account *find(struct gw_accounts *all,
			       const struct gw_account *outer, uint64_t hash,
			       struct gw_str name)
{
	struct gw_table_entry *e = gw_table_first(&all->table, hash);

	for (; e; e = gw_table_next(e)) {
		struct gw_account *a = gw_container(e, struct gw_account,
						    entry);

		if (a->outer == outer &&
		    gw_str_eq(name, (struct gw_str){ a->name, a->name_len })) {
			return a;
		}
	}
	return NULL;
}

/* Accounts in different ones that have the same name are told apart by the
 * place of the outer one. */
static struct gw_account *get(struct gw_accounts *all, struct gw_account *outer,
			      struct gw_str name)
{
	uint64_t hash = gw_hash(all->key, name.at, name.len) +
			(uint64_t)(uintptr_t)outer;
	struct gw_account *a = find(all, outer, hash, name);

	if (a) {
		a->n_users++;
		return a;
	}
	a = new_account(all, outer, name);
	if (a) {
		gw_table_add(&all->table, &a->entry, hash);
	}
	return a;
}

struct gw_account *gw_account_of(struct gw_accounts *all, struct gw_str name,
				 bool is_trusted)
{
	struct gw_account *a = get(all, NULL, name);

	if (a) {
		a->is_trusted = is_trusted;
	}
	return a;
}

struct gw_account *gw_account_at(struct gw_accounts *all, struct gw_str address,
				 bool is_trusted)
{
	char home[GW_NET_HOME_BYTES];

	gw_net_print_home(home, address);
	return gw_account_of(all, gw_str_from(home), is_trusted);
}

struct gw_account *gw_account_in(struct gw_account *outer, struct gw_str name)
{
	return outer ? get(outer->all, outer, name) : NULL;
}

struct gw_account *gw_account_new(struct gw_account *outer)
{
	return outer ? new_account(outer->all, outer, GW_STR("")) : NULL;
}

bool gw_account_is_trusted(const struct gw_account *a)
{
	return !a || (a->outer ? a->outer : a)->is_trusted;
}

const struct gw_account *gw_account_turn(const struct gw_account *a)
{
	return a && a->outer && !a->outer->is_trusted ? a->outer : a;
}

/* One in another pot, in the one that is like the outer one. */
static struct gw_account *like_in(struct gw_accounts *other,
				  struct gw_account *a,
				  struct gw_account *outer)
{
	if (!a->like) {
		struct gw_str name = { a->name, a->name_len };

		a->like = name.len > 0 ? get(other, outer, name)
				       : new_account(other, outer, name);
	}
	assert(!a->like || a->like->all == other);
	return a->like;
}

struct gw_account *gw_account_like(struct gw_accounts *other,
				   struct gw_account *a)
{
	struct gw_account *outer = NULL;

	if (!a) {
		return NULL;
	}
	outer = a->outer ? like_in(other, a->outer, NULL)
			 : like_in(other, a, NULL);
	if (outer) {
		outer->is_trusted = (a->outer ? a->outer : a)->is_trusted;
	}
	return a->outer && outer ? like_in(other, a, outer) : outer;
}

void gw_account_use(struct gw_account *a)
{
	if (a) {
		a->n_users++;
	}
}

/* Nobody uses it.  Returns the one that it was in. */
static struct gw_account *end(struct gw_account *a)
{
	struct gw_account *outer = a->outer;

	assert(a->held == 0 && a->n_holders == 0);
	gw_table_remove(&a->all->table, &a->entry);
	free(a);
	return outer;
}

/* One that has none like it. */
static void leave_like(struct gw_account *a)
{
	while (a && --a->n_users == 0) {
		assert(!a->like);
		a = end(a);
	}
}

struct gw_account *gw_account_leave(struct gw_account *a)
{
	while (a && --a->n_users == 0) {
		leave_like(a->like);
		a = end(a);
	}
	return NULL;
}

/* --- What it may hold. */

static size_t less(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t share_of(const struct gw_accounts *all)
{
	size_t share = all->share > 0 ? all->size / all->share : all->size;

	return share > 0 ? share : 1;
}

/* Of what is left of a room, for one of its holders. */
static size_t fair_part(size_t room, size_t used, size_t n_holders,
			const struct gw_account *a)
{
	size_t left = room > used ? room - used : 0;
	size_t n = n_holders + (a->held == 0 ? 1 : 0);

	return left / n + 1;
}

/* The most that it may hold as things are. */
static size_t bound_of(const struct gw_account *a)
{
	const struct gw_accounts *all = a->all;
	const struct gw_account *outer = a->outer;
	size_t share = share_of(all);

	if (!outer && all->each > 0 && a->held >= all->each) {
		return all->each;
	}
	if (all->used < all->size / 2 || a->is_trusted) {
		return all->size;
	}
	if (!outer) {
		return less(share,
			    fair_part(all->size, all->used, all->n_holders, a));
	}
	return less(share, outer->is_trusted ? fair_part(all->size, all->used,
							 outer->n_holders, a)
					     : fair_part(share, outer->held,
							 outer->n_holders, a));
}

/* Who it is, for a person. */
static const char *name_of(const struct gw_account *a)
{
	return a->name_len > 0 ? a->name : "one connection";
}

static enum gw_status judge_one(struct gw_account *a, size_t n,
				struct gw_reason *why)
{
	const struct gw_accounts *all = a->all;
	size_t bound = bound_of(a);

	if (a->held < bound && n <= bound - a->held) {
		return GW_STATUS_NONE;
	}
	if (!a->is_told) {
		a->is_told = true;
		gw_warn("bound",
			"%s%s%s has %zu of %zu %s, and gets no more as long as "
			"others need the rest",
			name_of(a), a->outer ? " of " : "",
			a->outer ? name_of(a->outer) : "", a->held, all->size,
			all->what);
	}
	(void)gw_refuse(why, "%s has its share of %s: %zu",
			a->outer ? "who asks" : "the address or broker",
			all->what, bound);
	return GW_STATUS_TARGET_NOT_REACHABLE;
}

/* Whether it may have n more, and whom it is in. */
static enum gw_status judge(struct gw_account *a, size_t n,
			    struct gw_reason *why)
{
	enum gw_status status = a->outer ? judge_one(a->outer, n, why)
					 : GW_STATUS_NONE;

	return status == GW_STATUS_NONE ? judge_one(a, n, why) : status;
}

/* --- Taking and giving. */

#define NO_RANK GW_ACCOUNT_RANKS

static unsigned rank_of(size_t held)
{
	assert(held > 0);
	return GW_ACCOUNT_RANKS - 1 -
	       (unsigned)__builtin_clzll((unsigned long long)held);
}

/* It holds more or less than it did, as one of so many that hold anything. */
static void set_held(struct gw_account *a, size_t held, size_t *n_holders)
{
	*n_holders += a->held == 0;
	*n_holders -= held == 0;
	a->held = held;
	a->is_told = a->is_told && held > 0;
}

static void change_outermost(struct gw_account *a, size_t held)
{
	struct gw_accounts *all = a->all;
	unsigned before = a->held > 0 ? rank_of(a->held) : NO_RANK;
	unsigned after = held > 0 ? rank_of(held) : NO_RANK;

	if (before != after && before != NO_RANK) {
		TAILQ_REMOVE(&all->ranks[before], a, by_rank);
	}
	if (before != after && after != NO_RANK) {
		TAILQ_INSERT_TAIL(&all->ranks[after], a, by_rank);
	}
	set_held(a, held, &all->n_holders);
}

static void change(struct gw_account *a, size_t held)
{
	struct gw_account *outer = a->outer;

	if (outer) {
		change_outermost(outer, outer->held + held - a->held);
		set_held(a, held, &outer->n_holders);
	} else {
		change_outermost(a, held);
	}
}

static struct gw_account *outermost(struct gw_account *a)
{
	return a->outer ? a->outer : a;
}

/* Let it be n, whatever the bounds say. */
static void set(struct gw_accounts *all, struct gw_charge *charge,
		struct gw_account *a, size_t n)
{
	bool is_new = charge->n == 0;

	assert(is_new || charge->account == a);
	assert(n > 0);
	all->used = all->used - charge->n + n;
	if (a) {
		a->n_users += is_new;
		change(a, a->held - charge->n + n);
	}
	if (a && is_new) {
		TAILQ_INSERT_TAIL(&outermost(a)->charges, charge, by_age);
	}
	charge->account = a;
	charge->n = n;
}

/* Whether anybody may take what is free. */
static bool is_for_anybody(const struct gw_accounts *all)
{
	return all->used < all->size / 2 && all->each == 0;
}

static enum gw_status may_have(const struct gw_accounts *all,
			       struct gw_account *a, size_t n,
			       struct gw_reason *why)
{
	if (!gw_account_has_room(all, n)) {
		(void)gw_refuse(why, "there are too many %s", all->what);
		return GW_STATUS_TARGET_NOT_REACHABLE;
	}
	return a && !is_for_anybody(all) ? judge(a, n, why) : GW_STATUS_NONE;
}

enum gw_status gw_account_take_all(struct gw_accounts *all,
				   struct gw_charge *charge,
				   struct gw_account *a, size_t n,
				   struct gw_reason *why)
{
	struct gw_account *whose = charge->n > 0 ? charge->account : a;
	enum gw_status status = GW_STATUS_NONE;

	if (n > charge->n) {
		status = may_have(all, whose, n - charge->n, why);
	}
	if (status == GW_STATUS_NONE) {
		gw_account_owe(all, charge, whose, n);
	}
	return status;
}

enum gw_status gw_account_take(struct gw_accounts *all,
			       struct gw_charge *charge, struct gw_account *a,
			       struct gw_reason *why)
{
	enum gw_status status = may_have(all, a, 1, why);

	assert(charge->n == 0);
	if (status == GW_STATUS_NONE) {
		set(all, charge, a, 1);
	}
	return status;
}

void gw_account_owe(struct gw_accounts *all, struct gw_charge *charge,
		    struct gw_account *a, size_t n)
{
	if (n == 0) {
		gw_account_give(all, charge);
	} else if (n != charge->n) {
		set(all, charge, charge->n > 0 ? charge->account : a, n);
	}
}

void gw_account_give(struct gw_accounts *all, struct gw_charge *charge)
{
	struct gw_account *a = charge->account;

	if (charge->n == 0) {
		return;
	}
	assert(all->used >= charge->n);
	all->used -= charge->n;
	if (a) {
		TAILQ_REMOVE(&outermost(a)->charges, charge, by_age);
		change(a, a->held - charge->n);
		(void)gw_account_leave(a);
	}
	charge->account = NULL;
	charge->n = 0;
}

bool gw_account_has_room(const struct gw_accounts *all, size_t n)
{
	return all->used <= all->size && n <= all->size - all->used;
}

static struct gw_account *holds_most(const struct gw_accounts *all)
{
	for (size_t i = GW_ACCOUNT_RANKS; i > 0; i--) {
		struct gw_account *a = TAILQ_FIRST(&all->ranks[i - 1]);

		if (a) {
			return a;
		}
	}
	return NULL;
}

struct gw_charge *gw_account_greediest(const struct gw_accounts *all,
				       const struct gw_account *a, size_t n,
				       const struct gw_charge *after)
{
	const struct gw_account *most = NULL;
	size_t held = a ? (a->outer ? a->outer : a)->held : 0;

	if (after) {
		return TAILQ_PREV(after, charges, by_age);
	}
	most = holds_most(all);
	return most && most->held > held + n
		       ? TAILQ_LAST(&most->charges, charges)
		       : NULL;
}
