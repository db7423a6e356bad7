/*
 * Peer - an address and port that has asked something, and is remembered.
 */

#include "bindings/coap/coap_peer.h"

#include <errno.h>
#include <stdlib.h>

#define BUCKETS_MIN 64

static size_t bucket_of(const struct coap_peers *ps, const void *at, size_t len)
{
	return (size_t)gw_hash(ps->key, at, len) & (ps->n_buckets - 1);
}

int coap_peers_init(struct coap_peers *ps)
{
	ps->n_buckets = BUCKETS_MIN;
	while (ps->n_buckets < ps->n_max) {
		ps->n_buckets *= 2;
	}
	coap_ring_init(&ps->idle);
	ps->buckets = calloc(ps->n_buckets, sizeof(struct coap_peer *));
	ps->hosts = calloc(ps->n_buckets, sizeof(struct coap_host *));
	return ps->buckets && ps->hosts ? 0 : -ENOMEM;
}

static struct coap_host **host_slot(const struct coap_peers *ps,
				    const struct gw_net_address *address)
{
	struct coap_host **slot =
		&ps->hosts[bucket_of(ps, address, sizeof(*address))];

	while (*slot && !gw_net_address_eq(&(*slot)->address, address)) {
		slot = &(*slot)->next;
	}
	return slot;
}

static struct coap_peer **peer_slot(const struct coap_peers *ps,
				    const struct gw_net_end *end)
{
	struct coap_peer **slot =
		&ps->buckets[bucket_of(ps, end, sizeof(*end))];

	while (*slot && memcmp(&(*slot)->end, end, sizeof(*end)) != 0) {
		slot = &(*slot)->next;
	}
	return slot;
}

static void leave_host(struct coap_peers *ps, struct coap_host *host)
{
	struct coap_host **slot = NULL;

	if (--host->n_peers > 0) {
		return;
	}
	slot = host_slot(ps, &host->address);
	*slot = host->next;
	free(host);
}

static void forget(struct coap_peers *ps, struct coap_peer *peer)
{
	struct coap_peer **slot = peer_slot(ps, &peer->end);

	ps->gone(ps->arg, peer);
	*slot = peer->next;
	coap_ring_remove(&peer->idle);
	leave_host(ps, peer->host);
	ps->n_peers--;
	free(peer);
}

void coap_peers_deinit(struct coap_peers *ps)
{
	for (size_t i = 0; ps->buckets && i < ps->n_buckets; i++) {
		while (ps->buckets[i]) {
			forget(ps, ps->buckets[i]);
		}
	}
	free(ps->buckets);
	free(ps->hosts);
	ps->buckets = NULL;
	ps->hosts = NULL;
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

	if (ps->n_peers < ps->n_max) {
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
	struct coap_host **slot = host_slot(ps, address);
	struct coap_host *host = *slot;

	if (host) {
		return host->n_peers < ps->n_max_per_address ? host : NULL;
	}
	host = calloc(1, sizeof(*host));
	if (host) {
		host->address = *address;
		gw_net_address_print(host->text, address);
		*slot = host;
	}
	return host;
}

static struct coap_peer *make(struct coap_peers *ps,
			      const struct gw_net_end *end)
{
	struct coap_peer **slot = NULL;
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
	slot = peer_slot(ps, end);
	*slot = peer;
	ps->n_peers++;
	return peer;
}

struct coap_peer *coap_peers_get(struct coap_peers *ps,
				 const struct sockaddr *address, int64_t now_ms)
{
	struct gw_net_end end = { 0 };
	struct coap_peer *peer = NULL;

	(void)gw_net_end_of(&end, address);
	peer = *peer_slot(ps, &end);
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

struct coap_host *coap_peers_host(const struct coap_peers *ps,
				  const struct sockaddr *address)
{
	struct gw_net_end end = { 0 };

	if (!ps->hosts) {
		return NULL;
	}
	(void)gw_net_end_of(&end, address);
	return *host_slot(ps, &end.address);
}

void coap_peer_open(struct coap_peer *peer)
{
	peer->n_open++;
	coap_ring_remove(&peer->idle);
}

void coap_peer_close(struct coap_peers *ps, struct coap_peer *peer)
{
	peer->n_open--;
	if (peer->n_open == 0) {
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
