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

static void link_in(struct gw_exchange *x)
{
	struct gw_relay *relay = x->relay;

	x->after = relay->open;
	x->link = &relay->open;
	if (relay->open) {
		relay->open->link = &x->after;
	}
	relay->open = x;
	relay->n_open++;
	x->is_surplus = relay->n_open > relay->conf->limits.exchanges;
}

void exchange_free(struct gw_exchange *x)
{
	assert(x->state == GW_EXCHANGE_ENDED);
	assert(!gw_timer_is_set(&x->deadline));
	assert(*x->link == x);
	assert(x->relay->n_open > 0);
	*x->link = x->after;
	if (x->after) {
		x->after->link = x->link;
	}
	x->relay->n_open--;
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
	x->sent = NULL;
}

void exchange_end(struct gw_exchange *x, enum gw_status status,
		  const char *reason)
{
	assert(x->state != GW_EXCHANGE_ENDED);
	assert(!gw_timer_is_set(&x->deadline));
	assert(status != GW_STATUS_NONE);
	x->answer = gw_primitive_new_error(x->request, status, reason);
	x->state = GW_EXCHANGE_ENDED;
}

void exchange_recall(struct gw_exchange *x, enum gw_status status,
		     const char *reason)
{
	struct gw_binding *via = x->hop.via;

	assert(x->state == GW_EXCHANGE_SENT);
	via->ops->forget(via, x);
	leave_hop(x);
	exchange_end(x, status, reason);
	queue(x, GW_STEP_FIT);
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

/* There is another way.  One that has begun to deliver goes on. */
static void hurry(struct gw_exchange *x)
{
	struct gw_binding *via = x->hop.via;
	struct gw_reason held;
	struct gw_reason why;

	if (!is_held(x, &held)) {
		gw_timer_set(x->relay->loop, &x->deadline, x->deadline_ms);
		return;
	}
	via->ops->forget(via, x);
	(void)gw_refuse(&why, "there is another way, and %s", held.text);
	fail(x, GW_STATUS_TARGET_NOT_REACHABLE, why.text);
}

static void expire(struct gw_timer *t)
{
	struct gw_exchange *x = gw_container(t, struct gw_exchange, deadline);
	struct gw_reason held;
	struct gw_reason why;

	if (gw_loop_now_ms(x->relay->loop) < x->deadline_ms) {
		hurry(x);
		return;
	}
	x->relay->counts.n_expired++;
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

void gw_exchange_abandon(struct gw_exchange *x)
{
	assert(!x->is_abandoned);
	x->relay->counts.n_abandoned++;
	x->asker.peer = NULL;
	x->is_abandoned = true;
}
