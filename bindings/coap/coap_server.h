#pragma once

/*
 * Server - the listening half: where devices ask.
 *
 *	coap_server.c    its tables, their clocks and their ends
 *	coap_receive.c   a message comes in and becomes a turn and an exchange
 *	coap_reply.c     an answer goes out, whole or in blocks
 */

#include "bindings/coap/coap_pot.h"
#include "bindings/coap/coap_transfer.h"
#include "core/binding.h"
#include "core/lib/loop.h"

struct coap_pdu_t;
struct gw_binding;
struct gw_conf;
struct gw_cse;
struct gw_exchange;

/* A CON is acknowledged after so long when its answer has not come: before the
 * peer repeats it (RFC 7252 4.8: two seconds), and late enough that most
 * answers go with it, because there are clients that wait for no other. */
#define COAP_ACKNOWLEDGE_MS 1500

enum coap_refusal {
#define COAP_REFUSAL(name, text) COAP_REFUSED_##name,
#include "bindings/coap/coap_refusal.def"
#undef COAP_REFUSAL
	COAP_REFUSALS
};

struct coap_server {
	struct gw_binding *binding;
	struct gw_loop *loop;
	struct coap_peers peers;
	struct coap_turns turns;
	struct gw_load kept; // of these, the answers
	struct coap_transfers transfers;
	struct coap_pot pot;
	struct gw_timer acknowledge;
	struct gw_timer sweep;
	uint64_t secret[2]; // of Echo values
	uint64_t seed;      // of coap_message_key()
	size_t n_owed;      // turns that are open
	uint64_t n_refused[COAP_REFUSALS];
	bool is_draining;
};

/* coap_server.c */
void coap_server_start(struct coap_server *s, struct gw_binding *b);
void coap_server_stop(struct coap_server *s);
const struct gw_conf *coap_server_conf(const struct coap_server *s);

/* The account of a peer, made if need be.  NULL when memory is short. */
struct gw_account *coap_server_account(const struct coap_server *s,
				       struct coap_peer *peer);

/* A turn waits for its answer; and does not any more. */
void coap_server_open(struct coap_server *s, struct coap_turn *turn,
		      struct coap_session_t *session);
void coap_server_close(struct coap_server *s, struct coap_turn *turn);

/* coap_receive.c: what libcoap calls for a request. */
void coap_receive(void *server, struct coap_session_t *session,
		  const struct coap_pdu_t *pdu);

/* An open turn is answered that its time is over, and its exchange abandoned:
 * somebody else gets its place. */
void coap_receive_give_up(struct coap_server *s, struct coap_turn *turn);

/* coap_reply.c: give an answer to the request of a turn, which is then kept.
 * The answer is taken. */
void coap_reply(struct coap_server *s, struct coap_turn *turn,
		const struct gw_primitive *request,
		struct gw_primitive *answer);

/* The same with a message without content, such as 2.31. */
void coap_reply_code(struct coap_server *s, struct coap_turn *turn,
		     uint8_t code);

/* The same with a message that is not encoded yet. */
void coap_reply_message(struct coap_server *s, struct coap_turn *turn,
			struct coap_message *m);

/* With a part of an answer that is kept. */
void coap_reply_block(struct coap_server *s, struct coap_turn *turn,
		      struct coap_transfer *t);

/* With nothing but the ACK. */
void coap_reply_nothing(struct coap_server *s, struct coap_turn *turn);

/* With the ACK for now. */
void coap_reply_acknowledge(struct coap_turn *turn,
			    struct coap_session_t *session);

/* A separate answer has arrived: what libcoap calls. */
void coap_reply_acknowledged(void *server, struct coap_session_t *session,
			     uint16_t id);

/* To a message that came again. */
void coap_reply_again(struct coap_server *s, struct coap_turn *turn,
		      struct coap_session_t *session);

/* To a message that no turn can be kept for: 4.01 and an Echo where the sender
 * is not proven, else 5.03.  peer is NULL when it could not be remembered. */
void coap_reply_unkept(struct coap_server *s, struct coap_peer *peer,
		       struct coap_session_t *session,
		       const struct coap_message *m, enum coap_refusal why);

/* Kept answers have become more, or less. */
void coap_server_charge_kept(struct coap_server *s);

/* So many of each were refused; what did not happen is not said. */
void coap_server_tell(const struct coap_server *s, gw_say_fn *say, void *arg);
