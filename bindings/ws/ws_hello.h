#pragma once

/*
 * Hello - the head of a handshake as a registree wrote it (RFC 6455 4.2.1),
 * read as strictly as RFC 9112 wants.
 *
 * Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/lib/str.h"

struct gw_buf;

/* What it says: slices of the head, absent where it does not. */
struct ws_hello {
	struct gw_str method;
	struct gw_str target;
	struct gw_str version; // of HTTP
	struct gw_str host;
	struct gw_str upgrade;
	struct gw_str key;
	struct gw_str ws_version;
	struct gw_str web_origin; // Origin
	struct gw_str name;       // X-M2M-Origin
	struct gw_str length;     // Content-Length
	struct gw_str coding;     // Transfer-Encoding

	/* Lists, which may stand in several lines. */
	bool is_upgrade; // Connection names it
	bool has_protocol;
	struct gw_str protocol; // the first of those that is known
};

/* How many bytes at the front are the whole head; 0 while more must come.  Line
 * ends of any kind are found, so that wrong ones can be refused. */
size_t ws_hello_length(struct gw_str received);

/* Read a whole head.  NULL, or a sentence that tells what is ill-formed. */
const char *ws_hello_read(struct ws_hello *h, struct gw_str head);

/* Append the handshake that asks for the same in the plainest words, of a head
 * that can be read.  The parser of libwebsockets hangs at names that begin one
 * it knows ("X-Auth", of X-Auth-Token), and what reads the lists drops the
 * socket without a word where one is long, or has a "/" or nothing in it. */
void ws_hello_simplify(struct gw_buf *to, struct gw_str head);
