/*
 * Talk - the messages of one request: its blocks and those of its answer, Echo,
 * and the other option numbers.
 */

#include "bindings/coap/coap_talk.h"

#include <assert.h>
#include <coap3/coap.h>

#include "bindings/coap/coap_wire.h"
#include "core/lib/arena.h"

/* What blocks and Echo may add to a head. */
#define BLOCK_OPTIONS_BYTES 64

/* What the texts of an answer may come to, beside its content. */
#define TEXTS_BYTES_MAX ((size_t)64 * 1024)

/* Encode the request, from its first block on. */
static enum gw_status encode(struct coap_talk *t, struct gw_reason *why)
{
	coap_message_init(t->message, COAP_CON, COAP_EMPTY);
	t->block1 = (struct coap_block){ .size = COAP_BLOCK_SIZE_MAX };
	t->block2 = 0;
	t->block2_size = COAP_BLOCK_SIZE_MAX;
	gw_buf_clear(&t->body);
	return coap_encode_request(t->message, &t->payload, why, t->request,
				   &t->hop);
}

enum gw_status coap_talk_begin(struct coap_talk *t, struct gw_reason *why)
{
	assert(t->request && !t->message);
	gw_buf_init(&t->body, 0, t->content_bytes);
	t->message = gw_arena_alloc(t->request->arena, sizeof(*t->message));
	if (!t->message) {
		(void)gw_refuse(why, "the message is too large");
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	return encode(t, why);
}

void coap_talk_deinit(struct coap_talk *t)
{
	gw_buf_deinit(&t->body);
}

static bool is_in_blocks(const struct coap_talk *t, size_t head_bytes)
{
	return t->payload.len > coap_block_bytes(t->block1.size) ||
	       head_bytes + BLOCK_OPTIONS_BYTES + t->payload.len >
		       COAP_MESSAGE_BYTES_MAX;
}

/* The piece of the payload that is due, and its option. */
static bool add_piece(struct coap_talk *t)
{
	struct coap_message *m = t->message;
	size_t head_bytes = coap_message_head_bytes(m);
	unsigned size = coap_block_fit(t->block1.size,
				       head_bytes + BLOCK_OPTIONS_BYTES,
				       COAP_MESSAGE_BYTES_MAX);

	if (!is_in_blocks(t, head_bytes)) {
		m->payload = t->payload;
		return true;
	}
	t->block1.number <<= t->block1.size - size;
	t->block1.size = size;
	if (!coap_block_cut(&m->payload, &t->block1, t->payload)) {
		return false;
	}
	coap_block_add(m, COAP_OPTION_BLOCK1, &t->block1);
	if (t->block1.number == 0) {
		coap_message_add_uint(m, COAP_OPTION_SIZE1,
				      (uint32_t)t->payload.len);
	}
	return true;
}

/* What differs from one message to the next. */
static bool add_what_is_due(struct coap_talk *t)
{
	const struct coap_block wanted = { .number = t->block2,
					   .size = t->block2_size };
	struct coap_message *m = t->message;

	assert(t->echo_len <= sizeof(t->echo));
	assert(t->block1.size <= COAP_BLOCK_SIZE_MAX);
	m->payload = (struct gw_bytes){ 0 };
	if (t->echo_len > 0) {
		coap_message_add(
			m, COAP_OPTION_ECHO,
			(struct gw_str){ (const char *)t->echo, t->echo_len });
	}
	if (t->block2 == 0) {
		return add_piece(t);
	}
	coap_block_add(m, COAP_OPTION_BLOCK2, &wanted);
	return true;
}

size_t coap_talk_write(struct coap_talk *t, uint8_t at[COAP_TALK_BYTES_MAX],
		       uint16_t id, uint64_t token)
{
	struct coap_message *m = t->message;
	size_t n_digits = 0;
	size_t len = 0;

	assert(m);
	n_digits = m->n_digits;
	m->id = id;
	m->token_len = COAP_TOKEN_BYTES;
	memcpy(m->token, &token, sizeof(token));
	if (add_what_is_due(t) &&
	    coap_message_bytes(m) <= COAP_TALK_BYTES_MAX) {
		len = coap_message_bytes(m);
		coap_message_put(m, at);
		coap_wire_tell(m, false);
	}
	coap_message_remove(m, COAP_OPTION_ECHO);
	coap_message_remove(m, COAP_OPTION_BLOCK1);
	coap_message_remove(m, COAP_OPTION_SIZE1);
	coap_message_remove(m, COAP_OPTION_BLOCK2);
	m->n_digits = n_digits;
	return len;
}

static enum coap_talk_step fail(struct coap_talk_end *end, const char *reason)
{
	(void)gw_refuse(&end->why, "%s", reason);
	end->status = GW_STATUS_INTERNAL_SERVER_ERROR;
	return COAP_TALK_FAIL;
}

/* RFC 9175 2.3: whether the other side asks for an Echo, which it gets once. */
static bool asks_for_echo(struct coap_talk *t, const struct coap_message *m)
{
	struct gw_str value = coap_message_get(m, COAP_OPTION_ECHO);

	if (value.len > sizeof(t->echo) || value.len == 0) {
		return false;
	}
	memcpy(t->echo, value.at, value.len);
	t->echo_len = value.len;
	if (m->code != COAP_UNAUTHORIZED || t->has_echoed) {
		return false;
	}
	t->has_echoed = true;
	t->block1.number = 0;
	return true;
}

/* A peer that knows only the other numbers answers 4.02 to ours. */
static bool wants_other_numbers(const struct coap_talk *t,
				const struct coap_message *m)
{
	struct coap_values values;

	if (m->code != COAP_BAD_OPTION || t->has_flipped) {
		return false;
	}
	coap_values_take(&values, m);
	return !gw_str_is_present(values.of[COAP_PARAM_STATUS]);
}

static enum coap_talk_step flip(struct coap_talk *t, struct coap_talk_end *end)
{
	t->has_flipped = true;
	t->hop.is_legacy = !t->hop.is_legacy;
	end->status = encode(t, &end->why);
	return end->status == GW_STATUS_NONE ? COAP_TALK_ANEW : COAP_TALK_FAIL;
}

/* The next block of the request.  False when the answer is not about that. */
static bool asks_for_block(enum coap_talk_step *stepp, struct coap_talk *t,
			   const struct coap_message *m)
{
	struct coap_block b;
	bool is_bad = false;
	bool is_told = coap_block_get(&b, &is_bad, m, COAP_OPTION_BLOCK1);

	if (m->code == COAP_TOO_LARGE && is_told && t->block1.number == 0 &&
	    b.size < t->block1.size) {
		t->block1.size = b.size; // it takes smaller ones (2.9.3)
		*stepp = COAP_TALK_ANEW;
		return true;
	}
	if (m->code != COAP_CONTINUE) {
		return false;
	}
	*stepp = COAP_TALK_WAIT;
	if (!t->block1.has_more ||
	    (is_told &&
	     coap_block_offset(&b) != coap_block_offset(&t->block1))) {
		return true; // to a block before
	}
	t->block1.number++;
	if (is_told && b.size < t->block1.size) {
		t->block1.number <<= t->block1.size - b.size;
		t->block1.size = b.size;
	}
	*stepp = COAP_TALK_MORE;
	return true;
}

/* The last message of an answer. */
static enum coap_talk_step finish(struct coap_talk *t,
				  struct coap_talk_end *end,
				  const struct coap_message *m)
{
	const struct coap_answer all = {
		.m = m,
		.request = t->request,
		.id = t->request->id,
		.limit_bytes = TEXTS_BYTES_MAX + 4 * t->content_bytes,
	};
	struct coap_values values;

	coap_values_take(&values, m);
	end->has_dialect = values.has_current || values.has_legacy;
	end->is_legacy = !values.has_current;
	if (coap_decode_answer(&end->answer, &end->why, &all) ==
	    GW_STATUS_NONE) {
		return COAP_TALK_ANSWER;
	}
	end->status = GW_STATUS_INTERNAL_SERVER_ERROR;
	return COAP_TALK_FAIL;
}

/* A block of the answer. */
static enum coap_talk_step take_block(struct coap_talk *t,
				      struct coap_talk_end *end,
				      const struct coap_block *b,
				      struct coap_message *m)
{
	switch (coap_block_take(&t->body, b, m->payload)) {
	case COAP_TAKEN:
		t->block2 = b->number + 1;
		t->block2_size = b->size;
		return COAP_TALK_MORE;
	case COAP_TAKEN_ALL:
		m->payload = gw_buf_bytes(&t->body);
		return finish(t, end, m);
	case COAP_TAKEN_BEFORE:
		return COAP_TALK_WAIT;
	case COAP_OVERFLOW:
		return fail(end, "the answer is too large");
	default:
		return fail(end, "the blocks of the answer do not fit");
	}
}

static enum coap_talk_step take_answer(struct coap_talk *t,
				       struct coap_talk_end *end,
				       struct coap_message *m)
{
	struct coap_block b;
	bool is_bad = false;
	bool has_block = coap_block_get(&b, &is_bad, m, COAP_OPTION_BLOCK2);

	if (is_bad) {
		return fail(end, "the blocks of the answer do not fit");
	}
	if (!has_block || (b.number == 0 && !b.has_more && t->block2 == 0)) {
		return finish(t, end, m);
	}
	return take_block(t, end, &b, m);
}

enum coap_talk_step coap_talk_take(struct coap_talk *t,
				   struct coap_talk_end *end,
				   struct coap_message *m)
{
	enum coap_talk_step step = COAP_TALK_WAIT;

	assert(t->message && !end->answer);
	if (asks_for_echo(t, m)) {
		return COAP_TALK_ANEW;
	}
	if (wants_other_numbers(t, m)) {
		return flip(t, end);
	}
	if (asks_for_block(&step, t, m)) {
		return step;
	}
	return take_answer(t, end, m);
}
