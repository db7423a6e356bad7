/*
 * CBOR doubles in 128 bits - what needs no closer look.
 *
 * A double d is a whole number m times a power of two.  To print it, it is
 * multiplied by the power of ten that makes it a number of seventeen digits:
 *
 *	  10^16 <= v < 10^17          candidates: multiples of 100, 10, 1
 *	----|-----------(---v-|---)------|----
 *	                <---> half the distance to the next double: what lies
 *	                      within reads as d
 *
 * To read, the digits are multiplied by the power of ten of their exponent, and
 * the first 53 bits are the double.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec/cbor_double.h"

#define LEAST UINT64_C(10000000000000000)   // of seventeen digits
#define BEYOND UINT64_C(100000000000000000) // of seventeen digits

#define MANTISSA_BITS 52
#define IMPLIED (UINT64_C(1) << MANTISSA_BITS)
#define EXPONENT_BIAS 1075 // of a mantissa that is a whole number
#define EXPONENT_LEAST (-1074)
#define EXPONENT_MOST 971

/* Exponents of ten that a double may have, and then some. */
#define TENS_MAX 400

/* How far a fraction of 64 bits may be off: powers are good to 120 bits, and
 * what they are multiplied with ends before the 57th. */
#define SLACK 64

/* hi:lo times two to the exponent; the highest bit is set. */
struct power {
	uint64_t hi;
	uint64_t lo;
	int exponent;
};

/* 57 bits before the point and 64 behind it. */
struct fixed {
	uint64_t whole;
	uint64_t fraction;
};

#define STEPS 9

/* 10^1, 10^2, 10^4 ... 10^256. */
static const struct power up[STEPS] = {
	{ 0xa000000000000000, 0x0000000000000000, -124 },
	{ 0xc800000000000000, 0x0000000000000000, -121 },
	{ 0x9c40000000000000, 0x0000000000000000, -114 },
	{ 0xbebc200000000000, 0x0000000000000000, -101 },
	{ 0x8e1bc9bf04000000, 0x0000000000000000, -74 },
	{ 0x9dc5ada82b70b59d, 0xf020000000000000, -21 },
	{ 0xc2781f49ffcfa6d5, 0x3cbf6b71c76b25fb, 85 },
	{ 0x93ba47c980e98cdf, 0xc66f336c36b10137, 298 },
	{ 0xaa7eebfb9df9de8d, 0xddbb901b98feeab8, 723 },
};

/* 10^-1, 10^-2, 10^-4 ... 10^-256. */
static const struct power down[STEPS] = {
	{ 0xcccccccccccccccc, 0xcccccccccccccccd, -131 },
	{ 0xa3d70a3d70a3d70a, 0x3d70a3d70a3d70a4, -134 },
	{ 0xd1b71758e219652b, 0xd3c36113404ea4a9, -141 },
	{ 0xabcc77118461cefc, 0xfdc20d2b36ba7c3d, -154 },
	{ 0xe69594bec44de15b, 0x4c2ebe687989a9b4, -181 },
	{ 0xcfb11ead453994ba, 0x67de18eda5814af2, -234 },
	{ 0xa87fea27a539e9a5, 0x3f2398d747b36224, -340 },
	{ 0xddd0467c64bce4a0, 0xac7cb3f6d05ddbdf, -553 },
	{ 0xc0314325637a1939, 0xfa911155fefb5309, -978 },
};

static struct power multiply(struct power a, struct power b)
{
	unsigned __int128 middle = ((unsigned __int128)a.hi * b.lo >> 32) +
				   ((unsigned __int128)a.lo * b.hi >> 32) +
				   ((unsigned __int128)a.lo * b.lo >> 96);
	unsigned __int128 top = (unsigned __int128)a.hi * b.hi + (middle >> 32);
	int exponent = a.exponent + b.exponent + 128;

	if (top >> 127 == 0) {
		top = top << 1 | (middle >> 31 & 1);
		exponent--;
	}
	return (struct power){ (uint64_t)(top >> 64), (uint64_t)top, exponent };
}

