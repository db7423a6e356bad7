/*
 * Str - borrowed runs of text and bytes.
 */

#include "core/str.h"

#include <stdlib.h>

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
		if (fold(a.at[i]) != fold(b.at[i])) {
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

	if (!copy) {
		return NULL;
	}
	if (s.len > 0) {
		memcpy(copy, s.at, s.len);
	}
	copy[s.len] = '\0';
	return copy;
}
