#pragma once

/*
 * CBOR items - one head at a time, as libcbor takes it off the front.
 *
 * Private to core/cbor*.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/str.h"

enum cbor_kind {
	CBOR_UNSIGNED,
	CBOR_NEGATIVE, // -1 - n
	CBOR_BYTES,
	CBOR_TEXT,
	CBOR_BYTES_START, // in pieces
	CBOR_TEXT_START,
	CBOR_ARRAY,
	CBOR_MAP,
	CBOR_TAG,
	CBOR_FLOAT,
	CBOR_BOOL,
	CBOR_NIL,
	CBOR_UNDEFINED,
	CBOR_BREAK,
};

/* One head with what belongs to it. */
struct cbor_item {
	enum cbor_kind kind;
	uint64_t n;            // a number, a count, or 0 and 1
	bool is_indefinite;    // an array or a map that a break ends
	double value;          // of a float
	struct gw_bytes bytes; // of a string
};

/* Read the next head.  Returns NULL with its length in *n_usedp, or what is
 * wrong. */
const char *cbor_item_read(struct cbor_item *item, size_t *n_usedp,
			   struct gw_bytes rest);
