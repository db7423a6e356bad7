/*
 * Subscribe - which subscriptions are accepted.
 *
 * Every target that is not the creator is asked first (vrq), all at the same
 * time.  When all have agreed the CREATE or UPDATE runs again from its start.
 */

#include "bindings/sandbox/sandbox_subscribe.h"

#include "bindings/sandbox/sandbox_admit.h"
#include "bindings/sandbox/sandbox_attrs.h"
#include "bindings/sandbox/sandbox_deliver.h"
#include "bindings/sandbox/sandbox_limits.h"
#include "bindings/sandbox/sandbox_map.h"
#include "core/lib/arena.h"

/* What a verification request says besides the texts in it. */
#define VERIFY_ROOM ((size_t)256)

#define NCT_MAX 3

#define FAILED GW_STATUS_SUBSCRIPTION_VERIFICATION_INITIATION_FAILED

static enum gw_status check_events(struct sandbox_call *call, struct gw_str net)
{
	struct gw_json_walk walk = gw_json_walk(net);
	struct gw_json_member m;
	int64_t n = 0;

	while (gw_json_next(&walk, &m)) {
		if (!gw_json_integer(&n, m.value) || n < SANDBOX_UPDATED) {
			return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
					      "enc.net is no list of events");
		}
		if (n > SANDBOX_CHILD_DELETED) {
			return sandbox_refuse(
				call, GW_STATUS_NOT_IMPLEMENTED,
				"event type %lld is not implemented here",
				(long long)n);
		}
	}
	return GW_STATUS_NONE;
}

/* The criteria that are built are net, chty and atr. */
static enum gw_status check_criterion(struct sandbox_call *call,
				      const struct gw_json_member *m)
{
	bool is_net = gw_str_is(m->name, "net");

	if (!is_net && !gw_str_is(m->name, "chty") &&
	    !gw_str_is(m->name, "atr")) {
		return sandbox_refuse(call, GW_STATUS_NOT_IMPLEMENTED,
				      "enc.%.*s is not implemented here",
				      m->name.len < 64 ? (int)m->name.len : 64,
				      m->name.at);
	}
	if (m->type != GW_JSON_ARRAY) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "a member of enc is to be an array");
	}
	return is_net ? check_events(call, m->value) : GW_STATUS_NONE;
}

static enum gw_status check_criteria(struct sandbox_call *call)
{
	struct gw_str enc = sandbox_attrs_get(call, "enc");
	enum gw_status status = GW_STATUS_NONE;
	struct gw_json_walk walk;
	struct gw_json_member m;

	if (!gw_str_is_present(enc) || gw_json_type_of(enc) != GW_JSON_OBJECT) {
		return GW_STATUS_NONE;
	}
	walk = gw_json_walk(enc);
	while (status == GW_STATUS_NONE && gw_json_next(&walk, &m)) {
		status = check_criterion(call, &m);
	}
	return status;
}

static enum gw_status check_content_type(struct sandbox_call *call)
{
	struct gw_str nct = sandbox_attrs_get(call, "nct");
	int64_t n = 1;

	if (gw_str_is_present(nct) && gw_json_integer(&n, nct) &&
	    (n < 1 || n > NCT_MAX)) {
		return sandbox_refuse(call, GW_STATUS_NOT_IMPLEMENTED,
				      "nct is implemented from 1 to 3");
	}
	return GW_STATUS_NONE;
}

/* A URL may say how it wants to be written to (TS-0004 7.5.1.2). */
static enum gw_status check_target(struct sandbox_call *call,
				   struct gw_str target)
{
	if (target.len == 0) {
		return sandbox_refuse(call, GW_STATUS_CONTENTS_UNACCEPTABLE,
				      "a target in nu is empty");
	}
	if (gw_str_ends(target, GW_STR("?ct=xml")) ||
	    gw_str_ends(target, GW_STR("?ct=cbor"))) {
		return sandbox_refuse(call, GW_STATUS_NOT_IMPLEMENTED,
				      "notifications are written as JSON only");
	}
	return GW_STATUS_NONE;
}

static enum gw_status check_targets(struct sandbox_call *call,
				    struct gw_arena *a, struct gw_str nu)
{
	struct gw_json_walk walk = gw_json_walk(nu);
	struct gw_json_member m;
	enum gw_status status = GW_STATUS_NONE;
	size_t n = 0;

	while (status == GW_STATUS_NONE && gw_json_next(&walk, &m)) {
		status = check_target(call, gw_json_text(a, m.value));
		n++;
	}
	if (status == GW_STATUS_NONE && (n == 0 || n > SANDBOX_TARGETS_MAX)) {
		return sandbox_refuse(call, GW_STATUS_CONTENTS_UNACCEPTABLE,
				      "nu is to name 1 to %zu targets",
				      SANDBOX_TARGETS_MAX);
	}
	return status;
}

/* A target of the list that this resource had before needs no new proof. */
static bool is_known(const struct sandbox_call *call, struct gw_arena *a,
		     struct gw_str target)
{
	struct gw_str old = { 0 };
	struct gw_json_walk walk;
	struct gw_json_member m;

	if (call->request->op == GW_OP_UPDATE) {
		old = sandbox_node_get(call->target.node, "nu");
	}
	if (!gw_str_is_present(old)) {
		return false;
	}
	walk = gw_json_walk(old);
	while (gw_json_next(&walk, &m)) {
		if (gw_str_eq(gw_json_text(a, m.value), target)) {
			return true;
		}
	}
	return false;
}

