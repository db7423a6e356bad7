/*
 * Create - CREATE (TS-0004 7.3.3.5 and 7.4).
 */

#include "bindings/sandbox/sandbox_admit.h"

#include <assert.h>

#include "bindings/sandbox/sandbox_attrs.h"
#include "bindings/sandbox/sandbox_limits.h"
#include "bindings/sandbox/sandbox_map.h"
#include "bindings/sandbox/sandbox_print.h"
#include "bindings/sandbox/sandbox_subscribe.h"

/* What rcn asks for. */
enum {
	RESULT_NOTHING = 0,
	RESULT_ATTRIBUTES = 1,
	RESULT_ADDRESS = 2,
	RESULT_BOTH = 3,
	RESULT_MODIFIED = 9,
};

static enum gw_status check_place(struct sandbox_call *call,
				  const struct sandbox_type *type)
{
	const struct sandbox_node *parent = call->target.node;

	if (!type) {
		return sandbox_refuse(
			call, GW_STATUS_NOT_IMPLEMENTED,
			"resource type %u is not implemented here",
			call->request->type);
	}
	if (!type->is_made_by_request) {
		return sandbox_refuse(call, GW_STATUS_OPERATION_NOT_ALLOWED,
				      "only the CSE makes %s", type->root);
	}
	if (call->target.kind != SANDBOX_REAL) {
		return sandbox_refuse(call, GW_STATUS_OPERATION_NOT_ALLOWED,
				      "a virtual resource has no children");
	}
	if (!sandbox_type_may_hold(parent->type, type)) {
		return sandbox_refuse(call,
				      GW_STATUS_INVALID_CHILD_RESOURCE_TYPE,
				      "%s may not be below %s", type->root,
				      parent->type->root);
	}
	return GW_STATUS_NONE;
}

static enum gw_status check_bounds(struct sandbox_call *call)
{
	if (sandbox_tree_is_full(&call->box->tree,
				 sizeof(struct sandbox_node) +
					 call->request->content.len)) {
		return sandbox_refuse(call, GW_STATUS_NOT_ACCEPTABLE,
				      "the sandbox is full");
	}
	if (call->target.node->depth >= SANDBOX_DEPTH_MAX) {
		return sandbox_refuse(call, GW_STATUS_NOT_ACCEPTABLE,
				      "resources nest %d levels at most",
				      SANDBOX_DEPTH_MAX);
	}
	return GW_STATUS_NONE;
}

static bool is_reserved(struct gw_str name)
{
	static const char *const names[] = { "-", "la", "ol", "pcu", "fopt" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (gw_str_is(name, names[i])) {
			return true;
		}
	}
	return false;
}

/* The resourceName a client gives, or absent. */
static enum gw_status read_name(struct sandbox_call *call, struct gw_str *namep)
{
	struct gw_arena *a = sandbox_tree_scratch(&call->box->tree);
	struct gw_str rn = sandbox_attrs_get(call, "rn");

	if (!gw_str_is_present(rn)) {
		return GW_STATUS_NONE;
	}
	if (!a) {
		return sandbox_refuse_short(call);
	}
	*namep = gw_json_text(a, rn);
	if (!sandbox_is_name(*namep) || is_reserved(*namep)) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "rn is no resourceName");
	}
	return GW_STATUS_NONE;
}

static enum gw_status identify(struct sandbox_call *call,
			       struct sandbox_plan *plan)
{
	enum gw_status status = read_name(call, &plan->name);

	plan->id = call->minted;
	plan->creator = call->from;
	if (status == GW_STATUS_NONE &&
	    sandbox_admission_of(plan->type)->identify) {
		status = sandbox_admission_of(plan->type)->identify(call, plan);
	}
	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (!gw_str_is_present(plan->id)) {
		plan->id = sandbox_tree_mint(&call->box->tree,
					     plan->type->prefix);
	}
	if (!gw_str_is_present(plan->id)) {
		return sandbox_refuse_short(call);
	}
	if (!gw_str_is_present(plan->name)) {
		plan->name = plan->id;
	}
	if (sandbox_tree_child(call->target.node, plan->name)) {
		return sandbox_refuse(
			call, GW_STATUS_CONFLICT,
			"the parent has a child named " GW_STR_FMT,
			GW_STR_ARG(plan->name));
	}
	return GW_STATUS_NONE;
}

