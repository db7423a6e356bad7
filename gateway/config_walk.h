#pragma once

/*
 * Config walk - what a YAML text looks like, compared with a schema.
 *
 * libcyaml stops at the first thing that does not fit and then knows no line
 * for what is wrong with a value.  So the text is walked before: all that does
 * not fit the schema is noted, and where each key stands.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/lib/cleanup.h"
#include "core/lib/str.h"

struct cyaml_schema_value;
struct gw_arena;
struct gw_mistakes;

/* Where keys stand.  Zeroed to begin with. */
struct gw_place;
struct gw_places {
	struct gw_arena *arena; // owns the places
	struct gw_place *first;
	struct gw_place **last;
};

/* Walk a text.  Returns 0, also with mistakes noted that leave the rest of the
 * text readable; -EINVAL when it cannot be read on; or -ENOMEM. */
int gw_config_walk(struct gw_places *places, struct gw_mistakes *mistakes,
		   struct gw_str text,
		   const struct cyaml_schema_value *schema) GW_MUST_CHECK;

/* The line of a path such as "cses[1].url".  Where that is not, the line of
 * what it would be in; 0 when there is no such thing either. */
size_t gw_places_line(const struct gw_places *places, const char *path);

/* Whether there is such a key, with or without a value. */
bool gw_places_has(const struct gw_places *places, const char *path);

void gw_places_deinit(struct gw_places *places);
