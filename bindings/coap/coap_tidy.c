/*
 * Tidy - a datagram with options of lengths that they cannot have.
 */

#include "bindings/coap/coap_tidy.h"

#include <assert.h>
#include <coap3/coap.h>

#include "bindings/coap/coap_message.h"

#define VERSION 1
#define PAYLOAD_MARKER 0xff
#define NUMBER_MAX 65535U

/* Four bits that mean one or two bytes more, and what is added to those; the
 * highest means nothing (RFC 7252 3.1). */
#define NIBBLE_8 13U
#define NIBBLE_16 14U
#define EXTENDED_8 13U
#define EXTENDED_16 269U

/* What the options of others may be long: RFC 7252 5.10, 7959, 7967, 8613,
 * 8768, 9175.  libcoap has the same. */
static const struct {
	uint16_t number;
	uint16_t min;
	uint16_t max;
} lengths[] = {
	{ COAP_OPTION_IF_MATCH, 0, 8 },
	{ COAP_OPTION_URI_HOST, 1, 255 },
	{ COAP_OPTION_ETAG, 1, 8 },
	{ COAP_OPTION_IF_NONE_MATCH, 0, 0 },
	{ COAP_OPTION_OBSERVE, 0, 3 },
	{ COAP_OPTION_URI_PORT, 0, 2 },
	{ COAP_OPTION_LOCATION_PATH, 0, 255 },
	{ COAP_OPTION_OSCORE, 0, 255 },
	{ COAP_OPTION_URI_PATH, 0, 255 },
	{ COAP_OPTION_CONTENT_FORMAT, 0, 2 },
	{ COAP_OPTION_MAXAGE, 0, 4 },
	{ COAP_OPTION_URI_QUERY, 1, 255 },
	{ COAP_OPTION_HOP_LIMIT, 1, 1 },
	{ COAP_OPTION_ACCEPT, 0, 2 },
	{ COAP_OPTION_LOCATION_QUERY, 0, 255 },
	{ COAP_OPTION_BLOCK2, 0, 3 },
	{ COAP_OPTION_BLOCK1, 0, 3 },
	{ COAP_OPTION_SIZE2, 0, 4 },
	{ COAP_OPTION_PROXY_URI, 1, 1034 },
	{ COAP_OPTION_PROXY_SCHEME, 1, 255 },
	{ COAP_OPTION_SIZE1, 0, 4 },
	{ COAP_OPTION_ECHO, 0, 40 },
	{ COAP_OPTION_NORESPONSE, 0, 1 },
	{ COAP_OPTION_RTAG, 0, 8 },
};

static bool is_of_good_length(uint16_t number, size_t len)
{
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		if (lengths[i].number == number) {
			return len >= lengths[i].min && len <= lengths[i].max;
		}
	}
	return true;
}

/* A delta or a length, of which the nibble is known.  False when the message
 * ends before. */
static bool take_extension(size_t *np, struct gw_str *rest, unsigned nibble)
{
	size_t n_bytes = nibble < NIBBLE_8 ? 0 : nibble - NIBBLE_8 + 1;
	size_t n = 0;

	if (nibble > NIBBLE_16 || rest->len < n_bytes) {
		return false;
	}
	for (size_t i = 0; i < n_bytes; i++) {
		n = n << 8 | (uint8_t)rest->at[i];
	}
	*rest = gw_str_skip(*rest, n_bytes);
	*np = n_bytes == 0   ? nibble
	      : n_bytes == 1 ? n + EXTENDED_8
			     : n + EXTENDED_16;
	return true;
}

static bool take_option(struct coap_field *f, struct gw_str *rest)
{
	uint8_t head = (uint8_t)rest->at[0];
	size_t delta = 0;
	size_t len = 0;

	*rest = gw_str_skip(*rest, 1);
	if (!take_extension(&delta, rest, head >> 4) ||
	    !take_extension(&len, rest, head & 0xfU) || len > rest->len ||
	    f->number + delta > NUMBER_MAX) {
		return false;
	}
	f->number = (uint16_t)(f->number + delta);
	f->value = gw_str_head(*rest, len);
	*rest = gw_str_skip(*rest, len);
	return true;
}

/* Four bytes and a token. */
static bool take_header(struct coap_message *m, struct gw_str *rest)
{
	const uint8_t *at = (const uint8_t *)rest->at;
	size_t token_len = 0;

	if (rest->len < COAP_HEADER_BYTES || at[0] >> 6 != VERSION) {
		return false;
	}
	token_len = at[0] & 0xfU;
	if (token_len > COAP_TOKEN_BYTES ||
	    rest->len - COAP_HEADER_BYTES < token_len) {
		return false;
	}
	coap_message_init(m, at[0] >> 4 & 3, at[1]);
	m->id = (uint16_t)(at[2] << 8 | at[3]);
	m->token_len = (uint8_t)token_len;
	memcpy(m->token, at + COAP_HEADER_BYTES, token_len);
	*rest = gw_str_skip(*rest, COAP_HEADER_BYTES + token_len);
	return true;
}

/* What an option does to the message that is made. */
struct tidied {
	struct coap_message m;
	bool is_changed;
	bool is_bad; // a critical option is left out
};

static void take_good(struct tidied *t, const struct coap_field *f)
{
	bool is_empty_query = f->number == COAP_OPTION_URI_QUERY &&
			      f->value.len == 0;

	if (is_of_good_length(f->number, f->value.len)) {
		coap_message_add(&t->m, f->number, f->value);
		return;
	}
	t->is_changed = true;
	t->is_bad |= f->number % 2 == 1 && !is_empty_query;
}

/* False when it is no message. */
static bool take_all(struct tidied *t, struct gw_str rest)
{
	struct coap_field f = { 0 };

	if (!take_header(&t->m, &rest)) {
		return false;
	}
	while (rest.len > 0 && (uint8_t)rest.at[0] != PAYLOAD_MARKER) {
		if (!take_option(&f, &rest)) {
			return false;
		}
		take_good(t, &f);
	}
	t->m.payload = gw_bytes_of(gw_str_skip(rest, rest.len > 0 ? 1 : 0));
	return rest.len != 1; // a marker goes before something
}

/* A bad message is refused for what it is, and may lose its end. */
static void mark_bad(struct coap_message *m, size_t max_bytes)
{
	m->n_fields -= m->n_fields == COAP_FIELDS_MAX ? 1 : 0;
	coap_message_add(m, COAP_OPTION_IF_MATCH, GW_STR(""));
	if (coap_message_bytes(m) > max_bytes) {
		m->payload = (struct gw_bytes){ 0 };
	}
	while (coap_message_bytes(m) > max_bytes) {
		assert(m->n_fields > 1);
		m->n_fields--;
	}
}

size_t coap_tidy(uint8_t *to, const uint8_t *at, size_t len)
{
	struct tidied t;
	size_t n_bytes = 0;

	t.is_changed = false;
	t.is_bad = false;
	if (!take_all(&t, (struct gw_str){ (const char *)at, len }) ||
	    !t.is_changed) {
		return 0;
	}
	if (t.is_bad || t.m.is_short) {
		mark_bad(&t.m, len);
	}
	n_bytes = coap_message_bytes(&t.m);
	assert(n_bytes <= len);
	coap_message_put(&t.m, to);
	return n_bytes;
}
