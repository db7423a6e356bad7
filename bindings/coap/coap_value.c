/*
 * Value - one parameter between bytes and JSON.
 */

#include "bindings/coap/coap_value.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/json.h"
#include "core/time.h"

/* More digits than any 64-bit number has are left a string. */
#define DIGITS_MAX 19

/* What a list takes at most as JSON for each byte of text. */
#define LIST_GROWTH 24
#define LIST_BYTES 64

/* A number in at least so many digits of text is not one in binary: no
 * parameter has a value that would look like it. */
#define TEXT_DIGITS_MIN 3

#define SECOND_MS 1000

static bool is_digits(struct gw_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9') {
			return false;
		}
	}
	return text.len > 0;
}

/* A whole number as JSON writes it: a slice without leading zeros.  Absent when
 * text is none. */
static struct gw_str number_of(struct gw_str text)
{
	size_t sign = text.len > 0 && text.at[0] == '-';
	struct gw_str digits = gw_str_skip(text, sign);

	if (!is_digits(digits) || digits.len > DIGITS_MAX ||
	    (sign && digits.at[0] == '0')) {
		return (struct gw_str){ 0 };
	}
	while (digits.len > 1 && digits.at[0] == '0') {
		digits = gw_str_skip(digits, 1);
	}
	return sign ? text : digits;
}

static struct gw_str boolean_of(struct gw_str text)
{
	if (gw_str_eq_nocase(text, GW_STR("true")) || gw_str_is(text, "1")) {
		return GW_STR("true");
	}
	if (gw_str_eq_nocase(text, GW_STR("false")) || gw_str_is(text, "0")) {
		return GW_STR("false");
	}
	return (struct gw_str){ 0 };
}

/* The JSON literal that text writes; absent when it becomes a string. */
static struct gw_str literal_of(enum coap_form form, struct gw_str text)
{
	switch (form) {
	case COAP_FORM_TIME:
	case COAP_FORM_UINT:
	case COAP_FORM_NUMBERS:
		return number_of(text);
	case COAP_FORM_BOOLEAN:
		return boolean_of(text);
	default:
		return (struct gw_str){ 0 };
	}
}

bool coap_value_fits(enum coap_form form, struct gw_str text)
{
	switch (form) {
	case COAP_FORM_UINT:
	case COAP_FORM_NUMBERS:
	case COAP_FORM_BOOLEAN:
		return gw_str_is_present(literal_of(form, text));
	default:
		return true;
	}
}

void coap_value_put(struct gw_buf *json, enum coap_form form,
		    struct gw_str text)
{
	struct gw_str literal = literal_of(form, text);

	if (gw_str_is_present(literal)) {
		gw_buf_add_str(json, literal);
	} else {
		gw_json_put_text(json, text);
	}
}

static void put_token(struct gw_buf *json, struct gw_str text)
{
	struct gw_str rest = text;
	struct gw_str local = gw_str_cut(&rest, ':');

	gw_buf_lit(json, "{\"lti\":");
	gw_json_put_text(json, local);
	gw_buf_lit(json, ",\"tkid\":");
	gw_json_put_text(json, rest);
	gw_buf_add_char(json, '}');
}

static char joint_of(enum coap_form form)
{
	return form == COAP_FORM_URIS ? '&' : '+';
}

static void put_list(struct gw_buf *json, enum coap_form form,
		     struct gw_str text)
{
	struct gw_str rest = text;
	const char *between = "";

	gw_buf_add_char(json, '[');
	while (rest.len > 0) {
		struct gw_str item = gw_str_cut(&rest, joint_of(form));

		gw_buf_add_str(json, gw_str_from(between));
		between = ",";
		if (form == COAP_FORM_TOKENS) {
			put_token(json, item);
		} else {
			coap_value_put(json, form, item);
		}
	}
	gw_buf_add_char(json, ']');
}

static struct gw_str read_list(struct gw_arena *a, enum coap_form form,
			       struct gw_str text)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf json;

	gw_buf_init(&json, 0, LIST_GROWTH * text.len + LIST_BYTES);
	if (form == COAP_FORM_TOKENS) {
		gw_buf_lit(&json, "{\"ltia\":");
	}
	put_list(&json, form, text);
	if (form == COAP_FORM_TOKENS) {
		gw_buf_add_char(&json, '}');
	}
	return gw_buf_is_short(&json) ? (struct gw_str){ 0 }
				      : gw_arena_str(a, gw_buf_str(&json));
}

bool coap_value_number(uint32_t *np, struct gw_str value)
{
	uint64_t n = 0;

	if (value.len >= TEXT_DIGITS_MIN && is_digits(value)) {
		if (!gw_str_number(&n, value, UINT32_MAX)) {
			return false;
		}
		*np = (uint32_t)n;
		return true;
	}
	return coap_uint_read(np, value);
}

struct gw_str coap_value_read(struct gw_arena *a, enum coap_form form,
			      struct gw_str value)
{
	struct gw_str literal = { 0 };
	uint32_t n = 0;

