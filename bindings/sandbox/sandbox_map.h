#pragma once

/*
 * Map - the resource types the sandbox knows and what each attribute may hold,
 * as data (TS-0001 9.6, TS-0004 7.4).
 */

#include <stdbool.h>
#include <stddef.h>

#include "bindings/sandbox/sandbox_tree.h"
#include "core/lib/str.h"

struct gw_buf;

/* Types by number (TS-0004 6.3.4.2.1). */
enum {
	SANDBOX_AE = 2,
	SANDBOX_CONTAINER = 3,
	SANDBOX_INSTANCE = 4,
	SANDBOX_CSE_BASE = 5,
	SANDBOX_CHANNEL = 15,
	SANDBOX_REMOTE_CSE = 16,
	SANDBOX_REQUEST = 17,
	SANDBOX_SUBSCRIPTION = 23,
};

/* What the JSON value of an attribute must be. */
enum sandbox_shape {
	SANDBOX_ANY,
	SANDBOX_TEXT,
	SANDBOX_COUNT, // a whole number, not negative
	SANDBOX_FLAG,
	SANDBOX_OBJECT,
	SANDBOX_OBJECTS, // an array of objects
	SANDBOX_TEXTS,   // an array of strings
	SANDBOX_COUNTS,  // an array of whole numbers
	SANDBOX_TIME,    // a timestamp
	SANDBOX_VOID,    // null: "fill it in" (cr)
};

/* Whether a client may set an attribute. */
enum sandbox_leave {
	SANDBOX_NEVER,     // 4000
	SANDBOX_MAY,       // optional
	SANDBOX_MUST,      // mandatory; may not be removed later
	SANDBOX_NOT_BUILT, // in the standard, but not done here: 5001
};

/* Write the value of an attribute that the CSE knows itself.  False when the
 * resource has none; then nothing was written. */
typedef bool sandbox_print_fn(struct gw_buf *buf,
			      const struct sandbox_node *node);

struct sandbox_rule {
	const char *name; // NULL ends a table
	enum sandbox_shape shape;
	enum sandbox_leave on_create;
	enum sandbox_leave on_update;
	sandbox_print_fn *print; // NULL: kept as it came
};

struct sandbox_type {
	unsigned number;
	const char *root;   // member that holds it: "m2m:cnt"
	const char *prefix; // of its identifiers: "cnt"
	const struct sandbox_rule *rules;
	const unsigned *children; // types it may have below it; 0 ends
	enum sandbox_family family;
	bool is_made_by_request; // else CREATE is 4005
	bool is_updatable;
	bool is_deletable;
	bool has_state_tag;
};

/* The type of that number, or NULL when it is not built here. */
const struct sandbox_type *sandbox_type_find(int64_t number);

/* For srt: the i-th type, or NULL behind the last. */
const struct sandbox_type *sandbox_type_at(size_t i);

bool sandbox_type_may_hold(const struct sandbox_type *parent,
			   const struct sandbox_type *child);

/* The rule for an attribute: of the type, or of all types.  NULL when the type
 * has no such attribute. */
const struct sandbox_rule *sandbox_rule_find(const struct sandbox_type *type,
					     struct gw_str name);

/* For listings: the i-th rule of a type, those of all types first; NULL
 * behind the last. */
const struct sandbox_rule *sandbox_rule_at(const struct sandbox_type *type,
					   size_t i);
