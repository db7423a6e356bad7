/*
 * Register - who may register as an AE or a CSE, and under which identifier
 * (TS-0001 10.2.2, TS-0004 7.4.4 and 7.4.5).
 */

#include "bindings/sandbox/sandbox_admit.h"
#include "bindings/sandbox/sandbox_attrs.h"
#include "bindings/sandbox/sandbox_map.h"
#include "core/address.h"
#include "core/lib/arena.h"

/* "C", "S" and nothing ask for an identifier; a stem asks for itself. */
enum gw_status sandbox_ae_identify(struct sandbox_call *call,
				   struct sandbox_plan *plan)
{
	struct gw_str from = call->from;
	bool is_free = from.len == 0 || gw_str_is(from, "C");

	if (is_free || gw_str_is(from, "S")) {
		plan->id = sandbox_tree_mint(&call->box->tree,
					     is_free ? "C" : "S");
	} else if (gw_address_is_stem(from) && sandbox_is_name(from)) {
		plan->id = from;
	} else {
		return sandbox_refuse(
			call, GW_STATUS_BAD_REQUEST,
			"fr of an AE that registers is C, S or a stem of one");
	}
	if (sandbox_tree_find(&call->box->tree, plan->id)) {
		return sandbox_refuse(
			call, GW_STATUS_ORIGINATOR_HAS_ALREADY_REGISTERED,
			GW_STR_FMT " is registered", GW_STR_ARG(plan->id));
	}
	plan->creator = plan->id;
	if (!gw_str_is_present(plan->name)) {
		plan->name = plan->id;
	}
	return GW_STATUS_NONE;
}

static enum gw_status check_app_id(struct sandbox_call *call, struct gw_str api)
{
	/* An App-ID begins with R (registered; r until release 3) or N. */
	if (api.len < 3 ||
	    (api.at[1] != 'R' && api.at[1] != 'r' && api.at[1] != 'N')) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "api begins with neither R nor N");
	}
	return GW_STATUS_NONE;
}

enum gw_status sandbox_ae_check(struct sandbox_call *call)
{
	struct gw_str api = sandbox_attrs_get(call, "api");
	struct gw_str srv = sandbox_attrs_get(call, "srv");
	struct gw_json_walk walk;
	struct gw_json_member first;
	enum gw_status status = GW_STATUS_NONE;

	if (gw_str_is_present(api)) {
		status = check_app_id(call, api);
	}
	if (status != GW_STATUS_NONE || !gw_str_is_present(srv)) {
		return status;
	}
	walk = gw_json_walk(srv);
	return gw_json_next(&walk, &first)
		       ? GW_STATUS_NONE
		       : sandbox_refuse(call, GW_STATUS_CONTENTS_UNACCEPTABLE,
					"srv names no release");
}

/* "/id-mn", or "//sp/id-mn" from another provider. */
static bool is_cse_id(const struct gw_address *a)
{
	return gw_str_is_present(a->cse) && a->rest.len == 0 &&
	       sandbox_is_name(gw_str_skip(a->cse, 1));
}

enum gw_status sandbox_csr_identify(struct sandbox_call *call,
				    struct sandbox_plan *plan)
{
	struct gw_str from = call->from;
	struct gw_address a;

	if (!gw_address_parse(&a, from) || !is_cse_id(&a)) {
		return sandbox_refuse(call, GW_STATUS_OPERATION_NOT_ALLOWED,
				      "only a CSE registers as a remoteCSE");
	}
	if (gw_str_eq(from, call->box->csi) ||
	    sandbox_tree_find_csi(&call->box->tree, from)) {
		return sandbox_refuse(
			call, GW_STATUS_ORIGINATOR_HAS_ALREADY_REGISTERED,
			GW_STR_FMT " is registered", GW_STR_ARG(from));
	}
	plan->csi = from;
	if (!gw_str_is_present(plan->name)) {
		plan->name = gw_str_skip(a.cse, 1);
	}
	return GW_STATUS_NONE;
}

/* A channel belongs to the entity below whose resource it is, and there is one
 * (TS-0001 9.6.21). */
enum gw_status sandbox_channel_check(struct sandbox_call *call)
{
	const struct sandbox_node *owner = call->target.node;

	if (call->request->op != GW_OP_CREATE) {
		return GW_STATUS_NONE;
	}
	if (!gw_str_eq(call->from, owner->id) &&
	    !(gw_str_is_present(owner->csi) &&
	      gw_str_eq(call->from, owner->csi))) {
		return sandbox_refuse(
			call, GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE,
			"only the entity itself makes its polling channel");
	}
	if (owner->channel) {
		return sandbox_refuse(call, GW_STATUS_CONFLICT,
				      "it has a polling channel");
	}
	return GW_STATUS_NONE;
}
