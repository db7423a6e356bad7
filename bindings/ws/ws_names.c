/*
 * Names - a table of texts that peers choose, each counted.
 */

#include "bindings/ws/ws_names.h"

#include <stdlib.h>

#define SLOTS_MIN 16

static struct ws_name **place_of(const struct ws_names *names,
				 struct gw_str text, uint64_t hash)
{
	size_t i = hash & (names->n_slots - 1);
	struct ws_name **place = &names->slots[i].first;

	while (*place &&
	       ((*place)->hash != hash || !gw_str_eq((*place)->text, text))) {
		place = &(*place)->next;
	}
	return place;
}

static bool grow(struct ws_names *names)
{
	size_t n = names->n_slots ? names->n_slots * 2 : SLOTS_MIN;
	struct ws_slots *slots = calloc(n, sizeof(*slots));

	if (!slots) {
		return false;
	}
	for (size_t i = 0; i < names->n_slots; i++) {
		for (struct ws_name *name = names->slots[i].first; name;) {
			struct ws_name *next = name->next;

			name->next = slots[name->hash & (n - 1)].first;
			slots[name->hash & (n - 1)].first = name;
			name = next;
		}
	}
	free(names->slots);
	names->slots = slots;
	names->n_slots = n;
	return true;
}

static struct ws_name *name_new(struct gw_str text, uint64_t hash)
{
	struct ws_name *name = malloc(sizeof(*name) + text.len);
	char *at = NULL;

	if (!name) {
		return NULL;
	}
	at = (char *)(name + 1);
	memcpy(at, text.at, text.len);
	*name = (struct ws_name){
		.hash = hash,
		.text = { at, text.len },
	};
	return name;
}

struct ws_name *ws_names_find(const struct ws_names *names, struct gw_str text,
			      uint64_t hash)
{
	return names->n_slots ? *place_of(names, text, hash) : NULL;
}

struct ws_name *ws_names_use(struct ws_names *names, struct gw_str text,
			     uint64_t hash)
{
	struct ws_name *name = ws_names_find(names, text, hash);

	if (!name) {
		if (names->n_names >= names->n_slots && !grow(names)) {
			return NULL;
		}
		name = name_new(text, hash);
		if (!name) {
			return NULL;
		}
		*place_of(names, text, hash) = name;
		names->n_names++;
	}
	name->n_users++;
	return name;
}

void ws_names_unuse(struct ws_names *names, struct ws_name *name)
{
	if (!name || --name->n_users > 0) {
		return;
	}
	*place_of(names, name->text, name->hash) = name->next;
	free(name);
	if (--names->n_names == 0) {
		free(names->slots);
		*names = (struct ws_names){ 0 };
	}
}
