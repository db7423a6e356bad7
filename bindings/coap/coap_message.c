/*
 * Message - a CoAP message as this binding sees it.
 */

#include "bindings/coap/coap_message.h"

#include <assert.h>
#include <coap3/coap.h>

#define PAYLOAD_MARKER 0xff

/* Where deltas and lengths need one and two bytes more (RFC 7252 3.1). */
#define EXTENDED_8 13
#define EXTENDED_16 269
#define NIBBLE_8 13
#define NIBBLE_16 14

void coap_message_init(struct coap_message *m, uint8_t type, uint8_t code)
{
	assert(type <= COAP_RST);
	m->type = type;
	m->code = code;
	m->id = 0;
	m->token_len = 0;
	m->n_fields = 0;
	m->is_short = false;
	m->payload = (struct gw_bytes){ 0 };
	m->n_digits = 0;
}

void coap_message_add(struct coap_message *m, uint16_t number,
		      struct gw_str value)
{
	size_t i = m->n_fields;

	assert(i <= COAP_FIELDS_MAX);
	if (i == COAP_FIELDS_MAX) {
		m->is_short = true;
		return;
	}
	for (; i > 0 && m->fields[i - 1].number > number; i--) {
		m->fields[i] = m->fields[i - 1];
	}
	m->fields[i] = (struct coap_field){
		.number = number,
		.value = value.at ? value : GW_STR(""),
	};
	m->n_fields++;
}

void coap_message_add_uint(struct coap_message *m, uint16_t number,
			   uint32_t value)
{
	uint8_t *at = m->digits + m->n_digits;
	size_t len = 0;

	assert(m->n_digits <= COAP_DIGITS_BYTES);
	if (COAP_DIGITS_BYTES - m->n_digits < sizeof(value)) {
		m->is_short = true;
		return;
	}
	for (int shift = 24; shift >= 0; shift -= 8) {
		uint8_t byte = (uint8_t)(value >> shift);

		if (byte != 0 || len > 0) {
			at[len++] = byte;
		}
	}
	m->n_digits += len;
	coap_message_add(m, number, (struct gw_str){ (const char *)at, len });
}

void coap_message_copy(struct coap_message *to, const struct coap_message *from)
{
	coap_message_init(to, from->type, from->code);
	to->is_short = from->is_short;
	to->payload = from->payload;
	to->n_digits = from->n_digits;
	memcpy(to->digits, from->digits, from->n_digits);
	for (size_t i = 0; i < from->n_fields; i++) {
		struct coap_field f = from->fields[i];
		size_t at = (size_t)((uintptr_t)f.value.at -
				     (uintptr_t)from->digits);

		if (at + f.value.len <= from->n_digits) {
			f.value.at = (const char *)to->digits + at;
		}
		to->fields[i] = f;
	}
	to->n_fields = from->n_fields;
}

void coap_message_remove(struct coap_message *m, uint16_t number)
{
	size_t n = 0;

	assert(m->n_fields <= COAP_FIELDS_MAX);
	for (size_t i = 0; i < m->n_fields; i++) {
		if (m->fields[i].number != number) {
			m->fields[n++] = m->fields[i];
		}
	}
	m->n_fields = n;
}

struct gw_str coap_message_get(const struct coap_message *m, uint16_t number)
{
	for (size_t i = 0; i < m->n_fields; i++) {
		if (m->fields[i].number == number) {
			return m->fields[i].value;
		}
	}
	return (struct gw_str){ 0 };
}

bool coap_uint_read(uint32_t *np, struct gw_str value)
{
	uint32_t n = 0;

	if (value.len > sizeof(n)) {
		return false;
	}
	for (size_t i = 0; i < value.len; i++) {
		n = n << 8 | (uint8_t)value.at[i];
	}
	*np = n;
	return true;
}

bool coap_message_get_uint(uint32_t *np, const struct coap_message *m,
			   uint16_t number)
{
	struct gw_str value = coap_message_get(m, number);

	return gw_str_is_present(value) && coap_uint_read(np, value);
}

static size_t extension_bytes(size_t n)
{
	if (n < EXTENDED_8) {
		return 0;
	}
	return n < EXTENDED_16 ? 1 : 2;
}

