#pragma once

/*
 * CBOR codec - a whole primitive to and from its CBOR form (TS-0004 8.5).
 *
 * Maps with the same names as the JSON form.  What is content stays the bytes
 * that arrived; parameters become JSON text, as everywhere in core.
 */

#include "core/codec/codec_json.h"

/* As gw_codec_json_decode(), for one CBOR map. */
enum gw_status gw_codec_cbor_decode(struct gw_primitive **pp,
				    struct gw_reason *why,
				    struct gw_bytes message,
				    size_t limit_bytes) GW_MUST_CHECK;

/* The same in two steps, for a map that has members beside it, say.  First its
 * JSON form, unwrapped, is appended without the content, which is *contentp, a
 * slice of message; absent when there is none. */
enum gw_status gw_codec_cbor_head(struct gw_buf *json,
				  struct gw_bytes *contentp,
				  struct gw_reason *why,
				  struct gw_bytes message) GW_MUST_CHECK;
enum gw_status gw_codec_cbor_decode_as(struct gw_primitive **pp,
				       struct gw_reason *why,
				       struct gw_bytes content,
				       struct gw_str json,
				       size_t limit_bytes) GW_MUST_CHECK;

/* As gw_codec_json_unwrapped(), in bytes that gw_cbor_check() took. */
struct gw_bytes gw_codec_cbor_unwrapped(struct gw_bytes map);

/* Append the CBOR form of p, whose content may be JSON or CBOR.  Failure shows
 * as a short buffer. */
void gw_codec_cbor_encode(struct gw_buf *buf, const struct gw_primitive *p,
			  const struct gw_codec_hop *hop);
