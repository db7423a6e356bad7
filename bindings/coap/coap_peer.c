/*
 * Peer - an address and port that has asked something, and is remembered.
 */

#include "bindings/coap/coap_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#define IP_BYTES 16
#define BUCKETS_MIN 64

/* An address and its port, IPv4 in its mapped form. */
static void put_address(uint8_t to[COAP_ADDRESS_BYTES],
			const struct sockaddr *address)
{
	const struct sockaddr_in *in = (const void *)address;
	const struct sockaddr_in6 *in6 = (const void *)address;

	memset(to, 0, COAP_ADDRESS_BYTES);
	if (address->sa_family == AF_INET6) {
		memcpy(to, &in6->sin6_addr, IP_BYTES);
		memcpy(to + IP_BYTES, &in6->sin6_port, 2);
	} else {
		memset(to + 10, 0xff, 2);
		memcpy(to + 12, &in->sin_addr, 4);
		memcpy(to + IP_BYTES, &in->sin_port, 2);
	}
}

static void print_address(struct coap_host *host)
{
	bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(
		(const struct in6_addr *)(const void *)host->address);

	if (is_ipv4) {
		(void)inet_ntop(AF_INET, host->address + 12, host->text,
				sizeof(host->text));
	} else {
		(void)inet_ntop(AF_INET6, host->address, host->text,
				sizeof(host->text));
	}
}

static size_t bucket_of(const struct coap_peers *ps, const uint8_t *address,
			size_t len)
{
	return (size_t)gw_hash(ps->key, address, len) & (ps->n_buckets - 1);
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
				    const uint8_t *address)
{
	struct coap_host **slot = &ps->hosts[bucket_of(ps, address, IP_BYTES)];

	while (*slot && memcmp((*slot)->address, address, IP_BYTES) != 0) {
		slot = &(*slot)->next;
	}
	return slot;
}

static struct coap_peer **peer_slot(const struct coap_peers *ps,
				    const uint8_t *address)
{
	struct coap_peer **slot =
		&ps->buckets[bucket_of(ps, address, COAP_ADDRESS_BYTES)];

	while (*slot &&
	       memcmp((*slot)->address, address, COAP_ADDRESS_BYTES) != 0) {
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
	slot = host_slot(ps, host->address);
	*slot = host->next;
	free(host);
}

static void forget(struct coap_peers *ps, struct coap_peer *peer)
{
	struct coap_peer **slot = peer_slot(ps, peer->address);

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
				    const uint8_t *address)
{
	struct coap_host **slot = host_slot(ps, address);
	struct coap_host *host = *slot;

	if (host) {
		return host->n_peers < ps->n_max_per_address ? host : NULL;
	}
	host = calloc(1, sizeof(*host));
	if (host) {
		memcpy(host->address, address, IP_BYTES);
		print_address(host);
		*slot = host;
	}
	return host;
}

static struct coap_peer *make(struct coap_peers *ps, const uint8_t *address)
{
	struct coap_peer **slot = NULL;
	struct coap_peer *peer = NULL;
	struct coap_host *host = NULL;

	if (!make_room(ps)) {
		return NULL;
	}
	peer = calloc(1, sizeof(*peer));
	host = peer ? enter_host(ps, address) : NULL;
	if (!host) {
		free(peer);
		return NULL;
	}
	host->n_peers++;
	peer->host = host;
	memcpy(peer->address, address, COAP_ADDRESS_BYTES);
	coap_ring_init(&peer->turns);
	coap_ring_init(&peer->transfers);
	slot = peer_slot(ps, address);
	*slot = peer;
	ps->n_peers++;
	return peer;
}

struct coap_peer *coap_peers_get(struct coap_peers *ps,
				 const struct sockaddr *address, int64_t now_ms)
{
	uint8_t key[COAP_ADDRESS_BYTES];
	struct coap_peer *peer = NULL;

	put_address(key, address);
	peer = *peer_slot(ps, key);
	if (!peer) {
		peer = make(ps, key);
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
	uint8_t key[COAP_ADDRESS_BYTES];

	if (!ps->hosts) {
		return NULL;
	}
	put_address(key, address);
	return *host_slot(ps, key);
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
