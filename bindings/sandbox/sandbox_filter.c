/*
 * Filter - filterCriteria.
 *
 * Each member of fc becomes one condition.  The values within one member are
 * alternatives; members are combined as fo says.  A member that is no name of
 * the standard is an attribute and the value it must have, which is how HTTP
 * queries and some peers write attribute filters.
 */

#include "bindings/sandbox/sandbox_filter.h"

#include <stdio.h>

#include "bindings/sandbox/sandbox_print.h"
#include "core/codec/json.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "core/lib/time.h"

/* The longest value of an attribute of the CSE's own that is compared. */
#define OWN_VALUE_MAX ((size_t)1024)

enum field_kind {
	FIELD_TIME,
	FIELD_NUMBER,
	FIELD_LIST,
	FIELD_PAIRS,   // atr: [{nm,val}]
	FIELD_SETTING, // steers the search and is no condition
	FIELD_NOT_BUILT,
};

static enum gw_status refuse(struct gw_reason *why, enum gw_status status,
			     struct gw_str name, const char *reason)
{
	(void)snprintf(why->text, sizeof(why->text), "fc: %.*s %s",
		       name.len < 64 ? (int)name.len : 64, name.at, reason);
	return status;
}

static bool match_created_before(const struct sandbox_condition *c,
				 const struct sandbox_node *node)
{
	return node->created_ms < c->number;
}

static bool match_created_after(const struct sandbox_condition *c,
				const struct sandbox_node *node)
{
	return node->created_ms > c->number;
}

static bool match_modified_since(const struct sandbox_condition *c,
				 const struct sandbox_node *node)
{
	return node->modified_ms > c->number;
}

static bool match_unmodified_since(const struct sandbox_condition *c,
				   const struct sandbox_node *node)
{
	return node->modified_ms < c->number;
}

static bool match_expires_before(const struct sandbox_condition *c,
				 const struct sandbox_node *node)
{
	return node->expires_ms != 0 && node->expires_ms < c->number;
}

static bool match_expires_after(const struct sandbox_condition *c,
				const struct sandbox_node *node)
{
	return node->expires_ms != 0 && node->expires_ms > c->number;
}

static bool match_state_smaller(const struct sandbox_condition *c,
				const struct sandbox_node *node)
{
	return node->type->has_state_tag &&
	       node->state_tag < (uint64_t)c->number;
}

static bool match_state_bigger(const struct sandbox_condition *c,
			       const struct sandbox_node *node)
{
	return node->type->has_state_tag &&
	       node->state_tag > (uint64_t)c->number;
}

/* Sizes are those of content instances (TS-0001 table 8.1.2-1). */
static bool match_size_above(const struct sandbox_condition *c,
			     const struct sandbox_node *node)
{
	return node->type->number == SANDBOX_INSTANCE &&
	       node->content_bytes >= (uint64_t)c->number;
}

static bool match_size_below(const struct sandbox_condition *c,
			     const struct sandbox_node *node)
{
	return node->type->number == SANDBOX_INSTANCE &&
	       node->content_bytes < (uint64_t)c->number;
}

static bool match_type(const struct sandbox_condition *c,
		       const struct sandbox_node *node)
{
	struct gw_json_walk walk = gw_json_walk(c->text);
	struct gw_json_member wanted;
	int64_t number = 0;

	while (gw_json_next(&walk, &wanted)) {
		if (gw_json_integer(&number, wanted.value) &&
		    number == node->type->number) {
			return true;
		}
	}
	return false;
}

/* Whether text is the pattern, in which the first '*' stands for any run.  One
 * is enough for names, and keeps the cost at the length of the text. */
static bool is_like(struct gw_str text, struct gw_str pattern)
{
	size_t star = gw_str_find(pattern, '*');
	struct gw_str tail;

	if (star == pattern.len) {
		return gw_str_eq(text, pattern);
	}
	tail = gw_str_skip(pattern, star + 1);
	return text.len >= star + tail.len &&
	       gw_str_starts(text, gw_str_head(pattern, star)) &&
	       gw_str_ends(text, tail);
}

