/*
 * Exchange - one request and its one answer: the record.
 */

#include "core/exchange.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "core/codec/content.h"
#include "core/lib/arena.h"
#include "core/relay_state.h"

/* A larger piece costs malloc() much more (core/status.h). */
_Static_assert(sizeof(struct gw_exchange) <= 1000, "an exchange is small");

/* How long one way to a registree may take until another is tried. */
#define REACH_MS 2000

/* Exchanges of one account that are looked at for one to be given up. */
#define VICTIMS_MAX 16

/* What an exchange takes beside its messages, with what bindings know of it and
 * a usual answer. */
#define EXCHANGE_BYTES ((size_t)3 * 1024)

/* Content of so many bytes is worth to be freed early. */
#define LARGE_BYTES ((size_t)4096)

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void link_in(struct gw_exchange *x)
{
	struct gw_relay *relay = x->relay;

	x->after = relay->open;
	x->link = &relay->open;
	if (relay->open) {
		relay->open->link = &x->after;
	}
	relay->open = x;
}

void exchange_free(struct gw_exchange *x)
{
	assert(x->state == GW_EXCHANGE_ENDED);
	assert(!gw_timer_is_set(&x->deadline));
	assert(*x->link == x);
	assert(!x->lap.link);
	*x->link = x->after;
	if (x->after) {
		x->after->link = x->link;
	}
	gw_account_give(&x->relay->accounts, &x->place);
	gw_memory_give(x->relay, &x->load);
	(void)gw_account_leave(x->asker.account);
	gw_primitive_free(x->request);
	gw_primitive_free(x->answer);
	free(x);
}

/* Behind all others whose time has come. */
static void queue(struct gw_exchange *x, enum gw_step step)
{
	struct gw_road *road = &x->relay->road;

	assert(step < GW_STEP_LEAVE);
	assert(!x->next && road->last != &x->next);
	x->step = step;
	x->next = NULL;
	*road->last = x;
	road->last = &x->next;
	gw_loop_defer(x->relay->loop, &road->task);
}

struct gw_exchange *exchange_take_queued(struct gw_relay *relay)
{
	struct gw_road *road = &relay->road;
	struct gw_exchange *x = road->first;

	if (x) {
		road->first = x->next;
		if (!road->first) {
			road->last = &road->first;
		}
		x->next = NULL;
	}
	return x;
}

/* It is out of the hands of its hop. */
static void leave_hop(struct gw_exchange *x)
{
	assert(x->state == GW_EXCHANGE_SENT);
	assert(!x->answer);
	gw_timer_clear(x->relay->loop, &x->deadline);
	lap_end(x);
	x->sent = NULL;
}

void exchange_end(struct gw_exchange *x, enum gw_status status,
		  const char *reason)
{
	assert(x->state != GW_EXCHANGE_ENDED);
	assert(!gw_timer_is_set(&x->deadline));
	assert(status != GW_STATUS_NONE);
	lap_restore(x);
	x->answer = gw_primitive_new_error(x->request, status, reason);
	x->state = GW_EXCHANGE_ENDED;
}

void exchange_recall(struct gw_exchange *x, enum gw_status status,
		     const char *reason)
{
	struct gw_binding *via = x->hop.via;
	struct gw_counts *counts = &x->relay->counts;

	assert(x->state == GW_EXCHANGE_SENT);
	counts->n_expired += status == GW_STATUS_REQUEST_TIMEOUT;
	counts->n_refused += status != GW_STATUS_REQUEST_TIMEOUT;
	via->ops->forget(via, x);
	leave_hop(x);
	exchange_end(x, status, reason);
	queue(x, GW_STEP_FIT);
}

void exchange_is_overload(struct gw_exchange *x)
{
	assert(x->state == GW_EXCHANGE_ENDED && !x->is_answered);
	if (x->answer) {
		x->answer->is_overload = true;
	}
}

static bool give_up(struct gw_load *load)
{
	struct gw_exchange *x = gw_container(load, struct gw_exchange, load);

	if (x->state != GW_EXCHANGE_SENT) {
		return false;
	}
	exchange_recall(x, GW_STATUS_TARGET_NOT_REACHABLE,
			"it was given up for somebody who holds less "
			"(limits.memory)");
	exchange_is_overload(x);
	return true;
}

/* Give one up for somebody who has less; what only waits for its next step is
 * through soon. */
static void make_room(struct gw_relay *relay, const struct gw_account *for_whom)
{
	struct gw_accounts *all = &relay->accounts;
	struct gw_charge *c = gw_account_greediest(all, for_whom, 1, NULL);

	for (int i = 0; c && i < VICTIMS_MAX; i++) {
		struct gw_exchange *x = gw_container(c, struct gw_exchange,
						     place);

		if (x->state == GW_EXCHANGE_SENT) {
			gw_account_give(all, c);
			exchange_recall(x, GW_STATUS_TARGET_NOT_REACHABLE,
					"it was given up for somebody who has "
					"less open (limits.exchanges)");
			exchange_is_overload(x);
			return;
		}
		c = gw_account_greediest(all, for_whom, 1, c);
	}
}

