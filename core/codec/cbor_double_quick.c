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

#define HUNDRED_MILLION 100000000
#define HIGH_DIGITS ((size_t)9)

#define MANTISSA_BITS 52
#define IMPLIED (UINT64_C(1) << MANTISSA_BITS)
#define EXPONENT_BIAS 1075 // of a mantissa that is a whole number
#define EXPONENT_LEAST (-1074)
#define EXPONENT_MOST 971

/* Exponents of ten that digits in 64 bits, or seventeen of them, may have. */
#define TENS_LEAST (-350)
#define TENS_MOST 350

/* Of 128 bits, those that a double has no room for. */
#define LOST_BITS (128 - MANTISSA_BITS - 1)

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
	bool is_exact; // there is nothing behind those
};

/* 5^0, 5^1 ... 5^26: ten times as many halves. */
#define STRIDE 27
static const uint64_t fives[STRIDE] = {
	1,
	5,
	25,
	125,
	625,
	3125,
	15625,
	78125,
	390625,
	1953125,
	9765625,
	48828125,
	244140625,
	1220703125,
	UINT64_C(6103515625),
	UINT64_C(30517578125),
	UINT64_C(152587890625),
	UINT64_C(762939453125),
	UINT64_C(3814697265625),
	UINT64_C(19073486328125),
	UINT64_C(95367431640625),
	UINT64_C(476837158203125),
	UINT64_C(2384185791015625),
	UINT64_C(11920928955078125),
	UINT64_C(59604644775390625),
	UINT64_C(298023223876953125),
	UINT64_C(1490116119384765625),
};

/* 10^(27 * i), from STRIDES_LEAST on. */
#define STRIDES_LEAST (-13)
static const struct power strides[] = {
	{ 0x8049a4ac0c5811ae, 0x205b896d777d6279, -1293 },
	{ 0xcf42894a5dce35ea, 0x52064cac828675b9, -1204 },
	{ 0xa76c582338ed2621, 0xaf2af2b80af6f24e, -1114 },
	{ 0x873e4f75e2224e68, 0x5a7744a6e804a292, -1024 },
	{ 0xda7f5bf590966848, 0xaf39a475506a899f, -935 },
	{ 0xb080392cc4349dec, 0xbd8d794d96aacfb4, -845 },
	{ 0x8e938662882af53e, 0x547eb47b7282ee9c, -755 },
	{ 0xe65829b3046b0afa, 0x0cb4a5a3112a5113, -666 },
	{ 0xba121a4650e4ddeb, 0x92f34d62616ce413, -576 },
	{ 0x964e858c91ba2655, 0x3a6a07f8d510f870, -486 },
	{ 0xf2d56790ab41c2a2, 0xfae27299423fb9c3, -397 },
	{ 0xc428d05aa4751e4c, 0xaa97e14c3c26b887, -307 },
	{ 0x9e74d1b791e07e48, 0x775ea264cf55347e, -217 },
	{ 0x8000000000000000, 0x0000000000000000, -127 },
	{ 0xcecb8f27f4200f3a, 0x0000000000000000, -38 },
	{ 0xa70c3c40a64e6c51, 0x999090b65f67d924, 52 },
	{ 0x86f0ac99b4e8dafd, 0x69a028bb3ded71a4, 142 },
	{ 0xda01ee641a708de9, 0xe80e6f4820cc9496, 231 },
	{ 0xb01ae745b101e9e4, 0x5ec05dcff72e7f90, 321 },
	{ 0x8e41ade9fbebc27d, 0x14588f13be847307, 411 },
	{ 0xe5d3ef282a242e81, 0x8f1668c8a86da5fb, 500 },
	{ 0xb9a74a0637ce2ee1, 0x6d953e2bd7173693, 590 },
	{ 0x95f83d0a1fb69cd9, 0x4abdaf101564f98e, 680 },
	{ 0xf24a01a73cf2dccf, 0xbc633b39673c8cec, 769 },
	{ 0xc3b8358109e84f07, 0x0a862f80ec4700c8, 859 },
	{ 0x9e19db92b4e31ba9, 0x6c07a2c26a8346d1, 949 },
};

