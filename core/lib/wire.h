#pragma once

/*
 * Wire - one message as it was written to a peer or read from it, told to the
 * log at debug as "sent" or "received".
 *
 * Its sentence is the head, line by line, and the body behind an empty line.
 * No secret is in it: of lines such as "Authorization: ..." the value is left
 * out, and of a body that may carry tokens (tkns), or is no text, all but its
 * length.  m2mgate send -v shows these lines to a person.
 */

#include <stdbool.h>

#include "core/lib/str.h"

struct gw_wire {
	const char *topic;
	bool is_received;     // else sent
	struct gw_str head;   // "NAME: VALUE" lines; may be absent
	struct gw_bytes body; // may be absent
};

/* Whether anybody wants to know. */
bool gw_wire_is_watched(void);

/* Tell a message, if anybody wants to know. */
void gw_wire_tell(const struct gw_wire *wire);
