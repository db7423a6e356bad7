/*
 * Fuzz target: a datagram, first as a request, then as an answer.
 *
 * libcoap takes it apart, as it does for the binding.  Whatever was understood
 * is JSON where it should be; and when it is written again, it fits into a
 * datagram and says the same.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <coap3/coap.h>

#include "bindings/coap/coap_encode.h"
#include "bindings/coap/coap_io.h"
#include "bindings/coap/coap_type.h"
#include "bindings/coap/coap_url.h"
#include "core/lib/arena.h"

#define LIMIT_BYTES ((size_t)1024 * 1024)
#define NOW_MS 1760000000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_json(struct gw_str text)
{
	struct gw_json_error error;

	assert(gw_json_scan(text, NULL, 0, NULL, &error));
}

static void is_understood(const struct gw_primitive *p)
{
	for (const struct gw_param *param = p->params; param;
	     param = param->next) {
		is_json(param->value);
	}
	if (p->media == GW_MEDIA_JSON) {
		is_json(gw_str_of(p->content));
	}
}

/* One digit is a type that the content must bear out, and two are never one in
 * binary. */
static bool is_type_in_digits(const struct gw_primitive *p)
{
	const uint8_t bytes[] = { (uint8_t)(p->type >> 8), (uint8_t)p->type };
	const struct gw_bytes two = { bytes, sizeof(bytes) };

	if (bytes[0] != 0) {
		return coap_type_in_digits(gw_str_of(two)) != 0;
	}
	return p->op == GW_OP_CREATE && p->type >= '0' &&
	       p->type <= COAP_TYPE_TOLD_MAX && !coap_type_is_of(p->type, p);
}

/* What was written comes out the same where it is read. */
static void leads_there_too(const struct gw_primitive *p,
			    const struct coap_message *m)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *back = NULL;
	struct coap_asked asked;
	struct gw_reason why = { "" };

	if (coap_decode_request(&back, &asked, &why, m, LIMIT_BYTES) !=
	    GW_STATUS_NONE) {
		/* Only what is too much in its long form, or no such type. */
		assert(coap_message_head_bytes(m) > 200 ||
		       is_type_in_digits(p));
		return;
	}
	assert(back->op == p->op);
	assert(back->type == p->type || p->op == GW_OP_NOTIFY ||
	       is_type_in_digits(p));
	assert(gw_str_eq(back->to, p->to));
	assert(gw_str_eq(back->id, p->id));
}

static void write_request(const struct gw_primitive *p)
{
	struct coap_url url;
	struct coap_hop hop = { .url = &url, .now_ms = NOW_MS };
	struct coap_message m;
	struct gw_reason why = { "" };
	struct gw_bytes payload;
	uint8_t bytes[COAP_HEAD_BYTES_MAX];

	assert(coap_url_parse(&url, GW_STR("coap://127.0.0.1")));
	coap_message_init(&m, COAP_CON, COAP_EMPTY);
	if (coap_encode_request(&m, &payload, &why, p, &hop) !=
	    GW_STATUS_NONE) {
		assert(why.text[0] != '\0');
		return;
	}
	assert(coap_message_bytes(&m) <= sizeof(bytes));
	coap_message_put(&m, bytes);
	m.payload = payload;
	leads_there_too(p, &m);
}

static void try_request(const struct coap_message *m)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
	struct coap_asked asked;
	struct gw_reason why = { "" };
	enum gw_status status = coap_decode_request(&p, &asked, &why, m,
						    LIMIT_BYTES);

	assert(p && gw_primitive_is_request(p));
	if (status != GW_STATUS_NONE) {
		assert(why.text[0] != '\0');
		return;
	}
	assert(!gw_arena_is_short(p->arena));
	assert(p->id.len > 0 || asked.is_bare);
	if (p->to.len == 0) {
		/* Core says what a POST without a path lacks. */
		assert(m->code == COAP_POST);
		return;
	}
	is_understood(p);
	/* A whole primitive may hold what has no other form. */
	if (asked.whole_format == 0 && !asked.is_bare) {
		write_request(p);
	}
}

static void write_answer(const struct gw_primitive *p)
{
	struct coap_asked asked = { .op = GW_OP_CREATE,
				    .wants = GW_MEDIA_JSON };
	struct coap_message m;
	struct gw_reason why = { "" };
	struct gw_bytes payload;

	coap_message_init(&m, COAP_ACK, COAP_EMPTY);
	if (coap_encode_answer(&m, &payload, &why, p, &asked) ==
	    GW_STATUS_NONE) {
		assert(coap_message_bytes(&m) <= COAP_HEAD_BYTES_MAX);
		assert(m.code >> 5 == 2 || m.code >> 5 == 4 ||
		       m.code >> 5 == 5);
	}
}

static void try_answer(const struct coap_message *m)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *request =
		gw_primitive_new(0, LIMIT_BYTES);
	struct gw_reason why = { "" };
	struct coap_answer answer = {
		.m = m,
		.request = request,
		.id = GW_STR("r1"),
		.limit_bytes = LIMIT_BYTES,
	};

	request->op = m->id % 2 ? GW_OP_CREATE : GW_OP_RETRIEVE;
	if (coap_decode_answer(&p, &why, &answer) != GW_STATUS_NONE) {
		assert(why.text[0] != '\0');
		return;
	}
	assert(!gw_primitive_is_request(p) && (int)p->status >= 1000);
	assert(gw_str_is(p->id, "r1"));
	is_understood(p);
	write_answer(p);
}

/* libcoap has room behind what it read; here nothing is behind anything, even
 * behind nothing: a copy, behind one byte. */
static char *alone(const void *at, size_t len)
{
	char *copy = malloc(1 + len);

	assert(copy);
	if (len > 0) {
		memcpy(copy + 1, at, len);
	}
	return copy;
}

static void try_both(struct coap_message *m)
{
	char *fields[COAP_FIELDS_MAX] = { NULL };
	char *payload = alone(m->payload.at, m->payload.len);

	for (size_t i = 0; i < m->n_fields; i++) {
		struct gw_str *value = &m->fields[i].value;

		fields[i] = alone(value->at, value->len);
		value->at = fields[i] + 1;
	}
	m->payload.at = (const uint8_t *)payload + 1;
	try_request(m);
	try_answer(m);
	for (size_t i = 0; i < m->n_fields; i++) {
		free(fields[i]);
	}
	free(payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, 0, 0, size);
	struct coap_message m;

	coap_set_log_level(LOG_EMERG);
	if (pdu && size >= COAP_HEADER_BYTES &&
	    coap_pdu_parse(COAP_PROTO_UDP, data, size, pdu)) {
		coap_io_read(&m, pdu);
		try_both(&m);
	}
	coap_delete_pdu(pdu);
	return 0;
}