enum gw_status exchange_take_place(struct gw_exchange *x)
{
	struct gw_relay *relay = x->relay;

	if (gw_account_is_full(&relay->accounts)) {
		make_room(relay, x->asker.account);
	}
	return gw_account_take(&relay->accounts, &x->place, x->asker.account,
			       &x->why);
}

/* What it holds, with so much of an answer. */
static size_t bytes_of(const struct gw_exchange *x, size_t n_answer)
{
	return EXCHANGE_BYTES + gw_arena_bytes_held(x->request->arena) +
	       n_answer;
}

enum gw_status exchange_take_memory(struct gw_exchange *x)
{
	size_t n_answer = x->answer ? gw_arena_bytes_held(x->answer->arena) : 0;
	size_t n = bytes_of(x, n_answer > LARGE_BYTES ? n_answer : 0);

	if (n == gw_load_bytes(&x->load)) {
		return GW_STATUS_NONE;
	}
	if (x->asker.account) {
		return gw_memory_take(x->relay, &x->load, x->asker.account, n,
				      &x->why);
	}
	gw_memory_owe(x->relay, &x->load, NULL, n);
	return GW_STATUS_NONE;
}

void exchange_drop_content(struct gw_exchange *x)
{
	struct gw_primitive *p = x->request;

	if (p->content.len >= LARGE_BYTES) {
		gw_arena_drop(p->arena, p->content.at);
		p->content = (struct gw_bytes){ 0 };
		p->media = GW_MEDIA_NONE;
		gw_memory_owe(x->relay, &x->load, x->asker.account,
			      bytes_of(x, 0));
	}
}

void gw_exchange_is_written(struct gw_exchange *x)
{
	assert(x->state == GW_EXCHANGE_SENT);
	if (!x->hop.receiver.cse && !poa_may_stand_in(x->request)) {
		exchange_drop_content(x);
	}
}

void gw_exchange_is_sent_as(struct gw_exchange *x, struct gw_str id)
{
	assert(x->state == GW_EXCHANGE_SENT);
	lap_end(x);
	lap_rename(x, id);
	lap_begin(x);
}

bool gw_exchange_receives(struct gw_exchange *x, size_t n_bytes)
{
	assert(x->state == GW_EXCHANGE_SENT);
	return gw_memory_grow(x->relay, &x->load, bytes_of(x, n_bytes));
}

void exchange_recall_all(struct gw_relay *relay, enum gw_status status,
			 const char *reason)
{
	for (struct gw_exchange *x = relay->open; x; x = x->after) {
		if (x->state == GW_EXCHANGE_SENT) {
			exchange_recall(x, status, reason);
		}
	}
}

/* Whether a hop that had its time has delivered nothing yet, and what it waits
 * for. */
static bool is_held(const struct gw_exchange *x, struct gw_reason *why)
{
	struct gw_binding *via = x->hop.via;

	(void)gw_refuse(why, "the target did not answer");
	return via->ops->is_held && via->ops->is_held(via, x, why);
}

void gw_exchange_is_out(struct gw_reason *why, const struct gw_exchange *x,
			int64_t sent_ms)
{
	(void)gw_refuse(why,
			"the target did not answer (it was sent %lld ms ago)",
			(long long)(gw_loop_now_ms(x->relay->loop) - sent_ms));
}

static void fail(struct gw_exchange *x, enum gw_status status,
		 const char *reason)
{
	leave_hop(x);
	x->failure = status;
	(void)gw_refuse(&x->why, "%s", reason);
	x->state = GW_EXCHANGE_FAILED;
	queue(x, GW_STEP_NEXT_WAY);
}

int64_t exchange_patience_ms(const struct gw_exchange *x)
{
	const struct gw_relay *relay = x->relay;
	int64_t now_ms = gw_loop_now_ms(relay->loop);
	int64_t ms = x->deadline_ms;

	if (x->is_abandoned) {
		ms = earlier(ms, now_ms + relay->conf->timeouts.request_ms);
	}
	return x->ways.has_more ? earlier(ms, now_ms + REACH_MS) : ms;
}

/* It had its time, and there is another way. */
static void go_elsewhere(struct gw_exchange *x, const struct gw_reason *held)
{
	struct gw_reason why;

	x->hop.via->ops->forget(x->hop.via, x);
	(void)gw_refuse(&why, "there is another way, and %s", held->text);
	fail(x, GW_STATUS_TARGET_NOT_REACHABLE, why.text);
}

