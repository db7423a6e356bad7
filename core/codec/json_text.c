/*
 * JSON text - reading strings and numbers that were scanned, and writing
 * strings.
 */

#include "core/codec/json.h"

#include <assert.h>

#include "core/codec/json_lex.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

/* What stands for a byte that cannot be written: U+FFFD. */
#define REPLACEMENT GW_STR("\xef\xbf\xbd")

/* Longest escape that is written. */
#define ESCAPE_LEN ((size_t)6)

/* Beyond any exponent that a text could make up for by its digits. */
#define EXPONENT_MAX (INT64_C(1) << 40)

/* Decimal digits of the largest int64. */
#define INTEGER_DIGITS 19

/* The least number that rounds to infinity: halfway from the largest double to
 * 2^1024. */
static const char infinity_digits[] =
	"179769313486231580793728971405303415079934132710037826936173778980"
	"444968292764750946649017977587207096330286416692887910946555547851"
	"940402630657488671505820681908902000708383676273854845817711531764"
	"475730270069855571366959622842914819860834936475292719074168444365"
	"510704342711559699508093042880177904174497792";

/* A number in decimal: the digits of whole and fraction in one row, of which
 * those from first up to last are neither leading nor trailing zeros.  It is
 * 0.ddd times ten to the power of scale. */
struct decimal {
	bool is_negative;
	struct gw_str whole;
	struct gw_str fraction;
	size_t first;
	size_t last;
	int64_t scale;
};

static struct gw_str cut_digits(struct gw_str *rest)
{
	const uint8_t *at = (const uint8_t *)rest->at;
	const uint8_t *after = gw_json_skip_digits(at, at + rest->len);
	struct gw_str run = gw_str_head(*rest, (size_t)(after - at));

	*rest = gw_str_skip(*rest, run.len);
	return run;
}

static bool cut_char(struct gw_str *rest, char c)
{
	if (rest->len == 0 || rest->at[0] != c) {
		return false;
	}
	*rest = gw_str_skip(*rest, 1);
	return true;
}

/* The number behind an e, held to EXPONENT_MAX.  False when there is none. */
static bool cut_exponent(int64_t *np, struct gw_str *rest)
{
	bool is_negative = cut_char(rest, '-');
	struct gw_str run = { 0 };
	int64_t n = 0;

	if (!is_negative) {
		(void)cut_char(rest, '+');
	}
	run = cut_digits(rest);
	for (size_t i = 0; i < run.len && n < EXPONENT_MAX; i++) {
		n = n * 10 + (run.at[i] - '0');
	}
	*np = is_negative ? -n : n;
	return run.len > 0;
}

static int digit(const struct decimal *d, size_t i)
{
	if (i < d->whole.len) {
		return d->whole.at[i] - '0';
	}
	i -= d->whole.len;
	return i < d->fraction.len ? d->fraction.at[i] - '0' : 0;
}

static void trim_zeros(struct decimal *d)
{
	d->first = 0;
	d->last = d->whole.len + d->fraction.len;
	while (d->first < d->last && digit(d, d->first) == 0) {
		d->first++;
	}
	while (d->last > d->first && digit(d, d->last - 1) == 0) {
		d->last--;
	}
}

/* Take a number apart.  False when text is none. */
static bool parse_decimal(struct decimal *d, struct gw_str text)
{
	int64_t exponent = 0;

	*d = (struct decimal){ 0 };
	d->is_negative = cut_char(&text, '-');
	d->whole = cut_digits(&text);
	if (d->whole.len == 0) {
		return false;
	}
	if (cut_char(&text, '.')) {
		d->fraction = cut_digits(&text);
		if (d->fraction.len == 0) {
			return false;
		}
	}
	if ((cut_char(&text, 'e') || cut_char(&text, 'E')) &&
	    !cut_exponent(&exponent, &text)) {
		return false;
	}
	trim_zeros(d);
	d->scale = (int64_t)d->whole.len - (int64_t)d->first + exponent;
	return text.len == 0;
}

bool gw_json_is_in_range(struct gw_str number)
{
	const int64_t n = sizeof(infinity_digits) - 1;
	struct decimal d;

	if (!parse_decimal(&d, number)) {
		return false;
	}
	if (d.first == d.last || d.scale != n) {
		return d.first == d.last || d.scale < n;
	}
	for (size_t i = 0; i < (size_t)n; i++) {
		int order = digit(&d, d.first + i) - (infinity_digits[i] - '0');

		if (order != 0) {
			return order < 0;
		}
	}
	return false;
}

