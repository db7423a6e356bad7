#pragma once

/*
 * Codec - a whole primitive in the serialisation that a connection speaks.
 */

#include "core/codec/codec_json.h"
#include "core/primitive.h"

struct gw_buf;

/* As gw_codec_json_decode(), for a message written as media says: CBOR, else
 * JSON. */
enum gw_status gw_codec_decode(struct gw_primitive **pp, struct gw_reason *why,
			       enum gw_media media, struct gw_bytes message,
			       size_t limit_bytes) GW_MUST_CHECK;

/* Append p as media says.  Its content may be JSON or CBOR and is converted
 * where it must be.  Failure shows as a short buffer. */
void gw_codec_encode(struct gw_buf *buf, const struct gw_primitive *p,
		     const struct gw_codec_hop *hop, enum gw_media media);
