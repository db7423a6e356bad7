/*
 * Loopback - the shortest binding: relays of one process ask each other.
 */

#include "bindings/loopback/loopback.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/codec/codec.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/lib/buf.h"
#include "core/lib/log.h"
#include "core/relay.h"
#include "core/report.h"

#define GW_LOG_TOPIC "loopback"

/* What a message may have beside its content. */
#define ENVELOPE_BYTES ((size_t)64 << 10)

/* The state of the binding: the door at which it listens, what it asked and how
 * much it was asked.  Core makes it zeroed, and calls stop() even when start()
 * did not get to its end. */
struct loopback {
	struct gw_binding *binding;
	struct loopback_hall *hall;
	LIST_ENTRY(loopback) in_hall;
	bool is_open;
	char *url;
	LIST_HEAD(, call) calls;
	size_t n_owed;
};

/* One exchange, seen from both ends.  It lives until the end that was asked
 * replies, or the one that asks stops. */
struct call {
	struct loopback *from;
	struct loopback *to;
	struct gw_exchange *sent;  // of from; NULL: forgotten
	struct gw_exchange *asked; // of to
	LIST_ENTRY(call) of_sender;
};

static bool is_at(const struct loopback *l, struct gw_str url)
{
	size_t end = strlen(l->url);

	return gw_str_starts(url, gw_str_from(l->url)) &&
	       (url.len == end || url.at[end] == '/');
}

static struct loopback *find(const struct loopback *from, struct gw_str url)
{
	struct loopback *l = from->hall ? LIST_FIRST(&from->hall->doors) : NULL;

	while (l && !is_at(l, url)) {
		l = LIST_NEXT(l, in_hall);
	}
	return l;
}

static void call_free(struct call *call)
{
	assert(call->to->n_owed > 0);
	LIST_REMOVE(call, of_sender);
	call->to->n_owed--;
	free(call);
}

static struct call *call_new(struct loopback *from, struct loopback *to,
			     struct gw_exchange *x)
{
	struct call *call = malloc(sizeof(*call));

	if (call) {
		*call = (struct call){ .from = from, .to = to, .sent = x };
		LIST_INSERT_HEAD(&from->calls, call, of_sender);
		to->n_owed++;
	}
	return call;
}

/* Whose door it came from is known for certain: the CSE of the configuration
 * that is there, or NULL. */
static struct gw_cse *speaker(const struct call *call)
{
	const struct gw_relay *relay = call->to->binding->relay;
	struct gw_cse *cse = NULL;
	size_t i = 0;

	do {
		cse = gw_relay_cse(relay, i++);
	} while (cse && !is_at(call->from, cse->url));
	return cse;
}

/* send() only borrows the request: it is written and read, as on a wire. */
static enum gw_status carry(struct gw_primitive **pp, struct gw_reason *why,
			    const struct call *call)
{
	const struct gw_hop *hop = &call->sent->hop;
	const struct gw_codec_hop changed = { .from = hop->from };
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	enum gw_status status = GW_STATUS_NONE;

	gw_buf_init(&buf, 0,
		    call->to->binding->conf->limits.content_bytes +
			    ENVELOPE_BYTES);
	gw_codec_encode(&buf, call->sent->request, &changed, GW_MEDIA_JSON);
	if (gw_buf_is_short(&buf)) {
		return gw_refuse(why, "the message is larger than %zu bytes",
				 buf.limit_bytes);
	}
	if (gw_codec_take(pp, &status, why, GW_MEDIA_JSON,
			  gw_buf_bytes(&buf)) == GW_MESSAGE_REQUEST &&
	    hop->is_whole_url) {
		(*pp)->to = gw_str_skip((*pp)->to, strlen(call->to->url) + 1);
	}
	return status;
}

/* gw_exchange_open() only queues there, so our send() may call it. */
static enum gw_status ask(struct call *call, struct gw_reason *why)
{
	const struct gw_asker asker = {
		.binding = call->to->binding,
		.native = call,
		.cse = speaker(call),
		.url = gw_str_from(call->from->url),
		.identity = gw_str_from(call->from->binding->conf->node.cse_id),
		.media = GW_MEDIA_JSON,
	};
	gw_cleanup(gw_primitive_freep) struct gw_primitive *request = NULL;
	enum gw_status status = carry(&request, why, call);

