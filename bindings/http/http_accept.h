#pragma once

/*
 * Accept - media types as headers write them (RFC 9110 8.3 and 12.5.1).
 */

#include <stdbool.h>

#include "bindings/http/http_map.h"
#include "core/primitive.h"

/* A Content-Type, taken apart. */
struct http_content_type {
	enum gw_media media; // NONE: not one of ours
	struct gw_str type;  // ty as written; absent: no such parameter
	bool has_types;      // ty stands more than once
};

struct http_content_type http_content_type(struct gw_str value);

/* Which serialisation the lines of an Accept header ask for; absent ones ask
 * for nothing.  otherwise is what to use when they leave the choice to us.
 * False when they take none that we have. */
bool http_accept(enum gw_media *mediap,
		 const struct gw_str lines[HTTP_ACCEPT_LINES_MAX],
		 enum gw_media otherwise);
