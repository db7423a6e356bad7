/*
 * Path - the road that every exchange takes through core.  Read this first.
 *
 *	 gw_exchange_open()
 *	    .
 *	  check --- route --- border --- deliver
 *	    |         |                     |
 *	    |         |                     v
 *	    |         |        .--------> send . . . . . . send() of a binding
 *	    |         |        |            |                  .        .
 *	    |         |        |            | cannot           .        .
 *	    |         |     next way <------|- . . gw_exchange_fail()   .
 *	    |         |        |            |                           .
 *	    |         |        | none left  |      gw_exchange_answer() .
 *	    |         |        |            |              .
 *	    '---------'--------'------------'-> fit <--- learn
 *	                                         |
 *	                                       reply . . . reply() of a binding
 *
 * Each step is one function below.  It does its work on the exchange and says
 * which step is next; GW_STEP_LEAVE when there is none now, because the
 * exchange is out of our hands.  Whoever has it brings it back by queueing it
 * with the step that it goes on with (core/exchange.c).  The task of the road
 * takes each that is queued as far as it goes, oldest first, so that nobody
 * overtakes: a notification that follows the grant of a registration finds the
 * registree that it is for.
 */

#include <assert.h>

#include "core/codec/content.h"
#include "core/deadline.h"
#include "core/lib/arena.h"
#include "core/lib/log.h"
#include "core/profile.h"
#include "core/relay_state.h"

#define GW_LOG_TOPIC "exchange"

/* Takes one step.  Returns the next. */
typedef enum gw_step step_fn(struct gw_exchange *x);

/* The end of a request that we do not send on; x->why says why. */
static enum gw_step refuse(struct gw_exchange *x, enum gw_status status)
{
	x->relay->counts.n_refused++;
	exchange_end(x, status, x->why.text);
	if (x->is_crowded_out) {
		exchange_is_overload(x);
	}
	return GW_STEP_FIT;
}

static enum gw_step refuse_with(struct gw_exchange *x, enum gw_status status,
				const char *reason)
{
	(void)gw_refuse(&x->why, "%s", reason);
	return refuse(x, status);
}

static enum gw_status set_deadline(struct gw_exchange *x)
{
	const struct gw_relay *relay = x->relay;
	int64_t left_ms = 0;
	enum gw_status status = gw_deadline_find(&left_ms, &x->why, x->request,
						 &relay->conf->timeouts,
						 gw_loop_wall_ms(relay->loop));

	x->deadline_ms = gw_loop_now_ms(relay->loop) + left_ms;
	return status;
}

/* Some CSEs name the release in the notification itself, where it is in the
 * interest of nobody but its receiver. */
static void find_release(struct gw_primitive *request)
{
	struct gw_json_member m;
	struct gw_str sgn = { 0 };

	if (request->op != GW_OP_NOTIFY || request->release.len > 0) {
		return;
	}
	sgn = gw_content_root(request, GW_STR("m2m:sgn"));
	if (gw_json_type_of(sgn) == GW_JSON_OBJECT &&
	    gw_json_get(&m, sgn, GW_STR("rvi"))) {
		request->release = gw_arena_str(
			request->arena, gw_json_text(request->arena, m.value));
	}
}

/* Some clients send an empty object or text where there is no content. */
static void drop_empty(struct gw_primitive *request)
{
	if ((request->op == GW_OP_RETRIEVE || request->op == GW_OP_DELETE) &&
	    request->media != GW_MEDIA_NONE &&
	    gw_content_is_empty(request->media, request->content)) {
		request->content = (struct gw_bytes){ 0 };
		request->media = GW_MEDIA_NONE;
	}
}

/* Is there room, who speaks, and is it still worth anything? */
static enum gw_step check(struct gw_exchange *x)
{
	const struct gw_primitive *p = x->request;
	enum gw_status status = GW_STATUS_NONE;

