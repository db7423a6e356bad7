/*
 * Update - UPDATE and DELETE (TS-0004 7.3.3.7, 7.3.3.8).
 */

#include "bindings/sandbox/sandbox_admit.h"

#include <assert.h>

#include "bindings/sandbox/sandbox_attrs.h"
#include "bindings/sandbox/sandbox_map.h"
#include "bindings/sandbox/sandbox_poll.h"
#include "bindings/sandbox/sandbox_print.h"
#include "bindings/sandbox/sandbox_result.h"
#include "bindings/sandbox/sandbox_subscribe.h"

/* rcn of an UPDATE: only what changed. */
#define RESULT_MODIFIED 9

static enum gw_status check_update(struct sandbox_call *call)
{
	const struct sandbox_type *type = call->target.node->type;
	enum gw_status status = GW_STATUS_NONE;

	if (call->target.kind != SANDBOX_REAL || !type->is_updatable) {
		return sandbox_refuse(call, GW_STATUS_OPERATION_NOT_ALLOWED,
				      "%s cannot be updated",
				      call->target.kind == SANDBOX_REAL
					      ? type->root
					      : "a virtual resource");
	}
	status = sandbox_attrs_read(call, type);
	if (status == GW_STATUS_NONE) {
		status = sandbox_attrs_check(call, type);
	}
	if (status == GW_STATUS_NONE &&
	    sandbox_tree_is_full(&call->box->tree,
				 call->request->content.len)) {
		return sandbox_refuse(call, GW_STATUS_NOT_ACCEPTABLE,
				      "the sandbox is full");
	}
	return status;
}

enum gw_status sandbox_update(struct sandbox_call *call)
{
	struct sandbox_node *node = call->target.node;
	const struct sandbox_admission *admission = sandbox_admission_of(
		node->type);
	enum gw_status status = check_update(call);

	if (status == GW_STATUS_NONE && admission->check) {
		status = admission->check(call);
	}
	if (status != GW_STATUS_NONE || call->n_waiting > 0) {
		return status;
	}
	if (sandbox_attrs_apply(call, node)) {
		return sandbox_refuse_short(call);
	}
	sandbox_node_touch(node);
	if (admission->settle) {
		admission->settle(call->box, node);
	}
	if (call->result == RESULT_MODIFIED) {
		sandbox_attrs_print(&call->out, call, node);
	} else if (call->result == SANDBOX_ATTRIBUTES) {
		sandbox_print_resource(&call->out, node);
	}
	sandbox_tell(node, SANDBOX_UPDATED, node, call);
	return GW_STATUS_UPDATED;
}

/* Subscriptions go with what they are about, so all are told first. */
static void tell_below(struct sandbox_node *top)
{
	struct sandbox_node *node = top;

	while (node) {
		sandbox_tell_removal(node);
		node = sandbox_tree_walk(top, node, true);
	}
}

void sandbox_remove(struct sandbox *box, struct sandbox_node *node)
{
	struct sandbox_node *leaf = NULL;

	if (node->parent) {
		sandbox_tell(node->parent, SANDBOX_CHILD_DELETED, node, NULL);
	}
	tell_below(node);
	assert(node->tree == &box->tree);
	do {
		leaf = sandbox_tree_leaf(node);
		if (leaf->type->number == SANDBOX_CHANNEL) {
			sandbox_poll_close(leaf);
		}
		sandbox_tree_remove(leaf);
	} while (leaf != node);
}

enum gw_status sandbox_delete(struct sandbox_call *call)
{
	enum gw_status status = GW_STATUS_NONE;

	if (call->target.kind == SANDBOX_POLL) {
		return sandbox_refuse(call, GW_STATUS_OPERATION_NOT_ALLOWED,
				      "pcu cannot be deleted");
	}
	if (call->request->content.len > 0) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "a DELETE carries no content");
	}
	status = sandbox_result_instance(call);
	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (!call->target.node->type->is_deletable) {
		return sandbox_refuse(call, GW_STATUS_OPERATION_NOT_ALLOWED,
				      "%s cannot be deleted",
				      call->target.node->type->root);
	}
	sandbox_result_print(call, call->target.node);
	sandbox_remove(call->box, call->target.node);
	return GW_STATUS_DELETED;
}
