#pragma once

/*
 * Payload - a whole primitive as the payload (TS-0008 release 5, 6.2.0 and
 * 6.6).
 *
 * What has an option may stand in the payload instead; `to` and the operation
 * stay where they are, so they are put into the map before it is read by the
 * codecs of core.
 */

#include "core/codec/codec_json.h"

/* Whether a payload of this kind looks like a primitive and not like content:
 * content has one member, whose name has a colon. */
bool coap_payload_is_primitive(enum gw_media media, struct gw_bytes payload);

/* A payload, and what the rest of the message says. */
struct coap_payload {
	enum gw_media media;
	struct gw_bytes bytes;
	const struct gw_primitive *head; // op or status, to, id, from, release
	size_t limit_bytes;
};

/* Read a payload as a primitive.  What only the head says, parameters
 * included, becomes part of it.  Returns like gw_codec_json_decode(). */
enum gw_status
coap_payload_decode(struct gw_primitive **pp, struct gw_reason *why,
		    const struct coap_payload *payload) GW_MUST_CHECK;

/* Write a primitive as a payload, in its arena.  Returns GW_STATUS_NONE or the
 * status that tells why not. */
enum gw_status coap_payload_encode(struct gw_bytes *payloadp,
				   struct gw_reason *why, enum gw_media media,
				   const struct gw_primitive *p,
				   struct gw_str from) GW_MUST_CHECK;
