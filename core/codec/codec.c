/*
 * Codec - a whole primitive in the serialisation that a connection speaks.
 */

#include "core/codec/codec.h"

#include "core/codec/media.h"

/* An arena holds the text, what is resolved of it, and the parameters; a point
 * of access that is put back may be as large as a message. */
#define ARENA_EXTRA_BYTES ((size_t)4 * 1024 * 1024)

/* What is spoken in a media that holds no primitives is JSON. */
static const struct gw_media_row *spoken(enum gw_media media)
{
	const struct gw_media_row *row = gw_media_row(media);

	return row && row->decode ? row : gw_media_row(GW_MEDIA_JSON);
}

enum gw_status gw_codec_decode(struct gw_primitive **pp, struct gw_reason *why,
			       enum gw_media media, struct gw_bytes message,
			       size_t limit_bytes)
{
	return spoken(media)->decode(pp, why, message, limit_bytes);
}

enum gw_message gw_codec_take(struct gw_primitive **pp, enum gw_status *statusp,
			      struct gw_reason *why, enum gw_media media,
			      struct gw_bytes message)
{
	enum gw_status status = gw_codec_decode(
		pp, why, media, message, 2 * message.len + ARENA_EXTRA_BYTES);

	*statusp = status;
	if (!*pp) {
		return GW_MESSAGE_NOTHING;
	}
	if (gw_primitive_is_request(*pp)) {
		return status == GW_STATUS_NONE ? GW_MESSAGE_REQUEST
						: GW_MESSAGE_REFUSED;
	}
	/* Never answered, not even when it cannot be read: two peers that do
	 * that answer each other for ever. */
	if (status != GW_STATUS_NONE) {
		*pp = gw_primitive_free(*pp);
		return GW_MESSAGE_NOTHING;
	}
	return GW_MESSAGE_ANSWER;
}

/* CBOR writes "c", the head of a text of three bytes, in front (RFC 8949 3.1). */
bool gw_codec_may_be_answer(struct gw_bytes message)
{
	struct gw_str rest = gw_str_of(message);

	while (rest.len > 0) {
		if (gw_str_starts(rest, GW_STR("\"rsc\"")) ||
		    gw_str_starts(rest, GW_STR("crsc"))) {
			return true;
		}
		rest = gw_str_skip(rest, 1);
	}
	return false;
}

void gw_codec_encode(struct gw_buf *buf, const struct gw_primitive *p,
		     const struct gw_codec_hop *hop, enum gw_media media)
{
	spoken(media)->encode(buf, p, hop);
}
