/*
 * Fuzz target: a whole message, first as a request, then as an answer.  The
 * input is "METHOD TARGET", header lines, an empty line, the body.
 *
 * Whatever was understood is JSON where it should be; and when it is written
 * again, no header holds a line end, and the target is the same.
 */

#include <assert.h>

#include "bindings/http/http_decode.h"
#include "bindings/http/http_encode.h"
#include "bindings/http/http_target.h"
#include "core/lib/arena.h"

#define LIMIT_BYTES ((size_t)1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct message {
	struct gw_str method;
	struct gw_str target;
	struct http_values values;
	struct gw_bytes body;
};

static bool cut_message(struct message *m, struct gw_str rest)
{
	struct gw_str line = gw_str_cut(&rest, '\n');

	*m = (struct message){ .body = { (const uint8_t *)"", 0 } };
	m->method = gw_str_cut(&line, ' ');
	m->target = gw_str_is_present(line) ? line : GW_STR("");
	while (rest.len > 0) {
		struct http_field field;

		line = gw_str_cut(&rest, '\n');
		if (line.len == 0) {
			break;
		}
		field.name = gw_str_cut(&line, ':');
		field.value = gw_str_is_present(line) ? line : GW_STR("");
		if (!http_values_take(&m->values, field)) {
			return false;
		}
	}
	if (gw_str_is_present(rest)) {
		m->body = gw_bytes_of(rest);
	}
	return true;
}

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

static void are_headers(const struct http_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		assert(!strpbrk(lines->at[i].name, "\r\n: "));
		assert(!strpbrk(lines->at[i].value, "\r\n"));
	}
}

/* Read what was written for the next hop. */
static void leads_there_too(const struct gw_primitive *p,
			    const struct http_request *out)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *back =
		gw_primitive_new(0, LIMIT_BYTES);
	struct http_values values = { 0 };
	struct http_asked asked;
	struct gw_reason why = { "" };
	struct http_request_head head = {
		.method = gw_str_from(out->method),
		.target = gw_str_from(out->url + strlen("http://h")),
		.values = &values,
	};
	enum gw_status status = GW_STATUS_NONE;

	assert(back);
	for (size_t i = 0; i < out->lines.n; i++) {
		const struct http_line *line = &out->lines.at[i];

		assert(http_values_take(
			&values,
			(struct http_field){ gw_str_from(line->name),
					     gw_str_from(line->value) }));
	}
	status = http_decode_head(back, &asked, &why, &head);
	assert(status == GW_STATUS_NONE);
	assert(back->op == p->op && back->type == p->type);
	assert(gw_str_eq(back->to, p->to));
	assert(gw_str_eq(back->id, gw_str_trim(p->id)));
}

/* Values of one field of a query become fields of their own, which may be too
 * many to be read. */
static bool is_too_much(const char *url)
{
	size_t n_fields = 1;

	for (const char *at = url; *at; at++) {
		n_fields += *at == '&';
	}
	return n_fields > GW_QUERY_FIELDS_MAX;
}

static void write_request(const struct gw_primitive *p)
{
	static const struct http_hop hop = { .url = { "http://h", 8 } };
	struct http_request out;
	struct gw_reason why = { "" };

	if (http_encode_request(&out, &why, p, &hop) != GW_STATUS_NONE) {
		assert(why.text[0] != '\0');
		return;
	}
	are_headers(&out.lines);
	for (const char *at = out.url; *at; at++) {
		assert(*at > ' ' && *at < 0x7f);
	}
	if (!is_too_much(out.url)) {
		leads_there_too(p, &out);
	}
}

static void try_request(const struct message *m)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p =
		gw_primitive_new(0, LIMIT_BYTES);
	struct http_asked asked;
	struct gw_reason why = { "" };
	struct http_request_head head = {
		.method = m->method,
		.target = gw_arena_str(p->arena, m->target),
		.values = &m->values,
	};
	enum gw_status status = http_decode_head(p, &asked, &why, &head);

	if (status == GW_STATUS_NONE) {
		status = http_decode_content(p, &asked, &why, m->body);
	}
	if (status != GW_STATUS_NONE) {
		assert(why.text[0] != '\0');
		return;
	}
	assert(!gw_arena_is_short(p->arena));
	assert(gw_primitive_is_request(p) && p->id.len > 0);
	if (p->to.len == 0) {
		/* Core says what a POST without a path lacks. */
		assert(p->op == GW_OP_CREATE || p->op == GW_OP_NOTIFY);
		return;
	}
	is_understood(p);
	write_request(p);
}

static void write_answer(const struct gw_primitive *p, enum gw_op op)
{
	struct http_lines lines;
	struct gw_bytes content = { 0 };
	struct gw_reason why = { "" };

	if (http_encode_answer(&lines, &content, &why, p, op) ==
	    GW_STATUS_NONE) {
		are_headers(&lines);
		assert(strcmp(lines.at[0].name, "X-M2M-RSC") == 0);
	}
}

static void try_answer(const struct message *m)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p =
		gw_primitive_new(0, LIMIT_BYTES);
	gw_cleanup(gw_primitive_freep) struct gw_primitive *request =
		gw_primitive_new(0, LIMIT_BYTES);
	struct gw_reason why = { "" };
	uint64_t status = 200;
	struct http_answer answer = {
		.values = &m->values,
		.body = m->body,
		.request = request,
		.id = GW_STR("r1"),
	};

	(void)gw_str_number(&status, m->target, 999);
	answer.status = (unsigned)status;
	request->op = m->method.len > 3 ? GW_OP_CREATE : GW_OP_RETRIEVE;
	if (http_decode_answer(p, &why, &answer) != GW_STATUS_NONE) {
		assert(why.text[0] != '\0');
		return;
	}
	assert(!gw_primitive_is_request(p) && (int)p->status >= 1000);
	assert(gw_str_is(p->id, "r1"));
	is_understood(p);
	write_answer(p, request->op);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message m;

	if (size > 0 &&
	    cut_message(&m, (struct gw_str){ (const char *)data, size })) {
		try_request(&m);
		try_answer(&m);
	}
	return 0;
}
