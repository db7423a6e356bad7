#pragma once

/*
 * Linger - whether a connection may wait for its answer where it is.
 *
 *	start() -- true ---> lingers -- is_long() --> to be suspended
 *	   |                    |
 *	   | false              | stop()
 *	   v                    v
 *	to be suspended      answered
 *
 * libmicrohttpd takes a suspended connection out of its epoll set, puts it back
 * afterwards and then tries to read from it: three system calls, a fifth of
 * what a quick exchange costs.  A connection that lingers stays where it is.
 * But then libmicrohttpd asks for its answer in each run, and says that it
 * wants to run again at once.  So only some may linger, none of them for long,
 * and only while answers come quickly.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"
#include "core/lib/timer.h"

struct gw_loop;

/* An answer that takes less is quick. */
#define HTTP_LINGER_QUICK_MS ((int64_t)10)

/* Whoever lingers is asked to stop after one to two times this.  A shorter
 * alarm would come before the next tick of the kernel, which would then have to
 * set its clock each time that the loop sleeps. */
#define HTTP_LINGER_BELL_MS ((int64_t)20)

/* Each costs a few hundred instructions in each run. */
#define HTTP_LINGER_MAX ((size_t)128)

/* Embedded in a connection; zeroed means not lingering. */
struct http_guest {
	bool is_lingering;
	unsigned round; // in which it began
};

struct http_linger;
typedef void http_bell_fn(struct http_linger *l);

struct http_linger {
	struct gw_loop *loop;
	http_bell_fn *rings; // is_long() may have become true
	struct gw_timer bell;
	unsigned round; // counts the rings
	size_t n;       // that linger
	unsigned trust; // that the next answer is quick; 0 is none
};

void http_linger_init(struct http_linger *l, struct gw_loop *loop,
		      http_bell_fn *rings);
void http_linger_deinit(struct http_linger *l);

/* Let g linger.  False when it may not. */
bool http_linger_start(struct http_linger *l,
		       struct http_guest *g) GW_MUST_CHECK;

/* One that does not linger is fine. */
void http_linger_stop(struct http_linger *l, struct http_guest *g);

/* Whether g has lingered for long enough. */
bool http_linger_is_long(const struct http_linger *l,
			 const struct http_guest *g);

/* Learn how long an answer took, whether its connection lingered or not. */
void http_linger_learn(struct http_linger *l, int64_t took_ms);
