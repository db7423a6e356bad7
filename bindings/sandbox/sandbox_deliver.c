/*
 * Deliver - requests of the sandbox's own.
 */

#include "bindings/sandbox/sandbox_deliver.h"

#include <assert.h>
#include <stdlib.h>

#include "bindings/sandbox/sandbox_limits.h"
#include "bindings/sandbox/sandbox_map.h"
#include "bindings/sandbox/sandbox_poll.h"
#include "core/address.h"
#include "core/binding.h"
#include "core/exchange.h"
#include "core/lib/arena.h"

/* What a request needs besides its content and the texts of its target. */
#define REQUEST_ROOM ((size_t)512)

/* The release our own requests are written for. */
#define RELEASE "3"

struct gw_str sandbox_deliver_id(struct sandbox *box, struct gw_arena *a)
{
	/* A CSE puts its own id before what it counts (TS-0004 7.1.7). */
	return gw_arena_print(a, GW_STR_FMT "/%llu", GW_STR_ARG(box->csi),
			      (unsigned long long)++box->n_minted);
}

struct gw_primitive *sandbox_deliver_new(struct sandbox *box, struct gw_str to,
					 size_t content_bytes)
{
	size_t room = REQUEST_ROOM + to.len + SANDBOX_NAME_MAX +
		      box->csi.len * 2 + content_bytes;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p =
		gw_primitive_new(room, room);

	if (!p) {
		return NULL;
	}
	p->op = GW_OP_NOTIFY;
	p->to = gw_arena_str(p->arena, to);
	p->from = gw_arena_str(p->arena, box->csi);
	p->id = sandbox_deliver_id(box, p->arena);
	p->release = GW_STR(RELEASE);
	return gw_arena_is_short(p->arena) ? NULL : gw_take(&p);
}

static bool is_entity(const struct sandbox_node *node)
{
	return node->type->number == SANDBOX_AE ||
	       node->type->number == SANDBOX_REMOTE_CSE;
}

/* The <AE> or <remoteCSE> that a request is for, or NULL.  An entity is
 * written to by its own id, whatever address of its resource the subscriber
 * gave (TS-0001 10.2.10). */
static const struct sandbox_node *find_entity(const struct sandbox *box,
					      struct gw_primitive *request)
{
	struct sandbox_target target;
	struct gw_reason why;
	struct gw_address a;

	if (sandbox_target_find(&target, box, request->to, &why) ==
	    GW_STATUS_NONE) {
		if (target.kind != SANDBOX_REAL || !is_entity(target.node)) {
			return NULL;
		}
		request->to = gw_arena_str(request->arena,
					   target.node->csi.len > 0
						   ? target.node->csi
						   : target.node->id);
		return target.node;
	}
	if (!gw_address_parse(&a, request->to) || a.cse.len == 0) {
		return NULL;
	}
	return sandbox_tree_find_csi(&box->tree, a.cse);
}

static struct sandbox_send *send_new(struct sandbox *box, sandbox_sent_fn *done,
				     struct sandbox_call *call, size_t n_bytes)
{
	struct sandbox_send *s = calloc(1, sizeof(*s));

	if (!s) {
		return NULL;
	}
	s->box = box;
	s->done = done;
	s->call = call;
	s->n_bytes = n_bytes;
	TAILQ_INSERT_TAIL(&box->sends, s, all);
	box->n_sends++;
	box->n_sends_bytes += n_bytes;
	return s;
}

static void send_free(struct sandbox_send *s)
{
	struct sandbox *box = s->box;

	assert(box->n_sends > 0 && box->n_sends_bytes >= s->n_bytes);
	if (s->queue) {
		TAILQ_REMOVE(s->queue, s, queued);
	}
	gw_timer_clear(box->tree.loop, &s->lifetime);
	gw_primitive_free(s->request);
	TAILQ_REMOVE(&box->sends, s, all);
	box->n_sends--;
	box->n_sends_bytes -= s->n_bytes;
	free(s);
}

static bool open_exchange(struct sandbox_send *s, struct gw_primitive *request)
{
	struct gw_exchange *x = NULL;
	struct gw_asker asker = {
		.binding = s->box->binding,
		.native = s,
		.cse = s->box->cse,
		.media = GW_MEDIA_JSON,
	};

	return gw_exchange_open(&x, s->box->binding->relay, &asker, request) ==
	       0;
}

bool sandbox_deliver(struct sandbox *box, struct gw_primitive *request,
		     sandbox_sent_fn *done, struct sandbox_call *call)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *req = request;
	const struct sandbox_node *entity = NULL;
	struct sandbox_send *s = NULL;
	bool is_sent = false;

	assert(!done == !call);
	if (!req || box->n_sends >= SANDBOX_SENDS_MAX ||
	    box->n_sends_bytes >= SANDBOX_SENDS_BYTES_MAX) {
		return false;
	}
	s = send_new(box, done, call, REQUEST_ROOM + req->content.len);
	if (!s) {
		return false;
	}
	entity = find_entity(box, req);
	is_sent = entity && entity->channel
			  ? sandbox_poll_put(entity->channel, s, gw_take(&req))
			  : open_exchange(s, gw_take(&req));
	if (!is_sent) {
		send_free(s);
	}
	return is_sent;
}

void sandbox_deliver_end(struct sandbox_send *s, struct gw_primitive **answerp)
{
	if (s->done) {
		s->done(s, answerp);
	}
	send_free(s);
}

void sandbox_deliver_leave(struct sandbox_call *call)
{
	struct sandbox_send *s = NULL;

	if (call->n_waiting == 0) {
		return;
	}
	TAILQ_FOREACH(s, &call->box->sends, all)
	{
		if (s->call == call) {
			s->call = NULL;
			s->done = NULL;
		}
	}
}

void sandbox_deliver_stop(struct sandbox *box)
{
	while (!TAILQ_EMPTY(&box->sends)) {
		send_free(TAILQ_FIRST(&box->sends));
	}
	assert(box->n_sends == 0 && box->n_sends_bytes == 0);
}
