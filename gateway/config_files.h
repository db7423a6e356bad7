#pragma once

/*
 * Config files - the files that a configuration names.
 */

struct gw_conf;
struct gw_mistakes;
struct gw_places;

/* Note which of them cannot be used by whoever runs this: certificates and keys
 * that cannot be read, are none or do not belong together; a registry in a
 * folder where nothing can be written. */
void gw_config_check_files(const struct gw_conf *conf,
			   const struct gw_places *places,
			   struct gw_mistakes *mistakes);
