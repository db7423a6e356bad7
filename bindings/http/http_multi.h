#pragma once

/*
 * Multi - the transfers of libcurl in our loop.
 */

#include <curl/curl.h>

#include "core/lib/cleanup.h"
#include "core/lib/timer.h"

struct gw_loop;
struct http_multi;

/* A transfer has ended: what CURLOPT_PRIVATE says of it.  It is still in the
 * multi handle; freeing the easy handle takes it out. */
typedef void http_multi_done_fn(void *private, CURLcode rc);

/* Embedded; zeroed means not started. */
struct http_multi {
	CURLM *native;
	struct gw_loop *loop;
	struct gw_timer timer;
	http_multi_done_fn *done;
};

/* Returns 0 or a negative errno, already logged. */
int http_multi_start(struct http_multi *m, struct gw_loop *loop,
		     http_multi_done_fn *done) GW_MUST_CHECK;

/* Keep no more connections than these, in use or not: when one more is needed,
 * that which has not been used for longest closes.  Whoever calls begins no
 * more transfers than these, so that one always can. */
void http_multi_bound(struct http_multi *m, size_t n_connections);

/* No transfer may be left. */
void http_multi_stop(struct http_multi *m);
