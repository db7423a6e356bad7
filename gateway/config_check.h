#pragma once

/*
 * Config check - what must be given, and what does not go together.
 */

#include <stdbool.h>

struct gw_conf;
struct gw_conf_broker;
struct gw_conf_cse;
struct gw_mistakes;
struct gw_places;
struct raw_config;

/* Note what is wrong with values that are fine one by one, and fill in which
 * CSE is the default one where nothing says so.  cses of conf are the cses of
 * raw, then its providers. */
void gw_config_check(struct gw_conf *conf, const struct raw_config *raw,
		     const struct gw_places *places,
		     struct gw_mistakes *mistakes);

/* Whether a CSE is reached by this broker itself: they have one URL. */
bool gw_config_is_behind(const struct gw_conf_cse *cse,
			 const struct gw_conf_broker *broker);

/* Note what may be meant, but should be known. */
void gw_config_note_warnings(const struct gw_conf *conf,
			     const struct gw_places *places,
			     struct gw_mistakes *warnings);
