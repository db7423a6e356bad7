/*
 * CBOR numbers - whole numbers and decimals of any size, as text.
 *
 * A number of JSON is a text of any length; CBOR has integers of 64 bits,
 * doubles, and tags for all that is larger or finer.  Each number takes the
 * plainest form that holds it exactly.
 */

#include "core/codec/cbor_number.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec/cbor_double.h"
#include "core/codec/cbor_item.h"
#include "core/codec/json_lex.h"
#include "core/lib/buf.h"

/* So many digits fit into 64 bits. */
#define DOUBLE_DIGITS 19

/* The heads of floats. */
#define CBOR_FLOAT_SINGLE 0xfa
#define CBOR_FLOAT_DOUBLE 0xfb

/* What is known to be a whole number without a closer look. */
#define SMALL_DIGITS 18
#define EXPONENT_MAX 100000

/* Digits that are dealt with at a time, and what they may count to. */
#define CHUNK_DIGITS 9
#define CHUNK UINT64_C(1000000000)

/* A longer text is no double to its last digit, or is not worth the look. */
#define NUMBER_BYTES 640

/* Digits that no number below 1e308 has more of. */
#define RANGE_DIGITS 308

/* Zeros that are written out before an exponent is shorter. */
#define ZEROS_MAX 20

/* A decimal taken apart: digits times ten to the exponent. */
struct decimal {
	bool is_negative;
	bool is_whole; // written without point and exponent
	char digits[CBOR_DIGITS_MAX];
	size_t n_digits; // without leading zeros, nor trailing ones if any
			 // stand behind the point; 0 is zero
	int64_t exponent;
};

void cbor_head_put(struct gw_buf *buf, uint8_t major, uint64_t n)
{
	uint8_t *at = gw_buf_reserve(buf, CBOR_HEAD_BYTES);

	if (at) {
		buf->len += cbor_head_write(at, major, n);
	}
}

/* magnitude = magnitude * factor + add.  False when it outgrows its room. */
static bool multiply_add(struct cbor_whole *whole, uint64_t factor,
			 uint64_t add)
{
	uint64_t carry = add;

	assert(factor <= CHUNK && add < CHUNK);
	assert(whole->n_bytes <= sizeof(whole->bytes));
	for (size_t i = whole->n_bytes; i > 0; i--) {
		carry += whole->bytes[i - 1] * factor;
		whole->bytes[i - 1] = (uint8_t)carry;
		carry >>= 8;
	}
	while (carry > 0) {
		if (whole->n_bytes == sizeof(whole->bytes)) {
			return false;
		}
		memmove(whole->bytes + 1, whole->bytes, whole->n_bytes);
		whole->bytes[0] = (uint8_t)carry;
		whole->n_bytes++;
		carry >>= 8;
	}
	return true;
}

bool cbor_whole_parse(struct cbor_whole *whole, struct gw_str digits)
{
	uint64_t chunk = 0;
	uint64_t factor = 1;

	whole->is_negative = false;
	whole->n_bytes = 0;
	for (size_t i = 0; i < digits.len; i++) {
		assert(digits.at[i] >= '0' && digits.at[i] <= '9');
		chunk = chunk * 10 + (uint64_t)(digits.at[i] - '0');
		factor *= 10;
		if (factor < CHUNK && i + 1 < digits.len) {
			continue;
		}
		if (!multiply_add(whole, factor, chunk)) {
			return false;
		}
		chunk = 0;
		factor = 1;
	}
	return true;
}

bool cbor_whole_set(struct cbor_whole *whole, struct gw_bytes magnitude,
		    bool is_negative)
{
	while (magnitude.len > 0 && magnitude.at[0] == 0) {
		magnitude.at++;
		magnitude.len--;
	}
	if (magnitude.len > sizeof(whole->bytes)) {
		return false;
	}
	if (magnitude.len > 0) {
		memcpy(whole->bytes, magnitude.at, magnitude.len);
	}
	whole->n_bytes = magnitude.len;
	whole->is_negative = is_negative;
	return !is_negative || multiply_add(whole, 1, 1);
}

/* A magnitude that has no more bits. */
static uint64_t small_of(const struct cbor_whole *whole)
{
	uint64_t n = 0;

	assert(whole->n_bytes <= sizeof(n));
	for (size_t i = 0; i < whole->n_bytes; i++) {
		n = n << 8 | whole->bytes[i];
	}
	return n;
}

/* A magnitude as numbers of 32 bits, the most significant first. */
struct words {
	uint32_t at[(CBOR_BIGNUM_BYTES + 3) / 4];
	size_t first; // that is not zero; n: all are
	size_t n;
};

