/*
 * Fuzz target: any bytes as JSON text.
 *
 * What the scanner passes is walked to its last value without a read outside,
 * each of its values passes alone, its strings come back from being written
 * again, and cJSON takes it and sees the same values in it.
 */

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec/json.h"
#include "core/lib/arena.h"

/* cJSON reads no longer number. */
#define CJSON_NUMBER_MAX 62

#define N_LISTED 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What one input is checked with. */
struct check {
	struct gw_str text;
	struct gw_arena *arena;
	bool has_cjson;
};

static bool scans(struct gw_str text)
{
	struct gw_json_error error = { 0 };
	bool is_good = gw_json_scan(text, NULL, 0, NULL, &error);

	assert(is_good == (error.reason == NULL));
	assert(error.at <= text.len && !error.is_short);
	return is_good;
}

static void check_slice(const struct check *c, struct gw_str slice)
{
	assert(slice.at >= c->text.at);
	assert(slice.at + slice.len <= c->text.at + c->text.len);
}

static void check_string(const struct check *c, struct gw_str value,
			 const char *expected)
{
	struct gw_str text = gw_json_text(c->arena, value);
	struct gw_str again = gw_json_quote(c->arena, text);

	assert(gw_str_is_present(text) && scans(again));
	assert(gw_str_eq(gw_json_text(c->arena, again), text));
	assert(!c->has_cjson || gw_str_is(text, expected));
}

static void check_number(const struct check *c, struct gw_str value,
			 double expected)
{
	int64_t n = 0;

	if (gw_json_integer(&n, value) && c->has_cjson) {
		assert((double)n == expected);
	}
}

static void check_scalar(const struct check *c,
			 const struct gw_json_member *value, const cJSON *node)
{
	bool yes = false;

	switch (value->type) {
	case GW_JSON_STRING:
		check_string(c, value->value, node ? node->valuestring : NULL);
		break;
	case GW_JSON_NUMBER:
		assert(!c->has_cjson || cJSON_IsNumber(node));
		check_number(c, value->value, node ? node->valuedouble : 0);
		break;
	case GW_JSON_BOOL:
		assert(gw_json_boolean(&yes, value->value));
		assert(!c->has_cjson || cJSON_IsTrue(node) == yes);
		break;
	case GW_JSON_NULL:
		assert(!c->has_cjson || cJSON_IsNull(node));
		break;
	default:
		abort();
	}
}

/* The first member of its name is the only one. */
static void check_name(const struct check *c, struct gw_str object,
		       const struct gw_json_member *member, const cJSON *node)
{
	struct gw_str quoted = { .at = member->name.at - 1,
				 .len = member->name.len + 2 };
	struct gw_str name = gw_json_text(c->arena, quoted);
	struct gw_json_member found = { 0 };

	check_slice(c, quoted);
	assert(gw_json_is_name(member->name, name));
	assert(gw_json_get(&found, object, name));
	assert(found.value.at == member->value.at);
	assert(!c->has_cjson || gw_str_is(name, node->string));
}

/* As deep as the scanner allows. */
static void check_value(const struct check *c,
			const struct gw_json_member *value, const cJSON *node)
{
	struct gw_json_walk walk = gw_json_walk(value->value);
	const cJSON *child = node ? node->child : NULL;
	struct gw_json_member next;
	size_t n = 0;

	check_slice(c, value->value);
	assert(scans(value->value));
	if (value->type != GW_JSON_OBJECT && value->type != GW_JSON_ARRAY) {
		check_scalar(c, value, node);
		return;
	}
	while (gw_json_next(&walk, &next)) {
		assert(!c->has_cjson || child);
		if (value->type == GW_JSON_OBJECT && n++ < N_LISTED) {
			check_name(c, value->value, &next, child);
		}
		check_value(c, &next, child);
		child = child ? child->next : NULL;
	}
	assert(!child);
}

static bool has_long_number(struct gw_str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n <= CJSON_NUMBER_MAX; i++) {
		bool is_part = memchr("+-.eE0123456789", text.at[i], 15);

		n = is_part ? n + 1 : 0;
	}
	return n > CJSON_NUMBER_MAX;
}

/* Without the blanks around it. */
static struct gw_str trim(struct gw_str text)
{
	static const char blanks[] = " \t\r\n";

	while (text.len > 0 && memchr(blanks, text.at[0], 4)) {
		text = gw_str_skip(text, 1);
	}
	while (text.len > 0 && memchr(blanks, text.at[text.len - 1], 4)) {
		text.len--;
	}
	return text;
}

static void check_whole(struct gw_str text)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(
		4096, (size_t)1 << 30);
	struct check c = { text, a, !has_long_number(text) };
	char *copy = gw_str_dup(text);
	cJSON *tree = cJSON_ParseWithLengthOpts(copy, text.len + 1, NULL, true);
	struct gw_json_member whole = { .value = trim(text) };

	assert(tree || !c.has_cjson);
	if (!c.has_cjson) {
		cJSON_Delete(tree);
		tree = NULL;
	}
	whole.type = gw_json_type_of(whole.value);
	check_value(&c, &whole, tree);
	assert(!gw_arena_is_short(a));
	cJSON_Delete(tree);
	free(copy);
}

/* The list of members says what a walk says. */
static void check_list(struct gw_str text)
{
	struct gw_json_walk walk = gw_json_walk(text);
	struct gw_json_member members[N_LISTED];
	struct gw_json_member next;
	struct gw_json_error error;
	size_t n = 0;

	if (!gw_json_scan(text, members, N_LISTED, &n, &error)) {
		assert(gw_json_type_of(trim(text)) != GW_JSON_OBJECT ||
		       gw_str_is(gw_str_from(error.reason),
				 "the object has too many members"));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		assert(gw_json_next(&walk, &next));
		assert(next.name.at == members[i].name.at);
		assert(next.name.len == members[i].name.len);
		assert(next.value.at == members[i].value.at);
		assert(next.value.len == members[i].value.len);
		assert(next.type == members[i].type);
	}
	assert(!gw_json_next(&walk, &next));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gw_str text = { .at = (const char *)data, .len = size };
	bool is_good = scans(text);
	int64_t n = 0;

	(void)gw_json_integer(&n, text);
	if (is_good) {
		check_whole(text);
		check_list(text);
	}
	return 0;
}
