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

/* Whether bytes are one CBOR item that JSON has a form for, which the JSON
 * scanner would take: also no name may stand twice in a map, nor a number be
 * beyond a double.  False with *error filled in. */
bool gw_cbor_check(struct gw_bytes cbor, struct gw_cbor_error *error);

/* The same, and append it as JSON text.  False with *error filled in, and buf
 * holding no one knows what. */
bool gw_cbor_to_json(struct gw_buf *buf, struct gw_bytes cbor,
		     struct gw_cbor_error *error);

/* The same without the value of one member of the map: unless it is null, 0
 * stands in its place, and its bytes are *partp, a slice of cbor.  They are
 * absent when there is no such member. */
bool gw_cbor_to_json_without(struct gw_buf *buf, struct gw_bytes *partp,
			     struct gw_bytes cbor, struct gw_str name,
			     struct gw_cbor_error *error);

/* What follows looks into bytes that are good, and cannot be hurt by others. */

bool gw_cbor_is_map(struct gw_bytes cbor);
bool gw_cbor_is_null(struct gw_bytes cbor);

/* Whether they are a map without members, or an empty string. */
bool gw_cbor_is_empty(struct gw_bytes cbor);

/* The name of the first member of a map, a slice; absent when there is none, or
 * when it is written in pieces. */
struct gw_str gw_cbor_first_name(struct gw_bytes cbor);

/* The bytes of a member's value in a map.  Absent when it has none of that
 * name. */
struct gw_bytes gw_cbor_get(struct gw_bytes cbor, struct gw_str name);

/* The same where the map has no other member. */
struct gw_bytes gw_cbor_get_only(struct gw_bytes cbor, struct gw_str name);

/* Append scanned JSON text as CBOR.  False when a number has more digits than
 * CBOR_DIGITS_MAX; the buffer is then marked short, as when it is full. */
bool gw_cbor_from_json(struct gw_buf *buf, struct gw_str json);
