/*
 * Talk - the messages of one request: its blocks and those of its answer, Echo,
 * and the other option numbers.
 */

#include <coap3/coap.h>

#include "bindings/coap/coap_client.h"
#include "bindings/coap/coap_io.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/lib/arena.h"
#include "core/profile.h"

/* What blocks and Echo may add to a head. */
#define BLOCK_OPTIONS_BYTES 64

/* What the texts of an answer may come to, beside its content. */
#define TEXTS_BYTES_MAX ((size_t)64 * 1024)

static struct coap_hop hop_of(const struct coap_job *j)
{
	const struct gw_hop *hop = &j->x->hop;
	const struct gw_profile *profile = hop->cse ? hop->cse->conf->profile
						    : NULL;

	return (struct coap_hop){
		.url = &j->url,
		.is_whole_url = hop->is_whole_url,
		.from = hop->from,
		.accepts = hop->media,
		.is_legacy = j->is_legacy,
		.has_joined_query = profile && profile->has_joined_query,
		.ignores_op = profile && profile->ignores_op,
		.now_ms = gw_loop_wall_ms(j->client->loop),
	};
}

enum gw_status coap_talk_prepare(struct coap_job *j, struct gw_reason *why)
{
	struct coap_hop hop = hop_of(j);
	struct gw_primitive *request = j->x->request;

