/*
 * HTTP rig - what the tests of the pure parts share.
 */

#include "tests/unit/http/http_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/lib/arena.h"

#define ROOM_BYTES 4096
#define LIMIT_BYTES ((size_t)1024 * 1024)

struct gw_primitive *rig_primitive(enum gw_op op, const char *to)
{
	struct gw_primitive *p = gw_primitive_new(ROOM_BYTES, LIMIT_BYTES);

	assert_non_null(p);
	p->op = op;
	p->to = gw_str_from(to);
	p->id = GW_STR("r1");
	p->from = GW_STR("C1");
	return p;
}

void rig_param(struct gw_primitive *p, const char *name, const char *json)
{
	gw_primitive_add(p, gw_str_from(name), gw_str_from(json));
}

void rig_expect_text(struct gw_str text, const char *wanted)
{
	if (!wanted) {
		assert_null(text.at);
		return;
	}
	assert_non_null(text.at);
	if (!gw_str_is(text, wanted)) {
		print_error("wanted <%s>, got <" GW_STR_FMT ">\n", wanted,
			    GW_STR_ARG(text));
	}
	assert_true(gw_str_is(text, wanted));
}

void rig_expect_param(const struct gw_primitive *p, const char *name,
		      const char *json)
{
	rig_expect_text(gw_primitive_get(p, gw_str_from(name)), json);
}

struct http_values rig_values(const char *const *lines)
{
	struct http_values values = { 0 };

	for (size_t i = 0; lines && lines[i]; i++) {
		struct gw_str value = gw_str_from(lines[i]);
		struct gw_str name = gw_str_cut(&value, ':');

		assert_true(http_values_take(
			&values, (struct http_field){ name, value }));
	}
	return values;
}

struct rig_request rig_decode(const char *method, const char *target,
			      const char *const *lines, const char *body)
{
	struct rig_request r = { 0 };
	struct http_values values = rig_values(lines);
	struct http_request_head head = {
		.method = gw_str_from(method),
		.target = gw_str_from(target),
		.values = &values,
	};

	r.p = gw_primitive_new(ROOM_BYTES, LIMIT_BYTES);
	assert_non_null(r.p);
	r.status = http_decode_head(r.p, &r.asked, &r.why, &head);
	if (r.status == GW_STATUS_NONE) {
		r.status = http_decode_content(
			r.p, &r.asked, &r.why,
			gw_bytes_of(gw_str_from(body ? body : "")));
	}
	assert_false(gw_arena_is_short(r.p->arena));
	return r;
}

const char *rig_line(const struct http_lines *lines, const char *name)
{
	for (size_t i = 0; i < lines->n; i++) {
		if (strcmp(lines->at[i].name, name) == 0) {
			return lines->at[i].value;
		}
	}
	return NULL;
}
