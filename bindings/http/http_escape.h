#pragma once

/*
 * Escape - the percent-encoding of paths and queries (RFC 3986).
 */

#include "core/lib/str.h"

struct gw_arena;
struct gw_buf;

enum http_part {
	HTTP_PART_PATH,  // '/' parts segments and may not be encoded
	HTTP_PART_QUERY, // a value; '+' stands for a blank
};

/* Text with its encoding resolved, in the arena or a slice of text.  Absent
 * when the encoding is broken or stands for what no primitive may hold:
 * controls, and bytes that are no UTF-8; or when the arena is short. */
struct gw_str http_unescape(struct gw_arena *a, struct gw_str text,
			    enum http_part part);

/* Append text so that it may stand in that part. */
void http_escape(struct gw_buf *buf, struct gw_str text, enum http_part part);
