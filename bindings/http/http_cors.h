#pragma once

/*
 * CORS - which web pages may use the gateway (Fetch standard 3.2).
 *
 * oneM2M says nothing about browsers.  A page can only ask when its origin is
 * configured: the headers of oneM2M make each request of a page one that the
 * browser asks leave for first.
 */

#include "core/conf.h"
#include "core/lib/str.h"

/* Whether a page of this origin may use a listener. */
bool http_cors_allows(const struct gw_conf_listen *listen,
		      struct gw_str origin);

/* The headers that a page may send, joined by ", ".  NULL when memory is
 * short; the caller frees it. */
char *http_cors_headers(void);