/* What the CSE decided, which the client does not know yet. */
static void print_own(struct gw_buf *buf, const struct sandbox_call *call,
		      const struct sandbox_node *node)
{
	const struct sandbox_rule *rule = NULL;
	size_t start = 0;

	gw_buf_print(buf, "{\"%s\":{", node->type->root);
	start = buf->len;
	for (size_t i = 0; (rule = sandbox_rule_at(node->type, i)); i++) {
		bool is_given = gw_str_is_present(
			sandbox_attrs_get(call, rule->name));

		if (rule->print && (!is_given || rule->shape == SANDBOX_VOID)) {
			(void)sandbox_print_member(buf, start, node, rule);
		}
	}
	gw_buf_lit(buf, "}}");
}

static void print_result(struct sandbox_call *call,
			 const struct sandbox_node *node)
{
	struct gw_buf *buf = &call->out;

	switch (call->result) {
	case RESULT_ATTRIBUTES:
		sandbox_print_resource(buf, node);
		break;
	case RESULT_ADDRESS:
		gw_buf_lit(buf, "{\"m2m:uri\":");
		sandbox_print_address(buf, node, true);
		gw_buf_lit(buf, "}");
		break;
	case RESULT_BOTH:
		gw_buf_lit(buf, "{\"m2m:rce\":{\"uri\":");
		sandbox_print_address(buf, node, true);
		gw_buf_print(buf, ",\"%s\":{", node->type->root);
		sandbox_print_attrs(buf, node);
		gw_buf_lit(buf, "}}}");
		break;
	case RESULT_MODIFIED:
		print_own(buf, call, node);
		break;
	default:
		break;
	}
}

static int furnish(const struct sandbox_call *call, struct sandbox_node *node)
{
	const struct sandbox_admission *admission = sandbox_admission_of(
		node->type);
	struct sandbox_node *parent = call->target.node;
	int err = 0;

	assert(call->target.kind == SANDBOX_REAL && !node->parent);
	sandbox_node_expire_at(node, node->created_ms + SANDBOX_LIFE_MS);
	err = sandbox_attrs_apply(call, node);
	if (!err && admission->equip) {
		err = admission->equip(node, parent);
	}
	if (!err) {
		sandbox_tree_add(node, parent);
	}
	return err;
}

static enum gw_status make(struct sandbox_call *call,
			   const struct sandbox_plan *plan)
{
	gw_cleanup(sandbox_node_freep) struct sandbox_node *node =
		sandbox_node_new(&call->box->tree, plan);
	struct sandbox_node *made = NULL;

	if (!node || furnish(call, node)) {
		return sandbox_refuse_short(call);
	}
	made = gw_take(&node);
	print_result(call, made);
	sandbox_tell(made->parent, SANDBOX_CHILD_MADE, made, NULL);
	if (sandbox_admission_of(made->type)->settle) {
		sandbox_admission_of(made->type)->settle(call->box, made);
	}
	return GW_STATUS_CREATED;
}

enum gw_status sandbox_create(struct sandbox_call *call)
{
	struct sandbox_plan plan = {
		.type = sandbox_type_find(call->request->type),
	};
	enum gw_status status = check_place(call, plan.type);

	if (status == GW_STATUS_NONE) {
		status = sandbox_attrs_read(call, plan.type);
	}
	if (status == GW_STATUS_NONE) {
		status = sandbox_attrs_check(call, plan.type);
	}
	if (status == GW_STATUS_NONE) {
		status = check_bounds(call);
	}
	if (status == GW_STATUS_NONE) {
		status = identify(call, &plan);
	}
	if (status == GW_STATUS_NONE &&
	    sandbox_admission_of(plan.type)->check) {
		status = sandbox_admission_of(plan.type)->check(call);
	}
	if (status != GW_STATUS_NONE || call->n_waiting > 0) {
		return status;
	}
	return make(call, &plan);
}