/* The creator proves by asking that it wants to be told. */
static bool is_originator(const struct sandbox_call *call, struct gw_str target)
{
	struct sandbox_target found;
	struct gw_reason why;

	if (gw_str_eq(sandbox_target_stem(call->box, target), call->from)) {
		return true;
	}
	return sandbox_target_find(&found, call->box, target, &why) ==
		       GW_STATUS_NONE &&
	       found.kind == SANDBOX_REAL &&
	       (found.node->type->number == SANDBOX_AE ||
		found.node->type->number == SANDBOX_REMOTE_CSE) &&
	       (gw_str_eq(found.node->id, call->from) ||
		(gw_str_is_present(found.node->csi) &&
		 gw_str_eq(found.node->csi, call->from)));
}

static void note_failure(struct sandbox_call *call,
			 const struct gw_primitive *answer)
{
	call->has_failed = true;
	(void)sandbox_refuse(call, GW_STATUS_NONE,
			     "a target of nu answered the verification with %d",
			     answer ? (int)answer->status
				    : (int)GW_STATUS_TARGET_NOT_REACHABLE);
}

static void verified(struct sandbox_send *s, struct gw_primitive **answerp)
{
	struct sandbox_call *call = s->call;
	const struct gw_primitive *answer = *answerp;

	s->call = NULL;
	if (!answer || !gw_status_is_success(answer->status)) {
		note_failure(call, answer);
	}
	call->n_waiting--;
	if (call->n_waiting > 0) {
		return;
	}
	if (call->has_failed) {
		sandbox_call_finish(call, FAILED);
		return;
	}
	call->is_verified = true;
	sandbox_call_wake(call);
}

static struct gw_primitive *verification(const struct sandbox_call *call,
					 struct gw_str target)
{
	struct gw_str id = call->request->op == GW_OP_CREATE
				   ? call->minted
				   : call->target.node->id;
	size_t room = VERIFY_ROOM + (id.len + call->from.len) * 6;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p =
		sandbox_deliver_new(call->box, target, room);
	struct gw_buf buf;

	if (!p) {
		return NULL;
	}
	gw_buf_init(&buf, 0, room);
	gw_buf_print(&buf,
		     "{\"m2m:sgn\":{\"vrq\":true,\"sur\":\"" GW_STR_FMT
		     "/" GW_STR_FMT "\",\"cr\":",
		     GW_STR_ARG(call->box->csi), GW_STR_ARG(id));
	gw_json_put_text(&buf, call->from);
	gw_buf_lit(&buf, "}}");
	p->content = gw_arena_bytes(p->arena, gw_buf_bytes(&buf));
	p->media = GW_MEDIA_JSON;
	gw_buf_deinit(&buf);
	return gw_arena_is_short(p->arena) ? NULL : gw_take(&p);
}

/* The id is told to the targets, so it has to be the same in the next run. */
static bool mint(struct sandbox_call *call)
{
	if (!gw_str_is_present(call->minted)) {
		call->minted = gw_arena_str(
			call->request->arena,
			sandbox_tree_mint(&call->box->tree, "sub"));
	}
	return gw_str_is_present(call->minted);
}

bool sandbox_subscription_repeats(struct gw_str nu, struct gw_str target)
{
	struct gw_json_walk walk = gw_json_walk(nu);
	struct gw_json_member m;

	while (gw_json_next(&walk, &m) && m.value.at != target.at) {
		if (gw_str_eq(m.value, target)) {
			return true;
		}
	}
	return false;
}

static enum gw_status verify(struct sandbox_call *call, struct gw_arena *a,
			     struct gw_str nu)
{
	struct gw_json_walk walk = gw_json_walk(nu);
	struct gw_json_member m;

	if (!mint(call)) {
		return sandbox_refuse_short(call);
	}
	while (gw_json_next(&walk, &m)) {
		struct gw_str target = gw_json_text(a, m.value);

		if (sandbox_subscription_repeats(nu, m.value) ||
		    is_originator(call, target) || is_known(call, a, target)) {
			continue;
		}
		call->n_waiting++;
		if (!sandbox_deliver(call->box, verification(call, target),
				     verified, call)) {
			call->n_waiting--;
			note_failure(call, NULL);
		}
	}
	return call->has_failed && call->n_waiting == 0 ? FAILED
							: GW_STATUS_NONE;
}

enum gw_status sandbox_subscription_check(struct sandbox_call *call)
{
	struct gw_arena *a = sandbox_tree_scratch(&call->box->tree);
	struct gw_str nu = sandbox_attrs_get(call, "nu");
	bool is_create = call->request->op == GW_OP_CREATE;
	enum gw_status status = check_criteria(call);

	if (status == GW_STATUS_NONE) {
		status = check_content_type(call);
	}
	if (status == GW_STATUS_NONE && gw_str_is_present(nu)) {
		status = a ? check_targets(call, a, nu)
			   : sandbox_refuse_short(call);
	}
	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (is_create &&
	    call->target.node->n_subscriptions >= SANDBOX_SUBSCRIPTIONS_MAX) {
		return sandbox_refuse(call, GW_STATUS_NOT_ACCEPTABLE,
				      "the resource has %zu subscriptions",
				      SANDBOX_SUBSCRIPTIONS_MAX);
	}
	return call->is_verified || !gw_str_is_present(nu)
		       ? GW_STATUS_NONE
		       : verify(call, a, nu);
}
