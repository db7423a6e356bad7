#pragma once

/*
 * Tree - the resources of one sandbox.
 *
 *	        parent
 *	          |
 *	        node -- children       <container>, <AE> ..., oldest first
 *	             -- instances      <contentInstance>, oldest first
 *	             -- subscriptions
 *
 * What a client gave for an attribute is kept as the JSON text that came, so a
 * 64-bit number or an escaped letter is later the same bytes.  What the CSE
 * itself knows (ri, ct, cni ...) is kept as it is used, and written when asked
 * for (sandbox_print.h).
 *
 * The tree knows nothing of requests.  It bounds what it holds: whoever adds
 * asks sandbox_tree_is_full() first.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/lib/cleanup.h"
#include "core/lib/hash.h"
#include "core/lib/str.h"
#include "core/lib/table.h"
#include "core/lib/timer.h"

struct gw_arena;
struct gw_loop;
struct sandbox_channel;
struct sandbox_rule;
struct sandbox_type;
struct sandbox_tree;

enum sandbox_family {
	SANDBOX_CHILDREN,
	SANDBOX_INSTANCES,
	SANDBOX_SUBSCRIPTIONS,
	SANDBOX_N_FAMILIES,
};

/* An attribute as a client gave it. */
struct sandbox_attr {
	struct sandbox_attr *next;
	const struct sandbox_rule *rule; // its name and what it may hold
	size_t len;
	char json[];
};

TAILQ_HEAD(sandbox_kids, sandbox_node);

struct sandbox_node {
	struct sandbox_tree *tree;
	const struct sandbox_type *type;
	struct sandbox_node *parent; // NULL: the CSEBase, or not in the tree
	TAILQ_ENTRY(sandbox_node) peers;
	struct sandbox_kids kids[SANDBOX_N_FAMILIES];
	struct gw_table_entry by_id;
	struct gw_table_entry by_name; // beside its siblings
	struct gw_table_entry by_csi;  // <remoteCSE> only

	struct gw_str id;      // ri
	struct gw_str name;    // rn
	struct gw_str creator; // who made it; absent: the CSE
	struct gw_str csi;     // <remoteCSE>: its CSE-ID; else absent
	struct sandbox_attr *attrs;

	int64_t created_ms; // all on the wall clock
	int64_t modified_ms;
	int64_t expires_ms; // 0: never
	struct gw_timer expiry;
	uint64_t state_tag;
	size_t n_instances;              // of a <container>: cni
	size_t content_bytes;            // of a <contentInstance>: cs; of a
					 // <container>: cbs
	size_t n_subscriptions;          // children of that type
	unsigned depth;                  // below the CSEBase
	size_t bytes;                    // what the tree counts for it
	struct sandbox_channel *channel; // owned by the <pollingChannel>,
					 // borrowed by its parent
};

/* A resource is past its expirationTime and is to be removed. */
typedef void sandbox_expired_fn(struct sandbox_tree *tree,
				struct sandbox_node *node);

struct sandbox_tree {
	struct gw_loop *loop; // borrowed
	sandbox_expired_fn *expired;
	struct gw_hash_key key;
	struct sandbox_node *base; // the CSEBase; owns all
	struct gw_table ids;
	struct gw_table names;
	struct gw_table csis;
	size_t n_nodes;
	size_t n_requests; // <request> resources among them
	size_t bytes;
	struct gw_arena *scratch; // for what is being done; see below
};

void sandbox_tree_init(struct sandbox_tree *tree, struct gw_loop *loop,
		       sandbox_expired_fn *expired);
void sandbox_tree_deinit(struct sandbox_tree *tree);

/* Whether another resource, or so many more bytes, would pass a bound. */
bool sandbox_tree_is_full(const struct sandbox_tree *tree, size_t more_bytes);

/* Memory that lives until sandbox_tree_tidy(); NULL when memory is short. */
struct gw_arena *sandbox_tree_scratch(struct sandbox_tree *tree);
void sandbox_tree_tidy(struct sandbox_tree *tree);

/* An identifier that nothing in the tree has, "cnt1m4k0q7x2za", from the
 * loop's random numbers.  In the scratch memory; absent when that is short. */
struct gw_str sandbox_tree_mint(struct sandbox_tree *tree, const char *prefix);

/* What a new resource is.  Texts are borrowed. */
struct sandbox_plan {
	const struct sandbox_type *type;
	struct gw_str id;
	struct gw_str name;
	struct gw_str creator;
	struct gw_str csi;
};

/* A resource that is not in the tree yet; texts are copied.  NULL when memory
 * is short. */
struct sandbox_node *sandbox_node_new(struct sandbox_tree *tree,
				      const struct sandbox_plan *plan);

/* Free a resource that is not in the tree.  NULL is fine.  Returns NULL. */
struct sandbox_node *sandbox_node_free(struct sandbox_node *node);

GW_DEFINE_CLEANUP(struct sandbox_node, sandbox_node_free);

/* Put a resource into the tree, below parent; NULL makes it the CSEBase.
 */
void sandbox_tree_add(struct sandbox_node *node, struct sandbox_node *parent);

/* Take a resource without children out of the tree and free it. */
void sandbox_tree_remove(struct sandbox_node *node);

/* NULL when there is none. */
struct sandbox_node *sandbox_tree_find(const struct sandbox_tree *tree,
				       struct gw_str id);
struct sandbox_node *sandbox_tree_find_csi(const struct sandbox_tree *tree,
					   struct gw_str csi);
struct sandbox_node *sandbox_tree_child(const struct sandbox_node *parent,
					struct gw_str name);

/* The resource after node in the tree below top, parents first; NULL behind
 * the last.  With is_below false what is below node is stepped over. */
struct sandbox_node *sandbox_tree_walk(const struct sandbox_node *top,
				       const struct sandbox_node *node,
				       bool is_below);

/* The resource below top, or top itself, that has no children and is to be
 * removed first. */
struct sandbox_node *sandbox_tree_leaf(struct sandbox_node *top);

/* The JSON text a client gave for an attribute, or absent. */
struct gw_str sandbox_node_get(const struct sandbox_node *node,
			       const char *name);

/* Give an attribute a value, absent to remove it.  Returns 0 or -ENOMEM, with
 * the old value still there. */
int sandbox_node_put(struct sandbox_node *node, const struct sandbox_rule *rule,
		     struct gw_str json) GW_MUST_CHECK;

/* A resource was modified now: its lt, and its st where it has one. */
void sandbox_node_touch(struct sandbox_node *node);

/* When the resource expires, on the wall clock; bounded by
 * SANDBOX_LIFE_MAX_MS. */
void sandbox_node_expire_at(struct sandbox_node *node, int64_t wall_ms);