	if (status == GW_STATUS_NONE &&
	    gw_exchange_open(&call->asked, call->to->binding->relay, &asker,
			     gw_take(&request))) {
		(void)gw_refuse(why, "the gateway is short of memory");
		status = GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	return status;
}

static void send_request(struct gw_binding *b, struct gw_exchange *x)
{
	struct loopback *from = b->state;
	struct loopback *to = find(from, x->hop.url);
	struct call *call = to ? call_new(from, to, x) : NULL;
	struct gw_reason why = { "" };
	enum gw_status status = GW_STATUS_NONE;

	if (!to) {
		gw_exchange_fail(x, GW_STATUS_TARGET_NOT_REACHABLE,
				 "nobody listens under that name");
		return;
	}
	if (!call) {
		gw_exchange_answer(x, NULL);
		return;
	}
	assert(!x->sent);
	x->sent = call;
	status = ask(call, &why);
	if (status != GW_STATUS_NONE) {
		call_free(call);
		gw_exchange_fail(x, status, why.text);
	}
}

/* The other end may still reply, and then nobody is there. */
static void forget(struct gw_binding *b, struct gw_exchange *x)
{
	struct call *call = x->sent;

	assert(call && call->sent == x);
	call->sent = NULL;
}

/* The answer is ours to move: no NULL in it becomes 5000. */
static void reply(struct gw_binding *b, struct gw_exchange *x)
{
	struct call *call = x->asker.native;

	assert(call->asked == x);
	if (call->sent) {
		gw_exchange_answer(call->sent, gw_take(&x->answer));
	} else {
		gw_report_stray(&(struct gw_stray){
			.binding = call->from->binding,
			.peer = GW_STR("loopback"),
			.answer = x->answer,
		});
	}
	call_free(call);
}

void loopback_enter(struct loopback_hall *hall, struct gw_binding *b)
{
	struct loopback *l = b->state;

	l->hall = hall;
}

static int start(struct gw_binding *b)
{
	struct loopback *l = b->state;

	l->binding = b;
	if (asprintf(&l->url, "loopback:/%s", b->conf->node.cse_id) < 0) {
		l->url = NULL;
		gw_error("start-failed", "memory is short");
		return -ENOMEM;
	}
	if (find(l, gw_str_from(l->url))) {
		gw_error("start-failed", "somebody listens at %s", l->url);
		return -EADDRINUSE;
	}
	if (l->hall) {
		LIST_INSERT_HEAD(&l->hall->doors, l, in_hall);
		l->is_open = true;
	}
	return 0;
}

static void drain(struct gw_binding *b)
{
	struct loopback *l = b->state;

	if (l->is_open) {
		LIST_REMOVE(l, in_hall);
		l->is_open = false;
	}
}

static bool is_drained(struct gw_binding *b)
{
	const struct loopback *l = b->state;

	return l->n_owed == 0 && LIST_EMPTY(&l->calls);
}

/* By now we have replied to all that we were asked, and forgotten all that we
 * asked; what others still work on for us is of no use any more. */
static void stop(struct gw_binding *b)
{
	struct loopback *l = b->state;

	drain(b);
	while (!LIST_EMPTY(&l->calls)) {
		struct call *call = LIST_FIRST(&l->calls);

		gw_exchange_abandon(call->asked);
		call_free(call);
	}
	free(l->url);
	l->url = NULL;
}

/* The same door for every CSE. */
static struct gw_str address(struct gw_binding *b, const struct gw_cse *cse)
{
	const struct loopback *l = b->state;

	return gw_str_from(l->url);
}

static const char *const schemes[] = { "loopback", NULL };

const struct gw_binding_ops loopback_ops = {
	.name = "loopback",
	.schemes = schemes,
	.media = GW_MEDIA_JSON,
	.state_size = sizeof(struct loopback),
	.start = start,
	.drain = drain,
	.is_drained = is_drained,
	.stop = stop,
	.send = send_request,
	.forget = forget,
	.reply = reply,
	.address = address,
};
