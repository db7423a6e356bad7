/*
 * Block - one option Block1 or Block2, and the putting together of blocks.
 */

#include "bindings/coap/coap_block.h"

#include <assert.h>

#define NUMBER_MAX 0xfffffU
#define MORE 8U

bool coap_block_get(struct coap_block *b, bool *is_badp,
		    const struct coap_message *m, uint16_t number)
{
	struct gw_str value = coap_message_get(m, number);
	uint32_t n = 0;

	*is_badp = false;
	if (!gw_str_is_present(value)) {
		return false;
	}
	if (!coap_uint_read(&n, value) || n >> 4 > NUMBER_MAX ||
	    (n & 7U) > COAP_BLOCK_SIZE_MAX) {
		*is_badp = true;
		return false;
	}
	*b = (struct coap_block){
		.number = n >> 4,
		.has_more = (n & MORE) != 0,
		.size = n & 7U,
	};
	return true;
}

void coap_block_add(struct coap_message *m, uint16_t number,
		    const struct coap_block *b)
{
	assert(b->size <= COAP_BLOCK_SIZE_MAX && b->number <= NUMBER_MAX);
	coap_message_add_uint(
		m, number, b->number << 4 | (b->has_more ? MORE : 0) | b->size);
}

unsigned coap_block_fit(unsigned size, size_t head_bytes, size_t max_bytes)
{
	assert(size <= COAP_BLOCK_SIZE_MAX);
	while (size > 0 &&
	       head_bytes + 1 + coap_block_bytes(size) > max_bytes) {
		size--;
	}
	return size;
}

bool coap_block_cut(struct gw_bytes *piecep, struct coap_block *b,
		    struct gw_bytes payload)
{
	size_t offset = coap_block_offset(b);
	size_t bytes = coap_block_bytes(b->size);

	if (payload.len > coap_block_limit(b->size) || offset > payload.len ||
	    (offset == payload.len && offset > 0)) {
		return false;
	}
	b->has_more = payload.len - offset > bytes;
	*piecep = (struct gw_bytes){
		.at = payload.at + offset,
		.len = b->has_more ? bytes : payload.len - offset,
	};
	assert(piecep->len <= bytes && b->number <= NUMBER_MAX);
	return true;
}

enum coap_taken coap_block_take(struct gw_buf *body, const struct coap_block *b,
				struct gw_bytes payload)
{
	size_t offset = coap_block_offset(b);
	size_t len = gw_buf_bytes(body).len;
	size_t bytes = coap_block_bytes(b->size);

	if (payload.len > bytes || (b->has_more && payload.len != bytes)) {
		return COAP_ILL_FORMED;
	}
	if ((b->has_more && b->number == NUMBER_MAX) ||
	    offset > body->limit_bytes ||
	    payload.len > body->limit_bytes - offset) {
		return COAP_OVERFLOW;
	}
	if (offset + payload.len <= len && b->has_more) {
		return COAP_TAKEN_BEFORE;
	}
	if (offset != len) {
		return COAP_OUT_OF_ORDER;
	}
	gw_buf_add(body, payload.at, payload.len);
	if (gw_buf_is_short(body)) {
		return COAP_OVERFLOW;
	}
	assert(gw_buf_bytes(body).len == offset + payload.len);
	return b->has_more ? COAP_TAKEN : COAP_TAKEN_ALL;
}
