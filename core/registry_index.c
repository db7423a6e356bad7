/*
 * Registry index - the tables that find a registree.
 *
 * By its id and by the name and id of its resource, per CSE, because two CSEs
 * may grant the same AE-ID-Stem; by the CSEs below it; and by the identity of
 * the connection it registered on.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "core/codec/json.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/registry_entry.h"
#include "core/relay.h"

/* The longest text that is looked for. */
#define TEXT_BYTES ((size_t)256)

static bool is_text(struct gw_str text)
{
	return text.len > 0 && text.len <= TEXT_BYTES;
}

/* Of a text for one CSE. */
static uint64_t hash_of(const struct gw_registry *reg, const struct gw_cse *cse,
			struct gw_str text)
{
	return gw_relay_hash(reg->relay, text.at, text.len) ^
	       (uint64_t)(uintptr_t)cse * 0x9e3779b97f4a7c15U;
}

static struct entry *find(const struct gw_registry *reg,
			  const struct gw_table *t, const struct gw_cse *cse,
			  struct gw_str text)
{
	struct gw_table_entry *found = NULL;

	if (t->n_entries > 0 && is_text(text)) {
		found = gw_table_first(t, hash_of(reg, cse, text));
	}
	for (; found; found = gw_table_next(found)) {
		struct place *place = gw_container(found, struct place, entry);

		if (place->of->r.cse == cse && gw_str_eq(place->text, text)) {
			return place->of;
		}
	}
	return NULL;
}

static struct gw_registree *registree(struct entry *e)
{
	return e ? &e->r : NULL;
}

static struct gw_registree *find_anywhere(const struct gw_registry *reg,
					  struct gw_str id)
{
	struct gw_registree *found = NULL;
	struct gw_cse *cse = NULL;

	for (size_t i = 0; (cse = gw_relay_cse(reg->relay, i)); i++) {
		struct entry *e = find(reg, &reg->by_id, cse, id);

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
	return cse ? registree(find(reg, &reg->by_id, cse, id))
		   : find_anywhere(reg, id);
}

/* Most have their own id as that of their resource (TS-0001 9.6.5). */
static struct gw_registree *find_by_id(const struct gw_registry *reg,
				       const struct gw_cse *cse,
				       struct gw_str id)
{
	struct entry *e = find(reg, &reg->by_resource, cse, id);

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
		       ? registree(find(reg, &reg->by_name, cse,
					gw_str_skip(rest, n + 1)))
		       : NULL;
}

static struct below *find_below(const struct gw_registry *reg,
				struct gw_str csi)
{
	struct gw_table_entry *e = NULL;

	if (reg->below.n_entries > 0) {
		e = gw_table_first(&reg->below, hash_of(reg, NULL, csi));
	}
	for (; e; e = gw_table_next(e)) {
		struct below *b = gw_container(e, struct below, by_csi);

		if (gw_str_eq((struct gw_str){ b->csi, b->len }, csi)) {
			return b;
		}
	}
	return NULL;
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
	struct below *b = find_below(reg, csi);

	/* Who said so first has it. */
	if (!is_text(csi) || (b && !is_former(b->above, e))) {
		return 0;
	}
	b = calloc(1, sizeof(*b) + csi.len);
	if (!b) {
		return -ENOMEM;
	}
	b->above = e;
	b->len = csi.len;
	memcpy(b->csi, csi.at, csi.len);
	gw_table_add(&reg->below, &b->by_csi, hash_of(reg, NULL, csi));
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
	while (e->below) {
		struct below *b = e->below;

		assert(b->above == e);
		e->below = b->next;
		gw_table_remove(&e->registry->below, &b->by_csi);
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
	struct gw_table_entry *e = NULL;

	if (reg->groups.n_entries > 0 && identity.len > 0) {
		e = gw_table_first(&reg->groups, hash_of(reg, NULL, identity));
	}
	for (; e; e = gw_table_next(e)) {
		struct group *g = gw_container(e, struct group, by_identity);

		if (gw_str_eq((struct gw_str){ g->identity, g->len },
			      identity)) {
			return g;
		}
	}
	return NULL;
}

static struct group *new_group(struct gw_registry *reg, struct gw_str identity)
{
	struct group *g = calloc(1, sizeof(*g) + identity.len);

	if (!g) {
		return NULL;
	}
	g->len = identity.len;
	memcpy(g->identity, identity.at, identity.len);
	gw_table_add(&reg->groups, &g->by_identity,
		     hash_of(reg, NULL, identity));
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
	assert(*e->prev_in_group == e);
	*e->prev_in_group = e->next_in_group;
	if (e->next_in_group) {
		e->next_in_group->prev_in_group = e->prev_in_group;
	}
	e->group = NULL;
	if (!g->first) {
		gw_table_remove(&e->registry->groups, &g->by_identity);
		free(g);
	}
}

static void put(struct gw_table *t, struct place *place, struct entry *e,
		struct gw_str text)
{
	assert(gw_str_is_present(text));
	place->of = e;
	place->text = text;
	gw_table_add(t, &place->entry, hash_of(e->registry, e->r.cse, text));
}

static int join_tables(struct entry *e)
{
	struct gw_registry *reg = e->registry;

	if (!is_text(e->r.id)) {
		return -EINVAL;
	}
	put(&reg->by_id, &e->by_id, e, e->r.id);
	if (is_text(e->r.name)) {
		put(&reg->by_name, &e->by_name, e, e->r.name);
	}
	if (is_text(e->r.resource) && !gw_str_eq(e->r.resource, e->r.id)) {
		put(&reg->by_resource, &e->by_resource, e, e->r.resource);
	}
	return 0;
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
	assert(*e->link_cse == e);
	*e->link_cse = e->next_cse;
	if (e->next_cse) {
		e->next_cse->link_cse = e->link_cse;
	}
	e->link_cse = NULL;
}

int entry_add(struct entry *e)
{
	int error = 0;

	assert(!e->by_id.entry.link && !e->below && !e->group);
	error = join_tables(e);
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

	gw_table_remove(&reg->by_id, &e->by_id.entry);
	gw_table_remove(&reg->by_name, &e->by_name.entry);
	gw_table_remove(&reg->by_resource, &e->by_resource.entry);
	leave_cses(e);
	entry_remove_below(e);
	leave_group(e);
}
