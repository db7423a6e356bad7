/*
 * Payer - who pays for what is made for a point of access.
 *
 *	for                    outermost account           account in it
 *	a registree            the host it registered      it
 *	                       from, else its CSE
 *	a URL that is asked    the CSE, address or         fr
 *	for                    binding that asks
 *
 * A registree pays for what it has chosen itself, and not the CSE that notifies
 * it: that one would have to pay for all registrees, and one of them could have
 * it notify no other.
 */

#include <stdio.h>

#include "core/lib/net.h"
#include "core/relay_state.h"

#define CSE_BYTES 256

/* Who has chosen the name that x is to be sent to, in one of the pots: a host,
 * or the CSE of a registree whose host is not known. */
static struct gw_account *outer_payer(struct gw_accounts *pot,
				      const struct gw_exchange *x)
{
	const struct gw_receiver *to = &x->hop.receiver;
	const struct gw_cse *cse = to->cse ? to->cse : x->asker.cse;
	struct gw_str host = to->cse ? x->hop.host : x->asker.host;
	char name[CSE_BYTES];

	if (host.len > 0 && (to->cse || !cse)) {
		return gw_account_at(pot, host, relay_trusts(x->relay, host));
	}
	if (cse) {
		(void)snprintf(name, sizeof(name), GW_CSE_FMT, GW_CSE_ARG(cse));
		return gw_account_of(pot, gw_str_from(name), false);
	}
	return gw_account_of(pot, gw_str_from(x->asker.binding->ops->name),
			     false);
}

struct gw_account *payer_of(struct gw_accounts *pot,
			    const struct gw_exchange *x)
{
	struct gw_account *outer = outer_payer(pot, x);
	struct gw_account *a = gw_account_in(outer, x->hop.receiver.cse
							    ? x->hop.receiver.id
							    : x->request->from);

	(void)gw_account_leave(outer);
	return a;
}