	switch (form) {
	case COAP_FORM_UINT:
		return coap_value_number(&n, value)
			       ? gw_arena_print(a, "%u", (unsigned)n)
			       : literal;
	case COAP_FORM_TEXTS:
	case COAP_FORM_NUMBERS:
	case COAP_FORM_URIS:
	case COAP_FORM_TOKENS:
		return read_list(a, form, value);
	default:
		literal = literal_of(form, value);
		return gw_str_is_present(literal) ? gw_arena_str(a, literal)
						  : gw_json_quote(a, value);
	}
}

struct gw_str coap_value_text(struct gw_arena *a, struct gw_str json)
{
	switch (gw_json_type_of(json)) {
	case GW_JSON_STRING:
		return gw_json_text(a, json);
	case GW_JSON_NUMBER:
	case GW_JSON_BOOL:
		return json;
	default:
		return (struct gw_str){ 0 };
	}
}

static bool has(struct gw_str text, char c)
{
	return gw_str_find(text, c) < text.len;
}

static bool write_token(struct gw_buf *text, struct gw_arena *a,
			struct gw_str json)
{
	struct gw_json_member m;
	struct gw_str local = { 0 };
	struct gw_str id = { 0 };

	if (gw_json_type_of(json) != GW_JSON_OBJECT) {
		return false;
	}
	if (gw_json_get(&m, json, GW_STR("lti"))) {
		local = coap_value_text(a, m.value);
	}
	if (gw_json_get(&m, json, GW_STR("tkid"))) {
		id = coap_value_text(a, m.value);
	}
	if (local.len == 0 || id.len == 0 || has(local, ':') ||
	    has(local, '+') || has(id, '+')) {
		return false;
	}
	gw_buf_add_str(text, local);
	gw_buf_add_char(text, ':');
	gw_buf_add_str(text, id);
	return true;
}

static bool write_item(struct gw_buf *text, struct gw_arena *a,
		       enum coap_form form, struct gw_str json)
{
	struct gw_str item = coap_value_text(a, json);

	if (form == COAP_FORM_TOKENS) {
		return write_token(text, a, json);
	}
	gw_buf_add_str(text, item);
	return item.len > 0 && !has(item, joint_of(form));
}

struct gw_str coap_value_list(struct gw_arena *a, enum coap_form form,
			      struct gw_str json)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf text;
	struct gw_json_member list = { .value = json };
	struct gw_json_member item;
	struct gw_json_walk walk;

	gw_buf_init(&text, 0, json.len + 1);
	if (form == COAP_FORM_TOKENS &&
	    (gw_json_type_of(json) != GW_JSON_OBJECT ||
	     !gw_json_get(&list, json, GW_STR("ltia")))) {
		return (struct gw_str){ 0 };
	}
	if (gw_json_type_of(list.value) != GW_JSON_ARRAY) {
		return (struct gw_str){ 0 };
	}
	walk = gw_json_walk(list.value);
	for (bool is_first = true; gw_json_next(&walk, &item);
	     is_first = false) {
		if (!is_first) {
			gw_buf_add_char(&text, joint_of(form));
		}
		if (!write_item(&text, a, form, item.value)) {
			return (struct gw_str){ 0 };
		}
	}
	if (gw_buf_str(&text).len == 0) {
		return GW_STR("");
	}
	return gw_buf_is_short(&text) ? (struct gw_str){ 0 }
				      : gw_arena_str(a, gw_buf_str(&text));
}

struct gw_str coap_value_time(struct gw_arena *a, struct gw_str json,
			      int64_t now_ms)
{
	int64_t ms = 0;

	if (!gw_time_deadline(&ms, json, now_ms)) {
		return coap_value_text(a, json);
	}
	return gw_time_print(a, ms % SECOND_MS ? ms - ms % SECOND_MS + SECOND_MS
					       : ms);
}

bool coap_text_is_clean(struct gw_arena *a, struct gw_str text)
{
	unsigned char all = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c < ' ' || c == 0x7f) {
			return false;
		}
		all |= c;
	}
	/* The writer of JSON puts U+FFFD in place of what is ill-formed, so
	 * only well-formed text comes back as it was. */
	return all < 0x80 ||
	       gw_str_eq(gw_json_text(a, gw_json_quote(a, text)), text);
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct gw_str coap_unescape(struct gw_arena *a, struct gw_str text)
{
	char *at = NULL;
	size_t n = 0;

	if (!has(text, '%')) {
		return text;
	}
	at = gw_arena_alloc(a, text.len);
	if (!at) {
		return (struct gw_str){ 0 };
	}
	for (size_t i = 0; i < text.len; i++) {
		bool is_code = text.at[i] == '%' && text.len - i > 2 &&
			       digit_of(text.at[i + 1]) >= 0 &&
			       digit_of(text.at[i + 2]) >= 0;

		at[n] = text.at[i];
		if (is_code) {
			at[n] = (char)(16 * digit_of(text.at[i + 1]) +
				       digit_of(text.at[i + 2]));
			i += 2;
		}
		n++;
	}
	return (struct gw_str){ at, n };
}