static bool whole_number(int64_t *np, struct gw_str text)
{
	struct decimal d;
	uint64_t n = 0;

	if (!parse_decimal(&d, text)) {
		return false;
	}
	if (d.first == d.last) {
		*np = 0;
		return true;
	}
	if (d.scale < (int64_t)(d.last - d.first) || d.scale > INTEGER_DIGITS) {
		return false;
	}
	for (size_t i = 0; i < (size_t)d.scale; i++) {
		n = n * 10 + (uint64_t)digit(&d, d.first + i);
	}
	if (n > (uint64_t)INT64_MAX + d.is_negative) {
		return false;
	}
	/* Negated as unsigned: the least int64 has no positive twin. */
	*np = (int64_t)(d.is_negative ? -n : n);
	return true;
}

/* What stands between the quotes of a string value. */
static struct gw_str inner(struct gw_str value)
{
	assert(value.len >= 2);
	return (struct gw_str){ .at = value.at + 1, .len = value.len - 2 };
}

static bool is_string(struct gw_str value)
{
	return value.len >= 2 && value.at[0] == '"' &&
	       value.at[value.len - 1] == '"';
}

bool gw_json_integer(int64_t *np, struct gw_str value)
{
	bool is_text = is_string(value);
	uint64_t n = 0;

	if (gw_str_number(&n, is_text ? inner(value) : value, INT64_MAX)) {
		*np = (int64_t)n;
		return true;
	}
	return !is_text && value.len > 0 && whole_number(np, value);
}

bool gw_json_boolean(bool *yesp, struct gw_str value)
{
	bool is_true = gw_str_eq(value, GW_STR("true"));

	if (!is_true && !gw_str_eq(value, GW_STR("false"))) {
		return false;
	}
	*yesp = is_true;
	return true;
}

static size_t put_utf8(uint8_t *to, uint32_t c)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	assert(c > 0 && c < 0x110000);
	for (size_t i = n - 1; i > 0; i--) {
		to[i] = (uint8_t)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	to[0] = (uint8_t)(lead[n] | c);
	return n;
}

