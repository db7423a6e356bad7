/*
 * Escape - the percent-encoding of paths and queries.
 */

#include "bindings/http/http_escape.h"

#include <assert.h>

#include "core/codec/form.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

/* What stands for itself beside letters and digits.  As much as RFC 3986
 * allows: there are peers that never decode. */
#define PLAIN_IN_PATH "-._~!$'()*,:@/&=;"
#define PLAIN_IN_QUERY "-._~!$'()*,:@/?"

static int hex_of(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that %XX at the front of text stands for, or -1. */
static int escaped_byte(struct gw_str text)
{
	int high = text.len < 3 ? -1 : hex_of(text.at[1]);
	int low = text.len < 3 ? -1 : hex_of(text.at[2]);

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Cut one byte off the front of *rest; -1 when it may not stand there. */
static int next_byte(struct gw_str *rest, enum http_part part)
{
	char c = rest->at[0];
	int byte = 0;

	if (c != '%') {
		*rest = gw_str_skip(*rest, 1);
		return c == '+' && part == HTTP_PART_QUERY ? ' '
							   : (unsigned char)c;
	}
	byte = escaped_byte(*rest);
	if (byte < 0 || (byte == '/' && part == HTTP_PART_PATH)) {
		return -1;
	}
	*rest = gw_str_skip(*rest, 3);
	return byte;
}

static bool stands_for_itself(struct gw_str text, enum http_part part)
{
	return gw_str_find(text, '%') == text.len &&
	       (part == HTTP_PART_PATH || gw_str_find(text, '+') == text.len);
}

/* The bytes that text stands for, in the arena; absent when it is broken. */
static struct gw_str resolve(struct gw_arena *a, struct gw_str text,
			     enum http_part part)
{
	char *to = gw_arena_alloc(a, text.len);
	struct gw_str plain = { .at = to };
	struct gw_str rest = text;

	while (to && rest.len > 0) {
		int byte = next_byte(&rest, part);

		if (byte < 0) {
			return (struct gw_str){ 0 };
		}
		assert(plain.len < text.len);
		to[plain.len++] = (char)byte;
	}
	return plain;
}

struct gw_str http_unescape(struct gw_arena *a, struct gw_str text,
			    enum http_part part)
{
	struct gw_str plain = stands_for_itself(text, part)
				      ? text
				      : resolve(a, text, part);
	bool is_clean = part == HTTP_PART_QUERY
				? gw_text_is_clean_value(a, plain)
				: gw_text_is_clean(a, plain);

	return gw_str_is_present(plain) && is_clean ? plain
						    : (struct gw_str){ 0 };
}

static bool is_plain(char c, enum http_part part)
{
	const char *marks = part == HTTP_PART_PATH ? PLAIN_IN_PATH
						   : PLAIN_IN_QUERY;

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr(marks, c));
}

void http_escape(struct gw_buf *buf, struct gw_str text, enum http_part part)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (is_plain(text.at[i], part)) {
			gw_buf_add_char(buf, text.at[i]);
			continue;
		}
		gw_buf_add_char(buf, '%');
		gw_buf_add_char(buf, digits[c / 16]);
		gw_buf_add_char(buf, digits[c % 16]);
	}
}
