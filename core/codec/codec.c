/*
 * Codec - a whole primitive in the serialisation that a connection speaks.
 */

#include "core/codec/codec.h"

#include <assert.h>

#include "core/codec/content.h"
#include "core/codec/cut.h"
#include "core/codec/media.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

/* An arena holds the text, what is resolved of it, and the parameters; a point
 * of access that is put back may be as large as a message. */
#define ARENA_EXTRA_BYTES ((size_t)4 * 1024 * 1024)

/* The head of a text of three bytes (RFC 8949 3.1). */
#define CBOR_TEXT_OF_3 '\x63'

/* What is spoken in a media that holds no primitives is JSON. */
static enum gw_media spoken(enum gw_media media)
{
	const struct gw_media_row *row = gw_media_row(media);

	return row && row->decode ? media : GW_MEDIA_JSON;
}

/* Whether what was cut is the content of this primitive, and not that of one
 * which it holds as a parameter. */
static bool is_without_content(const struct gw_primitive *p)
{
	for (size_t i = 0; gw_str_is_present(gw_codec_wrap(i)); i++) {
		if (gw_str_is_present(gw_primitive_get(p, gw_codec_wrap(i)))) {
			return false;
		}
	}
	return p->media == GW_MEDIA_NONE;
}

/* A request that cannot be read is not known to its end, an answer is worth its
 * status.  What is wrong with the message as it came is told otherwise. */
static enum gw_status decode_without_content(struct gw_primitive **pp,
					     struct gw_reason *why,
					     struct gw_bytes message,
					     size_t limit_bytes,
					     const struct gw_media_row *row)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf rest;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
	struct gw_reason ignored = { "" };

	gw_buf_init(&rest, 0, message.len + GW_CUT_GROWTH);
	if (!row->cut(&rest, message) || gw_buf_is_short(&rest) ||
	    row->decode(&p, &ignored, gw_buf_bytes(&rest), limit_bytes) !=
		    GW_STATUS_NONE ||
	    gw_primitive_is_request(p) || !is_without_content(p)) {
		return GW_STATUS_BAD_REQUEST;
	}
	p->content_fault = gw_arena_str(p->arena, gw_str_from(why->text));
	if (gw_arena_is_short(p->arena)) {
		return GW_STATUS_BAD_REQUEST;
	}
	p->has_lost_content = true;
	*why = (struct gw_reason){ "" };
	*pp = gw_take(&p);
	return GW_STATUS_NONE;
}

enum gw_status gw_codec_decode(struct gw_primitive **pp, struct gw_reason *why,
			       enum gw_media media, struct gw_bytes message,
			       size_t limit_bytes)
{
	enum gw_media own = spoken(media);
	const struct gw_media_row *row = gw_media_row(own);
	enum gw_status status = GW_STATUS_NONE;

	assert(row->decode);
	message = gw_content_trim(own, message);
	status = row->decode(pp, why, message, limit_bytes);
	return status == GW_STATUS_BAD_REQUEST && !*pp
		       ? decode_without_content(pp, why, message, limit_bytes,
						row)
		       : status;
}

/* A primitive is an object, perhaps behind blanks or a byte order mark, or a
 * map of CBOR, perhaps behind tags (RFC 8259, RFC 8949 3). */
enum gw_media gw_codec_media(enum gw_media spoken, struct gw_bytes message)
{
	uint8_t first = message.len > 0 ? message.at[0] : 0;
	bool is_map = first >= 0xa0 && first <= 0xbf;
	bool is_tag = first >= 0xc0 && first <= 0xdb;

	if (first == '{' || first == 0xef) {
		return GW_MEDIA_JSON;
	}
	return is_map || is_tag || spoken == GW_MEDIA_CBOR ? GW_MEDIA_CBOR
							   : GW_MEDIA_JSON;
}

/* What is left of a message that cannot be read, if it is an answer.  It is
 * never answered, not even so: two peers that do that answer each other for
 * ever. */
static struct gw_primitive *rest_of_answer(enum gw_media media,
					   struct gw_bytes message)
{
	enum gw_media own = spoken(media);
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
	struct gw_str id = { 0 };

	if (!gw_media_row(own)->glimpse(&id, gw_content_trim(own, message))) {
		return NULL;
	}
	p = gw_primitive_new(id.len, ARENA_EXTRA_BYTES);
	if (p) {
		p->status = GW_STATUS_INTERNAL_SERVER_ERROR;
		p->id = gw_arena_str(p->arena, id);
	}
	return p && !gw_arena_is_short(p->arena) ? gw_take(&p) : NULL;
}

static enum gw_message broken(enum gw_status *statusp, struct gw_reason *why)
{
	struct gw_reason read = *why;

	(void)gw_refuse(why, "the answer cannot be read: %s", read.text);
	*statusp = GW_STATUS_INTERNAL_SERVER_ERROR;
	return GW_MESSAGE_BROKEN;
}

enum gw_message gw_codec_take(struct gw_primitive **pp, enum gw_status *statusp,
			      struct gw_reason *why, enum gw_media media,
			      struct gw_bytes message)
{
	enum gw_status status = gw_codec_decode(
		pp, why, media, message, 2 * message.len + ARENA_EXTRA_BYTES);

	assert(*pp || status != GW_STATUS_NONE);
	*statusp = status;
	if (!*pp) {
		*pp = rest_of_answer(media, message);
		return *pp ? broken(statusp, why) : GW_MESSAGE_NOTHING;
	}
	if (gw_primitive_is_request(*pp)) {
		return status == GW_STATUS_NONE ? GW_MESSAGE_REQUEST
						: GW_MESSAGE_REFUSED;
	}
	assert(status == GW_STATUS_NONE);
	return GW_MESSAGE_ANSWER;
}

bool gw_codec_may_be_answer(struct gw_bytes message)
{
	struct gw_str rest = gw_str_of(message);
	size_t n = 0;

	while ((n = gw_str_find(rest, 'r')) < rest.len) {
		char before = '\0';

		if (n > 0) {
			before = rest.at[n - 1];
		}
		rest = gw_str_skip(rest, n);
		if ((before == CBOR_TEXT_OF_3 &&
		     gw_str_starts(rest, GW_STR("rsc"))) ||
		    (before == '"' && gw_str_starts(rest, GW_STR("rsc\"")))) {
			return true;
		}
		rest = gw_str_skip(rest, 1);
	}
	return false;
}

void gw_codec_encode(struct gw_buf *buf, const struct gw_primitive *p,
		     const struct gw_codec_hop *hop, enum gw_media media)
{
	const struct gw_media_row *row = gw_media_row(spoken(media));

	assert(row->encode);
	row->encode(buf, p, hop);
}
