#pragma once

/*
 * Route - where a request goes next (spec: TS-0004 7.3.2.6, TS-0001 6.5).
 *
 *	to a registree's AE, from its CSE   the registree; a NOTIFY may name it
 *	                                    by the path of its resource
 *	CSE-relative                        the CSE that the request was sent
 *	                                    to by name, or the originator is
 *	                                    registered with, else the default
 *	SP-relative                         our own CSEBase; the CSE of that id;
 *	                                    the registree of that id, or the
 *	                                    registree CSE with it below; else
 *	                                    the default
 *	absolute                            our provider: as SP-relative;
 *	                                    another: its CSE, else the default
 *	a URL                               whom its path names, where it leads
 *	                                    to ourselves (own.c); else the
 *	                                    binding of its scheme
 *
 * Never back to where it came from: neither to who asks, nor to the default for
 * an originator that is at home there, whom that CSE itself has passed on.
 */

#include <stdbool.h>

#include "core/status.h"

struct gw_cse;
struct gw_exchange;
struct gw_registree;

/* Where a request goes, before anything is sent. */
struct gw_route {
	struct gw_cse *cse;              // a CSE of the configuration
	struct gw_registree *registree;  // or a registree
	bool is_self;                    // or this gateway
	bool is_url;                     // or the URL that `to` is
	struct gw_registree *originator; // who asks, if registered here
};

/* Find the way of x->request.  Returns GW_STATUS_NONE with *route filled in,
 * or the status that tells why there is none, and why. */
enum gw_status gw_route_find(struct gw_route *route, struct gw_reason *why,
			     const struct gw_exchange *x) GW_MUST_CHECK;
