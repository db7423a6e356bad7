#pragma once

/*
 * Send print - an answer for a person to read.
 */

#include <stdbool.h>
#include <stdio.h>

#include "core/lib/str.h"

struct gw_primitive;

/* Status, parameters and content.  Values are the bytes that arrived: no number
 * is rounded and no letter is changed. */
void gw_send_print(FILE *to, const struct gw_primitive *answer);

/* A scanned JSON value, one member or element a line. */
void gw_send_print_json(FILE *to, struct gw_str value);

/* Print a message of the wire (core/lib/wire.h) as lines behind "> " when it
 * was sent, "< " when it was received, and an empty one.  Controls come out
 * escaped. */
void gw_send_print_wire(FILE *to, bool is_received, const char *message);
