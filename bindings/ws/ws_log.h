#pragma once

/*
 * Log - messages as they cross a connection, at debug.
 */

#include "core/lib/str.h"
#include "core/primitive.h"

/* Tell a message, event being "sent" or "received".  One that may carry tokens
 * (tkns) is told by its length only: no secret is logged at any level. */
void ws_log_message(const char *event, enum gw_media media, struct gw_str text);
