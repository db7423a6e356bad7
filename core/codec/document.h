#pragma once

/*
 * Document - JSON that the gateway writes or reads as a whole, by cJSON.
 *
 * For what we author ourselves.  What passes through never becomes a tree:
 * numbers would become doubles, and members change places.
 */

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "core/lib/str.h"

struct gw_arena;

/* Add a member with this text; a list of these texts, ended by NULL; one text
 * more to a list.  False when memory is short, as it was if object or list is
 * NULL. */
bool gw_document_add(cJSON *object, const char *name, struct gw_str text);
bool gw_document_add_list(cJSON *object, const char *name,
			  const char *const *texts);
bool gw_document_append(cJSON *list, struct gw_str text);

/* The document as text in the arena.  Takes it; NULL, because memory was short,
 * is fine.  Absent when memory or the arena is short. */
struct gw_str gw_document_write(struct gw_arena *a, cJSON *document);
