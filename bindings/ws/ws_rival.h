#pragma once

/*
 * Rival - whether another gateway holds the link that bears a CSE's own id.
 *
 * A CSE keeps one connection of a name, and closes the older one with 1000 when
 * a newer one comes.  It does the same to all when it goes down in order.  So
 * the loss of the one link is a suspicion, and what becomes of the others tells
 * more:
 *
 *	          closed, none other lost         others are still open
 *	QUIET ------------------------> SUSPECTED --------------------> HELD
 *	  ^                                 | another one is lost        |
 *	  '---------------------------------'                            |
 *	  '------------- its time is over, and it is tried again --------'
 *
 * Who holds it is left alone for 1 minute, then for 2, 4 ... 60, so that two
 * gateways do not take it from each other for ever.
 *
 * Pure: the caller gives the time.
 */

#include <stdbool.h>
#include <stdint.h>

/* Links that are lost so close to each other are lost for one reason. */
#define WS_RIVAL_SUSPECT_MS ((int64_t)5000)

/* Zeroed is quiet. */
struct ws_rival {
	bool is_suspected;
	bool has_lost_others; // ever:
	int64_t others_ms;    // when another link of that CSE was lost
	int64_t suspect_ms;   // when ours was closed
	int64_t until_ms;     // not tried before
	unsigned n_minutes;   // waited the last time; 0: never
};

/* Ours was closed in order while it was in use, after so long. */
void ws_rival_closed(struct ws_rival *rival, int64_t open_ms, int64_t now_ms);

/* Another link of that CSE was lost. */
void ws_rival_other_lost(struct ws_rival *rival, int64_t now_ms);

/* Whether another gateway is known to hold it, and is left alone. */
bool ws_rival_holds(const struct ws_rival *rival, int64_t now_ms);

/* The time of a suspicion is over.  Returns the minutes to wait, or 0 when it
 * may be tried at once: when no other link of that CSE stayed open. */
unsigned ws_rival_judge(struct ws_rival *rival, bool are_others_open,
			int64_t now_ms);
