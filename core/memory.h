#pragma once

/*
 * Memory - the bytes that peers make the gateway hold (limits.memory).
 *
 * Requests and answers on their way, what has come of a message, what a peer
 * does not read: whoever keeps any of it charges it to the peer for whom it is
 * kept, in a load.  Beyond its part (core/account.h) a peer is refused, and
 * when all is used one that holds most gives something up for one that holds
 * little.  What cannot be refused, such as an answer that is being read, is
 * owed: then others wait until it is paid back.
 *
 * What is charged is what was asked for; malloc() takes some more.  Loop thread
 * only.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/account.h"

struct gw_load;
struct gw_relay;

/* Let go of what is charged, in this turn of the loop or soon; the load is not
 * to be touched, it is given back by whoever calls this.  False: it cannot be
 * now. */
typedef bool gw_give_up_fn(struct gw_load *load);

/* To be embedded, zeroed. */
struct gw_load {
	struct gw_charge charge;
	gw_give_up_fn *give_up; // NULL: never
};

/* Let a load be n bytes, for the peer of this account of open requests, or for
 * the peer that it is charged to already; NULL is the gateway itself.  Returns
 * NONE, always when n is less than before; or 5103 and why, with what was
 * charged before still charged. */
enum gw_status gw_memory_take(struct gw_relay *relay, struct gw_load *load,
			      struct gw_account *peer, size_t n,
			      struct gw_reason *why) GW_MUST_CHECK;

/* The same where it cannot be refused. */
void gw_memory_owe(struct gw_relay *relay, struct gw_load *load,
		   struct gw_account *peer, size_t n);

/* The same from inside of a library that must not be called then: nobody else
 * gives anything up, and what is charged already must be something.  False when
 * it may not be. */
bool gw_memory_grow(struct gw_relay *relay, struct gw_load *load,
		    size_t n) GW_MUST_CHECK;

/* Nothing is held any more. */
void gw_memory_give(struct gw_relay *relay, struct gw_load *load);

/* All that is charged. */
size_t gw_memory_used(const struct gw_relay *relay);

static inline size_t gw_load_bytes(const struct gw_load *load)
{
	return load->charge.n;
}
