/*
 * Notify - NOTIFY: the answer to a long poll, or a request for an entity that
 * is registered here (TS-0004 7.5.1.2).
 */

#include "bindings/sandbox/sandbox_deliver.h"
#include "bindings/sandbox/sandbox_map.h"
#include "bindings/sandbox/sandbox_poll.h"
#include "bindings/sandbox/sandbox_request.h"
#include "core/address.h"
#include "core/lib/arena.h"

static void forwarded(struct sandbox_send *s, struct gw_primitive **answerp)
{
	struct sandbox_call *call = s->call;

	s->call = NULL;
	call->n_waiting = 0;
	sandbox_call_pass(call, gw_take(answerp));
}

static enum gw_status forward(struct sandbox_call *call)
{
	struct gw_arena *a = sandbox_tree_scratch(&call->box->tree);
	struct gw_home home = { .cse = call->box->csi, .sp = call->box->sp };
	struct gw_address originator;
	struct gw_str from;
	struct gw_primitive *copy = NULL;

	if (!a) {
		return sandbox_refuse_short(call);
	}
	(void)gw_address_parse(&originator, call->from);
	from = gw_address_rescope(a, &originator, GW_BORDER_MCC, &home);
	copy = sandbox_request_copy(call->box, call->request,
				    sandbox_deliver_id(call->box, a), from);
	call->n_waiting = 1;
	if (!sandbox_deliver(call->box, copy, forwarded, call)) {
		call->n_waiting = 0;
		return sandbox_refuse(call, GW_STATUS_TARGET_NOT_REACHABLE,
				      "the target cannot be reached");
	}
	return GW_STATUS_NONE;
}

enum gw_status sandbox_notify(struct sandbox_call *call)
{
	unsigned type = call->target.node->type->number;

	if (call->target.kind == SANDBOX_POLL) {
		return sandbox_poll_answer(call);
	}
	if (call->target.kind != SANDBOX_REAL ||
	    (type != SANDBOX_AE && type != SANDBOX_REMOTE_CSE)) {
		return sandbox_refuse(call, GW_STATUS_OPERATION_NOT_ALLOWED,
				      "only an AE or a CSE can be notified");
	}
	return forward(call);
}
