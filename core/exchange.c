/*
 * Exchange - one request and its one answer.
 */

#include "core/exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/address.h"
#include "core/codec/content.h"
#include "core/deadline.h"
#include "core/lib/arena.h"
#include "core/lib/log.h"
#include "core/relay_state.h"

#define GW_LOG_TOPIC "exchange"

/* However far off rqet is, nobody waits longer for an answer. */
#define DEADLINE_MAX_MS ((int64_t)24 * 3600 * 1000)

/* Each that fails at once goes one call deeper and walks the list anew, and a
 * registree may give as many as fit into a message. */
#define POA_TRIED_MAX 16

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
}

static void exchange_free(struct gw_exchange *x)
{
	*x->link = x->after;
	if (x->after) {
		x->after->link = x->link;
	}
	x->relay->n_open--;
	gw_timer_clear(x->relay->loop, &x->deadline);
	gw_primitive_free(x->request);
	gw_primitive_free(x->answer);
	free(x);
}

/* Bring the answer into the form that its asker reads.  What cannot be written
 * that way leaves the asker with the reason. */
static void fit_answer(struct gw_exchange *x)
{
	struct gw_reason why = { "" };
	struct gw_primitive *answer = x->answer;

	if (!answer ||
	    gw_content_become(answer, x->asker.media, &why) == GW_STATUS_NONE) {
		return;
	}
	x->answer = gw_primitive_new_error(x->request, GW_STATUS_NOT_ACCEPTABLE,
					   why.text);
	gw_primitive_free(answer);
	if (x->answer && gw_content_become(x->answer, x->asker.media, &why) !=
				 GW_STATUS_NONE) {
		x->answer->content = (struct gw_bytes){ 0 };
		x->answer->media = GW_MEDIA_NONE;
	}
}

/* Give it an answer and queue it for its asker. */
static void settle(struct gw_exchange *x, struct gw_primitive *answer)
{
	struct gw_relay *relay = x->relay;

	gw_timer_clear(relay->loop, &x->deadline);
	x->answer = answer;
	x->sent = NULL;
	fit_answer(x);
	if (x->state != GW_EXCHANGE_ABANDONED) {
		x->state = GW_EXCHANGE_ANSWERED;
	}
	x->next = NULL;
	*relay->last_ready = x;
	relay->last_ready = &x->next;
	gw_loop_defer(relay->loop, &relay->reply_task);
}

static void settle_error(struct gw_exchange *x, enum gw_status status,
			 const char *reason)
{
	settle(x, gw_primitive_new_error(x->request, status, reason));
}

static void refuse(struct gw_exchange *x, enum gw_status status,
		   const char *reason)
{
	x->relay->counts.n_refused++;
	gw_debug("refused", "%s to " GW_STR_FMT ": %s (%d)",
		 gw_op_name(x->request->op), GW_STR_ARG(x->request->to), reason,
		 (int)status);
	settle_error(x, status, reason);
}

static gw_timer_fn expire;

static void expire(struct gw_timer *t)
{
	struct gw_exchange *x = gw_container(t, struct gw_exchange, deadline);

	x->hop.via->ops->forget(x->hop.via, x);
	x->relay->counts.n_expired++;
	gw_debug("expired", "%s " GW_STR_FMT " to " GW_STR_FMT,
		 gw_op_name(x->request->op), GW_STR_ARG(x->request->id),
		 GW_STR_ARG(x->request->to));
	settle_error(x, GW_STATUS_REQUEST_TIMEOUT,
		     "the target did not answer before the request expired");
}

static bool is_long_poll(const struct gw_primitive *p)
{
	return p->op == GW_OP_RETRIEVE && gw_str_ends(p->to, GW_STR("/pcu"));
}

/* Set *left_ms to what is left from wall_ms on, if the request has the
 * parameter.  A relative time counts from the originating timestamp, or
 * from now when there is none (TS-0004 6.3.3). */
static enum gw_status read_expiry(int64_t *left_ms, struct gw_reason *why,
				  const struct gw_primitive *p,
				  struct gw_str name, int64_t wall_ms)
{
	struct gw_str value = gw_primitive_get(p, name);
	struct gw_str ot = gw_primitive_get(p, GW_STR("ot"));
	int64_t from_ms = wall_ms;
	int64_t at_ms = 0;

