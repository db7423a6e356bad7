/*
 * CBOR finding - members of maps that were checked, and where items end.
 *
 * Lengths tell where an item ends, whatever it means: nothing here looks at
 * what strings and numbers are.
 */

#include <assert.h>
#include <string.h>

#include "core/codec/cbor.h"
#include "core/codec/cbor_item.h"

#define TAG_SELF 55799

/* What is nested more deeply is not looked into. */
#define DEPTH_MAX 128

/* Simple values, and the kind of all that is like them (RFC 8949 3.3). */
#define SIMPLE 0xe0
#define SIMPLE_LAST 0xf3
#define SIMPLE_LONG 0xf8

#define NIL 0xf6
#define BREAK 0xff

struct level {
	bool is_indefinite;
	uint64_t left; // items to come, if that was told
};

struct walk {
	struct gw_bytes rest;
	struct level levels[DEPTH_MAX];
	size_t depth;
};

static void cut_bytes(struct gw_bytes *rest, size_t n)
{
	assert(n <= rest->len);
	rest->at += n;
	rest->len -= n;
}

static bool cut_head(struct cbor_item *item, struct gw_bytes *rest)
{
	return !cbor_item_cut(item, rest);
}

/* The length of a simple value that has no kind; 0: it is none. */
static size_t simple_len(struct gw_bytes rest)
{
	uint8_t first = rest.len > 0 ? rest.at[0] : 0;

	if (first >= SIMPLE && first <= SIMPLE_LAST) {
		return 1;
	}
	return first == SIMPLE_LONG && rest.len >= 2 ? 2 : 0;
}

static bool next(struct walk *w, struct cbor_item *item)
{
	size_t n = 0;

	if (w->rest.len > 0 && cbor_item_is_byte(*w->rest.at)) {
		cbor_item_cut_byte(item, &w->rest);
		return true;
	}
	n = simple_len(w->rest);
	if (n == 0) {
		return cut_head(item, &w->rest);
	}
	item->kind = CBOR_UNDEFINED;
	cut_bytes(&w->rest, n);
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

bool cbor_item_skip(struct gw_bytes *rest)
{
	struct walk w;
	struct cbor_item item;

	w.rest = *rest; // the levels need no clearing
	w.depth = 0;
	do {
		if (!next(&w, &item) || !step(&w, &item)) {
			return false;
		}
	} while (item.kind == CBOR_TAG || w.depth > 0);
	*rest = w.rest;
	return true;
}

size_t cbor_self_tag_len(struct gw_bytes cbor)
{
	static const uint8_t tag[] = { 0xd9, TAG_SELF >> 8, TAG_SELF & 0xff };

	return cbor.len >= sizeof(tag) && memcmp(cbor.at, tag, sizeof(tag)) == 0
		       ? sizeof(tag)
		       : 0;
}

bool gw_cbor_is_null(struct gw_bytes cbor)
{
	return cbor.len == 1 && cbor.at[0] == NIL;
}

/* The head of a map, perhaps behind the tag of CBOR. */
static bool cut_map(struct cbor_item *map, struct gw_bytes *rest)
{
	cut_bytes(rest, cbor_self_tag_len(*rest));
	return cut_head(map, rest) && map->kind == CBOR_MAP;
}

bool gw_cbor_is_map(struct gw_bytes cbor)
{
	struct cbor_item map;

	return cut_map(&map, &cbor);
}

/* Whether a string in pieces is this one; cut it off. */
static bool cut_pieces(bool *is_itp, struct gw_bytes *rest,
		       struct gw_str wanted)
{
	struct cbor_item piece;
	bool is_it = true;

	for (;;) {
		struct gw_str text;

		if (!cut_head(&piece, rest)) {
			return false;
		}
		if (piece.kind == CBOR_BREAK) {
			*is_itp = is_it && wanted.len == 0;
			return true;
		}
		if (piece.kind != CBOR_TEXT && piece.kind != CBOR_BYTES) {
			return false;
		}
		text = gw_str_of(piece.bytes);
		is_it = is_it && gw_str_starts(wanted, text);
		wanted = gw_str_skip(wanted, is_it ? text.len : 0);
	}
}

bool gw_cbor_is_empty(struct gw_bytes cbor)
{
	struct cbor_item item;
	bool is_empty = false;

	cut_bytes(&cbor, cbor_self_tag_len(cbor));
	if (!cut_head(&item, &cbor)) {
		return false;
	}
	switch (item.kind) {
	case CBOR_MAP:
		return item.is_indefinite ? cbor.len == 1 && *cbor.at == BREAK
					  : item.n == 0 && cbor.len == 0;
	case CBOR_TEXT:
	case CBOR_BYTES:
		return item.n == 0 && cbor.len == 0;
	case CBOR_TEXT_START:
	case CBOR_BYTES_START:
		return cut_pieces(&is_empty, &cbor, GW_STR("")) && is_empty &&
		       cbor.len == 0;
	default:
		return false;
	}
}

/* Whether the name of a member is this one; cut it off.  False when there is
 * none. */
static bool cut_name(bool *is_itp, struct gw_bytes *rest, struct gw_str wanted)
{
	struct cbor_item item;

	if (!cut_head(&item, rest)) {
		return false;
	}
	if (item.kind == CBOR_TEXT_START || item.kind == CBOR_BYTES_START) {
		return cut_pieces(is_itp, rest, wanted);
	}
	*is_itp = (item.kind == CBOR_TEXT || item.kind == CBOR_BYTES) &&
		  gw_str_eq(gw_str_of(item.bytes), wanted);
	return item.kind == CBOR_TEXT || item.kind == CBOR_BYTES;
}

/* Cut a value off.  Returns it; absent when it has no end. */
static struct gw_bytes cut_value(struct gw_bytes *rest)
{
	struct gw_bytes value = *rest;

	if (!cbor_item_skip(rest)) {
		return (struct gw_bytes){ 0 };
	}
	value.len -= rest->len;
	return value;
}

struct gw_bytes gw_cbor_get(struct gw_bytes cbor, struct gw_str name)
{
	struct cbor_item map;
	bool is_it = false;

	if (!cut_map(&map, &cbor)) {
		return (struct gw_bytes){ 0 };
	}
	for (uint64_t i = 0; map.is_indefinite || i < map.n; i++) {
		struct gw_bytes value;

		if (!cut_name(&is_it, &cbor, name)) {
			break;
		}
		value = cut_value(&cbor);
		if (is_it || !value.at) {
			return value;
		}
	}
	return (struct gw_bytes){ 0 };
}

struct gw_bytes gw_cbor_get_only(struct gw_bytes cbor, struct gw_str name)
{
	struct cbor_item map;
	struct gw_bytes value;
	bool is_it = false;

	if (!cut_map(&map, &cbor) || (!map.is_indefinite && map.n != 1) ||
	    !cut_name(&is_it, &cbor, name) || !is_it) {
		return (struct gw_bytes){ 0 };
	}
	value = cut_value(&cbor);
	return cbor.len == (map.is_indefinite ? 1 : 0) ? value
						       : (struct gw_bytes){ 0 };
}

struct gw_str gw_cbor_first_name(struct gw_bytes cbor)
{
	struct cbor_item item;

	if (!cut_map(&item, &cbor) || !cut_head(&item, &cbor) ||
	    (item.kind != CBOR_TEXT && item.kind != CBOR_BYTES)) {
		return (struct gw_str){ 0 };
	}
	return gw_str_of(item.bytes);
}
