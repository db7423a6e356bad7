/*
 * Attrs - what a CREATE or UPDATE says of a resource.
 */

#include "bindings/sandbox/sandbox_attrs.h"

#include "bindings/sandbox/sandbox_map.h"
#include "bindings/sandbox/sandbox_print.h"
#include "core/lib/time.h"

static const char *const shape_names[] = {
	[SANDBOX_ANY] = "a JSON value",
	[SANDBOX_TEXT] = "a string",
	[SANDBOX_COUNT] = "a whole number",
	[SANDBOX_FLAG] = "true or false",
	[SANDBOX_OBJECT] = "an object",
	[SANDBOX_OBJECTS] = "an array of objects",
	[SANDBOX_TEXTS] = "an array of strings",
	[SANDBOX_COUNTS] = "an array of whole numbers",
	[SANDBOX_TIME] = "a timestamp",
	[SANDBOX_VOID] = "null",
};

static bool is_count(struct gw_str json)
{
	int64_t n = 0;

	return gw_json_type_of(json) == GW_JSON_NUMBER &&
	       gw_json_integer(&n, json) && n >= 0;
}

static bool is_array_of(struct gw_str json, enum gw_json_type type)
{
	struct gw_json_walk walk;
	struct gw_json_member element;

	if (gw_json_type_of(json) != GW_JSON_ARRAY) {
		return false;
	}
	walk = gw_json_walk(json);
	while (gw_json_next(&walk, &element)) {
		if (element.type != type) {
			return false;
		}
	}
	return true;
}

/* A timestamp has no escapes in JSON, so its text is between the quotes. */
static struct gw_str time_text(struct gw_str json)
{
	bool is_text = gw_json_type_of(json) == GW_JSON_STRING && json.len >= 2;

	return is_text ? gw_str_head(gw_str_skip(json, 1), json.len - 2)
		       : (struct gw_str){ 0 };
}

static bool is_time(struct gw_str json)
{
	int64_t ms = 0;

	return gw_time_parse(&ms, time_text(json));
}

static bool has_shape(struct gw_str json, enum sandbox_shape shape)
{
	enum gw_json_type type = gw_json_type_of(json);

	switch (shape) {
	case SANDBOX_ANY:
		return type != GW_JSON_NULL;
	case SANDBOX_TEXT:
		return type == GW_JSON_STRING;
	case SANDBOX_COUNT:
		return is_count(json);
	case SANDBOX_FLAG:
		return type == GW_JSON_BOOL;
	case SANDBOX_OBJECT:
		return type == GW_JSON_OBJECT;
	case SANDBOX_OBJECTS:
		return is_array_of(json, GW_JSON_OBJECT);
	case SANDBOX_TEXTS:
		return is_array_of(json, GW_JSON_STRING);
	case SANDBOX_COUNTS:
		return is_array_of(json, GW_JSON_NUMBER);
	case SANDBOX_TIME:
		return is_time(json);
	case SANDBOX_VOID:
		return type == GW_JSON_NULL;
	}
	return false;
}

enum gw_status sandbox_attrs_read(struct sandbox_call *call,
				  const struct sandbox_type *type)
{
	if (!gw_primitive_root(&call->resource, call->request) ||
	    call->resource.type != GW_JSON_OBJECT) {
		return sandbox_refuse(
			call, GW_STATUS_BAD_REQUEST,
			"pc is no object that holds one resource");
	}
	if (!gw_str_is(call->resource.name, type->root)) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "pc is to hold %s", type->root);
	}
	return GW_STATUS_NONE;
}

static enum gw_status check_leave(struct sandbox_call *call,
				  const struct sandbox_type *type,
				  const struct sandbox_rule *rule)
{
	bool is_create = call->request->op == GW_OP_CREATE;
	enum sandbox_leave leave = is_create ? rule->on_create
					     : rule->on_update;

	if (leave == SANDBOX_NOT_BUILT) {
		return sandbox_refuse(call, GW_STATUS_NOT_IMPLEMENTED,
				      "%s of %s is not implemented here",
				      rule->name, type->root);
	}
	if (leave == SANDBOX_NEVER) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "%s of %s may not be set by a %s",
				      rule->name, type->root,
				      gw_op_name(call->request->op));
	}
	return GW_STATUS_NONE;
}