static struct power power_of_ten(int n)
{
	const struct power *steps = n < 0 ? down : up;
	struct power p = { UINT64_C(1) << 63, 0, -127 };
	unsigned bits = (unsigned)abs(n);

	assert(bits < 1 << STEPS);
	for (size_t i = 0; bits > 0; i++, bits >>= 1) {
		if (bits & 1) {
			p = multiply(p, steps[i]);
		}
	}
	return p;
}

/* m times hi:lo, shifted down by n bits so that 64 of them are behind the
 * point. */
static struct fixed scale(uint64_t m, struct power p, int n)
{
	unsigned __int128 low = (unsigned __int128)m * p.lo;
	unsigned __int128 high = (unsigned __int128)m * p.hi + (low >> 64);
	unsigned __int128 all;

	assert(n > 0 && n < 128);
	/* high:low are 192 bits; of the lowest 64 less is left than the slack,
	 * unless the shift is a short one. */
	all = n >= 64 ? high >> (n - 64)
		      : high << (64 - n) | ((uint64_t)low >> n);
	return (struct fixed){ (uint64_t)(all >> 64), (uint64_t)all };
}

/* A double taken apart: m times two to the exponent. */
struct parts {
	uint64_t m;
	int exponent;
};

static struct parts parts_of(double d)
{
	uint64_t bits = 0;
	int exponent = 0;

	memcpy(&bits, &d, sizeof(bits));
	exponent = (int)(bits >> MANTISSA_BITS & 0x7ff);
	bits &= IMPLIED - 1;
	return exponent == 0 ? (struct parts){ bits, EXPONENT_LEAST }
			     : (struct parts){ bits | IMPLIED,
					       exponent - EXPONENT_BIAS };
}

/* What is being printed: v, and half the distance to the next double; below a
 * power of two that is half as far. */
struct scaled {
	struct fixed v;
	struct fixed half;
	bool is_power;
	int ten; // of its first digit
};

/* Bring a number to seventeen digits.  False where they are not far enough
 * apart to be told. */
static bool bring(struct scaled *s, struct parts d)
{
	int bits = 64 - __builtin_clzll(d.m);
	int two = d.exponent + bits - 1;

	/* log10(2), rounded so that at most one is missing. */
	s->ten = two * (two < 0 ? 78914 : 78913) >> 18;
	for (int tries = 0; tries < 2; tries++, s->ten++) {
		struct power p = power_of_ten(CBOR_DOUBLE_DIGITS_MAX - 1 -
					      s->ten);
		int shift = -(d.exponent + p.exponent) - 64;

		if (shift <= 0 || shift + 1 >= 128) {
			return false;
		}
		s->v = scale(d.m, p, shift);
		s->half = scale(1, p, shift + 1);
		if (s->v.whole >= LEAST && s->v.whole < BEYOND) {
			return true;
		}
	}
	return false;
}

enum verdict {
	READS_AS_IT,
	READS_OTHERWISE,
	CANNOT_TELL,
};

/* The multiple of unit that is nearest to v, and how it reads. */
static enum verdict round_to(uint64_t *roundedp, const struct scaled *s,
			     uint64_t unit)
{
	unsigned __int128 one = (unsigned __int128)unit << 64;
	unsigned __int128 half = (unsigned __int128)s->half.whole << 64 |
				 s->half.fraction;
	unsigned __int128 off = (unsigned __int128)(s->v.whole % unit) << 64 |
				s->v.fraction;
	bool is_up = off > one / 2;

	*roundedp = s->v.whole - s->v.whole % unit + (is_up ? unit : 0);
	off = is_up ? one - off : off;
	half = is_up || !s->is_power ? half : half / 2;
	if (off + SLACK < half && (off + SLACK < one / 2)) {
		return READS_AS_IT;
	}
	return off > half + SLACK ? READS_OTHERWISE : CANNOT_TELL;
}

