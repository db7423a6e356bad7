#pragma once

/*
 * Limits - every bound of the sandbox, and what is answered there.
 *
 * A bound that a request meets is a documented answer, never a crash and never
 * silence; README.md lists the same table for users.
 */

#include <stddef.h>
#include <stdint.h>

#define SANDBOX_MINUTES ((int64_t)60 * 1000)
#define SANDBOX_DAYS ((int64_t)24 * 60 * SANDBOX_MINUTES)

/* Resources of all types together.  A CREATE beyond it: 5207. */
#define SANDBOX_RESOURCES_MAX ((size_t)100000)

/* What they occupy, texts and bookkeeping together.  A CREATE or UPDATE that
 * would pass it: 5207. */
#define SANDBOX_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* Levels of resources below the CSEBase.  A CREATE below it: 5207. */
#define SANDBOX_DEPTH_MAX 32

/* Bytes of a resourceName or an identifier that a peer chooses: 4000. */
#define SANDBOX_NAME_MAX ((size_t)128)

/* Subscriptions of one resource.  One more: 5207. */
#define SANDBOX_SUBSCRIPTIONS_MAX ((size_t)100)

/* Targets in one nu list, in a subscription or in rt.  More: 4102. */
#define SANDBOX_TARGETS_MAX ((size_t)16)

/* Requests of our own on their way: notifications, verification requests,
 * forwarded ones.  Beyond it a notification is dropped and the log tells, a
 * verification fails with 5204 and a forwarded request with 5103. */
#define SANDBOX_SENDS_MAX ((size_t)10000)

/* Bytes of all of them together at which no further one is begun. */
#define SANDBOX_SENDS_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* <request> resources at one time.  One more non-blocking request: 5207. */
#define SANDBOX_REQUESTS_MAX ((size_t)10000)

/* How long a <request> is kept when the request does not say (rp). */
#define SANDBOX_REQUEST_LIFE_MS (10 * SANDBOX_MINUTES)

/* Long polls held on one polling channel.  One more: 5207. */
#define SANDBOX_POLLS_MAX ((size_t)8)

/* Requests that wait in one polling channel, fetched but unanswered ones
 * included.  One more is treated as unreachable, 5103. */
#define SANDBOX_CHANNEL_MAX ((size_t)100)

/* How long one waits there when it has no rqet; then it ends with 4008. */
#define SANDBOX_CHANNEL_LIFE_MS (1 * SANDBOX_MINUTES)

/* Conditions in one filterCriteria.  More: 4000. */
#define SANDBOX_CONDITIONS_MAX ((size_t)32)

/* Expiration of a resource that does not say (et), and the longest one: a
 * later et is lowered to it (TS-0001 9.6.1.3). */
#define SANDBOX_LIFE_MS (30 * SANDBOX_DAYS)
#define SANDBOX_LIFE_MAX_MS (365 * SANDBOX_DAYS)

/* Scratch memory of one request, for escapes and timestamps.  Where it does
 * not suffice: 5000. */
#define SANDBOX_SCRATCH_MAX ((size_t)16 * 1024 * 1024)
