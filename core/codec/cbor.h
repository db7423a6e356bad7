#pragma once

/*
 * CBOR - the same tree as JSON, in fewer bytes (TS-0004 8.5, RFC 8949).
 *
 * CBOR and JSON convert into each other without loss.  What JSON has no form
 * for is refused, never guessed:
 *
 *	text and byte strings   strings; the examples of TS-0004 write bytes
 *	                        where they mean text, so bytes must be UTF-8
 *	integers                whole numbers of any size, tags 2 and 3 included
 *	floats                  numbers with a point or an exponent
 *	decimal fractions       numbers that no double holds (tag 4)
 *	refused                 NaN, infinity, undefined and other simple
 *	                        values, other tags, keys that are no strings,
 *	                        NUL in a string, bytes behind the item
 *	bounded                 nesting, as in JSON, and, by the caller, size
 *
 * Lengths may be definite or not; what is written has definite ones.  A tag
 * that only says "this is CBOR" (55799) is passed over at the front.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/lib/str.h"

struct gw_buf;

/* Why bytes were refused: a sentence for a person; at counts bytes from the
 * start. */
struct gw_cbor_error {
	const char *reason;
	size_t at;
	bool is_short; // nothing is wrong: memory was short, or the buffer
};

/* JSON text takes at most so many times the bytes of the CBOR it comes from. */
#define GW_CBOR_GROWTH 8

/* Append one CBOR item as JSON text.  The text is well-formed but for names
 * that may stand twice and numbers beyond a double: the JSON scanner is still
 * to be asked.  False with *error filled in, and buf holding no one knows
 * what. */
bool gw_cbor_to_json(struct gw_buf *buf, struct gw_bytes cbor,
		     struct gw_cbor_error *error);

/* Whether bytes that gw_cbor_to_json() took are a map. */
bool gw_cbor_is_map(struct gw_bytes cbor);

/* Whether they are a map of one member. */
bool gw_cbor_has_one(struct gw_bytes cbor);

/* The name of the first member of such a map, a slice; absent when there is
 * none, or when it is written in pieces. */
struct gw_str gw_cbor_first_name(struct gw_bytes cbor);

/* The bytes of a member's value in a map that gw_cbor_to_json() took.  Absent
 * when it has none of that name. */
struct gw_bytes gw_cbor_get(struct gw_bytes map, struct gw_str name);

/* Append scanned JSON text as CBOR.  False when a number has more digits than
 * CBOR_DIGITS_MAX; the buffer is then marked short, as when it is full. */
bool gw_cbor_from_json(struct gw_buf *buf, struct gw_str json);
