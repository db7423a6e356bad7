/*
 * Turns - which requests are out at one time.
 */

#include "bindings/http/http_turns.h"

#include <assert.h>
#include <stdlib.h>

#include "core/conf.h"
#include "core/lib/hash.h"

TAILQ_HEAD(turns, http_turn);

/* Who waits for one host. */
struct http_line_up {
	struct gw_table_entry entry;
	struct gw_account *account;
	struct turns turns;
	size_t n;
	TAILQ_ENTRY(http_line_up) by_turn;
};

/* Nobody chooses where an account lies: it needs no key. */
static uint64_t hash_of(const struct gw_account *a)
{
	return gw_hash((struct gw_hash_key){ 0 }, &a,
		       sizeof(struct gw_account *));
}

static struct http_line_up *find(const struct http_turns *ts,
				 const struct gw_account *a)
{
	struct gw_table_entry *e = gw_table_first(&ts->hosts, hash_of(a));

	for (; e; e = gw_table_next(e)) {
		struct http_line_up *l = gw_container(e, struct http_line_up,
						      entry);

		if (l->account == a) {
			return l;
		}
	}
	return NULL;
}

static struct http_line_up *line_up_new(struct http_turns *ts,
					struct gw_account *a)
{
	struct http_line_up *l = calloc(1, sizeof(*l));

	if (l) {
		l->account = a;
		gw_account_use(a);
		TAILQ_INIT(&l->turns);
		gw_table_add(&ts->hosts, &l->entry, hash_of(a));
		TAILQ_INSERT_TAIL(&ts->by_turn, l, by_turn);
	}
	return l;
}

/* One less waits. */
static void leave(struct http_turns *ts, struct http_turn *t)
{
	struct http_line_up *l = t->line_up;

	assert(l->n > 0 && ts->n_waiting > 0);
	TAILQ_REMOVE(&l->turns, t, by_age);
	t->line_up = NULL;
	ts->n_waiting--;
	if (--l->n == 0) {
		gw_table_remove(&ts->hosts, &l->entry);
		TAILQ_REMOVE(&ts->by_turn, l, by_turn);
		(void)gw_account_leave(l->account);
		free(l);
	}
}

/* The oldest that waits for a host goes, if the host may have one more. */
static bool let_go(struct http_turns *ts, struct http_line_up *l)
{
	struct http_turn *t = TAILQ_FIRST(&l->turns);
	struct gw_reason why;

	if (gw_account_take(&ts->places, &t->place, l->account, &why) !=
	    GW_STATUS_NONE) {
		return false;
	}
	TAILQ_REMOVE(&ts->by_turn, l, by_turn);
	TAILQ_INSERT_TAIL(&ts->by_turn, l, by_turn);
	leave(ts, t);
	ts->go(t);
	return true;
}

/* One for each host, in turn, as long as there are places. */
static void serve(struct gw_task *task)
{
	struct http_turns *ts = gw_container(task, struct http_turns, task);
	size_t n_idle = 0; // hosts in a row that may not have one more

	while (n_idle < ts->hosts.n_entries &&
	       !gw_account_is_full(&ts->places)) {
		struct http_line_up *l = TAILQ_FIRST(&ts->by_turn);

		if (let_go(ts, l)) {
			n_idle = 0;
			continue;
		}
		n_idle++;
		TAILQ_REMOVE(&ts->by_turn, l, by_turn);
		TAILQ_INSERT_TAIL(&ts->by_turn, l, by_turn);
	}
}

void http_turns_init(struct http_turns *ts, struct gw_loop *loop)
{
	*ts = (struct http_turns){ .loop = loop, .task.run = serve };
	ts->places.key.a = gw_loop_random(loop);
	ts->places.key.b = gw_loop_random(loop);
	ts->places.what = "requests that are out (limits.outgoing)";
	gw_accounts_init(&ts->places);
	TAILQ_INIT(&ts->by_turn);
}

void http_turns_deinit(struct http_turns *ts)
{
	assert(ts->n_waiting == 0 && ts->hosts.n_entries == 0);
	gw_loop_undefer(ts->loop, &ts->task);
	gw_accounts_deinit(&ts->places);
	gw_table_deinit(&ts->hosts);
}

void http_turns_bound(struct http_turns *ts, const struct gw_conf *conf)
{
	ts->places.size = conf->limits.outgoing;
	ts->places.share = conf->limits.share;
	gw_loop_defer(ts->loop, &ts->task);
}

/* Whoever has most gives one up for who has little. */
static void make_room(struct http_turns *ts, const struct gw_account *for_whom)
{
	struct gw_charge *c = gw_account_greediest(&ts->places, for_whom, 1,
						   NULL);

	if (c) {
		struct http_turn *t = gw_container(c, struct http_turn, place);

		gw_account_give(&ts->places, c);
		ts->yield(t);
	}
}

static enum gw_status wait_for_it(struct http_turns *ts, struct http_turn *t,
				  struct gw_account *a, struct gw_reason *why)
{
	struct http_line_up *l = find(ts, a);

	if (l && l->n >= ts->places.size && !t->is_patient) {
		(void)gw_refuse(why,
				"as many requests wait for this host as may: "
				"%zu (limits.outgoing)",
				l->n);
		return GW_STATUS_TARGET_NOT_REACHABLE;
	}
	l = l ? l : line_up_new(ts, a);
	if (!l) {
		(void)gw_refuse(why, "the gateway is short of memory");
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	TAILQ_INSERT_TAIL(&l->turns, t, by_age);
	t->line_up = l;
	l->n++;
	ts->n_waiting++;
	return GW_STATUS_NONE;
}

enum gw_status http_turns_take(struct http_turns *ts, struct http_turn *t,
			       const char *address, bool is_trusted,
			       struct gw_reason *why)
{
	struct gw_account *a = gw_account_at(&ts->places, gw_str_from(address),
					     is_trusted);
	enum gw_status status = GW_STATUS_NONE;

	assert(!t->line_up && !gw_charge_is_taken(&t->place));
	if (gw_account_is_full(&ts->places)) {
		make_room(ts, a);
	}
	if ((a && find(ts, a)) ||
	    gw_account_take(&ts->places, &t->place, a, why) != GW_STATUS_NONE) {
		status = a ? wait_for_it(ts, t, a, why)
			   : GW_STATUS_TARGET_NOT_REACHABLE;
	}
	(void)gw_account_leave(a);
	return status;
}

void http_turns_give(struct http_turns *ts, struct http_turn *t)
{
	if (!t->line_up && !gw_charge_is_taken(&t->place)) {
		return;
	}
	if (t->line_up) {
		leave(ts, t);
	}
	gw_account_give(&ts->places, &t->place);
	if (ts->n_waiting > 0) {
		gw_loop_defer(ts->loop, &ts->task);
	}
}
