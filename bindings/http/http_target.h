#pragma once

/*
 * Target - the path and the query of a URL (TS-0009 6.2.2).
 *
 * The path is `to`, and the query holds parameters:
 *
 *	cse-in/ae1           /cse-in/ae1
 *	/id-in/cse-in/ae1    /~/id-in/cse-in/ae1
 *	//sp.org/id-in/ae1   /_/sp.org/id-in/ae1
 *	cse-in/ae1#lbl       /cse-in/ae1?atrl=lbl
 */

#include "core/codec/query.h"

/* The `to` that a path names, in the arena or a slice.  Absent when it names
 * none. */
struct gw_str http_path_read(struct gw_arena *a, struct gw_str path);

/* Append the path of an address, without its "#attribute".  False when it would
 * be read as another address: a CSE-relative one that begins with ~ or _. */
bool http_path_write(struct gw_buf *buf, struct gw_str to);

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
