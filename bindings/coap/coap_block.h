#pragma once

/*
 * Block - one option Block1 or Block2 (RFC 7959 2.2), and the putting together
 * of what comes in blocks.
 */

#include <stdbool.h>

#include "bindings/coap/coap_message.h"
#include "core/lib/buf.h"

/* Blocks are 16 << size bytes; 7 has no meaning over UDP. */
#define COAP_BLOCK_SIZE_MAX 6U

struct coap_block {
	uint32_t number;
	bool has_more;
	unsigned size; // exponent
};

static inline size_t coap_block_bytes(unsigned size)
{
	return (size_t)16 << size;
}

/* Most bytes that blocks of this size can carry: their number has 20 bits. */
static inline size_t coap_block_limit(unsigned size)
{
	return coap_block_bytes(size) << 20;
}

/* Where a block begins. */
static inline size_t coap_block_offset(const struct coap_block *b)
{
	return (size_t)b->number << (b->size + 4);
}

/* False when there is no such option, or one with no meaning: then *is_badp
 * says which. */
bool coap_block_get(struct coap_block *b, bool *is_badp,
		    const struct coap_message *m, uint16_t number);
void coap_block_add(struct coap_message *m, uint16_t number,
		    const struct coap_block *b);

/* The largest size, at most this one, with which a block fits behind a head of
 * that many bytes into a message of max_bytes. */
unsigned coap_block_fit(unsigned size, size_t head_bytes, size_t max_bytes);

/* The piece of a payload that b names, with has_more set.  False when there is
 * none, or the payload is too large for blocks of this size. */
bool coap_block_cut(struct gw_bytes *piecep, struct coap_block *b,
		    struct gw_bytes payload);

/* What came of putting a block to the others. */
enum coap_taken {
	COAP_TAKEN,        // more are to come
	COAP_TAKEN_ALL,    // it was the last
	COAP_TAKEN_BEFORE, // it is there already
	COAP_OUT_OF_ORDER, // one before it is missing
	COAP_ILL_FORMED,   // its length does not fit
	COAP_OVERFLOW, // more than the buffer may hold, or blocks of its size
};

/* Append a block to body, whose limit bounds the whole. */
enum coap_taken coap_block_take(struct gw_buf *body, const struct coap_block *b,
				struct gw_bytes payload);
