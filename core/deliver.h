#pragma once

/*
 * Deliver - where the gateway may connect to.
 *
 * What a registree names as its point of access is somebody's choice: only the
 * host that it registered from, and the networks that the operator allows, are
 * connected to (deliver.allow).  On the gateway's own machine there are
 * services that nobody else is to reach, so its loopback addresses are never
 * taken for the host of a registree: deliver.allow has to name them.  The
 * gateway itself is not connected to at all, so that nothing goes round.
 *
 * Names are judged by the addresses behind them, and what was judged is what is
 * connected to, so that a name cannot change its meaning in between.  Every
 * binding that connects to points of access asks here.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/lib/cleanup.h"

struct gw_found;
struct gw_hop;
struct sockaddr_storage;

/* Why hop->url may not be connected to, as far as that shows without a look-up:
 * all of it where its host is a number.  NULL: it may, or its name has to be
 * looked up.  The reason is a literal; what is our own is counted. */
const char *gw_deliver_objection(const struct gw_hop *hop) GW_MUST_CHECK;

/* Of the addresses found behind the name in hop->url (core/names.h), the first
 * that may be connected to; NULL: none, and *whyp tells why, as above.  If that
 * is where a CSE of the configuration is, it is known from now on that it is at
 * all of them (gw_cse_found()). */
const struct sockaddr_storage *gw_deliver_choose(const char **whyp,
						 const struct gw_hop *hop,
						 const struct gw_found *found);
