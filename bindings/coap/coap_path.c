/*
 * Path - `to` and Uri-Path options.
 */

#include "bindings/coap/coap_path.h"

#include <coap3/coap.h>

#include "bindings/coap/coap_value.h"
#include "core/lib/arena.h"

#define OPTION_BYTES_MAX 255

static size_t joined_bytes(const struct coap_message *m)
{
	size_t bytes = 0;

	for (size_t i = 0; i < m->n_fields; i++) {
		if (m->fields[i].number == COAP_OPTION_URI_PATH) {
			bytes += m->fields[i].value.len + 1;
		}
	}
	return bytes;
}

/* All segments, each behind a '/'. */
static struct gw_str join(struct gw_arena *a, const struct coap_message *m)
{
	size_t bytes = joined_bytes(m);
	char *at = bytes ? gw_arena_alloc(a, bytes) : NULL;
	struct gw_str path = { at, at ? bytes : 0 };

	for (size_t i = 0; at && i < m->n_fields; i++) {
		struct gw_str value = m->fields[i].value;

		if (m->fields[i].number == COAP_OPTION_URI_PATH) {
			*at++ = '/';
			memcpy(at, value.at, value.len);
			at += value.len;
		}
	}
	return path;
}

/* Whether a name stands here, and not only an attribute. */
static bool is_name(struct gw_str s)
{
	return s.len > 0 && s.at[0] != '/' && s.at[0] != '#';
}

/* A path without a scope is CSE-relative.  But an option that begins with '/' is
 * `to` as it stands, scope and all (tinyIoT when it forwards). */
static struct gw_str read_plain(struct gw_str path, struct gw_str first)
{
	struct gw_str name = path.len > 0 ? gw_str_skip(path, 1) : path;
	bool is_whole = gw_str_starts(first, GW_STR("/"));

	if (is_whole && gw_str_starts(name, GW_STR("/"))) {
		name = gw_str_skip(name, 1);
	}
	if (!is_name(name)) {
		return (struct gw_str){ 0 };
	}
	return is_whole ? path : name;
}

struct gw_str coap_path_read(struct gw_arena *a, const struct coap_message *m)
{
	struct gw_str first = coap_message_get(m, COAP_OPTION_URI_PATH);
	struct gw_str path = join(a, m);
	struct gw_str name = { 0 };

	if (!gw_text_is_clean(a, path)) {
		return name;
	}
	if (path.len > 1 && path.at[1] == '/') {
		path = gw_str_skip(path, 1);
	}
	if (gw_str_starts(path, GW_STR("/~/"))) {
		name = gw_str_skip(path, 3);
		return is_name(name) ? gw_str_skip(path, 2)
				     : (struct gw_str){ 0 };
	}
	if (gw_str_starts(path, GW_STR("/_/"))) {
		name = gw_str_skip(path, 3);
		return is_name(name) ? gw_arena_print(a, "//" GW_STR_FMT,
						      GW_STR_ARG(name))
				     : (struct gw_str){ 0 };
	}
	return read_plain(path, first);
}

struct gw_str coap_path_attribute(struct gw_str to)
{
	size_t n = gw_str_find(to, '#');

	return n < to.len ? gw_str_skip(to, n + 1) : (struct gw_str){ 0 };
}

/* "." and ".." would be resolved by whoever makes a URI of them (RFC 7252
 * 6.5). */
static bool is_segment(struct gw_str s)
{
	return s.len <= OPTION_BYTES_MAX && !gw_str_is(s, ".") &&
	       !gw_str_is(s, "..");
}

bool coap_path_write(struct coap_message *m, struct gw_str to)
{
	struct gw_str rest = gw_str_head(to, gw_str_find(to, '#'));

	if (gw_str_starts(rest, GW_STR("~/")) ||
	    gw_str_starts(rest, GW_STR("_/"))) {
		return false; // it would become another address
	}
	if (gw_str_starts(rest, GW_STR("//"))) {
		coap_message_add(m, COAP_OPTION_URI_PATH, GW_STR("_"));
		rest = gw_str_skip(rest, 2);
	} else if (gw_str_starts(rest, GW_STR("/"))) {
		coap_message_add(m, COAP_OPTION_URI_PATH, GW_STR("~"));
		rest = gw_str_skip(rest, 1);
	}
	while (gw_str_is_present(rest)) {
		struct gw_str segment = gw_str_cut(&rest, '/');

		if (!is_segment(segment)) {
			return false;
		}
		coap_message_add(m, COAP_OPTION_URI_PATH, segment);
	}
	return true;
}

bool coap_path_add_segments(struct coap_message *m, struct gw_arena *a,
			    struct gw_str path)
{
	struct gw_str rest = path;

	if (gw_str_starts(rest, GW_STR("/"))) {
		rest = gw_str_skip(rest, 1);
	}
	while (rest.len > 0) {
		struct gw_str piece = coap_unescape(a, gw_str_cut(&rest, '/'));

		if (!gw_str_is_present(piece) || !is_segment(piece)) {
			return false;
		}
		coap_message_add(m, COAP_OPTION_URI_PATH, piece);
	}
	return true;
}

bool coap_path_add_fields(struct coap_message *m, struct gw_arena *a,
			  struct gw_str query)
{
	struct gw_str rest = query;

	while (rest.len > 0) {
		struct gw_str piece = coap_unescape(a, gw_str_cut(&rest, '&'));

		if (!gw_str_is_present(piece) || piece.len > OPTION_BYTES_MAX) {
			return false;
		}
		if (piece.len > 0) {
			coap_message_add(m, COAP_OPTION_URI_QUERY, piece);
		}
	}
	return true;
}
