#pragma once

/*
 * Deadline - until when a request is worth anything (TS-0004 7.3.2.4).
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/lib/str.h"
#include "core/status.h"

struct gw_conf_timeouts;
struct gw_primitive;

/* A deadline as peers write it: a timestamp, or milliseconds from now_ms on,
 * as a JSON number, a JSON string or bare header text; a number below 0 has
 * passed.  The result is milliseconds since 1970.  False when text is
 * neither. */
bool gw_deadline_read(int64_t *ms_p, struct gw_str text, int64_t now_ms);

/* How long a request may take from wall_ms on: until its rqet, else as long as
 * the configuration says, counted from its oet if it has one, and never longer
 * than timeouts.longest.  Of these and rset, what cannot be read as a time
 * counts for nothing: it is for the CSE to judge.  Returns GW_STATUS_NONE; or
 * 4008, and why, when one has passed, and nobody would want it to be executed
 * or answered any more. */
enum gw_status gw_deadline_find(int64_t *left_msp, struct gw_reason *why,
				const struct gw_primitive *p,
				const struct gw_conf_timeouts *conf,
				int64_t wall_ms) GW_MUST_CHECK;
