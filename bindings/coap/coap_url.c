/*
 * URL - what a URL of CoAP says.
 */

#include "bindings/coap/coap_url.h"

#include "core/lib/net.h"
#include "core/lib/url.h"

_Static_assert(COAP_HOST_BYTES > GW_URL_HOST_MAX, "every host fits");

bool coap_url_parse(struct coap_url *url, struct gw_str text)
{
	struct gw_url parsed;
	struct gw_net_address numeric;

	if (!gw_url_parse(&parsed, text) ||
	    !gw_url_has_scheme(&parsed, "coap") ||
	    gw_str_is_present(parsed.user)) {
		return false;
	}
	memcpy(url->host, parsed.host.at, parsed.host.len);
	url->host[parsed.host.len] = '\0';
	url->is_name = !gw_net_address_parse(&numeric, parsed.host);
	url->port = parsed.port;
	url->path = parsed.path;
	url->query = parsed.query;
	return true;
}