/* Powers of ten that are kept to their last bit. */
#define EXACT_MAX 55

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
	int i = (n - STRIDES_LEAST * STRIDE) / STRIDE;
	int left = n - (i + STRIDES_LEAST) * STRIDE;
	int shift = __builtin_clzll(fives[left]);

	assert(n >= TENS_LEAST && n <= TENS_MOST && left >= 0);
	return multiply(strides[i], (struct power){ fives[left] << shift, 0,
						    left - shift - 64 });
}

/* m times hi:lo, shifted down by n bits so that 64 of them are behind the
 * point. */
static struct fixed scale(uint64_t m, struct power p, int n)
{
	unsigned __int128 low = (unsigned __int128)m * p.lo;
	unsigned __int128 high = (unsigned __int128)m * p.hi + (low >> 64);
	unsigned __int128 all;
	unsigned __int128 lost;

	assert(n > 0 && n < 128);
	/* high:low are 192 bits; of the lowest 64 less is left than the slack,
	 * unless the shift is a short one. */
	if (n >= 64) {
		all = high >> (n - 64);
		lost = (high ^ all << (n - 64)) | (uint64_t)low;
	} else {
		all = high << (64 - n) | ((uint64_t)low >> n);
		lost = (uint64_t)low & ((UINT64_C(1) << n) - 1);
	}
	return (struct fixed){ (uint64_t)(all >> 64), (uint64_t)all,
			       lost == 0 };
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
	bool is_even; // what lies in the middle of two reads as the even one
	int ten;      // of its first digit
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
		int n = CBOR_DOUBLE_DIGITS_MAX - 1 - s->ten;
		struct power p = power_of_ten(n);
		int shift = -(d.exponent + p.exponent) - 64;

