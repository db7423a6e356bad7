#pragma once

/*
 * Route - where a request goes next (spec: TS-0004 7.3.2.6, TS-0001 6.5).
 *
 *	to a registree's AE, from its CSE   the registree
 *	CSE-relative                        the CSE that the request was sent
 *	                                    to by name, or the originator is
 *	                                    registered with, else the default
 *	SP-relative                         our own CSEBase; the CSE of that id;
 *	                                    the registree of that id, or the
 *	                                    registree CSE with it below; else
 *	                                    the default
 *	absolute                            our provider: as SP-relative;
 *	                                    another: its CSE, else the default
 *	a URL                               the binding of its scheme
 *
 * Never back to where it came from.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/codec/codec_json.h"
#include "core/lib/net.h"
#include "core/lib/str.h"
#include "core/status.h"

struct gw_binding;
struct gw_conf_cse;
struct gw_exchange;
struct gw_registree;
struct gw_relay;

/* For messages: its CSE-ID, behind that of its provider if that is another. */
#define GW_CSE_FMT GW_STR_FMT GW_STR_FMT
#define GW_CSE_ARG(cse) GW_STR_ARG((cse)->sp), GW_STR_ARG((cse)->id)

/* A CSE of the configuration while the gateway runs. */
struct gw_cse {
	const struct gw_conf_cse *conf; // replaced by a reload
	struct gw_relay *relay;
	struct gw_binding *via; // the binding that leads there; NULL: none does
	struct gw_str id;       // conf->id
	struct gw_str sp;       // conf->sp_id; absent: our own provider
	struct gw_str url;      // conf->url
	bool has_address;       // it is known where url leads:
	struct gw_net_address address;
	bool has_link_per_originator;
	void *state; // for via: its links
};

/* Where a request goes, before anything is sent. */
struct gw_route {
	struct gw_cse *cse;              // a CSE of the configuration
	struct gw_registree *registree;  // or a registree
	bool is_self;                    // or this gateway
	bool is_url;                     // or the URL that `to` is
	struct gw_registree *originator; // who asks, if registered here
};

/* The CSE was found at this numeric address; NULL is fine.  Its binding says so
 * when it has looked up the name in its url; a numeric one is known from the
 * beginning. */
void gw_cse_found(struct gw_cse *cse, struct gw_str address);

/* The CSE of the configuration that a binding leads to at a numeric address;
 * NULL when there is none, or several. */
struct gw_cse *gw_cse_at(const struct gw_relay *relay,
			 const struct gw_binding *via, struct gw_str address);

/* Find the way of x->request.  Returns GW_STATUS_NONE with *route filled in,
 * or the status that tells why there is none, and why. */
enum gw_status gw_route_find(struct gw_route *route, struct gw_reason *why,
			     const struct gw_exchange *x) GW_MUST_CHECK;
