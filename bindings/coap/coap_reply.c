/*
 * An answer goes out, whole or in blocks.
 *
 * Whatever goes to a peer that has not proved its address is paid for with what
 * came from there (coap_proof.c).
 */

#include <assert.h>
#include <coap3/coap.h>
#include <stdlib.h>

#include "bindings/coap/coap_encode.h"
#include "bindings/coap/coap_io.h"
#include "bindings/coap/coap_proof.h"
#include "bindings/coap/coap_server.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/lib/log.h"
#include "core/report.h"

#define GW_LOG_TOPIC "coap"

/* Largest payload that is not sent in blocks. */
#define WHOLE_BYTES_MAX ((size_t)1024)

/* What Block1, Block2 and Size2 may add to a head, and Echo. */
#define BLOCK_OPTIONS_BYTES 15
#define ECHO_OPTION_BYTES (2 + COAP_ECHO_BYTES)

/* Repetitions of a CON, and how long they go on (RFC 7252 4.8). */
#define REPETITIONS_MAX 4U
#define TRANSMIT_WAIT_MS 93000
#define ACK_TIMEOUT_MS 2000

/* Separate answers that may be under way to one peer. */
#define ANSWERS_AT_ONCE COAP_OPEN_PER_PEER

/* Repetitions of a message that may be sent to a peer, as far as they are paid
 * for.  libcoap has one number for all that is out to a peer, which therefore
 * only falls while something may be out. */
static unsigned repetitions(const struct coap_peer *peer, size_t n_bytes,
			    int64_t now_ms)
{
	unsigned max = REPETITIONS_MAX;
	uint64_t n = 0;

	assert(n_bytes > 0 && peer->n_repetitions <= REPETITIONS_MAX);
	n = coap_proof_free(peer) / n_bytes;
	if (!coap_peer_is_unproven(peer)) {
		return max;
	}
	if (peer->n_repetitions > 0 &&
	    now_ms - peer->repeats_ms < TRANSMIT_WAIT_MS) {
		max = peer->n_repetitions;
	}
	return n > max ? max : n > 0 ? (unsigned)n - 1 : 0;
}

/* How an answer of its own is sent.  A CON is repeated, and each repetition
 * counts; without any it may as well be a NON. */
static uint8_t separate_type(struct coap_server *s, struct coap_turn *turn,
			     size_t n_bytes)
{
	struct coap_peer *peer = turn->peer;
	int64_t now_ms = gw_loop_now_ms(s->loop);
	unsigned n = turn->type == COAP_CON ? repetitions(peer, n_bytes, now_ms)
					    : 0;

	if (n == 0) {
		return COAP_NON;
	}
	peer->n_repetitions = (uint8_t)n;
	peer->repeats_ms = now_ms;
	coap_session_set_max_retransmit(turn->session, (uint16_t)n);
	coap_session_set_nstart(turn->session, ANSWERS_AT_ONCE);
	turn->n_repetitions = coap_peer_is_unproven(peer) ? (uint8_t)n : 0;
	(void)coap_proof_pay(peer, n * n_bytes);
	return COAP_CON;
}

static bool is_separate(const struct coap_turn *turn)
{
	return turn->type != COAP_CON || turn->state != COAP_TURN_OPEN;
}

/* How often a message is sent at least, if it is repeated at all. */
static size_t n_copies(const struct coap_turn *turn)
{
	return turn->type == COAP_CON && is_separate(turn) ? 2 : 1;
}

static void address(struct coap_server *s, struct coap_turn *turn,
		    struct coap_message *m)
{
	m->token_len = turn->token_len;
	memcpy(m->token, turn->token, turn->token_len);
	if (!is_separate(turn)) {
		m->type = COAP_ACK;
		m->id = turn->id;
		return;
	}
	m->type = separate_type(s, turn, coap_message_bytes(m));
	m->id = coap_new_message_id(turn->session);
}

