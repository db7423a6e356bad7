/*
 * Pending - the requests in flight on one connection, and the ids that may not
 * be used on it.
 */

#include "bindings/ws/ws_pending.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define SLOTS_MIN 16
#define USED_MIN 16

/* 0 marks a free slot. */
static uint64_t key_of(uint64_t hash)
{
	return hash ? hash : 1;
}

static struct ws_slot *slot_of(const struct ws_table *t, uint64_t hash)
{
	size_t i = hash & (t->n_slots - 1);

	assert(t->n_taken < t->n_slots); // or it would be sought for ever
	while (t->slots[i].hash != 0 && t->slots[i].hash != hash) {
		i = (i + 1) & (t->n_slots - 1);
	}
	return &t->slots[i];
}

static bool table_has(const struct ws_table *t, uint64_t hash)
{
	return t->n_slots > 0 && slot_of(t, hash)->hash != 0;
}

static int table_grow(struct ws_table *t)
{
	struct ws_slot *old = t->slots;
	size_t n_old = t->n_slots;
	size_t n = n_old ? n_old * 2 : SLOTS_MIN;
	struct ws_slot *slots = calloc(n, sizeof(*slots));

	if (!slots) {
		return -ENOMEM;
	}
	t->slots = slots;
	t->n_slots = n;
	for (size_t i = 0; i < n_old; i++) {
		if (old[i].hash != 0) {
			*slot_of(t, old[i].hash) = old[i];
		}
	}
	free(old);
	return 0;
}

/* Make room for n in all, in a table that is at most half full. */
static int table_reserve(struct ws_table *t, size_t n)
{
	int error = 0;

	while (n > t->n_slots / 2 && !error) {
		error = table_grow(t);
	}
	return error;
}

/* There is room, and the hash is not in it. */
static void table_add(struct ws_table *t, uint64_t hash, struct ws_entry *e)
{
	struct ws_slot *slot = slot_of(t, hash);

	assert(slot->hash == 0);
	*slot = (struct ws_slot){ .hash = hash, .entry = e };
	t->n_taken++;
	assert(t->n_taken <= t->n_slots / 2);
}

/* Free a slot, and move up those behind it that would have liked it. */
static void table_drop(struct ws_table *t, uint64_t hash)
{
	size_t mask = t->n_slots - 1;
	size_t hole = (size_t)(slot_of(t, hash) - t->slots);

	assert(t->slots[hole].hash == hash && t->n_taken > 0);
	for (size_t i = (hole + 1) & mask; t->slots[i].hash != 0;
	     i = (i + 1) & mask) {
		size_t home = t->slots[i].hash & mask;

		if (((i - home) & mask) >= ((i - hole) & mask)) {
			t->slots[hole] = t->slots[i];
			hole = i;
		}
	}
	t->slots[hole] = (struct ws_slot){ 0 };
	t->n_taken--;
}

static void table_deinit(struct ws_table *t)
{
	free(t->slots);
	*t = (struct ws_table){ 0 };
}

void ws_pending_init(struct ws_pending *p, size_t n_used_max)
{
	*p = (struct ws_pending){ .n_used_max = n_used_max };
}

void ws_pending_deinit(struct ws_pending *p)
{
	table_deinit(&p->flying);
	table_deinit(&p->known);
	free(p->used);
	p->used = NULL;
	p->used_size = 0;
}

static int used_grow(struct ws_pending *p)
{
	size_t size = p->used_size ? p->used_size * 2 : USED_MIN;
	struct ws_used *used = calloc(size, sizeof(*used));

	if (!used) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < p->n_used; i++) {
		used[i] = p->used[(p->used_first + i) & (p->used_size - 1)];
	}
	free(p->used);
	p->used = used;
	p->used_size = size;
	p->used_first = 0;
	return 0;
}

static void used_drop(struct ws_pending *p, int64_t now_ms)
{
	while (p->n_used > 0 && p->used[p->used_first].until_ms <= now_ms) {
		table_drop(&p->known, p->used[p->used_first].hash);
		p->used_first = (p->used_first + 1) & (p->used_size - 1);
		p->n_used--;
	}
}

void ws_pending_tidy(struct ws_pending *p, int64_t now_ms)
{
	used_drop(p, now_ms);
	if (p->flying.n_taken == 0 && p->known.n_taken == 0) {
		ws_pending_deinit(p);
	}
}

/* Whether one more that is kept now would find room among the used later. */
static bool may_keep(const struct ws_pending *p)
{
	return p->n_kept + p->n_used < p->n_used_max;
}

