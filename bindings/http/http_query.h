#pragma once

/*
 * Query - the parameters that travel in the query string (TS-0009 6.2.2.2).
 */

#include "core/codec/query.h"

/* Read a query string, without its '?', into the parameters of p.  Returns
 * GW_STATUS_NONE, or the status with *why filled in. */
enum gw_status http_query_read(struct gw_primitive *p, struct gw_query *query,
			       struct gw_reason *why,
			       struct gw_str text) GW_MUST_CHECK;

/* Append the parameters of p that travel in a query, and attributes (a JSON
 * array, or absent) as atrl.  The first field is preceded by joint, all others
 * by '&'.  Returns like http_query_read(). */
enum gw_status http_query_write(struct gw_buf *text, struct gw_reason *why,
				const struct gw_primitive *p,
				struct gw_str attributes,
				char joint) GW_MUST_CHECK;