/* A value as it is compared: the text of a string, else the JSON itself. */
static struct gw_str plain(struct gw_arena *a, struct gw_str json)
{
	return gw_json_type_of(json) == GW_JSON_STRING ? gw_json_text(a, json)
						       : json;
}

static bool is_any_like(struct gw_arena *a, struct gw_str value,
			struct gw_str wanted)
{
	struct gw_json_walk walk = gw_json_walk(wanted);
	struct gw_json_member member;

	while (gw_json_next(&walk, &member)) {
		if (is_like(value, plain(a, member.value))) {
			return true;
		}
	}
	return false;
}

static bool match_label(const struct sandbox_condition *c,
			const struct sandbox_node *node)
{
	struct gw_arena *a = sandbox_tree_scratch(node->tree);
	struct gw_str labels = sandbox_node_get(node, "lbl");
	struct gw_json_walk walk;
	struct gw_json_member label;

	if (!gw_str_is_present(labels) || !a) {
		return false;
	}
	walk = gw_json_walk(labels);
	while (gw_json_next(&walk, &label)) {
		if (is_any_like(a, plain(a, label.value), c->text)) {
			return true;
		}
	}
	return false;
}

static bool match_content_type(const struct sandbox_condition *c,
			       const struct sandbox_node *node)
{
	struct gw_arena *a = sandbox_tree_scratch(node->tree);
	struct gw_str format = sandbox_node_get(node, "cnf");

	return a && gw_str_is_present(format) &&
	       is_any_like(a, plain(a, format), c->text);
}

static bool is_value_like(struct gw_arena *a, struct gw_str json,
			  struct gw_str wanted)
{
	struct gw_json_walk walk;
	struct gw_json_member element;

	if (gw_json_type_of(json) != GW_JSON_ARRAY) {
		return is_like(plain(a, json), wanted);
	}
	walk = gw_json_walk(json);
	while (gw_json_next(&walk, &element)) {
		if (is_like(plain(a, element.value), wanted)) {
			return true;
		}
	}
	return false;
}

static bool match_attribute(const struct sandbox_condition *c,
			    const struct sandbox_node *node)
{
	const struct sandbox_rule *rule = sandbox_rule_find(node->type,
							    c->name);
	struct gw_arena *a = sandbox_tree_scratch(node->tree);
	gw_cleanup(gw_buf_deinit) struct gw_buf own = { 0 };

	if (!rule || !a) {
		return false;
	}
	if (!rule->print) {
		struct gw_str json = sandbox_node_get(node, rule->name);

		return gw_str_is_present(json) &&
		       is_value_like(a, json, c->text);
	}
	gw_buf_init(&own, 0, OWN_VALUE_MAX);
	return rule->print(&own, node) && !gw_buf_is_short(&own) &&
	       is_value_like(a, gw_buf_str(&own), c->text);
}

static const struct field {
	const char *name;
	enum field_kind kind;
	sandbox_match_fn *match;
} fields[] = {
	{ "crb", FIELD_TIME, match_created_before },
	{ "cra", FIELD_TIME, match_created_after },
	{ "ms", FIELD_TIME, match_modified_since },
	{ "us", FIELD_TIME, match_unmodified_since },
	{ "exb", FIELD_TIME, match_expires_before },
	{ "exa", FIELD_TIME, match_expires_after },
	{ "sts", FIELD_NUMBER, match_state_smaller },
	{ "stb", FIELD_NUMBER, match_state_bigger },
	{ "sza", FIELD_NUMBER, match_size_above },
	{ "szb", FIELD_NUMBER, match_size_below },
	{ "ty", FIELD_LIST, match_type },
	{ "lbl", FIELD_LIST, match_label },
	{ "cty", FIELD_LIST, match_content_type },
	{ "atr", FIELD_PAIRS, match_attribute },
	{ "fu", FIELD_SETTING, NULL },
	{ "fo", FIELD_SETTING, NULL },
	{ "lim", FIELD_SETTING, NULL },
	{ "ofst", FIELD_SETTING, NULL },
	{ "lvl", FIELD_SETTING, NULL },
	{ "chty", FIELD_NOT_BUILT, NULL },
	{ "pty", FIELD_NOT_BUILT, NULL },
	{ "clbl", FIELD_NOT_BUILT, NULL },
	{ "palb", FIELD_NOT_BUILT, NULL },
	{ "lbq", FIELD_NOT_BUILT, NULL },
	{ "catr", FIELD_NOT_BUILT, NULL },
	{ "patr", FIELD_NOT_BUILT, NULL },
	{ "smf", FIELD_NOT_BUILT, NULL },
	{ "cfs", FIELD_NOT_BUILT, NULL },
	{ "cfq", FIELD_NOT_BUILT, NULL },
	{ "arp", FIELD_NOT_BUILT, NULL },
	{ "gmty", FIELD_NOT_BUILT, NULL },
	{ "geom", FIELD_NOT_BUILT, NULL },
	{ "gsf", FIELD_NOT_BUILT, NULL },
	{ "aq", FIELD_NOT_BUILT, NULL },
	{ "ops", FIELD_NOT_BUILT, NULL },
};

