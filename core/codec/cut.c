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

#define CBOR_NULL '\xf6'

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

/* A name, absent when it is no text in one piece. */
static bool cut_name(struct gw_str *namep, struct gw_bytes *rest)
{
	struct gw_bytes head = *rest;
	struct cbor_item item;

	if (cbor_item_cut(&item, &head)) {
		return false;
	}
	*namep = item.kind == CBOR_TEXT || item.kind == CBOR_BYTES
			 ? gw_str_of(item.bytes)
			 : (struct gw_str){ 0 };
	return cbor_item_skip(rest);
}

/* To the value of the first member of that name in the map that comes next.
 * False when there is none. */
static bool find(struct gw_bytes *rest, struct gw_str wanted)
{
	struct cbor_item item;
	struct gw_str name = { 0 };

	do {
		if (cbor_item_cut(&item, rest)) {
			return false;
		}
	} while (item.kind == CBOR_TAG);
	if (item.kind != CBOR_MAP) {
		return false;
	}
	for (uint64_t i = 0; item.is_indefinite || i < item.n; i++) {
		if (!cut_name(&name, rest)) {
			return false;
		}
		if (gw_str_eq(name, wanted)) {
			return true;
		}
		if (!cbor_item_skip(rest)) {
			return false;
		}
	}
	return false;
}

static bool find_wrapped(struct gw_bytes *restp, struct gw_bytes message)
{
	for (size_t i = 0; gw_str_is_present(gw_codec_wrap(i)); i++) {
		*restp = message;
		if (find(restp, gw_codec_wrap(i))) {
			return find(restp, PC);
		}
	}
	return false;
}

bool gw_cut_cbor(struct gw_buf *buf, struct gw_bytes message)
{
	const char null = CBOR_NULL;
	struct gw_bytes rest = message;
	struct gw_bytes pc;

	if (!find(&rest, PC) && !find_wrapped(&rest, message)) {
		return false;
	}
	pc = rest;
	if (!cbor_item_skip(&rest)) {
		return false;
	}
	pc.len -= rest.len;
	put_without(buf, gw_str_of(message), gw_str_of(pc),
		    (struct gw_str){ &null, 1 });
	return true;
}