static enum gw_status check_member(struct sandbox_call *call,
				   const struct sandbox_type *type,
				   const struct gw_json_member *m)
{
	const struct sandbox_rule *rule = sandbox_rule_find(type, m->name);
	bool is_removal = call->request->op == GW_OP_UPDATE &&
			  m->type == GW_JSON_NULL;
	enum gw_status status = GW_STATUS_NONE;

	if (!rule) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "%s has no attribute %.*s", type->root,
				      m->name.len < 64 ? (int)m->name.len : 64,
				      m->name.at);
	}
	status = check_leave(call, type, rule);
	if (status != GW_STATUS_NONE) {
		return status;
	}
	if (is_removal && rule->on_create == SANDBOX_MUST) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "%s of %s may not be removed", rule->name,
				      type->root);
	}
	if (!is_removal && !has_shape(m->value, rule->shape)) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "%s of %s is to be %s", rule->name,
				      type->root, shape_names[rule->shape]);
	}
	return GW_STATUS_NONE;
}

static enum gw_status check_mandatory(struct sandbox_call *call,
				      const struct sandbox_type *type)
{
	const struct sandbox_rule *rule = NULL;

	for (size_t i = 0; (rule = sandbox_rule_at(type, i)); i++) {
		if (rule->on_create == SANDBOX_MUST &&
		    !gw_str_is_present(sandbox_attrs_get(call, rule->name))) {
			return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
					      "%s of %s is missing", rule->name,
					      type->root);
		}
	}
	return GW_STATUS_NONE;
}

static enum gw_status check_expiration(struct sandbox_call *call)
{
	struct gw_str et = sandbox_attrs_get(call, "et");
	int64_t ms = 0;

	if (gw_time_parse(&ms, time_text(et)) &&
	    ms <= gw_loop_wall_ms(call->box->tree.loop)) {
		return sandbox_refuse(call, GW_STATUS_BAD_REQUEST,
				      "et has passed");
	}
	return GW_STATUS_NONE;
}

enum gw_status sandbox_attrs_check(struct sandbox_call *call,
				   const struct sandbox_type *type)
{
	struct gw_json_walk walk = gw_json_walk(call->resource.value);
	struct gw_json_member m;
	enum gw_status status = GW_STATUS_NONE;

	while (status == GW_STATUS_NONE && gw_json_next(&walk, &m)) {
		status = check_member(call, type, &m);
	}
	if (status == GW_STATUS_NONE && call->request->op == GW_OP_CREATE) {
		status = check_mandatory(call, type);
	}
	return status == GW_STATUS_NONE ? check_expiration(call) : status;
}

struct gw_str sandbox_attrs_get(const struct sandbox_call *call,
				const char *name)
{
	struct gw_json_member m;

	return gw_json_get(&m, call->resource.value, gw_str_from(name))
		       ? m.value
		       : (struct gw_str){ 0 };
}

/* What the CSE writes itself (rn, cr, csi, et) is not kept as text. */
static int apply_member(struct sandbox_node *node,
			const struct gw_json_member *m)
{
	const struct sandbox_rule *rule = sandbox_rule_find(node->type,
							    m->name);
	int64_t ms = 0;

	if (gw_str_is(m->name, "et")) {
		int64_t none = gw_loop_wall_ms(node->tree->loop) +
			       SANDBOX_LIFE_MS;

		sandbox_node_expire_at(
			node,
			gw_time_parse(&ms, time_text(m->value)) ? ms : none);
		return 0;
	}
	if (rule->print) {
		return 0;
	}
	return sandbox_node_put(node, rule,
				m->type == GW_JSON_NULL ? (struct gw_str){ 0 }
							: m->value);
}

int sandbox_attrs_apply(const struct sandbox_call *call,
			struct sandbox_node *node)
{
	struct gw_json_walk walk = gw_json_walk(call->resource.value);
	struct gw_json_member m;
	int err = 0;

	while (!err && gw_json_next(&walk, &m)) {
		err = apply_member(node, &m);
	}
	return err;
}

/* A removed attribute is told as null. */
static void print_change(struct gw_buf *buf, size_t start,
			 const struct sandbox_node *node,
			 const struct sandbox_rule *rule)
{
	if (!sandbox_print_member(buf, start, node, rule)) {
		sandbox_print_comma(buf, start);
		gw_buf_print(buf, "\"%s\":null", rule->name);
	}
}

void sandbox_attrs_print(struct gw_buf *buf, const struct sandbox_call *call,
			 const struct sandbox_node *node)
{
	struct gw_json_walk walk = gw_json_walk(call->resource.value);
	struct gw_json_member m;
	size_t start = 0;

	gw_buf_print(buf, "{\"%s\":{", node->type->root);
	start = buf->len;
	while (gw_json_next(&walk, &m)) {
		print_change(buf, start, node,
			     sandbox_rule_find(node->type, m.name));
	}
	print_change(buf, start, node,
		     sandbox_rule_find(node->type, GW_STR("lt")));
	if (node->type->has_state_tag) {
		print_change(buf, start, node,
			     sandbox_rule_find(node->type, GW_STR("st")));
	}
	gw_buf_lit(buf, "}}");
}
