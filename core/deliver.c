/*
 * Deliver - where the gateway may connect to.
 */

#include "core/deliver.h"

#include "core/conf.h"
#include "core/lib/net.h"

bool gw_deliver_may(struct gw_str host, const struct gw_conf_texts *allow,
		    struct gw_str address)
{
	struct gw_net_address wanted;
	struct gw_net_address known;
	struct gw_net net;

	if (!gw_str_is_present(host)) {
		return true;
	}
	if (!gw_net_address_parse(&wanted, address)) {
		return false;
	}
	if (gw_net_address_parse(&known, host) &&
	    gw_net_address_eq(&wanted, &known)) {
		return true;
	}
	for (size_t i = 0; i < allow->n; i++) {
		if (gw_net_parse(&net, gw_str_from(allow->at[i])) &&
		    gw_net_has(&net, &wanted)) {
			return true;
		}
	}
	return false;
}
