/*
 * Route - where a request goes next.
 */

#include "core/route.h"

#include <assert.h>
#include <stdio.h>

#include "core/address.h"
#include "core/relay_state.h"

/* A search under way. */
struct search {
	struct gw_route *route;
	struct gw_reason *why;
	const struct gw_exchange *x;
	const struct gw_relay *relay;
	const struct gw_address *to;
};

static enum gw_status refuse(struct search *s, enum gw_status status,
			     const char *reason)
{
	(void)snprintf(s->why->text, sizeof(s->why->text), "%s", reason);
	return status;
}

static struct gw_registree *find_originator(const struct gw_relay *relay,
					    const struct gw_address *from)
{
	if (from->scope == GW_SCOPE_NONE || !cse_is_own_sp(relay, from->sp)) {
		return NULL;
	}
	if (from->scope == GW_SCOPE_CSE_RELATIVE) {
		return gw_registry_find(relay->registry, NULL, from->rest);
	}
	if (from->rest.len > 0) {
		struct gw_cse *cse = cse_of_id(relay, from->cse);

		return cse ? gw_registry_find(relay->registry, cse, from->rest)
			   : NULL;
	}
	if (from->cse.len > 1 && from->cse.at[1] == 'S') {
		return gw_registry_find(relay->registry, NULL,
					gw_str_skip(from->cse, 1));
	}
	return gw_registry_find(relay->registry, NULL, from->cse);
}

/* Whether a registree is who asks, or the CSE that passes on what an AE of its
 * own asks. */
static bool leads_back(const struct search *s, const struct gw_registree *r)
{
	const struct gw_address *from = &s->x->from;

	if (r == s->route->originator) {
		return true;
	}
	return r->kind == GW_REGISTREE_CSE &&
	       ((r->peer && r->peer == s->x->asker.peer) ||
		(cse_is_own_sp(s->relay, from->sp) &&
		 gw_str_eq(from->cse, r->id)));
}

static enum gw_status to_registree(struct search *s, struct gw_registree *r)
{
	if (!r) {
		const char *astray = s->x->asker.astray;

		return refuse(s, GW_STATUS_NOT_FOUND,
			      astray ? astray
				     : "no registree of this gateway has that "
				       "id");
	}
	if (!s->x->asker.cse && leads_back(s, r)) {
		return refuse(s, GW_STATUS_NOT_FOUND,
			      "the way leads back to where it came from");
	}
	assert(!s->route->cse);
	s->route->registree = r;
	return GW_STATUS_NONE;
}

static enum gw_status to_cse(struct search *s, struct gw_cse *cse)
{
	if (!cse) {
		return refuse(s, GW_STATUS_NOT_FOUND,
			      "no CSE is configured for that target");
	}
	/* What a CSE says as itself never goes back to it. */
	if (cse == s->x->asker.cse ||
	    (s->x->from.rest.len == 0 &&
	     cse_is_named(s->relay, cse, &s->x->from))) {
		return refuse(s, GW_STATUS_NOT_FOUND,
			      "the way leads back to where it came from");
	}
	assert(!s->route->registree);
	s->route->cse = cse;
	return GW_STATUS_NONE;
}

/* Whoever is left when nobody is known to be meant.  Where that is the CSE of
 * the originator, it has passed this on itself: an AE writes its stem only, and
 * nobody else is left to be asked. */
static enum gw_status to_default(struct search *s)
{
	struct gw_cse *cse = cse_default(s->relay);

	if (cse && s->x->asker.claim != GW_CLAIM_TRUE &&
	    cse_is_named(s->relay, cse, &s->x->from)) {
		return refuse(
			s, GW_STATUS_NOT_FOUND,
			"the only CSE that is left to be asked is that of "
			"the originator, which has passed it on");
	}
	return to_cse(s, cse);
}

static enum gw_status to_self(struct search *s)
{
	s->route->is_self = true;
	return GW_STATUS_NONE;
}

/* Whom the CSE that asks means by an identifier without its scope: who is
 * registered there through us, by its id; or in a notification by the path of
 * its resource as well.  All else that is done to that resource is done by the
 * CSE that hosts it. */
