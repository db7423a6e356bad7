/*
 * Path - `to` and Uri-Path options.
 */

#include "bindings/coap/coap_path.h"

#include <assert.h>
#include <coap3/coap.h>

#include "bindings/coap/coap_value.h"
#include "core/address.h"
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
	assert(!at || at == path.at + path.len);
	return path;
}

/* An option that begins with '/' is `to` as it stands, scope and all (tinyIoT
 * when it forwards). */
static struct gw_str read_whole(struct gw_str path)
{
	bool is_absolute = gw_str_starts(path, GW_STR("//"));
	struct gw_str name = gw_str_skip(path, is_absolute ? 2 : 1);
	bool is_name = name.len > 0 && name.at[0] != '/' && name.at[0] != '#';

	return is_name ? path : (struct gw_str){ 0 };
}

struct gw_str coap_path_read(struct gw_arena *a, const struct coap_message *m)
{
	struct gw_str first = coap_message_get(m, COAP_OPTION_URI_PATH);
	struct gw_str path = join(a, m);

	if (!gw_text_is_clean(a, path)) {
		return (struct gw_str){ 0 };
	}
	if (path.len > 1 && path.at[1] == '/') {
		path = gw_str_skip(path, 1);
	}
	return gw_str_starts(first, GW_STR("/")) && !gw_address_is_marked(path)
		       ? read_whole(path)
		       : gw_address_of_path(a, path);
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
	struct gw_str mark;
	struct gw_str rest;

	if (!gw_address_to_path(&mark, &rest, to)) {
		return false;
	}
	if (gw_str_is_present(mark)) {
		coap_message_add(m, COAP_OPTION_URI_PATH, mark);
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
