/*
 * Registry index - the tables that find a registree.
 *
 * By its id and by the name of its resource, per CSE, because two CSEs may
 * grant the same AE-ID-Stem; and by the identity of the connection it
 * registered on.
 */

#include <errno.h>
#include <stdlib.h>

#include "core/json.h"
#include "core/registry_entry.h"
#include "core/relay.h"
#include "core/route.h"

#define KEY_TEXT_BYTES ((size_t)256)
#define CSE_BYTES sizeof(void *)

/* A text, for one CSE. */
struct key {
	unsigned char at[CSE_BYTES + KEY_TEXT_BYTES];
	unsigned len;
	unsigned hash;
};

static bool key_make(struct key *key, const struct gw_registry *reg,
		     const struct gw_cse *cse, struct gw_str text)
{
	if (text.len == 0 || text.len > KEY_TEXT_BYTES) {
		return false;
	}
	memcpy(key->at, &cse, CSE_BYTES);
	memcpy(key->at + CSE_BYTES, text.at, text.len);
	key->len = (unsigned)(CSE_BYTES + text.len);
	key->hash = (unsigned)gw_relay_hash(reg->relay, key->at, key->len);
	return true;
}

static void *key_copy(const struct key *key)
{
	void *copy = malloc(key->len);

	return copy ? memcpy(copy, key->at, key->len) : NULL;
}

static struct entry *find_at(const struct gw_registry *reg,
			     const struct gw_cse *cse, struct gw_str id)
{
	struct entry *e = NULL;
	struct key key;

	if (reg->by_id && key_make(&key, reg, cse, id)) {
		HASH_FIND_BYHASHVALUE(by_id, reg->by_id, key.at, key.len,
				      key.hash, e);
	}
	return e;
}

static struct gw_registree *find_anywhere(const struct gw_registry *reg,
					  struct gw_str id)
{
	struct gw_registree *found = NULL;
	struct gw_cse *cse = NULL;

	for (size_t i = 0; (cse = gw_relay_cse(reg->relay, i)); i++) {
		struct entry *e = find_at(reg, cse, id);

		if (e && found) {
			return NULL;
		}
		found = e ? &e->r : found;
	}
	return found;
}

struct gw_registree *gw_registry_find(const struct gw_registry *reg,
				      const struct gw_cse *cse,
				      struct gw_str id)
{
	struct entry *e = NULL;

	if (!cse) {
		return find_anywhere(reg, id);
	}
	e = find_at(reg, cse, id);
	return e ? &e->r : NULL;
}

static struct gw_registree *find_named(const struct gw_registry *reg,
				       const struct gw_cse *cse,
				       struct gw_str name)
{
	struct entry *e = NULL;
	struct key key;

	if (reg->by_name && key_make(&key, reg, cse, name)) {
		HASH_FIND_BYHASHVALUE(by_name, reg->by_name, key.at, key.len,
				      key.hash, e);
	}
	return e ? &e->r : NULL;
}

struct gw_registree *gw_registry_find_resource(const struct gw_registry *reg,
					       const struct gw_cse *cse,
					       struct gw_str rest)
{
	size_t n = gw_str_find(rest, '/');
	struct gw_str name = { 0 };

	if (n == rest.len) {
		/* One segment is a resourceID, which is the AE-ID-Stem of an
		 * AE (TS-0001 9.6.5). */
		return gw_registry_find(reg, cse, rest);
	}
	name = gw_str_skip(rest, n + 1);
	return gw_str_find(name, '/') == name.len ? find_named(reg, cse, name)
						  : NULL;
}

static bool lists(struct gw_str array, struct gw_str wanted)
{
	struct gw_json_walk walk = gw_json_walk(array);
	struct gw_json_member m;

	while (gw_json_next(&walk, &m)) {
		if (m.type == GW_JSON_STRING && m.value.len == wanted.len + 2 &&
		    memcmp(m.value.at + 1, wanted.at, wanted.len) == 0) {
			return true;
		}
	}
	return false;
}

struct gw_registree *gw_registry_find_above(const struct gw_registry *reg,
					    struct gw_str csi)
{
	for (struct entry *e = reg->with_dcse; e; e = e->next_dcse) {
		if (lists(e->r.dcse, csi)) {
			return &e->r;
		}
	}
	return NULL;
}

