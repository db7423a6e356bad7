#pragma once

/*
 * Resolver - looks names up without blocking the loop.
 *
 * libuv asks the system's resolver in a few threads of its own.
 */

#include "core/lib/cleanup.h"
#include "core/lib/loop.h"

struct gw_lookup;
struct uv_loop_s;

struct gw_resolver {
	struct gw_loop *loop;
	struct uv_loop_s *uv;
	struct gw_lookup *lookups; // that are not answered yet
};

void gw_resolver_init(struct gw_resolver *res, struct gw_loop *loop,
		      struct uv_loop_s *uv);

/* Answers all that is still open with -ECANCELED.  What libuv's threads are at
 * ends later, unheard: the loop must turn until then. */
void gw_resolver_deinit(struct gw_resolver *res);

/* As gw_loop_ops.resolve. */
int gw_resolver_start(struct gw_resolver *res, const char *name,
		      gw_resolved_fn *found, void *arg) GW_MUST_CHECK;
