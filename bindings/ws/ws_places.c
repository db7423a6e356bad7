/*
 * Places - which links of registrees may be open (limits.links).
 */

#include "bindings/ws/ws_places.h"

#include <assert.h>

#include "bindings/ws/ws_link.h"
#include "bindings/ws/ws_state.h"
#include "core/account.h"
#include "core/cse.h"
#include "core/lib/net.h"

void ws_places_start(struct ws_state *ws)
{
	gw_relay_open_sockets(ws->binding->relay, &ws->places,
			      "links of registrees (limits.links)");
}

void ws_places_stop(struct ws_state *ws)
{
	gw_accounts_deinit(&ws->places);
}

/* Links of the gateway itself, open or not. */
static size_t n_common(const struct ws_state *ws)
{
	const struct gw_cse *cse = NULL;
	size_t n = 0;

	for (size_t i = 0; (cse = gw_relay_cse(ws->binding->relay, i)); i++) {
		if (cse->via == ws->binding) {
			n += cse->has_own_id_link ? 2 : 1;
		}
	}
	return n;
}

/* What the configuration says now. */
static void bound(struct ws_state *ws)
{
	size_t links = ws_conf(ws)->limits.links;
	size_t n = n_common(ws);

	ws->places.size = links > n ? links - n : 0;
	ws->places.share = ws_conf(ws)->limits.share;
}

static bool is_trusted(const struct gw_conf *conf, struct gw_str host)
{
	struct gw_net_address a;

	/* Behind a broker nobody has an address, and it is the operator's. */
	return !gw_net_address_parse(&a, host) ||
	       gw_conf_networks_have(&conf->http.trust, &a) ||
	       gw_conf_networks_have(&conf->ws.trust, &a) ||
	       gw_conf_networks_have(&conf->coap.trust, &a);
}

static struct gw_account *account_of(const struct ws_link *l)
{
	struct ws_state *ws = l->conn.ws;
	struct gw_str host = gw_str_from(l->registree->host);

	return gw_account_at(&ws->places, host, is_trusted(ws_conf(ws), host));
}

static int64_t used_ms(const struct ws_link *l)
{
	return l->conn.message_ms > l->opened_ms ? l->conn.message_ms
						 : l->opened_ms;
}

/* The link of this account that has been idle for longest, or NULL. */
static struct ws_link *idlest(const struct ws_state *ws,
			      const struct gw_account *a)
{
	struct ws_link *found = NULL;

	for (struct ws_link *l = ws->links; l; l = l->next) {
		if (l->state == WS_LINK_OPEN && gw_charge_is_taken(&l->place) &&
		    l->place.account == a && !l->conn.is_closing &&
		    ws_conn_is_quiet(&l->conn) &&
		    (!found || used_ms(l) < used_ms(found))) {
			found = l;
		}
	}
	return found;
}

static bool displace_one(struct ws_state *ws, const struct gw_account *a)
{
	struct gw_charge *c = NULL;
	struct ws_link *l = NULL;

	if (gw_account_is_full(&ws->places)) {
		c = gw_account_greediest(&ws->places, a, 1, NULL);
	}
	l = c ? idlest(ws, c->account) : NULL;
	l = l ? l : idlest(ws, a);
	if (l) {
		ws_link_displace(l);
	}
	return l;
}

bool ws_place_take(struct ws_link *l, bool may_displace)
{
	struct ws_state *ws = l->conn.ws;
	struct gw_account *a = NULL;
	struct gw_reason why;
	bool is_taken = gw_charge_is_taken(&l->place);

	assert(l->registree);
	if (is_taken) {
		return true;
	}
	bound(ws);
	a = account_of(l);
	is_taken = gw_account_take(&ws->places, &l->place, a, &why) ==
		   GW_STATUS_NONE;
	if (!is_taken && may_displace && displace_one(ws, a)) {
		is_taken = gw_account_take(&ws->places, &l->place, a, &why) ==
			   GW_STATUS_NONE;
	}
	(void)gw_account_leave(a);
	return is_taken;
}

void ws_place_give(struct ws_link *l)
{
	gw_account_give(&l->conn.ws->places, &l->place);
}
