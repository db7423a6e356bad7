/*
 * Params - what every request says, whatever its operation (TS-0004 7.2.1).
 */

#include "bindings/sandbox/sandbox_call.h"
#include "bindings/sandbox/sandbox_limits.h"
#include "core/address.h"
#include "core/deadline.h"

/* Bits for the values of rcn. */
#define RCN(n) (1U << (n))
#define RCN_MAX 12

/* Release versions this CSE serves; a request without rvi is release 1. */
static enum gw_status read_release(struct sandbox_call *call)
{
	static const char *const served[] = { "1", "2", "2a", "3", "4", "5" };
	struct gw_str release = call->request->release;

	if (release.len == 0) {
		return GW_STATUS_NONE;
	}
	for (size_t i = 0; i < sizeof(served) / sizeof(*served); i++) {
		if (gw_str_is(release, served[i])) {
			return GW_STATUS_NONE;
		}
	}
	return sandbox_refuse(call, GW_STATUS_RELEASE_VERSION_NOT_SUPPORTED,
			      "release " GW_STR_FMT " is not served here",
			      GW_STR_ARG(release));
}

static enum gw_status read_time(struct sandbox_call *call, const char *name)
{
	int64_t now = gw_loop_wall_ms(call->box->tree.loop);
	struct gw_str text = gw_primitive_get(call->request, gw_str_from(name));
	int64_t deadline = 0;

	if (!gw_str_is_present(text)) {
		return GW_STATUS_NONE;
	}
	if (!gw_deadline_read(&deadline, text, now)) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "%s is no time", name);
	}
	if (deadline <= now) {
		return sandbox_refuse(call, GW_STATUS_REQUEST_TIMEOUT,
				      "%s has passed", name);
	}
	return GW_STATUS_NONE;
}

static enum gw_status read_times(struct sandbox_call *call)
{
	enum gw_status status = read_time(call, "rqet");

	if (status == GW_STATUS_NONE) {
		status = read_time(call, "rset");
	}
	if (status == GW_STATUS_NONE &&
	    gw_str_is_present(gw_primitive_get(call->request, GW_STR("oet")))) {
		return sandbox_refuse(call, GW_STATUS_NOT_IMPLEMENTED,
				      "oet is not implemented here");
	}
	return status;
}

/* Only an AE that registers may leave `fr` out (TS-0004 7.3.2.1). */
static enum gw_status read_originator(struct sandbox_call *call)
{
	const struct gw_primitive *request = call->request;
	struct gw_address a;
	bool is_registration = request->op == GW_OP_CREATE &&
			       request->type == GW_TYPE_AE;

	call->from = request->from;
	if (request->from.len == 0) {
		return is_registration
			       ? GW_STATUS_NONE
			       : sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
						"fr is missing");
	}
	if (!gw_address_parse(&a, request->from) ||
	    request->from.len > SANDBOX_NAME_MAX) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "fr is no identifier");
	}
	call->from = sandbox_target_stem(call->box, request->from);
	return GW_STATUS_NONE;
}

static enum gw_status read_operation(struct sandbox_call *call)
{
	const struct gw_primitive *request = call->request;
	bool is_create = request->op == GW_OP_CREATE;

	if (request->op < GW_OP_CREATE || request->op > GW_OP_NOTIFY) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "op is none of the five operations");
	}
	if (is_create != (request->type != 0)) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      is_create
					      ? "ty is missing"
					      : "ty belongs to a CREATE only");
	}
	return GW_STATUS_NONE;
}

/* Read a parameter that is a whole number.  Absent gives missing. */
static bool read_number(int64_t *np, const struct gw_primitive *request,
			const char *name, int64_t missing)
{
	struct gw_str text = gw_primitive_get(request, gw_str_from(name));

	*np = missing;
	return !gw_str_is_present(text) || gw_json_integer(np, text);
}

/* Which values of rcn an operation may have (TS-0004 6.3.4.2.7), and which of
 * them are not built here. */
static const struct {
	int64_t missing;
	unsigned allowed;
	unsigned not_built;
} results[] = {
	[GW_OP_CREATE] = { 1, RCN(0) | RCN(1) | RCN(2) | RCN(3) | RCN(9), 0 },
	[GW_OP_RETRIEVE] = { 1,
			     RCN(1) | RCN(4) | RCN(5) | RCN(6) | RCN(7) |
				     RCN(8) | RCN(10) | RCN(11) | RCN(12),
			     RCN(7) | RCN(10) | RCN(12) },
	[GW_OP_UPDATE] = { 1, RCN(0) | RCN(1) | RCN(9), 0 },
	[GW_OP_DELETE] = { 0,
			   RCN(0) | RCN(1) | RCN(4) | RCN(5) | RCN(6) | RCN(8),
			   0 },
	[GW_OP_NOTIFY] = { 0, RCN(0), 0 },
};

static enum gw_status read_result(struct sandbox_call *call)
{
	const struct gw_primitive *request = call->request;
	enum gw_op op = request->op;
	int64_t drt = 0;
	bool is_number = read_number(&call->result, request, "rcn",
				     results[op].missing);
	int64_t rcn = call->result;

	call->has_result = gw_str_is_present(
		gw_primitive_get(request, GW_STR("rcn")));
	if (!is_number || rcn < 0 || rcn > RCN_MAX ||
	    !(results[op].allowed & RCN(rcn))) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "this rcn does not go with a %s",
				      gw_op_name(op));
	}
	if (results[op].not_built & RCN(rcn)) {
		return sandbox_refuse(call, GW_STATUS_NOT_IMPLEMENTED,
				      "rcn %d is not implemented here",
				      (int)rcn);
	}
	if (!read_number(&drt, request, "drt", 1) || drt < 1 || drt > 2) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "drt is neither 1 nor 2");
	}
	call->is_structured = drt == 1;
	return GW_STATUS_NONE;
}

enum gw_status sandbox_params_read(struct sandbox_call *call)
{
	static enum gw_status (*const readers[])(struct sandbox_call *) = {
		read_operation,  read_release, read_times,
		read_originator, read_result,
	};
	enum gw_status status = GW_STATUS_NONE;

	for (size_t i = 0;
	     status == GW_STATUS_NONE && i < sizeof(readers) / sizeof(*readers);
	     i++) {
		status = readers[i](call);
	}
	return status;
}

enum gw_status sandbox_params_read_target(struct sandbox_call *call)
{
	struct gw_arena *a = sandbox_tree_scratch(&call->box->tree);
	enum gw_status status = GW_STATUS_NONE;

	if (!a) {
		return sandbox_refuse_short(call);
	}
	status = sandbox_filter_read(
		&call->filter, a, gw_primitive_get(call->request, GW_STR("fc")),
		&call->why);
	if (status != GW_STATUS_NONE) {
		return status;
	}
	status = sandbox_target_find(&call->target, call->box,
				     call->request->to, &call->why);
	if (status == GW_STATUS_NONE && gw_str_is_present(call->target.attr) &&
	    call->request->op != GW_OP_RETRIEVE) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "an attribute can only be retrieved");
	}
	return status;
}
