#pragma once

/*
 * Loop - the world as core and bindings see it, on libuv.
 *
 * One loop belongs to one thread; several may live in one process.
 */

#include <stdbool.h>

#include "core/lib/cleanup.h"

struct gw_loop;

/* A loop with nothing to do.  NULL when memory or descriptors are short. */
struct gw_loop *gw_uv_loop_new(void) GW_MUST_CHECK;

/* Free a loop.  Watches are gone by now, and no other thread posts any more;
 * posts that have not run are dropped.  Lookups that are still out are told
 * -ECANCELED from inside this call, and end unheard.  NULL is fine.  Returns
 * NULL. */
struct gw_loop *gw_uv_loop_free(struct gw_loop *loop);

/* Turn until somebody calls gw_uv_loop_stop(), from the loop thread. */
void gw_uv_loop_run(struct gw_loop *loop);
void gw_uv_loop_stop(struct gw_loop *loop);

GW_DEFINE_CLEANUP(struct gw_loop, gw_uv_loop_free);