static void words_of(struct words *w, const struct cbor_whole *whole)
{
	size_t n_before = (4 - whole->n_bytes % 4) % 4;

	w->first = 0;
	w->n = (whole->n_bytes + n_before) / 4;
	memset(w->at, 0, w->n * sizeof(w->at[0]));
	for (size_t i = 0; i < whole->n_bytes; i++) {
		uint32_t *word = &w->at[(i + n_before) / 4];

		*word = *word << 8 | whole->bytes[i];
	}
}

/* Divide by CHUNK.  Returns the rest. */
static uint32_t divide(struct words *w)
{
	uint64_t rest = 0;

	for (size_t i = w->first; i < w->n; i++) {
		rest = rest << 32 | w->at[i];
		w->at[i] = (uint32_t)(rest / CHUNK);
		rest %= CHUNK;
	}
	while (w->first < w->n && w->at[w->first] == 0) {
		w->first++;
	}
	return (uint32_t)rest;
}

/* The digits of a magnitude, which end at end.  Returns how many there are. */
static size_t print_digits(char *end, const struct cbor_whole *whole)
{
	struct words left;
	char *at = end;

	words_of(&left, whole);
	do {
		uint32_t rest = divide(&left);
		bool is_last = left.first == left.n;

		for (int i = 0; is_last ? rest > 0 : i < CHUNK_DIGITS; i++) {
			*--at = (char)('0' + rest % 10);
			rest /= 10;
		}
	} while (left.first < left.n);
	if (at == end) {
		*--at = '0';
	}
	return (size_t)(end - at);
}

static void put_zeros(struct gw_buf *buf, int64_t n)
{
	for (; n > 0; n--) {
		gw_buf_add_char(buf, '0');
	}
}

static void put_signed(struct gw_buf *buf, int64_t n)
{
	if (n < 0) {
		gw_buf_add_char(buf, '-');
	}
	gw_buf_add_number(buf, (uint64_t)(n < 0 ? -n : n));
}

void cbor_whole_print(struct gw_buf *buf, const struct cbor_whole *whole,
		      int64_t exponent)
{
	char digits[CBOR_BIGNUM_BYTES * 3];
	size_t n = 0;
	size_t first = 0;

	if (whole->is_negative) {
		gw_buf_add_char(buf, '-');
	}
	if (exponent == 0 && whole->n_bytes <= sizeof(uint64_t)) {
		gw_buf_add_number(buf, small_of(whole));
		return;
	}
	n = print_digits(digits + sizeof(digits), whole);
	first = sizeof(digits) - n;
	if (exponent < 0 && -exponent < (int64_t)n) {
		size_t before = n - (size_t)-exponent;

		gw_buf_add(buf, digits + first, before);
		gw_buf_add_char(buf, '.');
		gw_buf_add(buf, digits + first + before, n - before);
	} else if (exponent < 0 && -exponent < (int64_t)n + ZEROS_MAX) {
		gw_buf_lit(buf, "0.");
		put_zeros(buf, -exponent - (int64_t)n);
		gw_buf_add(buf, digits + first, n);
	} else {
		gw_buf_add(buf, digits + first, n);
		if (exponent != 0) {
			gw_buf_lit(buf, "e");
			put_signed(buf, exponent);
		}
	}
}

/* At most so many decimal digits for the bytes of a magnitude. */
static int64_t digits_max(const struct cbor_whole *whole)
{
	return (int64_t)(whole->n_bytes * 2409 / 1000) + 1; // 8 * log10(2)
}

/* The same of 64 bits: by the first digits of the least number that rounds to
 * infinity, which has more behind them. */
static bool is_small_in_range(uint64_t n, int64_t exponent)
{
	uint64_t digits = UINT64_C(1797693134862315807);
	int64_t n_digits = 1;

	for (uint64_t left = n; left >= 10; left /= 10) {
		n_digits++;
	}
	for (int64_t i = n_digits; i < DOUBLE_DIGITS; i++) {
		digits /= 10;
	}
	return n_digits + exponent <= RANGE_DIGITS ||
	       (n_digits + exponent == RANGE_DIGITS + 1 && n <= digits);
}

/* What its digits say, where their number does not tell. */
static bool is_in_range_as_text(const struct cbor_whole *whole,
				int64_t exponent)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf text;

	gw_buf_init(&text, 0, NUMBER_BYTES);
	cbor_whole_print(&text, whole, exponent);
	return gw_json_is_in_range(gw_buf_str(&text));
}