static char *put_exponent(char *at, int ten)
{
	unsigned n = (unsigned)abs(ten);

	*at++ = 'e';
	*at++ = ten < 0 ? '-' : '+';
	if (n >= 100) {
		*at++ = (char)('0' + n / 100);
	}
	*at++ = (char)('0' + n / 10 % 10);
	*at++ = (char)('0' + n % 10);
	return at;
}

/* As "%.17g" writes digits, the first of which stands for that power of ten:
 * zeros at the end are left out, and the precision decides about the form. */
static size_t write_digits(char *text, uint64_t digits, int ten, int precision)
{
	bool has_exponent = ten < -4 || ten >= precision;
	size_t point = has_exponent ? 1 : (size_t)(ten < 0 ? 0 : ten + 1);
	char all[CBOR_DOUBLE_DIGITS_MAX];
	size_t n = CBOR_DOUBLE_DIGITS_MAX;
	char *at = text;

	for (size_t i = CBOR_DOUBLE_DIGITS_MAX; i > 0; i--, digits /= 10) {
		all[i - 1] = (char)('0' + digits % 10);
	}
	assert(digits == 0 && all[0] != '0' && point <= CBOR_DOUBLE_DIGITS_MAX);
	while (n > 1 && all[n - 1] == '0') {
		n--;
	}
	memcpy(at, all, point);
	at += point;
	if (point == 0) {
		*at++ = '0';
	}
	if (n > point) {
		*at++ = '.';
	}
	for (int i = has_exponent ? 0 : ten; i < -1; i++) {
		*at++ = '0';
	}
	if (n > point) {
		memcpy(at, all + point, n - point);
		at += n - point;
	}
	at = has_exponent ? put_exponent(at, ten) : at;
	return (size_t)(at - text);
}

size_t cbor_double_write_quickly(char *text, double d)
{
	struct parts parts = parts_of(d);
	struct scaled s;
	uint64_t unit = 100;
	uint64_t digits = 0;

	if (parts.m == 0) {
		*text = '0';
		return 1;
	}
	s.is_power = parts.m == IMPLIED;
	if (!bring(&s, parts)) {
		return 0;
	}
	for (int n = CBOR_DOUBLE_DIGITS_MIN; n <= CBOR_DOUBLE_DIGITS_MAX;
	     n++, unit /= 10) {
		switch (round_to(&digits, &s, unit)) {
		case READS_AS_IT:
			return digits == BEYOND
				       ? write_digits(text, LEAST, s.ten + 1, n)
				       : write_digits(text, digits, s.ten, n);
		case READS_OTHERWISE:
			break;
		case CANNOT_TELL:
		default:
			return 0;
		}
	}
	return 0;
}

bool cbor_double_read(double *dp, uint64_t digits, int64_t exponent)
{
	const unsigned __int128 rest = ((unsigned __int128)1 << 75) - 1;
	const unsigned __int128 half = (unsigned __int128)1 << 74;
	struct power p;
	unsigned __int128 all;
	uint64_t m = 0;
	int shift = 0;

	if (digits == 0 || exponent < -TENS_MAX || exponent > TENS_MAX) {
		return false;
	}
	shift = __builtin_clzll(digits);
	p = multiply(power_of_ten((int)exponent),
		     (struct power){ digits << shift, 0, -64 - shift });
	all = (unsigned __int128)p.hi << 64 | p.lo;
	/* Whether it is rounded up is told by what is behind the 53 bits. */
	if ((all & rest) + (UINT64_C(1) << 20) >= half &&
	    (all & rest) <= half + (UINT64_C(1) << 20)) {
		return false;
	}
	m = (uint64_t)(all >> 75) + ((all & rest) > half ? 1 : 0);
	if (p.exponent + 75 < EXPONENT_LEAST + 1 ||
	    p.exponent + 75 >= EXPONENT_MOST) {
		return false;
	}
	/* When m was rounded up to 2^53, the exponent counts one more. */
	m += (uint64_t)(p.exponent + 75 + EXPONENT_BIAS - 1) << MANTISSA_BITS;
	memcpy(dp, &m, sizeof(m));
	return true;
}
