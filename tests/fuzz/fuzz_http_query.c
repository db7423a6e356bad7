/*
 * Fuzz target: a query string, read, written and read again.
 *
 * What was read can always be written, in letters that a URL may have, and
 * then means the same.
 */

#include <assert.h>

#include "bindings/http/http_target.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

#define LIMIT_BYTES ((size_t)1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_json(struct gw_str text)
{
	struct gw_json_error error;

	return gw_json_scan(text, NULL, 0, NULL, &error);
}

static void is_url_text(struct gw_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		assert(text.at[i] > ' ' && text.at[i] < 0x7f);
		assert(text.at[i] != '#');
	}
}

static void is_same(const struct gw_primitive *a, const struct gw_primitive *b)
{
	const struct gw_param *in_b = b->params;

	for (const struct gw_param *in_a = a->params; in_a; in_a = in_a->next) {
		assert(is_json(in_a->value));
		assert(in_b && gw_str_eq(in_a->name, in_b->name));
		assert(gw_str_eq(in_a->value, in_b->value));
		in_b = in_b->next;
	}
	assert(!in_b);
}

/* Values of one field become fields of their own, which may be too many. */
static bool is_too_much(struct gw_str text)
{
	size_t n_fields = 1;

	for (size_t i = 0; i < text.len; i++) {
		n_fields += text.at[i] == '&';
	}
	return n_fields > GW_QUERY_FIELDS_MAX;
}

static void comes_back(const struct gw_primitive *p,
		       const struct gw_query *query)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *back =
		gw_primitive_new(0, LIMIT_BYTES);
	struct gw_query again = { 0 };
	struct gw_reason why = { "" };
	struct gw_buf text;
	enum gw_status status = GW_STATUS_NONE;

	assert(back);
	gw_buf_init(&text, 0, LIMIT_BYTES);
	status = http_query_write(&text, &why, p, query->attributes, '?');
	assert(status == GW_STATUS_NONE && !gw_buf_is_short(&text));
	is_url_text(gw_buf_str(&text));
	if (gw_buf_str(&text).len > 0 && !is_too_much(gw_buf_str(&text))) {
		status = http_query_read(back, &again, &why,
					 gw_str_skip(gw_buf_str(&text), 1));
		assert(status == GW_STATUS_NONE);
	}
	if (!is_too_much(gw_buf_str(&text))) {
		is_same(p, back);
		assert(gw_str_eq(query->attributes, again.attributes));
		assert(gw_str_eq(query->attribute, again.attribute));
	}
	gw_buf_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p =
		gw_primitive_new(0, LIMIT_BYTES);
	struct gw_query query = { 0 };
	struct gw_reason why = { "" };
	struct gw_str text = { size ? (const char *)data : "", size };

	assert(p);
	if (http_query_read(p, &query, &why, text) != GW_STATUS_NONE) {
		assert(why.text[0] != '\0');
		return 0;
	}
	assert(!gw_arena_is_short(p->arena));
	comes_back(p, &query);
	return 0;
}
