/*
 * Codec - a whole primitive in the serialisation that a connection speaks.
 */

#include "core/codec/codec.h"

#include "core/codec/codec_cbor.h"

enum gw_status gw_codec_decode(struct gw_primitive **pp, struct gw_reason *why,
			       enum gw_media media, struct gw_bytes message,
			       size_t limit_bytes)
{
	return media == GW_MEDIA_CBOR
		       ? gw_codec_cbor_decode(pp, why, message, limit_bytes)
		       : gw_codec_json_decode(pp, why, gw_str_of(message),
					      limit_bytes);
}

void gw_codec_encode(struct gw_buf *buf, const struct gw_primitive *p,
		     const struct gw_codec_hop *hop, enum gw_media media)
{
	if (media == GW_MEDIA_CBOR) {
		gw_codec_cbor_encode(buf, p, hop);
	} else {
		gw_codec_json_encode(buf, p, hop);
	}
}
