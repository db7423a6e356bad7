#pragma once

/*
 * Path - `to` and Uri-Path options (TS-0008 6.2.2.2).
 *
 *	cse-in/ae1           "cse-in", "ae1"
 *	/id-in/cse-in/ae1    "~", "id-in", "cse-in", "ae1"
 *	//sp.org/id-in/ae1   "_", "sp.org", "id-in", "ae1"
 *	cse-in/ae1#lbl       "cse-in", "ae1", and atrl=lbl in the query
 */

#include <stdbool.h>

#include "bindings/coap/coap_message.h"

struct gw_arena;

/* The `to` that the Uri-Path options of m name, in the arena or a slice.  An
 * option may hold several segments (tinyIoT).  Absent when they name none. */
struct gw_str coap_path_read(struct gw_arena *a, const struct coap_message *m);

/* Add the path of an address, without its "#attribute".  False when a segment
 * is too long for an option, or means something else where it stands. */
bool coap_path_write(struct coap_message *m, struct gw_str to);

/* Add an option for each piece of a text that '/' or '&' parts, with its
 * percent-encoding resolved: the path and the query of a URL.  False when one
 * is too long, or the arena is short. */
bool coap_path_add_segments(struct coap_message *m, struct gw_arena *a,
			    struct gw_str path);
bool coap_path_add_fields(struct coap_message *m, struct gw_arena *a,
			  struct gw_str query);
