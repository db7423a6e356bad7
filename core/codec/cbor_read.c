/*
 * CBOR reading - bytes as JSON text, or only a look whether they are good.
 *
 * Nothing is copied but strings in pieces; what is open is on a stack of
 * bounded depth.  One pass tells all that the JSON scanner would tell of the
 * text, so that nobody has to make the text to know it.
 */

#include <assert.h>
#include <math.h>

#include "core/codec/cbor.h"
#include "core/codec/cbor_item.h"
#include "core/codec/cbor_number.h"
#include "core/codec/json.h"
#include "core/codec/json_lex.h"
#include "core/codec/json_names.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

#define EXPONENT_MAX 10000

/* What stands in the text for a part that is left out and is not null. */
#define LEFT_OUT '0'

/* What is due of an array or a map whose length was not told: never all. */
#define WITHOUT_END (UINT64_C(1) << 62)

/* An array or a map that is open. */
struct level {
	struct gw_json_named named;
	uint64_t n;   // items, names included
	uint64_t due; // of those; a name comes next when it is even
	bool is_map;
	bool is_indefinite;
};

struct reader {
	struct gw_buf *buf; // NULL: nothing is written
	struct gw_bytes all;
	struct gw_bytes rest;
	const uint8_t *item_at; // where the one at hand begins
	struct gw_cbor_error *error;
	struct level levels[GW_JSON_DEPTH_MAX];
	size_t depth;
	struct gw_json_names names;
	struct gw_arena *kept; // names in pieces; NULL until there are any
	struct gw_buf pieces;  // of a string

	/* The value of this member of the outermost map is left out. */
	struct gw_str part_name; // absent: of none
	struct gw_bytes part;
};

static bool fail(struct reader *r, const char *reason)
{
	r->error->reason = reason;
	r->error->at = (size_t)(r->item_at - r->all.at);
	return false;
}

static bool next(struct reader *r, struct cbor_item *item)
{
	const char *why = NULL;

	r->item_at = r->rest.at;
	if (r->rest.len > 0 && cbor_item_is_byte(*r->rest.at)) {
		cbor_item_cut_byte(item, &r->rest);
		return true;
	}
	why = cbor_item_cut(item, &r->rest);
	return !why || fail(r, why);
}

static bool check_text(struct reader *r, struct gw_str text)
{
	const uint8_t *at = (const uint8_t *)text.at;
	const uint8_t *end = at + text.len;

	while ((at = gw_json_skip_plain(at, end)) < end) {
		size_t n = *at < 0x80 ? 1 : gw_json_utf8(at, end);

		if (n == 0) {
			return fail(r, "a string is not UTF-8");
		}
		if (*at == 0) {
			return fail(r, "a string holds NUL");
		}
		at += n;
	}
	return true;
}

/* The pieces of a string up to its break. */
static bool collect(struct reader *r, struct cbor_item *item)
{
	enum cbor_kind wanted = item->kind == CBOR_TEXT_START ? CBOR_TEXT
							      : CBOR_BYTES;

	assert(item->kind == CBOR_TEXT_START || item->kind == CBOR_BYTES_START);
	gw_buf_clear(&r->pieces);
	for (;;) {
		if (!next(r, item)) {
			return false;
		}
		if (item->kind == CBOR_BREAK) {
			break;
		}
		if (item->kind != wanted) {
			return fail(r, "a piece of a string is none");
		}
		gw_buf_add(&r->pieces, item->bytes.at, item->bytes.len);
	}
	item->kind = wanted;
	item->bytes = gw_buf_bytes(&r->pieces);
	return true;
}

static struct gw_str text_of(const struct cbor_item *item)
{
	return item->bytes.len > 0 ? gw_str_of(item->bytes) : GW_STR("");
}

static bool put_string(struct reader *r, const struct cbor_item *item)
{
	struct gw_str text = text_of(item);

	if (!check_text(r, text)) {
		return false;
	}
	if (r->buf) {
		gw_json_put_text(r->buf, text);
	}
	return true;
}

