/*
 * Pot - the places of requests whose sender may be forged.
 */

#include "bindings/coap/coap_pot.h"

#include <assert.h>

void coap_pot_init(struct coap_pot *pot, size_t n_sessions)
{
	pot->n = 0;
	pot->n_max = (n_sessions + COAP_UNPROVEN_SHARE - 1) /
		     COAP_UNPROVEN_SHARE;
	coap_ring_init(&pot->open);
}

static bool is_vouched_for(const struct coap_peer *peer)
{
	return peer->host->has_answered &&
	       peer->host->n_vouched < COAP_VOUCHED_MAX;
}

bool coap_pot_has_room(const struct coap_pot *pot, const struct coap_peer *peer)
{
	return !coap_peer_is_unproven(peer) || is_vouched_for(peer) ||
	       pot->n < pot->n_max;
}

void coap_pot_enter(struct coap_pot *pot, struct coap_turn *turn)
{
	assert(!turn->is_vouched && !turn->pot.next);
	if (!coap_peer_is_unproven(turn->peer)) {
		return;
	}
	if (is_vouched_for(turn->peer)) {
		turn->is_vouched = true;
		turn->peer->host->n_vouched++;
		return;
	}
	assert(pot->n < pot->n_max);
	pot->n++;
	coap_ring_append(&pot->open, &turn->pot);
}

void coap_pot_leave(struct coap_pot *pot, struct coap_turn *turn)
{
	if (turn->is_vouched) {
		assert(turn->peer->host->n_vouched > 0);
		turn->peer->host->n_vouched--;
		turn->is_vouched = false;
	}
	if (turn->pot.next) {
		assert(pot->n > 0);
		pot->n--;
		coap_ring_remove(&turn->pot);
	}
}

struct coap_turn *coap_pot_overdue(struct coap_pot *pot, int64_t now_ms)
{
	while (!coap_ring_is_empty(&pot->open)) {
		struct coap_turn *turn = gw_container(pot->open.next,
						      struct coap_turn, pot);

		if (coap_peer_is_unproven(turn->peer)) {
			return now_ms - turn->at_ms >= COAP_POT_MS ? turn
								   : NULL;
		}
		coap_pot_leave(pot, turn);
	}
	return NULL;
}
