/*
 * Dialect - what a CSE needs said otherwise, and what it says otherwise itself.
 *
 * Traits of its profile ask for each of these.  All but `to` are changes of
 * content, which is opaque toward every other CSE.
 */

#include <assert.h>

#include "core/codec/content.h"
#include "core/lib/arena.h"
#include "core/profile.h"
#include "core/relay_state.h"

/* Its own CSE-ID is left out of `to`.  What is nothing but that is its
 * CSEBase. */
static void shorten_target(struct gw_exchange *x)
{
	const struct gw_cse *cse = x->hop.cse;
	struct gw_str rest = x->to.rest;

	if (!cse_is_named(x->relay, cse, &x->to)) {
		return;
	}
	if (rest.len == 0 || rest.at[0] == '#') {
		rest = gw_arena_print(x->request->arena, "%s" GW_STR_FMT,
				      cse->conf->name, GW_STR_ARG(rest));
	}
	x->request->to = rest;
	(void)gw_address_parse(&x->to, rest);
}

/* A name for what is created without one. */
static enum gw_status name_it(struct gw_exchange *x)
{
	struct gw_primitive *p = x->request;
	struct gw_json_member root;
	struct gw_json_member m;
	struct gw_json_walk walk;
	struct gw_str text;
	enum gw_status status = gw_content_become(p, GW_MEDIA_JSON, &x->why);

	if (status != GW_STATUS_NONE || !gw_primitive_root(&root, p) ||
	    root.type != GW_JSON_OBJECT ||
	    gw_json_get(&m, root.value, GW_STR("rn"))) {
		return status;
	}
	walk = gw_json_walk(root.value);
	text = gw_arena_print(
		p->arena,
		"{\"" GW_STR_FMT "\":{\"rn\":\"gw-%016llx\"%s" GW_STR_FMT "}",
		GW_STR_ARG(root.name),
		(unsigned long long)gw_loop_random(x->relay->loop),
		gw_json_next(&walk, &m) ? "," : "",
		GW_STR_ARG(gw_str_skip(root.value, 1)));
	if (!gw_str_is_present(text)) {
		(void)gw_refuse(&x->why, "the gateway is short of memory");
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	p->content = gw_bytes_of(text);
	return GW_STATUS_NONE;
}

enum gw_status dialect_request(struct gw_exchange *x)
{
	const struct gw_profile *profile = x->hop.cse->conf->profile;

	if (profile->knows_no_own_id) {
		shorten_target(x);
	}
	return profile->needs_names && x->request->op == GW_OP_CREATE
		       ? name_it(x)
		       : GW_STATUS_NONE;
}

static struct gw_str name_of(struct gw_str resource)
{
	struct gw_json_member ty;
	int64_t n = 0;

	return gw_json_get(&ty, resource, GW_STR("ty")) &&
			       gw_json_integer(&n, ty.value)
		       ? gw_type_root(n)
		       : (struct gw_str){ 0 };
}

void dialect_answer(struct gw_exchange *x)
{
	struct gw_primitive *p = x->answer;
	struct gw_json_member root;
	struct gw_str name;
	struct gw_str text;

	assert(p);
	if (!x->hop.cse || !x->hop.cse->conf->profile->has_general_names ||
	    !gw_primitive_root(&root, p) || !gw_str_is(root.name, "general") ||
	    root.type != GW_JSON_OBJECT) {
		return;
	}
	name = name_of(root.value);
	if (!gw_str_is_present(name)) {
		return;
	}
	text = gw_arena_print(p->arena, "{\"" GW_STR_FMT "\":" GW_STR_FMT "}",
			      GW_STR_ARG(name), GW_STR_ARG(root.value));
	/* Short of memory it stays as the CSE has it. */
	if (gw_str_is_present(text)) {
		p->content = gw_bytes_of(text);
	}
}
