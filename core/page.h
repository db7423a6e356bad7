#pragma once

/*
 * Page - which web pages may use a listener, and by which names.
 *
 * Browsers say in Origin where a page came from, and let any page connect to
 * any host: only those that the operator allows, and our own, may speak for the
 * person who looks at them (RFC 6454, RFC 6455 10.2).  Host proves nothing: a
 * name that an attacker leads here stands in both.  But who has named all hosts
 * of a listener gets no request for another one, such as a GET of a page at
 * that name, which has no Origin (DNS rebinding).
 */

#include <stdbool.h>

#include "core/lib/str.h"

struct gw_conf_listen;
struct gw_net_end;

/* Whether text is host[:port], and no URL. */
bool gw_page_is_host(struct gw_str text);

/* Whether the operator has named this origin in allow-origins. */
bool gw_page_is_allowed(const struct gw_conf_listen *conf,
			struct gw_str origin);

/* Whether a request with this Origin may go on: it has none, it is allowed, or
 * its host and port are ours: those of advertise, of the end of the connection
 * that it came to (localhost, too, for loopback), or of hosts. */
bool gw_page_may(const struct gw_conf_listen *conf, const struct gw_net_end *at,
		 struct gw_str origin);

/* Whether a request for this Host (RFC 9110 7.2) is one for us: no hosts are
 * configured; or its host and port are ours, as above; or it has none, as in
 * HTTP/1.0.  A Host without a port means that of the listener, and the usual
 * ones of HTTP as well, as behind what forwards them.  Else it is to be refused
 * as misdirected (421, RFC 9110 15.5.20). */
bool gw_page_is_for_us(const struct gw_conf_listen *conf,
		       const struct gw_net_end *at, struct gw_str host);
