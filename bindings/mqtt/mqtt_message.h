#pragma once

/*
 * Message - one primitive as one payload (TS-0010 6.5).
 */

#include "core/codec/codec_json.h"
#include "core/primitive.h"

struct gw_buf;

enum mqtt_content {
	MQTT_IS_REQUEST, // *pp is a request
	MQTT_IS_ANSWER,  // *pp is an answer
	MQTT_IS_REFUSED, // *pp is what is left of a request that cannot be
			 // read: answer it with *statusp
	MQTT_IS_NOTHING, // nothing that may ever be answered; *pp is NULL
};

/* How a payload is written whose topic has this type level, which may be
 * absent: older peers leave it out, and then the first byte tells.  NONE: in a
 * way that the gateway does not read. */
enum gw_media mqtt_message_media(struct gw_str type, struct gw_bytes payload);

/* Read a payload of JSON or CBOR, which is borrowed.  *why says what is wrong
 * with what is refused, or is nothing. */
enum mqtt_content mqtt_message_decode(struct gw_primitive **pp,
				      enum gw_status *statusp,
				      struct gw_reason *why,
				      enum gw_media media,
				      struct gw_bytes payload);

/* Append a primitive as JSON or CBOR.  Failure shows as a short buffer. */
void mqtt_message_encode(struct gw_buf *buf, enum gw_media media,
			 const struct gw_primitive *p,
			 const struct gw_codec_hop *hop);

/* How a primitive is written toward a peer that takes `wanted`, or NONE for
 * any: as its content is, which core has made fit.  NONE: content is in a form
 * that no payload can hold. */
enum gw_media mqtt_message_form(const struct gw_primitive *p,
				enum gw_media wanted);

/* Whether the sender of a request wants no answer: rt 5 (TS-0004
 * 6.3.4.2.5). */
bool mqtt_message_is_silent(const struct gw_primitive *request);