/* Before the deadline.  One that has begun to deliver goes on to the end, and
 * is over when nobody waits for that. */
static bool is_over(struct gw_exchange *x)
{
	struct gw_reason held;
	bool has_more = x->ways.has_more;

	if (is_held(x, &held)) {
		if (has_more) {
			go_elsewhere(x, &held);
			return false;
		}
	} else if (!has_more) {
		assert(x->is_abandoned);
		return true;
	}
	x->ways.has_more = false;
	gw_timer_set(x->relay->loop, &x->deadline, exchange_patience_ms(x));
	return false;
}

static void expire(struct gw_timer *t)
{
	struct gw_exchange *x = gw_container(t, struct gw_exchange, deadline);
	struct gw_reason held;
	struct gw_reason why;

	if (gw_loop_now_ms(x->relay->loop) < x->deadline_ms && !is_over(x)) {
		return;
	}
	(void)is_held(x, &held);
	(void)gw_refuse(&why, "the request expired: %s", held.text);
	reach_lost(x, why.text);
	exchange_recall(x, GW_STATUS_REQUEST_TIMEOUT, why.text);
}

/* What is told of who asks is copied: its connection may go at any time. */
static void take_asker(struct gw_exchange *x, const struct gw_asker *asker)
{
	struct gw_arena *a = x->request->arena;

	x->asker = *asker;
	x->asker.host = gw_arena_str(a, asker->host);
	x->asker.url = gw_arena_str(a, asker->url);
	x->asker.identity = gw_arena_str(a, asker->peer ? asker->peer->identity
							: asker->identity);
	x->is_on_connection = asker->peer != NULL;
	gw_account_use(asker->account);
}

int gw_exchange_open(struct gw_exchange **xp, struct gw_relay *relay,
		     const struct gw_asker *asker, struct gw_primitive *request)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *req = request;
	struct gw_exchange *x = malloc(sizeof(*x));

	assert(gw_primitive_is_request(request));
	assert(asker->binding && asker->binding->ops->reply);
	if (!x) {
		return -ENOMEM;
	}
	*x = (struct gw_exchange){
		.state = GW_EXCHANGE_ASKED,
		.relay = relay,
		.request = gw_take(&req),
		.media_given = request->media,
		.opened_ms = gw_loop_now_ms(relay->loop),
		.deadline.fire = expire,
		.load.give_up = give_up,
	};
	(void)gw_address_parse(&x->from, request->from);
	(void)gw_address_parse(&x->to, request->to);
	take_asker(x, asker);
	link_in(x);
	relay->counts.n_requests++;
	queue(x, GW_STEP_CHECK);
	*xp = x;
	return 0;
}

void gw_exchange_answer(struct gw_exchange *x, struct gw_primitive *answer)
{
	struct gw_reason why;

	if (!answer) {
		gw_exchange_fail(x, GW_STATUS_INTERNAL_SERVER_ERROR,
				 "the gateway is short of memory");
		return;
	}
	assert(!gw_primitive_is_request(answer));
	if (gw_content_judge_lost(&why, answer, x->request) != GW_STATUS_NONE) {
		gw_primitive_free(answer);
		x->relay->counts.n_unreadable++;
		gw_exchange_fail(x, GW_STATUS_INTERNAL_SERVER_ERROR, why.text);
		return;
	}
	leave_hop(x);
	x->relay->counts.n_answers++;
	lap_restore(x);
	answer->id = gw_arena_str(answer->arena, x->request->id);
	answer->has_number_id = x->request->has_number_id;
	x->answer = answer;
	x->is_answered = true;
	x->state = GW_EXCHANGE_ENDED;
	queue(x, GW_STEP_LEARN);
}

void gw_exchange_fail(struct gw_exchange *x, enum gw_status status,
		      const char *reason)
{
	assert(status != GW_STATUS_NONE);
	fail(x, status, reason);
}

void gw_exchange_lose(struct gw_exchange *x, const char *reason)
{
	x->is_lost = true;
	fail(x, GW_STATUS_TARGET_NOT_REACHABLE, reason);
}

void gw_exchange_crowd_out(struct gw_exchange *x, const char *reason)
{
	x->is_crowded_out = true;
	fail(x, GW_STATUS_TARGET_NOT_REACHABLE, reason);
}

void gw_exchange_abandon(struct gw_exchange *x)
{
	assert(!x->is_abandoned);
	x->relay->counts.n_abandoned++;
	x->asker.peer = NULL;
	x->is_abandoned = true;
	if (x->state == GW_EXCHANGE_SENT) {
		gw_timer_set(x->relay->loop, &x->deadline,
			     exchange_patience_ms(x));
	}
}
