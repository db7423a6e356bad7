#pragma once

/*
 * Peer - an address and port that has asked something, and is remembered.
 *
 * libcoap has sessions of its own, which it forgets soon: what this binding
 * knows about a peer is here.  The table is bounded, as a whole and for each IP
 * address.  Anybody may write any sender into a datagram, so who has not proven
 * its address goes first: a new peer takes the place of
 *
 *	one that is unproven and waits for nothing, the most silent;
 *	if it is proven itself, of one that is unproven and waits;
 *	of one that is proven and waits for nothing - unproven ones as far as
 *	those that are there come to no more than a share of the table.
 *
 * At the bound of its IP address a proven one takes the place of an unproven
 * one there, and nobody else takes any.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bindings/coap/coap_ring.h"
#include "core/lib/cleanup.h"
#include "core/lib/hash.h"
#include "core/lib/net.h"
#include "core/lib/table.h"
#include "core/memory.h"

struct sockaddr;

/* Most requests of one peer that may be open. */
#define COAP_OPEN_PER_PEER 256U

/* Requests of unproven peers that may be open (coap_pot.h), and places of them
 * that proven ones do not get back before they need them: one of so many. */
#define COAP_UNPROVEN_SHARE 8U

/* What is known of whoever sent something. */
enum coap_proof {
	COAP_UNPROVEN,
	COAP_PROVEN,  // it is where it says,
	COAP_TRUSTED, // or in a network where all are
};

struct coap_peers;

/* An IP address that peers share. */
struct coap_host {
	struct gw_table_entry by_address;
	size_t n_peers;
	struct coap_ring unproven; // of these, the most silent first
	bool has_answered;         // a request of ours, at one of its ports,
	unsigned n_vouched;        // and therefore so many more may be open
	struct gw_net_address address;
	char text[GW_NET_TEXT_BYTES];

	bool is_told; // that answers were not fetched from there

	/* Which numbers of options it was heard to use. */
	bool has_spoken;
	bool is_legacy;
};

/* Bytes that may go to a peer for each that came, until it has proved that it
 * is where it says (RFC 9175 2.6). */
#define COAP_CREDIT 3U

struct coap_peer {
	struct gw_table_entry by_end;
	struct coap_peers *all; // whose it is
	struct coap_host *host;
	struct gw_account *account; // of this end; NULL: it asked nothing yet
	size_t n_bytes;             // of its transfers
	struct gw_load load;        // that it is charged, with itself
	struct coap_ring
		place; // among those that are alike (struct coap_peers)
	struct coap_ring of_host; // while it is unproven
	struct coap_ring turns;   // of this peer; the answered in their order
	struct coap_ring transfers;
	int64_t seen_ms;
	struct gw_net_end end;
	bool is_proven;        // it is where it says,
	bool is_trusted;       // or in a network where all are
	uint8_t n_repetitions; // of a CON that may be out, since repeats_ms
	int64_t repeats_ms;
	uint16_t n_open;
	uint16_t n_kept;    // turns that are answered
	uint16_t n_uploads; // of the transfers: requests that come,
	uint16_t n_offers;  // and answers that are fetched
	uint64_t credit;    // bytes that may go there until it is proven
	uint64_t reserved;  // of these, for the answers to what is open
};

typedef void coap_peer_gone_fn(void *arg, struct coap_peer *peer);

struct coap_peers {
	struct gw_table peers;
	struct gw_table hosts;
	size_t n_max;
	size_t n_max_per_address; // SIZE_MAX: as many as there is room for
	int64_t lifetime_ms;
	struct gw_hash_key key;
	struct coap_ring idle; // proven, nothing is open; the most silent first
	struct coap_ring idle_unproven; // the same, not proven
	struct coap_ring busy_unproven; // something is open
	size_t n_unproven;
	coap_peer_gone_fn *gone; // told before a peer is freed: ends all of it
	void *arg;
};

/* Bounds and so on are set by the caller, before anything is in it. */
void coap_peers_init(struct coap_peers *ps);

/* Forgets everybody.  A zeroed table is fine. */
void coap_peers_deinit(struct coap_peers *ps);

/* The peer at that end, made if need be, who has sent something.  Who is proven
 * stays so; who is trusted is that as long as this is said.  NULL at a bound,
 * or when memory is short. */
struct coap_peer *coap_peers_get(struct coap_peers *ps,
				 const struct gw_net_end *end,
				 enum coap_proof proof, int64_t now_ms);

/* Whether its address may be forged. */
bool coap_peer_is_unproven(const struct coap_peer *peer);

/* Somebody at that address has answered a request of ours: it is proven, and
 * vouches for other ports there. */
void coap_peers_heard(struct coap_peers *ps, const struct sockaddr *address,
		      int64_t now_ms);

/* The peer with that address, if it is remembered. */
struct coap_peer *coap_peers_find(const struct coap_peers *ps,
				  const struct sockaddr *address);

/* The address that peers of this sockaddr share, if one is remembered. */
struct coap_host *coap_peers_host(const struct coap_peers *ps,
				  const struct sockaddr *address);

/* A request of a peer is open, or is not any more. */
void coap_peer_open(struct coap_peers *ps, struct coap_peer *peer);
void coap_peer_close(struct coap_peers *ps, struct coap_peer *peer);

/* Forget peers that have been silent for too long. */
void coap_peers_sweep(struct coap_peers *ps, int64_t now_ms);
