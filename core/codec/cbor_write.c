/*
 * CBOR writing - JSON text as bytes.
 *
 * One pass over text that the scanner took.  How many entries an array or a map
 * has is known when it closes: until then its head has one byte, which is
 * enough for the most.
 */

#include <assert.h>

#include "core/codec/cbor.h"
#include "core/codec/cbor_item.h"
#include "core/codec/cbor_number.h"
#include "core/codec/json.h"
#include "core/codec/json_lex.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

/* An array or a map that is open. */
struct level {
	size_t at;  // where its head is in the buffer
	uint64_t n; // values so far, names included
	bool is_map;
};

struct writer {
	struct gw_buf *buf;
	struct gw_str rest;
	struct gw_arena *arena; // of strings with escapes; NULL: none so far
	struct level levels[GW_JSON_DEPTH_MAX];
	size_t depth;
};

/* A string with its escapes resolved; absent when memory is short. */
static struct gw_str resolved(struct writer *w, struct gw_str quoted)
{
	if (gw_str_find(quoted, '\\') < quoted.len && !w->arena) {
		w->arena = gw_arena_new(0, w->rest.len);
		if (!w->arena) {
			return (struct gw_str){ 0 };
		}
	}
	return gw_json_text(w->arena, quoted);
}

static bool put_string(struct writer *w, struct gw_str quoted)
{
	struct gw_str text = resolved(w, quoted);

	if (!gw_str_is_present(text)) {
		return false;
	}
	cbor_head_put(w->buf, CBOR_TEXT, text.len);
	gw_buf_add_str(w->buf, text);
	return true;
}

static bool put_scalar(struct writer *w, struct gw_str value)
{
	switch (gw_json_type_of(value)) {
	case GW_JSON_STRING:
		return put_string(w, value);
	case GW_JSON_BOOL:
		cbor_head_put(w->buf, CBOR_FLOAT,
			      value.at[0] == 't' ? CBOR_SIMPLE_TRUE
						 : CBOR_SIMPLE_FALSE);
		return true;
	case GW_JSON_NULL:
		cbor_head_put(w->buf, CBOR_FLOAT, CBOR_SIMPLE_NULL);
		return true;
	case GW_JSON_NUMBER:
		return cbor_number_put(w->buf, value);
	default:
		return false;
	}
}

static bool open_level(struct writer *w, bool is_map)
{
	if (w->depth == GW_JSON_DEPTH_MAX) {
		return false;
	}
	w->levels[w->depth++] = (struct level){
		.at = w->buf->len,
		.is_map = is_map,
	};
	gw_buf_add_char(w->buf, 0);
	return true;
}

/* Write its head, for which what is behind it may have to move. */
static bool close_level(struct writer *w)
{
	const struct level *l = w->depth > 0 ? &w->levels[--w->depth] : NULL;
	struct gw_buf *buf = w->buf;
	uint8_t head[CBOR_HEAD_BYTES];
	size_t n = 0;

	if (!l || gw_buf_is_short(buf)) {
		return false;
	}
	n = cbor_head_write(head, l->is_map ? CBOR_MAP : CBOR_ARRAY,
			    l->is_map ? l->n / 2 : l->n);
	if (n > 1) {
		if (!gw_buf_reserve(buf, n - 1)) {
			return false;
		}
		memmove(buf->at + l->at + n, buf->at + l->at + 1,
			buf->len - l->at - 1);
		buf->len += n - 1;
	}
	assert(l->at + n <= buf->len);
	memcpy(buf->at + l->at, head, n);
	return true;
}

/* A value begins, or a name. */
static void count(struct writer *w)
{
	if (w->depth > 0) {
		w->levels[w->depth - 1].n++;
	}
}

/* Take the next piece of the text. */
static bool put_next(struct writer *w)
{
	struct gw_str value;
	char c = w->rest.at[0];
	bool is_put = true;

	if (c == '{' || c == '[') {
		count(w);
		is_put = open_level(w, c == '{');
	} else if (c == '}' || c == ']') {
		is_put = close_level(w);
	} else if (c != ',' && c != ':' && !gw_json_is_space((uint8_t)c)) {
		count(w);
		value = gw_json_value_at(w->rest);
		is_put = value.len > 0 && put_scalar(w, value);
		w->rest = gw_str_skip(w->rest, value.len);
		return is_put;
	}
	w->rest = gw_str_skip(w->rest, 1);
	return is_put;
}

bool gw_cbor_from_json(struct gw_buf *buf, struct gw_str json)
{
	struct writer w;
	size_t len = buf->len;
	bool is_put = true;

	w.buf = buf; // the levels need no clearing
	w.rest = json;
	w.arena = NULL;
	w.depth = 0;
	while (is_put && w.rest.len > 0) {
		is_put = put_next(&w);
	}
	gw_arena_free(w.arena);
	if (!is_put || w.depth > 0 || buf->len == len) {
		buf->is_short = true;
	}
	return !gw_buf_is_short(buf);
}
