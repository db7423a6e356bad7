#pragma once

/*
 * Print - resources as JSON text (TS-0004 8.4).
 *
 * Everything is appended to a buffer whose short mark tells at the end whether
 * it all fitted.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bindings/sandbox/sandbox_map.h"
#include "core/lib/str.h"

struct gw_buf;

/* Values that the CSE knows itself; see sandbox_print_fn. */
sandbox_print_fn sandbox_print_name;
sandbox_print_fn sandbox_print_type;
sandbox_print_fn sandbox_print_id;
sandbox_print_fn sandbox_print_parent;
sandbox_print_fn sandbox_print_created;
sandbox_print_fn sandbox_print_modified;
sandbox_print_fn sandbox_print_expires;
sandbox_print_fn sandbox_print_types;
sandbox_print_fn sandbox_print_csi;
sandbox_print_fn sandbox_print_state;
sandbox_print_fn sandbox_print_instances;
sandbox_print_fn sandbox_print_bytes;
sandbox_print_fn sandbox_print_creator;

/* A comma, unless nothing was written since start. */
void sandbox_print_comma(struct gw_buf *buf, size_t start);

/* The value of one attribute.  False when the resource has none; then nothing
 * was written. */
bool sandbox_print_attr(struct gw_buf *buf, const struct sandbox_node *node,
			const struct sandbox_rule *rule);

/* "name":value of one attribute, with a comma before it where something was
 * written since start.  False when the resource has none. */
bool sandbox_print_member(struct gw_buf *buf, size_t start,
			  const struct sandbox_node *node,
			  const struct sandbox_rule *rule);

/* All attributes, as members without braces. */
void sandbox_print_attrs(struct gw_buf *buf, const struct sandbox_node *node);

/* {"m2m:cnt":{...}} with all attributes. */
void sandbox_print_resource(struct gw_buf *buf,
			    const struct sandbox_node *node);

/* The structured address, "sandbox/ae1/cnt": bare text. */
void sandbox_print_path(struct gw_buf *buf, const struct sandbox_node *node);

/* An address as a JSON string: structured, or the resource id. */
void sandbox_print_address(struct gw_buf *buf, const struct sandbox_node *node,
			   bool is_structured);

/* {"nm":...,"typ":...,"val":...} (childResourceRef). */
void sandbox_print_reference(struct gw_buf *buf,
			     const struct sandbox_node *node,
			     bool is_structured);
