#pragma once

/*
 * Deliver - where the gateway may connect to.
 *
 * What a registree names as its point of access is somebody's choice: only the
 * host that it registered from, and the networks that the operator allows, are
 * connected to (deliver.allow).  Names are judged by the addresses behind them,
 * and what was judged is what is connected to, so that a name cannot change its
 * meaning in between.  Every binding that connects to points of access asks
 * here.
 */

#include <stdbool.h>

#include "core/lib/str.h"

struct gw_conf_texts;
struct gw_hop;
struct sockaddr_storage;

/* Whether a numeric address may be delivered to: it is the host that a
 * registree registered from, or in one of the allowed networks.  An absent
 * host allows any. */
bool gw_deliver_may(struct gw_str host, const struct gw_conf_texts *allow,
		    struct gw_str address);

/* Of the addresses found behind the name in hop->url, the first that may be
 * delivered to, or NULL.  If that is where a CSE of the configuration is, it is
 * known from now on that it is at all of them (gw_cse_found()). */
const struct sockaddr_storage *
gw_deliver_choose(const struct gw_hop *hop, const struct gw_conf_texts *allow,
		  const struct sockaddr_storage *found, size_t n_found);
