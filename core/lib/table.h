#pragma once

/*
 * Table - a hash table whose entries are embedded in what they find.
 *
 * The caller hashes and compares; the table finds entries by their hash and
 * keeps all 64 bits of it, so that entries of another hash are not looked at.
 * Its low bits must be spread.  Where peers choose what is hashed, the hash has
 * a key that they do not know (core/lib/hash.h).
 *
 * Nothing fails: a few entries need no memory but their own, and a table that
 * gets no memory to grow keeps its size and becomes slower.
 */

#include <stddef.h>
#include <stdint.h>

/* Zeroed is in no table. */
struct gw_table_entry {
	struct gw_table_entry *next;
	struct gw_table_entry **link; // who points at us; NULL: in no table
	uint64_t hash;                // stays when it is taken out
};

/* Zeroed is empty.  It stays where it is while there is anything in it. */
struct gw_table {
	struct gw_table_entry **slots; // NULL: all are in `few`
	struct gw_table_entry *few;
	size_t mask; // of a hash, for its slot
	size_t n_entries;
};

/* Free the table.  Entries that are still in it belong to others, and must not
 * be taken out any more. */
void gw_table_deinit(struct gw_table *t);

/* Put an entry in that is in no table. */
void gw_table_add(struct gw_table *t, struct gw_table_entry *e, uint64_t hash);

/* Take an entry out.  One that is in no table is fine. */
void gw_table_remove(struct gw_table *t, struct gw_table_entry *e);

/* The first entry of this hash, and the next of the same, or NULL.  Their
 * order means nothing. */
struct gw_table_entry *gw_table_first(const struct gw_table *t, uint64_t hash);
struct gw_table_entry *gw_table_next(const struct gw_table_entry *e);

/* Any entry, or NULL when it is empty.  Whoever takes all of them out, one by
 * one, begins with *at as 0 and passes it again. */
struct gw_table_entry *gw_table_any(const struct gw_table *t, size_t *at);
