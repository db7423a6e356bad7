#pragma once

/*
 * Pending - our requests whose answers are still to come.
 *
 * Each has an id minted for this broker, which nobody else can guess and which
 * is never used again, so that two devices' "1" never meet and a late answer
 * finds nobody.  Pure: the caller gives the random numbers.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"
#include "core/lib/mint.h"
#include "core/lib/str.h"
#include "core/lib/table.h"

/* Embedded in what the caller knows about a request. */
struct mqtt_entry {
	struct gw_table_entry by_number; // of its id
};

struct mqtt_pending {
	struct gw_table entries;
	struct gw_mint mint;
};

/* Ids begin with the stem and with what the random number gives. */
void mqtt_pending_init(struct mqtt_pending *p, struct gw_str stem,
		       uint64_t random);
void mqtt_pending_deinit(struct mqtt_pending *p);

/* Put a request into the table.  Its id is written to at. */
struct gw_str mqtt_pending_add(struct mqtt_pending *p, struct mqtt_entry *e,
			       char at[GW_MINT_BYTES]);

/* The request with this id, or NULL. */
struct mqtt_entry *mqtt_pending_find(const struct mqtt_pending *p,
				     struct gw_str id);

/* Take a request out.  One that is not in the table is fine. */
void mqtt_pending_remove(struct mqtt_pending *p, struct mqtt_entry *e);

/* Any request of the table, or NULL when it is empty. */
struct mqtt_entry *mqtt_pending_any(const struct mqtt_pending *p);
