/*
 * Print - resources as JSON text.
 */

#include "bindings/sandbox/sandbox_print.h"

#include "bindings/sandbox/sandbox_limits.h"
#include "core/codec/json.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "core/lib/time.h"

bool sandbox_print_name(struct gw_buf *buf, const struct sandbox_node *node)
{
	gw_json_put_text(buf, node->name);
	return true;
}

bool sandbox_print_type(struct gw_buf *buf, const struct sandbox_node *node)
{
	gw_buf_add_number(buf, node->type->number);
	return true;
}

bool sandbox_print_id(struct gw_buf *buf, const struct sandbox_node *node)
{
	gw_json_put_text(buf, node->id);
	return true;
}

bool sandbox_print_parent(struct gw_buf *buf, const struct sandbox_node *node)
{
	if (!node->parent) {
		return false;
	}
	gw_json_put_text(buf, node->parent->id);
	return true;
}

static bool print_time(struct gw_buf *buf, const struct sandbox_node *node,
		       int64_t ms)
{
	struct gw_arena *a = sandbox_tree_scratch(node->tree);
	struct gw_str text = { 0 };

	if (ms == 0) {
		return false;
	}
	if (a) {
		text = gw_time_print(a, ms);
	}
	gw_json_put_text(buf, text);
	return true;
}

bool sandbox_print_created(struct gw_buf *buf, const struct sandbox_node *node)
{
	return print_time(buf, node, node->created_ms);
}

bool sandbox_print_modified(struct gw_buf *buf, const struct sandbox_node *node)
{
	return print_time(buf, node, node->modified_ms);
}

bool sandbox_print_expires(struct gw_buf *buf, const struct sandbox_node *node)
{
	return print_time(buf, node, node->expires_ms);
}

bool sandbox_print_types(struct gw_buf *buf, const struct sandbox_node *node)
{
	const struct sandbox_type *type = NULL;

	for (size_t i = 0; (type = sandbox_type_at(i)); i++) {
		gw_buf_add_char(buf, i == 0 ? '[' : ',');
		gw_buf_add_number(buf, type->number);
	}
	gw_buf_add_char(buf, ']');
	return true;
}

bool sandbox_print_csi(struct gw_buf *buf, const struct sandbox_node *node)
{
	gw_json_put_text(buf, node->csi);
	return true;
}

bool sandbox_print_state(struct gw_buf *buf, const struct sandbox_node *node)
{
	gw_buf_add_number(buf, node->state_tag);
	return true;
}

bool sandbox_print_instances(struct gw_buf *buf,
			     const struct sandbox_node *node)
{
	gw_buf_add_number(buf, node->n_instances);
	return true;
}

bool sandbox_print_bytes(struct gw_buf *buf, const struct sandbox_node *node)
{
	gw_buf_add_number(buf, node->content_bytes);
	return true;
}

bool sandbox_print_creator(struct gw_buf *buf, const struct sandbox_node *node)
{
	if (!gw_str_is_present(node->creator)) {
		return false;
	}
	gw_json_put_text(buf, node->creator);
	return true;
}

void sandbox_print_comma(struct gw_buf *buf, size_t start)
{
	if (buf->len > start) {
		gw_buf_add_char(buf, ',');
	}
}

bool sandbox_print_attr(struct gw_buf *buf, const struct sandbox_node *node,
			const struct sandbox_rule *rule)
{
	struct gw_str json;

	if (rule->print) {
		return rule->print(buf, node);
	}
	json = sandbox_node_get(node, rule->name);
	gw_buf_add_str(buf, json);
	return gw_str_is_present(json);
}

bool sandbox_print_member(struct gw_buf *buf, size_t start,
			  const struct sandbox_node *node,
			  const struct sandbox_rule *rule)
{
	size_t before = buf->len;

	sandbox_print_comma(buf, start);
	gw_buf_print(buf, "\"%s\":", rule->name);
	if (sandbox_print_attr(buf, node, rule)) {
		return true;
	}
	buf->len = before;
	return false;
}

void sandbox_print_attrs(struct gw_buf *buf, const struct sandbox_node *node)
{
	const struct sandbox_rule *rule = NULL;
	size_t start = buf->len;

	for (size_t i = 0; (rule = sandbox_rule_at(node->type, i)); i++) {
		if (rule->print) {
			(void)sandbox_print_member(buf, start, node, rule);
		}
	}
	for (const struct sandbox_attr *attr = node->attrs; attr;
	     attr = attr->next) {
		sandbox_print_comma(buf, start);
		gw_buf_print(buf, "\"%s\":", attr->rule->name);
		gw_buf_add(buf, attr->json, attr->len);
	}
}

void sandbox_print_resource(struct gw_buf *buf, const struct sandbox_node *node)
{
	gw_buf_print(buf, "{\"%s\":{", node->type->root);
	sandbox_print_attrs(buf, node);
	gw_buf_lit(buf, "}}");
}

void sandbox_print_path(struct gw_buf *buf, const struct sandbox_node *node)
{
	struct gw_str names[SANDBOX_DEPTH_MAX + 1];
	size_t n = 0;

	while (node && n < sizeof(names) / sizeof(*names)) {
		names[n++] = node->name;
		node = node->parent;
	}
	while (n > 0) {
		gw_buf_add_str(buf, names[--n]);
		if (n > 0) {
			gw_buf_add_char(buf, '/');
		}
	}
}

/* Names hold nothing that JSON escapes: they are checked when given. */
void sandbox_print_address(struct gw_buf *buf, const struct sandbox_node *node,
			   bool is_structured)
{
	if (!is_structured) {
		gw_json_put_text(buf, node->id);
		return;
	}
	gw_buf_add_char(buf, '"');
	sandbox_print_path(buf, node);
	gw_buf_add_char(buf, '"');
}

void sandbox_print_reference(struct gw_buf *buf,
			     const struct sandbox_node *node,
			     bool is_structured)
{
	gw_buf_lit(buf, "{\"nm\":");
	gw_json_put_text(buf, node->name);
	gw_buf_lit(buf, ",\"typ\":");
	gw_buf_add_number(buf, node->type->number);
	gw_buf_lit(buf, ",\"val\":");
	sandbox_print_address(buf, node, is_structured);
	gw_buf_add_char(buf, '}');
}
