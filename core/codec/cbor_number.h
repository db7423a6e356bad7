#pragma once

/*
 * CBOR numbers - whole numbers and decimals of any size, as text.
 *
 * Private to core/cbor*.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/str.h"

struct gw_buf;

/* Digits a decimal may have when no double holds it.  JSON allows whole numbers
 * up to 1.8e308, which are fewer. */
#define CBOR_DIGITS_MAX 320

/* Bytes of the magnitude of a bignum (tag 2 and 3) of so many digits. */
#define CBOR_BIGNUM_BYTES 136

#define CBOR_TAG_BIGNUM 2
#define CBOR_TAG_NEGATIVE_BIGNUM 3
#define CBOR_TAG_DECIMAL 4

/* A whole number as it is being written or read: sign and magnitude, the most
 * significant byte first. */
struct cbor_whole {
	bool is_negative;
	size_t n_bytes; // without leading zeros; 0 is zero
	uint8_t bytes[CBOR_BIGNUM_BYTES];
};

/* From decimal digits, without a sign.  False when there are too many. */
bool cbor_whole_parse(struct cbor_whole *whole, struct gw_str digits);

/* From a magnitude, and as one that CBOR counts from -1 on downward. */
bool cbor_whole_set(struct cbor_whole *whole, struct gw_bytes magnitude,
		    bool is_negative);

/* Whether it is within the range of a double, times ten to the exponent. */
bool cbor_whole_is_in_range(const struct cbor_whole *whole, int64_t exponent);

/* Append it with its sign, as digits; with an exponent that is not 0, as a
 * decimal. */
void cbor_whole_print(struct gw_buf *buf, const struct cbor_whole *whole,
		      int64_t exponent);

/* Append a double so that it reads as the same double, with a point or an
 * exponent.  It is finite. */
void cbor_double_print(struct gw_buf *buf, double d);

/* Append the CBOR form of a number of the JSON grammar.  False when it has too
 * many digits. */
bool cbor_number_put(struct gw_buf *buf, struct gw_str text);

/* Append a head. */
void cbor_head_put(struct gw_buf *buf, uint8_t major, uint64_t n);
