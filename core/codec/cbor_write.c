/*
 * CBOR writing - JSON text as bytes.
 */

#include <assert.h>
#include <cbor/encoding.h>

#include "core/codec/cbor.h"
#include "core/codec/cbor_number.h"
#include "core/codec/json.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

struct writer {
	struct gw_buf *buf;
	struct gw_arena *arena; // of strings with escapes
	struct gw_json_walk levels[GW_JSON_DEPTH_MAX];
	size_t depth;
	bool is_failed;
};

static size_t encode_text(uint64_t n, unsigned char *at, size_t size)
{
	return cbor_encode_string_start((size_t)n, at, size);
}

static size_t encode_array(uint64_t n, unsigned char *at, size_t size)
{
	return cbor_encode_array_start((size_t)n, at, size);
}

static size_t encode_map(uint64_t n, unsigned char *at, size_t size)
{
	return cbor_encode_map_start((size_t)n, at, size);
}

static size_t encode_bool(uint64_t n, unsigned char *at, size_t size)
{
	return cbor_encode_bool(n != 0, at, size);
}

static size_t encode_null(uint64_t n, unsigned char *at, size_t size)
{
	return cbor_encode_null(at, size);
}

static void put_string(struct writer *w, struct gw_str quoted)
{
	struct gw_str text = gw_json_text(w->arena, quoted);

	if (!gw_str_is_present(text)) {
		w->is_failed = true;
		return;
	}
	cbor_head_put(w->buf, encode_text, text.len);
	gw_buf_add_str(w->buf, text);
}

static uint64_t count(struct gw_str container)
{
	struct gw_json_walk walk = gw_json_walk(container);
	struct gw_json_member m;
	uint64_t n = 0;

	while (gw_json_next(&walk, &m)) {
		n++;
	}
	return n;
}

static void open_level(struct writer *w, struct gw_str container,
		       cbor_head_fn *encode)
{
	if (w->depth == GW_JSON_DEPTH_MAX) {
		w->is_failed = true;
		return;
	}
	cbor_head_put(w->buf, encode, count(container));
	w->levels[w->depth++] = gw_json_walk(container);
}

static void put_value(struct writer *w, struct gw_str value)
{
	switch (gw_json_type_of(value)) {
	case GW_JSON_OBJECT:
		open_level(w, value, encode_map);
		break;
	case GW_JSON_ARRAY:
		open_level(w, value, encode_array);
		break;
	case GW_JSON_STRING:
		put_string(w, value);
		break;
	case GW_JSON_BOOL:
		cbor_head_put(w->buf, encode_bool, value.at[0] == 't');
		break;
	case GW_JSON_NULL:
		cbor_head_put(w->buf, encode_null, 0);
		break;
	case GW_JSON_NUMBER:
		w->is_failed = w->is_failed || !cbor_number_put(w->buf, value);
		break;
	case GW_JSON_NONE:
	default:
		w->is_failed = true;
		break;
	}
}

/* A name between its quotes, as the string that it was written as. */
static struct gw_str quoted(struct gw_str name)
{
	assert(name.at[-1] == '"' && name.at[name.len] == '"');
	return (struct gw_str){ name.at - 1, name.len + 2 };
}

static void put_all(struct writer *w, struct gw_str value)
{
	struct gw_json_member m;

	assert(w->depth == 0 && !w->is_failed);
	put_value(w, value);
	while (w->depth > 0 && !w->is_failed) {
		assert(w->depth <= GW_JSON_DEPTH_MAX);
		if (!gw_json_next(&w->levels[w->depth - 1], &m)) {
			w->depth--;
			continue;
		}
		if (gw_str_is_present(m.name)) {
			put_string(w, quoted(m.name));
		}
		put_value(w, m.value);
	}
}

static struct gw_str trim(struct gw_str text)
{
	while (text.len > 0 && memchr(" \t\r\n", text.at[0], 4)) {
		text = gw_str_skip(text, 1);
	}
	while (text.len > 0 && memchr(" \t\r\n", text.at[text.len - 1], 4)) {
		text.len--;
	}
	return text;
}

bool gw_cbor_from_json(struct gw_buf *buf, struct gw_str json)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *arena = gw_arena_new(
		0, json.len * 2 + 4096);
	struct writer w = { .buf = buf, .arena = arena };

	if (!arena) {
		buf->is_short = true;
		return false;
	}
	put_all(&w, trim(json));
	if (w.is_failed) {
		buf->is_short = true;
	}
	return !gw_buf_is_short(buf);
}