bool cbor_whole_is_in_range(const struct cbor_whole *whole, int64_t exponent)
{
	if (whole->n_bytes == 0 ||
	    digits_max(whole) + exponent <= RANGE_DIGITS) {
		return true;
	}
	if (exponent > RANGE_DIGITS) {
		return false;
	}
	if (whole->n_bytes < sizeof(uint64_t)) {
		return is_small_in_range(small_of(whole), exponent);
	}
	return is_in_range_as_text(whole, exponent);
}

static bool has_point(const char *text)
{
	while (*text && *text != '.' && *text != 'e') {
		text++;
	}
	return *text != '\0';
}

void cbor_double_print(struct gw_buf *buf, double d)
{
	char *text = (char *)gw_buf_reserve(buf, CBOR_DOUBLE_BYTES);

	if (!text) {
		return;
	}
	buf->len += cbor_double_write(text, d);
	if (!has_point(text)) {
		gw_buf_lit(buf, ".0");
	}
}

static bool keep_digit(struct decimal *d, char c)
{
	assert(c >= '0' && c <= '9');
	if (d->n_digits == 0 && c == '0') {
		return true;
	}
	if (d->n_digits == sizeof(d->digits)) {
		return false;
	}
	d->digits[d->n_digits++] = c;
	return true;
}

static int64_t read_exponent(struct gw_str text)
{
	bool is_negative = text.len > 0 && text.at[0] == '-';
	int64_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] >= '0' && n < EXPONENT_MAX) {
			n = n * 10 + (text.at[i] - '0');
		}
	}
	return is_negative ? -n : n;
}

/* The digits of a number without its exponent, and how many of them stand
 * behind the point.  Zeros at the end of a fraction say nothing and may be
 * many. */
static bool keep_digits(struct decimal *d, struct gw_str text)
{
	size_t point = gw_str_find(text, '.');
	size_t end = text.len;

	while (point < end && text.at[end - 1] == '0') {
		end--;
	}
	for (size_t i = d->is_negative ? 1 : 0; i < end; i++) {
		if (i != point && !keep_digit(d, text.at[i])) {
			return false;
		}
	}
	if (point < end) {
		d->exponent -= (int64_t)(end - point - 1);
	}
	return true;
}

/* Take a number of the JSON grammar apart.  False when it has too many
 * digits. */
static bool decimal_parse(struct decimal *d, struct gw_str text)
{
	size_t n = 0;

	assert(text.len > 0);
	d->is_negative = text.at[0] == '-';
	d->n_digits = 0;
	d->exponent = 0;
	while (n < text.len && (text.at[n] | 0x20) != 'e') {
		n++;
	}
	if (n < text.len) {
		d->exponent = read_exponent(gw_str_skip(text, n + 1));
	}
	d->is_whole = n == text.len && gw_str_find(text, '.') == n;
	return keep_digits(d, gw_str_head(text, n));
}

/* Whether two decimals are the same number. */
static bool is_same(const struct decimal *a, const struct decimal *b)
{
	const struct decimal *more = a->n_digits > b->n_digits ? a : b;
	const struct decimal *less = more == a ? b : a;
	size_t n = less->n_digits;

	if (n == 0) {
		return more->n_digits == 0;
	}
	for (size_t i = n; i < more->n_digits; i++) {
		if (more->digits[i] != '0') {
			return false;
		}
	}
	return memcmp(a->digits, b->digits, n) == 0 &&
	       more->exponent + (int64_t)(more->n_digits - n) == less->exponent;
}

/* The double that is nearest to a decimal. */
static bool nearest(double *valuep, const struct decimal *d, struct gw_str text)
{
	char copy[NUMBER_BYTES];
	uint64_t digits = 0;

	if (d->n_digits <= DOUBLE_DIGITS) {
		for (size_t i = 0; i < d->n_digits; i++) {
			digits = digits * 10 + (uint64_t)(d->digits[i] - '0');
		}
		if (cbor_double_read(valuep, digits, d->exponent)) {
			*valuep = d->is_negative ? -*valuep : *valuep;
			return true;
		}
	}
	if (text.len >= sizeof(copy)) {
		return false;
	}
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	*valuep = strtod(copy, NULL);
	return isfinite(*valuep);
}

/* The double that a decimal is, to its last digit as far as doubles are told
 * apart.  False when it is none. */
static bool is_double(double *valuep, const struct decimal *d,
		      struct gw_str text)
{
	char printed[CBOR_DOUBLE_BYTES];
	struct decimal back;
	size_t n = 0;

	if (!nearest(valuep, d, text)) {
		return false;
	}
	/* So few digits come back from any double that has all its bits. */
	if (d->n_digits <= DBL_DIG && fabs(*valuep) >= DBL_MIN) {
		return true;
	}
	n = cbor_double_write(printed, *valuep);
	return decimal_parse(&back, (struct gw_str){ printed, n }) &&
	       is_same(d, &back);
}

