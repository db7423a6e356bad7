/*
 * CBOR reading - bytes as JSON text.
 *
 * Nothing is copied but strings in pieces; what is open is on a stack of
 * bounded depth.
 */

#include <assert.h>
#include <math.h>

#include "core/codec/cbor.h"
#include "core/codec/cbor_item.h"
#include "core/codec/cbor_number.h"
#include "core/codec/json.h"
#include "core/codec/json_lex.h"
#include "core/lib/buf.h"

#define TAG_SELF 55799
#define EXPONENT_MAX 10000

/* An array or a map that is open. */
struct level {
	bool is_map;
	bool is_indefinite;
	bool has_key;  // a map whose value comes next
	uint64_t left; // entries to come, if that was told
	uint64_t n;    // entries so far
};

struct reader {
	struct gw_buf *buf; // NULL: only the extent of an item is wanted
	struct gw_bytes all;
	size_t at;
	struct gw_cbor_error *error;
	struct level levels[GW_JSON_DEPTH_MAX];
	size_t depth;
	struct gw_buf pieces; // of a string
};

static bool fail(struct reader *r, const char *reason)
{
	r->error->reason = reason;
	return false;
}

static bool next(struct reader *r, struct cbor_item *item)
{
	const struct gw_bytes rest = { r->all.at + r->at, r->all.len - r->at };
	size_t n_used = 0;
	const char *why = cbor_item_read(item, &n_used, rest);

	assert(r->at + n_used <= r->all.len);
	r->error->at = r->at;
	r->at += n_used;
	return !why || fail(r, why);
}