	if (!j->message) {
		j->message = gw_arena_alloc(request->arena,
					    sizeof(*j->message));
	}
	if (!j->message) {
		*why = (struct gw_reason){ "the message is too large" };
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	coap_message_init(j->message, COAP_CON, COAP_EMPTY);
	j->block1 = (struct coap_block){ .size = COAP_BLOCK_SIZE_MAX };
	j->block2 = 0;
	j->block2_size = COAP_BLOCK_SIZE_MAX;
	gw_buf_clear(&j->body);
	return coap_encode_request(j->message, &j->payload, why, request, &hop);
}

static bool is_in_blocks(const struct coap_job *j, size_t head_bytes)
{
	return j->payload.len > coap_block_bytes(j->block1.size) ||
	       head_bytes + BLOCK_OPTIONS_BYTES + j->payload.len >
		       COAP_MESSAGE_BYTES_MAX;
}

/* The piece of the payload that is due, and its option. */
static bool add_piece(struct coap_job *j, struct coap_message *m)
{
	size_t head_bytes = coap_message_head_bytes(m);
	unsigned size = coap_block_fit(j->block1.size,
				       head_bytes + BLOCK_OPTIONS_BYTES,
				       COAP_MESSAGE_BYTES_MAX);

	if (!is_in_blocks(j, head_bytes)) {
		m->payload = j->payload;
		return true;
	}
	j->block1.number <<= j->block1.size - size;
	j->block1.size = size;
	if (!coap_block_cut(&m->payload, &j->block1, j->payload)) {
		return false;
	}
	coap_block_add(m, COAP_OPTION_BLOCK1, &j->block1);
	if (j->block1.number == 0) {
		coap_message_add_uint(m, COAP_OPTION_SIZE1,
				      (uint32_t)j->payload.len);
	}
	return true;
}

static void add_block2(const struct coap_job *j, struct coap_message *m)
{
	struct coap_block b = { .number = j->block2, .size = j->block2_size };

	if (j->block2 > 0) {
		coap_block_add(m, COAP_OPTION_BLOCK2, &b);
	}
}

static bool send_bytes(struct coap_job *j, const struct coap_message *m)
{
	uint8_t bytes[COAP_MESSAGE_BYTES_MAX + BLOCK_OPTIONS_BYTES];
	size_t len = coap_message_bytes(m);

	if (len > sizeof(bytes)) {
		return false;
	}
	coap_message_put(m, bytes);
	if (coap_io_send(j->link->session, bytes, len)) {
		return true;
	}
	/* An error of an earlier message may be told now; it is over then. */
	return coap_io_send(j->link->session, bytes, len);
}

bool coap_talk_send(struct coap_job *j)
{
	struct coap_message *m = j->message;
	size_t n_digits = m->n_digits;
	bool is_good = true;

	m->id = coap_new_message_id(j->link->session);
	m->token_len = COAP_TOKEN_BYTES;
	memcpy(m->token, &j->token, sizeof(j->token));
	m->payload = (struct gw_bytes){ 0 };
	if (j->echo_len > 0) {
		coap_message_add(
			m, COAP_OPTION_ECHO,
			(struct gw_str){ (const char *)j->echo, j->echo_len });
	}
	if (j->block2 == 0) {
		is_good = add_piece(j, m);
	} else {
		add_block2(j, m);
	}
	is_good = is_good && send_bytes(j, m);
	coap_message_remove(m, COAP_OPTION_ECHO);
	coap_message_remove(m, COAP_OPTION_BLOCK1);
	coap_message_remove(m, COAP_OPTION_SIZE1);
	coap_message_remove(m, COAP_OPTION_BLOCK2);
	m->n_digits = n_digits;
	return is_good;
}

static void fail_unsent(struct coap_job *j)
{
	coap_job_fail(j, GW_STATUS_TARGET_NOT_REACHABLE,
		      "the message cannot be sent");
}

/* Send the next message of a job that is out. */
static void go_on(struct coap_job *j)
{
	if (!coap_job_send_next(j)) {
		fail_unsent(j);
	}
}

static void begin_anew(struct coap_job *j)
{
	if (!coap_job_begin_anew(j)) {
		fail_unsent(j);
	}
}

/* RFC 9175 2.3: once, with what the other side has asked for. */
static bool answers_echo(struct coap_job *j, const struct coap_message *m)
{
	struct gw_str value = coap_message_get(m, COAP_OPTION_ECHO);

	if (value.len > sizeof(j->echo) || value.len == 0) {
		return false;
	}
	memcpy(j->echo, value.at, value.len);
	j->echo_len = value.len;
	if (m->code != COAP_UNAUTHORIZED || j->has_echoed) {
		return false;
	}
	j->has_echoed = true;
	j->block1.number = 0;
	begin_anew(j);
	return true;
}

static bool has_status(const struct coap_message *m)
{
	struct coap_values values;

	coap_values_take(&values, m);
	return gw_str_is_present(values.of[COAP_PARAM_STATUS]);
}

/* A peer that knows only the other numbers answers 4.02 to ours. */
static bool tries_other_numbers(struct coap_job *j,
				const struct coap_message *m)
{
	struct gw_reason why = { "" };
	enum gw_status status = GW_STATUS_NONE;

	if (m->code != COAP_BAD_OPTION || j->has_flipped || has_status(m)) {
		return false;
	}
	j->has_flipped = true;
	j->is_legacy = !j->is_legacy;
	status = coap_talk_prepare(j, &why);
	if (status != GW_STATUS_NONE) {
		coap_job_fail(j, status, why.text);
		return true;
	}
	begin_anew(j);
	return true;
}

/* The next block of the request.  True when the answer was about blocks and is
 * done with. */
static bool sends_next_block(struct coap_job *j, const struct coap_message *m)
{
	struct coap_block b;
	bool is_bad = false;
	bool is_told = coap_block_get(&b, &is_bad, m, COAP_OPTION_BLOCK1);

	if (m->code == COAP_TOO_LARGE && is_told && j->block1.number == 0 &&
	    b.size < j->block1.size) {
		j->block1.size = b.size; // it takes smaller ones (2.9.3)
		begin_anew(j);
		return true;
	}
	if (m->code != COAP_CONTINUE) {
		return false;
	}
	if (!j->block1.has_more ||
	    (is_told &&
	     coap_block_offset(&b) != coap_block_offset(&j->block1))) {
		return true; // to a block before; it comes late
	}
	j->block1.number++;
	if (is_told && b.size < j->block1.size) {
		j->block1.number <<= j->block1.size - b.size;
		j->block1.size = b.size;
	}
	go_on(j);
	return true;
}

/* Takes a block of the answer.  True when there are more to come, or the job
 * has ended. */
static bool takes_block(struct coap_job *j, struct coap_message *m)
{
	struct coap_block b;
	bool is_bad = false;
	bool has_block = coap_block_get(&b, &is_bad, m, COAP_OPTION_BLOCK2);
	enum coap_taken taken = COAP_ILL_FORMED;

	if (!has_block && !is_bad) {
		return false;
	}
	if (has_block && b.number == 0 && !b.has_more && j->block2 == 0) {
		return false;
	}
	if (has_block) {
		taken = coap_block_take(&j->body, &b, m->payload);
	}
	if (taken == COAP_TAKEN_ALL) {
		m->payload = gw_buf_bytes(&j->body);
		return false;
	}
	if (taken == COAP_TAKEN_BEFORE) {
		return true; // it comes late
	}
	if (taken != COAP_TAKEN) {
		coap_job_fail(j, GW_STATUS_INTERNAL_SERVER_ERROR,
			      taken == COAP_OVERFLOW
				      ? "the answer is too large"
				      : "the blocks of the answer do not fit");
		return true;
	}
	j->block2 = b.number + 1;
	j->block2_size = b.size;
	go_on(j);
	return true;
}

static void note_dialect(struct coap_job *j, const struct coap_message *m)
{
	struct coap_values values;

	coap_values_take(&values, m);
	if (values.has_current || values.has_legacy) {
		j->link->has_spoken = true;
		j->link->is_legacy = !values.has_current;
	}
}

static void finish(struct coap_job *j, const struct coap_message *m)
{
	struct gw_primitive *answer = NULL;
	struct gw_reason why = { "" };
	const struct gw_conf *conf = j->client->binding->conf;
	struct coap_answer all = {
		.m = m,
		.request = j->x->request,
		.id = j->x->request->id,
		.limit_bytes = TEXTS_BYTES_MAX + 4 * conf->limits.content_bytes,
	};
	enum gw_status status = coap_decode_answer(&answer, &why, &all);

	note_dialect(j, m);
	if (status == GW_STATUS_NONE) {
		coap_job_answer(j, answer);
	} else {
		coap_job_fail(j, status, why.text);
	}
}

void coap_talk_answer(struct coap_job *j, struct coap_message *m)
{
	if (answers_echo(j, m) || tries_other_numbers(j, m) ||
	    sends_next_block(j, m) || takes_block(j, m)) {
		return;
	}
	finish(j, m);
}
