#pragma once

/*
 * Guard - what libmicrohttpd lets through and RFC 9112 does not.
 *
 * libmicrohttpd parses a head where it was received: it puts a NUL in place of
 * each blank of the request line, each colon and each line end, and hands out
 * pointers into that memory.  So the head as it was sent can still be seen:
 *
 *	GET0/path0HTTP/1.1 00 Host 0 a 00 X-M2M-RI 0 1 00 00
 *	^method  ^target ^version  ^name ^value             ^end of the head
 *
 * The guard walks along it.  Where each piece begins exactly behind the last
 * one, the head was what it seems to be.  A folded line has moved its name to
 * other memory; a NUL in a value, a line that ends in a bare LF and doubled
 * blanks leave the pieces out of step.  (One thing looks like a CRLF: a NUL
 * before a bare LF.  Readers that take it for a line end agree with us, all
 * others refuse it.)
 *
 * libmicrohttpd 1.0 reads a head otherwise, and keeps nothing of its lines.
 * But when it is told to be strict it refuses by itself what the walk would
 * find, in the frame of a chunked body as well; all other rules are the same
 * for both.  http_probe.h finds out which of the two ways is the right one.
 *
 * Every message but a clean one is refused and its connection closed: after a
 * head that two readers may understand differently nobody can tell where the
 * next message begins.
 */

#include <stdbool.h>

#include "bindings/http/http_map.h"

/* Headers a request may have, known or not. */
#define HTTP_FIELDS_MAX 64

enum http_guard_way {
	HTTP_GUARD_NONE,   // libmicrohttpd is one that is not understood
	HTTP_GUARD_LAYOUT, // walk along the head where it was read
	HTTP_GUARD_STRICT, // libmicrohttpd judges the lines
};

/* How strict libmicrohttpd is asked to be (MHD_OPTION_STRICT_FOR_CLIENT). */
int http_guard_strictness(enum http_guard_way way);

/* A head as libmicrohttpd sees it; all pointers are its own. */
struct http_guard_head {
	const char *method;
	const char *target; // before the query was taken apart
	size_t target_len;
	const char *version;
	const char *end; // behind the empty line
	const struct http_field *fields;
	size_t n_fields;
};

/* What to answer with; a clean message has no reason. */
struct http_refusal {
	unsigned status;
	const char *reason; // static
};

/* Check how the head was written, and sort its headers. */
struct http_refusal http_guard_layout(struct http_values *values,
				      const struct http_guard_head *head);

/* Only sort its headers, when libmicrohttpd has judged the lines. */
struct http_refusal http_guard_fields(struct http_values *values,
				      const struct http_field *fields,
				      size_t n_fields);

/* Check what sorted headers say about the message itself: its target, host and
 * length.  *targetp becomes the path and query of the target. */
struct http_refusal http_guard_meaning(struct gw_str *targetp,
				       const struct http_values *values,
				       struct gw_str method,
				       struct gw_str version);

/*
 * The same for the frame of a chunked body, which libmicrohttpd takes apart
 * leniently: it lets lines end in a bare LF.
 *
 * Between two pieces of data that came with one read lies the frame as it was
 * sent, and before the first piece lies what the read began with.  What a read
 * ends with is seen with the next piece of the same turn, or at the end of the
 * body.  A line end that is split from the data on both its sides by pauses of
 * the sender is not seen.
 */
struct http_chunks {
	const char *base;  // where each read puts it; NULL: not looked at
	const char *after; // behind the last piece
	unsigned turn;     // when the last piece came
	char next[16];     // what lay behind it
};

void http_chunks_begin(struct http_chunks *c, const char *base);

/* Look at a piece of data in the memory of libmicrohttpd, where at least
 * sizeof(next) bytes more may be read.  turn counts its runs. */
bool http_chunks_piece(struct http_chunks *c, unsigned turn, const char *at,
		       size_t len);

/* Look at the end of the body. */
bool http_chunks_end(const struct http_chunks *c, unsigned turn);