static bool check_text(struct reader *r, struct gw_str text)
{
	const uint8_t *at = (const uint8_t *)text.at;
	const uint8_t *end = at + text.len;

	while (at < end) {
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

static bool put_string(struct reader *r, const struct cbor_item *item)
{
	struct gw_str text = item->bytes.len > 0 ? gw_str_of(item->bytes)
						 : GW_STR("");

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
	if (!next(r, item) || !read_whole(r, &whole, item)) {
		return false;
	}
	if (r->buf) {
		cbor_whole_print(r->buf, &whole, exponent);
	}
	return true;
}

static bool read_tagged(struct reader *r, struct cbor_item *item)
{
	struct cbor_whole whole;

	if (item->n == CBOR_TAG_DECIMAL) {
		return read_decimal(r, item);
	}
	if (!read_whole(r, &whole, item)) {
		return false;
	}
	if (r->buf) {
		cbor_whole_print(r->buf, &whole, 0);
	}
	return true;
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

static void put_word(struct reader *r, const char *word)
{
	if (r->buf) {
		gw_buf_add_str(r->buf, gw_str_from(word));
	}
}

static bool open_level(struct reader *r, const struct cbor_item *item)
{
	assert(item->kind == CBOR_MAP || item->kind == CBOR_ARRAY);
	if (r->depth == GW_JSON_DEPTH_MAX) {
		return fail(r, "the content is nested too deeply");
	}
	r->levels[r->depth++] = (struct level){
		.is_map = item->kind == CBOR_MAP,
		.is_indefinite = item->is_indefinite,
		.left = item->n,
	};
	put_word(r, item->kind == CBOR_MAP ? "{" : "[");
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
		put_word(r, item->n ? "true" : "false");
		return true;
	case CBOR_NIL:
		put_word(r, "null");
		return true;
	case CBOR_UNDEFINED:
		return fail(r, "JSON has no form for undefined");
	case CBOR_BREAK:
	default:
		return fail(r, "a break ends nothing");
	}
}

/* Close what has all its entries. */
static void close_levels(struct reader *r)
{
	while (r->depth > 0) {
		const struct level *l = &r->levels[r->depth - 1];

		if (l->is_indefinite || l->has_key || l->left > 0) {
			return;
		}
		put_word(r, l->is_map ? "}" : "]");
		r->depth--;
	}
}

static bool close_indefinite(struct reader *r)
{
	struct level *l = r->depth > 0 ? &r->levels[r->depth - 1] : NULL;

	if (!l || !l->is_indefinite || l->has_key) {
		return fail(r, "a break ends nothing");
	}
	assert(l->left == 0);
	l->is_indefinite = false;
	return true;
}

static bool put_key(struct reader *r, struct level *l, struct cbor_item *item)
{
	if ((item->kind == CBOR_TEXT_START || item->kind == CBOR_BYTES_START) &&
	    !collect(r, item)) {
		return false;
	}
	if (item->kind != CBOR_TEXT && item->kind != CBOR_BYTES) {
		return fail(r, "the key of a map is no string");
	}
	assert(l->is_map && !l->has_key);
	l->has_key = true;
	if (!put_string(r, item)) {
		return false;
	}
	put_word(r, ":");
	return true;
}

/* One entry, or half of one. */
static bool put_entry(struct reader *r, struct cbor_item *item)
{
	struct level *l = r->depth > 0 ? &r->levels[r->depth - 1] : NULL;

	if (!l) {
		return put_value(r, item);
	}
	assert(l->is_indefinite || l->has_key || l->left > 0);
	if (!l->has_key) {
		put_word(r, l->n++ > 0 ? "," : "");
		l->left -= l->is_indefinite ? 0 : 1;
	}
	if (l->is_map && !l->has_key) {
		return put_key(r, l, item);
	}
	l->has_key = false;
	return put_value(r, item);
}

/* One item with all that is in it. */
static bool read_item(struct reader *r)
{
	struct cbor_item item = { 0 };

	assert(r->depth == 0);
	do {
		if (!next(r, &item)) {
			return false;
		}
		if (item.kind == CBOR_BREAK ? !close_indefinite(r)
					    : !put_entry(r, &item)) {
			return false;
		}
		close_levels(r);
	} while (r->depth > 0);
	return true;
}

static void pass_self_tag(struct reader *r)
{
	static const uint8_t tag[] = { 0xd9, TAG_SELF >> 8, TAG_SELF & 0xff };

	if (r->all.len >= sizeof(tag) &&
	    memcmp(r->all.at, tag, sizeof(tag)) == 0) {
		r->at = sizeof(tag);
	}
}

static bool read_all(struct reader *r)
{
	pass_self_tag(r);
	if (!read_item(r)) {
		return false;
	}
	if (r->at < r->all.len) {
		r->error->at = r->at;
		return fail(r, "there is more behind the content");
	}
	return true;
}

bool gw_cbor_to_json(struct gw_buf *buf, struct gw_bytes cbor,
		     struct gw_cbor_error *error)
{
	struct reader r = { .buf = buf, .all = cbor, .error = error };
	bool is_read = false;

	*error = (struct gw_cbor_error){ 0 };
	gw_buf_init(&r.pieces, 0, cbor.len);
	is_read = read_all(&r);
	assert(is_read ? r.depth == 0 : error->reason != NULL);
	if (gw_buf_is_short(buf) || gw_buf_is_short(&r.pieces)) {
		*error = (struct gw_cbor_error){
			.reason = "memory is short",
			.is_short = true,
		};
		is_read = false;
	}
	gw_buf_deinit(&r.pieces);
	return is_read;
}

bool gw_cbor_is_map(struct gw_bytes cbor)
{
	struct gw_cbor_error error = { 0 };
	struct reader r = { .all = cbor, .error = &error };
	struct cbor_item item = { 0 };

	pass_self_tag(&r);
	return next(&r, &item) && item.kind == CBOR_MAP;
}

struct gw_str gw_cbor_first_name(struct gw_bytes cbor)
{
	struct gw_cbor_error error = { 0 };
	struct reader r = { .all = cbor, .error = &error };
	struct cbor_item item = { 0 };

	pass_self_tag(&r);
	if (!next(&r, &item) || item.kind != CBOR_MAP || !next(&r, &item) ||
	    (item.kind != CBOR_TEXT && item.kind != CBOR_BYTES)) {
		return (struct gw_str){ 0 };
	}
	return gw_str_of(item.bytes);
}

bool gw_cbor_has_one(struct gw_bytes cbor)
{
	struct gw_cbor_error error = { 0 };
	struct reader r = { .all = cbor, .error = &error };
	struct cbor_item item = { 0 };
	bool has_one = false;

	gw_buf_init(&r.pieces, 0, cbor.len);
	pass_self_tag(&r);
	has_one = next(&r, &item) && item.kind == CBOR_MAP && read_item(&r) &&
		  read_item(&r) &&
		  cbor.len - r.at == (item.is_indefinite ? 1 : 0);
	gw_buf_deinit(&r.pieces);
	return has_one;
}

static bool is_named(struct reader *r, struct cbor_item *item,
		     struct gw_str name)
{
	if ((item->kind == CBOR_TEXT_START || item->kind == CBOR_BYTES_START) &&
	    !collect(r, item)) {
		return false;
	}
	return gw_str_eq(gw_str_of(item->bytes), name);
}

/* The value of a member, when the head of the map was read already. */
static bool find(struct reader *r, const struct cbor_item *map,
		 struct gw_str name)
{
	struct cbor_item item = { 0 };

	for (uint64_t i = 0; map->is_indefinite || i < map->n; i++) {
		bool is_it = false;
		size_t begin = 0;

		if (!next(r, &item) || item.kind == CBOR_BREAK) {
			return false;
		}
		is_it = is_named(r, &item, name);
		begin = r->at;
		if (!read_item(r)) {
			return false;
		}
		if (is_it) {
			r->all = (struct gw_bytes){ r->all.at + begin,
						    r->at - begin };
			return true;
		}
	}
	return false;
}

struct gw_bytes gw_cbor_get(struct gw_bytes map, struct gw_str name)
{
	struct gw_cbor_error error = { 0 };
	struct reader r = { .all = map, .error = &error };
	struct cbor_item item = { 0 };
	bool is_found = false;

	gw_buf_init(&r.pieces, 0, map.len);
	pass_self_tag(&r);
	is_found = next(&r, &item) && item.kind == CBOR_MAP &&
		   find(&r, &item, name);
	gw_buf_deinit(&r.pieces);
	return is_found ? r.all : (struct gw_bytes){ 0 };
}
