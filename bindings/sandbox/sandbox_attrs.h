#pragma once

/*
 * Attrs - what a CREATE or UPDATE says of a resource, checked against the
 * rules of its type.
 *
 *	4000  the type has no such attribute, a client may not set it, it has
 *	      the wrong JSON type, or a mandatory one is missing
 *	4102  the type is right and the value is not
 *	5001  an attribute of the standard that is not built here
 */

#include "bindings/sandbox/sandbox_call.h"

struct sandbox_type;

/* Read the root of the content into call->resource: one object, named as the
 * type says.  Returns NONE or 4000. */
enum gw_status sandbox_attrs_read(struct sandbox_call *call,
				  const struct sandbox_type *type);

/* Check call->resource as the resource of a CREATE, or as the changes of an
 * UPDATE, where null removes an attribute. */
enum gw_status sandbox_attrs_check(struct sandbox_call *call,
				   const struct sandbox_type *type);

/* The JSON value call->resource has for an attribute, or absent. */
struct gw_str sandbox_attrs_get(const struct sandbox_call *call,
				const char *name);

/* Give what call->resource says to the resource.  Returns 0 or -ENOMEM, and
 * then some of it may be done. */
int sandbox_attrs_apply(const struct sandbox_call *call,
			struct sandbox_node *node) GW_MUST_CHECK;

/* {"m2m:cnt":{...}} with what call->resource changed, as it is now, and what
 * changed with it (modifiedAttributes). */
void sandbox_attrs_print(struct gw_buf *buf, const struct sandbox_call *call,
			 const struct sandbox_node *node);
