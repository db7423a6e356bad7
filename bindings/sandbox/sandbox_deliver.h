#pragma once

/*
 * Deliver - requests of the sandbox's own, on their way to an AE, a CSE or a
 * URL.
 *
 * One goes into the polling channel of its target where it has one, and else
 * into an exchange, whose route the core finds.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bindings/sandbox/sandbox_call.h"
#include "core/lib/timer.h"

struct sandbox_send;

/* How it ended.  *answerp is the answer, NULL when there is none; it may be
 * taken.  s->call is who waits for it, or NULL when nobody does any more. */
typedef void sandbox_sent_fn(struct sandbox_send *s,
			     struct gw_primitive **answerp);

struct sandbox_send {
	struct sandbox *box;
	TAILQ_ENTRY(sandbox_send) all;
	struct sandbox_call *call;
	sandbox_sent_fn *done; // NULL: nobody wants to know
	size_t n_bytes;

	/* Only of one in a channel (sandbox_poll.h). */
	TAILQ_ENTRY(sandbox_send) queued;
	struct sandbox_sends *queue;
	struct gw_primitive *request; // owned
	struct gw_timer lifetime;
};

/* A NOTIFY of ours to this target, without content yet, with room for so many
 * bytes of it.  NULL when memory is short. */
struct gw_primitive *sandbox_deliver_new(struct sandbox *box, struct gw_str to,
					 size_t content_bytes);

/* An rqi that this sandbox has not used; in the arena. */
struct gw_str sandbox_deliver_id(struct sandbox *box, struct gw_arena *a);

/* Send it.  Takes the request.  True: done() comes once, later.  False: it was
 * not sent, and done() does not come. */
bool sandbox_deliver(struct sandbox *box, struct gw_primitive *request,
		     sandbox_sent_fn *done, struct sandbox_call *call);

/* It ended: tell who waits, and free it. */
void sandbox_deliver_end(struct sandbox_send *s, struct gw_primitive **answerp);

/* The call waits no more for anything it sent. */
void sandbox_deliver_leave(struct sandbox_call *call);

/* Free all that is on its way, without a word. */
void sandbox_deliver_stop(struct sandbox *box);
