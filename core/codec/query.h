#pragma once

/*
 * Query - the parameters that travel in a query (TS-0009 table 6.2.2.2-1,
 * TS-0008 6.2.2.3).
 *
 * Fields are "name=value".  One with several values is joined by '+' or stands
 * several times; both are read, the joined form is written.  A field without a
 * row in the table is a filter on the attribute of that name.  How text is
 * escaped is the binding's business.
 */

#include <stdbool.h>

#include "core/codec/form.h"
#include "core/primitive.h"
#include "core/status.h"

struct gw_arena;
struct gw_buf;

/* Fields one query may have, repeated ones counted each; and bytes it may come
 * to as JSON. */
#define GW_QUERY_FIELDS_MAX 128
#define GW_QUERY_BYTES_MAX ((size_t)64 * 1024)

/* What a query says besides parameters of the primitive. */
struct gw_query {
	struct gw_str response_type; // rt: the JSON text of rtv
	struct gw_str op;            // the JSON text of op, where it is a field
	struct gw_str attributes;    // atrl: JSON array
	struct gw_str attribute;     // the name, when atrl has exactly one
};

/* Text with its escapes resolved, in the arena or a slice.  Absent when they
 * are broken or stand for what no primitive may hold, or the arena is short. */
typedef struct gw_str gw_unescape_fn(struct gw_arena *a, struct gw_str text);

/* Where a query comes from: one text or several, each of fields joined by
 * '&'. */
struct gw_query_source {
	const struct gw_str *texts;
	size_t n_texts;
	gw_unescape_fn *unescape;
	bool is_full; // op and tkns are fields, for want of another place
};

/* Read a query into the parameters of p.  Returns GW_STATUS_NONE, or the status
 * with *why filled in. */
enum gw_status
gw_query_read(struct gw_primitive *p, struct gw_query *query,
	      struct gw_reason *why,
	      const struct gw_query_source *source) GW_MUST_CHECK;

/* Where a query goes: fields are appended to text one after the other. */
struct gw_query_sink {
	struct gw_buf *text;
	bool is_full; // op and tkns are fields

	/* A field begins: append what parts it from the one before. */
	void (*begin)(struct gw_query_sink *sink);

	/* Append text so that it may be a name, or an item of a value. */
	void (*escape)(struct gw_buf *text, struct gw_str s);

	/* A field is whole.  Returns GW_STATUS_NONE or why it cannot be
	 * written.  NULL: always. */
	enum gw_status (*end)(struct gw_query_sink *sink,
			      struct gw_reason *why);
};

/* What is written besides the parameters of the primitive. */
struct gw_query_extra {
	struct gw_str attributes; // atrl: JSON array, or absent
	enum gw_op op;            // NONE: no such field
};

/* Write the parameters of p that travel in a query.  Returns like
 * gw_query_read(). */
enum gw_status gw_query_write(struct gw_query_sink *sink, struct gw_reason *why,
			      const struct gw_primitive *p,
			      const struct gw_query_extra *extra) GW_MUST_CHECK;

/* Whether a parameter travels in the query. */
bool gw_query_carries(struct gw_str param);
