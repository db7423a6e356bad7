#pragma once

/*
 * Names - a table of texts that peers choose, each counted.
 *
 * The caller hashes, with a key that peers do not know.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"
#include "core/lib/str.h"
#include "core/lib/table.h"

/* A text in the table. */
struct ws_name {
	struct gw_table_entry place;
	size_t n_users;
	void *arg; // for the caller
	struct gw_str text;
};

/* Zeroed is empty. */
struct ws_names {
	struct gw_table table;
};

/* The text, if it is in the table, else NULL. */
struct ws_name *ws_names_find(const struct ws_names *names, struct gw_str text,
			      uint64_t hash);

/* The text with one more user, added if need be.  NULL when memory is short. */
struct ws_name *ws_names_use(struct ws_names *names, struct gw_str text,
			     uint64_t hash) GW_MUST_CHECK;

/* One user less; after the last one the text is gone.  NULL is fine. */
void ws_names_unuse(struct ws_names *names, struct ws_name *name);
