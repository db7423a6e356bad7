#pragma once

/*
 * Buf - output that grows up to a limit.
 *
 * An append that does not fit leaves the buffer as it was and marks it short.
 * The mark stays, so an encoder may append piece after piece and ask
 * gw_buf_is_short() once, at its end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/lib/cleanup.h"
#include "core/lib/str.h"

struct gw_buf {
	uint8_t *at;        // owned; headroom included
	size_t len;         // bytes written, headroom included
	size_t size;        // bytes allocated
	size_t limit_bytes; // most it may grow to, headroom included
	size_t headroom;    // bytes kept free at the front for a library
	bool is_short;
};

/* Prepare an empty buffer; nothing is allocated yet.  headroom bytes are kept
 * free before what is appended. */
void gw_buf_init(struct gw_buf *buf, size_t headroom, size_t limit_bytes);
void gw_buf_deinit(struct gw_buf *buf);

/* Hand over what the bytes stand in, headroom included, to be freed with
 * free().  The buffer is as after gw_buf_deinit(). */
uint8_t *gw_buf_release(struct gw_buf *buf) GW_MUST_CHECK;

/* Forget what was written and the short mark; keep the memory. */
void gw_buf_clear(struct gw_buf *buf);

/* The same as gw_buf_reserve(), where there is no room yet. */
uint8_t *gw_buf_grow(struct gw_buf *buf, size_t n);

/* Make room for n more bytes.  Returns where they go, or NULL when short.
 * Write there, then add n to len. */
static inline uint8_t *gw_buf_reserve(struct gw_buf *buf, size_t n)
{
	return buf->at && n <= buf->size - buf->len ? buf->at + buf->len
						    : gw_buf_grow(buf, n);
}

static inline void gw_buf_add(struct gw_buf *buf, const void *at, size_t len)
{
	uint8_t *room = gw_buf_reserve(buf, len);

	if (room && len > 0) {
		memcpy(room, at, len);
		buf->len += len;
	}
}

static inline void gw_buf_add_str(struct gw_buf *buf, struct gw_str s)
{
	gw_buf_add(buf, s.at, s.len);
}

static inline void gw_buf_add_char(struct gw_buf *buf, char c)
{
	gw_buf_add(buf, &c, 1);
}

void gw_buf_add_number(struct gw_buf *buf, uint64_t n);
void gw_buf_print(struct gw_buf *buf, const char *fmt, ...) GW_PRINTF(2, 3);

/* Append a literal. */
#define gw_buf_lit(buf, lit) gw_buf_add((buf), "" lit, sizeof(lit) - 1)

/* What was written, without the headroom.  Borrowed until the next append. */
struct gw_bytes gw_buf_bytes(const struct gw_buf *buf);
struct gw_str gw_buf_str(const struct gw_buf *buf);

static inline bool gw_buf_is_short(const struct gw_buf *buf)
{
	return buf->is_short;
}
