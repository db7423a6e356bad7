/*
 * Index - a hash table whose entries are embedded in what they find.
 */

#include "bindings/sandbox/sandbox_index.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_SLOTS ((size_t)64)

static struct sandbox_entry **slot_of(const struct sandbox_index *index,
				      uint64_t hash)
{
	return &index->slots[hash & (index->n_slots - 1)];
}

static int grow(struct sandbox_index *index)
{
	struct sandbox_index wide = {
		.n_slots = index->n_slots ? index->n_slots * 2 : FIRST_SLOTS,
		.n_entries = index->n_entries,
	};

	wide.slots = calloc(wide.n_slots, sizeof(struct sandbox_entry *));
	if (!wide.slots) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < index->n_slots; i++) {
		struct sandbox_entry *e = NULL;

		while ((e = index->slots[i])) {
			struct sandbox_entry **slot = slot_of(&wide, e->hash);

			index->slots[i] = e->next;
			e->next = *slot;
			*slot = e;
		}
	}
	free((void *)index->slots);
	*index = wide;
	return 0;
}

int sandbox_index_add(struct sandbox_index *index, struct sandbox_entry *entry,
		      struct sandbox_node *node, uint64_t hash)
{
	struct sandbox_entry **slot = NULL;

	if (index->n_entries >= index->n_slots && grow(index)) {
		return -ENOMEM;
	}
	slot = slot_of(index, hash);
	*entry = (struct sandbox_entry){
		.next = *slot,
		.node = node,
		.hash = hash,
	};
	*slot = entry;
	index->n_entries++;
	return 0;
}

void sandbox_index_remove(struct sandbox_index *index,
			  struct sandbox_entry *entry)
{
	struct sandbox_entry **link = NULL;

	if (!entry->node) {
		return;
	}
	link = slot_of(index, entry->hash);
	while (*link != entry) {
		link = &(*link)->next;
	}
	*link = entry->next;
	*entry = (struct sandbox_entry){ 0 };
	index->n_entries--;
}

static struct sandbox_entry *of_hash(struct sandbox_entry *e, uint64_t hash)
{
	while (e && e->hash != hash) {
		e = e->next;
	}
	return e;
}

struct sandbox_entry *sandbox_index_first(const struct sandbox_index *index,
					  uint64_t hash)
{
	return index->n_slots ? of_hash(*slot_of(index, hash), hash) : NULL;
}

struct sandbox_entry *sandbox_index_next(const struct sandbox_entry *entry)
{
	return of_hash(entry->next, entry->hash);
}

void sandbox_index_deinit(struct sandbox_index *index)
{
	free((void *)index->slots);
	*index = (struct sandbox_index){ 0 };
}
