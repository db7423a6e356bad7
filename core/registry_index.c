/*
 * Registry index - the tables that find a registree.
 *
 * By its id and by the name and id of its resource, per CSE, because two CSEs
 * may grant the same AE-ID-Stem; by the CSEs below it; and by the identity of
 * the connection it registered on.
 */

#include <errno.h>
#include <stdlib.h>

#include "core/codec/json.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/registry_entry.h"
#include "core/relay.h"

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

/* Most have their own id as that of their resource (TS-0001 9.6.5). */
static struct gw_registree *find_by_id(const struct gw_registry *reg,
				       const struct gw_cse *cse,
				       struct gw_str id)
{
	struct entry *e = NULL;
	struct key key;

	if (reg->by_resource && key_make(&key, reg, cse, id)) {
		HASH_FIND_BYHASHVALUE(by_resource, reg->by_resource, key.at,
				      key.len, key.hash, e);
	}
	return e ? &e->r : gw_registry_find(reg, cse, id);
}

/* Whether a first segment is the CSEBase: its name, its id, or the short way to
 * say so (TS-0004 6.2.4).  Where nobody told us the name, whatever is no
 * registree. */
static bool is_base(const struct gw_registry *reg, const struct gw_cse *cse,
		    struct gw_str segment)
{
	if (gw_str_is(segment, "-") || gw_str_is(segment, cse->conf->name) ||
	    gw_str_eq(segment, gw_str_skip(cse->id, 1))) {
		return true;
	}
	return strcmp(cse->conf->name, "-") == 0 &&
	       !find_by_id(reg, cse, segment);
}

struct gw_registree *gw_registry_find_resource(const struct gw_registry *reg,
					       const struct gw_cse *cse,
					       struct gw_str rest)
{
	size_t n = gw_str_find(rest, '/');

	if (n == rest.len) {
		return find_by_id(reg, cse, rest);
	}
	return is_base(reg, cse, gw_str_head(rest, n))
		       ? find_named(reg, cse, gw_str_skip(rest, n + 1))
		       : NULL;
}

static struct below *find_below(const struct gw_registry *reg,
				struct gw_str csi)
{
	struct below *b = NULL;
	unsigned hash = 0;

	if (reg->below && csi.len > 0) {
		hash = (unsigned)gw_relay_hash(reg->relay, csi.at, csi.len);
		HASH_FIND_BYHASHVALUE(hh, reg->below, csi.at, csi.len, hash, b);
	}
	return b;
}

struct gw_registree *gw_registry_find_above(const struct gw_registry *reg,
					    struct gw_str csi)
{
	struct below *b = find_below(reg, csi);

	return b ? &b->above->r : NULL;
}

/* Whether it is what e takes the place of. */
static bool is_former(const struct entry *was, const struct entry *e)
{
	return was != e && was->r.cse == e->r.cse &&
	       gw_str_eq(was->r.id, e->r.id);
}

static int add_below(struct entry *e, struct gw_str csi)
{
	struct gw_registry *reg = e->registry;
	unsigned hash = 0;
	struct below *b = find_below(reg, csi);

	/* Who said so first has it. */
	if (csi.len == 0 || csi.len > KEY_TEXT_BYTES ||
	    (b && !is_former(b->above, e))) {
		return 0;
	}
	b = malloc(sizeof(*b) + csi.len);
	if (!b) {
		return -ENOMEM;
	}
	b->above = e;
	b->len = csi.len;
	memcpy(b->csi, csi.at, csi.len);
	hash = (unsigned)gw_relay_hash(reg->relay, csi.at, csi.len);
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, reg->below, b->csi, b->len, hash, b);
	if (!b->hh.tbl) {
		free(b);
		return -ENOMEM;
	}
	b->next = e->below;
	e->below = b;
	return 0;
}

int entry_add_below(struct entry *e)
{
	struct gw_json_walk walk = gw_json_walk(e->r.dcse);
	struct gw_json_member m;
	int error = 0;

	while (!error && gw_json_next(&walk, &m)) {
		if (m.type == GW_JSON_STRING) {
			error = add_below(e,
					  (struct gw_str){ m.value.at + 1,
							   m.value.len - 2 });
		}
	}
	if (error) {
		entry_remove_below(e);
	}
	return error;
}

void entry_remove_below(struct entry *e)
{
	while (e->below && e->registry->below) {
		struct below *b = e->below;

		e->below = b->next;
		HASH_DEL(e->registry->below, b);
		free(b);
	}
}

struct gw_registree *gw_registry_find_cse_at(const struct gw_registry *reg,
					     struct gw_str host)
{
	struct gw_registree *found = NULL;

	for (struct entry *e = reg->cses; e; e = e->next_cse) {
		bool is_there = gw_str_eq(gw_str_from(e->r.host), host);

		if (is_there && found) {
			return NULL;
		}
		found = is_there ? &e->r : found;
	}
	return found;
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

static int add_resource(struct entry *e)
{
	struct key key;

	if (gw_str_eq(e->r.resource, e->r.id) ||
	    !key_make(&key, e->registry, e->r.cse, e->r.resource)) {
		return 0;
	}
	e->resource_key = key_copy(&key);
	if (!e->resource_key) {
		return -ENOMEM;
	}
	HASH_ADD_KEYPTR_BYHASHVALUE(by_resource, e->registry->by_resource,
				    e->resource_key, key.len, key.hash, e);
	return e->by_resource.tbl ? 0 : -ENOMEM;
}

static void join_cses(struct entry *e)
{
	struct gw_registry *reg = e->registry;

	e->next_cse = reg->cses;
	e->link_cse = &reg->cses;
	if (reg->cses) {
		reg->cses->link_cse = &e->next_cse;
	}
	reg->cses = e;
}

static void leave_cses(struct entry *e)
{
	if (!e->link_cse) {
		return;
	}
	*e->link_cse = e->next_cse;
	if (e->next_cse) {
		e->next_cse->link_cse = e->link_cse;
	}
	e->link_cse = NULL;
}

int entry_add(struct entry *e)
{
	int error = add_id(e);

	error = error ? error : add_name(e);
	error = error ? error : add_resource(e);
	error = error ? error : join_group(e);
	error = error ? error : entry_add_below(e);
	if (error) {
		entry_remove(e);
	}
	if (!error && e->r.kind == GW_REGISTREE_CSE) {
		join_cses(e);
	}
	return error;
}

void entry_remove(struct entry *e)
{
	struct gw_registry *reg = e->registry;

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
	free(e->name_key);
	e->name_key = NULL;
	if (e->by_resource.tbl) {
		HASH_DELETE(by_resource, reg->by_resource, e);
		e->by_resource.tbl = NULL;
	}
	free(e->resource_key);
	e->resource_key = NULL;
	leave_cses(e);
	entry_remove_below(e);
	leave_group(e);
}
