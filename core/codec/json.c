/*
 * JSON - the strict scanner.
 *
 *	            ,---------------- ',' ----------------.
 *	            v                                     |
 *	 [name ':'] value ----- scalar ----------------> follow --- end
 *	              |                                   ^  |
 *	              '--- '{' or '[': one level more ----'  '--- '}' or ']':
 *	                                                          one level less
 *
 * One loop and a stack of levels, no recursion.  A step takes the position and
 * returns the one behind what it read, or NULL when it has failed.
 */

#include "core/codec/json.h"

#include <assert.h>

#include "core/codec/json_lex.h"
#include "core/codec/json_names.h"

/* Digits that no number below 1e308 has more of. */
#define SAFE_DIGITS 308

struct level {
	struct gw_json_named named;
	char close;    // '}' or ']'
	bool is_empty; // nothing has been read in it
};

struct scan {
	const uint8_t *start;
	const uint8_t *end;
	struct gw_json_error *error;

	struct gw_json_member *members; // NULL when they are not asked for
	size_t n_members;
	size_t n_members_max;

	size_t depth;
	struct level levels[GW_JSON_DEPTH_MAX];
	struct gw_json_names names;
};

static const uint8_t *fail(struct scan *s, const uint8_t *at,
			   const char *reason)
{
	assert(at >= s->start && at <= s->end);
	*s->error = (struct gw_json_error){
		.reason = at < s->end ? reason : "the text ends too soon",
		.at = (size_t)(at - s->start),
	};
	return NULL;
}

/* NUL stands nowhere outside a string, so it may also say "no more". */
static uint8_t peek(const struct scan *s, const uint8_t *at)
{
	return at < s->end ? *at : 0;
}

/* Step over blanks, to the byte that is returned. */
static inline uint8_t next_token(const struct scan *s, const uint8_t **atp)
{
	if (*atp<s->end &&* * atp> ' ') {
		return **atp;
	}
	*atp = gw_json_skip_space(*atp, s->end);
	return peek(s, *atp);
}

static const uint8_t *surrogate(struct scan *s, const uint8_t *at, int32_t unit)
{
	if (gw_json_is_low_surrogate(unit) || s->end - at < 8 ||
	    at[6] != '\\' || at[7] != 'u' ||
	    !gw_json_is_low_surrogate(gw_json_hex4(at + 8, s->end))) {
		return fail(s, at, "a surrogate stands alone");
	}
	return at + 12;
}

static const uint8_t *escape(struct scan *s, const uint8_t *at)
{
	int32_t unit = 0;

	switch (peek(s, at + 1)) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return at + 2;
	case 'u':
		break;
	default:
		return fail(s, at, "an escape is unknown");
	}
	unit = gw_json_hex4(at + 2, s->end);
	if (unit < 0) {
		return fail(s, at, "an escape lacks its four hex digits");
	}
	if (unit == 0) {
		return fail(s, at, "a string holds NUL");
	}
	if (gw_json_is_high_surrogate(unit) || gw_json_is_low_surrogate(unit)) {
		return surrogate(s, at, unit);
	}
	return at + 6;
}

static const uint8_t *beyond_ascii(struct scan *s, const uint8_t *at)
{
	do {
		size_t n = gw_json_utf8(at, s->end);

		if (n == 0) {
			return fail(s, at, "a string is not UTF-8");
		}
		at += n;
	} while (peek(s, at) >= 0x80);
	return at;
}

/* Onward from a byte that is not plain, to the closing quote. */
static const uint8_t *rest_of_string(struct scan *s, const uint8_t *at,
				     bool *has_escape)
{
	while (at && peek(s, at) != '"') {
		uint8_t c = peek(s, at);

		if (c >= 0x80) {
			at = beyond_ascii(s, at);
		} else if (c == '\\') {
			*has_escape = true;
			at = escape(s, at);
		} else {
			at = fail(s, at, "a string holds a control character");
		}
		at = at ? gw_json_skip_plain(at, s->end) : NULL;
	}
	return at;
}

/* From behind the opening quote to the closing one.  Inline, because most
 * strings are a few plain letters. */
