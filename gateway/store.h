#pragma once

/*
 * Store - registrations on disk, in SQLite.
 *
 * Changes are queued by the loop thread and written by a thread of the store,
 * many in one transaction (WAL, synchronous=FULL), so that no disk is waited
 * for.  What is queued is written before gw_store_free() returns.
 */

#include "core/lib/cleanup.h"

struct gw_relay;
struct gw_store;

/* Open or make the file.  A file that is damaged is set aside under another
 * name, with a warning.  Returns 0, or a negative errno, already logged:
 * -EBUSY when another process uses the file. */
int gw_store_new(struct gw_store **sp, const char *path) GW_MUST_CHECK;

/* Grant again what the file holds, leaving out what has expired or belongs to
 * a CSE that is not configured any more; from then on keep every change.
 * Called once, after the relay has started.  Returns 0 or a negative errno,
 * already logged. */
int gw_store_attach(struct gw_store *s, struct gw_relay *relay) GW_MUST_CHECK;

/* Write what is queued and close.  The relay is gone by then, or does not use
 * the store any more.  NULL is fine.  Returns NULL. */
struct gw_store *gw_store_free(struct gw_store *s);

GW_DEFINE_CLEANUP(struct gw_store, gw_store_free);
