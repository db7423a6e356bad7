/*
 * Border - `fr` as the next hop has to see it.
 *
 * An originator is written in full where nobody would know it otherwise
 * (TS-0004 7.3.2.6): its stem at its own CSE, SP-relative at another CSE of its
 * provider, absolute at another provider.
 */

#include <assert.h>

#include "core/address.h"
#include "core/relay_state.h"

/* The CSE that the originator is registered with, as far as we know: one that
 * nobody here has heard of is taken for one of the CSE that it asks, but not of
 * a CSE of another provider, unless it registers there.  NULL: not known. */
static const struct gw_cse *home_of(const struct gw_exchange *x)
{
	const struct gw_route *route = &x->relay->road.route;
	bool is_new_ae = x->request->op == GW_OP_CREATE &&
			 x->request->type == GW_TYPE_AE;
	const struct gw_cse *at = NULL;

	if (route->originator) {
		return route->originator->cse;
	}
	if (x->asker.cse) {
		return x->asker.cse;
	}
	if (route->cse &&
	    (is_new_ae || cse_is_own_sp(x->relay, route->cse->sp))) {
		return route->cse;
	}
	at = cse_default(x->relay);
	return at && cse_is_own_sp(x->relay, at->sp) ? at : NULL;
}

void border_cross(struct gw_exchange *x)
{
	const struct gw_relay *relay = x->relay;
	const struct gw_route *route = &relay->road.route;
	const struct gw_cse *at = home_of(x);
	const struct gw_cse *to = route->registree ? route->registree->cse
						   : route->cse;
	struct gw_home home = {
		.cse = at ? at->id : gw_str_from(relay->conf->node.cse_id),
		.sp = at ? cse_provider(relay, at)
			 : gw_str_from(relay->conf->node.sp_id),
	};
	enum gw_border border = GW_BORDER_MCC;

	assert(!route->registree || !route->cse);
	if (to && !gw_str_eq(cse_provider(relay, to), home.sp)) {
		border = GW_BORDER_MCCP;
	} else if (route->cse && at == route->cse) {
		border = GW_BORDER_MCA;
	}
	x->hop.from = gw_address_rescope(x->request->arena, &x->from, border,
					 &home);
}
