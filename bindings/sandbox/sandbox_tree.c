/*
 * Tree - the resources of one sandbox.
 */

#include "bindings/sandbox/sandbox_tree.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "bindings/sandbox/sandbox_limits.h"
#include "bindings/sandbox/sandbox_map.h"
#include "core/lib/arena.h"
#include "core/lib/loop.h"
#include "core/lib/mint.h"

#define SCRATCH_ROOM ((size_t)4096)
#define ID_DIGITS 12

void sandbox_tree_init(struct sandbox_tree *tree, struct gw_loop *loop,
		       sandbox_expired_fn *expired)
{
	*tree = (struct sandbox_tree){
		.loop = loop,
		.expired = expired,
		.key = { .a = gw_loop_random(loop), .b = gw_loop_random(loop) },
	};
}

void sandbox_tree_deinit(struct sandbox_tree *tree)
{
	while (tree->base) {
		sandbox_tree_remove(sandbox_tree_leaf(tree->base));
	}
	assert(tree->n_nodes == 0 && tree->n_requests == 0 && tree->bytes == 0);
	gw_table_deinit(&tree->ids);
	gw_table_deinit(&tree->names);
	gw_table_deinit(&tree->csis);
	sandbox_tree_tidy(tree);
}

bool sandbox_tree_is_full(const struct sandbox_tree *tree, size_t more_bytes)
{
	return tree->n_nodes >= SANDBOX_RESOURCES_MAX ||
	       more_bytes > SANDBOX_BYTES_MAX ||
	       tree->bytes > SANDBOX_BYTES_MAX - more_bytes;
}

struct gw_arena *sandbox_tree_scratch(struct sandbox_tree *tree)
{
	if (!tree->scratch) {
		tree->scratch = gw_arena_new(SCRATCH_ROOM, SANDBOX_SCRATCH_MAX);
	}
	return tree->scratch;
}

void sandbox_tree_tidy(struct sandbox_tree *tree)
{
	tree->scratch = gw_arena_free(tree->scratch);
}

struct gw_str sandbox_tree_mint(struct sandbox_tree *tree, const char *prefix)
{
	struct gw_arena *a = sandbox_tree_scratch(tree);
	char text[ID_DIGITS + 1] = "";
	struct gw_str id;

	if (!a) {
		return (struct gw_str){ 0 };
	}
	do {
		gw_mint_salt(text, ID_DIGITS, gw_loop_random(tree->loop));
		id = gw_arena_print(a, "%s%s", prefix, text);
	} while (gw_str_is_present(id) && sandbox_tree_find(tree, id));
	return id;
}

/* Copy a text to *place, step over it, and return the copy. */
static struct gw_str lay(char **place, struct gw_str text)
{
	struct gw_str copy = { .at = *place, .len = text.len };

	if (!gw_str_is_present(text)) {
		return text;
	}
	if (text.len > 0) {
		memcpy(*place, text.at, text.len);
	}
	*place += text.len;
	return copy;
}

struct sandbox_node *sandbox_node_new(struct sandbox_tree *tree,
				      const struct sandbox_plan *plan)
{
	size_t bytes = sizeof(struct sandbox_node) + plan->id.len +
		       plan->name.len + plan->creator.len + plan->csi.len;
	struct sandbox_node *node = calloc(1, bytes);
	char *place = NULL;

	if (!node) {
		return NULL;
	}
	assert(plan->type && gw_str_is_present(plan->id));
	place = (char *)(node + 1);
	node->tree = tree;
	node->type = plan->type;
	node->id = lay(&place, plan->id);
	node->name = lay(&place, plan->name);
	node->creator = lay(&place, plan->creator);
	node->csi = lay(&place, plan->csi);
	node->created_ms = gw_loop_wall_ms(tree->loop);
	node->modified_ms = node->created_ms;
	assert(place == (char *)node + bytes);
	node->bytes = bytes;
	tree->bytes += bytes;
	for (size_t i = 0; i < SANDBOX_N_FAMILIES; i++) {
		TAILQ_INIT(&node->kids[i]);
	}
	return node;
}

struct sandbox_node *sandbox_node_free(struct sandbox_node *node)
{
	struct sandbox_attr *next = NULL;

	if (!node) {
		return NULL;
	}
	assert(node->bytes <= node->tree->bytes);
	gw_timer_clear(node->tree->loop, &node->expiry);
	for (struct sandbox_attr *attr = node->attrs; attr; attr = next) {
		next = attr->next;
		free(attr);
	}
	if (node->type->number == SANDBOX_CHANNEL) {
		free(node->channel);
	}
	node->tree->bytes -= node->bytes;
	free(node);
	return NULL;
}