	assert(x->state == GW_EXCHANGE_ASKED);
	assert(!x->hop.via);
	if (x->relay->is_draining) {
		return refuse_with(x, GW_STATUS_TARGET_NOT_REACHABLE,
				   "the gateway is going down");
	}
	status = exchange_take_place(x);
	if (status == GW_STATUS_NONE) {
		status = exchange_take_memory(x);
	}
	if (status != GW_STATUS_NONE) {
		x->is_crowded_out = true;
		return refuse(x, status);
	}
	if (p->id.len == 0) {
		return refuse_with(x, GW_STATUS_BAD_REQUEST, "rqi is missing");
	}
	if (!gw_str_is_present(p->from) &&
	    !(p->op == GW_OP_CREATE && p->type == GW_TYPE_AE)) {
		return refuse_with(x, GW_STATUS_BAD_REQUEST, "fr is missing");
	}
	find_release(x->request);
	drop_empty(x->request);
	status = speaker_find(x);
	if (status == GW_STATUS_NONE) {
		status = set_deadline(x);
	}
	return status == GW_STATUS_NONE ? GW_STEP_ROUTE : refuse(x, status);
}

/* A notification at a URL of our own is for whom its path names: `to` is what
 * it would be if the CSE had told that.  False when it names nobody. */
static bool find_own_target(struct gw_exchange *x)
{
	struct gw_str to;

	if (x->to.scope != GW_SCOPE_URL || !x->asker.cse ||
	    x->request->op != GW_OP_NOTIFY || !own_target(&to, x)) {
		return true;
	}
	x->request->to = to;
	return gw_address_parse(&x->to, to) && x->to.scope != GW_SCOPE_URL;
}

/* A CSE that notifies at points of access as they stand counts whatever comes
 * back as a success. */
static void tell_lost(const struct gw_exchange *x)
{
	const struct gw_cse *cse = x->asker.cse;

	if (cse && x->request->op == GW_OP_NOTIFY &&
	    cse->conf->profile->poa == GW_POA_EACH) {
		gw_warn("notification-refused",
			"a notification of " GW_CSE_FMT " for \"" GW_STR_FMT
			"\" is lost: %s; it reaches registrees only at the "
			"point of access that the gateway gives them, "
			"<advertise>/<AE-ID>",
			GW_CSE_ARG(cse), GW_STR_ARG(x->to.text), x->why.text);
	}
}

static enum gw_step route(struct gw_exchange *x)
{
	enum gw_status status = GW_STATUS_NOT_FOUND;

	if (find_own_target(x)) {
		status = gw_route_find(&x->relay->road.route, &x->why, x);
	} else {
		(void)gw_refuse(&x->why, "the URL is one of our own, and its "
					 "path names nobody");
	}
	if (status == GW_STATUS_NONE) {
		status = lap_judge(x);
	}
	if (status == GW_STATUS_NONE) {
		return GW_STEP_BORDER;
	}
	tell_lost(x);
	return refuse(x, status);
}

static enum gw_step border(struct gw_exchange *x)
{
	border_cross(x);
	return GW_STEP_DELIVER;
}

/* The gateway answers for itself as if it were another hop. */
static enum gw_step to_self(struct gw_exchange *x)
{
	x->hop.via = x->relay->self;
	return GW_STEP_SEND;
}

static enum gw_step to_url(struct gw_exchange *x)
{
	enum gw_media media = GW_MEDIA_NONE;
	struct gw_way way;

	if (!gw_content_media_of_url(&media, x->request->to)) {
		return refuse_with(x, GW_STATUS_UNSUPPORTED_MEDIA_TYPE,
				   "nobody knows the serialisation that the "
				   "URL asks for (ct)");
	}
	if (!way_of_url(&way, x, x->request->to)) {
		return refuse_with(x, GW_STATUS_TARGET_NOT_REACHABLE,
				   "no binding can send to this kind of URL");
	}
	way_use(x, &way);
	x->hop.is_whole_url = true;
	x->hop.host = GW_STR(""); // only what deliver.allow names
	return GW_STEP_SEND;
}

static enum gw_step to_registree(struct gw_exchange *x, struct gw_registree *r)
{
	struct gw_arena *a = x->request->arena;

