#pragma once

/*
 * Names - what is behind the names of hosts.
 *
 *	      gw_name_await()
 *	            |                  a slot is free              found, or not
 *	            '---> WAITING ------------------------> RUNNING -----.
 *	                     |                                 ^         v
 *	                     | nobody waits any more           '---- REMEMBERED
 *	                     v                       asked for later     |
 *	                  (freed)                                     (freed)
 *
 * A name is looked up once for all who wait for it.  What was found is
 * remembered for a minute, and that nothing was found for five seconds: the
 * system tells no better times.
 *
 * A look-up cannot be interrupted, and one whose name server keeps silent lasts
 * as long as the system is patient.  So those made for points of access run in
 * 32 slots, and one has its slot until it ends, whoever still waits for it; one
 * that has not begun when nobody waits any more never begins.  How many wait or
 * run is bounded by limits.lookups.  Both are shared out (core/account.h).  The
 * account is not that of who asks, but of who has chosen the name (payer.c):
 * the host of the registree whose point of access it is, and in it the
 * registree.  Else a CSE with one such registree could notify no other.  A URL
 * is charged to who asks for it.
 *
 * Names of the configuration are the operator's choice: each begins at once,
 * beside those slots, and is charged to nobody.
 *
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "core/lib/cleanup.h"
#include "core/lib/str.h"
#include "core/status.h"

struct gw_account;
struct gw_conf;
struct gw_exchange;
struct gw_name;
struct gw_name_wait;
struct gw_names;
struct gw_relay;
struct sockaddr_storage;

/* Addresses without ports; or n == 0, and why there are none: a literal such as
 * "the name of the host is not known to the name server". */
struct gw_found {
	const struct sockaddr_storage *at;
	size_t n;
	const char *why;
};

/* What is found is borrowed for the call. */
typedef void gw_found_fn(struct gw_name_wait *w, const struct gw_found *found);

/* Somebody who waits for a name; to be embedded, zeroed but for found. */
struct gw_name_wait {
	gw_found_fn *found;
	struct gw_name *name;       // NULL: waits for none
	struct gw_account *account; // in the pot of slots
	TAILQ_ENTRY(gw_name_wait) by_age;
	bool is_known; // found() is due
};

struct gw_names *gw_names_new(struct gw_relay *relay) GW_MUST_CHECK;

/* Nobody waits by then.  What runs ends unheard.  NULL is fine.  Returns NULL.
 */
struct gw_names *gw_names_free(struct gw_names *all);

/* Take over limits that were changed. */
void gw_names_settle(struct gw_names *all, const struct gw_conf *conf);

/* Wait for a name, or a numeric address, that is to be connected to for x, or
 * for what the configuration names (x NULL, or toward a CSE).  Returns NONE,
 * and found() comes from the loop; or, with nothing to wait for, 5103 where the
 * account has its share (then x->is_crowded_out is set) or the name was not
 * found a moment ago, or 5000, and why. */
enum gw_status gw_name_await(struct gw_name_wait *w, struct gw_relay *relay,
			     struct gw_str name, struct gw_exchange *x,
			     struct gw_reason *why) GW_MUST_CHECK;

/* found() will not come.  Who waits for nothing is fine. */
void gw_name_forget(struct gw_name_wait *w);

/* Nobody was reached at what was found behind this name: it is looked up anew
 * when somebody asks for it, unless that was done a moment ago. */
void gw_name_doubt(struct gw_relay *relay, struct gw_str name);

static inline bool gw_name_is_awaited(const struct gw_name_wait *w)
{
	return w->name != NULL;
}