bool ws_pending_may_keep(struct ws_pending *p, int64_t now_ms)
{
	used_drop(p, now_ms);
	return may_keep(p);
}

/* Whatever is kept now must find room among the used later. */
static int reserve(struct ws_pending *p, const struct ws_entry *e)
{
	size_t n_used = p->n_kept + p->n_used + 1;

	if (table_reserve(&p->flying, p->flying.n_taken + 1)) {
		return -ENOMEM;
	}
	if (e->is_minted) {
		return 0;
	}
	if (!may_keep(p)) {
		return -ENOSPC;
	}
	if (table_reserve(&p->known, n_used)) {
		return -ENOMEM;
	}
	return n_used > p->used_size ? used_grow(p) : 0;
}

static void line_up(struct ws_pending *p, struct ws_entry *e)
{
	e->newer = NULL;
	e->older = p->newest;
	if (p->newest) {
		p->newest->newer = e;
	} else {
		p->oldest = e;
	}
	p->newest = e;
	if (!p->unsettled) {
		p->unsettled = e;
	}
	p->n_in_flight++;
	p->n_unsettled++;
}

static void step_out(struct ws_pending *p, struct ws_entry *e)
{
	if (p->unsettled == e) {
		p->unsettled = e->newer;
	}
	if (e->older) {
		e->older->newer = e->newer;
	} else {
		p->oldest = e->newer;
	}
	if (e->newer) {
		e->newer->older = e->older;
	} else {
		p->newest = e->older;
	}
	assert(p->n_in_flight > 0 && (e->is_settled || p->n_unsettled > 0));
	p->n_in_flight--;
	p->n_unsettled -= e->is_settled ? 0 : 1;
	assert((p->n_in_flight == 0) == !p->oldest);
}

int ws_pending_add(struct ws_pending *p, struct ws_entry *e, struct gw_str id,
		   uint64_t hash, int64_t now_ms)
{
	uint64_t key = key_of(hash);
	int error = 0;

	used_drop(p, now_ms);
	error = reserve(p, e);
	if (error) {
		return error;
	}
	/* No used id can be like a minted one. */
	if (table_has(&p->flying, key) ||
	    (!e->is_minted && table_has(&p->known, key))) {
		return -EEXIST;
	}
	table_add(&p->flying, key, e);
	p->n_kept += e->is_minted ? 0 : 1;
	e->id = id;
	e->hash = key;
	e->written_ms = now_ms;
	e->is_settled = false;
	line_up(p, e);
	return 0;
}

struct ws_entry *ws_pending_find(const struct ws_pending *p, struct gw_str id,
				 uint64_t hash)
{
	struct ws_entry *e = NULL;

	if (p->flying.n_slots == 0) {
		return NULL;
	}
	e = slot_of(&p->flying, key_of(hash))->entry;
	return e && gw_str_eq(e->id, id) ? e : NULL;
}

void ws_pending_answered(struct ws_pending *p, struct ws_entry *e,
			 int64_t now_ms)
{
	size_t i = 0;

	step_out(p, e);
	table_drop(&p->flying, e->hash);
	if (e->is_minted) {
		return;
	}
	assert(p->n_kept > 0 && p->n_used < p->used_size);
	table_add(&p->known, e->hash, NULL);
	p->n_kept--;
	i = (p->used_first + p->n_used) & (p->used_size - 1);
	p->used[i] = (struct ws_used){ .hash = e->hash,
				       .until_ms = now_ms + WS_USED_MS };
	p->n_used++;
}

void ws_pending_forget(struct ws_pending *p, struct ws_entry *e, int64_t now_ms)
{
	ws_pending_answered(p, e, now_ms);
	p->has_forgotten = true;
	p->forgotten_ms = now_ms;
}

struct ws_entry *ws_pending_only(const struct ws_pending *p, int64_t now_ms)
{
	if (p->n_in_flight != 1 ||
	    (p->has_forgotten && now_ms < p->forgotten_ms + WS_USED_MS)) {
		return NULL;
	}
	return p->oldest;
}

size_t ws_pending_count(struct ws_pending *p, int64_t now_ms, int64_t settle_ms)
{
	while (settle_ms > 0 && p->unsettled &&
	       p->unsettled->written_ms + settle_ms <= now_ms) {
		assert(!p->unsettled->is_settled && p->n_unsettled > 0);
		p->unsettled->is_settled = true;
		p->unsettled = p->unsettled->newer;
		p->n_unsettled--;
	}
	return p->n_unsettled;
}
