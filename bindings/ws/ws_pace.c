/*
 * Pace - when the next message may be written on one connection.
 */

#include "bindings/ws/ws_pace.h"

#include <assert.h>

#include "core/conf.h"
#include "core/profile.h"

void ws_pace_set(struct ws_pace *pace, const struct gw_profile *profile,
		 const struct gw_conf_cse *conf)
{
	pace->window = profile->window;
	pace->settle_ms = profile->ws.settle_ms;
	pace->gap_ms = profile->ws.gap_ms;
	if (conf && conf->window >= 0) {
		pace->window = (unsigned)conf->window;
	}
	if (conf && conf->gap_ms >= 0) {
		pace->gap_ms = conf->gap_ms;
	}
}

void ws_pace_wrote(struct ws_pace *pace, struct ws_entry *e, struct ws_now now)
{
	pace->has_written = true;
	pace->written_ms = now.fresh_ms;
	pace->last = e;
}

void ws_pace_answered(struct ws_pace *pace, const struct ws_entry *e)
{
	if (pace->last == e) {
		pace->last = NULL;
		pace->has_written = false;
	}
}

void ws_pace_forget(struct ws_pace *pace, const struct ws_entry *e)
{
	if (pace->last == e) {
		pace->last = NULL;
	}
}

int64_t ws_pace_wait_ms(struct ws_pace *pace, struct ws_now now)
{
	int64_t end_ms = 0;

	if (pace->gap_ms == 0 || !pace->has_written) {
		return 0;
	}
	if (now.fresh_ms < pace->written_ms) {
		/* The clock was set back. */
		pace->written_ms = now.fresh_ms;
	}
	end_ms = pace->written_ms + pace->gap_ms;
	return end_ms > now.fresh_ms ? end_ms - now.fresh_ms : 0;
}

int64_t ws_pace_request_wait_ms(struct ws_pace *pace, struct ws_pending *p,
				struct ws_now now)
{
	int64_t gap_ms = ws_pace_wait_ms(pace, now);
	int64_t settle_ms = 0;

	if (pace->window == 0 ||
	    ws_pending_count(p, now.turn_ms, pace->settle_ms) < pace->window) {
		return gap_ms;
	}
	if (pace->settle_ms == 0) {
		return -1;
	}
	assert(p->unsettled);
	settle_ms = p->unsettled->written_ms + pace->settle_ms - now.turn_ms;
	return settle_ms > gap_ms ? settle_ms : gap_ms;
}
