/*
 * Rival - whether another gateway holds the link that bears a CSE's own id.
 */

#include "bindings/ws/ws_rival.h"

#include <assert.h>

#define MINUTE_MS ((int64_t)60000)
#define MINUTES_MAX 60

void ws_rival_closed(struct ws_rival *rival, int64_t open_ms, int64_t now_ms)
{
	/* Two who wait in turn hold it for up to an hour each: who had it for
	 * longer has had no rival. */
	if (open_ms > MINUTE_MS * 2 * MINUTES_MAX) {
		rival->n_minutes = 0;
	}
	if (rival->has_lost_others &&
	    now_ms - rival->others_ms < WS_RIVAL_SUSPECT_MS) {
		return;
	}
	rival->is_suspected = true;
	rival->suspect_ms = now_ms;
	rival->until_ms = now_ms + WS_RIVAL_SUSPECT_MS;
}

void ws_rival_other_lost(struct ws_rival *rival, int64_t now_ms)
{
	rival->has_lost_others = true;
	rival->others_ms = now_ms;
	if (rival->is_suspected) {
		rival->is_suspected = false;
		rival->until_ms = now_ms;
	}
}

unsigned ws_rival_judge(struct ws_rival *rival, bool are_others_open,
			int64_t now_ms)
{
	assert(rival->is_suspected);
	rival->is_suspected = false;
	rival->until_ms = now_ms;
	if (!are_others_open) {
		return 0;
	}
	rival->n_minutes = rival->n_minutes ? 2 * rival->n_minutes : 1;
	if (rival->n_minutes > MINUTES_MAX) {
		rival->n_minutes = MINUTES_MAX;
	}
	rival->until_ms = now_ms + rival->n_minutes * MINUTE_MS;
	return rival->n_minutes;
}

bool ws_rival_holds(const struct ws_rival *rival, int64_t now_ms)
{
	return !rival->is_suspected && now_ms < rival->until_ms;
}