static uint64_t hash_of(const struct sandbox_tree *tree, struct gw_str text)
{
	return gw_hash(tree->key, text.at, text.len);
}

/* The hash of a name below a parent. */
static uint64_t hash_below(const struct sandbox_node *parent,
			   struct gw_str name)
{
	uint64_t above = parent->by_id.hash;

	return hash_of(parent->tree, name) ^ (above << 1 | above >> 63);
}

static void unlist(struct sandbox_node *node)
{
	gw_table_remove(&node->tree->ids, &node->by_id);
	gw_table_remove(&node->tree->names, &node->by_name);
	gw_table_remove(&node->tree->csis, &node->by_csi);
}

static void list(struct sandbox_node *node, struct sandbox_node *parent)
{
	struct sandbox_tree *tree = node->tree;

	gw_table_add(&tree->ids, &node->by_id, hash_of(tree, node->id));
	if (parent) {
		gw_table_add(&tree->names, &node->by_name,
			     hash_below(parent, node->name));
	}
	if (gw_str_is_present(node->csi)) {
		gw_table_add(&tree->csis, &node->by_csi,
			     hash_of(tree, node->csi));
	}
}

static void count_child(struct sandbox_node *parent,
			const struct sandbox_node *node, bool is_new)
{
	size_t one = is_new ? 1 : SIZE_MAX; // counts wrap: this subtracts one

	if (node->type->family == SANDBOX_SUBSCRIPTIONS) {
		parent->n_subscriptions += one;
	}
	if (node->type->family == SANDBOX_INSTANCES) {
		parent->n_instances += one;
		parent->content_bytes += one * node->content_bytes;
	}
}

void sandbox_tree_add(struct sandbox_node *node, struct sandbox_node *parent)
{
	struct sandbox_tree *tree = node->tree;

	assert(!node->parent && (parent ? parent != node : !tree->base));
	assert(!sandbox_tree_find(tree, node->id));
	list(node, parent);
	node->parent = parent;
	if (parent) {
		node->depth = parent->depth + 1;
		TAILQ_INSERT_TAIL(&parent->kids[node->type->family], node,
				  peers);
		count_child(parent, node, true);
	} else {
		tree->base = node;
	}
	tree->n_nodes++;
	tree->n_requests += node->type->number == SANDBOX_REQUEST;
}

void sandbox_tree_remove(struct sandbox_node *node)
{
	struct sandbox_tree *tree = node->tree;
	struct sandbox_node *parent = node->parent;

	assert(parent || tree->base == node);
	assert(sandbox_tree_leaf(node) == node);
	unlist(node);
	if (parent) {
		TAILQ_REMOVE(&parent->kids[node->type->family], node, peers);
		count_child(parent, node, false);
	} else {
		tree->base = NULL;
	}
	assert(tree->n_nodes > 0);
	tree->n_nodes--;
	tree->n_requests -= node->type->number == SANDBOX_REQUEST;
	sandbox_node_free(node);
}

struct sandbox_node *sandbox_tree_find(const struct sandbox_tree *tree,
				       struct gw_str id)
{
	struct gw_table_entry *e = gw_table_first(&tree->ids,
						  hash_of(tree, id));

	for (; e; e = gw_table_next(e)) {
		struct sandbox_node *node = gw_container(e, struct sandbox_node,
							 by_id);

		if (gw_str_eq(node->id, id)) {
			return node;
		}
	}
	return NULL;
}

struct sandbox_node *sandbox_tree_find_csi(const struct sandbox_tree *tree,
					   struct gw_str csi)
{
	struct gw_table_entry *e = gw_table_first(&tree->csis,
						  hash_of(tree, csi));

	for (; e; e = gw_table_next(e)) {
		struct sandbox_node *node = gw_container(e, struct sandbox_node,
							 by_csi);

		if (gw_str_eq(node->csi, csi)) {
			return node;
		}
	}
	return NULL;
}

struct sandbox_node *sandbox_tree_child(const struct sandbox_node *parent,
					struct gw_str name)
{
	struct gw_table_entry *e = gw_table_first(&parent->tree->names,
						  hash_below(parent, name));

	for (; e; e = gw_table_next(e)) {
		struct sandbox_node *node = gw_container(e, struct sandbox_node,
							 by_name);

		if (node->parent == parent && gw_str_eq(node->name, name)) {
			return node;
		}
	}
	return NULL;
}

