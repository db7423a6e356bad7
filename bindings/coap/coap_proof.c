/*
 * Proof - whether a peer is where it says.
 */

#include "bindings/coap/coap_proof.h"

#include <assert.h>
#include <coap3/coap.h>

#include "bindings/coap/coap_server.h"
#include "core/lib/hash.h"

#define TIME_BYTES 4
#define SECOND_MS 1000

/* For people, as far as it is paid for, once more included (RFC 7252 5.5.2). */
#define ADVICE "send the Echo back, or be in listen.coap.trust"

uint64_t coap_proof_free(const struct coap_peer *peer)
{
	assert(peer->reserved <= peer->credit);
	return peer->credit - peer->reserved;
}

void coap_proof_reserve(struct coap_turn *turn)
{
	assert(turn->reserved == 0);
	turn->reserved = COAP_CREDIT * turn->n_bytes;
	turn->peer->reserved += turn->reserved;
}

void coap_proof_release(struct coap_turn *turn, size_t n_bytes)
{
	size_t n = n_bytes < turn->reserved ? n_bytes : turn->reserved;

	assert(turn->peer->reserved >= n);
	turn->reserved -= n;
	turn->peer->reserved -= n;
}

bool coap_proof_allows(const struct coap_peer *peer, size_t n_bytes)
{
	return !coap_peer_is_unproven(peer) || n_bytes <= coap_proof_free(peer);
}

bool coap_proof_pay(struct coap_peer *peer, size_t n_bytes)
{
	if (!coap_proof_allows(peer, n_bytes)) {
		return false;
	}
	if (coap_peer_is_unproven(peer)) {
		assert(peer->credit >= n_bytes);
		peer->credit -= n_bytes;
	}
	return true;
}

/* Behind the time that stands in a value: who got it, and when, as only we can
 * tell. */
static void put_hash(uint8_t value[COAP_ECHO_BYTES],
		     const struct coap_server *s, const struct gw_net_end *end)
{
	const struct gw_hash_key key = { s->secret[0], s->secret[1] };
	uint8_t text[TIME_BYTES + sizeof(*end)];
	uint64_t hash = 0;

	memcpy(text, value, TIME_BYTES);
	memcpy(text + TIME_BYTES, end, sizeof(*end));
	hash = gw_hash(key, text, sizeof(text));
	memcpy(value + TIME_BYTES, &hash, sizeof(hash));
}

void coap_proof_add(struct coap_message *m, uint8_t at[COAP_ECHO_BYTES],
		    const struct coap_server *s, const struct gw_net_end *end)
{
	uint32_t seconds = (uint32_t)(gw_loop_now_ms(s->loop) / SECOND_MS);

	memcpy(at, &seconds, TIME_BYTES);
	put_hash(at, s, end);
	coap_message_add(m, COAP_OPTION_ECHO,
			 (struct gw_str){ (const char *)at, COAP_ECHO_BYTES });
}

void coap_proof_want(struct coap_server *s, struct coap_turn *turn)
{
	uint8_t value[COAP_ECHO_BYTES];
	struct coap_message m;
	size_t n_copies = turn->state == COAP_TURN_OPEN ? 1 : 2;

	s->n_refused[COAP_REFUSED_UNPROVEN]++;
	coap_proof_release(turn, turn->reserved);
	coap_message_init(&m, COAP_ACK, COAP_UNAUTHORIZED);
	coap_proof_add(&m, value, s, &turn->peer->end);
	m.token_len = turn->token_len;
	m.payload = gw_bytes_of(GW_STR(ADVICE));
	if (!coap_proof_allows(turn->peer, n_copies * coap_message_bytes(&m))) {
		m.payload = (struct gw_bytes){ 0 };
	}
	coap_reply_message(s, turn, &m);
}

static bool is_good(struct gw_str value, const struct coap_server *s,
		    const struct gw_net_end *end)
{
	uint32_t now = (uint32_t)(gw_loop_now_ms(s->loop) / SECOND_MS);
	uint8_t wanted[COAP_ECHO_BYTES];
	uint32_t then = 0;
	uint8_t differs = 0;

	memcpy(&then, value.at, TIME_BYTES);
	memcpy(wanted, value.at, TIME_BYTES);
	put_hash(wanted, s, end);
	for (size_t i = 0; i < COAP_ECHO_BYTES; i++) {
		differs |= (uint8_t)(wanted[i] ^ (uint8_t)value.at[i]);
	}
	return differs == 0 && now - then <= COAP_ECHO_MS / SECOND_MS;
}

bool coap_proof_is_brought(const struct coap_server *s,
			   const struct gw_net_end *end,
			   const struct coap_message *m)
{
	struct gw_str value = coap_message_get(m, COAP_OPTION_ECHO);

	return value.len == COAP_ECHO_BYTES && is_good(value, s, end);
}
