#pragma once

/*
 * Encode - from primitives to CoAP, for both roles.
 *
 * Pure.  What cannot be written is refused, never cut or left out in silence.
 * Options point into the arena of the primitive.
 */

#include "bindings/coap/coap_decode.h"

struct coap_url;

/* Most bytes of all options: what is left of a datagram that every network
 * passes (RFC 7252 4.6) when a block of some use is in it. */
#define COAP_MESSAGE_BYTES_MAX ((size_t)1152)
#define COAP_HEAD_BYTES_MAX ((size_t)1000)

/* The options and the code of an answer, and what its payload will be.  Returns
 * GW_STATUS_NONE, or the status to answer with instead, with *why filled in.
 */
enum gw_status coap_encode_answer(struct coap_message *m,
				  struct gw_bytes *payloadp,
				  struct gw_reason *why,
				  const struct gw_primitive *answer,
				  const struct coap_asked *asked) GW_MUST_CHECK;

/* How a request is to be written on one hop. */
struct coap_hop {
	const struct coap_url *url; // whose path goes before that of `to`
	bool is_whole_url;          // or is the target itself
	struct gw_str from;         // fr on this hop; absent: the primitive's
	enum gw_media accepts;      // how the answer is wanted; NONE: as asked
	bool is_legacy;             // option numbers of the old texts
	bool has_joined_query;      // all query fields in one option
	bool ignores_op;            // op= means nothing there
	int64_t now_ms;             // wall clock
};

/* The same for a request. */
enum gw_status coap_encode_request(struct coap_message *m,
				   struct gw_bytes *payloadp,
				   struct gw_reason *why,
				   const struct gw_primitive *request,
				   const struct coap_hop *hop) GW_MUST_CHECK;
