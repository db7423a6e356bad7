#pragma once

/*
 * JSON names - finds a member name that stands twice in one object.
 *
 * Private to the scanner.  The names of all open objects lie on one stack,
 * those of the innermost object last.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/codec/json_lex.h"
#include "core/lib/str.h"

/* Names of open objects that are kept without allocating. */
#define GW_JSON_NAMES_FEW 96

/* Members up to which an object is small: its names are compared one by one. */
#define GW_JSON_NAMES_SMALL ((size_t)16)

struct gw_json_name {
	struct gw_str text; // between the quotes
	uint32_t hash;      // of what it resolves to
	bool has_escape;
};

struct gw_json_names {
	size_t n;
	size_t size;
	struct gw_json_name *at; // few, or allocated
	struct gw_json_name few[GW_JSON_NAMES_FEW];
};

/* The share of one open object. */
struct gw_json_named {
	size_t first;  // where its names begin
	uint64_t seen; // one bit for the hash of each name so far
};

enum gw_json_kept {
	GW_JSON_KEPT,
	GW_JSON_KEPT_TWICE, // the object has the name already
	GW_JSON_KEPT_FULL,  // the object has GW_JSON_MEMBERS_MAX names
	GW_JSON_KEPT_SHORT, // no memory
};

void gw_json_names_init(struct gw_json_names *names);
void gw_json_names_deinit(struct gw_json_names *names);

static inline uint64_t gw_json_names_mix(uint64_t hash, uint64_t letters)
{
	hash = (hash ^ letters) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ (hash >> 32);
}

/* One to seven letters, the first one lowest, read by pieces that overlap. */
static inline uint64_t gw_json_names_load(const uint8_t *at, size_t n)
{
	size_t last = n - 1;
	uint32_t low = 0;
	uint32_t high = 0;

	if (n < 4) {
		return at[0] | (uint64_t)at[n / 2] << (8 * (n / 2)) |
		       (uint64_t)at[last] << (8 * last);
	}
	memcpy(&low, at, sizeof(low));
	memcpy(&high, at + n - sizeof(high), sizeof(high));
	return le32toh(low) | (uint64_t)le32toh(high) << (8 * (n - 4));
}

/* The hash of a name without escapes: by eight letters at a time, the last
 * ones filled up with NUL, which no name holds. */
static inline uint32_t gw_json_names_hash(struct gw_str text)
{
	const uint8_t *at = gw_bytes_of(text).at;
	size_t left = text.len;
	uint64_t hash = 0;

	for (; left >= 8; left -= 8, at += 8) {
		hash = gw_json_names_mix(hash, gw_json_load(at));
	}
	if (left > 0) {
		hash = gw_json_names_mix(hash, gw_json_names_load(at, left));
	}
	return (uint32_t)hash;
}

static inline uint64_t gw_json_names_bit(uint32_t hash)
{
	return UINT64_C(1) << (hash & 63);
}

enum gw_json_kept gw_json_names_add_slowly(struct gw_json_names *names,
					   struct gw_json_named *object,
					   struct gw_str text, bool has_escape);

/* Keep a name of the innermost object.  In a large object a name that stands
 * twice is not found here, but when it closes.  Inline is the common case: a
 * name of a small object, unlike those before it. */
static inline enum gw_json_kept gw_json_names_add(struct gw_json_names *names,
						  struct gw_json_named *object,
						  struct gw_str text,
						  bool has_escape)
{
	struct gw_json_name *name = &names->at[names->n];
	uint32_t hash = 0;

	if (has_escape || names->n == names->size ||
	    names->n - object->first >= GW_JSON_NAMES_SMALL) {
		return gw_json_names_add_slowly(names, object, text,
						has_escape);
	}
	hash = gw_json_names_hash(text);
	if (object->seen & gw_json_names_bit(hash)) {
		return gw_json_names_add_slowly(names, object, text, false);
	}
	object->seen |= gw_json_names_bit(hash);
	name->text = text;
	name->hash = hash;
	name->has_escape = false;
	names->n++;
	return GW_JSON_KEPT;
}

/* Forget the names of the innermost object.  Returns where, between its
 * quotes, a name stands that stood before, or NULL when there is none. */
const char *gw_json_names_close(struct gw_json_names *names,
				const struct gw_json_named *object);