static inline const uint8_t *string(struct scan *s, const uint8_t *at,
				    bool *has_escape)
{
	at = gw_json_skip_plain(at, s->end);
	return peek(s, at) == '"' ? at : rest_of_string(s, at, has_escape);
}

static const uint8_t *digits(struct scan *s, const uint8_t *at)
{
	const uint8_t *after = gw_json_skip_digits(at, s->end);

	return after > at ? after : fail(s, at, "a number lacks a digit");
}

static const uint8_t *fraction(struct scan *s, const uint8_t *at)
{
	return peek(s, at) == '.' ? digits(s, at + 1) : at;
}

static const uint8_t *exponent(struct scan *s, const uint8_t *at)
{
	if ((peek(s, at) | 0x20) != 'e') {
		return at;
	}
	at++;
	if (peek(s, at) == '+' || peek(s, at) == '-') {
		at++;
	}
	return digits(s, at);
}

static const uint8_t *number(struct scan *s, const uint8_t *at)
{
	const uint8_t *start = at;
	const uint8_t *mantissa = NULL;
	struct gw_str text = { 0 };

	at += *at == '-';
	if (peek(s, at) == '0' && gw_json_is_digit(peek(s, at + 1))) {
		return fail(s, at, "a number has a leading zero");
	}
	at = digits(s, at);
	at = at ? fraction(s, at) : NULL;
	mantissa = at;
	at = at ? exponent(s, at) : NULL;
	if (!at || (at == mantissa && at - start <= SAFE_DIGITS)) {
		return at;
	}
	text.at = (const char *)start;
	text.len = (size_t)(at - start);
	if (!gw_json_is_in_range(text)) {
		return fail(s, start, "a number is beyond a double");
	}
	return at;
}

static const uint8_t *word(struct scan *s, const uint8_t *at, struct gw_str w)
{
	if ((size_t)(s->end - at) < w.len || memcmp(at, w.at, w.len) != 0) {
		return fail(s, at, "this is no JSON value");
	}
	return at + w.len;
}

static const uint8_t *enter(struct scan *s, const uint8_t *at, char close)
{
	if (s->depth == GW_JSON_DEPTH_MAX) {
		return fail(s, at, "values are nested too deeply");
	}
	s->levels[s->depth++] = (struct level){
		.named.first = s->names.n,
		.close = close,
		.is_empty = true,
	};
	return at + 1;
}

static const uint8_t *value(struct scan *s, const uint8_t *at)
{
	bool has_escape = false;

	switch (next_token(s, &at)) {
	case '{':
		return enter(s, at, '}');
	case '[':
		return enter(s, at, ']');
	case '"':
		at = string(s, at + 1, &has_escape);
		return at ? at + 1 : NULL;
	case 't':
		return word(s, at, GW_STR("true"));
	case 'f':
		return word(s, at, GW_STR("false"));
	case 'n':
		return word(s, at, GW_STR("null"));
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return number(s, at);
	default:
		return fail(s, at, "this is no JSON value");
	}
}

static const uint8_t *fail_name(struct scan *s, const char *name,
				enum gw_json_kept kept)
{
	static const char *const reasons[] = {
		[GW_JSON_KEPT_TWICE] = "a member name stands twice",
		[GW_JSON_KEPT_FULL] = "an object has too many members",
		[GW_JSON_KEPT_SHORT] = "memory is short",
	};

	(void)fail(s, (const uint8_t *)name - 1, reasons[kept]);
	s->error->is_short = kept == GW_JSON_KEPT_SHORT;
	return NULL;
}

/* Begin or end the entry of a member of the outermost object. */
static const uint8_t *begin_member(struct scan *s, struct gw_str name,
				   const uint8_t *at)
{
	at = gw_json_skip_space(at, s->end);
	assert(s->members && s->depth == 1);
	if (s->n_members == s->n_members_max) {
		return fail(s, at, "the object has too many members");
	}
	s->members[s->n_members++] = (struct gw_json_member){
		.name = name,
		.value = { .at = (const char *)at },
	};
	return at;
}

