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
#include "core/lib/str.h"

/* Room for a minted id. */
#define MQTT_ID_BYTES 80

/* Embedded in what the caller knows about a request. */
struct mqtt_entry {
	uint64_t number; // of its id; 0: not in the table
	struct mqtt_entry *next;
};

struct mqtt_pending {
	struct mqtt_entry **slots; // by number, chained
	size_t n_slots;            // a power of two; 0: none yet
	size_t n_entries;
	uint64_t n_minted;
	char prefix[MQTT_ID_BYTES - 24];
	size_t prefix_len;
};

/* Ids begin with the stem and with what the random number gives. */
void mqtt_pending_init(struct mqtt_pending *p, struct gw_str stem,
		       uint64_t random);
void mqtt_pending_deinit(struct mqtt_pending *p);

/* Put a request into the table and write its id to at, which has MQTT_ID_BYTES.
 * Returns 0 or -ENOMEM. */
int mqtt_pending_add(struct mqtt_pending *p, struct mqtt_entry *e,
		     char *at) GW_MUST_CHECK;

/* The request with this id, or NULL. */
struct mqtt_entry *mqtt_pending_find(const struct mqtt_pending *p,
				     struct gw_str id);

/* Take a request out.  One that is not in the table is fine. */
void mqtt_pending_remove(struct mqtt_pending *p, struct mqtt_entry *e);

/* Any request of the table, or NULL when it is empty. */
struct mqtt_entry *mqtt_pending_any(const struct mqtt_pending *p);
