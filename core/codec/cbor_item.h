#pragma once

/*
 * CBOR items - one head at a time, taken off the front.
 *
 * Private to core/codec.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/str.h"

/* The first ones are the major types (RFC 8949 3.1), of which the last is that
 * of all that follows as well. */
enum cbor_kind {
	CBOR_UNSIGNED,
	CBOR_NEGATIVE, // -1 - n
	CBOR_BYTES,
	CBOR_TEXT,
	CBOR_ARRAY,
	CBOR_MAP,
	CBOR_TAG,
	CBOR_FLOAT,
	CBOR_BYTES_START, // in pieces
	CBOR_TEXT_START,
	CBOR_BOOL,
	CBOR_NIL,
	CBOR_UNDEFINED,
	CBOR_BREAK,
};

/* Simple values that JSON has a form for (RFC 8949 3.3). */
#define CBOR_SIMPLE_FALSE 20
#define CBOR_SIMPLE_TRUE 21
#define CBOR_SIMPLE_NULL 22

/* Bytes of the longest head. */
#define CBOR_HEAD_BYTES ((size_t)9)

/* One head with what belongs to it. */
struct cbor_item {
	enum cbor_kind kind;
	uint64_t n;            // a number, a count, or 0 and 1
	bool is_indefinite;    // an array or a map that a break ends
	double value;          // of a float
	struct gw_bytes bytes; // of a string
};

/* Cut the next head off, and the bytes of a string.  Returns NULL, or what is
 * wrong.  value and bytes are written only for the kinds that have them. */
const char *cbor_item_cut(struct cbor_item *item, struct gw_bytes *rest);

/* Whether a byte is a head without anything behind it that belongs to it: a
 * small whole number, or how few are in an array or a map. */
static inline bool cbor_item_is_byte(uint8_t head)
{
	return (head & 0x1f) < 24 && (head & 0x40) == 0;
}

/* The same as cbor_item_cut() for such a byte. */
static inline void cbor_item_cut_byte(struct cbor_item *item,
				      struct gw_bytes *rest)
{
	item->kind = (enum cbor_kind)(*rest->at >> 5);
	item->n = *rest->at & 0x1f;
	item->is_indefinite = false;
	rest->at++;
	rest->len--;
}

/* Cut the next item off with all that is in it, whether or not JSON has a form
 * for it.  False when its end is not seen; then nothing is cut off. */
bool cbor_item_skip(struct gw_bytes *rest);

/* The length of a tag in front that only says "this is CBOR" (RFC 8949
 * 3.4.6). */
size_t cbor_self_tag_len(struct gw_bytes cbor);

/* Write a head, as short as its argument allows.  Returns its length. */
size_t cbor_head_write(uint8_t at[CBOR_HEAD_BYTES], uint8_t major, uint64_t n);
