#pragma once

/*
 * Filter - filterCriteria (TS-0001 8.1.2): which resources a request is about.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bindings/sandbox/sandbox_limits.h"
#include "core/codec/codec_json.h"
#include "core/lib/str.h"
#include "core/status.h"

struct gw_arena;
struct sandbox_condition;
struct sandbox_node;

enum sandbox_usage {
	SANDBOX_DISCOVERY = 1,
	SANDBOX_CONDITION = 2,
};

typedef bool sandbox_match_fn(const struct sandbox_condition *c,
			      const struct sandbox_node *node);

/* One condition that a resource meets or not. */
struct sandbox_condition {
	sandbox_match_fn *match;
	struct gw_str name; // of an attribute filter
	struct gw_str text; // what to compare with: a text, or a JSON list
	int64_t number;     // the same as a number, or as a time
};

struct sandbox_filter {
	struct sandbox_condition conditions[SANDBOX_CONDITIONS_MAX];
	size_t n_conditions;
	int64_t usage;     // fu
	int64_t operation; // fo: 1 all must be met, 2 any
	int64_t limit;     // lim; INT64_MAX: none
	int64_t offset;    // ofst: so many matches are left out
	int64_t level;     // lvl: so far below the target; INT64_MAX: any
};

/* Read fc, which may be absent.  Texts are kept in the arena or are slices of
 * fc.  Returns NONE; 4000 for what cannot be read; 5001 for a criterion of the
 * standard that is not built here; and then why. */
enum gw_status sandbox_filter_read(struct sandbox_filter *f, struct gw_arena *a,
				   struct gw_str fc, struct gw_reason *why);

/* Whether a resource meets the conditions.  Without conditions it does. */
bool sandbox_filter_match(const struct sandbox_filter *f,
			  const struct sandbox_node *node);
