/*
 * An answer goes out, whole or in blocks.
 *
 * Whatever goes to a peer that has not proved its address is counted against
 * what came from there; what would be too much waits (coap_proof.c).
 */

#include <coap3/coap.h>
#include <stdlib.h>

#include "bindings/coap/coap_encode.h"
#include "bindings/coap/coap_server.h"
#include "bindings/coap/coap_wire.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/log.h"

#define GW_LOG_TOPIC "coap"

/* Largest payload that is not sent in blocks. */
#define WHOLE_BYTES_MAX ((size_t)1024)

/* What Block1, Block2 and Size2 may add to a head. */
#define BLOCK_OPTIONS_BYTES 24

/* Repetitions of a CON (RFC 7252 4.8). */
#define REPETITIONS_MAX 4U

/* Separate answers that may be under way to one peer. */
#define ANSWERS_AT_ONCE COAP_OPEN_PER_PEER

/* How an answer of its own is sent.  A CON is repeated, and each repetition
 * counts; without any it may as well be a NON. */
static uint8_t separate_type(struct coap_turn *turn, size_t n_bytes)
{
	struct coap_peer *peer = turn->peer;
	uint64_t n = peer->is_proven ? REPETITIONS_MAX
				     : peer->credit / n_bytes - 1;

	if (n == 0) {
		return COAP_NON;
	}
	n = n > REPETITIONS_MAX ? REPETITIONS_MAX : n;
	coap_session_set_max_retransmit(turn->session, (uint16_t)n);
	coap_session_set_nstart(turn->session, ANSWERS_AT_ONCE);
	coap_proof_spend(peer, n * n_bytes);
	return COAP_CON;
}

static void address(struct coap_turn *turn, struct coap_message *m)
{
	m->token_len = turn->token_len;
	memcpy(m->token, turn->token, turn->token_len);
	if (turn->type == COAP_CON && turn->state == COAP_TURN_OPEN) {
		m->type = COAP_ACK;
		m->id = turn->id;
		return;
	}
	m->type = turn->type == COAP_CON
			  ? separate_type(turn, coap_message_bytes(m))
			  : COAP_NON;
	m->id = coap_new_message_id(turn->session);
}

/* The turn is answered; by these bytes, which are taken. */
static void finish(struct coap_server *s, struct coap_turn *turn,
		   uint8_t *bytes, size_t len)
{
	coap_server_close(s, turn);
	coap_turn_keep(&s->turns, turn, bytes, len, gw_loop_now_ms(s->loop));
}

/* Send a message for which there is credit. */
void coap_reply_message(struct coap_server *s, struct coap_turn *turn,
			struct coap_message *m)
{
	size_t len = 0;
	uint8_t *bytes = NULL;

	m->token_len = turn->token_len;
	len = coap_message_bytes(m);
	address(turn, m);
	bytes = malloc(len);
	if (bytes) {
		coap_message_put(m, bytes);
		coap_proof_spend(turn->peer, len);
		(void)coap_wire_send(turn->session, bytes, len);
	}
	finish(s, turn, bytes, bytes ? len : 0);
}

static void add_block1(const struct coap_turn *turn, struct coap_message *m)
{
	struct coap_block b = turn->block1;

	if (turn->has_block1) {
		b.has_more = m->code == COAP_CONTINUE;
		coap_block_add(m, COAP_OPTION_BLOCK1, &b);
	}
}

void coap_reply_nothing(struct coap_server *s, struct coap_turn *turn)
{
	if (turn->type == COAP_CON && turn->state == COAP_TURN_OPEN) {
		(void)coap_wire_acknowledge(turn->session, turn->id);
	}
	finish(s, turn, NULL, 0);
}

void coap_reply_code(struct coap_server *s, struct coap_turn *turn,
		     uint8_t code)
{
	struct coap_message m;

	coap_message_init(&m, COAP_ACK, code);
	add_block1(turn, &m);
	if (code == COAP_TOO_LARGE) {
		coap_message_add_uint(
			&m, COAP_OPTION_SIZE1,
			(uint32_t)coap_server_conf(s)->limits.content_bytes);
	}
	m.token_len = turn->token_len;
	if (coap_proof_allows(turn->peer, coap_message_bytes(&m))) {
		coap_reply_message(s, turn, &m);
	} else {
		coap_reply_nothing(s, turn);
	}
}

/* The block that is wanted, with the size that fits. */
static bool choose_block(struct coap_block *b, struct gw_bytes *piecep,
			 const struct coap_turn *turn,
			 const struct coap_message *m, struct gw_bytes payload)
{
	unsigned wanted = turn->has_block2 ? turn->block2.size
					   : COAP_BLOCK_SIZE_MAX;
	uint32_t number = turn->has_block2 ? turn->block2.number : 0;

	b->size = coap_block_fit(
		wanted, coap_message_head_bytes(m) + BLOCK_OPTIONS_BYTES,
		COAP_MESSAGE_BYTES_MAX);
	b->number = number << (wanted - b->size);
	return coap_block_cut(piecep, b, payload);
}

static void send_block(struct coap_server *s, struct coap_turn *turn,
		       struct coap_transfer *t, struct coap_message *m)
{
	struct coap_block b = { 0 };

	m->token_len = turn->token_len;
	if (!choose_block(&b, &m->payload, turn, m, t->payload)) {
		coap_reply_code(s, turn, COAP_CODE(4, 0));
		return;
	}
	if (b.number > 0 || b.has_more || turn->has_block2) {
		coap_block_add(m, COAP_OPTION_BLOCK2, &b);
	}
	if (b.number == 0 && b.has_more) {
		coap_message_add_uint(m, COAP_OPTION_SIZE2,
				      (uint32_t)t->payload.len);
	}
	add_block1(turn, m);
	if (!coap_proof_allows(turn->peer, coap_message_bytes(m))) {
		t->is_held = true;
		coap_proof_want(s, turn);
		return;
	}
	coap_reply_message(s, turn, m);
	coap_transfer_touch(&s->transfers, t);
	if (t->is_held && !b.has_more && b.number == 0) {
		coap_transfer_free(&s->transfers, t);
		return;
	}
	t->is_held = false;
}