static void end_member(struct scan *s, const uint8_t *at)
{
	struct gw_json_member *member = &s->members[s->n_members - 1];

	assert(s->n_members > 0 && member->value.at <= (const char *)at);
	member->value.len = (size_t)((const char *)at - member->value.at);
	member->type = gw_json_type_of(member->value);
}

/* A name and its colon, to the value. */
static const uint8_t *member(struct scan *s, const uint8_t *at)
{
	struct gw_str text = { 0 };
	enum gw_json_kept kept = GW_JSON_KEPT;
	bool has_escape = false;

	if (next_token(s, &at) != '"') {
		return fail(s, at, "a member name is missing");
	}
	text.at = (const char *)at + 1;
	at = string(s, at + 1, &has_escape);
	if (!at) {
		return NULL;
	}
	text.len = (size_t)((const char *)at - text.at);
	kept = gw_json_names_add(&s->names, &s->levels[s->depth - 1].named,
				 text, has_escape);
	if (kept != GW_JSON_KEPT) {
		return fail_name(s, text.at, kept);
	}
	at++;
	if (next_token(s, &at) != ':') {
		return fail(s, at, "a colon is missing");
	}
	at++;
	return s->members && s->depth == 1 ? begin_member(s, text, at) : at;
}

static const uint8_t *leave(struct scan *s, const uint8_t *at)
{
	const struct level *level = &s->levels[--s->depth];
	const char *twice = gw_json_names_close(&s->names, &level->named);

	if (twice) {
		return fail_name(s, twice, GW_JSON_KEPT_TWICE);
	}
	return at;
}

/* To what stands next in a level: its first entry, or the one that a comma
 * leads to. */
static const uint8_t *next_entry(struct scan *s, const uint8_t *at,
				 struct level *level)
{
	if (!level->is_empty) {
		if (peek(s, at) != ',') {
			return fail(s, at, "a comma is missing");
		}
		at++;
	}
	level->is_empty = false;
	return level->close == '}' ? member(s, at) : at;
}

/* After a value, or after an opening bracket: close what closes here, then
 * step to where the next value must stand. */
static const uint8_t *follow(struct scan *s, const uint8_t *at)
{
	while (at && s->depth > 0) {
		struct level *level = &s->levels[s->depth - 1];

		if (s->members && s->depth == 1 && !level->is_empty) {
			end_member(s, at);
		}
		if (next_token(s, &at) != (uint8_t)level->close) {
			return next_entry(s, at, level);
		}
		at = leave(s, at + 1);
	}
	return at;
}

static bool scan(struct scan *s)
{
	const uint8_t *at = gw_json_skip_space(s->start, s->end);

	if (s->end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) {
		(void)fail(s, at, "a byte order mark is no JSON");
		return false;
	}
	if (s->members && peek(s, at) != '{') {
		(void)fail(s, at, "this is no JSON object");
		return false;
	}
	do {
		at = value(s, at);
		at = at ? follow(s, at) : NULL;
	} while (at && s->depth > 0);
	at = at ? gw_json_skip_space(at, s->end) : NULL;
	if (at && at < s->end) {
		(void)fail(s, at, "something follows the value");
		return false;
	}
	return at != NULL;
}

bool gw_json_scan(struct gw_str text, struct gw_json_member *members,
		  size_t n_members_max, size_t *n_membersp,
		  struct gw_json_error *error)
{
	struct gw_bytes bytes = gw_bytes_of(text.at ? text : GW_STR(""));
	struct scan s;
	bool is_good = false;

	assert(!members || n_membersp);
	/* Field by field: to clear the levels and names would cost more than to
	 * scan a small message. */
	s.start = bytes.at;
	s.end = bytes.at + bytes.len;
	s.error = error;
	s.depth = 0;
	s.members = members;
	s.n_members = 0;
	s.n_members_max = n_members_max;
	gw_json_names_init(&s.names);
	is_good = scan(&s);
	assert(!is_good || (s.depth == 0 && s.names.n == 0));
	gw_json_names_deinit(&s.names);
	if (members) {
		*n_membersp = s.n_members;
	}
	return is_good;
}
