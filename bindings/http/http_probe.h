#pragma once

/*
 * Probe - which guard goes with the libmicrohttpd at hand.
 *
 * It is loaded when the program starts, and may be another one than that of
 * the build.  So it is not asked for its version but given a few requests,
 * clean ones and such as two readers may understand differently, over a socket
 * pair.  A guard that tells them all apart is taken.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bindings/http/http_guard.h"

/* Whether a request is taken when it is guarded this way. */
typedef bool http_probe_fn(enum http_guard_way way, const char *at, size_t len);

/* The first way that takes what is clean, and nothing else; HTTP_GUARD_NONE
 * when there is none. */
enum http_guard_way http_probe_with(http_probe_fn *takes);

/* The same of libmicrohttpd itself. */
enum http_guard_way http_probe(void);
