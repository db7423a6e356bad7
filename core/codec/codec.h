#pragma once

/*
 * Codec - a whole primitive in the serialisation that a connection speaks.
 */

#include "core/codec/codec_json.h"
#include "core/primitive.h"

struct gw_buf;

/* As gw_codec_json_decode(), for a message written as media says; JSON when it
 * says none that holds primitives.  An answer of which only the content is
 * unreadable is read without it: has_lost_content, and content_fault says what
 * is wrong. */
enum gw_status gw_codec_decode(struct gw_primitive **pp, struct gw_reason *why,
			       enum gw_media media, struct gw_bytes message,
			       size_t limit_bytes) GW_MUST_CHECK;

/* How a message is really written, where its first byte tells JSON from CBOR;
 * else as the connection speaks: JSON or CBOR.  ACME writes CBOR on a
 * connection that speaks JSON when the receiver's csz says so. */
enum gw_media gw_codec_media(enum gw_media spoken, struct gw_bytes message);

/* What came over a connection, and so what may be done with it. */
enum gw_message {
	GW_MESSAGE_REQUEST, // *pp is a request
	GW_MESSAGE_ANSWER,  // *pp is an answer
	GW_MESSAGE_REFUSED, // *pp is what is left of a request that cannot be
			    // read: answer it with *statusp
	GW_MESSAGE_BROKEN,  // *pp is what is left of an answer that cannot be
			    // read: whose it is may be found by its id, if it
			    // has one, and end with *statusp
	GW_MESSAGE_NOTHING, // nothing that may ever be answered; *pp is NULL
};

/* Read a message, which is borrowed, and tell who may be answered at all: only
 * who asked.  *why says what is wrong with what is refused, broken or
 * nothing. */
enum gw_message gw_codec_take(struct gw_primitive **pp, enum gw_status *statusp,
			      struct gw_reason *why, enum gw_media media,
			      struct gw_bytes message) GW_MUST_CHECK;

/* Whether what cannot be read may have been meant as an answer: it says rsc
 * somewhere.  Two peers that answer such a message answer each other for
 * ever. */
bool gw_codec_may_be_answer(struct gw_bytes message);

/* Append p as media says.  Its content may be JSON or CBOR and is converted
 * where it must be.  Failure shows as a short buffer. */
void gw_codec_encode(struct gw_buf *buf, const struct gw_primitive *p,
		     const struct gw_codec_hop *hop, enum gw_media media);