struct group *entry_group(const struct gw_registry *reg, struct gw_str identity)
{
	struct group *g = NULL;

	if (reg->groups && identity.len > 0) {
		unsigned hash = (unsigned)gw_relay_hash(reg->relay, identity.at,
							identity.len);

		HASH_FIND_BYHASHVALUE(hh, reg->groups, identity.at,
				      (unsigned)identity.len, hash, g);
	}
	return g;
}

static struct group *new_group(struct gw_registry *reg, struct gw_str identity)
{
	struct group *g = calloc(1, sizeof(*g));
	unsigned hash = (unsigned)gw_relay_hash(reg->relay, identity.at,
						identity.len);

	if (!g) {
		return NULL;
	}
	g->identity = gw_str_dup(identity);
	if (!g->identity) {
		free(g);
		return NULL;
	}
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, reg->groups, g->identity,
				    (unsigned)identity.len, hash, g);
	if (!g->hh.tbl) {
		free(g->identity);
		free(g);
		return NULL;
	}
	return g;
}

static int join_group(struct entry *e)
{
	struct gw_registry *reg = e->registry;
	struct group *g = entry_group(reg, e->r.identity);

	if (e->r.identity.len == 0) {
		return 0;
	}
	g = g ? g : new_group(reg, e->r.identity);
	if (!g) {
		return -ENOMEM;
	}
	e->group = g;
	e->next_in_group = g->first;
	e->prev_in_group = &g->first;
	if (g->first) {
		g->first->prev_in_group = &e->next_in_group;
	}
	g->first = e;
	return 0;
}

static void leave_group(struct entry *e)
{
	struct group *g = e->group;

	if (!g) {
		return;
	}
	*e->prev_in_group = e->next_in_group;
	if (e->next_in_group) {
		e->next_in_group->prev_in_group = e->prev_in_group;
	}
	e->group = NULL;
	if (!g->first) {
		HASH_DEL(e->registry->groups, g);
		free(g->identity);
		free(g);
	}
}

static int add_id(struct entry *e)
{
	struct key key;

	if (!key_make(&key, e->registry, e->r.cse, e->r.id)) {
		return -EINVAL;
	}
	if (key.len <= sizeof(e->id_room)) {
		e->id_key = memcpy(e->id_room, key.at, key.len);
	} else {
		e->id_key = key_copy(&key);
	}
	if (!e->id_key) {
		return -ENOMEM;
	}
	HASH_ADD_KEYPTR_BYHASHVALUE(by_id, e->registry->by_id, e->id_key,
				    key.len, key.hash, e);
	return e->by_id.tbl ? 0 : -ENOMEM;
}

static int add_name(struct entry *e)
{
	struct key key;

	if (!key_make(&key, e->registry, e->r.cse, e->r.name)) {
		return 0;
	}
	e->name_key = key_copy(&key);
	if (!e->name_key) {
		return -ENOMEM;
	}
	HASH_ADD_KEYPTR_BYHASHVALUE(by_name, e->registry->by_name, e->name_key,
				    key.len, key.hash, e);
	return e->by_name.tbl ? 0 : -ENOMEM;
}

int entry_add(struct entry *e)
{
	int error = add_id(e);

	error = error ? error : add_name(e);
	error = error ? error : join_group(e);
	if (error) {
		entry_remove(e);
		return error;
	}
	if (gw_str_is_present(e->r.dcse)) {
		e->next_dcse = e->registry->with_dcse;
		e->registry->with_dcse = e;
	}
	return 0;
}

void entry_remove(struct entry *e)
{
	struct gw_registry *reg = e->registry;
	struct entry **link = &reg->with_dcse;

	if (e->by_id.tbl) {
		HASH_DELETE(by_id, reg->by_id, e);
		e->by_id.tbl = NULL;
	}
	if (e->id_key) {
		if (e->id_key != e->id_room) {
			free(e->id_key);
		}
		e->id_key = NULL;
	}
	if (e->by_name.tbl) {
		HASH_DELETE(by_name, reg->by_name, e);
		e->by_name.tbl = NULL;
	}
	if (e->name_key) {
		free(e->name_key);
		e->name_key = NULL;
	}
	while (*link && *link != e) {
		link = &(*link)->next_dcse;
	}
	if (*link) {
		*link = e->next_dcse;
	}
	leave_group(e);
}
