#pragma once

/*
 * Decode - from HTTP to primitives, for both roles.
 *
 * Pure: what stands in a message goes in, a primitive comes out.  The framing
 * of messages is the business of the libraries and of the guard.
 */

#include "bindings/http/http_map.h"
#include "core/codec/codec_json.h"

/* What a request line and headers say. */
struct http_request_head {
	struct gw_str method;
	struct gw_str target; // as it was sent; in the arena of the primitive
	const struct http_values *values;
};

/* What a request says besides its primitive. */
struct http_asked {
	enum gw_media media;   // of the content to come
	enum gw_media wants;   // how the answer's content is to be written
	bool is_content_given; // the query has said what pc is
};

/* Read the head of a request into an empty primitive.  Returns GW_STATUS_NONE,
 * or the status that tells what is wrong, with *why filled in; then the
 * primitive holds the id and the release if they could be read.  Values may be
 * slices of the target; all else is copied. */
enum gw_status
http_decode_head(struct gw_primitive *p, struct http_asked *asked,
		 struct gw_reason *why,
		 const struct http_request_head *head) GW_MUST_CHECK;

/* Take the body of a request, which lives in the arena of p. */
enum gw_status http_decode_content(struct gw_primitive *p,
				   const struct http_asked *asked,
				   struct gw_reason *why,
				   struct gw_bytes body) GW_MUST_CHECK;

/* An answer as it came, and what it answers. */
struct http_answer {
	unsigned status;
	const struct http_values *values;
	struct gw_bytes body; // in the arena of the primitive
	const struct gw_primitive *request;
	struct gw_str id; // rqi as it was sent
};

/* Read an answer into an empty primitive.  Returns GW_STATUS_NONE, or the
 * status the exchange ends with instead, with *why filled in. */
enum gw_status
http_decode_answer(struct gw_primitive *p, struct gw_reason *why,
		   const struct http_answer *answer) GW_MUST_CHECK;