static const struct field *find_field(struct gw_str name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (gw_str_is(name, fields[i].name)) {
			return &fields[i];
		}
	}
	return NULL;
}

static int64_t *setting_of(struct sandbox_filter *f, struct gw_str name)
{
	if (gw_str_is(name, "fu")) {
		return &f->usage;
	}
	if (gw_str_is(name, "fo")) {
		return &f->operation;
	}
	if (gw_str_is(name, "lim")) {
		return &f->limit;
	}
	return gw_str_is(name, "ofst") ? &f->offset : &f->level;
}

static bool add(struct sandbox_filter *f, struct sandbox_condition c)
{
	if (f->n_conditions == SANDBOX_CONDITIONS_MAX) {
		return false;
	}
	f->conditions[f->n_conditions++] = c;
	return true;
}

static enum gw_status too_many(struct gw_reason *why, struct gw_str name)
{
	return refuse(why, GW_STATUS_BAD_REQUEST, name,
		      "is one condition more than are read");
}

static enum gw_status read_pair(struct sandbox_filter *f, struct gw_arena *a,
				struct gw_str pair, struct gw_reason *why)
{
	struct gw_json_member name;
	struct gw_json_member value;

	if (gw_json_type_of(pair) != GW_JSON_OBJECT ||
	    !gw_json_get(&name, pair, GW_STR("nm")) ||
	    !gw_json_get(&value, pair, GW_STR("val")) ||
	    name.type != GW_JSON_STRING) {
		return refuse(why, GW_STATUS_BAD_REQUEST, GW_STR("atr"),
			      "is no list of {nm,val}");
	}
	return add(f,
		   (struct sandbox_condition){
			   .match = match_attribute,
			   .name = gw_json_text(a, name.value),
			   .text = plain(a, value.value),
		   })
		       ? GW_STATUS_NONE
		       : too_many(why, GW_STR("atr"));
}

static enum gw_status read_pairs(struct sandbox_filter *f, struct gw_arena *a,
				 struct gw_str list, struct gw_reason *why)
{
	struct gw_json_walk walk;
	struct gw_json_member pair;
	enum gw_status status = GW_STATUS_NONE;

	if (gw_json_type_of(list) != GW_JSON_ARRAY) {
		return refuse(why, GW_STATUS_BAD_REQUEST, GW_STR("atr"),
			      "is no list of {nm,val}");
	}
	walk = gw_json_walk(list);
	while (status == GW_STATUS_NONE && gw_json_next(&walk, &pair)) {
		status = read_pair(f, a, pair.value, why);
	}
	return status;
}

static enum gw_status read_setting(struct sandbox_filter *f,
				   const struct gw_json_member *m,
				   struct gw_reason *why)
{
	int64_t n = 0;

	if (!gw_json_integer(&n, m->value) || n < 0) {
		return refuse(why, GW_STATUS_BAD_REQUEST, m->name,
			      "is no whole number");
	}
	*setting_of(f, m->name) = n;
	return GW_STATUS_NONE;
}

/* A list may be written as its only element. */
static struct gw_str as_list(struct gw_arena *a, const struct gw_json_member *m)
{
	return m->type == GW_JSON_ARRAY ? m->value
					: gw_arena_print(a, "[" GW_STR_FMT "]",
							 GW_STR_ARG(m->value));
}

