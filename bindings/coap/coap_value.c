/*
 * Value - one parameter between the bytes of an option and JSON.
 */

#include "bindings/coap/coap_value.h"

#include <assert.h>

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
	assert(n <= text.len);
	return (struct gw_str){ at, n };
}

static enum gw_status keep(struct gw_primitive *p, struct gw_str *slot,
			   struct gw_reason *why,
			   const struct coap_values *values,
			   enum coap_param_id id)
{
	struct gw_str value = values->of[id];

	if (!gw_str_is_present(value)) {
		return GW_STATUS_NONE;
	}
	if (!gw_text_is_clean(p->arena, value)) {
		return gw_refuse(why, GW_STR_FMT " is ill-formed",
				 GW_STR_ARG(coap_param(id)->name));
	}
	*slot = gw_arena_str(p->arena, value);
	return GW_STATUS_NONE;
}

enum gw_status coap_read_identity(struct gw_primitive *p, struct gw_reason *why,
				  const struct coap_values *values)
{
	enum gw_status status = keep(p, &p->id, why, values, COAP_PARAM_ID);

	if (status == GW_STATUS_NONE) {
		status = keep(p, &p->release, why, values, COAP_PARAM_RELEASE);
	}
	if (status == GW_STATUS_NONE) {
		status = keep(p, &p->from, why, values, COAP_PARAM_FROM);
	}
	return status;
}

/* A request whose numbers are none is refused; what is wrong in an answer is
 * left out. */
static enum gw_status add_param(struct gw_primitive *p, struct gw_reason *why,
				enum coap_param_id id, struct gw_str value)
{
	const struct coap_param *param = coap_param(id);
	struct gw_str json = { 0 };

	if (param->form == GW_FORM_NUMBER ||
	    (gw_text_is_clean(p->arena, value) &&
	     gw_form_fits(param->form, value))) {
		json = coap_value_read(p->arena, param->form, value);
	}
	if (!gw_str_is_present(json) && gw_primitive_is_request(p)) {
		return gw_refuse(why, GW_STR_FMT " is ill-formed",
				 GW_STR_ARG(param->name));
	}
	gw_primitive_add(p, param->param, json);
	return GW_STATUS_NONE;
}

enum gw_status coap_read_params(struct gw_primitive *p, struct gw_reason *why,
				const struct coap_values *values,
				unsigned where)
{
	enum gw_status status = GW_STATUS_NONE;

	for (int i = COAP_PARAM_OT; i < COAP_N_PARAMS && !status; i++) {
		if (gw_str_is_present(values->of[i]) &&
		    (coap_param((enum coap_param_id)i)->where & where) != 0) {
			status = add_param(p, why, (enum coap_param_id)i,
					   values->of[i]);
		}
	}
	return status;
}
