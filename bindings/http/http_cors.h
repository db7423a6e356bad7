#pragma once

/*
 * CORS - what pages that may use a listener are told (Fetch standard 3.2).
 *
 * oneM2M says nothing about browsers.  The headers of oneM2M make each request
 * of a page one that the browser asks leave for first.
 */

/* The headers that a page may send, joined by ", ".  NULL when memory is
 * short; the caller frees it. */
char *http_cors_headers(void);
