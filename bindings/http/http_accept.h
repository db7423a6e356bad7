#pragma once

/*
 * Accept - media types as headers write them (RFC 9110 8.3 and 12.5.1).
 */

#include <stdbool.h>

#include "core/primitive.h"

/* A Content-Type, taken apart. */
struct http_content_type {
	enum gw_media media; // NONE: not one of ours
	struct gw_str type;  // ty as written; absent: no such parameter
};

struct http_content_type http_content_type(struct gw_str value);

/* Which serialisation an Accept header asks for.  otherwise is what to use
 * when it leaves the choice to us.  False when it takes none that we have. */
bool http_accept(enum gw_media *mediap, struct gw_str value,
		 enum gw_media otherwise);
