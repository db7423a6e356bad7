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
	bool has_known_protocol;
	size_t n_protocol_bytes;
};

/* How many bytes at the front are the whole head; 0 while more must come.  Line
 * ends of any kind are found, so that wrong ones can be refused. */
size_t ws_hello_length(struct gw_str received);

/* Append a head that was read, with nothing in it but the lines that make a
 * handshake: the parser of libwebsockets hangs at names that begin one it knows
 * ("X-Auth", of X-Auth-Token). */
void ws_hello_filter(struct gw_buf *to, struct gw_str head);

/* Read a whole head.  NULL, or a sentence that tells what is ill-formed. */
const char *ws_hello_read(struct ws_hello *h, struct gw_str head);
