#pragma once

/*
 * Str - borrowed runs of text and bytes.
 *
 * Text on the wire has no terminator (CoAP options, MQTT payloads, JSON
 * slices), so nothing here assumes one.  Absent is .at == NULL, which differs
 * from empty: a relay keeps absence absent.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A borrowed run of text.  Never NUL-terminated; never owns its bytes. */
struct gw_str {
	const char *at;
	size_t len;
};

/* A borrowed run of bytes. */
struct gw_bytes {
	const uint8_t *at;
	size_t len;
};

#define GW_STR(lit) ((struct gw_str){ .at = "" lit, .len = sizeof(lit) - 1 })
#define GW_STR_FMT "%.*s"
#define GW_STR_ARG(s) (int)(s).len, (s).at ? (s).at : ""

static inline struct gw_str gw_str_from(const char *text)
{
	return (struct gw_str){ .at = text, .len = text ? strlen(text) : 0 };
}

static inline struct gw_str gw_str_of(struct gw_bytes b)
{
	return (struct gw_str){ .at = (const char *)b.at, .len = b.len };
}

static inline struct gw_bytes gw_bytes_of(struct gw_str s)
{
	return (struct gw_bytes){ .at = (const uint8_t *)s.at, .len = s.len };
}

static inline bool gw_str_is_present(struct gw_str s)
{
	return s.at != NULL;
}

/* Byte for byte; an absent text equals an empty one. */
static inline bool gw_str_eq(struct gw_str a, struct gw_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool gw_str_is(struct gw_str s, const char *text)
{
	return gw_str_eq(s, gw_str_from(text));
}

static inline bool gw_str_starts(struct gw_str s, struct gw_str prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(s.at, prefix.at, prefix.len) == 0);
}

static inline bool gw_str_ends(struct gw_str s, struct gw_str suffix)
{
	return s.len >= suffix.len &&
	       (suffix.len == 0 ||
		memcmp(s.at + s.len - suffix.len, suffix.at, suffix.len) == 0);
}

/* What follows the first n bytes; n is at most s.len. */
static inline struct gw_str gw_str_skip(struct gw_str s, size_t n)
{
	return (struct gw_str){ .at = s.at + n, .len = s.len - n };
}

/* The first n bytes; n is at most s.len. */
static inline struct gw_str gw_str_head(struct gw_str s, size_t n)
{
	return (struct gw_str){ .at = s.at, .len = n };
}

/* Where c first stands in s, or s.len. */
static inline size_t gw_str_find(struct gw_str s, char c)
{
	const char *hit = s.len ? memchr(s.at, c, s.len) : NULL;

	return hit ? (size_t)(hit - s.at) : s.len;
}

/* Cut the piece before the first c off the front of *rest and step over c.
 * Without a c the piece is all that is left and *rest becomes absent. */
struct gw_str gw_str_cut(struct gw_str *rest, char c);

/* Whether a text is a token, as names of methods and headers are (RFC 9110
 * 5.6.2). */
bool gw_str_is_token(struct gw_str s);

/* Text without blanks and tabs at its ends. */
struct gw_str gw_str_trim(struct gw_str s);

/* How many bytes at the front of s are printable ASCII or blanks.  Nearly all
 * texts are nothing else, so whoever looks for other bytes begins there. */
size_t gw_str_printable(struct gw_str s);

/* Equal when ASCII letters are folded (HTTP names, schemes). */
bool gw_str_eq_nocase(struct gw_str a, struct gw_str b);

/* A non-negative decimal number without sign or blanks.  False when it is
 * anything else, or above max. */
bool gw_str_number(uint64_t *np, struct gw_str s, uint64_t max);

/* A heap copy with a terminator; the caller frees it.  NULL when memory is
 * short. */
char *gw_str_dup(struct gw_str s);