static void put_whole(struct reader *r, const struct cbor_item *item)
{
	struct cbor_whole whole;
	uint8_t bytes[sizeof(uint64_t)];

	assert(item->kind == CBOR_UNSIGNED || item->kind == CBOR_NEGATIVE);
	if (!r->buf) {
		return;
	}
	if (item->kind == CBOR_UNSIGNED) {
		gw_buf_add_number(r->buf, item->n);
		return;
	}
	if (item->n < UINT64_MAX) {
		gw_buf_add_char(r->buf, '-');
		gw_buf_add_number(r->buf, item->n + 1);
		return;
	}
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(item->n >> (56 - 8 * i));
	}
	(void)cbor_whole_set(&whole, (struct gw_bytes){ bytes, sizeof(bytes) },
			     true);
	cbor_whole_print(r->buf, &whole, 0);
}

/* What follows tag 2 or 3, or an integer: a whole number of any size. */
static bool read_whole(struct reader *r, struct cbor_whole *whole,
		       struct cbor_item *item)
{
	bool is_negative = item->kind == CBOR_NEGATIVE;
	uint8_t bytes[sizeof(uint64_t)];

	if (item->kind == CBOR_UNSIGNED || item->kind == CBOR_NEGATIVE) {
		for (size_t i = 0; i < sizeof(bytes); i++) {
			bytes[i] = (uint8_t)(item->n >> (56 - 8 * i));
		}
		return cbor_whole_set(whole,
				      (struct gw_bytes){ bytes, sizeof(bytes) },
				      is_negative);
	}
	if (item->kind != CBOR_TAG || (item->n != CBOR_TAG_BIGNUM &&
				       item->n != CBOR_TAG_NEGATIVE_BIGNUM)) {
		return fail(r, "a tag that JSON has no form for");
	}
	is_negative = item->n == CBOR_TAG_NEGATIVE_BIGNUM;
	if (!next(r, item)) {
		return false;
	}
	if (item->kind == CBOR_BYTES_START && !collect(r, item)) {
		return false;
	}
	if (item->kind != CBOR_BYTES ||
	    !cbor_whole_set(whole, item->bytes, is_negative)) {
		return fail(r, "a large number is none, or too large");
	}
	return true;
}

static bool put_number(struct reader *r, const struct cbor_whole *whole,
		       int64_t exponent)
{
	if (!cbor_whole_is_in_range(whole, exponent)) {
		return fail(r, "a number is beyond a double");
	}
	if (r->buf) {
		cbor_whole_print(r->buf, whole, exponent);
	}
	return true;
}

/* What follows tag 4: exponent and mantissa. */
static bool read_decimal(struct reader *r, struct cbor_item *item)
{
	struct cbor_whole whole;
	int64_t exponent = 0;

	if (!next(r, item)) {
		return false;
	}
	if (item->kind != CBOR_ARRAY || item->n != 2 || item->is_indefinite) {
		return fail(r, "a decimal fraction is none");
	}
	if (!next(r, item)) {
		return false;
	}
	if ((item->kind != CBOR_UNSIGNED && item->kind != CBOR_NEGATIVE) ||
	    item->n > EXPONENT_MAX) {
		return fail(r, "the exponent of a decimal is out of range");
	}
	exponent = item->kind == CBOR_NEGATIVE ? -1 - (int64_t)item->n
					       : (int64_t)item->n;
	return next(r, item) && read_whole(r, &whole, item) &&
	       put_number(r, &whole, exponent);
}

static bool read_tagged(struct reader *r, struct cbor_item *item)
{
	struct cbor_whole whole;

	if (item->n == CBOR_TAG_DECIMAL) {
		return read_decimal(r, item);
	}
	return read_whole(r, &whole, item) && put_number(r, &whole, 0);
}

static bool put_float(struct reader *r, double value)
{
	if (!isfinite(value)) {
		return fail(r, "a number is not finite");
	}
	if (r->buf) {
		cbor_double_print(r->buf, value);
	}
	return true;
}

static inline void put_word(struct reader *r, struct gw_str word)
{
	if (r->buf) {
		gw_buf_add_str(r->buf, word);
	}
}

static void put_char(struct reader *r, char c)
{
	if (r->buf) {
		gw_buf_add_char(r->buf, c);
	}
}

