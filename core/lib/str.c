/*
 * Str - borrowed runs of text and bytes.
 */

#include "core/lib/str.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>

/* The same byte in all eight places of a word. */
#define ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

struct gw_str gw_str_cut(struct gw_str *rest, char c)
{
	size_t n = gw_str_find(*rest, c);
	struct gw_str piece = gw_str_head(*rest, n);

	if (n == rest->len) {
		*rest = (struct gw_str){ 0 };
	} else {
		*rest = gw_str_skip(*rest, n + 1);
	}
	return piece;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct gw_str gw_str_trim(struct gw_str s)
{
	while (s.len > 0 && is_blank(s.at[0])) {
		s = gw_str_skip(s, 1);
	}
	while (s.len > 0 && is_blank(s.at[s.len - 1])) {
		s.len--;
	}
	return s;
}

/* Eight bytes at a time.  A subtraction sets the high bit of a byte that was
 * too small for it, here of controls and of DEL.  A borrow may set another one,
 * but only behind the first, the one asked for. */
size_t gw_str_printable(struct gw_str s)
{
	size_t n = 0;

	while (s.len - n >= sizeof(uint64_t)) {
		uint64_t word = 0;
		uint64_t stop = 0;

		memcpy(&word, s.at + n, sizeof(word));
		word = le64toh(word);
		stop = (word - ALL(0x20)) | ((word ^ ALL(0x7f)) - ALL(1));
		stop = (stop | word) & ALL(0x80);
		if (stop) {
			return n + (size_t)(__builtin_ctzll(stop) >> 3);
		}
		n += sizeof(word);
	}
	while (n < s.len && s.at[n] >= ' ' && s.at[n] < 0x7f) {
		n++;
	}
	return n;
}

static const bool token_letters[256] = {
	['!'] = true,  ['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true,
	['\''] = true, ['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true,
	['^'] = true,  ['_'] = true, ['`'] = true, ['|'] = true, ['~'] = true,
	['0'] = true,  ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true,
	['5'] = true,  ['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true,
	['A'] = true,  ['B'] = true, ['C'] = true, ['D'] = true, ['E'] = true,
	['F'] = true,  ['G'] = true, ['H'] = true, ['I'] = true, ['J'] = true,
	['K'] = true,  ['L'] = true, ['M'] = true, ['N'] = true, ['O'] = true,
	['P'] = true,  ['Q'] = true, ['R'] = true, ['S'] = true, ['T'] = true,
	['U'] = true,  ['V'] = true, ['W'] = true, ['X'] = true, ['Y'] = true,
	['Z'] = true,  ['a'] = true, ['b'] = true, ['c'] = true, ['d'] = true,
	['e'] = true,  ['f'] = true, ['g'] = true, ['h'] = true, ['i'] = true,
	['j'] = true,  ['k'] = true, ['l'] = true, ['m'] = true, ['n'] = true,
	['o'] = true,  ['p'] = true, ['q'] = true, ['r'] = true, ['s'] = true,
	['t'] = true,  ['u'] = true, ['v'] = true, ['w'] = true, ['x'] = true,
	['y'] = true,  ['z'] = true,
};

bool gw_str_is_token(struct gw_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!token_letters[(unsigned char)s.at[i]]) {
			return false;
		}
	}
	return s.len > 0;
}

static unsigned char fold(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

bool gw_str_eq_nocase(struct gw_str a, struct gw_str b)
{
	if (a.len != b.len) {
		return false;
	}
	for (size_t i = 0; i < a.len; i++) {
		if (a.at[i] != b.at[i] && fold(a.at[i]) != fold(b.at[i])) {
			return false;
		}
	}
	return true;
}

bool gw_str_number(uint64_t *np, struct gw_str s, uint64_t max)
{
	uint64_t n = 0;

	if (s.len == 0) {
		return false;
	}
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit = (uint64_t)(s.at[i] - '0');

		if (s.at[i] < '0' || s.at[i] > '9' || digit > max ||
		    n > (max - digit) / 10) {
			return false;
		}
		n = n * 10 + digit;
	}
	*np = n;
	return true;
}

char *gw_str_dup(struct gw_str s)
{
	char *copy = malloc(s.len + 1);

	assert(s.at || s.len == 0);
	if (!copy) {
		return NULL;
	}
	if (s.len > 0) {
		memcpy(copy, s.at, s.len);
	}
	copy[s.len] = '\0';
	return copy;
}