/* In half of its bits, when they hold it. */
static void put_double(struct gw_buf *buf, double d)
{
	uint8_t *at = gw_buf_reserve(buf, CBOR_HEAD_BYTES);
	bool is_short = fabs(d) <= 3.0e38 && (double)(float)d == d;
	size_t n_bytes = is_short ? sizeof(float) : sizeof(double);
	uint64_t bits = 0;

	if (!at) {
		return;
	}
	if (is_short) {
		float f = (float)d;
		uint32_t low = 0;

		memcpy(&low, &f, sizeof(low));
		bits = low;
	} else {
		memcpy(&bits, &d, sizeof(bits));
	}
	at[0] = is_short ? CBOR_FLOAT_SINGLE : CBOR_FLOAT_DOUBLE;
	for (size_t i = n_bytes; i > 0; i--, bits >>= 8) {
		at[i] = (uint8_t)bits;
	}
	buf->len += 1 + n_bytes;
}

/* One less than a magnitude that is not zero. */
static void decrement(struct cbor_whole *whole)
{
	for (size_t i = whole->n_bytes; i > 0; i--) {
		if (whole->bytes[i - 1]-- != 0) {
			break;
		}
	}
	if (whole->n_bytes > 0 && whole->bytes[0] == 0) {
		whole->n_bytes--;
		memmove(whole->bytes, whole->bytes + 1, whole->n_bytes);
	}
}

/* n as CBOR writes it: a negative one counts from -1 on. */
static void put_magnitude(struct gw_buf *buf, bool is_negative,
			  struct cbor_whole *whole)
{
	if (is_negative) {
		assert(whole->n_bytes > 0);
		decrement(whole);
	}
	if (whole->n_bytes > sizeof(uint64_t)) {
		cbor_head_put(buf, CBOR_TAG,
			      is_negative ? CBOR_TAG_NEGATIVE_BIGNUM
					  : CBOR_TAG_BIGNUM);
		cbor_head_put(buf, CBOR_BYTES, whole->n_bytes);
		gw_buf_add(buf, whole->bytes, whole->n_bytes);
		return;
	}
	cbor_head_put(buf, is_negative ? CBOR_NEGATIVE : CBOR_UNSIGNED,
		      small_of(whole));
}

static void put_exponent(struct gw_buf *buf, int64_t exponent)
{
	if (exponent < 0) {
		cbor_head_put(buf, CBOR_NEGATIVE, (uint64_t)(-1 - exponent));
	} else {
		cbor_head_put(buf, CBOR_UNSIGNED, (uint64_t)exponent);
	}
}

/* A whole number of few digits, as most are.  False when it is none. */
static bool put_small(struct gw_buf *buf, struct gw_str text)
{
	bool is_negative = text.at[0] == '-';
	uint64_t n = 0;

	if (text.len > SMALL_DIGITS) {
		return false;
	}
	for (size_t i = is_negative; i < text.len; i++) {
		uint8_t digit = (uint8_t)(text.at[i] - '0');

		if (digit > 9) {
			return false;
		}
		n = n * 10 + digit;
	}
	if (!is_negative) {
		cbor_head_put(buf, CBOR_UNSIGNED, n);
	} else if (n > 0) {
		cbor_head_put(buf, CBOR_NEGATIVE, n - 1);
	}
	return !is_negative || n > 0;
}

bool cbor_number_put(struct gw_buf *buf, struct gw_str text)
{
	struct decimal d;
	struct cbor_whole whole;
	double value = 0;
	bool is_whole = false;

	assert(text.len > 0);
	if (put_small(buf, text)) {
		return true;
	}
	if (!decimal_parse(&d, text)) {
		return false;
	}
	is_whole = d.is_whole && (d.n_digits > 0 || !d.is_negative);
	if (!is_whole && d.n_digits == 0) {
		put_double(buf, d.is_negative ? -0.0 : 0.0);
		return true;
	}
	if (!is_whole && is_double(&value, &d, text)) {
		put_double(buf, value);
		return true;
	}
	if (!cbor_whole_parse(&whole,
			      (struct gw_str){ d.digits, d.n_digits })) {
		return false;
	}
	if (!is_whole) {
		cbor_head_put(buf, CBOR_TAG, CBOR_TAG_DECIMAL);
		cbor_head_put(buf, CBOR_ARRAY, 2);
		put_exponent(buf, d.exponent);
	}
	put_magnitude(buf, d.is_negative, &whole);
	return true;
}
