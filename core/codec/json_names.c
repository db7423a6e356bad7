/*
 * JSON names - finds a member name that stands twice in one object.
 *
 * A name of a small object is compared with those before it; one bit per name,
 * chosen by its hash, tells most of the time that there is nothing to compare.
 * The names of a large object are sorted when it closes, so that no choice of
 * names makes this cost more than n log n.
 */

#include "core/codec/json_names.h"

#include <assert.h>
#include <stdlib.h>

#include "core/codec/json.h"
#include "core/codec/json_lex.h"

void gw_json_names_init(struct gw_json_names *names)
{
	/* Not the few names: to clear them would cost more than to scan a
	 * small message. */
	names->n = 0;
	names->size = GW_JSON_NAMES_FEW;
	names->at = names->few;
}

void gw_json_names_deinit(struct gw_json_names *names)
{
	assert(names->at && names->n <= names->size);
	if (names->at != names->few) {
		free(names->at);
	}
	gw_json_names_init(names);
}

/* The same as of a name that was written without escapes. */
static uint32_t hash_resolved(struct gw_str text)
{
	struct gw_json_letters letters = gw_json_letters(text);
	uint64_t hash = 0;
	uint64_t eight = 0;
	unsigned n = 0;

	for (int c = gw_json_letter(&letters); c >= 0;
	     c = gw_json_letter(&letters)) {
		eight |= (uint64_t)c << (8 * n++);
		if (n == 8) {
			hash = gw_json_names_mix(hash, eight);
			eight = 0;
			n = 0;
		}
	}
	return (uint32_t)(n > 0 ? gw_json_names_mix(hash, eight) : hash);
}

static int compare(const struct gw_json_name *a, const struct gw_json_name *b)
{
	size_t n = a->text.len < b->text.len ? a->text.len : b->text.len;
	int order = 0;

	if (a->has_escape || b->has_escape) {
		return gw_json_compare(a->text, b->text);
	}
	order = memcmp(a->text.at, b->text.at, n);
	if (order != 0) {
		return order;
	}
	return (a->text.len > b->text.len) - (a->text.len < b->text.len);
}

static int compare_hash_first(const void *left, const void *right)
{
	const struct gw_json_name *a = left;
	const struct gw_json_name *b = right;

	if (a->hash != b->hash) {
		return a->hash < b->hash ? -1 : 1;
	}
	return compare(a, b);
}

static bool stands_before(const struct gw_json_names *names, size_t first,
			  const struct gw_json_name *name)
{
	for (size_t i = first; i < names->n; i++) {
		if (names->at[i].hash == name->hash &&
		    compare(&names->at[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static bool grow(struct gw_json_names *names)
{
	bool is_first = names->at == names->few;
	size_t size = names->size * 2;
	struct gw_json_name *at = realloc(is_first ? NULL : names->at,
					  size * sizeof(*at));

	if (!at) {
		return false;
	}
	if (is_first) {
		memcpy(at, names->few, sizeof(names->few));
	}
	names->at = at;
	names->size = size;
	return true;
}

enum gw_json_kept gw_json_names_add_slowly(struct gw_json_names *names,
					   struct gw_json_named *object,
					   struct gw_str text, bool has_escape)
{
	size_t n = names->n - object->first;
	struct gw_json_name name = {
		.text = text,
		.hash = has_escape ? hash_resolved(text)
				   : gw_json_names_hash(text),
		.has_escape = has_escape,
	};

	assert(object->first <= names->n);
	if (n == GW_JSON_MEMBERS_MAX) {
		return GW_JSON_KEPT_FULL;
	}
	if (n < GW_JSON_NAMES_SMALL &&
	    stands_before(names, object->first, &name)) {
		return GW_JSON_KEPT_TWICE;
	}
	if (names->n == names->size && !grow(names)) {
		return GW_JSON_KEPT_SHORT;
	}
	object->seen |= gw_json_names_bit(name.hash);
	assert(names->n < names->size);
	names->at[names->n++] = name;
	return GW_JSON_KEPT;
}

static const char *find_twice(struct gw_json_name *names, size_t n)
{
	qsort(names, n, sizeof(*names), compare_hash_first);
	for (size_t i = 1; i < n; i++) {
		const struct gw_json_name *a = &names[i - 1];
		const struct gw_json_name *b = &names[i];

		if (compare_hash_first(a, b) == 0) {
			return a->text.at > b->text.at ? a->text.at
						       : b->text.at;
		}
	}
	return NULL;
}

const char *gw_json_names_close(struct gw_json_names *names,
				const struct gw_json_named *object)
{
	size_t n = names->n - object->first;

	assert(object->first <= names->n);
	names->n = object->first;
	return n > GW_JSON_NAMES_SMALL
		       ? find_twice(names->at + object->first, n)
		       : NULL;
}
