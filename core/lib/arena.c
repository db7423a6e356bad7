/*
 * Arena - memory that dies all at once.
 *
 * Blocks are filled from the front.  The first is part of the arena itself;
 * each further one is as large as what is asked for, and at least BLOCK_BYTES.
 */

#include "core/lib/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_BYTES ((size_t)2048)
#define ALIGNMENT _Alignof(max_align_t)

struct block {
	struct block *next;
	size_t size;
	_Alignas(max_align_t) unsigned char bytes[];
};

/* Memory that came from elsewhere. */
struct kept {
	struct kept *next;
	void *at;
	size_t size;
};

struct gw_arena {
	struct block *blocks; // further blocks, newest first
	unsigned char *next;  // the free part of the newest block
	unsigned char *end;
	unsigned char *newest; // the newest allocation
	struct kept *kept;
	size_t left; // bytes that may still be handed out
	size_t held; // bytes from malloc()
	bool is_short;
	_Alignas(max_align_t) unsigned char room[];
};

struct gw_arena *gw_arena_new(size_t room_bytes, size_t limit_bytes)
{
	size_t room = room_bytes < limit_bytes ? room_bytes : limit_bytes;
	struct gw_arena *a = malloc(sizeof(*a) + room);

	if (!a) {
		return NULL;
	}
	*a = (struct gw_arena){
		.next = a->room,
		.end = a->room + room,
		.left = limit_bytes,
		.held = sizeof(*a) + room,
	};
	return a;
}

struct gw_arena *gw_arena_free(struct gw_arena *a)
{
	if (!a) {
		return NULL;
	}
	for (const struct kept *k = a->kept; k; k = k->next) {
		free(k->at);
	}
	while (a->blocks) {
		struct block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	free(a);
	return NULL;
}

static bool add_block(struct gw_arena *a, size_t size)
{
	size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
	struct block *b = NULL;

	if (room > SIZE_MAX - sizeof(*b)) {
		return false;
	}
	b = malloc(sizeof(*b) + room);
	if (!b) {
		return false;
	}
	b->next = a->blocks;
	b->size = room;
	a->blocks = b;
	a->next = b->bytes;
	a->end = b->bytes + room;
	a->held += sizeof(*b) + room;
	return true;
}

static size_t round_up(size_t size)
{
	return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

void *gw_arena_alloc(struct gw_arena *a, size_t size)
{
	size_t room = round_up(size);

	assert(a->next <= a->end);
	if (room < size || size > a->left ||
	    (room > (size_t)(a->end - a->next) && !add_block(a, room))) {
		a->is_short = true;
		return NULL;
	}
	a->left -= size;
	a->newest = a->next;
	a->next += room;
	return a->newest;
}

/* Let the newest block, of which the newest allocation is all, have so many
 * bytes. */
static bool grow_block(struct gw_arena *a, size_t room)
{
	struct block *b = NULL;

	if (room > SIZE_MAX - sizeof(*b)) {
		return false;
	}
	b = realloc(a->blocks, sizeof(*b) + room);
	if (!b) {
		return false;
	}
	a->held += room - b->size;
	b->size = room;
	a->blocks = b;
	a->newest = b->bytes;
	a->end = b->bytes + room;
	return true;
}

/* Whether the newest allocation can become so large where it is, or its block
 * with it. */
static bool has_room(struct gw_arena *a, size_t room)
{
	return room <= (size_t)(a->end - a->newest) ||
	       (a->blocks && a->newest == a->blocks->bytes &&
		grow_block(a, room));
}

void *gw_arena_grow(struct gw_arena *a, void *old, size_t old_size,
		    size_t new_size)
{
	size_t room = round_up(new_size);
	void *moved = NULL;

	assert(new_size >= old_size);
	if (old && old == a->newest && room >= new_size &&
	    new_size - old_size <= a->left && has_room(a, room)) {
		a->left -= new_size - old_size;
		a->next = a->newest + room;
		return a->newest;
	}
	moved = gw_arena_alloc(a, new_size);
	if (moved && old && old_size > 0) {
		memcpy(moved, old, old_size < new_size ? old_size : new_size);
	}
	return moved;
}

bool gw_arena_keep(struct gw_arena *a, void *at, size_t size)
{
	struct kept *k = at ? gw_arena_alloc(a, sizeof(*k)) : NULL;

	if (!k) {
		free(at);
		return !at;
	}
	*k = (struct kept){ .next = a->kept, .at = at, .size = size };
	a->kept = k;
	a->held += size;
	return true;
}

/* Free the block behind link; what is allocated next gets another one. */
static void drop_block(struct gw_arena *a, struct block **link)
{
	struct block *b = *link;

	if (b == a->blocks) {
		a->next = a->room;
		a->end = a->room;
		a->newest = NULL;
	}
	*link = b->next;
	a->held -= sizeof(*b) + b->size;
	free(b);
}

static bool is_in(const void *at, const void *begin, size_t size)
{
	uintptr_t offset = (uintptr_t)at - (uintptr_t)begin;

	return offset < size;
}

static void drop_kept(struct gw_arena *a, struct kept *k)
{
	free(k->at);
	a->held -= k->size;
	k->at = NULL;
	k->size = 0;
}

void gw_arena_drop(struct gw_arena *a, const void *at)
{
	for (struct kept *k = a->kept; k; k = k->next) {
		if (is_in(at, k->at, k->size)) {
			drop_kept(a, k);
			return;
		}
	}
	for (struct block **link = &a->blocks; *link; link = &(*link)->next) {
		struct block *b = *link;

		if (b->size > BLOCK_BYTES && is_in(at, b->bytes, b->size)) {
			drop_block(a, link);
			return;
		}
	}
}

size_t gw_arena_bytes_held(const struct gw_arena *a)
{
	return a->held;
}

struct gw_bytes gw_arena_bytes(struct gw_arena *a, struct gw_bytes src)
{
	void *copy = src.at ? gw_arena_alloc(a, src.len) : NULL;

	if (!copy) {
		return (struct gw_bytes){ 0 };
	}
	memcpy(copy, src.at, src.len);
	return (struct gw_bytes){ .at = copy, .len = src.len };
}

struct gw_str gw_arena_str(struct gw_arena *a, struct gw_str src)
{
	return gw_str_of(gw_arena_bytes(a, gw_bytes_of(src)));
}

struct gw_str gw_arena_print(struct gw_arena *a, const char *fmt, ...)
{
	va_list args;
	va_list again;
	char *text = NULL;
	int n = 0;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	text = n < 0 ? NULL : gw_arena_alloc(a, (size_t)n + 1);
	if (text) {
		(void)vsnprintf(text, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	return (struct gw_str){ .at = text, .len = text ? (size_t)n : 0 };
}

bool gw_arena_is_short(const struct gw_arena *a)
{
	return a->is_short;
}
