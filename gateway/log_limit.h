#pragma once

/*
 * Log limit - keeps an event that repeats from flooding the log.
 *
 * Of one event so many lines a second are let through.  The rest is counted,
 * and the count is told once the second is over.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/log.h"

/* Lines of one event in one second. */
#define GW_LOG_LIMIT_LINES 50

/* Events told apart.  Those beyond are not limited: there are fewer. */
#define GW_LOG_LIMIT_EVENTS 256

struct gw_log_event {
	const char *topic; // NULL: free
	const char *event;
	enum gw_log_level level;
	int64_t second;        // of the lines counted
	unsigned n_lines;      // in that second
	uint64_t n_suppressed; // not told yet
};

/* Zeroed to begin with. */
struct gw_log_limit {
	struct gw_log_event events[GW_LOG_LIMIT_EVENTS];
	size_t n_suppressing; // events with n_suppressed above 0
};

/* Whether a line of this event may be written at now_ms.  topic and event are
 * literals. */
bool gw_log_limit_allows(struct gw_log_limit *limit, enum gw_log_level level,
			 const char *topic, const char *event, int64_t now_ms);

/* An event that has something to tell: its second is over by now_ms.  *told is
 * a copy with its count, which starts again from 0.  False when there is no
 * more.  INT64_MAX: all seconds are over. */
bool gw_log_limit_next(struct gw_log_limit *limit, struct gw_log_event *told,
		       int64_t now_ms);
