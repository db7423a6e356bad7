/*
 * Names - a table of texts that peers choose, each counted.
 */

#include "bindings/ws/ws_names.h"

#include <assert.h>
#include <stdlib.h>

static struct ws_name *name_new(struct gw_str text)
{
	struct ws_name *name = malloc(sizeof(*name) + text.len);
	char *at = NULL;

	if (!name) {
		return NULL;
	}
	at = (char *)(name + 1);
	memcpy(at, text.at, text.len);
	*name = (struct ws_name){ .text = { at, text.len } };
	return name;
}

struct ws_name *ws_names_find(const struct ws_names *names, struct gw_str text,
			      uint64_t hash)
{
	struct gw_table_entry *e = gw_table_first(&names->table, hash);

	for (; e; e = gw_table_next(e)) {
		struct ws_name *name = gw_container(e, struct ws_name, place);

		if (gw_str_eq(name->text, text)) {
			return name;
		}
	}
	return NULL;
}

struct ws_name *ws_names_use(struct ws_names *names, struct gw_str text,
			     uint64_t hash)
{
	struct ws_name *name = ws_names_find(names, text, hash);

	if (!name) {
		name = name_new(text);
		if (!name) {
			return NULL;
		}
		gw_table_add(&names->table, &name->place, hash);
	}
	name->n_users++;
	assert(name->place.link);
	return name;
}

void ws_names_unuse(struct ws_names *names, struct ws_name *name)
{
	if (!name) {
		return;
	}
	assert(name->n_users > 0);
	if (--name->n_users > 0) {
		return;
	}
	assert(ws_names_find(names, name->text, name->place.hash) == name);
	gw_table_remove(&names->table, &name->place);
	free(name);
	if (names->table.n_entries == 0) {
		gw_table_deinit(&names->table);
	}
}
