#pragma once

/*
 * Wire - what libcurl writes and reads, for the log at debug.
 */

#include <curl/curl.h>

#include "core/lib/buf.h"

/* Of one request; to be embedded. */
struct http_wire {
	struct gw_bytes sent; // its body; borrowed
	struct gw_buf head;   // of the answer, so far
};

/* Watch a request, whose body is borrowed until http_wire_deinit(), if anybody
 * wants to know. */
void http_wire_watch(struct http_wire *wire, CURL *easy, struct gw_bytes body);

/* Tell the answer as far as it came; nothing of it is fine, and so is a request
 * that is not watched. */
void http_wire_end(struct http_wire *wire, struct gw_bytes body);

void http_wire_deinit(struct http_wire *wire);