/* The first child in one of the families from this one on. */
static struct sandbox_node *first_kid(const struct sandbox_node *node,
				      size_t family)
{
	for (size_t i = family; i < SANDBOX_N_FAMILIES; i++) {
		if (!TAILQ_EMPTY(&node->kids[i])) {
			return TAILQ_FIRST(&node->kids[i]);
		}
	}
	return NULL;
}

static struct sandbox_node *next_sibling(const struct sandbox_node *node)
{
	struct sandbox_node *next = TAILQ_NEXT(node, peers);

	return next ? next
		    : first_kid(node->parent, (size_t)node->type->family + 1);
}

struct sandbox_node *sandbox_tree_walk(const struct sandbox_node *top,
				       const struct sandbox_node *node,
				       bool is_below)
{
	struct sandbox_node *next = is_below ? first_kid(node, 0) : NULL;

	assert(top->depth <= node->depth);

	while (!next && node != top) {
		next = next_sibling(node);
		node = node->parent;
	}
	return next;
}

struct sandbox_node *sandbox_tree_leaf(struct sandbox_node *top)
{
	struct sandbox_node *leaf = top;
	struct sandbox_node *kid = NULL;

	while ((kid = first_kid(leaf, 0))) {
		leaf = kid;
	}
	return leaf;
}

static struct sandbox_attr **find_attr(struct sandbox_node *node,
				       const char *name)
{
	struct sandbox_attr **link = &node->attrs;

	while (*link && strcmp((*link)->rule->name, name) != 0) {
		link = &(*link)->next;
	}
	return link;
}

struct gw_str sandbox_node_get(const struct sandbox_node *node,
			       const char *name)
{
	const struct sandbox_attr *attr = node->attrs;

	while (attr && strcmp(attr->rule->name, name) != 0) {
		attr = attr->next;
	}
	if (!attr) {
		return (struct gw_str){ 0 };
	}
	return (struct gw_str){ .at = attr->json, .len = attr->len };
}

static struct sandbox_attr *attr_new(const struct sandbox_rule *rule,
				     struct gw_str json)
{
	struct sandbox_attr *attr = malloc(sizeof(*attr) + json.len);

	if (attr) {
		*attr = (struct sandbox_attr){ .rule = rule, .len = json.len };
		memcpy(attr->json, json.at, json.len);
	}
	return attr;
}

static void count_bytes(struct sandbox_node *node, size_t more, size_t less)
{
	assert(less <= node->bytes && less <= node->tree->bytes);
	node->bytes += more - less;
	node->tree->bytes += more - less;
}

int sandbox_node_put(struct sandbox_node *node, const struct sandbox_rule *rule,
		     struct gw_str json)
{
	struct sandbox_attr **link = find_attr(node, rule->name);
	struct sandbox_attr *old = *link;
	struct sandbox_attr *attr = NULL;

	assert(rule);
	if (gw_str_is_present(json)) {
		attr = attr_new(rule, json);
		if (!attr) {
			return -ENOMEM;
		}
		count_bytes(node, sizeof(*attr) + attr->len, 0);
		attr->next = old ? old->next : NULL;
		*link = attr;
	} else if (old) {
		*link = old->next;
	}
	if (old) {
		count_bytes(node, 0, sizeof(*old) + old->len);
		free(old);
	}
	return 0;
}

void sandbox_node_touch(struct sandbox_node *node)
{
	node->modified_ms = gw_loop_wall_ms(node->tree->loop);
	node->state_tag++;
}

static void watch_expiry(struct sandbox_node *node)
{
	struct gw_loop *loop = node->tree->loop;
	int64_t left = node->expires_ms - gw_loop_wall_ms(loop);

	gw_timer_set(loop, &node->expiry, gw_loop_now_ms(loop) + left);
}

/* The wall clock may have been set back in the meantime. */
static void expiry_fires(struct gw_timer *t)
{
	struct sandbox_node *node = gw_container(t, struct sandbox_node,
						 expiry);
	struct sandbox_tree *tree = node->tree;

	if (gw_loop_wall_ms(tree->loop) < node->expires_ms) {
		watch_expiry(node);
		return;
	}
	tree->expired(tree, node);
}

void sandbox_node_expire_at(struct sandbox_node *node, int64_t wall_ms)
{
	int64_t longest = gw_loop_wall_ms(node->tree->loop) +
			  SANDBOX_LIFE_MAX_MS;

	node->expires_ms = wall_ms < longest ? wall_ms : longest;
	node->expiry.fire = expiry_fires;
	watch_expiry(node);
}
