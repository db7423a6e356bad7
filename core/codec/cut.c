/*
 * Cut - a message without its content, for when that may be all that is wrong
 * with it.
 */

#include "core/codec/cut.h"

#include <assert.h>

#include "core/codec/cbor_item.h"
#include "core/codec/codec_json.h"
#include "core/codec/json.h"
#include "core/codec/json_lex.h"
#include "core/lib/buf.h"

/* What is nested more deeply is not looked into. */
#define DEPTH_MAX 128

#define CBOR_NULL '\xf6'

/* Simple values, and the kind of all that is like them (RFC 8949 3.3). */
#define CBOR_SIMPLE 0xe0
#define CBOR_SIMPLE_LAST 0xf3
#define CBOR_SIMPLE_LONG 0xf8

#define PC GW_STR("pc")

/* Put null in place of part, a slice of message. */
static void put_without(struct gw_buf *buf, struct gw_str message,
			struct gw_str part, struct gw_str null)
{
	const size_t n = (size_t)(part.at - message.at);

	assert(n <= message.len && part.len <= message.len - n);
	gw_buf_add_str(buf, gw_str_head(message, n));
	gw_buf_add_str(buf, null);
	gw_buf_add_str(buf, gw_str_skip(message, n + part.len));
}

/* --- JSON: the scanner comes as far as the content in which the fault is. */

/* The member at whose value the scanner gives up; false: none. */
static bool find_faulty(struct gw_json_member *m, struct gw_str text)
{
	struct gw_json_member members[GW_CODEC_MEMBERS_MAX];
	struct gw_json_error error;
	size_t n = 0;

	if (gw_json_scan(text, members, GW_CODEC_MEMBERS_MAX, &n, &error) ||
	    n == 0) {
		return false;
	}
	*m = members[n - 1];
	return true;
}

/* A text from here on. */
static struct gw_str from(struct gw_str text, const char *at)
{
	return gw_str_skip(text, (size_t)(at - text.at));
}

bool gw_cut_json(struct gw_buf *buf, struct gw_bytes message)
{
	struct gw_str text = gw_str_of(message);
	struct gw_json_member m;
	struct gw_str pc = { 0 };

	if (!find_faulty(&m, text) ||
	    (gw_codec_is_wrap(m.name) &&
	     !find_faulty(&m, from(text, m.value.at))) ||
	    !gw_json_is_name(m.name, PC)) {
		return false;
	}
	pc = gw_json_value_at(from(text, m.value.at));
	put_without(buf, text, pc, GW_STR("null"));
	return true;
}

/* --- CBOR: lengths tell where an item ends, whatever it means. */

struct level {
	bool is_indefinite;
	uint64_t left; // items to come, if that was told
};

struct walk {
	struct gw_bytes all;
	size_t at;
	struct level levels[DEPTH_MAX];
	size_t depth;
};

/* The length of a simple value that libcbor does not know; 0: it is none. */
static size_t simple_len(struct gw_bytes rest)
{
	uint8_t first = rest.len > 0 ? rest.at[0] : 0;

	if (first >= CBOR_SIMPLE && first <= CBOR_SIMPLE_LAST) {
		return 1;
	}
	return first == CBOR_SIMPLE_LONG && rest.len >= 2 ? 2 : 0;
}

static bool next(struct walk *w, struct cbor_item *item)
{
	const struct gw_bytes rest = { w->all.at + w->at, w->all.len - w->at };
	size_t n = simple_len(rest);

	*item = (struct cbor_item){ .kind = CBOR_UNDEFINED };
	if (n == 0 && cbor_item_read(item, &n, rest)) {
		return false;
	}
	assert(n > 0 && n <= rest.len);
	w->at += n;
	return true;
}

/* One level more, if the item has items in it. */
static bool enter(struct walk *w, const struct cbor_item *item)
{
	bool is_in_pieces = item->kind == CBOR_TEXT_START ||
			    item->kind == CBOR_BYTES_START;
	bool is_map = item->kind == CBOR_MAP;

	if (!is_map && !is_in_pieces && item->kind != CBOR_ARRAY) {
		return true;
	}
	if (w->depth == DEPTH_MAX || item->n > UINT64_MAX / 2) {
		return false;
	}
	w->levels[w->depth++] = (struct level){
		.is_indefinite = is_in_pieces || item->is_indefinite,
		.left = is_map ? 2 * item->n : item->n,
	};
	return true;
}

static bool step(struct walk *w, const struct cbor_item *item)
{
	struct level *l = w->depth > 0 ? &w->levels[w->depth - 1] : NULL;

	if (item->kind == CBOR_TAG) {
		return true; // what follows is the item
	}
	if (item->kind == CBOR_BREAK) {
		if (!l || !l->is_indefinite) {
			return false;
		}
		w->depth--;
	} else {
		if (l && !l->is_indefinite) {
			l->left--;
		}
		if (!enter(w, item)) {
			return false;
		}
	}
	while (w->depth > 0 && !w->levels[w->depth - 1].is_indefinite &&
	       w->levels[w->depth - 1].left == 0) {
		w->depth--;
	}
	return true;
}

/* One item with all that is in it. */
static bool skip(struct walk *w)
{
	struct cbor_item item;

	assert(w->depth == 0);
	do {
		if (!next(w, &item) || !step(w, &item)) {
			return false;
		}
	} while (item.kind == CBOR_TAG || w->depth > 0);
	return true;
}

/* A name, absent when it is no text in one piece. */
static bool skip_name(struct walk *w, struct gw_str *namep)
{
	size_t begin = w->at;
	struct cbor_item item;

	if (!next(w, &item)) {
		return false;
	}
	w->at = begin;
	*namep = item.kind == CBOR_TEXT || item.kind == CBOR_BYTES
			 ? gw_str_of(item.bytes)
			 : (struct gw_str){ 0 };
	return skip(w);
}

/* To the value of the first member of that name in the map that comes next.
 * False when there is none. */
static bool find(struct walk *w, struct gw_str wanted)
{
	struct cbor_item item;
	struct gw_str name = { 0 };

	do {
		if (!next(w, &item)) {
			return false;
		}
	} while (item.kind == CBOR_TAG);
	if (item.kind != CBOR_MAP) {
		return false;
	}
	for (uint64_t i = 0; item.is_indefinite || i < item.n; i++) {
		if (!skip_name(w, &name)) {
			return false;
		}
		if (gw_str_eq(name, wanted)) {
			return true;
		}
		if (!skip(w)) {
			return false;
		}
	}
	return false;
}

static bool find_wrapped(struct walk *w)
{
	for (size_t i = 0; gw_str_is_present(gw_codec_wrap(i)); i++) {
		w->at = 0;
		w->depth = 0;
		if (find(w, gw_codec_wrap(i))) {
			return find(w, PC);
		}
	}
	return false;
}

bool gw_cut_cbor(struct gw_buf *buf, struct gw_bytes message)
{
	const char null = CBOR_NULL;
	struct walk w = { .all = message };
	size_t begin = 0;

	if (!find(&w, PC) && !find_wrapped(&w)) {
		return false;
	}
	begin = w.at;
	if (!skip(&w)) {
		return false;
	}
	put_without(buf, gw_str_of(message),
		    gw_str_of((struct gw_bytes){ message.at + begin,
						 w.at - begin }),
		    (struct gw_str){ &null, 1 });
	return true;
}
