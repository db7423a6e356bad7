/*
 * Target - what `to` names.
 */

#include "bindings/sandbox/sandbox_target.h"

#include <stdio.h>

#include "bindings/sandbox/sandbox_call.h"
#include "bindings/sandbox/sandbox_map.h"
#include "core/address.h"

static enum gw_status miss(struct gw_reason *why, enum gw_status status,
			   const char *reason)
{
	(void)snprintf(why->text, sizeof(why->text), "%s", reason);
	return status;
}

static bool is_ours(const struct sandbox *box, const struct gw_address *a)
{
	bool is_our_sp = !gw_str_is_present(a->sp) ||
			 !gw_str_is_present(box->sp) ||
			 gw_str_eq(a->sp, box->sp);

	return is_our_sp && gw_str_eq(a->cse, box->csi);
}

struct gw_str sandbox_target_stem(const struct sandbox *box, struct gw_str from)
{
	struct gw_address a;

	if (!gw_address_parse(&a, from) || a.scope == GW_SCOPE_CSE_RELATIVE ||
	    a.scope == GW_SCOPE_URL) {
		return from;
	}
	if (is_ours(box, &a) && gw_address_is_stem(a.rest)) {
		return a.rest;
	}
	/* "/S77" is an AE of the provider, not a CSE (TS-0004 6.2.3). */
	if (a.rest.len == 0 && a.cse.len > 1 && a.cse.at[1] == 'S' &&
	    sandbox_tree_find(&box->tree, gw_str_skip(a.cse, 1))) {
		return gw_str_skip(a.cse, 1);
	}
	return from;
}

static bool find_virtual(struct sandbox_target *target, struct gw_str name)
{
	static const struct {
		const char *name;
		unsigned below;
		enum sandbox_virtual kind;
	} virtuals[] = {
		{ "la", SANDBOX_CONTAINER, SANDBOX_LATEST },
		{ "ol", SANDBOX_CONTAINER, SANDBOX_OLDEST },
		{ "pcu", SANDBOX_CHANNEL, SANDBOX_POLL },
	};

	for (size_t i = 0; i < sizeof(virtuals) / sizeof(*virtuals); i++) {
		if (gw_str_is(name, virtuals[i].name) &&
		    target->node->type->number == virtuals[i].below) {
			target->kind = virtuals[i].kind;
			return true;
		}
	}
	return false;
}

static struct sandbox_node *first_of(const struct sandbox *box,
				     struct gw_str name)
{
	if (gw_str_is(name, "-") || gw_str_eq(name, box->tree.base->name)) {
		return box->tree.base;
	}
	return sandbox_tree_find(&box->tree, name);
}

static enum gw_status step(struct sandbox_target *target, struct gw_str name,
			   struct gw_reason *why)
{
	struct sandbox_node *child = NULL;

	if (name.len == 0) {
		return miss(why, GW_STATUS_BAD_REQUEST,
			    "a segment of the address is empty");
	}
	if (target->kind != SANDBOX_REAL) {
		return miss(why, GW_STATUS_NOT_FOUND,
			    "nothing is below a virtual resource");
	}
	child = sandbox_tree_child(target->node, name);
	if (child) {
		target->node = child;
		return GW_STATUS_NONE;
	}
	if (find_virtual(target, name)) {
		return GW_STATUS_NONE;
	}
	return miss(why, GW_STATUS_NOT_FOUND, "no resource has this address");
}

/* Follow a CSE-relative address. */
static enum gw_status follow(struct sandbox_target *target,
			     const struct sandbox *box, struct gw_str rest,
			     struct gw_reason *why)
{
	enum gw_status status = GW_STATUS_NONE;

	target->node = first_of(box, gw_str_cut(&rest, '/'));
	if (!target->node) {
		return miss(why, GW_STATUS_NOT_FOUND,
			    "no resource has this address");
	}
	while (gw_str_is_present(rest) && status == GW_STATUS_NONE) {
		status = step(target, gw_str_cut(&rest, '/'), why);
	}
	return status;
}

enum gw_status sandbox_target_find(struct sandbox_target *target,
				   const struct sandbox *box, struct gw_str to,
				   struct gw_reason *why)
{
	struct gw_str attr = to;
	struct gw_address a;
	struct gw_str stem;

	*target = (struct sandbox_target){ 0 };
	to = gw_str_cut(&attr, '#');
	target->attr = attr;
	if (!gw_address_parse(&a, to) || a.scope == GW_SCOPE_URL) {
		return miss(why, GW_STATUS_BAD_REQUEST,
			    "to is no identifier of a resource");
	}
	if (a.scope == GW_SCOPE_CSE_RELATIVE) {
		return follow(target, box, a.rest, why);
	}
	if (is_ours(box, &a)) {
		return follow(target, box, a.rest.len ? a.rest : GW_STR("-"),
			      why);
	}
	/* An S-type AE-ID, "/S77", looks like a CSE-ID. */
	stem = sandbox_target_stem(box, to);
	if (stem.at != to.at) {
		return follow(target, box, stem, why);
	}
	return miss(why, GW_STATUS_NOT_FOUND,
		    "this CSE does not know the CSE of the address");
}
