#pragma once

/*
 * Pace - when the next message may be written on one connection.
 *
 * Some peers lose messages that come too close together (ACME), or take one
 * request at a time (tinyIoT).  A profile gives a window, which bounds the
 * requests in flight, and a gap, the least time between two messages of either
 * kind.  An answer to the last message lifts the gap: the peer has read it.
 *
 * Pure: the caller gives the time.  The gap is measured on a clock that is
 * read when it is asked for, since a turn of the loop may last longer than the
 * gap.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bindings/ws/ws_pending.h"

struct gw_conf_cse;
struct gw_profile;

struct ws_pace {
	unsigned window;   // 0: no limit
	int64_t settle_ms; // 0: an unanswered request counts for ever
	int64_t gap_ms;    // 0: none

	bool has_written;      // something the peer may not have read yet
	int64_t written_ms;    // when, on the fresh clock
	struct ws_entry *last; // what was written, if it was a request
};

/* Time as the loop shows it for this turn, and as it is right now. */
struct ws_now {
	int64_t turn_ms;
	int64_t fresh_ms;
};

/* The traits of a profile, and what the configuration puts in their place;
 * conf may be NULL.  What was written before is kept. */
void ws_pace_set(struct ws_pace *pace, const struct gw_profile *profile,
		 const struct gw_conf_cse *conf);

/* A message was written; e is its entry when it was a request, else NULL. */
void ws_pace_wrote(struct ws_pace *pace, struct ws_entry *e, struct ws_now now);

/* A request was answered, or left the table unanswered. */
void ws_pace_answered(struct ws_pace *pace, const struct ws_entry *e);
void ws_pace_forget(struct ws_pace *pace, const struct ws_entry *e);

/* Milliseconds until a message may be written; 0 is now. */
int64_t ws_pace_wait_ms(struct ws_pace *pace, struct ws_now now);

/* Milliseconds until a request may be written; 0 is now, -1 when only an
 * answer can tell. */
int64_t ws_pace_request_wait_ms(struct ws_pace *pace, struct ws_pending *p,
				struct ws_now now);
