/*
 * Value - one parameter between the bytes of an option and JSON.
 */

#include "bindings/coap/coap_value.h"

#include "core/codec/json.h"
#include "core/deadline.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "core/lib/time.h"

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

struct gw_str coap_value_read(struct gw_arena *a, enum gw_form form,
			      struct gw_str value)
{
	uint32_t n = 0;

	if (form != GW_FORM_NUMBER) {
		return gw_form_read(a, form, value);
	}
	return coap_value_number(&n, value)
		       ? gw_arena_print(a, "%u", (unsigned)n)
		       : (struct gw_str){ 0 };
}

struct gw_str coap_value_list(struct gw_arena *a, enum gw_form form,
			      struct gw_str json)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf text;

	gw_buf_init(&text, 0, json.len + 1);
	if (!gw_form_write(&text, a, form, json) || gw_buf_is_short(&text)) {
		return (struct gw_str){ 0 };
	}
	return gw_buf_str(&text).len > 0 ? gw_arena_str(a, gw_buf_str(&text))
					 : GW_STR("");
}

struct gw_str coap_value_time(struct gw_arena *a, struct gw_str json,
			      int64_t now_ms)
{
	int64_t ms = 0;

	if (!gw_deadline_read(&ms, json, now_ms)) {
		return gw_form_text(a, json);
	}
	return gw_time_print(a, ms % SECOND_MS ? ms - ms % SECOND_MS + SECOND_MS
					       : ms);
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

	if (gw_str_find(text, '%') == text.len) {
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
