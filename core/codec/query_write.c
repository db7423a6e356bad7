/*
 * Query - writing.
 */

#include "core/codec/query.h"

#include <assert.h>

#include "core/codec/query_table.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "core/status.h"

struct writer {
	struct gw_query_sink *sink;
	struct gw_arena *arena; // for texts with their escapes resolved
	struct gw_reason *why;
};

static enum gw_status cannot(struct writer *w, struct gw_str name)
{
	return gw_refuse(w->why, GW_STR_FMT " cannot be written in a query",
			 GW_STR_ARG(name));
}

static void put_name(struct writer *w, struct gw_str prefix, struct gw_str name)
{
	w->sink->begin(w->sink);
	gw_buf_add_str(w->sink->text, prefix);
	w->sink->escape(w->sink->text, name);
	gw_buf_add_char(w->sink->text, '=');
}

/* An array as its items joined by '+'.  An empty item would be lost on the way,
 * so there is no text for it. */
static bool put_items(struct writer *w, struct gw_str json)
{
	struct gw_json_walk walk = gw_json_walk(json);
	struct gw_json_member item;
	bool is_first = true;

	while (gw_json_next(&walk, &item)) {
		struct gw_str text = gw_form_text(w->arena, item.value);

		if (text.len == 0) {
			return false;
		}
		if (!is_first) {
			gw_buf_add_char(w->sink->text, '+');
		}
		is_first = false;
		w->sink->escape(w->sink->text, text);
	}
	return true;
}

static bool put_value(struct writer *w, struct gw_str json, bool may_be_list)
{
	struct gw_str text = { 0 };

	if (gw_json_type_of(json) == GW_JSON_ARRAY) {
		return may_be_list && put_items(w, json);
	}
	text = gw_form_text(w->arena, json);
	w->sink->escape(w->sink->text, text);
	return gw_str_is_present(text);
}

static enum gw_status end(struct writer *w)
{
	return w->sink->end ? w->sink->end(w->sink, w->why) : GW_STATUS_NONE;
}

static enum gw_status write_field(struct writer *w,
				  const struct gw_query_row *row,
				  struct gw_str json)
{
	assert(row);
	put_name(w, GW_STR(""), row->name);
	return put_value(w, json, gw_form_is_list(row->form))
		       ? end(w)
		       : cannot(w, row->name);
}

/* Whether a field of that name would come to mean something else. */
static bool is_taken(const struct writer *w, struct gw_str name)
{
	return gw_query_row(name, w->sink->is_full) ||
	       gw_query_list_of(name) != 0 || gw_str_is(name, "atr");
}

/* A filter on an attribute. */
static enum gw_status write_attribute(struct writer *w, struct gw_str prefix,
				      struct gw_str name, struct gw_str json)
{
	if (name.len == 0 || (prefix.len == 0 && is_taken(w, name))) {
		return cannot(w, name);
	}
	put_name(w, prefix, name);
	return put_value(w, json, true) ? end(w) : cannot(w, name);
}

static enum gw_status write_list(struct writer *w,
				 const struct gw_query_list *list,
				 struct gw_str json)
{
	struct gw_json_walk walk;
	struct gw_json_member item;
	struct gw_json_member name;
	struct gw_json_member value;
	enum gw_status status = GW_STATUS_NONE;

	if (gw_json_type_of(json) != GW_JSON_ARRAY) {
		return cannot(w, list->member);
	}
	walk = gw_json_walk(json);
	while (status == GW_STATUS_NONE && gw_json_next(&walk, &item)) {
		if (item.type != GW_JSON_OBJECT ||
		    !gw_json_get(&name, item.value, GW_STR("nm")) ||
		    !gw_json_get(&value, item.value, GW_STR("val"))) {
			return cannot(w, list->member);
		}
		status = write_attribute(w, list->prefix,
					 gw_json_text(w->arena, name.value),
					 value.value);
	}
	return status;
}

static enum gw_status write_filter(struct writer *w,
				   const struct gw_json_member *member)
{
	const struct gw_query_row *row = gw_query_row(member->name,
						      w->sink->is_full);

	for (size_t i = 0; i < GW_QUERY_LISTS; i++) {
		const struct gw_query_list *list = gw_query_list(i);

		if (gw_str_eq(member->name, list->member)) {
			return write_list(w, list, member->value);
		}
	}
	if (row && row->place == GW_PLACE_FILTER) {
		return write_field(w, row, member->value);
	}
	/* A plain member is how some peers write an attribute filter.  Its name
	 * has quotes around it in the text. */
	return write_attribute(
		w, GW_STR(""),
		gw_json_text(w->arena, (struct gw_str){ member->name.at - 1,
							member->name.len + 2 }),
		member->value);
}

static enum gw_status write_filters(struct writer *w, struct gw_str json)
{
	struct gw_json_walk walk;
	struct gw_json_member member;
	enum gw_status status = GW_STATUS_NONE;

	if (gw_json_type_of(json) != GW_JSON_OBJECT) {
		return cannot(w, GW_STR("fc"));
	}
	walk = gw_json_walk(json);
	while (status == GW_STATUS_NONE && gw_json_next(&walk, &member)) {
		/* What is null is absent. */
		if (member.type != GW_JSON_NULL) {
			status = write_filter(w, &member);
		}
	}
	return status;
}

/* rt.rtv; rt.nu does not travel in a query. */
static enum gw_status
write_type(struct writer *w, const struct gw_query_row *row, struct gw_str json)
{
	struct gw_json_member type;

	if (gw_json_type_of(json) != GW_JSON_OBJECT) {
		return write_field(w, row, json);
	}
	return gw_json_get(&type, json, GW_STR("rtv")) &&
			       type.type != GW_JSON_NULL
		       ? write_field(w, row, type.value)
		       : GW_STATUS_NONE;
}

static enum gw_status write_param(struct writer *w,
				  const struct gw_param *param)
{
	const struct gw_query_row *row = gw_query_row(param->name,
						      w->sink->is_full);

	if (gw_str_is(param->name, "fc")) {
		return write_filters(w, param->value);
	}
	if (!row) {
		return GW_STATUS_NONE;
	}
	switch (row->place) {
	case GW_PLACE_PARAM:
		return write_field(w, row, param->value);
	case GW_PLACE_TYPE:
		return write_type(w, row, param->value);
	default:
		return GW_STATUS_NONE;
	}
}

static enum gw_status write_op(struct writer *w, enum gw_op op)
{
	const char digit[] = { (char)('0' + op) };

	assert(op >= GW_OP_NONE && op <= GW_OP_NOTIFY);
	return op == GW_OP_NONE
		       ? GW_STATUS_NONE
		       : write_field(w, gw_query_row(GW_STR("op"), true),
				     (struct gw_str){ digit, sizeof(digit) });
}

enum gw_status gw_query_write(struct gw_query_sink *sink, struct gw_reason *why,
			      const struct gw_primitive *p,
			      const struct gw_query_extra *extra)
{
	struct writer w = { .sink = sink, .arena = p->arena, .why = why };
	enum gw_status status = write_op(&w, extra->op);

	for (const struct gw_param *param = p->params; param && !status;
	     param = param->next) {
		status = write_param(&w, param);
	}
	if (status == GW_STATUS_NONE && gw_str_is_present(extra->attributes)) {
		status = write_field(&w, gw_query_row(GW_STR("atrl"), true),
				     extra->attributes);
	}
	return status;
}
