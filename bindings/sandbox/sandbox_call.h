#pragma once

/*
 * Call - one request while the sandbox works on it.
 *
 *	  send()  -> ready -> run -+-> finish: the answer, and the call is gone
 *	                ^          |
 *	                |          '-> waits: for verifications, for a forwarded
 *	                '------------- request, or as a long poll
 *	  forget() ends it at any time.
 *
 * Nothing is done inside send(): calls are run from a task of the loop, in the
 * order they came.  A call that waited for verifications is run once more from
 * its start, so it never trusts what it saw before it waited.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "bindings/sandbox/sandbox_filter.h"
#include "bindings/sandbox/sandbox_target.h"
#include "bindings/sandbox/sandbox_tree.h"
#include "core/codec/codec_json.h"
#include "core/lib/buf.h"
#include "core/lib/loop.h"
#include "core/primitive.h"
#include "core/status.h"

struct gw_binding;
struct gw_cse;
struct gw_exchange;

TAILQ_HEAD(sandbox_calls, sandbox_call);
TAILQ_HEAD(sandbox_sends, sandbox_send);

/* One CSE: its resources and all it is doing. */
struct sandbox {
	struct sandbox_tree tree;
	struct gw_binding *binding;
	struct gw_cse *cse;
	struct gw_str csi;          // "/id-sandbox"
	struct gw_str sp;           // "//sp.example"; absent when not known
	struct sandbox_calls calls; // all of them
	struct sandbox_calls ready; // those to be run
	struct gw_task work;
	struct sandbox_sends sends; // requests of our own on their way
	size_t n_sends;
	size_t n_sends_bytes;
	uint64_t n_minted;    // rqi given so far
	bool is_flooded;      // a notification was dropped, and the log said so
	struct sandbox *next; // of the same binding
};

/* What becomes of the answer when no exchange waits for it. */
enum sandbox_outcome {
	SANDBOX_ANSWERED, // it goes to the exchange
	SANDBOX_STORED,   // into the <request> resource (rt 1)
	SANDBOX_NOTIFIED, // as a notification (rt 2)
};

struct sandbox_call {
	struct sandbox *box;
	TAILQ_ENTRY(sandbox_call) all;
	TAILQ_ENTRY(sandbox_call) queued;
	struct sandbox_calls *queue; // where it is queued; NULL: nowhere
	struct gw_exchange *x;       // whose answer it is; NULL: of no exchange
	struct gw_primitive *request; // of the exchange, or owned without one
	enum sandbox_outcome outcome;
	struct gw_str stored_in; // ri of the <request>, in the request's arena

	/* What the request says; made anew by each run. */
	struct gw_str from; // who asks: a stem of ours is bare
	struct sandbox_target target;
	struct sandbox_filter filter;
	int64_t result;     // rcn; the default of the operation when absent
	bool has_result;    // rcn was given
	bool is_structured; // drt is 1
	struct gw_json_member resource; // of CREATE and UPDATE: the root of pc

	/* The answer while it is made. */
	struct gw_buf out;
	struct gw_reason why;
	int64_t offset; // cnot of a partial answer; 0: it is whole

	/* Verifications on their way, and how they went. */
	size_t n_waiting;
	bool has_failed;
	bool is_verified;
	struct gw_str minted; // ri that the verified subscription will get
};

/* Begin with a request that came in an exchange.  Returns 0 or -ENOMEM. */
int sandbox_call_take(struct sandbox *box, struct gw_exchange *x) GW_MUST_CHECK;

/* Begin with a request of nobody's exchange; takes the request. */
struct sandbox_call *sandbox_call_new(struct sandbox *box,
				      struct gw_primitive *request);

/* Run it, soon. */
void sandbox_call_wake(struct sandbox_call *call);

/* Let it wait in this queue, the newest first. */
void sandbox_call_hold(struct sandbox_call *call, struct sandbox_calls *queue);

/* End it without an answer. */
void sandbox_call_free(struct sandbox_call *call);

/* Answer with this status: what is in call->out, or the reason in call->why
 * when it is an error.  The call is gone. */
void sandbox_call_finish(struct sandbox_call *call, enum gw_status status);

/* Answer with a primitive that came from elsewhere; takes it, NULL is 5103.
 * The call is gone. */
void sandbox_call_pass(struct sandbox_call *call, struct gw_primitive *answer);

/* Whether somebody still waits for what a held call will say. */
bool sandbox_call_is_wanted(const struct sandbox_call *call);

/* Remember why; returns the status. */
enum gw_status sandbox_refuse(struct sandbox_call *call, enum gw_status status,
			      const char *fmt, ...) GW_PRINTF(3, 4);

/* The answer where memory is short. */
enum gw_status sandbox_refuse_short(struct sandbox_call *call);

/* Read what every request says (sandbox_params.c).  Returns NONE, or why it is
 * refused. */
enum gw_status sandbox_params_read(struct sandbox_call *call) GW_MUST_CHECK;
enum gw_status
sandbox_params_read_target(struct sandbox_call *call) GW_MUST_CHECK;

/* The operations.  Each returns how it ended, with the answer in call->out, or
 * NONE when the call waits. */
enum gw_status sandbox_create(struct sandbox_call *call) GW_MUST_CHECK;
enum gw_status sandbox_retrieve(struct sandbox_call *call) GW_MUST_CHECK;
enum gw_status sandbox_update(struct sandbox_call *call) GW_MUST_CHECK;
enum gw_status sandbox_delete(struct sandbox_call *call) GW_MUST_CHECK;
enum gw_status sandbox_notify(struct sandbox_call *call) GW_MUST_CHECK;

/* Remove a resource and all below it, with the notifications that this
 * causes. */
void sandbox_remove(struct sandbox *box, struct sandbox_node *node);
