#pragma once

/*
 * Encode - from primitives to HTTP, for both roles.
 *
 * Pure.  What cannot be written is refused, never escaped or left out in
 * silence: a value with a line break would become a header of its own.
 */

#include "core/codec/codec_json.h"

struct gw_arena;
struct gw_buf;

#define HTTP_LINES_MAX 32
#define HTTP_LINES_BYTES 1024

/* A header to be written.  Both texts are terminated; the value is never NULL
 * but may be empty. */
struct http_line {
	const char *name;
	const char *value;
};

/* Values point into the struct, or into an arena when there are many; it is not
 * to be moved. */
struct http_lines {
	struct http_line at[HTTP_LINES_MAX];
	size_t n;
	size_t n_bytes; // with colons, blanks and line ends
	char text[HTTP_LINES_BYTES];
	size_t n_text;
};

/* The headers and content of an answer to a request of kind op.  *contentp is
 * its body, in the arena or the primitive's own.  Returns GW_STATUS_NONE, or
 * the status to answer with instead, with *why filled in. */
enum gw_status http_encode_answer(struct http_lines *lines,
				  struct gw_bytes *contentp,
				  struct gw_reason *why,
				  const struct gw_primitive *answer,
				  enum gw_op op) GW_MUST_CHECK;

/* How a request is to be written on one hop. */
struct http_hop {
	struct gw_str url;  // to which the path of `to` is added
	bool is_whole_url;  // or the target itself
	struct gw_str from; // fr on this hop; absent: the primitive's own

	/* How the answer's content is to be written; NONE: as the request's. */
	enum gw_media media;
};

/* Whether a request of that operation has a body, even an empty one. */
bool http_has_body(enum gw_op op);

/* The method, URL and headers of a request; url and texts are built in the
 * arena of the request.  Its body is its content, for operations that have
 * one.  Returns like http_encode_answer(). */
struct http_request {
	const char *method;
	const char *url; // terminated
	struct http_lines lines;
	struct gw_bytes body;
};

enum gw_status http_encode_request(struct http_request *out,
				   struct gw_reason *why,
				   const struct gw_primitive *request,
				   const struct http_hop *hop) GW_MUST_CHECK;
