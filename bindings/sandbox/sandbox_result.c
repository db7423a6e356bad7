/*
 * Result - what rcn asks for.
 */

#include "bindings/sandbox/sandbox_result.h"

#include "bindings/sandbox/sandbox_map.h"
#include "bindings/sandbox/sandbox_print.h"

/* What closes an answer after its last entry. */
#define CLOSING_BYTES ((size_t)64)

/* A listing in progress.  Its entries are what lim and ofst count: in a list
 * every resource that matches, in a tree the direct children, each with all
 * below it, so that a list that was cut can be continued. */
struct listing {
	struct sandbox_call *call;
	const struct sandbox_node *top;
	int64_t n_seen; // entries so far, those left out included
	bool is_cut;    // no more fit
};

static void cut(struct listing *l)
{
	l->is_cut = true;
	l->call->offset = l->n_seen;
}

/* Whether the next entry is to be written.  Counts it. */
static bool begin_entry(struct listing *l)
{
	int64_t n_written = l->n_seen - l->call->filter.offset;

	if (!l->is_cut && n_written >= l->call->filter.limit) {
		cut(l);
	}
	if (l->is_cut) {
		return false;
	}
	l->n_seen++;
	return n_written >= 0;
}

/* An entry was written from mark on.  False when it did not fit and was taken
 * back; the first one stays, so that the whole answer is refused as too
 * large. */
static bool end_entry(struct listing *l, size_t mark)
{
	struct gw_buf *buf = &l->call->out;
	bool is_first = l->n_seen - l->call->filter.offset == 1;

	if (is_first || (!gw_buf_is_short(buf) &&
			 buf->limit_bytes - buf->len >= CLOSING_BYTES)) {
		return true;
	}
	buf->len = mark;
	buf->is_short = false;
	l->n_seen--;
	cut(l);
	return false;
}

static bool has_level(const struct listing *l, const struct sandbox_node *node)
{
	return (int64_t)(node->depth - l->top->depth) < l->call->filter.level;
}

typedef void put_fn(struct listing *l, const struct sandbox_node *node);

/* Everything below the top that matches, as a list of what put() writes. */
static void put_all(struct listing *l, put_fn *put)
{
	struct gw_buf *buf = &l->call->out;
	const struct sandbox_node *node = l->top;
	size_t start = buf->len;

	while (!l->is_cut &&
	       (node = sandbox_tree_walk(l->top, node, has_level(l, node)))) {
		size_t mark = buf->len;

		if (sandbox_filter_match(&l->call->filter, node) &&
		    begin_entry(l)) {
			sandbox_print_comma(buf, start);
			put(l, node);
			(void)end_entry(l, mark);
		}
	}
}

static void put_reference(struct listing *l, const struct sandbox_node *node)
{
	sandbox_print_reference(&l->call->out, node, l->call->is_structured);
}

static void put_address(struct listing *l, const struct sandbox_node *node)
{
	sandbox_print_address(&l->call->out, node, l->call->is_structured);
}

static void put_tree(struct listing *l, const struct sandbox_node *node,
		     size_t start);

/* Whether a child is written.  What does not match is left out with all below
 * it; only direct children of the top are entries. */
static bool takes(struct listing *l, const struct sandbox_node *parent,
		  const struct sandbox_node *child)
{
	return sandbox_filter_match(&l->call->filter, child) &&
	       (parent != l->top || begin_entry(l));
}

/* The children of one type, as the member that is named after it. */
static void put_children_of(struct listing *l, const struct sandbox_node *node,
			    const struct sandbox_type *type, size_t start)
{
	struct gw_buf *buf = &l->call->out;
	const struct sandbox_node *child = NULL;
	size_t first = 0; // where the first of them is; 0: none yet

	TAILQ_FOREACH(child, &node->kids[type->family], peers)
	{
		size_t mark = buf->len;
		size_t was_first = first;

		if (child->type != type || !takes(l, node, child)) {
			continue;
		}
		if (first == 0) {
			sandbox_print_comma(buf, start);
			gw_buf_print(buf, "\"%s\":[", type->root);
			first = buf->len;
		}
		sandbox_print_comma(buf, first);
		gw_buf_lit(buf, "{");
		put_tree(l, child, buf->len);
		gw_buf_lit(buf, "}");
		if (node == l->top && !end_entry(l, mark)) {
			first = was_first;
		}
	}
	if (first > 0) {
		gw_buf_lit(buf, "]");
	}
}

static void put_children(struct listing *l, const struct sandbox_node *node,
			 size_t start)
{
	if (!has_level(l, node)) {
		return;
	}
	for (const unsigned *at = node->type->children; *at; at++) {
		put_children_of(l, node, sandbox_type_find(*at), start);
	}
}

/* A resource and all below it.  The depth is bounded by SANDBOX_DEPTH_MAX. */
static void put_tree(struct listing *l, const struct sandbox_node *node,
		     size_t start)
{
	sandbox_print_attrs(&l->call->out, node);
	put_children(l, node, start);
}

static void put_references(struct listing *l)
{
	struct gw_buf *buf = &l->call->out;

	gw_buf_lit(buf, "[");
	put_all(l, put_reference);
	gw_buf_lit(buf, "]");
}

static void put_resource(struct listing *l)
{
	struct sandbox_call *call = l->call;
	struct gw_buf *buf = &call->out;
	size_t start = 0;

	gw_buf_print(buf, "{\"%s\":{", l->top->type->root);
	start = buf->len;
	if (call->result != SANDBOX_CHILDREN_ONLY) {
		sandbox_print_attrs(buf, l->top);
	}
	if (call->result == SANDBOX_WITH_CHILDREN ||
	    call->result == SANDBOX_CHILDREN_ONLY) {
		put_children(l, l->top, start);
	}
	if (call->result == SANDBOX_WITH_REFERENCES) {
		gw_buf_lit(buf, ",\"ch\":");
		put_references(l);
	}
	gw_buf_lit(buf, "}}");
}

void sandbox_result_print(struct sandbox_call *call,
			  const struct sandbox_node *node)
{
	struct gw_buf *buf = &call->out;
	struct listing l = { .call = call, .top = node };

	if (call->result == SANDBOX_NOTHING) {
		return;
	}
	if (call->result == SANDBOX_DISCOVERED) {
		gw_buf_lit(buf, "{\"m2m:uril\":[");
		put_all(&l, put_address);
		gw_buf_lit(buf, "]}");
	} else if (call->result == SANDBOX_REFERENCES) {
		gw_buf_lit(buf, "{\"m2m:rrl\":{\"rrf\":");
		put_references(&l);
		gw_buf_lit(buf, "}}");
	} else {
		put_resource(&l);
	}
}
