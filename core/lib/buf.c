/*
 * Buf - output that grows up to a limit.
 */

#include "core/lib/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_BYTES ((size_t)512)

void gw_buf_init(struct gw_buf *buf, size_t headroom, size_t limit_bytes)
{
	*buf = (struct gw_buf){
		.limit_bytes = limit_bytes,
		.headroom = headroom,
		.len = headroom,
	};
}

void gw_buf_deinit(struct gw_buf *buf)
{
	free(buf->at);
	gw_buf_init(buf, buf->headroom, buf->limit_bytes);
}

uint8_t *gw_buf_release(struct gw_buf *buf)
{
	uint8_t *at = gw_take(&buf->at);

	gw_buf_deinit(buf);
	return at;
}

void gw_buf_clear(struct gw_buf *buf)
{
	buf->len = buf->headroom;
	buf->is_short = false;
}

static bool resize(struct gw_buf *buf, size_t need)
{
	size_t size = buf->size ? buf->size : FIRST_BYTES;
	uint8_t *at = NULL;

	while (size < need) {
		size *= 2;
	}
	if (size > buf->limit_bytes) {
		size = buf->limit_bytes;
	}
	at = realloc(buf->at, size);
	if (!at) {
		return false;
	}
	buf->at = at;
	buf->size = size;
	return true;
}

uint8_t *gw_buf_grow(struct gw_buf *buf, size_t n)
{
	assert(!buf->at || buf->len <= buf->size);
	if (buf->len > buf->limit_bytes || n > buf->limit_bytes - buf->len ||
	    !resize(buf, buf->len + n)) {
		buf->is_short = true;
		return NULL;
	}
	return buf->at + buf->len;
}

void gw_buf_add_number(struct gw_buf *buf, uint64_t n)
{
	size_t n_digits = 1;
	uint8_t *at = NULL;

	for (uint64_t left = n; left >= 10; left /= 10) {
		n_digits++;
	}
	at = gw_buf_reserve(buf, n_digits);
	if (!at) {
		return;
	}
	buf->len += n_digits;
	for (size_t i = n_digits; i > 0; i--, n /= 10) {
		at[i - 1] = (uint8_t)('0' + n % 10);
	}
}

void gw_buf_print(struct gw_buf *buf, const char *fmt, ...)
{
	va_list args;
	va_list again;
	uint8_t *room = NULL;
	int n = 0;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	room = n < 0 ? NULL : gw_buf_reserve(buf, (size_t)n + 1);
	if (room) {
		(void)vsnprintf((char *)room, (size_t)n + 1, fmt, again);
		buf->len += (size_t)n;
	}
	va_end(again);
}

struct gw_bytes gw_buf_bytes(const struct gw_buf *buf)
{
	if (!buf->at) {
		return (struct gw_bytes){ .at = (const uint8_t *)"", .len = 0 };
	}
	assert(buf->len >= buf->headroom);
	return (struct gw_bytes){ .at = buf->at + buf->headroom,
				  .len = buf->len - buf->headroom };
}

struct gw_str gw_buf_str(const struct gw_buf *buf)
{
	return gw_str_of(gw_buf_bytes(buf));
}
