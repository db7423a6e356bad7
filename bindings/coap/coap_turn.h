#pragma once

/*
 * Turn - one request of a peer, from its arrival until nobody can repeat it.
 *
 *	OPEN ----- a second and half ---> ACKNOWLEDGED
 *	  | answer: in the ACK               | answer: a message of its own
 *	  `----------> ANSWERED <------------'
 *	                   | EXCHANGE_LIFETIME, or a bound
 *	                   v
 *	                (freed)
 *
 * A message that comes again finds its turn by message id and token and is
 * never carried out a second time (RFC 7252 4.5).
 */

#include "bindings/coap/coap_block.h"
#include "bindings/coap/coap_decode.h"
#include "bindings/coap/coap_peer.h"
#include "core/lib/table.h"

struct coap_session_t;
struct gw_exchange;

/* RFC 7252 4.8.2 */
#define COAP_EXCHANGE_LIFETIME_MS 247000

/* Answers kept for one peer, and in all; and what they may come to: one in so
 * many bytes of limits.memory, but not less, and not more, than this. */
#define COAP_KEPT_PER_PEER 64U
#define COAP_KEPT_MAX ((size_t)65536)
#define COAP_KEPT_BYTES_MAX ((size_t)32 * 1024 * 1024)
#define COAP_KEPT_SHARE 8U
#define COAP_KEPT_BYTES_MIN ((size_t)64 * 1024)

enum coap_turn_state {
	COAP_TURN_OPEN,
	COAP_TURN_ACKNOWLEDGED,
	COAP_TURN_ANSWERED,
};

struct coap_turn {
	struct gw_table_entry by_id;
	struct coap_ring of_peer; // behind those open or answered before it
	struct coap_ring due;     // among those to acknowledge, or the kept
	struct coap_ring pot;     // among those whose sender may be forged
	struct coap_peer *peer;
	struct gw_exchange *x;          // while it is open
	struct coap_session_t *session; // held until it is answered
	int64_t at_ms;                  // when it came, or was answered
	struct coap_key key;            // of the request without its blocks
	size_t head_bytes;              // of the request
	size_t n_bytes;                 // of all of it
	size_t reserved;                // credit of the peer for its answer
	struct coap_asked asked;
	struct coap_block block1; // to be told in the answer
	struct coap_block block2; // what part of the answer is wanted
	bool has_block1;
	bool has_block2;
	bool is_vouched; // it has a place beside the pot
	enum coap_turn_state state;
	uint8_t type;
	uint8_t token_len;
	uint16_t id;
	uint8_t token[COAP_TOKEN_BYTES];
	uint8_t n_repetitions; // of the answer, that are paid for
	size_t len;
	uint8_t *bytes; // the answer as it was sent; NULL: none
};

struct coap_turns {
	struct gw_table by_id; // and by peer
	struct coap_ring open; // not yet acknowledged, oldest first
	struct coap_ring kept; // answered, oldest first
	size_t n_kept;
	size_t n_kept_bytes; // of these, with all that they take
	size_t kept_bytes_max;
};

/* With so much memory for all that peers make the gateway hold. */
void coap_turns_init(struct coap_turns *ts, size_t memory_bytes);

/* All turns are gone by now. */
void coap_turns_deinit(struct coap_turns *ts);

/* The turn that this message of the peer began; NULL: none. */
struct coap_turn *coap_turns_find(struct coap_turns *ts,
				  const struct coap_peer *peer,
				  const struct coap_message *m, int64_t now_ms);

/* Begin one.  NULL when memory is short. */
struct coap_turn *coap_turn_new(struct coap_turns *ts, struct coap_peer *peer,
				const struct coap_message *m, int64_t now_ms);
void coap_turn_free(struct coap_turns *ts, struct coap_turn *turn);

/* It is answered with these bytes, which are taken (NULL: with nothing), and is
 * kept.  Older ones make room. */
void coap_turn_keep(struct coap_turns *ts, struct coap_turn *turn,
		    uint8_t *bytes, size_t len, int64_t now_ms);

/* Free what nobody can repeat any more. */
void coap_turns_sweep(struct coap_turns *ts, int64_t now_ms);
