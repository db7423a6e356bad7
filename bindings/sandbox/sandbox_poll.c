/*
 * Poll - polling channels.
 */

#include "bindings/sandbox/sandbox_poll.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "bindings/sandbox/sandbox_deliver.h"
#include "bindings/sandbox/sandbox_limits.h"
#include "core/deadline.h"

int sandbox_poll_equip(struct sandbox_node *node, struct sandbox_node *parent)
{
	assert(!node->channel);
	node->channel = calloc(1, sizeof(*node->channel));
	if (!node->channel) {
		return -ENOMEM;
	}
	TAILQ_INIT(&node->channel->polls);
	TAILQ_INIT(&node->channel->waiting);
	TAILQ_INIT(&node->channel->fetched);
	return 0;
}

void sandbox_poll_settle(struct sandbox *box, struct sandbox_node *node)
{
	node->parent->channel = node->channel;
}

static void fail_all(struct sandbox_sends *sends)
{
	struct gw_primitive *none = NULL;

	while (!TAILQ_EMPTY(sends)) {
		sandbox_deliver_end(TAILQ_FIRST(sends), &none);
	}
}

void sandbox_poll_close(struct sandbox_node *node)
{
	struct sandbox_channel *channel = node->channel;
	struct sandbox_call *poll = NULL;

	assert(node->parent->channel == channel);
	node->parent->channel = NULL;
	while ((poll = TAILQ_FIRST(&channel->polls))) {
		sandbox_call_finish(poll,
				    sandbox_refuse(poll, GW_STATUS_NOT_FOUND,
						   "the channel is deleted"));
	}
	fail_all(&channel->waiting);
	fail_all(&channel->fetched);
	assert(TAILQ_EMPTY(&channel->polls) && TAILQ_EMPTY(&channel->waiting));
}

static size_t count_sends(const struct sandbox_sends *sends)
{
	const struct sandbox_send *s = NULL;
	size_t n = 0;

	TAILQ_FOREACH(s, sends, queued)
	{
		n++;
	}
	return n;
}

/* Those whose askers have left end here, so they take no place. */
static size_t count_polls(struct sandbox_channel *channel)
{
	struct sandbox_call *poll = TAILQ_FIRST(&channel->polls);
	struct sandbox_call *next = NULL;
	size_t n = 0;

	for (; poll; poll = next) {
		next = TAILQ_NEXT(poll, queued);
		if (sandbox_call_is_wanted(poll)) {
			n++;
		} else {
			sandbox_call_finish(
				poll,
				sandbox_refuse(poll, GW_STATUS_REQUEST_TIMEOUT,
					       "nobody waits any more"));
		}
	}
	return n;
}

/* Nobody fetched it, or nobody answered it, in time. */
static void lifetime_fires(struct gw_timer *t)
{
	struct sandbox_send *s = gw_container(t, struct sandbox_send, lifetime);
	struct sandbox *box = s->box;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *answer =
		gw_primitive_new_error(
			s->request, GW_STATUS_REQUEST_TIMEOUT,
			"nobody answered through the polling channel");

	sandbox_deliver_end(s, &answer);
	sandbox_tree_tidy(&box->tree);
}

static int64_t lifetime_of(const struct sandbox *box,
			   const struct gw_primitive *request)
{
	int64_t now = gw_loop_wall_ms(box->tree.loop);
	struct gw_str rqet = gw_primitive_get(request, GW_STR("rqet"));
	int64_t at = 0;

	if (gw_str_is_present(rqet) && gw_deadline_read(&at, rqet, now) &&
	    at - now < SANDBOX_CHANNEL_LIFE_MS) {
		return at - now;
	}
	return SANDBOX_CHANNEL_LIFE_MS;
}

/* The newest poll that somebody still waits for: the most likely to be
 * alive. */
static struct sandbox_call *wanted_poll(const struct sandbox_channel *channel)
{
	struct sandbox_call *poll = NULL;

	TAILQ_FOREACH(poll, &channel->polls, queued)
	{
		if (sandbox_call_is_wanted(poll)) {
			return poll;
		}
	}
	return NULL;
}

