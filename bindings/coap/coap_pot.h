#pragma once

/*
 * Pot - the places of requests whose sender may be forged.
 *
 * Whoever writes senders of his choice into datagrams could have all places
 * open, for as long as a CSE is slow.  So requests of peers that have not
 * proven their address are in a pot, of one in COAP_UNPROVEN_SHARE of
 * listen.coap.sessions.  When it is full
 *
 *	the oldest in it makes room, once it has been there for COAP_POT_MS: it
 *	is answered 5.04;
 *	before that the new one gets 4.01 with an Echo, and nothing is kept of
 *	it: that costs as much as any answer would, lets everybody in who is
 *	where he says, and nobody who is not puts out who came before.
 *
 * Proven peers are not in it.  Nor are COAP_VOUCHED_MAX requests of an address
 * at which a request of ours was answered: there is a device, which may ask
 * from another port and know no Echo.
 */

#include "bindings/coap/coap_turn.h"

/* How long a place is had for sure. */
#define COAP_POT_MS 5000

/* Places beside the pot for an address that has answered. */
#define COAP_VOUCHED_MAX 16U

struct coap_pot {
	struct coap_ring open; // turns, the oldest first
	size_t n;
	size_t n_max;
};

void coap_pot_init(struct coap_pot *pot, size_t n_sessions);

/* Whether one more request of the peer has a place. */
bool coap_pot_has_room(const struct coap_pot *pot,
		       const struct coap_peer *peer);

/* An open turn takes its place, if its peer needs one; there is room.  It is
 * closed; one that has none is fine. */
void coap_pot_enter(struct coap_pot *pot, struct coap_turn *turn);
void coap_pot_leave(struct coap_pot *pot, struct coap_turn *turn);

/* The turn that has to make room now; NULL: none.  Who has been proven
 * meanwhile does not. */
struct coap_turn *coap_pot_overdue(struct coap_pot *pot, int64_t now_ms);
