/*
 * Primitive - the one message shape that every protocol is translated into.
 *
 * The struct is the first thing in its own arena, so that a message of usual
 * size is one allocation.
 */

#include "core/primitive.h"

#include <assert.h>

#include "core/lib/arena.h"
#include "core/lib/buf.h"

/* What an answer of our own making needs. */
#define ANSWER_ROOM_BYTES ((size_t)512)
#define ANSWER_LIMIT_BYTES ((size_t)64 * 1024)

/* Response types (TS-0004 6.3.4.2.5); one digit has room for those to come. */
#define NO_RESPONSE 5
#define RESPONSE_TYPE_MAX 9

struct gw_primitive *gw_primitive_new(size_t room_bytes, size_t limit_bytes)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = NULL;
	struct gw_primitive *p = NULL;

	a = gw_arena_new(sizeof(*p) + room_bytes, sizeof(*p) + limit_bytes);
	if (!a) {
		return NULL;
	}
	p = gw_arena_alloc(a, sizeof(*p));
	if (!p) {
		return NULL;
	}
	*p = (struct gw_primitive){ .arena = gw_take(&a) };
	p->last = &p->params;
	return p;
}

struct gw_primitive *gw_primitive_free(struct gw_primitive *p)
{
	if (p) {
		gw_arena_free(p->arena);
	}
	return NULL;
}

struct gw_primitive *gw_primitive_new_answer(const struct gw_primitive *request,
					     enum gw_status status)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p =
		gw_primitive_new(ANSWER_ROOM_BYTES, ANSWER_LIMIT_BYTES);

	if (!p) {
		return NULL;
	}
	assert(status != GW_STATUS_NONE);
	p->status = status;
	p->id = gw_arena_str(p->arena, request->id);
	p->has_number_id = request->has_number_id;
	p->release = gw_arena_str(p->arena, request->release);
	if (gw_arena_is_short(p->arena)) {
		return NULL;
	}
	return gw_take(&p);
}

static struct gw_str debug_content(struct gw_arena *a, const char *reason)
{
	struct gw_str text = gw_json_quote(a, gw_str_from(reason));

	return gw_arena_print(a, "{\"m2m:dbg\":" GW_STR_FMT "}",
			      GW_STR_ARG(text));
}

struct gw_primitive *gw_primitive_new_error(const struct gw_primitive *request,
					    enum gw_status status,
					    const char *reason)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p =
		gw_primitive_new_answer(request, status);

	if (!p) {
		return NULL;
	}
	p->content = gw_bytes_of(debug_content(p->arena, reason));
	p->media = GW_MEDIA_JSON;
	if (gw_arena_is_short(p->arena)) {
		return NULL;
	}
	return gw_take(&p);
}

void gw_primitive_add(struct gw_primitive *p, struct gw_str name,
		      struct gw_str value)
{
	struct gw_param *param = NULL;

	if (!gw_str_is_present(value)) {
		return;
	}
	param = gw_arena_alloc(p->arena, sizeof(*param));
	if (!param) {
		return;
	}
	*param = (struct gw_param){ .name = name, .value = value };
	*p->last = param;
	p->last = &param->next;
}

struct gw_str gw_primitive_get(const struct gw_primitive *p, struct gw_str name)
{
	for (struct gw_param *param = p->params; param; param = param->next) {
		if (gw_str_eq(param->name, name)) {
			return param->value;
		}
	}
	return (struct gw_str){ 0 };
}

bool gw_primitive_root(struct gw_json_member *root,
		       const struct gw_primitive *p)
{
	struct gw_json_walk walk;
	struct gw_json_member first;
	struct gw_json_member second;
	struct gw_str text = gw_str_of(p->content);

	if (p->media != GW_MEDIA_JSON ||
	    gw_json_type_of(text) != GW_JSON_OBJECT) {
		return false;
	}
	walk = gw_json_walk(text);
	if (!gw_json_next(&walk, &first) || gw_json_next(&walk, &second)) {
		return false;
	}
	*root = first;
	return true;
}

bool gw_primitive_resource(struct gw_json_member *resource,
			   const struct gw_primitive *p)
{
	struct gw_json_member m;
	struct gw_json_walk walk;

	if (!gw_primitive_root(&m, p) || m.type != GW_JSON_OBJECT) {
		return false;
	}
	if (!gw_str_is(m.name, "m2m:rce")) {
		*resource = m;
		return true;
	}
	walk = gw_json_walk(m.value);
	while (gw_json_next(&walk, &m)) {
		if (m.type == GW_JSON_OBJECT) {
			*resource = m;
			return true;
		}
	}
	return false;
}

unsigned gw_primitive_response_type(const struct gw_primitive *request)
{
	struct gw_str rt = gw_primitive_get(request, GW_STR("rt"));
	struct gw_json_member type = { .value = rt };
	int64_t n = 0;

	if (gw_json_type_of(rt) == GW_JSON_OBJECT &&
	    !gw_json_get(&type, rt, GW_STR("rtv"))) {
		return 0;
	}
	return gw_json_integer(&n, type.value) && n > 0 &&
			       n <= RESPONSE_TYPE_MAX
		       ? (unsigned)n
		       : 0;
}

bool gw_primitive_is_silent(const struct gw_primitive *request)
{
	return gw_primitive_response_type(request) == NO_RESPONSE;
}

struct gw_str gw_type_root(int64_t type)
{
	static const struct {
		int64_t type;
		const char *root;
	} known[] = {
		{ 1, "m2m:acp" },  { 2, "m2m:ae" },    { 3, "m2m:cnt" },
		{ 4, "m2m:cin" },  { 5, "m2m:cb" },    { 6, "m2m:dlv" },
		{ 7, "m2m:evcg" }, { 8, "m2m:exin" },  { 9, "m2m:grp" },
		{ 14, "m2m:nod" }, { 15, "m2m:pch" },  { 16, "m2m:csr" },
		{ 17, "m2m:req" }, { 23, "m2m:sub" },  { 48, "m2m:crs" },
		{ 49, "m2m:bdt" }, { 50, "m2m:tram" }, { 51, "m2m:trac" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (known[i].type == type) {
			return gw_str_from(known[i].root);
		}
	}
	return (struct gw_str){ 0 };
}

const char *gw_op_name(enum gw_op op)
{
	static const char *const names[] = {
		[GW_OP_NONE] = "ANSWER",       [GW_OP_CREATE] = "CREATE",
		[GW_OP_RETRIEVE] = "RETRIEVE", [GW_OP_UPDATE] = "UPDATE",
		[GW_OP_DELETE] = "DELETE",     [GW_OP_NOTIFY] = "NOTIFY",
	};

	assert((size_t)op < sizeof(names) / sizeof(*names));
	return names[op];
}
