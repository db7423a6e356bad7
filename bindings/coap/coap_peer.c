/*
 * Peer - an address and port that has asked something, and is remembered.
 */

#include "bindings/coap/coap_peer.h"

#include <assert.h>
#include <stdlib.h>

void coap_peers_init(struct coap_peers *ps)
{
	assert(ps->gone && ps->peers.n_entries == 0);
	coap_ring_init(&ps->idle);
}

static struct coap_host *find_host(const struct coap_peers *ps,
				   const struct gw_net_address *address)
{
	struct gw_table_entry *e = gw_table_first(
		&ps->hosts, gw_hash(ps->key, address, sizeof(*address)));

	for (; e; e = gw_table_next(e)) {
		struct coap_host *host = gw_container(e, struct coap_host,
						      by_address);

		if (gw_net_address_eq(&host->address, address)) {
			return host;
		}
	}
	return NULL;
}

static struct coap_peer *find(const struct coap_peers *ps,
			      const struct gw_net_end *end)
{
	struct gw_table_entry *e = gw_table_first(
		&ps->peers, gw_hash(ps->key, end, sizeof(*end)));

	for (; e; e = gw_table_next(e)) {
		struct coap_peer *peer = gw_container(e, struct coap_peer,
						      by_end);

		if (memcmp(&peer->end, end, sizeof(*end)) == 0) {
			return peer;
		}
	}
	return NULL;
}

static void leave_host(struct coap_peers *ps, struct coap_host *host)
{
	assert(host->n_peers > 0);
	if (--host->n_peers == 0) {
		gw_table_remove(&ps->hosts, &host->by_address);
		free(host);
	}
}

static void forget(struct coap_peers *ps, struct coap_peer *peer)
{
	ps->gone(ps->arg, peer);
	assert(peer->n_open == 0 && peer->n_kept == 0);
	assert(peer->reserved == 0);
	assert(coap_ring_is_empty(&peer->turns));
	assert(coap_ring_is_empty(&peer->transfers));
	assert(peer->n_uploads == 0 && peer->n_offers == 0);
	gw_table_remove(&ps->peers, &peer->by_end);
	coap_ring_remove(&peer->idle);
	leave_host(ps, peer->host);
	free(peer);
}

void coap_peers_deinit(struct coap_peers *ps)
{
	struct gw_table_entry *e = NULL;
	size_t at = 0;

	while ((e = gw_table_any(&ps->peers, &at))) {
		forget(ps, gw_container(e, struct coap_peer, by_end));
	}
	assert(ps->peers.n_entries == 0 && ps->hosts.n_entries == 0);
	gw_table_deinit(&ps->peers);
	gw_table_deinit(&ps->hosts);
}

static struct coap_peer *oldest(const struct coap_peers *ps)
{
	return coap_ring_is_empty(&ps->idle)
		       ? NULL
		       : gw_container(ps->idle.next, struct coap_peer, idle);
}

/* Room for one more.  False when all wait for answers. */
static bool make_room(struct coap_peers *ps)
{
	struct coap_peer *peer = NULL;

	if (ps->peers.n_entries < ps->n_max) {
		return true;
	}
	peer = oldest(ps);
	if (peer) {
		forget(ps, peer);
	}
	return peer != NULL;
}

static struct coap_host *enter_host(struct coap_peers *ps,
				    const struct gw_net_address *address)
{
	struct coap_host *host = find_host(ps, address);

	if (host) {
		return host->n_peers < ps->n_max_per_address ? host : NULL;
	}
	host = calloc(1, sizeof(*host));
	if (host) {
		host->address = *address;
		gw_net_address_print(host->text, address);
		gw_table_add(&ps->hosts, &host->by_address,
			     gw_hash(ps->key, address, sizeof(*address)));
	}
	return host;
}

static struct coap_peer *make(struct coap_peers *ps,
			      const struct gw_net_end *end)
{
	struct coap_peer *peer = NULL;
	struct coap_host *host = NULL;

	if (!make_room(ps)) {
		return NULL;
	}
	peer = calloc(1, sizeof(*peer));
	host = peer ? enter_host(ps, &end->address) : NULL;
	if (!host) {
		free(peer);
		return NULL;
	}
	host->n_peers++;
	peer->host = host;
	peer->end = *end;
	coap_ring_init(&peer->turns);
	coap_ring_init(&peer->transfers);
	gw_table_add(&ps->peers, &peer->by_end,
		     gw_hash(ps->key, end, sizeof(*end)));
	assert(ps->peers.n_entries <= ps->n_max);
	assert(host->n_peers <= ps->n_max_per_address);
	return peer;
}

struct coap_peer *coap_peers_get(struct coap_peers *ps,
				 const struct sockaddr *address, int64_t now_ms)
{
	struct gw_net_end end = { 0 };
	struct coap_peer *peer = NULL;

	(void)gw_net_end_of(&end, address);
	peer = find(ps, &end);
	if (!peer) {
		peer = make(ps, &end);
	}
	if (!peer) {
		return NULL;
	}
	peer->seen_ms = now_ms;
	if (peer->n_open == 0) {
		coap_ring_append(&ps->idle, &peer->idle);
	}
	return peer;
}

struct coap_peer *coap_peers_find(const struct coap_peers *ps,
				  const struct sockaddr *address)
{
	struct gw_net_end end = { 0 };

	(void)gw_net_end_of(&end, address);
	return find(ps, &end);
}

struct coap_host *coap_peers_host(const struct coap_peers *ps,
				  const struct sockaddr *address)
{
	struct gw_net_end end = { 0 };

	(void)gw_net_end_of(&end, address);
	return find_host(ps, &end.address);
}

void coap_peer_open(struct coap_peer *peer)
{
	assert(peer->n_open < COAP_OPEN_PER_PEER);
	peer->n_open++;
	coap_ring_remove(&peer->idle);
}

void coap_peer_close(struct coap_peers *ps, struct coap_peer *peer)
{
	assert(peer->n_open > 0);
	peer->n_open--;
	if (peer->n_open == 0) {
		assert(peer->reserved == 0);
		coap_ring_append(&ps->idle, &peer->idle);
	}
}

void coap_peers_sweep(struct coap_peers *ps, int64_t now_ms)
{
	struct coap_peer *peer = NULL;

	while ((peer = oldest(ps)) &&
	       now_ms - peer->seen_ms >= ps->lifetime_ms) {
		forget(ps, peer);
	}
}
