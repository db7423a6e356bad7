#pragma once

/*
 * Proof - whether a peer is where it says.
 *
 * Anybody may write any sender into a datagram, and so have answers sent to
 * whom he likes.  Until a peer has brought back an Echo (RFC 9175 2.3), which
 * only he gets who is there, no more than three times the bytes that came from
 * there go there, repetitions and ACKs counted (RFC 9175 2.6).
 *
 * An answer beyond that goes in blocks that are small enough, the first with an
 * Echo: who knows the option is proven by its next request, and who does not
 * earns each block with the request for it.  An answer of which not even a
 * block of 16 bytes may go is held, and 4.01 with an Echo goes in its place.
 * Who is in a network of listen.coap.trust needs none of this.
 *
 * What a request has earned is there for its own answer first: a hub may have
 * hundreds open toward a slow CSE, and each gets its answer, or at least the
 * 4.01.  What an answer leaves is there for any.
 *
 * The value of an Echo is the time and a keyed hash over it and the address:
 * nothing is kept for it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct coap_message;
struct coap_peer;
struct coap_server;
struct coap_turn;
struct gw_net_end;

#define COAP_ECHO_BYTES 12

/* How long a value is good for. */
#define COAP_ECHO_MS 60000

/* Bytes that may go to a peer and are not reserved. */
uint64_t coap_proof_free(const struct coap_peer *peer);

/* Reserve what a request has earned; and give the rest free, or so many bytes
 * of it. */
void coap_proof_reserve(struct coap_turn *turn);
void coap_proof_release(struct coap_turn *turn, size_t n_bytes);

/* Whether so many bytes may go to a peer; and that they go, if they may. */
bool coap_proof_allows(const struct coap_peer *peer, size_t n_bytes);
bool coap_proof_pay(struct coap_peer *peer, size_t n_bytes);

/* Add an Echo for who is there, whose value is written to at. */
void coap_proof_add(struct coap_message *m, uint8_t at[COAP_ECHO_BYTES],
		    const struct coap_server *s, const struct gw_net_end *end);

/* Answer with nothing but an Echo. */
void coap_proof_want(struct coap_server *s, struct coap_turn *turn);

/* Whether a request from there brings an Echo back. */
bool coap_proof_is_brought(const struct coap_server *s,
			   const struct gw_net_end *end,
			   const struct coap_message *m);