/* The turn is answered; by these bytes, which are taken. */
static void finish(struct coap_server *s, struct coap_turn *turn,
		   uint8_t *bytes, size_t len)
{
	assert(turn->session);
	coap_server_close(s, turn);
	coap_turn_keep(&s->turns, turn, bytes, len, gw_loop_now_ms(s->loop));
	coap_server_charge_kept(s);
}

/* What may not be sent is left out, and not kept either. */
void coap_reply_message(struct coap_server *s, struct coap_turn *turn,
			struct coap_message *m)
{
	size_t len = 0;
	uint8_t *bytes = NULL;

	assert(turn->session && turn->state != COAP_TURN_ANSWERED);
	assert(m->code != COAP_EMPTY);
	m->token_len = turn->token_len;
	len = coap_message_bytes(m);
	coap_proof_release(turn, turn->reserved);
	if (!coap_proof_allows(turn->peer, len)) {
		s->n_refused[COAP_REFUSED_UNPAID]++;
		gw_debug("unpaid", "%s has not sent enough to be answered",
			 turn->peer->host->text);
		coap_reply_nothing(s, turn);
		return;
	}
	bytes = malloc(len);
	if (bytes) {
		address(s, turn, m);
		coap_message_put(m, bytes);
		(void)coap_proof_pay(turn->peer, len);
		(void)coap_io_send(turn->session, bytes, len);
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

void coap_reply_acknowledge(struct coap_turn *turn,
			    struct coap_session_t *session)
{
	assert(turn->type == COAP_CON);
	if (turn->state == COAP_TURN_OPEN) {
		turn->state = COAP_TURN_ACKNOWLEDGED;
		coap_ring_remove(&turn->due);
		coap_proof_release(turn, COAP_HEADER_BYTES);
	}
	if (coap_proof_pay(turn->peer, COAP_HEADER_BYTES)) {
		(void)coap_io_acknowledge(session, turn->id);
	}
}

void coap_reply_nothing(struct coap_server *s, struct coap_turn *turn)
{
	if (!is_separate(turn)) {
		coap_reply_acknowledge(turn, turn->session);
	}
	finish(s, turn, NULL, 0);
}

void coap_reply_code(struct coap_server *s, struct coap_turn *turn,
		     uint8_t code)
{
	size_t max = coap_server_conf(s)->limits.content_bytes;
	uint8_t echo[COAP_ECHO_BYTES];
	struct coap_message m;

	if (turn->has_block1 && max > coap_block_limit(turn->block1.size)) {
		max = coap_block_limit(turn->block1.size);
	}
	coap_message_init(&m, COAP_ACK, code);
	add_block1(turn, &m);
	if (code == COAP_CONTINUE && coap_peer_is_unproven(turn->peer)) {
		coap_proof_add(&m, echo, s, &turn->peer->end);
	}
	if (code == COAP_TOO_LARGE) {
		coap_message_add_uint(&m, COAP_OPTION_SIZE1, (uint32_t)max);
	}
	if (code == COAP_UNAVAILABLE) {
		coap_message_add_uint(&m, COAP_OPTION_MAXAGE, COAP_OVERLOAD_S);
	}
	coap_reply_message(s, turn, &m);
}

/* Whether a peer may have so many bytes in blocks of this size.  It need not
 * know Echo, so what has come and requests like this one have to pay for them.
 */
static bool is_affordable(const struct coap_turn *turn, unsigned size,
			  size_t head_bytes, size_t n_bytes)
{
	const struct coap_peer *peer = turn->peer;
	size_t piece = coap_block_bytes(size);
	size_t n = n_bytes / piece + 1;
	size_t each = head_bytes + 1 + (n_bytes < piece ? n_bytes : piece);
	size_t earned = (n - 1) * COAP_CREDIT * turn->head_bytes;
	size_t first = (each + ECHO_OPTION_BYTES) * n_copies(turn);
	uint64_t free_bytes = coap_proof_free(peer);

	return !coap_peer_is_unproven(peer) ||
	       (first <= free_bytes &&
		each * n + ECHO_OPTION_BYTES <= free_bytes + earned);
}

/* The block that is wanted, with the size that fits. */
static bool choose_block(struct coap_block *b, struct gw_bytes *piecep,
			 const struct coap_turn *turn,
			 const struct coap_transfer *t)
{
	struct coap_block wanted = { .size = COAP_BLOCK_SIZE_MAX };
	size_t head_bytes = coap_message_head_bytes(t->message) +
			    BLOCK_OPTIONS_BYTES;
	size_t offset = 0;

	if (turn->has_block2) {
		wanted = turn->block2;
	}
	offset = coap_block_offset(&wanted);
	if (offset > t->payload.len) {
		return false;
	}
	b->size = coap_block_fit(wanted.size, head_bytes + ECHO_OPTION_BYTES,
				 COAP_MESSAGE_BYTES_MAX);
	while (b->size > 0 && t->payload.len <= coap_block_limit(b->size - 1) &&
	       !is_affordable(turn, b->size, head_bytes,
			      t->payload.len - offset)) {
		b->size--;
	}
	b->number = wanted.number << (wanted.size - b->size);
	return coap_block_cut(piecep, b, t->payload);
}

/* False when the peer may not have it. */
static bool send_block(struct coap_server *s, struct coap_turn *turn,
		       const struct coap_transfer *t,
		       const struct coap_block *b)
{
	struct coap_message *m = t->message;
	size_t n_digits = m->n_digits;
	uint8_t echo[COAP_ECHO_BYTES];
	bool is_sent = false;

	if (b->number > 0 || b->has_more || turn->has_block2) {
		coap_block_add(m, COAP_OPTION_BLOCK2, b);
	}
	if (b->number == 0 && b->has_more) {
		coap_message_add_uint(m, COAP_OPTION_SIZE2,
				      (uint32_t)t->payload.len);
		if (coap_peer_is_unproven(turn->peer)) {
			coap_proof_add(m, echo, s, &turn->peer->end);
		}
	}
	add_block1(turn, m);
	is_sent = coap_proof_allows(turn->peer, coap_message_bytes(m));
	if (is_sent) {
		coap_reply_message(s, turn, m);
	}
	coap_message_remove(m, COAP_OPTION_BLOCK1);
	coap_message_remove(m, COAP_OPTION_BLOCK2);
	coap_message_remove(m, COAP_OPTION_SIZE2);
	coap_message_remove(m, COAP_OPTION_ECHO);
	m->n_digits = n_digits;
	return is_sent;
}

void coap_reply_block(struct coap_server *s, struct coap_turn *turn,
		      struct coap_transfer *t)
{
	struct coap_block b = { 0 };

	assert(t->answer && t->peer == turn->peer);
	coap_proof_release(turn, turn->reserved);
	t->message->token_len = turn->token_len;
	if (!choose_block(&b, &t->message->payload, turn, t)) {
		s->n_refused[COAP_REFUSED_BLOCKS]++;
		coap_reply_code(s, turn, COAP_CODE(4, 0));
		return;
	}
	t->is_held = !send_block(s, turn, t, &b);
	t->is_begun = b.number == 0 && b.has_more &&
		      coap_peer_is_unproven(turn->peer);
	if (t->is_held) {
		coap_proof_want(s, turn);
	} else if (b.number == 0 && !b.has_more) {
		coap_transfer_free(&s->transfers, t);
		return;
	}
	coap_transfer_touch(&s->transfers, t);
}

/* An answer that goes in blocks, or has to wait for an Echo. */
static void keep(struct coap_server *s, struct coap_turn *turn,
		 struct gw_primitive *answer, const struct coap_message *m)
{
	struct coap_transfer *t = coap_transfer_offer(&s->transfers, turn->peer,
						      turn->key, answer, m);

	if (t) {
		coap_reply_block(s, turn, t);
	} else {
		s->n_refused[COAP_REFUSED_MEMORY]++;
		coap_reply_code(s, turn, COAP_UNAVAILABLE);
	}
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

/* An answer, and what it answers. */
struct reply {
	struct coap_server *server;
	struct coap_turn *turn;
	const struct gw_primitive *request;
	struct gw_primitive *answer; // owned; NULL: nothing can be written
	struct coap_message m;       // how it is written
};

static enum gw_status write(struct reply *r, struct gw_reason *why)
{
	struct gw_bytes payload = { 0 };
	enum gw_status status = GW_STATUS_NONE;

	coap_message_init(&r->m, COAP_ACK, COAP_EMPTY);
	status = coap_encode_answer(&r->m, &payload, why, r->answer,
				    &r->turn->asked);
	r->m.payload = payload;
	return status;
}

/* Write the answer down, or the error that tells why that cannot be. */
static void write_answer(struct reply *r)
{
	struct gw_primitive *answer = r->answer;
	struct gw_reason why = { "" };

	if (!answer || write(r, &why) == GW_STATUS_NONE) {
		return;
	}
	r->server->n_refused[COAP_REFUSED_UNWRITABLE]++;
	r->answer = gw_report_unwritable(
		&(struct gw_refusal){
			.binding = r->server->binding,
			.peer = gw_str_from(r->turn->peer->host->text),
			.is_unproven = coap_peer_is_unproven(r->turn->peer),
			.request = r->request,
			.reason = why.text,
		},
		answer);
	gw_primitive_free(answer);
	if (r->answer && write(r, &why) != GW_STATUS_NONE) {
		r->answer = gw_primitive_free(r->answer);
	}
}

void coap_reply(struct coap_server *s, struct coap_turn *turn,
		const struct gw_primitive *request, struct gw_primitive *answer)
{
	struct reply r = {
		.server = s, .turn = turn, .request = request, .answer = answer
	};

	assert(turn->session && turn->state != COAP_TURN_ANSWERED);
	turn->asked.now_ms = gw_loop_wall_ms(s->loop);
	coap_proof_release(turn, turn->reserved);
	write_answer(&r);
	if (!r.answer) {
		s->n_refused[COAP_REFUSED_MEMORY]++;
		coap_reply_code(s, turn, COAP_CODE(5, 0));
		return;
	}
	if (turn->asked.code != 0) {
		r.m.code = turn->asked.code;
	}
	r.m.token_len = turn->token_len;
	if (!fits(turn, &r.m) ||
	    !coap_proof_allows(turn->peer, coap_message_bytes(&r.m) +
						   BLOCK_OPTIONS_BYTES)) {
		keep(s, turn, r.answer, &r.m);
		return;
	}
	add_block1(turn, &r.m);
	coap_reply_message(s, turn, &r.m);
	gw_primitive_free(r.answer);
}

void coap_reply_again(struct coap_server *s, struct coap_turn *turn,
		      struct coap_session_t *session)
{
	bool was_con = turn->len > 0 && (turn->bytes[0] >> 4 & 3) == COAP_CON;

	assert((turn->state == COAP_TURN_ANSWERED) == !turn->session);
	if (turn->state == COAP_TURN_ANSWERED && turn->len > 0 && !was_con) {
		if (coap_proof_pay(turn->peer, turn->len)) {
			(void)coap_io_send(session, turn->bytes, turn->len);
		}
		return;
	}
	/* The answer is under way, or libcoap repeats it. */
	if (turn->type == COAP_CON) {
		coap_reply_acknowledge(turn, session);
	}
}

static struct coap_turn *turn_of_answer(const struct coap_peer *peer,
					uint16_t id)
{
	for (struct coap_ring *r = peer->turns.prev; r != &peer->turns;
	     r = r->prev) {
		struct coap_turn *turn = gw_container(r, struct coap_turn,
						      of_peer);

		if (turn->n_repetitions > 0 &&
		    (turn->bytes[2] << 8 | turn->bytes[3]) == id) {
			return turn;
		}
	}
	return NULL;
}

/* Repetitions that may have been sent after so long; a peer may be told to wait
 * half as long again (RFC 7252 4.2). */
static unsigned n_repeated(int64_t after_ms)
{
	unsigned n = 0;

	for (int64_t due_ms = ACK_TIMEOUT_MS; due_ms <= after_ms;
	     due_ms = 2 * due_ms + ACK_TIMEOUT_MS) {
		n++;
	}
	return n;
}

void coap_reply_acknowledged(void *server, struct coap_session_t *session,
			     uint16_t id)
{
	struct coap_server *s = server;
	struct coap_peer *peer = coap_peers_find(
		&s->peers, &coap_session_get_addr_remote(session)->addr.sa);
	struct coap_turn *turn = peer ? turn_of_answer(peer, id) : NULL;
	unsigned n_sent = 0;

	if (!turn) {
		return;
	}
	assert(turn->state == COAP_TURN_ANSWERED && turn->len > 0);
	n_sent = n_repeated(gw_loop_now_ms(s->loop) - turn->at_ms);
	if (n_sent < turn->n_repetitions) {
		peer->credit += (turn->n_repetitions - n_sent) * turn->len;
	}
	turn->n_repetitions = 0;
}

static void tell_unkept(const struct coap_server *s,
			const struct coap_peer *peer,
			const struct coap_session_t *session,
			enum coap_refusal why)
{
	static const char *const reasons[COAP_REFUSALS] = {
		[COAP_REFUSED_UNPROVEN] =
			"too many wait whose address is not proven",
		[COAP_REFUSED_FULL] =
			"too many wait (sessions, sessions-per-address)",
		[COAP_REFUSED_STOPPING] = "the gateway is going down",
		[COAP_REFUSED_MEMORY] = "the gateway is short of memory",
	};
	bool wants_echo = why == COAP_REFUSED_UNPROVEN;
	char host[GW_NET_TEXT_BYTES];

	assert(reasons[why]);
	(void)gw_net_print_of(host,
			      &coap_session_get_addr_remote(session)->addr.sa);
	gw_report_refusal(&(struct gw_refusal){
		.binding = s->binding,
		.peer = gw_str_from(host),
		.is_unproven = peer ? coap_peer_is_unproven(peer) : wants_echo,
		.status = wants_echo ? GW_STATUS_SECURITY_ASSOCIATION_REQUIRED
				     : GW_STATUS_TARGET_NOT_REACHABLE,
		.code = wants_echo ? "4.01" : "5.03",
		.reason = reasons[why],
	});
}

void coap_reply_unkept(struct coap_server *s, struct coap_peer *peer,
		       struct coap_session_t *session,
		       const struct coap_message *m, enum coap_refusal why)
{
	uint8_t bytes[COAP_HEADER_BYTES + COAP_TOKEN_BYTES + ECHO_OPTION_BYTES];
	uint8_t echo[COAP_ECHO_BYTES];
	struct gw_net_end end = { 0 };
	struct coap_message answer;
	size_t len = 0;
	bool wants_echo = why == COAP_REFUSED_UNPROVEN;

	s->n_refused[why]++;
	tell_unkept(s, peer, session, why);
	coap_message_init(&answer, m->type == COAP_CON ? COAP_ACK : COAP_NON,
			  wants_echo ? COAP_UNAUTHORIZED : COAP_UNAVAILABLE);
	answer.token_len = m->token_len;
	memcpy(answer.token, m->token, m->token_len);
	if (wants_echo) {
		(void)gw_net_end_of(
			&end, &coap_session_get_addr_remote(session)->addr.sa);
		coap_proof_add(&answer, echo, s, &end);
	}
	len = coap_message_bytes(&answer);
	assert(len <= sizeof(bytes));
	if (peer ? !coap_proof_pay(peer, len)
		 : len > COAP_CREDIT * coap_message_bytes(m)) {
		return;
	}
	answer.id = m->type == COAP_CON ? m->id : coap_new_message_id(session);
	coap_message_put(&answer, bytes);
	(void)coap_io_send(session, bytes, len);
}
