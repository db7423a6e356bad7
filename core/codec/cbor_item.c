/*
 * CBOR items - one head at a time, taken off the front (RFC 8949 3).
 *
 *	 major type  argument
 *	 x x x       y y y y y     0 to 23: the argument itself; 24 to 27: it
 *	                           follows in 1, 2, 4 or 8 bytes; 31: none
 */

#include "core/codec/cbor_item.h"

#include <math.h>
#include <string.h>

#define IN_ONE_BYTE 24
#define IN_TWO_BYTES 25
#define IN_FOUR_BYTES 26
#define IN_EIGHT_BYTES 27
#define INDEFINITE 31

/* A simple value that JSON has no form for. */
#define UNDEFINED 23

static const char ends_too_early[] = "the content ends too early";
static const char no_form[] =
	"this is no CBOR, or a simple value that JSON has no form for";

/* A float of 16 bits: five of exponent, ten of mantissa (RFC 8949 D). */
static double half(uint64_t bits)
{
	const int exponent = (int)(bits >> 10 & 0x1f);
	const int mantissa = (int)(bits & 0x3ff);
	double value = 0;

	if (exponent == 0) {
		value = mantissa * 0x1p-24;
	} else if (exponent == 31) {
		value = mantissa == 0 ? (double)INFINITY : (double)NAN;
	} else {
		uint64_t whole = (uint64_t)(exponent - 15 + 1023) << 52 |
				 (uint64_t)mantissa << 42;

		memcpy(&value, &whole, sizeof(value));
	}
	return bits >> 15 ? -value : value;
}

static double single(uint64_t bits)
{
	uint32_t low = (uint32_t)bits;
	float value = 0;

	memcpy(&value, &low, sizeof(value));
	return (double)value;
}

static double whole(uint64_t bits)
{
	double value = 0;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Of the last major type: floats and simple values.  False when it is none that
 * has a kind. */
static bool is_known(struct cbor_item *item, uint8_t minor)
{
	uint64_t n = item->n;

	switch (minor) {
	case CBOR_SIMPLE_FALSE:
	case CBOR_SIMPLE_TRUE:
		item->kind = CBOR_BOOL;
		item->n = minor == CBOR_SIMPLE_TRUE;
		return true;
	case CBOR_SIMPLE_NULL:
		item->kind = CBOR_NIL;
		return true;
	case UNDEFINED:
		item->kind = CBOR_UNDEFINED;
		return true;
	case IN_TWO_BYTES:
		item->value = half(n);
		return true;
	case IN_FOUR_BYTES:
		item->value = single(n);
		return true;
	case IN_EIGHT_BYTES:
		item->value = whole(n);
		return true;
	default:
		return false;
	}
}

/* What has no length ends with a break, which is the last major type itself. */
static const char *read_indefinite(struct cbor_item *item, uint8_t major)
{
	item->n = 0;
	item->is_indefinite = major == CBOR_ARRAY || major == CBOR_MAP;
	switch (major) {
	case CBOR_BYTES:
		item->kind = CBOR_BYTES_START;
		return NULL;
	case CBOR_TEXT:
		item->kind = CBOR_TEXT_START;
		return NULL;
	case CBOR_ARRAY:
	case CBOR_MAP:
		item->kind = (enum cbor_kind)major;
		return NULL;
	case CBOR_FLOAT:
		item->kind = CBOR_BREAK;
		return NULL;
	default:
		return no_form;
	}
}

static struct gw_bytes skip(struct gw_bytes bytes, size_t n)
{
	return (struct gw_bytes){ bytes.at + n, bytes.len - n };
}

static uint64_t big_endian(const uint8_t *at, size_t n_bytes)
{
	uint64_t n = 0;

	for (size_t i = 0; i < n_bytes; i++) {
		n = n << 8 | at[i];
	}
	return n;
}

/* The argument in the bytes that follow. */
static const char *read_argument(struct cbor_item *item, uint8_t minor,
				 struct gw_bytes *rest)
{
	size_t n_bytes = (size_t)1 << (minor - IN_ONE_BYTE);

	if (minor > IN_EIGHT_BYTES) {
		return no_form;
	}
	if (n_bytes > rest->len) {
		return ends_too_early;
	}
	item->n = big_endian(rest->at, n_bytes);
	*rest = skip(*rest, n_bytes);
	return NULL;
}

/* The bytes of a string, which are part of the item. */
static const char *read_bytes(struct cbor_item *item, struct gw_bytes *rest)
{
	if (item->n > rest->len) {
		return ends_too_early;
	}
	item->bytes = (struct gw_bytes){ rest->at, (size_t)item->n };
	*rest = skip(*rest, item->bytes.len);
	return NULL;
}

const char *cbor_item_cut(struct cbor_item *item, struct gw_bytes *rest)
{
	const char *why = NULL;
	uint8_t major = 0;
	uint8_t minor = 0;

	if (rest->len == 0) {
		return ends_too_early;
	}
	major = rest->at[0] >> 5;
	minor = rest->at[0] & 0x1f;
	*rest = skip(*rest, 1);
	if (minor == INDEFINITE) {
		return read_indefinite(item, major);
	}
	item->kind = (enum cbor_kind)major;
	item->is_indefinite = false;
	item->n = minor;
	if (minor >= IN_ONE_BYTE) {
		why = read_argument(item, minor, rest);
	}
	if (major == CBOR_FLOAT) {
		return why || is_known(item, minor) ? why : no_form;
	}
	return why || (major != CBOR_BYTES && major != CBOR_TEXT)
		       ? why
		       : read_bytes(item, rest);
}

size_t cbor_head_write(uint8_t at[CBOR_HEAD_BYTES], uint8_t major, uint64_t n)
{
	uint8_t minor = n > UINT32_MAX   ? IN_EIGHT_BYTES
			: n > UINT16_MAX ? IN_FOUR_BYTES
			: n > UINT8_MAX  ? IN_TWO_BYTES
					 : IN_ONE_BYTE;
	size_t n_more = (size_t)1 << (minor - IN_ONE_BYTE);

	if (n < IN_ONE_BYTE) {
		at[0] = (uint8_t)((unsigned)major << 5 | (unsigned)n);
		return 1;
	}
	at[0] = (uint8_t)(major << 5 | minor);
	for (size_t i = n_more; i > 0; i--, n >>= 8) {
		at[i] = (uint8_t)n;
	}
	return 1 + n_more;
}