	assert(r->cse);
	x->hop.receiver = (struct gw_receiver){
		.id = gw_arena_str(a, r->id),
		.cse = r->cse,
		.url = gw_arena_str(a, r->url),
		.media = r->media,
	};
	x->hop.host = gw_arena_str(a, gw_str_from(r->host));
	way_begin(x, r);
	x->failure = GW_STATUS_TARGET_NOT_REACHABLE;
	(void)gw_refuse(&x->why, "the registree has neither a connection nor a "
				 "point of access that can be used");
	return GW_STEP_NEXT_WAY;
}

static enum gw_step to_cse(struct gw_exchange *x, struct gw_cse *cse)
{
	enum gw_status status = GW_STATUS_NONE;

	assert(cse->conf);
	x->hop.via = cse->via;
	x->hop.cse = cse;
	x->hop.url = gw_arena_str(x->request->arena, cse->url);
	x->hop.media = cse->conf->media ? cse->conf->media : x->request->media;
	x->hop.originator = x->relay->road.route.originator;
	if (!relay_can_send(x->hop.via)) {
		return refuse_with(x, GW_STATUS_TARGET_NOT_REACHABLE,
				   "no binding can send to the CSE of this "
				   "target");
	}
	status = dialect_request(x);
	if (status == GW_STATUS_NONE) {
		status = learn_request(x, &x->why);
	}
	return status == GW_STATUS_NONE ? GW_STEP_SEND : refuse(x, status);
}

/* Choose the hop. */
static enum gw_step deliver(struct gw_exchange *x)
{
	const struct gw_route *route = &x->relay->road.route;

	if (route->is_self) {
		return to_self(x);
	}
	if (route->is_url) {
		return to_url(x);
	}
	return route->registree ? to_registree(x, route->registree)
				: to_cse(x, route->cse);
}

/* Bring content into this form; as it was it is not needed any more. */
static enum gw_status become(struct gw_primitive *p, enum gw_media media,
			     struct gw_reason *why)
{
	const uint8_t *before = p->content.at;
	enum gw_status status = gw_content_become(p, media, why);

	if (p->content.at != before) {
		gw_arena_drop(p->arena, before);
	}
	return status;
}

/* Bring the content into the form of the hop, and hand it over. */
static enum gw_step send_on(struct gw_exchange *x)
{
	struct gw_binding *via = x->hop.via;
	enum gw_status status = GW_STATUS_NONE;

	assert(relay_can_send(via));
	assert(x->state == GW_EXCHANGE_ASKED || x->state == GW_EXCHANGE_FAILED);
	assert(!x->sent);
	status = become(x->request,
			via->ops->media ? via->ops->media : x->hop.media,
			&x->why);
	if (status != GW_STATUS_NONE) {
		return refuse(x, status);
	}
	gw_timer_set(x->relay->loop, &x->deadline, exchange_patience_ms(x));
	x->state = GW_EXCHANGE_SENT;
	lap_begin(x);
	via->ops->send(via, x);
	x->hop.originator = NULL;
	return GW_STEP_LEAVE;
}

/* It did not get there.  Is there another way? */
static enum gw_step next_way(struct gw_exchange *x)
{
	bool is_unreachable = x->failure == GW_STATUS_TARGET_NOT_REACHABLE;

	assert(x->failure != GW_STATUS_NONE);
	assert(x->state == GW_EXCHANGE_ASKED || x->state == GW_EXCHANGE_FAILED);
	if (is_unreachable && !x->is_lost && x->relay->is_started &&
	    x->hop.receiver.cse) {
		way_failed(x);
		if (way_next(x)) {
			x->is_crowded_out = false;
			return GW_STEP_SEND;
		}
	}
	if (x->is_crowded_out) {
		return refuse(x, x->failure);
	}
	if (!is_unreachable) {
		return refuse(x, x->failure);
	}
	x->relay->counts.n_unreachable++;
	reach_lost(x, x->why.text);
	exchange_end(x, x->failure, x->why.text);
	return GW_STEP_FIT;
}

/* What the answer shows of registrees; and their points of access back. */
static enum gw_step learn(struct gw_exchange *x)
{
	assert(x->state == GW_EXCHANGE_ENDED);
	assert(x->answer);
	x->relay->counts.n_lost_contents += x->answer->has_lost_content;
	reach_heard(x);
	dialect_answer(x);
	learn_answer(x);
	return GW_STEP_FIT;
}

