#pragma once

/*
 * Arena - memory that dies all at once.
 *
 * An allocation that does not fit returns NULL (or an absent slice) and marks
 * the arena short.  The mark stays, so a decoder may copy field after field
 * and ask gw_arena_is_short() once, at its end.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/lib/cleanup.h"
#include "core/lib/str.h"

struct gw_arena;

/* An arena that hands out at most limit_bytes.  The first room_bytes of them
 * come with the arena itself, in one piece with it: an arena that never needs
 * more costs one allocation.  NULL when memory is short. */
struct gw_arena *gw_arena_new(size_t room_bytes, size_t limit_bytes);

/* Free the arena and all that came from it.  NULL is fine.  Returns NULL. */
struct gw_arena *gw_arena_free(struct gw_arena *a);

/* Memory for any type, not cleared. */
void *gw_arena_alloc(struct gw_arena *a, size_t size);

/* Grow the newest allocation of this arena, or move an older one.  Returns the
 * new place, where the old one is gone; or NULL, with the old one still valid.
 */
void *gw_arena_grow(struct gw_arena *a, void *old, size_t old_size,
		    size_t new_size);

/* Copies.  An absent text stays absent and costs nothing. */
struct gw_str gw_arena_str(struct gw_arena *a, struct gw_str src);
struct gw_bytes gw_arena_bytes(struct gw_arena *a, struct gw_bytes src);

/* Keep size bytes from malloc() until the arena is freed; they do not count
 * against the limit.  Takes them: on failure they are freed.  NULL is fine. */
bool gw_arena_keep(struct gw_arena *a, void *at, size_t size) GW_MUST_CHECK;

/* Free what has this place in it before the arena is freed: an allocation that
 * is large enough to have a piece of memory of its own, or what is kept.
 * Nobody uses it any more. */
void gw_arena_drop(struct gw_arena *a, const void *at);

/* What the arena takes from malloc(), itself included. */
size_t gw_arena_bytes_held(const struct gw_arena *a);

/* Formatted text, terminated by a NUL that .len does not count. */
struct gw_str gw_arena_print(struct gw_arena *a, const char *fmt, ...)
	GW_PRINTF(2, 3);

/* Whether any allocation so far did not fit. */
bool gw_arena_is_short(const struct gw_arena *a);

GW_DEFINE_CLEANUP(struct gw_arena, gw_arena_free);
