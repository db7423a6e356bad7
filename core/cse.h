#pragma once

/*
 * CSE - the CSEs of the configuration, while the gateway runs.
 *
 * They are added by a reload and never removed, so a pointer to one is good for
 * as long as the relay.
 */

#include <stdbool.h>

#include "core/lib/net.h"
#include "core/lib/str.h"

struct gw_binding;
struct gw_conf_cse;
struct gw_relay;

/* For messages: its CSE-ID, behind that of its provider if that is another. */
#define GW_CSE_FMT GW_STR_FMT GW_STR_FMT
#define GW_CSE_ARG(cse) GW_STR_ARG((cse)->sp), GW_STR_ARG((cse)->id)

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
	bool has_own_id_link;
	bool is_away; // was not reached, and that was told
	void *state;  // for via: its links
};

/* The CSE was found at this numeric address; NULL is fine.  Its binding says so
 * when it has looked up the name in its url; a numeric one is known from the
 * beginning. */
void gw_cse_found(struct gw_cse *cse, struct gw_str address);

/* The CSE of the configuration that a binding leads to at a numeric address;
 * NULL when there is none, or several. */
struct gw_cse *gw_cse_at(const struct gw_relay *relay,
			 const struct gw_binding *via, struct gw_str address);
