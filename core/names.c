/*
 * Names - what is behind the names of hosts.
 */

#include "core/names.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/lib/net.h"
#include "core/lib/url.h"
#include "core/relay_state.h"

#define FOUND_MS ((int64_t)60 * 1000)
#define NOT_FOUND_MS ((int64_t)5 * 1000)

/* Look-ups made for points of access that run at one time. */
#define SLOTS 32

/* Names that are remembered. */
#define REMEMBERED_MAX 1024

/* Look-ups of one account that are looked at for one to be given up. */
#define VICTIMS_MAX 16

enum name_state {
	WAITING,
	RUNNING,
	REMEMBERED,
};

TAILQ_HEAD(waits, gw_name_wait);
TAILQ_HEAD(name_list, gw_name);

struct gw_name {
	struct gw_table_entry entry;
	struct gw_names *all; // NULL: nobody listens any more
	enum name_state state;
	TAILQ_ENTRY(gw_name) by_age; // of those in its state, but for RUNNING
	struct waits waits;
	struct gw_charge place; // among the look-ups that wait or run
	struct gw_charge slot;

	/* REMEMBERED: addresses, or the error; and how many are still to be
	 * told of them. */
	struct sockaddr_storage *at; // owned
	size_t n;
	int error;
	int64_t ended_ms;
	int64_t until_ms;
	size_t n_untold;

	size_t len;
	char text[]; // terminated
};

struct gw_names {
	struct gw_relay *relay;
	struct gw_table table;
	struct name_list waiting; // oldest first
	struct name_list remembered;
	size_t n_remembered;
	struct gw_accounts places;
	struct gw_accounts slots;
	struct waits known; // who is to be told, from the task
	struct gw_task task;
};

/* --- Who waits. */

static const char *reason(int error)
{
	switch (error) {
	case 0:
		return NULL;
	case -ENOENT:
		return "the name of the host is not known to the name server";
	case -EAGAIN:
		return "the name of the host cannot be looked up: the name "
		       "server does not answer, or fails";
	case -EBUSY:
		return "the name of the host is not looked up: it was given up "
		       "for somebody who has fewer (limits.lookups)";
	case -ENOMEM:
		return "the name of the host cannot be looked up: memory is "
		       "short";
	default:
		return "the name of the host cannot be looked up";
	}
}

static void attach(struct gw_name_wait *w, struct gw_name *n,
		   struct gw_account *account)
{
	w->name = n;
	w->account = account;
	w->is_known = false;
	TAILQ_INSERT_TAIL(&n->waits, w, by_age);
}

/* It is told of what is known, soon. */
static void make_known(struct gw_name_wait *w)
{
	struct gw_name *n = w->name;

	assert(n->state == REMEMBERED && !w->is_known);
	TAILQ_REMOVE(&n->waits, w, by_age);
	TAILQ_INSERT_TAIL(&n->all->known, w, by_age);
	w->is_known = true;
	n->n_untold++;
	gw_loop_defer(n->all->relay->loop, &n->all->task);
}

static void detach(struct gw_name_wait *w)
{
	struct gw_name *n = w->name;

	if (w->is_known) {
		TAILQ_REMOVE(&n->all->known, w, by_age);
		n->n_untold--;
	} else {
		TAILQ_REMOVE(&n->waits, w, by_age);
	}
	w->account = gw_account_leave(w->account);
	w->name = NULL;
}

/* --- Names. */

/* It is another's turn, or its own in another state. */
static void leave_list(struct gw_name *n)
{
	struct gw_names *all = n->all;

	if (n->state == WAITING) {
		TAILQ_REMOVE(&all->waiting, n, by_age);
	} else if (n->state == REMEMBERED) {
		TAILQ_REMOVE(&all->remembered, n, by_age);
		all->n_remembered--;
	}
}

static void free_name(struct gw_name *n)
{
	assert(TAILQ_EMPTY(&n->waits) && n->n_untold == 0);
	assert(!gw_charge_is_taken(&n->place) && !gw_charge_is_taken(&n->slot));
	if (n->all) {
		leave_list(n);
		gw_table_remove(&n->all->table, &n->entry);
	}
	free(n->at);
	free(n);
}

