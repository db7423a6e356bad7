#pragma once

/*
 * Time - timestamps and durations of oneM2M (TS-0004 6.3.2, 8.4).
 *
 * A timestamp is YYYYMMDDThhmmss[,f{1,6}] in UTC.  A relative time is a whole
 * number of milliseconds.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/lib/str.h"

struct gw_arena;

/* A timestamp as milliseconds since 1970.  False when text is none, or no real
 * date; 235960, a leap second, is the first second of the next day. */
bool gw_time_parse(int64_t *ms_p, struct gw_str text);

/* A timestamp without fraction (CoAP needs exactly that) from milliseconds
 * since 1970; the nearest one there is beyond the years 1 to 9999.  In the
 * arena. */
struct gw_str gw_time_print(struct gw_arena *a, int64_t ms);
