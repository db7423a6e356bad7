/*
 * Wire - a CoAP message as a person reads it.
 */

#include "bindings/coap/coap_wire.h"

#include "bindings/coap/coap_map.h"
#include "bindings/coap/coap_message.h"
#include "core/lib/buf.h"
#include "core/lib/wire.h"

#define HEAD_BYTES_MAX ((size_t)64 * 1024)

enum form {
	FORM_BYTES,
	FORM_TEXT,
	FORM_NUMBER,
	FORM_BLOCK,
};

/* RFC 7252 5.10, 7641, 7959, 9175. */
static const struct {
	uint16_t number;
	enum form form;
	const char *name;
} options[] = {
	{ 1, FORM_BYTES, "If-Match" },
	{ 3, FORM_TEXT, "Uri-Host" },
	{ 4, FORM_BYTES, "ETag" },
	{ 5, FORM_BYTES, "If-None-Match" },
	{ 6, FORM_NUMBER, "Observe" },
	{ 7, FORM_NUMBER, "Uri-Port" },
	{ 8, FORM_TEXT, "Location-Path" },
	{ 11, FORM_TEXT, "Uri-Path" },
	{ 12, FORM_NUMBER, "Content-Format" },
	{ 14, FORM_NUMBER, "Max-Age" },
	{ 15, FORM_TEXT, "Uri-Query" },
	{ 17, FORM_NUMBER, "Accept" },
	{ 20, FORM_TEXT, "Location-Query" },
	{ 23, FORM_BLOCK, "Block2" },
	{ 27, FORM_BLOCK, "Block1" },
	{ 28, FORM_NUMBER, "Size2" },
	{ 35, FORM_TEXT, "Proxy-Uri" },
	{ 39, FORM_TEXT, "Proxy-Scheme" },
	{ 60, FORM_NUMBER, "Size1" },
	{ 252, FORM_BYTES, "Echo" },
	{ 292, FORM_BYTES, "Request-Tag" },
};

#define N_OPTIONS (sizeof(options) / sizeof(*options))

static void put_hex(struct gw_buf *to, const void *at, size_t len)
{
	const uint8_t *bytes = at;

	for (size_t i = 0; i < len; i++) {
		gw_buf_print(to, "%02x", bytes[i]);
	}
}

/* What could be taken for the end of a line is written in hexadecimal. */
static void put_text(struct gw_buf *to, struct gw_str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if (c < ' ' || c == 0x7f) {
			gw_buf_print(to, "\\x%02x", c);
		} else {
			gw_buf_add_char(to, value.at[i]);
		}
	}
}

static void put_value(struct gw_buf *to, enum form form, struct gw_str value)
{
	uint32_t n = 0;

	if (form == FORM_TEXT) {
		put_text(to, value);
	} else if (form == FORM_BYTES || !coap_uint_read(&n, value)) {
		put_hex(to, value.at, value.len);
	} else if (form == FORM_NUMBER) {
		gw_buf_add_number(to, n);
	} else { /* RFC 7959 2.2 */
		gw_buf_print(to, "%u/%s/%u", n >> 4, n & 8 ? "more" : "last",
			     16U << (n & 7));
	}
}

static void put_onem2m(struct gw_buf *to, const struct coap_field *field)
{
	enum coap_param_id id = coap_param_of_number(field->number);
	enum gw_form form = GW_FORM_TEXT;

	if (id == COAP_N_PARAMS) {
		gw_buf_print(to, "%u: ", field->number);
		put_value(to, FORM_BYTES, field->value);
		return;
	}
	form = coap_param(id)->form;
	gw_buf_add_str(to, coap_param(id)->name);
	gw_buf_lit(to, ": ");
	put_value(to,
		  form == GW_FORM_NUMBER || form == GW_FORM_BOOLEAN
			  ? FORM_NUMBER
			  : FORM_TEXT,
		  field->value);
}

static void put_option(struct gw_buf *to, const struct coap_field *field)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (options[i].number == field->number) {
			gw_buf_print(to, "%s: ", options[i].name);
			put_value(to, options[i].form, field->value);
			return;
		}
	}
	put_onem2m(to, field);
}

static void put_code(struct gw_buf *to, uint8_t code)
{
	static const char *const methods[] = { "empty", "GET",    "POST",
					       "PUT",   "DELETE", "FETCH" };

	if (code < sizeof(methods) / sizeof(*methods)) {
		gw_buf_print(to, "%s", methods[code]);
	} else {
		gw_buf_print(to, "%u.%02u", code >> 5, code & 31U);
	}
}

void coap_wire_print(struct gw_buf *to, const struct coap_message *m)
{
	static const char *const types[] = { "CON", "NON", "ACK", "RST" };

	gw_buf_print(to, "%s ", types[m->type & 3]);
	put_code(to, m->code);
	gw_buf_print(to, " id %u token ", m->id);
	put_hex(to, m->token, m->token_len);
	for (size_t i = 0; i < m->n_fields; i++) {
		gw_buf_lit(to, "\n");
		put_option(to, &m->fields[i]);
	}
}

void coap_wire_tell(const struct coap_message *m, bool is_received)
{
	struct gw_buf head;

	if (!gw_wire_is_watched()) {
		return;
	}
	gw_buf_init(&head, 0, HEAD_BYTES_MAX);
	coap_wire_print(&head, m);
	gw_wire_tell(&(struct gw_wire){ .topic = "coap",
					.is_received = is_received,
					.head = gw_buf_str(&head),
					.body = m->payload });
	gw_buf_deinit(&head);
}
