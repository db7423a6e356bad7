#pragma once

/*
 * Query - the parameters that travel in the query string (TS-0009 table
 * 6.2.2.2-1).
 *
 * A field with several values is joined by '+' or stands several times; both
 * are read, the joined form is written.  A field without a row in the table is
 * a filter on the attribute of that name.
 */

#include <stdbool.h>

#include "core/codec_json.h"

struct gw_buf;

/* Fields one query may have, repeated ones counted each; and bytes it may come
 * to as JSON. */
#define HTTP_QUERY_FIELDS_MAX 128
#define HTTP_QUERY_BYTES_MAX ((size_t)64 * 1024)

/* What a query says besides parameters of the primitive. */
struct http_query {
	struct gw_str response_type; // rt: the JSON text of rtv
	struct gw_str attributes;    // atrl: JSON array
	struct gw_str attribute;     // the name, when atrl has exactly one
};

/* Read a query string, without its '?', into the parameters of p.  Returns
 * GW_STATUS_NONE, or the status with *why filled in. */
enum gw_status http_query_read(struct gw_primitive *p, struct http_query *query,
			       struct gw_reason *why,
			       struct gw_str text) GW_MUST_CHECK;

/* Append the parameters of p that travel in a query, and attributes (a JSON
 * array, or absent) as atrl.  The first field is preceded by joint, all others
 * by '&'.  Returns like http_query_read(). */
enum gw_status http_query_write(struct gw_buf *text, struct gw_reason *why,
				const struct gw_primitive *p,
				struct gw_str attributes,
				char joint) GW_MUST_CHECK;

/* Whether a parameter travels in the query. */
bool http_query_carries(struct gw_str param);
