#pragma once

/*
 * CBOR doubles - a double as digits, and digits as a double.
 *
 * The C library does both to any length and pays for it; seventeen digits are
 * enough here.  Most are worked out with a power of ten of 128 bits, where the
 * compiler has such numbers.  Where the last bits would decide, the C library
 * is asked.
 *
 * Private to core/codec/cbor*.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every number of so few digits is told from its neighbours, and no double
 * takes more digits than that. */
#define CBOR_DOUBLE_DIGITS_MIN 15
#define CBOR_DOUBLE_DIGITS_MAX 17

/* Room for a double as text, with the terminator, and for what is written
 * behind it on the way. */
#define CBOR_DOUBLE_BYTES 40

/* Write a finite double as "%.15g" does, or "%.16g" or "%.17g" if only that
 * reads as the same double.  Returns its length. */
size_t cbor_double_write(char text[CBOR_DOUBLE_BYTES], double d);

/* The same for one that is not negative, without a terminator.  0 when that
 * takes a closer look. */
size_t cbor_double_write_quickly(char *text, double d);

/* The double that is nearest to digits times ten to the exponent.  False when
 * that takes a closer look. */
bool cbor_double_read(double *dp, uint64_t digits, int64_t exponent);