	if (!gw_str_is_present(value)) {
		return GW_STATUS_NONE;
	}
	(void)gw_deadline_read(&from_ms, ot, wall_ms);
	if (!gw_deadline_read(&at_ms, value, from_ms)) {
		(void)snprintf(why->text, sizeof(why->text),
			       GW_STR_FMT " is no time", GW_STR_ARG(name));
		return GW_STATUS_BAD_REQUEST;
	}
	if (at_ms <= wall_ms) {
		(void)snprintf(why->text, sizeof(why->text),
			       "the request has expired (" GW_STR_FMT ")",
			       GW_STR_ARG(name));
		return GW_STATUS_REQUEST_TIMEOUT;
	}
	*left_ms = at_ms - wall_ms;
	return GW_STATUS_NONE;
}

/* What cannot be read as a time is for the CSE to judge. */
static bool has_passed(struct gw_reason *why, const struct gw_primitive *p,
		       struct gw_str name, int64_t wall_ms)
{
	int64_t left_ms = 0;

	return read_expiry(&left_ms, why, p, name, wall_ms) ==
	       GW_STATUS_REQUEST_TIMEOUT;
}

/* rqet, or the configured default (TS-0004 7.3.2.4); what nobody would want to
 * be executed or answered any more goes no further, either. */
static enum gw_status set_deadline(struct gw_exchange *x, struct gw_reason *why)
{
	const struct gw_conf_timeouts *conf = &x->relay->conf->timeouts;
	const struct gw_primitive *p = x->request;
	int64_t wall_ms = gw_loop_wall_ms(x->relay->loop);
	int64_t left_ms = is_long_poll(p) ? conf->poll_ms : conf->request_ms;
	enum gw_status status = read_expiry(&left_ms, why, p, GW_STR("rqet"),
					    wall_ms);

	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (has_passed(why, p, GW_STR("rset"), wall_ms) ||
	    has_passed(why, p, GW_STR("oet"), wall_ms)) {
		return GW_STATUS_REQUEST_TIMEOUT;
	}
	left_ms = left_ms < DEADLINE_MAX_MS ? left_ms : DEADLINE_MAX_MS;
	x->deadline_ms = gw_loop_now_ms(x->relay->loop) + left_ms;
	return GW_STATUS_NONE;
}

static bool is_own(const struct gw_relay *relay, const struct gw_cse *cse)
{
	return gw_str_is(route_provider(relay, cse), relay->conf->node.sp_id);
}

/* The CSE that the originator is registered with, as far as we know: one that
 * nobody here has heard of is taken for one of the CSE that it asks, but not of
 * a CSE of another provider, unless it registers there.  NULL: not known. */
static const struct gw_cse *home_of(const struct gw_exchange *x,
				    const struct gw_route *route)
{
	bool is_new_ae = x->request->op == GW_OP_CREATE &&
			 x->request->type == GW_TYPE_AE;
	const struct gw_cse *at = NULL;

	if (route->originator) {
		return route->originator->cse;
	}
	if (x->asker.cse) {
		return x->asker.cse;
	}
	if (route->cse && (is_new_ae || is_own(x->relay, route->cse))) {
		return route->cse;
	}
	at = route_default(x->relay);
	return at && is_own(x->relay, at) ? at : NULL;
}

/* Who is at home where, and which border the hop crosses. */
static void set_from(struct gw_exchange *x, const struct gw_route *route)
{
	const struct gw_relay *relay = x->relay;
	const struct gw_cse *at = home_of(x, route);
	const struct gw_cse *to = route->registree ? route->registree->cse
						   : route->cse;
	struct gw_home home = {
		.cse = at ? at->id : gw_str_from(relay->conf->node.cse_id),
		.sp = at ? route_provider(relay, at)
			 : gw_str_from(relay->conf->node.sp_id),
	};
	enum gw_border border = GW_BORDER_MCC;

	if (to && !gw_str_eq(route_provider(relay, to), home.sp)) {
		border = GW_BORDER_MCCP;
	} else if (route->cse && at == route->cse) {
		border = GW_BORDER_MCA;
	}
	x->hop.from = gw_address_rescope(x->request->arena, x->request->from,
					 border, &home);
}

static void send_on(struct gw_exchange *x)
{
	struct gw_binding *via = x->hop.via;
	struct gw_reason why = { "" };
	enum gw_status status = gw_content_become(
		x->request, via->ops->media ? via->ops->media : x->hop.media,
		&why);

	if (status != GW_STATUS_NONE) {
		refuse(x, status, why.text);
		return;
	}
	if (x->state == GW_EXCHANGE_ASKED) {
		x->state = GW_EXCHANGE_SENT;
	}
	x->deadline.fire = expire;
	gw_timer_set(x->relay->loop, &x->deadline, x->deadline_ms);
	status = via->ops->send(via, x);
	if (status != GW_STATUS_NONE) {
		gw_exchange_fail(x, status, "the next hop cannot be reached");
	}
	x->hop.originator = NULL;
}

