#pragma once

/*
 * Index - a hash table whose entries are embedded in what they find.
 *
 * The caller hashes and compares; the table only keeps entries of one hash
 * together.  Hashes are keyed by the relay, so that peers who choose names
 * cannot make them collide.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"

struct sandbox_node;

/* Zeroed means in no table. */
struct sandbox_entry {
	struct sandbox_entry *next;
	struct sandbox_node *node; // what is found; NULL when in no table
	uint64_t hash;
};

/* Zeroed means empty. */
struct sandbox_index {
	struct sandbox_entry **slots;
	size_t n_slots;
	size_t n_entries;
};

/* Returns 0 or -ENOMEM. */
int sandbox_index_add(struct sandbox_index *index, struct sandbox_entry *entry,
		      struct sandbox_node *node, uint64_t hash) GW_MUST_CHECK;

/* An entry that is in no table is fine. */
void sandbox_index_remove(struct sandbox_index *index,
			  struct sandbox_entry *entry);

/* The first entry of this hash, and the next of the same hash, or NULL. */
struct sandbox_entry *sandbox_index_first(const struct sandbox_index *index,
					  uint64_t hash);
struct sandbox_entry *sandbox_index_next(const struct sandbox_entry *entry);

/* Free the table; the entries belong to others. */
void sandbox_index_deinit(struct sandbox_index *index);