static struct gw_registree *find_at_asker(const struct search *s)
{
	const struct gw_registry *reg = s->relay->registry;
	struct gw_cse *from = s->x->asker.cse;
	struct gw_registree *r = gw_registry_find(reg, from, s->to->rest);

	return !r && s->x->request->op == GW_OP_NOTIFY
		       ? gw_registry_find_resource(reg, from, s->to->rest)
		       : r;
}

/* CSE-relative from a CSE names an AE that registered there through us; from
 * anybody else it names something at the CSE of the originator. */
static enum gw_status route_cse_relative(struct search *s)
{
	struct gw_cse *from = s->x->asker.cse;

	if (from) {
		if (gw_str_is(s->to->rest, "-") ||
		    gw_str_is(s->to->rest, s->relay->conf->node.name)) {
			return to_self(s);
		}
		return to_registree(s, find_at_asker(s));
	}
	if (s->x->asker.at) {
		return to_cse(s, s->x->asker.at);
	}
	if (s->route->originator) {
		return to_cse(s, s->route->originator->cse);
	}
	return to_cse(s, cse_default(s->relay));
}

/* Whether the target is at the CSE that asks: an AE that registered there
 * through us.  Two providers may both have an "/id-in". */
static bool is_at_asker(const struct search *s)
{
	const struct gw_cse *from = s->x->asker.cse;

	return from && cse_is_named(s->relay, from, s->to);
}

static enum gw_status route_sp_relative(struct search *s)
{
	const struct gw_registry *reg = s->relay->registry;
	struct gw_cse *from = s->x->asker.cse;
	struct gw_registree *r = NULL;
	struct gw_cse *cse = NULL;

	if (gw_str_is(s->to->cse, s->relay->conf->node.cse_id)) {
		return to_self(s);
	}
	if (is_at_asker(s)) {
		return to_registree(s, find_at_asker(s));
	}
	/* No registree takes the place of a CSE of the configuration. */
	cse = cse_of_id(s->relay, s->to->cse);
	if (cse) {
		return to_cse(s, cse);
	}
	r = gw_registry_find(reg, NULL, s->to->cse);
	if (!r && from && s->to->rest.len == 0) {
		/* "/S77": an AE-ID of the provider (TS-0001 7.2). */
		r = gw_registry_find(reg, from, gw_str_skip(s->to->cse, 1));
	}
	r = r ? r : gw_registry_find_above(reg, s->to->cse);
	return r ? to_registree(s, r) : to_default(s);
}

static enum gw_status route_absolute(struct search *s)
{
	struct gw_cse *cse = NULL;

	if (cse_is_own_sp(s->relay, s->to->sp) || is_at_asker(s)) {
		return route_sp_relative(s);
	}
	cse = cse_of_provider(s->relay, s->to->sp);
	return cse ? to_cse(s, cse) : to_default(s);
}

/* A URL is where a CSE wants a notification delivered; nobody else may choose
 * what the gateway connects to. */
static enum gw_status route_url(struct search *s)
{
	if (!s->x->asker.cse || s->x->request->op != GW_OP_NOTIFY) {
		return refuse(s, GW_STATUS_NOT_FOUND,
			      "only a notification of a CSE may go to a URL");
	}
	s->route->is_url = true;
	return GW_STATUS_NONE;
}

enum gw_status gw_route_find(struct gw_route *route, struct gw_reason *why,
			     const struct gw_exchange *x)
{
	struct search s = { .route = route,
			    .why = why,
			    .x = x,
			    .relay = x->relay,
			    .to = &x->to };

	*route = (struct gw_route){ 0 };
	if (!x->asker.cse) {
		route->originator = find_originator(x->relay, &x->from);
	}
	switch (x->to.scope) {
	case GW_SCOPE_CSE_RELATIVE:
		return route_cse_relative(&s);
	case GW_SCOPE_SP_RELATIVE:
		return route_sp_relative(&s);
	case GW_SCOPE_ABSOLUTE:
		return route_absolute(&s);
	case GW_SCOPE_URL:
		return route_url(&s);
	case GW_SCOPE_NONE:
	default:
		return refuse(&s, GW_STATUS_BAD_REQUEST,
			      s.to->text.len > 0 ? "to is no identifier"
						 : "the path names no target: "
						   "to is missing");
	}
}
