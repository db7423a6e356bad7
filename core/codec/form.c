/*
 * Form - one parameter between plain text and JSON.
 */

#include "core/codec/form.h"

#include "core/codec/json.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

/* More digits than any 64-bit number has are left a string. */
#define DIGITS_MAX 19

/* A whole number as JSON writes it: a slice without leading zeros.  Absent when
 * text is none. */
static struct gw_str number_of(struct gw_str text)
{
	size_t sign = text.len > 0 && text.at[0] == '-';
	struct gw_str digits = gw_str_skip(text, sign);

	if (digits.len == 0 || digits.len > DIGITS_MAX) {
		return (struct gw_str){ 0 };
	}
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9') {
			return (struct gw_str){ 0 };
		}
	}
	if (sign && digits.at[0] == '0') {
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
static struct gw_str literal_of(enum gw_form form, struct gw_str text)
{
	switch (form) {
	case GW_FORM_TIME:
	case GW_FORM_NUMBER:
	case GW_FORM_NUMBERS:
		return number_of(text);
	case GW_FORM_BOOLEAN:
		return boolean_of(text);
	default:
		return (struct gw_str){ 0 };
	}
}

bool gw_form_fits(enum gw_form form, struct gw_str text)
{
	switch (form) {
	case GW_FORM_NUMBER:
	case GW_FORM_NUMBERS:
	case GW_FORM_BOOLEAN:
		return gw_str_is_present(literal_of(form, text));
	default:
		return true;
	}
}

void gw_form_put(struct gw_buf *json, enum gw_form form, struct gw_str text)
{
	struct gw_str literal = literal_of(form, text);

	if (gw_str_is_present(literal)) {
		gw_buf_add_str(json, literal);
	} else {
		gw_json_put_text(json, text);
	}
}

/* One lti:tkid (TS-0009 6.4.15, TS-0008 table 6.2.2.4.0-1). */
static void put_token(struct gw_buf *json, struct gw_str text)
{
	struct gw_str rest = text;
	struct gw_str local = gw_str_cut(&rest, ':');

	gw_buf_lit(json, "{\"lti\":");
	gw_json_put_text(json, gw_str_trim(local));
	gw_buf_lit(json, ",\"tkid\":");
	gw_json_put_text(json, gw_str_trim(rest));
	gw_buf_add_char(json, '}');
}

static void put_list(struct gw_buf *json, enum gw_form form, char joint,
		     struct gw_str text)
{
	struct gw_str rest = gw_str_trim(text);
	const char *between = "";

	gw_buf_add_char(json, '[');
	while (rest.len > 0) {
		struct gw_str item = gw_str_trim(gw_str_cut(&rest, joint));

		gw_buf_add_str(json, gw_str_from(between));
		between = ",";
		if (form == GW_FORM_TOKENS) {
			put_token(json, item);
		} else {
			gw_form_put(json, form, item);
		}
	}
	gw_buf_add_char(json, ']');
}

static struct gw_str read_list(struct gw_arena *a, enum gw_form form,
			       struct gw_str text)
{
	struct gw_buf json;
	struct gw_str copy;

	gw_buf_init(&json, 0, 24 * text.len + 64);
	if (form == GW_FORM_TOKENS) {
		gw_buf_lit(&json, "{\"ltia\":");
	}
	put_list(&json, form, form == GW_FORM_URIS ? '&' : '+', text);
	if (form == GW_FORM_TOKENS) {
		gw_buf_add_char(&json, '}');
	}
	copy = gw_buf_is_short(&json) ? (struct gw_str){ 0 }
				      : gw_arena_str(a, gw_buf_str(&json));
	gw_buf_deinit(&json);
	return copy;
}

struct gw_str gw_form_read(struct gw_arena *a, enum gw_form form,
			   struct gw_str text)
{
	struct gw_str literal = { 0 };

	switch (form) {
	case GW_FORM_TEXTS:
	case GW_FORM_NUMBERS:
	case GW_FORM_URIS:
	case GW_FORM_TOKENS:
		return read_list(a, form, text);
	default:
		literal = literal_of(form, text);
		return gw_str_is_present(literal) ? gw_arena_str(a, literal)
						  : gw_json_quote(a, text);
	}
}

struct gw_str gw_form_text(struct gw_arena *a, struct gw_str json)
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

/* Whether a reader of lists, who trims items, gets it as it is. */
static bool is_trim(struct gw_str text)
{
	return gw_str_is_present(text) && gw_str_trim(text).len == text.len;
}

static bool write_token(struct gw_buf *text, struct gw_arena *a,
			struct gw_str json)
{
	struct gw_json_member local;
	struct gw_json_member token;
	struct gw_str name;
	struct gw_str id;

	if (gw_json_type_of(json) != GW_JSON_OBJECT ||
	    !gw_json_get(&local, json, GW_STR("lti")) ||
	    !gw_json_get(&token, json, GW_STR("tkid"))) {
		return false;
	}
	name = gw_form_text(a, local.value);
	id = gw_form_text(a, token.value);
	if (!is_trim(name) || !is_trim(id) ||
	    gw_str_find(name, ':') < name.len ||
	    gw_str_find(name, '+') < name.len ||
	    gw_str_find(id, '+') < id.len) {
		return false;
	}
	gw_buf_add_str(text, name);
	gw_buf_add_char(text, ':');
	gw_buf_add_str(text, id);
	return true;
}

static bool write_item(struct gw_buf *text, struct gw_arena *a, char joint,
		       struct gw_str json)
{
	struct gw_str item = gw_form_text(a, json);

	if (!is_trim(item) || item.len == 0 ||
	    gw_str_find(item, joint) < item.len) {
		return false;
	}
	gw_buf_add_str(text, item);
	return true;
}

static bool write_list(struct gw_buf *text, struct gw_arena *a,
		       enum gw_form form, struct gw_str json)
{
	struct gw_json_walk walk;
	struct gw_json_member item;
	char joint = form == GW_FORM_URIS ? '&' : '+';
	bool is_first = true;

	if (gw_json_type_of(json) != GW_JSON_ARRAY) {
		return false;
	}
	walk = gw_json_walk(json);
	while (gw_json_next(&walk, &item)) {
		if (!is_first) {
			gw_buf_add_char(text, joint);
		}
		is_first = false;
		if (form == GW_FORM_TOKENS
			    ? !write_token(text, a, item.value)
			    : !write_item(text, a, joint, item.value)) {
			return false;
		}
	}
	return true;
}

bool gw_form_write(struct gw_buf *text, struct gw_arena *a, enum gw_form form,
		   struct gw_str json)
{
	struct gw_json_member list;
	struct gw_str plain;

	switch (form) {
	case GW_FORM_TOKENS:
		return gw_json_type_of(json) == GW_JSON_OBJECT &&
		       gw_json_get(&list, json, GW_STR("ltia")) &&
		       write_list(text, a, form, list.value);
	case GW_FORM_TEXTS:
	case GW_FORM_NUMBERS:
	case GW_FORM_URIS:
		return write_list(text, a, form, json);
	default:
		plain = gw_form_text(a, json);
		gw_buf_add_str(text, plain);
		return gw_str_is_present(plain);
	}
}

static bool is_clean(struct gw_arena *a, struct gw_str text,
		     const char *allowed)
{
	unsigned char all = 0;

	for (size_t i = gw_str_printable(text); i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if ((c < ' ' && (c == 0 || !strchr(allowed, c))) || c == 0x7f) {
			return false;
		}
		all |= c;
	}
	/* The writer of JSON puts U+FFFD in place of what is ill-formed, so
	 * only well-formed text comes back as it was. */
	return all < 0x80 ||
	       gw_str_eq(gw_json_text(a, gw_json_quote(a, text)), text);
}

bool gw_text_is_clean(struct gw_arena *a, struct gw_str text)
{
	return is_clean(a, text, "");
}

bool gw_text_is_clean_value(struct gw_arena *a, struct gw_str text)
{
	return is_clean(a, text, "\t\r\n");
}
