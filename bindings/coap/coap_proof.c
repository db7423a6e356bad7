/*
 * Proof - whether a peer is where it says.
 *
 * Anybody may write any sender into a datagram, and so have answers sent to
 * whom he likes.  Until a peer has shown that it gets what is sent to it, no
 * more than three times what came from there goes there (RFC 9175 2.6).  An
 * answer beyond that is held, and the peer may show it in two ways:
 *
 *	ping      an empty CON has to be reset; whoever does so twice has seen
 *	          two numbers of 16 bits.  Every device can, and it costs no
 *	          second request.  They go in pairs: a reset is about one of
 *	          them, while a signal of CoAP over TCP (7.05), which libcoap
 *	          obeys over UDP too and which needs no number, makes it give
 *	          up both at once.
 *	Echo      when no reset comes in half a second, the answer is 4.01 with a
 *	          value; a request that brings it back gets what was held
 *	          (RFC 9175 2.3)
 *
 * The request is carried out once in either case.
 */

#include <coap3/coap.h>

#include "bindings/coap/coap_echo.h"
#include "bindings/coap/coap_server.h"
#include "bindings/coap/coap_wire.h"

/* Resets that prove it, and how long one may take. */
#define RESETS_WANTED 2
#define PING_MS 2000

/* What a pair of pings costs with one repetition of each. */
#define PING_BYTES ((size_t)4 * COAP_HEADER_BYTES)
#define PING_REPETITIONS 1

bool coap_proof_allows(const struct coap_peer *peer, size_t n_bytes)
{
	return peer->is_proven || n_bytes <= peer->credit;
}

void coap_proof_spend(struct coap_peer *peer, size_t n_bytes)
{
	peer->credit -= n_bytes < peer->credit ? n_bytes : peer->credit;
}

static bool is_pinged(const struct coap_server *s, const struct coap_peer *peer)
{
	return peer->ping_ms != 0 &&
	       gw_loop_now_ms(s->loop) - peer->ping_ms < PING_MS;
}

static bool ping(struct coap_server *s, struct coap_peer *peer,
		 struct coap_session_t *session)
{
	if (!coap_proof_allows(peer, PING_BYTES)) {
		return false;
	}
	coap_proof_spend(peer, PING_BYTES);
	peer->pings[0] = (uint16_t)gw_loop_random(s->loop);
	do {
		peer->pings[1] = (uint16_t)gw_loop_random(s->loop);
	} while (peer->pings[1] == peer->pings[0]);
	peer->n_lost = 0;
	peer->ping_ms = gw_loop_now_ms(s->loop);
	coap_session_set_max_retransmit(session, PING_REPETITIONS);
	coap_session_set_nstart(session, COAP_OPEN_PER_PEER);
	if (coap_wire_ping(session, peer->pings[0]) &&
	    coap_wire_ping(session, peer->pings[1])) {
		return true;
	}
	peer->ping_ms = 0;
	return false;
}

void coap_proof_want(struct coap_server *s, struct coap_turn *turn)
{
	struct coap_peer *peer = turn->peer;

	if (turn->is_held ||
	    (!is_pinged(s, peer) && !ping(s, peer, turn->session))) {
		coap_proof_missed(s, turn);
		return;
	}
	turn->is_held = true;
	coap_server_delay(s, turn);
}

static struct coap_echo echo_of(const struct coap_server *s,
				const struct coap_peer *peer)
{
	return (struct coap_echo){
		.key = { s->secret[0], s->secret[1] },
		.address = { peer->address, COAP_ADDRESS_BYTES },
	};
}

void coap_proof_missed(struct coap_server *s, struct coap_turn *turn)
{
	uint8_t value[COAP_ECHO_BYTES];
	struct coap_echo echo = echo_of(s, turn->peer);
	struct coap_message m;

	coap_echo_make(value, &echo, gw_loop_now_ms(s->loop));
	coap_message_init(&m, COAP_ACK, COAP_UNAUTHORIZED);
	coap_message_add(&m, COAP_OPTION_ECHO,
			 (struct gw_str){ (const char *)value, sizeof(value) });
	m.token_len = turn->token_len;
	if (coap_proof_allows(turn->peer, coap_message_bytes(&m))) {
		coap_reply_message(s, turn, &m);
	} else {
		coap_reply_nothing(s, turn);
	}
}

void coap_proof_echo(struct coap_server *s, struct coap_peer *peer,
		     const struct coap_message *m)
{
	struct coap_echo echo = echo_of(s, peer);
	struct gw_str value = coap_message_get(m, COAP_OPTION_ECHO);

	if (value.len > 0 &&
	    coap_echo_is_good(&echo, value, gw_loop_now_ms(s->loop))) {
		peer->is_proven = true;
	}
}

static struct coap_turn *held_turn(const struct coap_peer *peer)
{
	for (struct coap_ring *r = peer->turns.next; r != &peer->turns;
	     r = r->next) {
		struct coap_turn *turn = gw_container(r, struct coap_turn,
						      of_peer);

		if (turn->is_held) {
			return turn;
		}
	}
	return NULL;
}

/* Answer the turns that were held.  Each answer may make others be forgotten,
 * so the list is looked through anew. */
static void release(struct coap_server *s, struct coap_peer *peer)
{
	struct coap_turn *turn = NULL;

	while ((turn = held_turn(peer))) {
		struct coap_transfer *t = coap_transfer_find(peer, turn->key,
							     true);

		if (t) {
			coap_reply_block(s, turn, t);
		} else {
			coap_proof_missed(s, turn);
		}
	}
}

/* The session of a turn that waits for the proof; NULL: none does any more. */
static struct coap_session_t *session_of(const struct coap_peer *peer)
{
	const struct coap_turn *turn = held_turn(peer);

	return turn ? turn->session : NULL;
}

/* Whether one ping of the pair was reset, or both were given up. */
static void judge(struct gw_task *t)
{
	struct coap_peer *peer = gw_container(t, struct coap_peer, judge);
	struct coap_server *s = peer->judge_arg;
	struct coap_session_t *session = session_of(peer);

	peer->ping_ms = 0;
	if (peer->n_lost != 1) {
		peer->n_resets = 0;
		return;
	}
	if (++peer->n_resets < RESETS_WANTED) {
		if (session) {
			(void)ping(s, peer, session);
		}
		return;
	}
	peer->is_proven = true;
	release(s, peer);
}

void coap_proof_reset(void *server, struct coap_session_t *session, uint16_t id,
		      uint64_t turn)
{
	struct coap_server *s = server;
	struct coap_peer *peer = NULL;

	if (!s->loop) {
		return;
	}
	peer = coap_peers_get(&s->peers,
			      &coap_session_get_addr_remote(session)->addr.sa,
			      gw_loop_now_ms(s->loop));
	if (!peer || !is_pinged(s, peer) ||
	    (id != peer->pings[0] && id != peer->pings[1])) {
		return;
	}
	if (peer->n_lost > 0 && peer->lost_by != turn) {
		return; // the other ping of the pair, reset by itself
	}
	peer->n_lost++;
	peer->lost_by = turn;
	peer->judge.run = judge;
	peer->judge_arg = s;
	gw_loop_defer(s->loop, &peer->judge);
}
