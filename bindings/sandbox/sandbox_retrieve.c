/*
 * Retrieve - RETRIEVE, discovery and partial retrieval (TS-0004 7.3.3.6 and
 * 7.3.3.13).
 */

#include "bindings/sandbox/sandbox_map.h"
#include "bindings/sandbox/sandbox_poll.h"
#include "bindings/sandbox/sandbox_print.h"
#include "bindings/sandbox/sandbox_result.h"
#include "core/lib/arena.h"

enum gw_status sandbox_result_instance(struct sandbox_call *call)
{
	struct sandbox_kids *instances =
		&call->target.node->kids[SANDBOX_INSTANCES];

	if (call->target.kind == SANDBOX_REAL) {
		return GW_STATUS_NONE;
	}
	if (TAILQ_EMPTY(instances)) {
		return sandbox_refuse(call, GW_STATUS_NOT_FOUND,
				      "the container has no instances");
	}
	call->target.node = call->target.kind == SANDBOX_LATEST
				    ? TAILQ_LAST(instances, sandbox_kids)
				    : TAILQ_FIRST(instances);
	call->target.kind = SANDBOX_REAL;
	return GW_STATUS_NONE;
}

/* One attribute of a partial RETRIEVE. */
static enum gw_status put_attribute(struct sandbox_call *call, size_t start,
				    struct gw_str name)
{
	const struct sandbox_node *node = call->target.node;
	const struct sandbox_rule *rule = sandbox_rule_find(node->type, name);

	if (!rule) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "%s has no such attribute",
				      node->type->root);
	}
	if (!sandbox_print_member(&call->out, start, node, rule)) {
		return sandbox_refuse(call, GW_STATUS_NOT_FOUND,
				      "the resource has no %s", rule->name);
	}
	return GW_STATUS_NONE;
}

static enum gw_status put_listed(struct sandbox_call *call, size_t start,
				 struct gw_str list)
{
	struct gw_arena *a = sandbox_tree_scratch(&call->box->tree);
	struct gw_json_walk walk = gw_json_walk(list);
	struct gw_json_member m;
	enum gw_status status = GW_STATUS_NONE;

	if (!a) {
		return sandbox_refuse_short(call);
	}
	while (status == GW_STATUS_NONE && gw_json_next(&walk, &m)) {
		status = put_attribute(call, start, gw_json_text(a, m.value));
	}
	return status;
}

/* to#attr, or m2m:atrl in the content. */
static enum gw_status retrieve_part(struct sandbox_call *call,
				    struct gw_str list)
{
	struct gw_buf *buf = &call->out;
	enum gw_status status = GW_STATUS_NONE;
	size_t start = 0;

	gw_buf_print(buf, "{\"%s\":{", call->target.node->type->root);
	start = buf->len;
	status = gw_str_is_present(list)
			 ? put_listed(call, start, list)
			 : put_attribute(call, start, call->target.attr);
	gw_buf_lit(buf, "}}");
	return status == GW_STATUS_NONE ? GW_STATUS_OK : status;
}

/* The attribute list in the content, absent when there is no content. */
static enum gw_status read_list(struct sandbox_call *call, struct gw_str *listp)
{
	struct gw_json_member root;

	if (call->request->content.len == 0) {
		return GW_STATUS_NONE;
	}
	if (!gw_primitive_root(&root, call->request) ||
	    !gw_str_is(root.name, "m2m:atrl") || root.type != GW_JSON_ARRAY) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "a RETRIEVE carries m2m:atrl or nothing");
	}
	*listp = root.value;
	return GW_STATUS_NONE;
}

static enum gw_status discover(struct sandbox_call *call)
{
	if (call->has_result && call->result != SANDBOX_REFERENCES &&
	    call->result != SANDBOX_DISCOVERED) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "this rcn does not go with a discovery");
	}
	if (!call->has_result) {
		call->result = SANDBOX_DISCOVERED;
	}
	sandbox_result_print(call, call->target.node);
	return GW_STATUS_OK;
}

static enum gw_status retrieve_whole(struct sandbox_call *call)
{
	if (call->filter.usage == SANDBOX_DISCOVERY) {
		return discover(call);
	}
	if (call->result == SANDBOX_DISCOVERED) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "rcn 11 goes with a discovery only");
	}
	if (call->result == SANDBOX_ATTRIBUTES &&
	    !sandbox_filter_match(&call->filter, call->target.node)) {
		return sandbox_refuse(
			call, GW_STATUS_NOT_FOUND,
			"the resource does not meet the conditions");
	}
	sandbox_result_print(call, call->target.node);
	return GW_STATUS_OK;
}

enum gw_status sandbox_retrieve(struct sandbox_call *call)
{
	struct gw_str list = { 0 };
	enum gw_status status = read_list(call, &list);

	if (status == GW_STATUS_NONE && call->target.kind == SANDBOX_POLL) {
		return sandbox_poll_fetch(call);
	}
	if (status == GW_STATUS_NONE) {
		status = sandbox_result_instance(call);
	}
	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (gw_str_is_present(list) || gw_str_is_present(call->target.attr)) {
		return retrieve_part(call, list);
	}
	return retrieve_whole(call);
}
