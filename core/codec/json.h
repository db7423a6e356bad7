#pragma once

/*
 * JSON - the strict scanner, readers for scanned text, and writers.
 *
 * What a peer sends is scanned once, in one pass without recursion.  The
 * scanner takes only well-formed JSON (RFC 8259) and is stricter where parsers
 * differ, so that no two readers of one text can disagree about it:
 *
 *	refused   ill-formed UTF-8, lone surrogate escapes, NUL written as
 *	          \u0000, raw control characters, a byte order mark, bytes after
 *	          the value, names that are equal after unescaping, numbers
 *	          outside the grammar or beyond a double (1e400)
 *	bounded   nesting, members per object, and, by the caller, size
 *
 * A scanned text is not copied and not changed: values are slices of it, so a
 * 64-bit integer, a long decimal or an escaped letter crosses as it came.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/lib/str.h"

struct gw_arena;
struct gw_buf;

#define GW_JSON_DEPTH_MAX 32
#define GW_JSON_MEMBERS_MAX 1024

enum gw_json_type {
	GW_JSON_NONE,
	GW_JSON_OBJECT,
	GW_JSON_ARRAY,
	GW_JSON_STRING,
	GW_JSON_NUMBER,
	GW_JSON_BOOL,
	GW_JSON_NULL,
};

/* One member of an object, or one element of an array (then name is absent).
 * Both are slices of the scanned text. */
struct gw_json_member {
	struct gw_str name;  // between the quotes, escapes not resolved
	struct gw_str value; // the whole value, quotes and brackets included
	enum gw_json_type type;
};

/* Why a text was refused.  The reason is a sentence for a person, such as
 * "a member name stands twice"; at counts bytes from the start. */
struct gw_json_error {
	const char *reason;
	size_t at;
	bool is_short; // nothing is wrong with the text: memory was short
};

/*
 * Check that text is exactly one JSON value.  With members != NULL the value
 * must be an object of at most n_members_max members: its members are listed
 * in order and *n_membersp is set.  Names in members are as they were written:
 * gw_json_is_name() compares one that may hold escapes.
 * Returns true, or false with *error filled in; *n_membersp then counts those
 * that were begun, and the last one has no type and no length, but its name and
 * where its value begins.  Allocates nothing for objects
 * of few members; the memory it may need otherwise is bounded by
 * GW_JSON_MEMBERS_MAX and freed on return.
 */
bool gw_json_scan(struct gw_str text, struct gw_json_member *members,
		  size_t n_members_max, size_t *n_membersp,
		  struct gw_json_error *error);

/*
 * Walk the members of an object or the elements of an array in text that was
 * scanned before.
 *
 *	struct gw_json_walk walk = gw_json_walk(value);
 *	while (gw_json_next(&walk, &member)) ...
 */
struct gw_json_walk {
	const char *at;
	const char *end;
};

struct gw_json_walk gw_json_walk(struct gw_str value);
bool gw_json_next(struct gw_json_walk *walk, struct gw_json_member *member);

/* Whether the name of a member, with its escapes resolved, is this text. */
bool gw_json_is_name(struct gw_str name, struct gw_str text);

/* The named member of a scanned object.  False when it has none. */
bool gw_json_get(struct gw_json_member *member, struct gw_str object,
		 struct gw_str name);

/* The type of a scanned value, from its first byte. */
enum gw_json_type gw_json_type_of(struct gw_str value);

/* The text of a scanned string value with its escapes resolved.  Without an
 * escape it is a slice of the value and costs nothing; else it is in the
 * arena.  Absent when the value is no string or the arena is short. */
struct gw_str gw_json_text(struct gw_arena *a, struct gw_str value);

/* A scanned number that is a whole one, however written ("2000", "2000.0",
 * "2e3"), or a string that holds only decimal digits.  False for all else and
 * outside int64.  The text need not have been scanned. */
bool gw_json_integer(int64_t *np, struct gw_str value);

/* A scanned boolean.  False when the value is none. */
bool gw_json_boolean(bool *yesp, struct gw_str value);

/* Whether all of text is well-formed UTF-8. */
bool gw_json_is_utf8(struct gw_str text);

/* Append text as a JSON string with its quotes.  text is UTF-8; bytes that are
 * not, and NUL, become U+FFFD, so the scanner passes all that is written. */
void gw_json_put_text(struct gw_buf *buf, struct gw_str text);

/* The same, as a JSON value in the arena.  Absent stays absent. */
struct gw_str gw_json_quote(struct gw_arena *a, struct gw_str text);
