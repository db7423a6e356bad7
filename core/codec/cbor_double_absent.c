/*
 * CBOR doubles in 128 bits, where the compiler has no such numbers.
 */

#include "core/codec/cbor_double.h"

size_t cbor_double_write_quickly(char *text, double d)
{
	return 0;
}

bool cbor_double_read(double *dp, uint64_t digits, int64_t exponent)
{
	return false;
}