/* A request that names its release is answered in it, whatever the receiver
 * left out (TS-0004 7.3.1.2). */
static void name_release(struct gw_primitive *answer,
			 const struct gw_primitive *request)
{
	if (answer->release.len == 0 && request->release.len > 0) {
		answer->release = gw_arena_str(answer->arena, request->release);
	}
}

/* The answer goes without its content. */
static void lose_content(struct gw_exchange *x)
{
	struct gw_primitive *answer = x->answer;

	gw_arena_drop(answer->arena, answer->content.at);
	answer->content = (struct gw_bytes){ 0 };
	answer->media = GW_MEDIA_NONE;
	x->relay->counts.n_lost_contents++;
}

/* An answer whose content its asker cannot read leaves it with the status, if
 * that says all, else with the reason. */
static void leave_out_content(struct gw_exchange *x)
{
	struct gw_primitive *answer = x->answer;

	if (!gw_content_is_dispensable(answer->status, x->request)) {
		x->answer = gw_primitive_new_error(
			x->request, GW_STATUS_NOT_ACCEPTABLE, x->why.text);
		gw_primitive_free(answer);
		answer = x->answer;
	}
	if (answer && gw_content_become(answer, x->asker.media, &x->why) !=
			      GW_STATUS_NONE) {
		lose_content(x);
	}
}

/* An answer is held until its asker has taken it, for which there must be room.
 * Without it what was carried out is told all the same, and what was asked for
 * may be asked for again. */
static void keep_answer(struct gw_exchange *x)
{
	enum gw_status status = GW_STATUS_NONE;

	exchange_drop_content(x);
	status = x->is_answered ? exchange_take_memory(x) : GW_STATUS_NONE;
	if (status == GW_STATUS_NONE) {
		return;
	}
	if (x->request->op != GW_OP_RETRIEVE ||
	    gw_content_is_dispensable(x->answer->status, x->request)) {
		lose_content(x);
		return;
	}
	gw_primitive_free(x->answer);
	x->answer = gw_primitive_new_error(x->request, status, x->why.text);
	x->is_answered = false;
	exchange_is_overload(x);
}

/* Bring the answer into the form that its asker reads. */
static enum gw_step fit(struct gw_exchange *x)
{
	assert(x->state == GW_EXCHANGE_ENDED);
	if (!x->answer) {
		return GW_STEP_REPLY;
	}
	keep_answer(x);
	if (!x->answer) {
		return GW_STEP_REPLY;
	}
	name_release(x->answer, x->request);
	if (become(x->answer, x->asker.media, &x->why) != GW_STATUS_NONE) {
		leave_out_content(x);
	}
	return GW_STEP_REPLY;
}

static enum gw_step reply(struct gw_exchange *x)
{
	struct gw_binding *asker = x->asker.binding;

	assert(x->state == GW_EXCHANGE_ENDED);
	report_exchange(x);
	if (!x->is_abandoned) {
		asker->ops->reply(asker, x);
	}
	exchange_free(x);
	return GW_STEP_LEAVE;
}

static step_fn *const steps[] = {
	[GW_STEP_CHECK] = check,   [GW_STEP_ROUTE] = route,
	[GW_STEP_BORDER] = border, [GW_STEP_DELIVER] = deliver,
	[GW_STEP_SEND] = send_on,  [GW_STEP_NEXT_WAY] = next_way,
	[GW_STEP_LEARN] = learn,   [GW_STEP_FIT] = fit,
	[GW_STEP_REPLY] = reply,
};

void path_walk(struct gw_task *t)
{
	struct gw_relay *relay = gw_container(t, struct gw_relay, road.task);
	struct gw_exchange *x = NULL;

	while ((x = exchange_take_queued(relay))) {
		enum gw_step step = x->step;

		assert(x->relay == relay);
		while (step != GW_STEP_LEAVE) {
			assert(steps[step]);
			step = steps[step](x);
		}
	}
}