void coap_reply_block(struct coap_server *s, struct coap_turn *turn,
		      struct coap_transfer *t)
{
	struct coap_message m;
	struct gw_reason why = { "" };

	coap_message_init(&m, COAP_ACK, COAP_EMPTY);
	if (coap_encode_answer(&m, &t->payload, &why, t->answer, &t->asked) !=
	    GW_STATUS_NONE) {
		coap_reply_code(s, turn, COAP_CODE(5, 0));
		return;
	}
	if (t->asked.code != 0) {
		m.code = t->asked.code;
	}
	send_block(s, turn, t, &m);
}

/* An answer that goes in blocks, or has to wait for an Echo. */
static void keep(struct coap_server *s, struct coap_turn *turn,
		 struct gw_primitive *answer, struct gw_bytes payload)
{
	struct coap_transfer *t = coap_transfer_offer(&s->transfers, turn->peer,
						      turn->key, answer);

	if (!t) {
		coap_reply_code(s, turn, COAP_CODE(5, 0));
		return;
	}
	t->asked = turn->asked;
	t->payload = payload;
	coap_transfer_grew(&s->transfers, payload.len);
	coap_reply_block(s, turn, t);
}

static bool fits(const struct coap_turn *turn, const struct coap_message *m)
{
	if (turn->has_block2 &&
	    (turn->block2.number > 0 ||
	     m->payload.len > coap_block_bytes(turn->block2.size))) {
		return false;
	}
	return m->payload.len <= WHOLE_BYTES_MAX &&
	       coap_message_bytes(m) + BLOCK_OPTIONS_BYTES <=
		       COAP_MESSAGE_BYTES_MAX;
}

/* Write an answer down, or the error that tells why that cannot be.  Takes the
 * answer; NULL when nothing can be written. */
static struct gw_primitive *write_answer(struct coap_message *m,
					 const struct coap_turn *turn,
					 struct gw_primitive *answer)
{
	struct gw_reason why = { "" };
	struct gw_bytes payload = { 0 };
	struct gw_primitive *error = NULL;

	coap_message_init(m, COAP_ACK, COAP_EMPTY);
	if (coap_encode_answer(m, &payload, &why, answer, &turn->asked) ==
	    GW_STATUS_NONE) {
		m->payload = payload;
		return answer;
	}
	gw_debug("unwritable", "an answer cannot be written in CoAP: %s",
		 why.text);
	error = gw_primitive_new_error(answer, GW_STATUS_INTERNAL_SERVER_ERROR,
				       "the answer cannot be written in CoAP");
	gw_primitive_free(answer);
	coap_message_init(m, COAP_ACK, COAP_EMPTY);
	if (!error || coap_encode_answer(m, &payload, &why, error,
					 &turn->asked) != GW_STATUS_NONE) {
		return gw_primitive_free(error);
	}
	m->payload = payload;
	return error;
}

void coap_reply(struct coap_server *s, struct coap_turn *turn,
		struct gw_primitive *answer)
{
	struct coap_message m;

	turn->asked.now_ms = gw_loop_wall_ms(s->loop);
	if (answer) {
		answer = write_answer(&m, turn, answer);
	}
	if (!answer) {
		coap_reply_code(s, turn, COAP_CODE(5, 0));
		return;
	}
	if (turn->asked.code != 0) {
		m.code = turn->asked.code;
	}
	m.token_len = turn->token_len;
	if (!fits(turn, &m) ||
	    !coap_proof_allows(turn->peer,
			       coap_message_bytes(&m) + BLOCK_OPTIONS_BYTES)) {
		keep(s, turn, answer, m.payload);
		return;
	}
	add_block1(turn, &m);
	coap_reply_message(s, turn, &m);
	gw_primitive_free(answer);
}

void coap_reply_again(struct coap_server *s, struct coap_turn *turn,
		      struct coap_session_t *session)
{
	bool is_separate = turn->len > 0 &&
			   (turn->bytes[0] >> 4 & 3) == COAP_CON;

	if (turn->state == COAP_TURN_ANSWERED && turn->len > 0 &&
	    !is_separate) {
		if (coap_proof_allows(turn->peer, turn->len)) {
			coap_proof_spend(turn->peer, turn->len);
			(void)coap_wire_send(session, turn->bytes, turn->len);
		}
		return;
	}
	/* The answer is under way, or libcoap repeats it. */
	if (turn->type == COAP_CON) {
		if (turn->state == COAP_TURN_OPEN) {
			coap_server_acknowledged(turn);
		}
		(void)coap_wire_acknowledge(session, turn->id);
	}
}

void coap_reply_unkept(struct coap_session_t *session,
		       const struct coap_message *m)
{
	uint8_t bytes[COAP_HEADER_BYTES + COAP_TOKEN_BYTES];
	struct coap_message answer;

	coap_message_init(&answer, m->type == COAP_CON ? COAP_ACK : COAP_NON,
			  COAP_UNAVAILABLE);
	answer.id = m->type == COAP_CON ? m->id : coap_new_message_id(session);
	answer.token_len = m->token_len;
	memcpy(answer.token, m->token, m->token_len);
	coap_message_put(&answer, bytes);
	(void)coap_wire_send(session, bytes, coap_message_bytes(&answer));
}
