/*
 * Table - a hash table whose entries are embedded in what they find.
 */

#include "core/lib/table.h"

#include <assert.h>
#include <stdlib.h>

/* Entries that are kept in one chain, without slots. */
#define FEW ((size_t)8)

static struct gw_table_entry **slot_of(const struct gw_table *t, uint64_t hash)
{
	return &t->slots[hash & t->mask];
}

static void put(struct gw_table_entry **slot, struct gw_table_entry *e)
{
	e->next = *slot;
	e->link = slot;
	if (e->next) {
		e->next->link = &e->next;
	}
	*slot = e;
}

static void move(struct gw_table *to, struct gw_table_entry **from)
{
	while (*from) {
		struct gw_table_entry *e = *from;

		*from = e->next;
		put(slot_of(to, e->hash), e);
	}
}

/* One slot for each entry, and as many more as may come. */
static void grow(struct gw_table *t)
{
	size_t n = t->slots ? t->mask + 1 : FEW;
	struct gw_table wide = {
		.slots = calloc(n * 2, sizeof(struct gw_table_entry *)),
		.mask = n * 2 - 1,
		.n_entries = t->n_entries,
	};

	if (!wide.slots) {
		return;
	}
	move(&wide, &t->few);
	for (size_t i = 0; t->slots && i < n; i++) {
		move(&wide, &t->slots[i]);
	}
	free(t->slots);
	*t = wide;
}

void gw_table_deinit(struct gw_table *t)
{
	free(t->slots);
	*t = (struct gw_table){ 0 };
}

void gw_table_add(struct gw_table *t, struct gw_table_entry *e, uint64_t hash)
{
	assert(!e->link);
	if (t->n_entries >= (t->slots ? t->mask + 1 : FEW)) {
		grow(t);
	}
	e->hash = hash;
	put(t->slots ? slot_of(t, hash) : &t->few, e);
	t->n_entries++;
}

void gw_table_remove(struct gw_table *t, struct gw_table_entry *e)
{
	if (!e->link) {
		return;
	}
	assert(t->n_entries > 0);
	assert(*e->link == e);
	*e->link = e->next;
	if (e->next) {
		e->next->link = e->link;
	}
	e->next = NULL;
	e->link = NULL;
	t->n_entries--;
}

static struct gw_table_entry *of_hash(struct gw_table_entry *e, uint64_t hash)
{
	while (e && e->hash != hash) {
		e = e->next;
	}
	return e;
}

struct gw_table_entry *gw_table_first(const struct gw_table *t, uint64_t hash)
{
	return of_hash(t->slots ? *slot_of(t, hash) : t->few, hash);
}

struct gw_table_entry *gw_table_next(const struct gw_table_entry *e)
{
	return of_hash(e->next, e->hash);
}

struct gw_table_entry *gw_table_any(const struct gw_table *t, size_t *at)
{
	assert(t->n_entries > 0 || !t->few);
	if (!t->slots) {
		return t->few;
	}
	for (; *at <= t->mask; (*at)++) {
		if (t->slots[*at]) {
			return t->slots[*at];
		}
	}
	return NULL;
}
