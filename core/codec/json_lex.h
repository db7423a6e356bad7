#pragma once

/*
 * JSON letters - the smallest pieces that scanner, readers and writer share.
 *
 * Private to core/json*.c.  Texts are run through eight bytes at a time: plain
 * letters are what nearly all of a message consists of.
 */

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/lib/str.h"

/* The same byte in all eight places of a word. */
#define GW_JSON_ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Most bytes one escape resolves to. */
#define GW_JSON_ESCAPE_MAX ((size_t)4)

/* Eight bytes, the first one lowest. */
static inline uint64_t gw_json_load(const uint8_t *at)
{
	uint64_t word = 0;

	memcpy(&word, at, sizeof(word));
	return le64toh(word);
}

/* Whether a byte stands for itself in a string: ASCII, but no control, quote
 * or backslash. */
static inline bool gw_json_is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The first byte from at on that is not plain, or end.
 *
 * A subtraction sets the high bit of a byte that was too small for it.  To turn
 * bit 1 over puts the quote, 0x22, below the blank, beside the controls, and
 * the blank above it.  A borrow may also set a high bit, but only in a byte
 * behind one that really was too small; the lowest bit, the one asked for, is
 * always true. */
static inline const uint8_t *gw_json_skip_plain(const uint8_t *at,
						const uint8_t *end)
{
	while (end - at >= 8) {
		uint64_t word = gw_json_load(at);
		uint64_t low = (word ^ GW_JSON_ALL(0x02)) - GW_JSON_ALL(0x21);
		uint64_t slash = (word ^ GW_JSON_ALL('\\')) - GW_JSON_ALL(1);
		uint64_t stop = low | slash | word;

		stop &= GW_JSON_ALL(0x80);
		if (stop) {
			return at + (__builtin_ctzll(stop) >> 3);
		}
		at += 8;
	}
	while (at < end && gw_json_is_plain(*at)) {
		at++;
	}
	return at;
}

/* The length of the well-formed UTF-8 sequence at a byte beyond ASCII, or 0
 * when it is ill-formed (Unicode 15, table 3-7). */
static inline size_t gw_json_utf8(const uint8_t *at, const uint8_t *end)
{
	uint8_t c = *at;
	size_t n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint8_t low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	uint8_t high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;

	if (c < 0xc2 || c > 0xf4 || (size_t)(end - at) < n || at[1] < low ||
	    at[1] > high) {
		return 0;
	}
	for (size_t i = 2; i < n; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return n;
}

/* The number that four hex digits write, or -1. */
static inline int32_t gw_json_hex4(const uint8_t *at, const uint8_t *end)
{
	int32_t n = 0;

	if (end - at < 4) {
		return -1;
	}
	for (size_t i = 0; i < 4; i++) {
		uint8_t digit = (uint8_t)(at[i] - '0');
		uint8_t letter = (uint8_t)((at[i] | 0x20) - 'a');

		if (digit > 9 && letter > 5) {
			return -1;
		}
		n = n * 16 + (digit <= 9 ? digit : letter + 10);
	}
	return n;
}

static inline bool gw_json_is_high_surrogate(int32_t unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static inline bool gw_json_is_low_surrogate(int32_t unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

static inline bool gw_json_is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static inline const uint8_t *gw_json_skip_space(const uint8_t *at,
						const uint8_t *end)
{
	/* Most often there is none, which one comparison tells. */
	if (at<end && * at> ' ') {
		return at;
	}
	while (at < end && gw_json_is_space(*at)) {
		at++;
	}
	return at;
}

static inline bool gw_json_is_digit(uint8_t c)
{
	return (uint8_t)(c - '0') <= 9;
}

static inline const uint8_t *gw_json_skip_digits(const uint8_t *at,
						 const uint8_t *end)
{
	while (at < end && gw_json_is_digit(*at)) {
		at++;
	}
	return at;
}

/* Resolve the escape at *atp, in text that was scanned, and step over it.
 * Returns how many bytes, at most GW_JSON_ESCAPE_MAX, were written. */
size_t gw_json_unescape(uint8_t *to, const uint8_t **atp, const uint8_t *end);

/* Reads the letters of a scanned string one byte at a time, with its escapes
 * resolved. */
struct gw_json_letters {
	const uint8_t *at;
	const uint8_t *end;
	uint8_t resolved[GW_JSON_ESCAPE_MAX];
	size_t n_resolved;
	size_t next;
};

struct gw_json_letters gw_json_letters(struct gw_str inner);

/* The next byte, or -1 after the last. */
int gw_json_letter(struct gw_json_letters *letters);

/* The order of two strings by the bytes they resolve to: below, equal to or
 * above 0. */
int gw_json_compare(struct gw_str a, struct gw_str b);

/* The value that a text begins with, in text that need not have been scanned:
 * brackets and quotes tell where it ends, or the text does. */
struct gw_str gw_json_value_at(struct gw_str text);

/* Whether a number of the grammar is within the range of a double. */
bool gw_json_is_in_range(struct gw_str number);