static bool open_level(struct reader *r, const struct cbor_item *item)
{
	bool is_map = item->kind == CBOR_MAP;
	uint64_t n = item->is_indefinite ? WITHOUT_END : item->n;
	struct level *l = &r->levels[r->depth];

	assert(is_map || item->kind == CBOR_ARRAY);
	if (r->depth == GW_JSON_DEPTH_MAX) {
		return fail(r, "the content is nested too deeply");
	}
	/* Each takes a byte at least. */
	if (!item->is_indefinite && n > r->rest.len) {
		return fail(r, "the content ends too early");
	}
	n *= is_map ? 2 : 1;
	l->named.first = r->names.n;
	l->named.seen = 0;
	l->n = n;
	l->due = n;
	l->is_map = is_map;
	l->is_indefinite = item->is_indefinite;
	r->depth++;
	put_char(r, is_map ? '{' : '[');
	return true;
}

static bool put_value(struct reader *r, struct cbor_item *item)
{
	switch (item->kind) {
	case CBOR_UNSIGNED:
	case CBOR_NEGATIVE:
		put_whole(r, item);
		return true;
	case CBOR_BYTES_START:
	case CBOR_TEXT_START:
		return collect(r, item) && put_string(r, item);
	case CBOR_BYTES:
	case CBOR_TEXT:
		return put_string(r, item);
	case CBOR_ARRAY:
	case CBOR_MAP:
		return open_level(r, item);
	case CBOR_TAG:
		return read_tagged(r, item);
	case CBOR_FLOAT:
		return put_float(r, item->value);
	case CBOR_BOOL:
		put_word(r, item->n ? GW_STR("true") : GW_STR("false"));
		return true;
	case CBOR_NIL:
		put_word(r, GW_STR("null"));
		return true;
	case CBOR_UNDEFINED:
		return fail(r, "JSON has no form for undefined");
	case CBOR_BREAK:
	default:
		return fail(r, "a break ends nothing");
	}
}

static bool fail_name(struct reader *r, enum gw_json_kept kept)
{
	if (kept == GW_JSON_KEPT_SHORT) {
		r->error->is_short = true;
		return fail(r, "memory is short");
	}
	return fail(r, kept == GW_JSON_KEPT_FULL
			       ? "a map has too many members"
			       : "a member name stands twice");
}

static bool close_level(struct reader *r)
{
	const struct level *l = &r->levels[--r->depth];

	put_char(r, l->is_map ? '}' : ']');
	return !l->is_map || !gw_json_names_close(&r->names, &l->named) ||
	       fail_name(r, GW_JSON_KEPT_TWICE);
}

static bool is_at_name(const struct level *l)
{
	return l->is_map && l->due % 2 == 0;
}

static bool end_level(struct reader *r, struct level *l)
{
	if (!l->is_indefinite || (l->is_map && !is_at_name(l))) {
		return fail(r, "a break ends nothing");
	}
	l->due = 0;
	return true;
}

static bool leave_out(struct reader *r, struct level *l);

/* A name outlives the pieces that it came in. */
static bool keep_name(struct reader *r, struct gw_str *namep)
{
	if (!r->kept) {
		r->kept = gw_arena_new(0, r->all.len);
	}
	*namep = r->kept ? gw_arena_str(r->kept, *namep) : (struct gw_str){ 0 };
	return namep->at || fail_name(r, GW_JSON_KEPT_SHORT);
}

static bool put_name(struct reader *r, struct level *l, struct cbor_item *item)
{
	bool is_in_pieces = item->kind == CBOR_TEXT_START ||
			    item->kind == CBOR_BYTES_START;
	enum gw_json_kept kept = GW_JSON_KEPT;
	struct gw_str name;

	if (is_in_pieces && !collect(r, item)) {
		return false;
	}
	if (item->kind != CBOR_TEXT && item->kind != CBOR_BYTES) {
		return fail(r, "the key of a map is no string");
	}
	name = text_of(item);
	if (!put_string(r, item) || (is_in_pieces && !keep_name(r, &name))) {
		return false;
	}
	kept = gw_json_names_add(&r->names, &l->named, name, false);
	if (kept != GW_JSON_KEPT) {
		return fail_name(r, kept);
	}
	put_char(r, ':');
	return r->depth != 1 || !gw_str_is_present(r->part_name) ||
	       !gw_str_eq(name, r->part_name) || leave_out(r, l);
}

