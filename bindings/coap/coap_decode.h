#pragma once

/*
 * Decode - from CoAP to primitives, for both roles.
 *
 * Pure: what stands in a message goes in, a primitive comes out.  Message
 * types, blocks and repetition are the business of the server and the client.
 */

#include "bindings/coap/coap_map.h"
#include "core/codec/codec_json.h"

/* What a request says besides its primitive. */
struct coap_asked {
	enum gw_op op;       // NONE: it could not be told
	enum gw_media wants; // how the answer's content is to be written
	bool has_dialect;    // its options tell which numbers they have,
	bool is_legacy;      // and these are those of the old texts
	bool is_bare;        // a notification that tells neither id nor from
	uint8_t code;        // of a refusal; 0: that of its status
	int64_t now_ms;      // wall clock, for relative times in the answer

	/* Content-Format of the answer when that is a whole primitive in the
	 * payload; 0: it is none. */
	uint16_t whole_format;
};

/* Read a request whose blocks have been put together.  Always sets *pp, unless
 * memory is short: also a refused request has its id and release, if they
 * could be read, so that the refusal can be addressed.  Nothing in it points
 * into the message.  Returns GW_STATUS_NONE, or the status that tells what is
 * wrong, with *why filled in.  A bare notification is good but has no id and no
 * originator.  limit_bytes bounds the arena. */
enum gw_status coap_decode_request(struct gw_primitive **pp,
				   struct coap_asked *asked,
				   struct gw_reason *why,
				   const struct coap_message *m,
				   size_t limit_bytes) GW_MUST_CHECK;

/* An answer whose blocks have been put together, and what it answers. */
struct coap_answer {
	const struct coap_message *m;
	const struct gw_primitive *request;
	struct gw_str id; // rqi as it was sent; absent: that is not known
	size_t limit_bytes;
};

/* Read an answer; *pp is set on success only.  Returns GW_STATUS_NONE, or the
 * status the exchange ends with instead, with *why filled in. */
enum gw_status
coap_decode_answer(struct gw_primitive **pp, struct gw_reason *why,
		   const struct coap_answer *answer) GW_MUST_CHECK;