/* Names are the same in any case (RFC 4343). */
static void write_lower(char *to, struct gw_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		to[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	to[name.len] = '\0';
}

static uint64_t hash_of(const struct gw_names *all, const char *text,
			size_t len)
{
	return gw_hash(all->relay->key, text, len);
}

static struct gw_name *find(const struct gw_names *all, struct gw_str name)
{
	char text[GW_URL_HOST_MAX + 1];
	struct gw_table_entry *e = NULL;

	if (name.len > GW_URL_HOST_MAX) {
		return NULL;
	}
	write_lower(text, name);
	e = gw_table_first(&all->table, hash_of(all, text, name.len));
	for (; e; e = gw_table_next(e)) {
		struct gw_name *n = gw_container(e, struct gw_name, entry);

		if (gw_str_eq((struct gw_str){ n->text, n->len },
			      (struct gw_str){ text, name.len })) {
			return n;
		}
	}
	return NULL;
}

static struct gw_name *new_name(struct gw_names *all, struct gw_str name)
{
	struct gw_name *n = calloc(1, sizeof(*n) + name.len + 1);

	if (!n) {
		return NULL;
	}
	n->all = all;
	n->len = name.len;
	write_lower(n->text, name);
	TAILQ_INIT(&n->waits);
	TAILQ_INSERT_TAIL(&all->waiting, n, by_age);
	gw_table_add(&all->table, &n->entry, hash_of(all, n->text, n->len));
	return n;
}

/* One that was remembered is to be looked up anew. */
static void renew(struct gw_name *n)
{
	struct gw_names *all = n->all;

	assert(n->state == REMEMBERED && n->n_untold == 0);
	leave_list(n);
	free(n->at);
	n->at = NULL;
	n->n = 0;
	n->state = WAITING;
	TAILQ_INSERT_TAIL(&all->waiting, n, by_age);
}

/* A look-up that has not begun, and that nobody waits for, never begins. */
static void drop(struct gw_name *n)
{
	assert(n->state == WAITING);
	gw_account_give(&n->all->places, &n->place);
	free_name(n);
}

static void forget_oldest(struct gw_names *all)
{
	struct gw_name *n = TAILQ_FIRST(&all->remembered);

	while (n && all->n_remembered > REMEMBERED_MAX) {
		struct gw_name *next = TAILQ_NEXT(n, by_age);

		if (n->n_untold == 0) {
			free_name(n);
		}
		n = next;
	}
}

static void keep(struct gw_name *n, const struct sockaddr_storage *found,
		 size_t n_found)
{
	n->at = n_found > 0 ? malloc(n_found * sizeof(*found)) : NULL;
	if (n->at) {
		memcpy(n->at, found, n_found * sizeof(*found));
		n->n = n_found;
	} else if (n_found > 0) {
		n->error = -ENOMEM;
	}
}

/* Until when it is remembered how a look-up ended. */
static int64_t good_until(const struct gw_name *n)
{
	if (n->n > 0) {
		return n->ended_ms + FOUND_MS;
	}
	return n->error == -EBUSY ? n->ended_ms : n->ended_ms + NOT_FOUND_MS;
}

/* It waits or runs no more. */
static void end(struct gw_name *n, const struct sockaddr_storage *found,
		size_t n_found, int error)
{
	struct gw_names *all = n->all;
	struct gw_name_wait *w = NULL;

	assert(n->state != REMEMBERED && !n->at);
	leave_list(n);
	gw_account_give(&all->slots, &n->slot);
	gw_account_give(&all->places, &n->place);
	n->state = REMEMBERED;
	n->error = n_found > 0 ? 0 : error;
	keep(n, found, n_found);
	n->ended_ms = gw_loop_now_ms(all->relay->loop);
	n->until_ms = good_until(n);
	TAILQ_INSERT_TAIL(&all->remembered, n, by_age);
	all->n_remembered++;
	while ((w = TAILQ_FIRST(&n->waits))) {
		make_known(w);
	}
	forget_oldest(all);
}

/* --- Looking up. */

static void serve(struct gw_names *all);

static void found(void *arg, const struct sockaddr_storage *at, size_t n_found,
		  int error)
{
	struct gw_name *n = arg;
	struct gw_names *all = n->all;

	if (!all) {
		free_name(n);
		return;
	}
	end(n, at, n_found, error);
	serve(all);
}

static void begin(struct gw_name *n)
{
	struct gw_names *all = n->all;
	struct sockaddr_storage numeric;
	int error = 0;

	assert(n->state == WAITING);
	if (gw_net_sockaddr(&numeric, n->text, 0)) {
		end(n, &numeric, 1, 0);
		return;
	}
	leave_list(n);
	n->state = RUNNING;
	error = gw_loop_resolve(all->relay->loop, n->text, found, n);
	if (error) {
		end(n, NULL, 0, error);
	}
}

/* Begin, if this account gets a slot. */
static bool try(struct gw_name *n, struct gw_account *account)
{
	struct gw_reason why;

	if (gw_account_take(&n->all->slots, &n->slot, account, &why) !=
	    GW_STATUS_NONE) {
		return false;
	}
	begin(n);
	return true;
}

/* Whoever waits for it may have a slot for it; of many in a row that are of one
 * account the first is asked. */
static void try_all(struct gw_name *n)
{
	struct gw_name_wait *w = TAILQ_FIRST(&n->waits);

	while (w && !try(n, w->account)) {
		const struct gw_account *tried = w->account;

		while (w && w->account == tried) {
			w = TAILQ_NEXT(w, by_age);
		}
	}
}

/* A slot was given back. */
static void serve(struct gw_names *all)
{
	struct gw_name *n = TAILQ_FIRST(&all->waiting);

	while (n && !gw_account_is_full(&all->slots)) {
		struct gw_name *next = TAILQ_NEXT(n, by_age);

		try_all(n);
		n = next;
	}
}

static void tell(struct gw_task *t)
{
	struct gw_names *all = gw_container(t, struct gw_names, task);
	struct gw_name_wait *w = NULL;

	while ((w = TAILQ_FIRST(&all->known))) {
		struct gw_name *n = w->name;
		const struct gw_found known = { .at = n->at,
						.n = n->n,
						.why = reason(n->error) };

		/* It must not go while it is told. */
		n->n_untold++;
		detach(w);
		w->found(w, &known);
		n->n_untold--;
	}
	forget_oldest(all);
}

/* --- Asking. */

/* Give one up that has not begun, for somebody who has fewer. */
static void make_room(struct gw_names *all, const struct gw_account *for_whom)
{
	struct gw_charge *c = gw_account_greediest(&all->places, for_whom, 1,
						   NULL);

	for (int i = 0; c && i < VICTIMS_MAX; i++) {
		struct gw_name *n = gw_container(c, struct gw_name, place);

		if (n->state == WAITING) {
			end(n, NULL, 0, -EBUSY);
			return;
		}
		c = gw_account_greediest(&all->places, for_whom, 1, c);
	}
}

static enum gw_status take_place(struct gw_name *n, const struct gw_exchange *x,
				 struct gw_reason *why)
{
	struct gw_names *all = n->all;
	struct gw_account *a = payer_of(&all->places, x);
	enum gw_status status = GW_STATUS_NONE;

	if (gw_account_is_full(&all->places)) {
		make_room(all, a);
	}
	status = gw_account_take(&all->places, &n->place, a, why);
	(void)gw_account_leave(a);
	return status;
}

/* The name as it is to be waited for: what is remembered, if it is good enough
 * for who asks, or one that is to be looked up. */
static struct gw_name *get(struct gw_names *all, struct gw_str name,
			   bool is_own)
{
	struct gw_name *n = find(all, name);
	int64_t now_ms = gw_loop_now_ms(all->relay->loop);

	if (!n) {
		return new_name(all, name);
	}
	if (n->state == REMEMBERED && n->n_untold == 0 &&
	    (now_ms >= n->until_ms || (is_own && n->n == 0))) {
		renew(n);
	}
	return n;
}

/* One that is not looked up yet: it begins, or waits for its turn. */
static void look_up(struct gw_name *n, const struct gw_name_wait *w,
		    bool is_own)
{
	if (is_own) {
		begin(n);
	} else {
		(void)try(n, w->account);
	}
}

/* The name was not found a moment ago. */
static enum gw_status refuse_known(const struct gw_name *n,
				   struct gw_reason *why)
{
	(void)gw_refuse(why, "%s", reason(n->error));
	return GW_STATUS_TARGET_NOT_REACHABLE;
}

enum gw_status gw_name_await(struct gw_name_wait *w, struct gw_relay *relay,
			     struct gw_str name, struct gw_exchange *x,
			     struct gw_reason *why)
{
	struct gw_names *all = relay->names;
	bool is_own = !x || !gw_str_is_present(x->hop.host);
	struct gw_name *n = get(all, name, is_own);
	enum gw_status status = GW_STATUS_NONE;

	assert(!w->name && w->found);
	if (!n) {
		(void)gw_refuse(why, "%s", reason(-ENOMEM));
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	if (n->state == REMEMBERED && n->n == 0 && !is_own) {
		return refuse_known(n, why);
	}
	if (n->state == WAITING && TAILQ_EMPTY(&n->waits) && !is_own) {
		status = take_place(n, x, why);
	}
	if (status != GW_STATUS_NONE) {
		x->is_crowded_out = true;
		drop(n);
		return status;
	}
	attach(w, n, is_own ? NULL : payer_of(&all->slots, x));
	if (n->state == WAITING) {
		look_up(n, w, is_own);
	} else if (n->state == REMEMBERED) {
		make_known(w);
	}
	return GW_STATUS_NONE;
}

void gw_name_forget(struct gw_name_wait *w)
{
	struct gw_name *n = w->name;

	if (!n) {
		return;
	}
	detach(w);
	if (n->state == WAITING && TAILQ_EMPTY(&n->waits)) {
		drop(n);
	}
}

void gw_name_doubt(struct gw_relay *relay, struct gw_str name)
{
	struct gw_name *n = find(relay->names, name);

	if (n && n->state == REMEMBERED && n->n > 0) {
		n->until_ms = n->ended_ms + NOT_FOUND_MS;
	}
}

/* --- Their beginning and end. */

void gw_names_settle(struct gw_names *all, const struct gw_conf *conf)
{
	all->places.size = conf->limits.lookups;
	all->places.share = conf->limits.share;
	all->slots.share = conf->limits.share;
}

struct gw_names *gw_names_new(struct gw_relay *relay)
{
	struct gw_names *all = calloc(1, sizeof(*all));

	if (!all) {
		return NULL;
	}
	all->relay = relay;
	all->task.run = tell;
	TAILQ_INIT(&all->waiting);
	TAILQ_INIT(&all->remembered);
	TAILQ_INIT(&all->known);
	all->places.key = relay->key;
	all->places.what = "names to look up (limits.lookups)";
	gw_accounts_init(&all->places);
	all->slots.key = relay->key;
	all->slots.what = "look-ups that run";
	all->slots.size = SLOTS;
	gw_accounts_init(&all->slots);
	gw_names_settle(all, relay->conf);
	return all;
}

struct gw_names *gw_names_free(struct gw_names *all)
{
	struct gw_table_entry *e = NULL;
	size_t at = 0;

	if (!all) {
		return NULL;
	}
	gw_loop_undefer(all->relay->loop, &all->task);
	assert(TAILQ_EMPTY(&all->known) && TAILQ_EMPTY(&all->waiting));
	while ((e = gw_table_any(&all->table, &at))) {
		struct gw_name *n = gw_container(e, struct gw_name, entry);

		if (n->state == REMEMBERED) {
			free_name(n);
			continue;
		}
		assert(TAILQ_EMPTY(&n->waits));
		gw_account_give(&all->slots, &n->slot);
		gw_account_give(&all->places, &n->place);
		gw_table_remove(&all->table, &n->entry);
		n->all = NULL;
	}
	gw_table_deinit(&all->table);
	gw_accounts_deinit(&all->places);
	gw_accounts_deinit(&all->slots);
	free(all);
	return NULL;
}
