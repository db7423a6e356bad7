/*
 * Glimpse - whose answer it is that cannot be read.
 */

#include "core/codec/glimpse.h"

#include "core/codec/cbor_item.h"
#include "core/codec/codec_json.h"
#include "core/codec/json_lex.h"

/* What was seen of a message so far. */
struct glimpse {
	unsigned n_statuses;
	unsigned n_ids;
	struct gw_str id; // of one; absent when it is none that is taken
	bool is_unclear;
	int outermost; // JSON: how deep the members of the primitive are
};

static bool is_plain(struct gw_str text)
{
	const uint8_t *at = (const uint8_t *)text.at;

	return text.len > 0 &&
	       gw_json_skip_plain(at, at + text.len) == at + text.len;
}

/* An outermost member; id is its value where that may be an id. */
static void see(struct glimpse *g, struct gw_str name, struct gw_str id)
{
	if (!is_plain(name)) {
		g->is_unclear = true;
	} else if (gw_str_is(name, "rsc")) {
		g->n_statuses++;
	} else if (gw_str_is(name, "rqi")) {
		g->n_ids++;
		g->id = is_plain(id) ? id : (struct gw_str){ 0 };
	}
}

/* Nobody has looked at its escapes yet. */
static bool is_wrap(struct gw_str name)
{
	return is_plain(name) && gw_codec_is_wrap(name);
}

/* --- JSON: strings and brackets, wherever the rest is wrong. */

/* Cut a string off: what is between its quotes, also if the last is missing. */
static struct gw_str cut_string(struct gw_str *rest)
{
	struct gw_str text = gw_str_skip(*rest, 1);
	size_t n = 0;

	while (n < text.len && text.at[n] != '"') {
		n += text.at[n] == '\\' && n + 1 < text.len ? 2 : 1;
	}
	*rest = gw_str_skip(text, n < text.len ? n + 1 : n);
	return gw_str_head(text, n);
}

static void skip_space(struct gw_str *rest)
{
	while (rest->len > 0 && gw_json_is_space((uint8_t)rest->at[0])) {
		*rest = gw_str_skip(*rest, 1);
	}
}

/* The value at the front, if it is a string or all digits; it is not cut
 * off. */
static struct gw_str id_at(struct gw_str rest)
{
	const uint8_t *at = (const uint8_t *)rest.at;
	size_t n = 0;

	if (rest.len > 0 && rest.at[0] == '"') {
		return cut_string(&rest);
	}
	n = (size_t)(gw_json_skip_digits(at, at + rest.len) - at);
	if (n < rest.len && rest.at[n] != ',' && rest.at[n] != '}' &&
	    !gw_json_is_space((uint8_t)rest.at[n])) {
		n = 0;
	}
	return gw_str_head(rest, n);
}

/* A string that stands in front of a colon is a name. */
static bool cut_colon(struct gw_str *rest)
{
	skip_space(rest);
	if (rest->len == 0 || rest->at[0] != ':') {
		return false;
	}
	*rest = gw_str_skip(*rest, 1);
	skip_space(rest);
	return true;
}

/* Cut a string off, which may be the name of a member. */
static void see_string(struct glimpse *g, struct gw_str *rest, int depth)
{
	struct gw_str name = cut_string(rest);

	if (!cut_colon(rest)) {
		return;
	}
	if (depth == 1 && is_wrap(name)) {
		g->outermost = 2;
	} else if (depth == g->outermost) {
		see(g, name, id_at(*rest));
	}
}

static void see_json(struct glimpse *g, struct gw_str rest)
{
	int depth = 0;

	g->outermost = 1;
	while (rest.len > 0) {
		char c = rest.at[0];

		if (c == '"') {
			see_string(g, &rest, depth);
			continue;
		}
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		rest = gw_str_skip(rest, 1);
	}
}

static bool is_answer(struct gw_str *idp, const struct glimpse *g)
{
	*idp = g->id;
	return g->n_statuses == 1 && g->n_ids <= 1 && !g->is_unclear;
}

bool gw_glimpse_json(struct gw_str *idp, struct gw_bytes message)
{
	struct glimpse g = { .n_statuses = 0 };

	see_json(&g, gw_str_of(message));
	return is_answer(idp, &g);
}

/* --- CBOR: heads that are well-formed, whatever is in them. */

/* How many items belong into this one; -1: nobody can tell. */
static int64_t n_inside(const struct cbor_item *item, size_t n_bytes_left)
{
	switch (item->kind) {
	case CBOR_BYTES_START:
	case CBOR_TEXT_START:
	case CBOR_BREAK:
		return -1;
	case CBOR_TAG:
		return 1;
	case CBOR_ARRAY:
	case CBOR_MAP:
		/* Each takes a byte at least. */
		return item->is_indefinite || item->n > n_bytes_left
			       ? -1
			       : (int64_t)item->n *
					 (item->kind == CBOR_MAP ? 2 : 1);
	default:
		return 0;
	}
}

static bool cut_head(struct cbor_item *item, struct gw_bytes *rest)
{
	*item = (struct cbor_item){ .kind = CBOR_NIL };
	return !cbor_item_cut(item, rest);
}

/* Cut off an item with all that is in it.  False when its end is not seen. */
static bool cut_item(struct cbor_item *first, struct gw_bytes *rest)
{
	struct cbor_item item;
	int64_t n_due = 0;
	int64_t n_more = 0;

	if (!cut_head(first, rest)) {
		return false;
	}
	n_due = n_inside(first, rest->len);
	while (n_due > 0) {
		n_more = cut_head(&item, rest) ? n_inside(&item, rest->len)
					       : -1;
		if (n_more < 0) {
			return false;
		}
		n_due += n_more - 1;
	}
	return n_due == 0;
}

static struct gw_str text_of(const struct cbor_item *item)
{
	return item->kind == CBOR_TEXT ? gw_str_of(item->bytes)
				       : (struct gw_str){ 0 };
}

/* The head of a map, perhaps behind tags. */
static bool cut_map(struct cbor_item *map, struct gw_bytes *rest)
{
	do {
		if (!cut_head(map, rest)) {
			return false;
		}
	} while (map->kind == CBOR_TAG);
	return map->kind == CBOR_MAP && !map->is_indefinite;
}

static void see_cbor(struct glimpse *g, struct gw_bytes rest)
{
	struct cbor_item map;
	struct cbor_item name;
	struct cbor_item value;
	struct gw_bytes inner;

	if (!cut_map(&map, &rest)) {
		return;
	}
	inner = rest;
	if (map.n == 1 && cut_head(&name, &inner) && is_wrap(text_of(&name))) {
		rest = inner;
		if (!cut_map(&map, &rest)) {
			return;
		}
	}
	for (uint64_t n = 0; n < map.n && cut_item(&name, &rest); n++) {
		bool is_whole = cut_item(&value, &rest);

		see(g, text_of(&name), text_of(&value));
		if (!is_whole) {
			return;
		}
	}
}

bool gw_glimpse_cbor(struct gw_str *idp, struct gw_bytes message)
{
	struct glimpse g = { .n_statuses = 0 };

	see_cbor(&g, message);
	return is_answer(idp, &g);
}
