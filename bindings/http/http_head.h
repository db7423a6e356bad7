#pragma once

/*
 * Head - the head of a request as libmicrohttpd has read it, checked and
 * sorted.
 */

#include "bindings/http/http_guard.h"

struct MHD_Connection;

/* What libmicrohttpd keeps for each connection: the head of a request, its
 * table of headers, and the head of the answer.  All of it is cleared for each
 * request, which is what a large pool costs. */
#define HTTP_POOL_BYTES ((size_t)6 * 1024)

/* What one header costs in the table, and what is kept for the status line and
 * the headers that libmicrohttpd writes itself. */
#define HTTP_FIELD_BYTES ((size_t)64)
#define HTTP_RESERVE_BYTES ((size_t)320)

/* A head; all pointers are borrowed. */
struct http_head {
	enum http_guard_way way;
	struct MHD_Connection *native;
	const char *method;
	const char *version;
	const char *native_target; // where it stood
	struct gw_str target;      // as it came; becomes its path and query
	size_t room; // becomes what the head of an answer may take
	struct http_chunks chunks; // begins
};

/* Check a head, and sort its headers. */
struct http_refusal http_head_check(struct http_head *head,
				    struct http_values *values);
