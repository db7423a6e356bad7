#pragma once

/*
 * CSE - the CSEs of the configuration, while the gateway runs.
 *
 * They are added by a reload and never removed, so a pointer to one is good for
 * as long as the relay.
 */

#include <stdbool.h>

#include "core/lib/cleanup.h"
#include "core/lib/net.h"
#include "core/lib/str.h"

struct gw_account;
struct gw_binding;
struct gw_conf_cse;
struct gw_lookup;
struct gw_relay;
struct sockaddr_storage;

/* For messages: its CSE-ID, behind that of its provider if that is another. */
#define GW_CSE_FMT GW_STR_FMT GW_STR_FMT
#define GW_CSE_ARG(cse) GW_STR_ARG((cse)->sp), GW_STR_ARG((cse)->id)

/* Addresses of one CSE that are known; what a name has more of is not. */
#define GW_CSE_ADDRESSES_MAX 8

struct gw_cse {
	const struct gw_conf_cse *conf; // replaced by a reload
	struct gw_relay *relay;
	struct gw_binding *via; // the binding that leads there; NULL: none does
	struct gw_str id;       // conf->id
	struct gw_str sp;       // conf->sp_id; absent: our own provider
	struct gw_str url;      // conf->url
	size_t n_addresses;     // of those where url leads; 0: not known yet
	struct gw_net_address addresses[GW_CSE_ADDRESSES_MAX];
	struct gw_lookup *lookup; // of the name in url (lookup.c); or NULL
	bool has_link_per_originator;
	bool has_own_id_link;
	bool is_away;    // was not reached, and that was told
	unsigned n_seen; // answers that were looked at for their profile
	void *state;     // for via: its links
};

/* These addresses were found behind the name in the url of the CSE, and those
 * from before count no more; NULL is fine, and where nothing was found nothing
 * changes.  Core looks each name up when it starts, and again (lookup.c); a
 * binding that looks one up to connect there says so as well, so that a CSE
 * that has moved is known as soon as it is reached.  A numeric one is known
 * from the beginning. */
void gw_cse_found(struct gw_cse *cse, const struct sockaddr_storage *all,
		  size_t n);

/* Whether a CSE speaks from a numeric address: its url leads there, or it is in
 * one of the networks that the operator names (cses[].from).  Others may be
 * there, too. */
bool gw_cse_is_at(const struct gw_cse *cse, struct gw_str address);

/* The CSE of the configuration that a binding leads to at a numeric address of
 * its url; NULL when there is none, or several. */
struct gw_cse *gw_cse_at(const struct gw_relay *relay,
			 const struct gw_binding *via, struct gw_str address);

/* The account of a CSE (core/account.h): all its connections count as one peer.
 * For as long as the caller does not leave it; NULL when memory is short. */
struct gw_account *gw_cse_account(const struct gw_cse *cse) GW_MUST_CHECK;