static enum gw_status read_condition(struct sandbox_filter *f,
				     struct gw_arena *a,
				     const struct field *field,
				     const struct gw_json_member *m,
				     struct gw_reason *why)
{
	struct sandbox_condition c = { .match = field->match };

	if (field->kind == FIELD_TIME &&
	    !gw_time_parse(&c.number, plain(a, m->value))) {
		return refuse(why, GW_STATUS_BAD_REQUEST, m->name,
			      "is no timestamp");
	}
	if (field->kind == FIELD_NUMBER &&
	    (!gw_json_integer(&c.number, m->value) || c.number < 0)) {
		return refuse(why, GW_STATUS_BAD_REQUEST, m->name,
			      "is no whole number");
	}
	if (field->kind == FIELD_LIST) {
		c.text = as_list(a, m);
	}
	return add(f, c) ? GW_STATUS_NONE : too_many(why, m->name);
}

static enum gw_status read_member(struct sandbox_filter *f, struct gw_arena *a,
				  const struct gw_json_member *m,
				  struct gw_reason *why)
{
	const struct field *field = find_field(m->name);
	struct sandbox_condition attribute = {
		.match = match_attribute,
		.name = m->name,
	};

	if (!field) {
		attribute.text = plain(a, m->value);
		return add(f, attribute) ? GW_STATUS_NONE
					 : too_many(why, m->name);
	}
	if (field->kind == FIELD_NOT_BUILT) {
		return refuse(why, GW_STATUS_NOT_IMPLEMENTED, m->name,
			      "is not implemented here");
	}
	if (field->kind == FIELD_SETTING) {
		return read_setting(f, m, why);
	}
	if (field->kind == FIELD_PAIRS) {
		return read_pairs(f, a, m->value, why);
	}
	return read_condition(f, a, field, m, why);
}

static enum gw_status check_settings(const struct sandbox_filter *f,
				     struct gw_reason *why)
{
	if (f->usage < 1 || f->usage > 4) {
		return refuse(why, GW_STATUS_BAD_REQUEST, GW_STR("fu"),
			      "is no filterUsage");
	}
	if (f->usage > SANDBOX_CONDITION) {
		return refuse(why, GW_STATUS_NOT_IMPLEMENTED, GW_STR("fu"),
			      "above 2 is not implemented here");
	}
	if (f->operation == 3) {
		return refuse(why, GW_STATUS_NOT_IMPLEMENTED, GW_STR("fo"),
			      "3 is not implemented here");
	}
	if (f->operation != 1 && f->operation != 2) {
		return refuse(why, GW_STATUS_BAD_REQUEST, GW_STR("fo"),
			      "is neither 1 nor 2");
	}
	return GW_STATUS_NONE;
}

enum gw_status sandbox_filter_read(struct sandbox_filter *f, struct gw_arena *a,
				   struct gw_str fc, struct gw_reason *why)
{
	enum gw_status status = GW_STATUS_NONE;
	struct gw_json_walk walk;
	struct gw_json_member m;

	f->n_conditions = 0;
	f->usage = SANDBOX_CONDITION;
	f->operation = 1;
	f->limit = INT64_MAX;
	f->offset = 0;
	f->level = INT64_MAX;
	if (!gw_str_is_present(fc)) {
		return GW_STATUS_NONE;
	}
	if (gw_json_type_of(fc) != GW_JSON_OBJECT) {
		return refuse(why, GW_STATUS_BAD_REQUEST, GW_STR("it"),
			      "is no object");
	}
	walk = gw_json_walk(fc);
	while (status == GW_STATUS_NONE && gw_json_next(&walk, &m)) {
		status = read_member(f, a, &m, why);
	}
	return status == GW_STATUS_NONE ? check_settings(f, why) : status;
}

bool sandbox_filter_match(const struct sandbox_filter *f,
			  const struct sandbox_node *node)
{
	bool is_any = f->operation == 2;

	for (size_t i = 0; i < f->n_conditions; i++) {
		if (f->conditions[i].match(&f->conditions[i], node) == is_any) {
			return is_any;
		}
	}
	return !is_any || f->n_conditions == 0;
}