static uint8_t short_escape(uint8_t c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

size_t gw_json_unescape(uint8_t *to, const uint8_t **atp, const uint8_t *end)
{
	const uint8_t *at = *atp;
	uint32_t c = 0;

	assert(*at == '\\' && end - at >= 2);
	if (at[1] != 'u') {
		*atp += 2;
		to[0] = short_escape(at[1]);
		return 1;
	}
	assert(gw_json_hex4(at + 2, end) > 0);
	c = (uint32_t)gw_json_hex4(at + 2, end);
	*atp += 6;
	if (gw_json_is_high_surrogate((int32_t)c)) {
		uint32_t low = (uint32_t)gw_json_hex4(at + 8, end);

		*atp += 6;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	return put_utf8(to, c);
}

struct gw_json_letters gw_json_letters(struct gw_str inner)
{
	const uint8_t *at = gw_bytes_of(inner).at;

	return (struct gw_json_letters){ .at = at, .end = at + inner.len };
}

int gw_json_letter(struct gw_json_letters *letters)
{
	if (letters->next < letters->n_resolved) {
		return letters->resolved[letters->next++];
	}
	if (letters->at == letters->end) {
		return -1;
	}
	if (*letters->at != '\\') {
		return *letters->at++;
	}
	letters->n_resolved = gw_json_unescape(letters->resolved, &letters->at,
					       letters->end);
	letters->next = 1;
	return letters->resolved[0];
}

int gw_json_compare(struct gw_str a, struct gw_str b)
{
	struct gw_json_letters left = gw_json_letters(a);
	struct gw_json_letters right = gw_json_letters(b);
	int x = 0;
	int y = 0;

	do {
		x = gw_json_letter(&left);
		y = gw_json_letter(&right);
	} while (x == y && x >= 0);
	return x - y;
}

static bool has_escape(struct gw_str inner)
{
	return gw_str_find(inner, '\\') < inner.len;
}

bool gw_json_is_name(struct gw_str name, struct gw_str text)
{
	struct gw_json_letters letters;

	if (!has_escape(name)) {
		return gw_str_eq(name, text);
	}
	letters = gw_json_letters(name);
	for (size_t i = 0; i < text.len; i++) {
		if (gw_json_letter(&letters) != (uint8_t)text.at[i]) {
			return false;
		}
	}
	return gw_json_letter(&letters) < 0;
}

/* Write a string with its escapes resolved; it only becomes shorter. */
static size_t resolve(uint8_t *to, struct gw_str text)
{
	const uint8_t *at = gw_bytes_of(text).at;
	const uint8_t *end = at + text.len;
	uint8_t *next = to;

	while (at < end) {
		struct gw_str rest = { .at = (const char *)at,
				       .len = (size_t)(end - at) };
		size_t n = gw_str_find(rest, '\\');

		memcpy(next, at, n);
		next += n;
		at += n;
		if (at < end) {
			next += gw_json_unescape(next, &at, end);
		}
	}
	assert((size_t)(next - to) <= text.len);
	return (size_t)(next - to);
}

struct gw_str gw_json_text(struct gw_arena *a, struct gw_str value)
{
	struct gw_str text = { 0 };
	uint8_t *to = NULL;

	if (!is_string(value)) {
		return text;
	}
	text = inner(value);
	if (!has_escape(text)) {
		return text;
	}
	to = gw_arena_alloc(a, text.len);
	if (!to) {
		return (struct gw_str){ 0 };
	}
	return (struct gw_str){ .at = (const char *)to,
				.len = resolve(to, text) };
}

static struct gw_str control_escape(char *room, uint8_t c)
{
	static const char hex[] = "0123456789abcdef";

	room[0] = '\\';
	room[1] = 'u';
	room[2] = '0';
	room[3] = '0';
	room[4] = hex[c >> 4];
	room[5] = hex[c & 15];
	return (struct gw_str){ .at = room, .len = ESCAPE_LEN };
}

/* What is written for a byte that cannot stand for itself. */
static struct gw_str escape_of(char *room, uint8_t c)
{
	switch (c) {
	case '"':
		return GW_STR("\\\"");
	case '\\':
		return GW_STR("\\\\");
	case '\b':
		return GW_STR("\\b");
	case '\f':
		return GW_STR("\\f");
	case '\n':
		return GW_STR("\\n");
	case '\r':
		return GW_STR("\\r");
	case '\t':
		return GW_STR("\\t");
	default:
		break;
	}
	return c == 0 || c >= 0x80 ? REPLACEMENT : control_escape(room, c);
}

/* The end of what can be written as it stands. */
static const uint8_t *skip_writable(const uint8_t *at, const uint8_t *end)
{
	size_t n = 0;

	do {
		at = gw_json_skip_plain(at + n, end);
		n = at < end && *at >= 0x80 ? gw_json_utf8(at, end) : 0;
	} while (n > 0);
	return at;
}

/* Cut the next piece of output off the front of text: a run of it, or one
 * escape, for which room has ESCAPE_LEN bytes. */
static struct gw_str cut_piece(char *room, struct gw_str *text)
{
	const uint8_t *at = gw_bytes_of(*text).at;
	size_t n = (size_t)(skip_writable(at, at + text->len) - at);
	struct gw_str run = gw_str_head(*text, n);

	*text = gw_str_skip(*text, n > 0 ? n : 1);
	return n > 0 ? run : escape_of(room, *at);
}

void gw_json_put_text(struct gw_buf *buf, struct gw_str text)
{
	const uint8_t *at = gw_bytes_of(text).at;
	uint8_t *to = gw_buf_reserve(buf, text.len + 2);
	char room[ESCAPE_LEN];

	if (!to) {
		return;
	}
	if (text.len > 0 && skip_writable(at, at + text.len) == at + text.len) {
		*to++ = '"';
		memcpy(to, at, text.len);
		to[text.len] = '"';
		buf->len += text.len + 2;
		return;
	}
	gw_buf_add_char(buf, '"');
	while (text.len > 0) {
		gw_buf_add_str(buf, cut_piece(room, &text));
	}
	gw_buf_add_char(buf, '"');
}

bool gw_json_is_utf8(struct gw_str text)
{
	const uint8_t *at = gw_bytes_of(text).at;
	const uint8_t *end = text.len > 0 ? at + text.len : at;

	while (at < end) {
		size_t n = *at < 0x80 ? 1 : gw_json_utf8(at, end);

		if (n == 0) {
			return false;
		}
		at += n;
	}
	return true;
}

struct gw_str gw_json_quote(struct gw_arena *a, struct gw_str text)
{
	char room[ESCAPE_LEN];
	struct gw_str rest = text;
	size_t len = 2;
	char *to = NULL;
	char *next = NULL;

	if (!gw_str_is_present(text)) {
		return text;
	}
	while (rest.len > 0) {
		len += cut_piece(room, &rest).len;
	}
	to = gw_arena_alloc(a, len);
	if (!to) {
		return (struct gw_str){ 0 };
	}
	next = to;
	*next++ = '"';
	while (text.len > 0) {
		struct gw_str piece = cut_piece(room, &text);

		memcpy(next, piece.at, piece.len);
		next += piece.len;
	}
	assert(next == to + len - 1);
	*next = '"';
	return (struct gw_str){ .at = to, .len = len };
}
