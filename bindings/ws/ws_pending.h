#pragma once

/*
 * Pending - the requests in flight on one connection, and the ids that may not
 * be used on it.
 *
 * An answer is matched by rqi alone (TS-0020 5.2), and peers answer late and
 * twice.  So an id is taken while its request is in flight and for a while
 * after that, however the request ended: a late answer to one device's "1"
 * meets nobody, since the next device's "1" goes out under another id.
 *
 *	free ---> in flight ---> used, for WS_USED_MS ---> free
 *
 * What was used is remembered as a hash.  When there is no room to remember
 * another one, the id of the device is not used at all: minted ids never
 * repeat, so they need not be remembered.  What is in flight has a table of its
 * own, a small one: that of the used may be too large for any cache.
 *
 * Pure: the caller gives time and hashes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"
#include "core/lib/str.h"

/* How long an id stays taken after its request has ended. */
#define WS_USED_MS 120000

/* The longest id that is kept; a longer one is replaced. */
#define WS_KEPT_ID_MAX 256

/* One request in flight; embedded in what the caller knows about it. */
struct ws_entry {
	struct gw_str id; // borrowed for as long as it is in flight
	uint64_t hash;
	int64_t written_ms;
	bool is_minted;  // set by the caller before ws_pending_add()
	bool is_settled; // no longer counts against a window
	struct ws_entry *newer;
	struct ws_entry *older;
};

struct ws_slot {
	uint64_t hash;          // 0: free
	struct ws_entry *entry; // NULL: used
};

/* By hash, open addressing. */
struct ws_table {
	struct ws_slot *slots;
	size_t n_slots; // a power of two
	size_t n_taken;
};

struct ws_used {
	uint64_t hash;
	int64_t until_ms;
};

struct ws_pending {
	struct ws_table flying;
	struct ws_table known; // the used ones

	struct ws_used *used; // the same as a ring, oldest first
	size_t used_size;
	size_t used_first;
	size_t n_used;
	size_t n_used_max;
	size_t n_kept; // in flight under their own id

	struct ws_entry *oldest; // in flight, in the order written
	struct ws_entry *newest;
	struct ws_entry *unsettled; // the oldest that still counts
	size_t n_in_flight;
	size_t n_unsettled;

	bool has_forgotten;
	int64_t forgotten_ms; // when a request last ended without its answer
};

/* Nothing is allocated before it is needed.  At most n_used_max ids are
 * remembered after their use. */
void ws_pending_init(struct ws_pending *p, size_t n_used_max);
void ws_pending_deinit(struct ws_pending *p);

/* Whether an id could be remembered later, and so may be kept now. */
bool ws_pending_may_keep(struct ws_pending *p, int64_t now_ms);

/* Put a request in flight that is written now.  Returns 0; -EEXIST when the id
 * is taken; -ENOSPC when a kept id could not be remembered later; -ENOMEM. */
int ws_pending_add(struct ws_pending *p, struct ws_entry *e, struct gw_str id,
		   uint64_t hash, int64_t now_ms) GW_MUST_CHECK;

/* The request in flight with this id, or NULL. */
struct ws_entry *ws_pending_find(const struct ws_pending *p, struct gw_str id,
				 uint64_t hash);

/* A request was answered, or ended without. */
void ws_pending_answered(struct ws_pending *p, struct ws_entry *e,
			 int64_t now_ms);
void ws_pending_forget(struct ws_pending *p, struct ws_entry *e,
		       int64_t now_ms);

/* The request that an answer without rqi must belong to: the only one in
 * flight, unless the answer may be a late one to a request that was forgotten.
 * NULL when nobody can tell. */
struct ws_entry *ws_pending_only(const struct ws_pending *p, int64_t now_ms);

/* Requests in flight that count against a window: with settle_ms > 0 only
 * those that were written less than settle_ms ago. */
size_t ws_pending_count(struct ws_pending *p, int64_t now_ms,
			int64_t settle_ms);

/* Free ids whose time has come, and the memory when none is taken. */
void ws_pending_tidy(struct ws_pending *p, int64_t now_ms);