bool sandbox_poll_put(struct sandbox_channel *channel, struct sandbox_send *s,
		      struct gw_primitive *request)
{
	struct gw_loop *loop = s->box->tree.loop;
	struct sandbox_call *poll = NULL;

	assert(!s->request && !s->queue);
	s->request = request;
	if (count_sends(&channel->waiting) + count_sends(&channel->fetched) >=
	    SANDBOX_CHANNEL_MAX) {
		return false;
	}
	s->lifetime.fire = lifetime_fires;
	gw_timer_set(loop, &s->lifetime,
		     gw_loop_now_ms(loop) + lifetime_of(s->box, request));
	s->queue = &channel->waiting;
	TAILQ_INSERT_TAIL(s->queue, s, queued);
	poll = wanted_poll(channel);
	if (poll) {
		sandbox_call_wake(poll);
	}
	return true;
}

/* Only the entity whose channel it is (TS-0004 7.4.23). */
static enum gw_status check_owner(struct sandbox_call *call)
{
	const struct sandbox_node *owner = call->target.node->parent;

	if (gw_str_eq(call->from, owner->id) ||
	    (gw_str_is_present(owner->csi) &&
	     gw_str_eq(call->from, owner->csi))) {
		return GW_STATUS_NONE;
	}
	return sandbox_refuse(call, GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE,
			      "only the owner uses its polling channel");
}

static enum gw_status hand_over(struct sandbox_call *call,
				struct sandbox_channel *channel,
				struct sandbox_send *s)
{
	assert(s->queue == &channel->waiting);
	TAILQ_REMOVE(s->queue, s, queued);
	s->queue = &channel->fetched;
	TAILQ_INSERT_TAIL(s->queue, s, queued);
	gw_buf_lit(&call->out, "{\"m2m:rqp\":");
	gw_codec_json_encode(&call->out, s->request,
			     &(struct gw_codec_hop){ 0 });
	gw_buf_lit(&call->out, "}");
	return GW_STATUS_OK;
}

enum gw_status sandbox_poll_fetch(struct sandbox_call *call)
{
	struct sandbox_channel *channel = call->target.node->channel;
	struct sandbox_send *s = TAILQ_FIRST(&channel->waiting);
	enum gw_status status = check_owner(call);

	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (call->outcome != SANDBOX_ANSWERED) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "a long poll is a blocking request");
	}
	if (s) {
		return hand_over(call, channel, s);
	}
	if (count_polls(channel) >= SANDBOX_POLLS_MAX) {
		return sandbox_refuse(call, GW_STATUS_NOT_ACCEPTABLE,
				      "too many polls wait on this channel");
	}
	sandbox_call_hold(call, &channel->polls);
	return GW_STATUS_NONE;
}

static struct sandbox_send *find_fetched(const struct sandbox_channel *channel,
					 struct gw_str id)
{
	struct sandbox_send *s = NULL;

	TAILQ_FOREACH(s, &channel->fetched, queued)
	{
		if (gw_str_eq(s->request->id, id)) {
			return s;
		}
	}
	return NULL;
}

enum gw_status sandbox_poll_answer(struct sandbox_call *call)
{
	struct sandbox_channel *channel = call->target.node->channel;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *answer = NULL;
	struct gw_json_member root;
	struct sandbox_send *s = NULL;
	enum gw_status status = check_owner(call);

	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (!gw_primitive_root(&root, call->request) ||
	    !gw_str_is(root.name, "m2m:rsp")) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "pc is to hold m2m:rsp");
	}
	status = gw_codec_json_decode(&answer, &call->why, root.value,
				      call->out.limit_bytes * 2);
	if (status != GW_STATUS_NONE || gw_primitive_is_request(answer)) {
		return GW_STATUS_BAD_REQUEST;
	}
	s = find_fetched(channel, answer->id);
	if (!s) {
		return sandbox_refuse(call, GW_STATUS_NOT_FOUND,
				      "no request with this rqi waits");
	}
	sandbox_deliver_end(s, &answer);
	return GW_STATUS_OK;
}
