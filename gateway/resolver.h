#pragma once

/*
 * Resolver - looks names up without blocking the loop.
 *
 * Each look-up asks the system in a thread of its own, so that none waits for
 * another.  Who asks bounds how many there are (core/names.h).  getaddrinfo()
 * cannot be interrupted: one that nobody waits for any more ends unheard, also
 * after the loop.
 */

#include "core/lib/cleanup.h"
#include "core/lib/loop.h"

struct gw_lookup;

struct gw_resolver {
	struct gw_loop *loop;
	struct gw_lookup *lookups; // that are not answered yet
};

void gw_resolver_init(struct gw_resolver *res, struct gw_loop *loop);

/* Answers all that is still open with -ECANCELED. */
void gw_resolver_deinit(struct gw_resolver *res);

/* As gw_loop_ops.resolve. */
int gw_resolver_start(struct gw_resolver *res, const char *name,
		      gw_resolved_fn *found, void *arg) GW_MUST_CHECK;
