#pragma once

/*
 * Transfer - a request that comes, or an answer that is fetched, block by block
 * (RFC 7959).
 *
 * Memory is set aside for what has arrived, never for what is announced.  At a
 * bound the transfer that began, or was used, longest ago is given up.
 */

#include "bindings/coap/coap_decode.h"
#include "bindings/coap/coap_peer.h"
#include "core/lib/buf.h"

/* Requests of one peer that come in blocks, and answers to it: a hub may have
 * to fetch one for each that it has open.  Transfers in all, and what they may
 * come to. */
#define COAP_UPLOADS_PER_PEER 8U
#define COAP_OFFERS_PER_PEER COAP_OPEN_PER_PEER
#define COAP_TRANSFERS_MAX ((size_t)4096)
#define COAP_TRANSFER_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct coap_transfer {
	struct coap_ring of_peer;
	struct coap_ring due; // among all of its kind, oldest first
	struct coap_peer *peer;
	struct coap_key key; // of the request
	int64_t at_ms;
	size_t n_bytes;     // that it counts among those of all
	struct gw_buf body; // what has come

	/* An answer that is fetched. */
	struct gw_primitive *answer;  // owned; NULL: this is a request
	struct coap_message *message; // owned; all but blocks and payload
	struct gw_bytes payload;      // in the arena of the answer
	bool is_held;  // for a peer that has to prove its address first
	bool is_begun; // such a peer has got its first block, and no more
};

/* What a peer has in transfers is more or less than it was.  False when it may
 * not be more. */
typedef bool coap_may_hold_fn(void *arg, struct coap_peer *peer);

struct coap_transfers {
	coap_may_hold_fn *may_hold;
	void *arg;
	struct coap_ring requests;
	struct coap_ring answers;
	size_t n;
	size_t n_bytes;
};

void coap_transfers_init(struct coap_transfers *ts, coap_may_hold_fn *may_hold,
			 void *arg);

/* The newest transfer of this request, or NULL.  A key without a payload is
 * that of any payload. */
struct coap_transfer *coap_transfer_find(const struct coap_peer *peer,
					 struct coap_key key, bool is_answer);

/* Begin to receive a request of at most limit_bytes.  NULL when memory is
 * short. */
struct coap_transfer *coap_transfer_receive(struct coap_transfers *ts,
					    struct coap_peer *peer,
					    struct coap_key key,
					    size_t limit_bytes);

/* Keep an answer, which is taken, to be fetched as this message, which is
 * copied; an earlier one of that key is replaced.  NULL when memory is short.
 */
struct coap_transfer *coap_transfer_offer(struct coap_transfers *ts,
					  struct coap_peer *peer,
					  struct coap_key key,
					  struct gw_primitive *answer,
					  const struct coap_message *m);

/* It has grown by so much; others make room.  False when it is beyond the bound
 * for all by itself, or beyond what its peer may hold. */
bool coap_transfer_grew(struct coap_transfers *ts, struct coap_transfer *t,
			size_t n_bytes);

/* An answer is still being fetched. */
void coap_transfer_touch(struct coap_transfers *ts, struct coap_transfer *t);

void coap_transfer_free(struct coap_transfers *ts, struct coap_transfer *t);

/* Give up what takes longer than body_ms. */
void coap_transfers_sweep(struct coap_transfers *ts, int64_t now_ms,
			  int64_t body_ms);
