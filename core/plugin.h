#pragma once

/*
 * Plugin - the contract between the gateway and code that is loaded into it:
 * the only header a plugin includes besides primitive.h.
 *
 * GW_PLUGIN_ABI counts up on every change that would break a built plugin.
 * Additions go at the end of a struct and are guarded by its size.
 *
 *	1  first version
 */

#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"
#include "core/lib/log.h"
#include "core/primitive.h"

#define GW_PLUGIN_ABI 1U

struct gw_plugin_ctx;

/* Where in the life of an exchange a hook runs; see core/exchange.h. */
enum gw_stage {
	GW_STAGE_ASKED,    // request decoded, not yet routed; may be changed
	GW_STAGE_ROUTED,   // route chosen, not yet sent; may be changed
	GW_STAGE_ANSWERED, // answer in hand, not yet given; may be changed
	GW_STAGE_COUNT_
};

enum gw_verdict {
	GW_PASS, // go on
	GW_STOP, // end here, with the status the hook has set
};

/* Runs on the loop thread and may not block.  p is borrowed for the call. */
typedef enum gw_verdict gw_hook_fn(struct gw_plugin_ctx *ctx,
				   struct gw_primitive *p,
				   enum gw_status *status);

/* What the gateway offers a plugin, all of it: plugins link nothing of ours.
 * Valid from load() until unload(). */
struct gw_plugin_host {
	size_t size;
	void (*log)(struct gw_plugin_ctx *ctx, enum gw_log_level level,
		    const char *event, const char *fmt, ...) GW_PRINTF(4, 5);
	int (*hook)(struct gw_plugin_ctx *ctx, enum gw_stage stage,
		    gw_hook_fn *fn);
	void *(*state)(struct gw_plugin_ctx *ctx);

	/* copy: put text where it lives as long as p does. */
	struct gw_str (*copy)(struct gw_primitive *p, struct gw_str text);
};

/* What a plugin tells the gateway. */
struct gw_plugin {
	uint32_t abi;      // GW_PLUGIN_ABI; checked before all else
	uint32_t size;     // sizeof(struct gw_plugin), as the plugin saw it
	const char *name;  // the word used in the configuration and in logs
	size_t state_size; // private state; allocated zeroed by the gateway

	/* load: register hooks.  Returns 0 or a negative errno.  unload() is
	 * called afterwards in both cases. */
	int (*load)(struct gw_plugin_ctx *ctx,
		    const struct gw_plugin_host *host);
	void (*unload)(struct gw_plugin_ctx *ctx);
};

/* The one symbol a plugin exports. */
#define GW_PLUGIN_EXPORT                             \
	extern const struct gw_plugin gw_plugin;     \
	__attribute__((visibility("default"), used)) \
	const struct gw_plugin gw_plugin
