#pragma once

/*
 * Reaper - absolute deadlines of connections.
 *
 * The timeout of libmicrohttpd starts anew with each byte, so a peer that sends
 * one a second would be served for ever.  Here each connection waits for one
 * thing at a time, and what it waits for decides how long:
 *
 *	LULL    the same, just begun  looked at once, soon
 *	IDLE    the next request      looked at now and then
 *	HEAD    the rest of a head    listen.header_ms
 *	BODY    the rest of a body    listen.body_ms
 *	ANSWER  our answer            looked at now and then
 *	TAKEN   the answer's removal  listen.idle_ms
 *
 * All that wait for one thing wait equally long, so each kind is a queue in
 * the order of its deadlines, and a move costs no search.
 */

#include <stdint.h>

#include "core/lib/loop.h"

enum http_wait_for {
	HTTP_WAIT_LULL,
	HTTP_WAIT_IDLE,
	HTTP_WAIT_HEAD,
	HTTP_WAIT_BODY,
	HTTP_WAIT_ANSWER,
	HTTP_WAIT_TAKEN,
	HTTP_WAIT_KINDS,
};

/* Embedded in a connection; zeroed means in no queue. */
struct http_wait {
	struct http_wait *next;
	struct http_wait **link; // who points at us; NULL when in no queue
	enum http_wait_for what;
	int64_t since_ms; // when it began to wait for this
	int64_t at_ms;    // when it is due
};

struct http_reaper;
typedef void http_due_fn(struct http_reaper *r, struct http_wait *w);

struct http_reaper {
	struct gw_loop *loop;
	http_due_fn *due; // w is in no queue when this is called
	struct gw_timer timer;
	int64_t periods_ms[HTTP_WAIT_KINDS];
	struct http_queue {
		struct http_wait *first;
		struct http_wait **last;
	} queues[HTTP_WAIT_KINDS];
};

void http_reaper_init(struct http_reaper *r, struct gw_loop *loop,
		      http_due_fn *due);
void http_reaper_deinit(struct http_reaper *r);

/* Let w wait for something else, from now on. */
void http_reaper_wait(struct http_reaper *r, struct http_wait *w,
		      enum http_wait_for what);

/* Let w go on waiting for what it waited for, another period. */
void http_reaper_wait_on(struct http_reaper *r, struct http_wait *w);

/* Let w wait for nothing. */
void http_reaper_drop(struct http_reaper *r, struct http_wait *w);