size_t coap_message_head_bytes(const struct coap_message *m)
{
	size_t bytes = COAP_HEADER_BYTES + m->token_len;
	uint16_t number = 0;

	for (size_t i = 0; i < m->n_fields; i++) {
		const struct coap_field *f = &m->fields[i];

		assert(f->number >= number && f->value.at);
		bytes += 1 + extension_bytes((size_t)(f->number - number)) +
			 extension_bytes(f->value.len) + f->value.len;
		number = f->number;
	}
	return bytes;
}

size_t coap_message_bytes(const struct coap_message *m)
{
	return coap_message_head_bytes(m) +
	       (m->payload.len > 0 ? 1 + m->payload.len : 0);
}

/* The four bits of a delta or a length; what they leave out goes to *at. */
static uint8_t put_extension(uint8_t **at, size_t n)
{
	if (n < EXTENDED_8) {
		return (uint8_t)n;
	}
	if (n < EXTENDED_16) {
		*(*at)++ = (uint8_t)(n - EXTENDED_8);
		return NIBBLE_8;
	}
	n -= EXTENDED_16;
	*(*at)++ = (uint8_t)(n >> 8);
	*(*at)++ = (uint8_t)n;
	return NIBBLE_16;
}

void coap_message_put(const struct coap_message *m, uint8_t *at)
{
	const uint8_t *end = at + coap_message_bytes(m);
	uint16_t number = 0;

	assert(m->token_len <= COAP_TOKEN_BYTES);
	*at++ = (uint8_t)(1 << 6 | m->type << 4 | m->token_len);
	*at++ = m->code;
	*at++ = (uint8_t)(m->id >> 8);
	*at++ = (uint8_t)m->id;
	memcpy(at, m->token, m->token_len);
	at += m->token_len;
	for (size_t i = 0; i < m->n_fields; i++) {
		const struct coap_field *f = &m->fields[i];
		uint8_t *head = at++;
		uint8_t delta = put_extension(&at,
					      (size_t)(f->number - number));
		uint8_t length = put_extension(&at, f->value.len);

		*head = (uint8_t)(delta << 4 | length);
		memcpy(at, f->value.at, f->value.len);
		at += f->value.len;
		number = f->number;
	}
	if (m->payload.len > 0) {
		*at++ = PAYLOAD_MARKER;
		memcpy(at, m->payload.at, m->payload.len);
		at += m->payload.len;
	}
	assert(at == end);
}

/* Whether an option may differ between the blocks of one transfer. */
static bool is_of_block(uint16_t number)
{
	switch (number) {
	case COAP_OPTION_BLOCK1:
	case COAP_OPTION_BLOCK2:
	case COAP_OPTION_SIZE1:
	case COAP_OPTION_SIZE2:
	case COAP_OPTION_OBSERVE:
	case COAP_OPTION_ECHO:
	case COAP_OPTION_CONTENT_FORMAT:
		return true;
	default:
		return false;
	}
}

/* FNV-1a: the seed is secret, and a collision only mixes up the transfers of
 * one peer. */
static uint64_t mix(uint64_t hash, const void *at, size_t len)
{
	const uint8_t *p = at;

	for (size_t i = 0; i < len; i++) {
		hash = (hash ^ p[i]) * 0x100000001b3U;
	}
	return hash;
}

struct coap_key coap_message_key(const struct coap_message *m, uint64_t seed)
{
	uint64_t hash = mix(seed ^ 0xcbf29ce484222325U, &m->code, 1);

	for (size_t i = 0; i < m->n_fields; i++) {
		const struct coap_field *f = &m->fields[i];

		if (!is_of_block(f->number)) {
			hash = mix(hash, &f->number, sizeof(f->number));
			hash = mix(hash, f->value.at, f->value.len);
		}
	}
	return (struct coap_key){ .head = hash };
}

void coap_key_add_payload(struct coap_key *key, struct gw_bytes payload,
			  uint64_t seed)
{
	if (payload.len > 0) {
		key->payload = mix(seed, payload.at, payload.len) | 1;
	}
}