static bool can_send_to(const struct gw_exchange *x, struct gw_str url)
{
	struct gw_binding *via = gw_relay_binding_for(x->relay, url);

	return via && via->ops->send;
}

/* The n-th point of access that a binding can send to, counted from 0; behind
 * the last, where the registree was when it registered.  Absent: none. */
static struct gw_str nth_poa(const struct gw_exchange *x, unsigned n)
{
	struct gw_json_walk walk = gw_json_walk(x->poa);
	struct gw_json_member m;

	while (gw_str_is_present(x->poa) && gw_json_next(&walk, &m)) {
		struct gw_str url = gw_json_text(x->request->arena, m.value);

		if (can_send_to(x, url) && n-- == 0) {
			return url;
		}
	}
	return n == 0 && can_send_to(x, x->hop.receiver.url)
		       ? x->hop.receiver.url
		       : (struct gw_str){ 0 };
}

/* Try the next point of access of a registree.  False when none is left, or
 * enough were tried. */
static bool send_to_next_poa(struct gw_exchange *x)
{
	struct gw_str url = { 0 };

	if (x->n_poa_tried < POA_TRIED_MAX) {
		url = nth_poa(x, x->n_poa_tried);
	}
	if (!gw_str_is_present(url)) {
		return false;
	}
	x->n_poa_tried++;
	x->hop.via = gw_relay_binding_for(x->relay, url);
	x->hop.url = url;
	send_on(x);
	return true;
}

static void send_to_registree(struct gw_exchange *x, struct gw_registree *r)
{
	struct gw_arena *a = x->request->arena;

	x->hop.media = r->media;
	x->hop.receiver = (struct gw_receiver){
		.id = gw_arena_str(a, r->id),
		.cse = r->cse,
		.url = gw_arena_str(a, r->url),
	};
	x->hop.host = gw_arena_str(a, gw_str_from(r->host));
	if (r->peer) {
		x->hop.via = r->peer->via;
		x->hop.peer = r->peer;
		send_on(x);
		return;
	}
	x->poa = gw_arena_str(a, r->poa);
	if (!send_to_next_poa(x)) {
		x->relay->counts.n_unreachable++;
		settle_error(x, GW_STATUS_TARGET_NOT_REACHABLE,
			     "the registree has neither a connection nor a "
			     "point of access that can be used");
	}
}

static void send_to_url(struct gw_exchange *x)
{
	x->hop.via = gw_relay_binding_for(x->relay, x->request->to);
	if (!x->hop.via || !x->hop.via->ops->send) {
		refuse(x, GW_STATUS_TARGET_NOT_REACHABLE,
		       "no binding can send to this kind of URL");
		return;
	}
	x->hop.url = x->request->to;
	x->hop.is_whole_url = true;
	x->hop.media = gw_content_media_of_url(x->hop.url);
	x->hop.host = GW_STR(""); // only what deliver.allow names
	send_on(x);
}

static void send_to_cse(struct gw_exchange *x, const struct gw_route *route)
{
	struct gw_reason why = { "" };
	enum gw_status status = GW_STATUS_NONE;

	x->hop.via = route->cse->via;
	x->hop.cse = route->cse;
	x->hop.url = gw_arena_str(x->request->arena, route->cse->url);
	x->hop.media = route->cse->conf->media ? route->cse->conf->media
					       : x->request->media;
	x->hop.originator = route->originator;
	if (!x->hop.via || !x->hop.via->ops->send) {
		refuse(x, GW_STATUS_TARGET_NOT_REACHABLE,
		       "no binding can send to the CSE of this target");
		return;
	}
	status = learn_request(x, &why);
	if (status != GW_STATUS_NONE) {
		refuse(x, status, why.text);
		return;
	}
	send_on(x);
}

/* A CSE of another provider speaks for those of its own provider only
 * (TS-0004 7.3.2.1). */
static bool may_speak(const struct gw_exchange *x)
{
	const struct gw_cse *cse = x->asker.cse;
	struct gw_address from;

	return !cse || is_own(x->relay, cse) ||
	       !gw_address_parse(&from, x->request->from) ||
	       !gw_str_is_present(from.sp) || gw_str_eq(from.sp, cse->sp);
}

static enum gw_status check(struct gw_exchange *x, struct gw_reason *why)
{
	struct gw_relay *relay = x->relay;
	const struct gw_primitive *p = x->request;

