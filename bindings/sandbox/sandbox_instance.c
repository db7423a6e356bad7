/*
 * Instance - what a container does with its instances (TS-0004 7.4.6, 7.4.7).
 *
 * The newest instances stay: when one is added, or mni or mbs is lowered, the
 * oldest are dropped until both hold.
 */

#include "bindings/sandbox/sandbox_admit.h"

#include <assert.h>

#include "bindings/sandbox/sandbox_attrs.h"
#include "bindings/sandbox/sandbox_map.h"
#include "core/lib/arena.h"

#define MS_PER_SECOND 1000

/* mni, mbs or mia of a container; missing when it has none. */
static int64_t bound_of(const struct sandbox_node *container, const char *name,
			int64_t missing)
{
	struct gw_str json = sandbox_node_get(container, name);
	int64_t n = missing;

	if (gw_str_is_present(json) && !gw_json_integer(&n, json)) {
		n = missing;
	}
	return n;
}

/* cs: bytes of a text without its quotes and escapes, or of the JSON. */
static size_t size_of(struct sandbox_tree *tree, struct gw_str con)
{
	struct gw_arena *a = sandbox_tree_scratch(tree);

	if (gw_json_type_of(con) != GW_JSON_STRING || !a) {
		return con.len;
	}
	return gw_json_text(a, con).len;
}

enum gw_status sandbox_instance_check(struct sandbox_call *call)
{
	const struct sandbox_node *container = call->target.node;
	size_t size = size_of(&call->box->tree, sandbox_attrs_get(call, "con"));

	if (size > (uint64_t)bound_of(container, "mbs", INT64_MAX)) {
		return sandbox_refuse(call, GW_STATUS_NOT_ACCEPTABLE,
				      "con is larger than mbs");
	}
	if (bound_of(container, "mni", 1) == 0) {
		return sandbox_refuse(call, GW_STATUS_NOT_ACCEPTABLE,
				      "mni lets the container hold nothing");
	}
	return GW_STATUS_NONE;
}

int sandbox_instance_equip(struct sandbox_node *node,
			   struct sandbox_node *parent)
{
	int64_t age = bound_of(parent, "mia", 0);

	assert(parent->type->number == SANDBOX_CONTAINER && !node->parent);
	sandbox_node_touch(parent);
	node->state_tag = parent->state_tag;
	node->content_bytes = size_of(node->tree,
				      sandbox_node_get(node, "con"));
	if (age > 0 && age <= SANDBOX_LIFE_MAX_MS / MS_PER_SECOND &&
	    node->expires_ms > node->created_ms + age * MS_PER_SECOND) {
		sandbox_node_expire_at(node,
				       node->created_ms + age * MS_PER_SECOND);
	}
	return 0;
}

static bool is_over(const struct sandbox_node *container)
{
	return container->n_instances >
		       (uint64_t)bound_of(container, "mni", INT64_MAX) ||
	       container->content_bytes >
		       (uint64_t)bound_of(container, "mbs", INT64_MAX);
}

void sandbox_container_settle(struct sandbox *box, struct sandbox_node *node)
{
	struct sandbox_kids *instances = &node->kids[SANDBOX_INSTANCES];

	assert(node->type->number == SANDBOX_CONTAINER);
	while (is_over(node) && !TAILQ_EMPTY(instances)) {
		sandbox_tree_remove(TAILQ_FIRST(instances));
	}
}

void sandbox_instance_settle(struct sandbox *box, struct sandbox_node *node)
{
	sandbox_container_settle(box, node->parent);
}
