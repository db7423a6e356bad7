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
 */

#include <coap3/coap.h>

#include "bindings/coap/coap_server.h"

bool coap_proof_allows(const struct coap_peer *peer, size_t n_bytes)
{
	return peer->is_proven || n_bytes <= peer->credit;
}

bool coap_proof_pay(struct coap_peer *peer, size_t n_bytes)
{
	if (!coap_proof_allows(peer, n_bytes)) {
		return false;
	}
	peer->credit -= peer->is_proven ? 0 : n_bytes;
	return true;
}

static struct coap_echo echo_of(const struct coap_server *s,
				const struct coap_peer *peer)
{
	return (struct coap_echo){
		.key = { s->secret[0], s->secret[1] },
		.address = { (const uint8_t *)&peer->end, sizeof(peer->end) },
	};
}

void coap_proof_add(struct coap_message *m, uint8_t at[COAP_ECHO_BYTES],
		    const struct coap_server *s, const struct coap_peer *peer)
{
	struct coap_echo echo = echo_of(s, peer);

	coap_echo_make(at, &echo, gw_loop_now_ms(s->loop));
	coap_message_add(m, COAP_OPTION_ECHO,
			 (struct gw_str){ (const char *)at, COAP_ECHO_BYTES });
}

void coap_proof_want(struct coap_server *s, struct coap_turn *turn)
{
	uint8_t value[COAP_ECHO_BYTES];
	struct coap_message m;

	coap_message_init(&m, COAP_ACK, COAP_UNAUTHORIZED);
	coap_proof_add(&m, value, s, turn->peer);
	coap_reply_message(s, turn, &m);
}

void coap_proof_take(const struct coap_server *s, struct coap_peer *peer,
		     const struct coap_message *m)
{
	struct coap_echo echo = echo_of(s, peer);
	struct gw_str value = coap_message_get(m, COAP_OPTION_ECHO);

	if (value.len > 0 &&
	    coap_echo_is_good(&echo, value, gw_loop_now_ms(s->loop))) {
		peer->is_proven = true;
	}
}