	if (relay->is_draining) {
		*why = (struct gw_reason){ "the gateway is going down" };
		return GW_STATUS_TARGET_NOT_REACHABLE;
	}
	if (relay->n_open > relay->conf->limits.exchanges) {
		*why = (struct gw_reason){
			"too many exchanges are open (limits.exchanges)"
		};
		return GW_STATUS_TARGET_NOT_REACHABLE;
	}
	if (p->id.len == 0) {
		*why = (struct gw_reason){ "rqi is missing" };
		return GW_STATUS_BAD_REQUEST;
	}
	if (!gw_str_is_present(p->from) &&
	    !(p->op == GW_OP_CREATE && p->type == GW_TYPE_AE)) {
		*why = (struct gw_reason){ "fr is missing" };
		return GW_STATUS_BAD_REQUEST;
	}
	if (!may_speak(x)) {
		*why = (struct gw_reason){
			"fr is of another provider than the CSE that asks"
		};
		return GW_STATUS_ORIGINATOR_NOT_AUTHENTICATED;
	}
	return set_deadline(x, why);
}

static void dispatch(struct gw_exchange *x)
{
	struct gw_reason why = { "" };
	struct gw_route route;
	enum gw_status status = check(x, &why);

	if (status == GW_STATUS_NONE) {
		status = gw_route_find(&route, &why, x);
	}
	if (status != GW_STATUS_NONE) {
		refuse(x, status, why.text);
		return;
	}
	set_from(x, &route);
	if (route.is_self) {
		node_answer(x);
	} else if (route.is_url) {
		send_to_url(x);
	} else if (route.registree) {
		send_to_registree(x, route.registree);
	} else {
		send_to_cse(x, &route);
	}
}

int gw_exchange_open(struct gw_exchange **xp, struct gw_relay *relay,
		     const struct gw_asker *asker, struct gw_primitive *request)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *req = request;
	struct gw_exchange *x = malloc(sizeof(*x));

	if (!x) {
		return -ENOMEM;
	}
	*x = (struct gw_exchange){
		.state = GW_EXCHANGE_ASKED,
		.relay = relay,
		.request = gw_take(&req),
		.asker = *asker,
	};
	x->media_given = x->request->media;
	x->asker.host = gw_arena_str(x->request->arena, asker->host);
	x->asker.url = gw_arena_str(x->request->arena, asker->url);
	x->asker.identity = gw_arena_str(x->request->arena,
					 asker->peer ? asker->peer->identity
						     : asker->identity);
	if (!x->asker.cse) {
		x->asker.cse = route_speaker(x);
	}
	link_in(x);
	relay->counts.n_requests++;
	*xp = x;
	dispatch(x);
	return 0;
}

void gw_exchange_answer(struct gw_exchange *x, struct gw_primitive *answer)
{
	if (!answer) {
		settle_error(x, GW_STATUS_INTERNAL_SERVER_ERROR,
			     "the gateway is short of memory");
		return;
	}
	x->relay->counts.n_answers++;
	answer->id = gw_arena_str(answer->arena, x->request->id);
	x->answer = answer;
	learn_answer(x);
	settle(x, answer);
}

void gw_exchange_fail(struct gw_exchange *x, enum gw_status status,
		      const char *reason)
{
	x->sent = NULL;
	if (status == GW_STATUS_TARGET_NOT_REACHABLE && send_to_next_poa(x)) {
		return;
	}
	if (status == GW_STATUS_TARGET_NOT_REACHABLE) {
		x->relay->counts.n_unreachable++;
	}
	settle_error(x, status, reason);
}

void gw_exchange_abandon(struct gw_exchange *x)
{
	x->relay->counts.n_abandoned++;
	x->asker.peer = NULL;
	x->state = GW_EXCHANGE_ABANDONED;
}

void exchange_reply_all(struct gw_task *t)
{
	struct gw_relay *relay = gw_container(t, struct gw_relay, reply_task);

	while (relay->ready) {
		struct gw_exchange *x = relay->ready;
		struct gw_binding *asker = x->asker.binding;

		relay->ready = x->next;
		if (!relay->ready) {
			relay->last_ready = &relay->ready;
		}
		if (x->state == GW_EXCHANGE_ANSWERED) {
			asker->ops->reply(asker, x);
		}
		exchange_free(x);
	}
}

void exchange_fail_all(struct gw_relay *relay)
{
	struct gw_exchange *after = NULL;

	for (struct gw_exchange *x = relay->open; x; x = after) {
		after = x->after;
		if (x->hop.via && gw_timer_is_set(&x->deadline)) {
			x->hop.via->ops->forget(x->hop.via, x);
			settle_error(x, GW_STATUS_TARGET_NOT_REACHABLE,
				     "the gateway is going down");
		}
	}
	exchange_reply_all(&relay->reply_task);
}
