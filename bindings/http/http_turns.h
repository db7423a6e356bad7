#pragma once

/*
 * Turns - which requests are out at one time, so that no host that keeps silent
 * takes the connections of all.
 *
 *	take ----> out: holds a place, and one connection at most
 *	  |         ^
 *	  |         | a place is free for its host
 *	  '----> waiting, behind others of its host
 *	  |
 *	  '----> refused: too many wait for its host
 *
 * A place is charged to the account (core/account.h) of the address that is
 * connected to, and not to that of who asks: it is the host that keeps a
 * connection for as long as it likes, whoever makes us ask it, and open
 * requests (limits.exchanges) bound who asks.  While less than half of
 * limits.outgoing are out any host may have them; beyond that it has a share.
 * Hosts that wait are served in turn.  Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "core/account.h"
#include "core/lib/cleanup.h"
#include "core/lib/loop.h"
#include "core/status.h"

struct gw_conf;
struct http_line_up;
struct http_turn;

/* Called from http_turns_take() or from the loop, never from
 * http_turns_give(). */
typedef void http_turn_fn(struct http_turn *t);

/* Of one request; to be embedded, zeroed. */
struct http_turn {
	bool is_patient; // it may wait however many do: its host is a CSE of
			 // the configuration
	struct gw_charge place;       // while it is out
	struct http_line_up *line_up; // while it waits
	TAILQ_ENTRY(http_turn) by_age;
};

TAILQ_HEAD(http_line_ups, http_line_up);

struct http_turns {
	struct gw_loop *loop;
	struct gw_accounts places;
	struct gw_task task;
	struct gw_table hosts;        // for which anybody waits
	struct http_line_ups by_turn; // the same
	size_t n_waiting;

	http_turn_fn *go;    // it need not wait any longer
	http_turn_fn *yield; // it has given its place to a host with fewer
};

/* Fill in go and yield, and bound it, before anything is taken. */
void http_turns_init(struct http_turns *ts, struct gw_loop *loop);

/* All are given back by then. */
void http_turns_deinit(struct http_turns *ts);

/* What the configuration says now. */
void http_turns_bound(struct http_turns *ts, const struct gw_conf *conf);

/* Take a place toward this numeric address.  NONE: it has one, or waits for
 * go(); else why not. */
enum gw_status http_turns_take(struct http_turns *ts, struct http_turn *t,
			       const char *address, bool is_trusted,
			       struct gw_reason *why) GW_MUST_CHECK;

static inline bool http_turn_waits(const struct http_turn *t)
{
	return t->line_up != NULL;
}

/* It is over, or wanted no more.  One that has nothing is fine. */
void http_turns_give(struct http_turns *ts, struct http_turn *t);
