/*
 * Deliver - where the gateway may connect to.
 */

#include "core/deliver.h"

#include <sys/socket.h>

#include "core/conf.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/lib/net.h"

bool gw_deliver_may(struct gw_str host, const struct gw_conf_texts *allow,
		    struct gw_str address)
{
	struct gw_net_address wanted;
	struct gw_net_address known;

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
	return gw_conf_networks_have(allow, &wanted);
}

const struct sockaddr_storage *
gw_deliver_choose(const struct gw_hop *hop, const struct gw_conf_texts *allow,
		  const struct sockaddr_storage *found, size_t n_found)
{
	char text[GW_NET_TEXT_BYTES];

	for (size_t i = 0; i < n_found; i++) {
		if (gw_net_print_of(text, (const void *)&found[i]) &&
		    gw_deliver_may(hop->host, allow, gw_str_from(text))) {
			gw_cse_found(hop->cse, found, n_found);
			return &found[i];
		}
	}
	return NULL;
}
