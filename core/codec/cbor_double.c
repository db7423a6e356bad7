/*
 * CBOR doubles - a double as digits, and digits as a double.
 */

#include "core/codec/cbor_double.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t write_slowly(char *text, double d)
{
	for (int precision = CBOR_DOUBLE_DIGITS_MIN;
	     precision <= CBOR_DOUBLE_DIGITS_MAX; precision++) {
		(void)snprintf(text, CBOR_DOUBLE_BYTES, "%.*g", precision, d);
		if (strtod(text, NULL) == d) {
			break;
		}
	}
	return strlen(text);
}

size_t cbor_double_write(char text[CBOR_DOUBLE_BYTES], double d)
{
	size_t sign = signbit(d) ? 1 : 0;
	size_t n = 0;

	assert(isfinite(d));
	text[0] = '-';
	n = cbor_double_write_quickly(text + sign, fabs(d));
	if (n == 0) {
		return write_slowly(text, d);
	}
	text[sign + n] = '\0';
	return sign + n;
}
