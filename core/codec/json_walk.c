/*
 * JSON walk - members and elements of text that the scanner passed.
 */

#include "core/codec/json.h"

#include <assert.h>

#include "core/codec/json_lex.h"

enum gw_json_type gw_json_type_of(struct gw_str value)
{
	switch (value.len > 0 ? value.at[0] : '\0') {
	case '{':
		return GW_JSON_OBJECT;
	case '[':
		return GW_JSON_ARRAY;
	case '"':
		return GW_JSON_STRING;
	case 't':
	case 'f':
		return GW_JSON_BOOL;
	case 'n':
		return GW_JSON_NULL;
	case '\0':
		return GW_JSON_NONE;
	default:
		return GW_JSON_NUMBER;
	}
}

/* From an opening quote of scanned text to behind the closing one. */
static const uint8_t *skip_string(const uint8_t *at, const uint8_t *end)
{
	assert(at < end);
	at++;
	while (at < end) {
		at = gw_json_skip_plain(at, end);
		if (at < end && *at == '"') {
			return at + 1;
		}
		if (at < end && *at == '\\') {
			at++;
		}
		at += at < end;
	}
	return end;
}

/* Whether a byte ends a number or a word. */
static bool is_delimiter(uint8_t c)
{
	return gw_json_is_space(c) || c == ',' || c == ']' || c == '}';
}

/* How many levels deeper it is behind this byte. */
static int step(uint8_t c)
{
	if (c == '{' || c == '[') {
		return 1;
	}
	return c == '}' || c == ']' ? -1 : 0;
}

static const uint8_t *skip_container(const uint8_t *at, const uint8_t *end)
{
	int depth = 0;

	while (at < end) {
		if (*at == '"') {
			at = skip_string(at, end);
			continue;
		}
		depth += step(*at++);
		if (depth == 0) {
			return at;
		}
	}
	return end;
}

static const uint8_t *skip_value(const uint8_t *at, const uint8_t *end)
{
	if (at < end && *at == '"') {
		return skip_string(at, end);
	}
	if (at < end && (*at == '{' || *at == '[')) {
		return skip_container(at, end);
	}
	while (at < end && !is_delimiter(*at)) {
		at++;
	}
	return at;
}

static struct gw_str slice(const uint8_t *from, const uint8_t *to)
{
	return (struct gw_str){ .at = (const char *)from,
				.len = (size_t)(to - from) };
}

struct gw_str gw_json_value_at(struct gw_str text)
{
	const uint8_t *at = gw_bytes_of(text).at;

	return slice(at, skip_value(at, at + text.len));
}

struct gw_json_walk gw_json_walk(struct gw_str value)
{
	const uint8_t *at = gw_bytes_of(value).at;
	const uint8_t *end = NULL;

	if (!at) {
		return (struct gw_json_walk){ 0 };
	}
	end = at + value.len;
	at = gw_json_skip_space(at, end);
	while (end > at && gw_json_is_space(end[-1])) {
		end--;
	}
	if (end - at < 2 || (*at != '{' && *at != '[')) {
		return (struct gw_json_walk){ 0 };
	}
	return (struct gw_json_walk){ .at = (const char *)at + 1,
				      .end = (const char *)end - 1 };
}

/* Step over a comma, a colon, and blanks. */
static const uint8_t *skip_mark(const uint8_t *at, const uint8_t *end,
				uint8_t mark)
{
	at = gw_json_skip_space(at, end);
	return at < end && *at == mark ? gw_json_skip_space(at + 1, end) : at;
}

bool gw_json_next(struct gw_json_walk *walk, struct gw_json_member *member)
{
	const uint8_t *end = (const uint8_t *)walk->end;
	const uint8_t *at = NULL;
	const uint8_t *after = NULL;

	if (!end) {
		return false;
	}
	assert(walk->at <= walk->end);
	at = skip_mark((const uint8_t *)walk->at, end, ',');
	if (at == end) {
		return false;
	}
	*member = (struct gw_json_member){ 0 };
	/* The end is where the closing bracket stands. */
	if (*end == '}') {
		after = skip_string(at, end);
		member->name = slice(at + 1, after - 1);
		at = skip_mark(after, end, ':');
	}
	after = skip_value(at, end);
	if (after == at) {
		return false;
	}
	member->value = slice(at, after);
	member->type = gw_json_type_of(member->value);
	assert(after <= end);
	walk->at = (const char *)after;
	return true;
}

bool gw_json_get(struct gw_json_member *member, struct gw_str object,
		 struct gw_str name)
{
	struct gw_json_walk walk = gw_json_walk(object);
	struct gw_json_member next;

	while (gw_json_next(&walk, &next)) {
		if (gw_str_is_present(next.name) &&
		    gw_json_is_name(next.name, name)) {
			*member = next;
			return true;
		}
	}
	return false;
}
