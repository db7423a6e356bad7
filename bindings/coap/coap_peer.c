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
	coap_ring_init(&ps->idle_unproven);
	coap_ring_init(&ps->busy_unproven);
}

bool coap_peer_is_unproven(const struct coap_peer *peer)
{
	return !peer->is_proven && !peer->is_trusted;
}

/* Behind all that are alike: it was heard of last. */
static void place(struct coap_peers *ps, struct coap_peer *peer)
{
	bool is_unproven = coap_peer_is_unproven(peer);
	bool was_unproven = peer->of_host.next != NULL;

	if (peer->n_open == 0) {
		coap_ring_append(is_unproven ? &ps->idle_unproven : &ps->idle,
				 &peer->place);
	} else if (is_unproven) {
		coap_ring_append(&ps->busy_unproven, &peer->place);
	} else {
		coap_ring_remove(&peer->place);
	}
	if (is_unproven) {
		coap_ring_append(&peer->host->unproven, &peer->of_host);
	} else {
		coap_ring_remove(&peer->of_host);
	}
	assert(!was_unproven || ps->n_unproven > 0);
	ps->n_unproven += (size_t)is_unproven - (size_t)was_unproven;
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
	ps->n_unproven -= peer->of_host.next != NULL;
	coap_ring_remove(&peer->place);
	coap_ring_remove(&peer->of_host);
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
	assert(ps->n_unproven == 0);
	gw_table_deinit(&ps->peers);
	gw_table_deinit(&ps->hosts);
}

static struct coap_peer *oldest(const struct coap_ring *ring)
{
	return coap_ring_is_empty(ring)
		       ? NULL
		       : gw_container(ring->next, struct coap_peer, place);
}

/* Whose place a new one gets; NULL: nobody's. */
static struct coap_peer *least(const struct coap_peers *ps, bool is_unproven)
{
	size_t share = (ps->n_max + COAP_UNPROVEN_SHARE - 1) /
		       COAP_UNPROVEN_SHARE;
	struct coap_peer *peer = oldest(&ps->idle_unproven);

	if (!peer && !is_unproven) {
		peer = oldest(&ps->busy_unproven);
	}
	if (!peer && (!is_unproven || ps->n_unproven < share)) {
		peer = oldest(&ps->idle);
	}
	return peer;
}

/* Room for one more at this address. */
static bool make_room_at(struct coap_peers *ps,
			 const struct gw_net_address *address, bool is_unproven)
{
	const struct coap_host *host = find_host(ps, address);

	if (!host || host->n_peers < ps->n_max_per_address) {
		return true;
	}
	if (is_unproven || coap_ring_is_empty(&host->unproven)) {
		return false;
	}
	forget(ps,
	       gw_container(host->unproven.next, struct coap_peer, of_host));
	return true;
}

/* Room for one more in all. */
static bool make_room(struct coap_peers *ps, bool is_unproven)
{
	struct coap_peer *peer = NULL;

	if (ps->peers.n_entries < ps->n_max) {
		return true;
	}
	peer = least(ps, is_unproven);
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
		return host;
	}
	host = calloc(1, sizeof(*host));
	if (host) {
		host->address = *address;
		coap_ring_init(&host->unproven);
		gw_net_address_print(host->text, address);
		gw_table_add(&ps->hosts, &host->by_address,
			     gw_hash(ps->key, address, sizeof(*address)));
	}
	return host;
}

static struct coap_peer *make(struct coap_peers *ps,
			      const struct gw_net_end *end, bool is_unproven)
{
	struct coap_peer *peer = NULL;
	struct coap_host *host = NULL;

	if (!make_room_at(ps, &end->address, is_unproven) ||
	    !make_room(ps, is_unproven)) {
		return NULL;
	}
	peer = calloc(1, sizeof(*peer));
	host = peer ? enter_host(ps, &end->address) : NULL;
	if (!host) {
		free(peer);
		return NULL;
	}
	host->n_peers++;
	peer->all = ps;
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

static void note(struct coap_peers *ps, struct coap_peer *peer,
		 enum coap_proof proof, int64_t now_ms)
{
	peer->is_proven |= proof == COAP_PROVEN;
	peer->is_trusted = proof == COAP_TRUSTED;
	peer->seen_ms = now_ms;
	place(ps, peer);
}

struct coap_peer *coap_peers_get(struct coap_peers *ps,
				 const struct gw_net_end *end,
				 enum coap_proof proof, int64_t now_ms)
{
	struct coap_peer *peer = find(ps, end);

	if (!peer) {
		peer = make(ps, end, proof == COAP_UNPROVEN);
	}
	if (peer) {
		note(ps, peer, proof, now_ms);
	}
	return peer;
}

/* Nobody who waits gives his place up for who asks nothing. */
void coap_peers_heard(struct coap_peers *ps, const struct sockaddr *address,
		      int64_t now_ms)
{
	struct gw_net_end end = { 0 };
	struct coap_host *host = NULL;
	struct coap_peer *peer = NULL;

	(void)gw_net_end_of(&end, address);
	peer = find(ps, &end);
	if (!peer) {
		peer = make(ps, &end, true);
	}
	if (peer) {
		note(ps, peer, COAP_PROVEN, now_ms);
	}
	host = find_host(ps, &end.address);
	if (host) {
		host->has_answered = true;
	}
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

void coap_peer_open(struct coap_peers *ps, struct coap_peer *peer)
{
	assert(peer->n_open < COAP_OPEN_PER_PEER);
	peer->n_open++;
	if (peer->n_open == 1) {
		place(ps, peer);
	}
}

void coap_peer_close(struct coap_peers *ps, struct coap_peer *peer)
{
	assert(peer->n_open > 0);
	peer->n_open--;
	if (peer->n_open == 0) {
		assert(peer->reserved == 0);
		place(ps, peer);
	}
}

static void sweep(struct coap_peers *ps, const struct coap_ring *idle,
		  int64_t now_ms)
{
	struct coap_peer *peer = NULL;

	while ((peer = oldest(idle)) &&
	       now_ms - peer->seen_ms >= ps->lifetime_ms) {
		forget(ps, peer);
	}
}

void coap_peers_sweep(struct coap_peers *ps, int64_t now_ms)
{
	sweep(ps, &ps->idle, now_ms);
	sweep(ps, &ps->idle_unproven, now_ms);
}
