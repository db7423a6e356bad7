/*
 * CSE - the CSEs of the configuration, while the gateway runs.
 */

#include "core/cse.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "core/lib/url.h"
#include "core/profile.h"
#include "core/relay_state.h"

#define NAME_BYTES 256

bool cse_is_own_sp(const struct gw_relay *relay, struct gw_str sp)
{
	return !gw_str_is_present(sp) ||
	       gw_str_eq(sp, gw_str_from(relay->conf->node.sp_id));
}

struct gw_str cse_provider(const struct gw_relay *relay,
			   const struct gw_cse *cse)
{
	return gw_str_is_present(cse->sp)
		       ? cse->sp
		       : gw_str_from(relay->conf->node.sp_id);
}

bool cse_has_sp(const struct gw_relay *relay, const struct gw_cse *cse,
		struct gw_str sp)
{
	return !gw_str_is_present(sp) ||
	       gw_str_eq(sp, cse_provider(relay, cse));
}

bool cse_is_named(const struct gw_relay *relay, const struct gw_cse *cse,
		  const struct gw_address *by)
{
	return gw_str_eq(by->cse, cse->id) && cse_has_sp(relay, cse, by->sp);
}

struct gw_cse *cse_default(const struct gw_relay *relay)
{
	for (size_t i = 0; i < relay->n_cses; i++) {
		if (relay->cses[i]->conf->is_default) {
			return relay->cses[i];
		}
	}
	return NULL;
}

struct gw_cse *cse_of_id(const struct gw_relay *relay, struct gw_str id)
{
	for (size_t i = 0; i < relay->n_cses; i++) {
		struct gw_cse *cse = relay->cses[i];

		if (cse_is_own_sp(relay, cse->sp) && gw_str_eq(cse->id, id)) {
			return cse;
		}
	}
	return NULL;
}

struct gw_cse *cse_of_provider(const struct gw_relay *relay, struct gw_str sp)
{
	for (size_t i = 0; i < relay->n_cses; i++) {
		if (gw_str_eq(relay->cses[i]->sp, sp)) {
			return relay->cses[i];
		}
	}
	return NULL;
}

static bool is_found_at(const struct gw_cse *cse,
			const struct gw_net_address *address)
{
	for (size_t i = 0; i < cse->n_addresses; i++) {
		if (gw_net_address_eq(&cse->addresses[i], address)) {
			return true;
		}
	}
	return false;
}

static void add_address(struct gw_cse *cse,
			const struct gw_net_address *address)
{
	if (cse->n_addresses < GW_CSE_ADDRESSES_MAX &&
	    !is_found_at(cse, address)) {
		cse->addresses[cse->n_addresses++] = *address;
	}
}

void gw_cse_found(struct gw_cse *cse, const struct sockaddr_storage *all,
		  size_t n)
{
	bool has_old = true;

	for (size_t i = 0; cse && i < n; i++) {
		struct gw_net_end end;

		if (gw_net_end_of(&end, (const void *)&all[i])) {
			cse->n_addresses = has_old ? 0 : cse->n_addresses;
			has_old = false;
			add_address(cse, &end.address);
		}
	}
}

bool gw_cse_is_at(const struct gw_cse *cse, struct gw_str address)
{
	struct gw_net_address at;

	return gw_net_address_parse(&at, address) &&
	       (is_found_at(cse, &at) ||
		gw_conf_networks_have(&cse->conf->from, &at));
}

struct gw_cse *gw_cse_at(const struct gw_relay *relay,
			 const struct gw_binding *via, struct gw_str address)
{
	struct gw_net_address wanted;
	struct gw_cse *found = NULL;

	if (!gw_net_address_parse(&wanted, address)) {
		return NULL;
	}
	for (size_t i = 0; i < relay->n_cses; i++) {
		struct gw_cse *cse = relay->cses[i];
		bool is_there = cse->via == via && is_found_at(cse, &wanted);

		if (is_there && found) {
			return NULL;
		}
		found = is_there ? cse : found;
	}
	return found;
}

void cse_use(struct gw_cse *cse, const struct gw_conf_cse *conf)
{
	struct gw_url url = { .port = 0 };
	struct gw_net_address numeric;

	assert(conf && conf->id && conf->profile);
	cse->conf = conf;
	cse->n_seen = 0;
	cse->id = gw_str_from(conf->id);
	cse->sp = gw_str_from(conf->sp_id);
	cse->url = gw_str_from(conf->url);
	if (gw_url_parse(&url, cse->url) &&
	    gw_net_address_parse(&numeric, url.host)) {
		add_address(cse, &numeric);
	}
	cse->has_link_per_originator =
		conf->link == GW_LINK_BY_PROFILE
			? conf->profile->ws.has_link_per_originator
			: conf->link == GW_LINK_PER_ORIGINATOR;
	cse->has_own_id_link = !conf->lacks_own_id_link &&
			       conf->profile->ws.has_own_id_link;
}

int cse_add(struct gw_relay *relay, const struct gw_conf_cse *conf)
{
	struct gw_cse **more = realloc(
		relay->cses, (relay->n_cses + 1) * sizeof(struct gw_cse *));
	struct gw_cse *cse = more ? calloc(1, sizeof(*cse)) : NULL;
	struct gw_binding *via = gw_relay_binding_for(relay,
						      gw_str_from(conf->url));

	relay->cses = more ? more : relay->cses;
	if (!cse) {
		return -ENOMEM;
	}
	relay->cses[relay->n_cses++] = cse;
	cse->relay = relay;
	cse->via = relay_can_send(via) && conf->url ? via : NULL;
	cse_use(cse, conf);
	return 0;
}

struct gw_account *gw_cse_account(const struct gw_cse *cse)
{
	char name[NAME_BYTES];

	(void)snprintf(name, sizeof(name), GW_CSE_FMT, GW_CSE_ARG(cse));
	return gw_account_of(&cse->relay->accounts, gw_str_from(name), false);
}