		if (shift <= 0 || shift + 1 >= 128) {
			return false;
		}
		s->v = scale(d.m, p, shift);
		if (s->v.whole >= LEAST && s->v.whole < BEYOND) {
			s->half = scale(1, p, shift + 1);
			s->v.is_exact &= n >= 0 && n <= EXACT_MAX;
			s->half.is_exact &= s->v.is_exact;
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

static unsigned __int128 distance(unsigned __int128 a, unsigned __int128 b)
{
	return a > b ? a - b : b - a;
}

/* Whether v is rounded up: off is how far it is above a multiple of unit.  What
 * is in the middle goes to the even one.  False in *is_clearp when the bits do
 * not tell. */
static bool is_up(bool *is_clearp, const struct scaled *s,
		  unsigned __int128 off, uint64_t unit)
{
	unsigned __int128 middle = (unsigned __int128)unit << 63;

	*is_clearp = s->v.is_exact || distance(off, middle) > SLACK;
	return off == middle ? s->v.whole / unit % 2 == 1 : off > middle;
}

/* The multiple of unit that is nearest to v, and how it reads; rest is what v
 * has above one. */
static enum verdict round_to(uint64_t *roundedp, const struct scaled *s,
			     uint64_t unit, uint64_t rest)
{
	unsigned __int128 half = (unsigned __int128)s->half.whole << 64 |
				 s->half.fraction;
	unsigned __int128 off = (unsigned __int128)rest << 64 | s->v.fraction;
	bool is_clear = false;
	bool goes_up = is_up(&is_clear, s, off, unit);

	*roundedp = s->v.whole - rest + (goes_up ? unit : 0);
	if (goes_up) {
		off = ((unsigned __int128)unit << 64) - off;
	} else if (s->is_power) {
		off *= 2;
	}
	if (!is_clear ||
	    (!s->half.is_exact && distance(off, half) / 2 <= SLACK)) {
		return CANNOT_TELL;
	}
	return off < half || (off == half && s->is_even) ? READS_AS_IT
							 : READS_OTHERWISE;
}

/* The n lowest digits of a number, which has no more; two at a time. */
static void put_digits(char *at, uint32_t number, size_t n)
{
	static const char pairs[] = "00010203040506070809"
				    "10111213141516171819"
				    "20212223242526272829"
				    "30313233343536373839"
				    "40414243444546474849"
				    "50515253545556575859"
				    "60616263646566676869"
				    "70717273747576777879"
				    "80818283848586878889"
				    "90919293949596979899";

	for (; n >= 2; n -= 2, number /= 100) {
		memcpy(at + n - 2, pairs + (size_t)(number % 100) * 2, 2);
	}
	if (n > 0) {
		at[0] = (char)('0' + number);
	}
	assert(number < 10);
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
	/* Copied whole, whatever of it counts. */
	char all[2 * CBOR_DOUBLE_DIGITS_MAX] = "";
	size_t n = HIGH_DIGITS;
	uint32_t low = (uint32_t)(digits % HUNDRED_MILLION);
	char *at = text;

	/* By halves, which are quick to take apart. */
	put_digits(all, (uint32_t)(digits / HUNDRED_MILLION), HIGH_DIGITS);
	if (low > 0) {
		n = CBOR_DOUBLE_DIGITS_MAX;
		put_digits(all + HIGH_DIGITS, low, n - HIGH_DIGITS);
	} else {
		memset(all + HIGH_DIGITS, '0',
		       CBOR_DOUBLE_DIGITS_MAX - HIGH_DIGITS);
	}
	assert(all[0] != '0' && point <= CBOR_DOUBLE_DIGITS_MAX);
	while (n > 1 && all[n - 1] == '0') {
		n--;
	}
	memcpy(at, all, CBOR_DOUBLE_DIGITS_MAX);
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
		memcpy(at, all + point, CBOR_DOUBLE_DIGITS_MAX);
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
	uint64_t rest = 0;
	uint64_t digits = 0;

	if (parts.m == 0) {
		*text = '0';
		return 1;
	}
	s.is_power = parts.m == IMPLIED;
	s.is_even = parts.m % 2 == 0;
	if (!bring(&s, parts)) {
		return 0;
	}
	rest = s.v.whole % unit;
	for (int n = CBOR_DOUBLE_DIGITS_MIN;; n++) {
		enum verdict verdict = round_to(&digits, &s, unit, rest);

		if (verdict == READS_AS_IT) {
			return digits == BEYOND
				       ? write_digits(text, LEAST, s.ten + 1, n)
				       : write_digits(text, digits, s.ten, n);
		}
		if (verdict == CANNOT_TELL || n == CBOR_DOUBLE_DIGITS_MAX) {
			return 0;
		}
		unit /= 10;
		rest %= unit;
	}
}

bool cbor_double_read(double *dp, uint64_t digits, int64_t exponent)
{
	struct power p;
	unsigned __int128 all;
	unsigned __int128 half;
	unsigned __int128 rest;
	uint64_t m = 0;
	int shift = 0;
	int n_lost = 0;

	if (digits == 0 || exponent < TENS_LEAST || exponent > TENS_MOST) {
		return false;
	}
	shift = __builtin_clzll(digits);
	p = multiply(power_of_ten((int)exponent),
		     (struct power){ digits << shift, 0, -64 - shift });
	all = (unsigned __int128)p.hi << 64 | p.lo;
	/* Below the least normal double there are fewer bits. */
	n_lost = p.exponent + LOST_BITS < EXPONENT_LEAST
			 ? EXPONENT_LEAST - p.exponent
			 : LOST_BITS;
	if (n_lost >= 128 || p.exponent + n_lost > EXPONENT_MOST) {
		return false;
	}
	/* Whether it is rounded up is told by what is behind those bits, which
	 * are the last ones where neither factor has more than 64. */
	half = (unsigned __int128)1 << (n_lost - 1);
	rest = all & (half * 2 - 1);
	if (distance(rest, half) <= UINT64_C(1) << 20 &&
	    (exponent < 0 || exponent >= STRIDE)) {
		return false;
	}
	m = (uint64_t)(all >> n_lost);
	m += rest > half || (rest == half && m % 2 == 1) ? 1 : 0;
	if (m >> (MANTISSA_BITS + 1) && p.exponent + n_lost == EXPONENT_MOST) {
		return false;
	}
	/* The implied bit, and one that m was rounded up to, count as one more
	 * in the exponent. */
	m += (uint64_t)(p.exponent + n_lost - EXPONENT_LEAST) << MANTISSA_BITS;
	memcpy(dp, &m, sizeof(m));
	return true;
}
