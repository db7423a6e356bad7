#pragma once

/*
 * Config - the configuration file: YAML in, struct gw_conf out.
 *
 * deploy/m2mgate.yaml shows every key.  A mistake is told as
 *
 *	FILE:LINE: KEY: what is wrong and what is allowed
 */

#include <stdio.h>

#include "core/lib/cleanup.h"

struct gw_conf;
struct gw_config;

/* Read a file; path NULL takes the embedded defaults.  Returns 0; -EINVAL with
 * every mistake told on `mistakes`; or another negative errno, told too. */
int gw_config_load(struct gw_config **cp, const char *path,
		   FILE *mistakes) GW_MUST_CHECK;

/* Tell what may be meant, but should be known, in the same form.  path is what
 * it was read from. */
void gw_config_warn(const struct gw_config *c, const char *path, FILE *to);

/* Lower its bounds to what this process can have open (descriptors.h). */
void gw_config_fit(struct gw_config *c);

/* NULL is fine.  Returns NULL. */
struct gw_config *gw_config_free(struct gw_config *c);

/* What was read; lives as long as c. */
const struct gw_conf *gw_config_conf(const struct gw_config *c);

GW_DEFINE_CLEANUP(struct gw_config, gw_config_free);