/* What comes next in the level that is open: one entry, or half of one, or its
 * end. */
static bool step(struct reader *r)
{
	struct level *l = &r->levels[r->depth - 1];
	bool is_name = is_at_name(l);
	struct cbor_item item = { 0 };

	if (l->due == 0) {
		return close_level(r);
	}
	if (!next(r, &item)) {
		return false;
	}
	if (item.kind == CBOR_BREAK) {
		return end_level(r, l);
	}
	if (l->due < l->n && (is_name || !l->is_map)) {
		put_char(r, ',');
	}
	l->due--;
	return is_name ? put_name(r, l, &item) : put_value(r, &item);
}

/* One item with all that is in it.  It calls itself once, for the part that is
 * left out. */
static bool read_item(struct reader *r)
{
	size_t depth = r->depth;
	struct cbor_item item = { 0 };

	if (!next(r, &item) || !put_value(r, &item)) {
		return false;
	}
	while (r->depth > depth) {
		if (!step(r)) {
			return false;
		}
	}
	return true;
}

/* Read the value of this name, and write only that there is one. */
static bool leave_out(struct reader *r, struct level *l)
{
	struct gw_buf *buf = gw_take(&r->buf);
	bool is_read = false;

	r->part = r->rest;
	is_read = read_item(r);
	r->part.len -= r->rest.len;
	l->due--;
	r->buf = buf;
	if (gw_cbor_is_null(r->part)) {
		put_word(r, GW_STR("null"));
	} else {
		put_char(r, LEFT_OUT);
	}
	return is_read;
}

static bool read_all(struct reader *r)
{
	size_t n = cbor_self_tag_len(r->all);

	r->rest = (struct gw_bytes){ r->all.at + n, r->all.len - n };
	if (!read_item(r)) {
		return false;
	}
	if (r->rest.len > 0) {
		r->item_at = r->rest.at;
		return fail(r, "there is more behind the content");
	}
	return true;
}

/* Field by field: to clear the levels and names would cost more than to read a
 * small message. */
static void init(struct reader *r, struct gw_buf *buf, struct gw_bytes cbor,
		 struct gw_cbor_error *error)
{
	*error = (struct gw_cbor_error){ 0 };
	r->buf = buf;
	r->all = cbor;
	r->rest = cbor;
	r->item_at = cbor.at;
	r->error = error;
	r->depth = 0;
	gw_json_names_init(&r->names);
	r->kept = NULL;
	gw_buf_init(&r->pieces, 0, cbor.len);
	r->part_name = (struct gw_str){ 0 };
	r->part = (struct gw_bytes){ 0 };
}

static void deinit(struct reader *r)
{
	gw_json_names_deinit(&r->names);
	r->kept = gw_arena_free(r->kept);
	gw_buf_deinit(&r->pieces);
}

static bool read_to_end(struct reader *r, const struct gw_buf *buf)
{
	bool is_read = read_all(r);

	assert(is_read ? r->depth == 0 : r->error->reason != NULL);
	if ((buf && gw_buf_is_short(buf)) || gw_buf_is_short(&r->pieces)) {
		*r->error = (struct gw_cbor_error){
			.reason = "memory is short",
			.is_short = true,
		};
		is_read = false;
	}
	deinit(r);
	return is_read;
}

bool gw_cbor_check(struct gw_bytes cbor, struct gw_cbor_error *error)
{
	struct reader r;

	init(&r, NULL, cbor, error);
	return read_to_end(&r, NULL);
}

bool gw_cbor_to_json(struct gw_buf *buf, struct gw_bytes cbor,
		     struct gw_cbor_error *error)
{
	struct reader r;

	init(&r, buf, cbor, error);
	return read_to_end(&r, buf);
}

bool gw_cbor_to_json_without(struct gw_buf *buf, struct gw_bytes *partp,
			     struct gw_bytes cbor, struct gw_str name,
			     struct gw_cbor_error *error)
{
	struct reader r;

	init(&r, buf, cbor, error);
	r.part_name = name;
	if (!read_to_end(&r, buf)) {
		return false;
	}
	*partp = r.part;
	return true;
}
