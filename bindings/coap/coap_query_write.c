/*
 * Query - writing.
 *
 * A field is "name=value" in an option of its own, or all stand in one.  What
 * would part fields or items ('%', '&', '+', '=') is percent-encoded.
 */

#include "bindings/coap/coap_query.h"
#include "bindings/coap/coap_value.h"
#include "bindings/coap/coap_why.h"
#include "core/arena.h"
#include "core/buf.h"

#include <coap3/coap.h>

/* Most bytes of one option, and of all in one. */
#define OPTION_BYTES_MAX ((size_t)255)
#define TEXT_BYTES_MAX ((size_t)4096)

struct writer {
	struct coap_message *m;
	struct gw_arena *arena;
	struct gw_reason *why;
	struct gw_buf text; // the field at hand, or all of them
	bool is_joined;
};

static enum gw_status cannot(struct writer *w, struct gw_str name)
{
	return coap_why(w->why, GW_STR_FMT " cannot be written in a query",
			GW_STR_ARG(name));
}

static void put_escaped(struct gw_buf *text, struct gw_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (memchr("%&+=", s.at[i], 4)) {
			gw_buf_print(text, "%%%02X", (unsigned char)s.at[i]);
		} else {
			gw_buf_add_char(text, s.at[i]);
		}
	}
}

/* Hand what is in text over as an option. */
static enum gw_status add_option(struct writer *w)
{
	struct gw_str text = gw_buf_str(&w->text);

	if (gw_buf_is_short(&w->text) || text.len > OPTION_BYTES_MAX) {
		return coap_why(w->why,
				"a field of the query is longer than an "
				"option");
	}
	coap_message_add(w->m, COAP_OPTION_URI_QUERY,
			 gw_arena_str(w->arena, text));
	gw_buf_clear(&w->text);
	return GW_STATUS_NONE;
}

static void begin(struct writer *w, struct gw_str prefix, struct gw_str name)
{
	if (gw_buf_str(&w->text).len > 0) {
		gw_buf_add_char(&w->text, '&');
	}
	gw_buf_add_str(&w->text, prefix);
	put_escaped(&w->text, name);
	gw_buf_add_char(&w->text, '=');
}

/* An array as its items joined by '+'.  An empty item would be lost on the way,
 * so there is no text for it. */
static bool put_items(struct writer *w, struct gw_str json)
{
	struct gw_json_walk walk = gw_json_walk(json);
	struct gw_json_member item;

	for (bool is_first = true; gw_json_next(&walk, &item);
	     is_first = false) {
		struct gw_str text = coap_value_text(w->arena, item.value);

		if (text.len == 0) {
			return false;
		}
		if (!is_first) {
			gw_buf_add_char(&w->text, '+');
		}
		put_escaped(&w->text, text);
	}
	return true;
}

static bool put_value(struct writer *w, struct gw_str json, bool may_be_list)
{
	struct gw_str text = { 0 };

	if (gw_json_type_of(json) == GW_JSON_ARRAY) {
		return may_be_list && put_items(w, json);
	}
	text = coap_value_text(w->arena, json);
	put_escaped(&w->text, text);
	return gw_str_is_present(text);
}

static enum gw_status end(struct writer *w)
{
	return w->is_joined ? GW_STATUS_NONE : add_option(w);
}

static enum gw_status write_field(struct writer *w,
				  const struct coap_query_row *row,
				  struct gw_str json)
{
	begin(w, GW_STR(""), row->name);
	return put_value(w, json, coap_form_is_list(row->form))
		       ? end(w)
		       : cannot(w, row->name);
}

/* Whether a field of that name would come to mean something else. */
static bool is_taken(struct gw_str name)
{
	return coap_query_row(name) || coap_query_list_of(name) != 0 ||
	       gw_str_is(name, "atr");
}

/* A filter on an attribute. */
static enum gw_status write_attribute(struct writer *w, struct gw_str prefix,
				      struct gw_str name, struct gw_str json)
{
	if (name.len == 0 || (prefix.len == 0 && is_taken(name))) {
		return cannot(w, name);
	}
	begin(w, prefix, name);
	return put_value(w, json, true) ? end(w) : cannot(w, name);
}

static enum gw_status write_list(struct writer *w,
				 const struct coap_query_list *list,
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
	const struct coap_query_row *row = coap_query_row(member->name);
	struct gw_str quoted = { member->name.at - 1, member->name.len + 2 };

	for (size_t i = 0; i < COAP_QUERY_LISTS; i++) {
		const struct coap_query_list *list = coap_query_list(i);

		if (gw_str_eq(member->name, list->member)) {
			return write_list(w, list, member->value);
		}
	}
	if (row && row->place == COAP_PLACE_FILTER) {
		return write_field(w, row, member->value);
	}
	/* A plain member is how some peers write an attribute filter. */
	return write_attribute(w, GW_STR(""), gw_json_text(w->arena, quoted),
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
		status = write_filter(w, &member);
	}
	return status;
}

/* rt.rtv; rt.nu is an option. */
static enum gw_status write_type(struct writer *w,
				 const struct coap_query_row *row,
				 struct gw_str json)
{
	struct gw_json_member type;

	if (gw_json_type_of(json) != GW_JSON_OBJECT) {
		return write_field(w, row, json);
	}
	return gw_json_get(&type, json, GW_STR("rtv"))
		       ? write_field(w, row, type.value)
		       : GW_STATUS_NONE;
}

static enum gw_status write_param(struct writer *w,
				  const struct gw_param *param)
{
	const struct coap_query_row *row = coap_query_row(param->name);

	if (gw_str_is(param->name, "fc")) {
		return write_filters(w, param->value);
	}
	if (!row) {
		return GW_STATUS_NONE;
	}
	switch (row->place) {
	case COAP_PLACE_PARAM:
		return write_field(w, row, param->value);
	case COAP_PLACE_TYPE:
		return write_type(w, row, param->value);
	default:
		return GW_STATUS_NONE;
	}
}

static enum gw_status write_op(struct writer *w, enum gw_op op)
{
	const char digit[2] = { (char)('0' + op), '\0' };

	return op == GW_OP_NONE
		       ? GW_STATUS_NONE
		       : write_field(w, coap_query_row(GW_STR("op")),
				     gw_arena_print(w->arena, "%s", digit));
}

static enum gw_status write_all(struct writer *w, const struct gw_primitive *p,
				const struct coap_query_style *style)
{
	enum gw_status status = write_op(w, style->op);

	for (const struct gw_param *param = p->params; param && !status;
	     param = param->next) {
		status = write_param(w, param);
	}
	if (status == GW_STATUS_NONE && gw_str_is_present(style->attributes)) {
		status = write_field(w, coap_query_row(GW_STR("atrl")),
				     style->attributes);
	}
	if (status == GW_STATUS_NONE && gw_buf_str(&w->text).len > 0) {
		status = add_option(w);
	}
	return status;
}

enum gw_status coap_query_write(struct coap_message *m, struct gw_reason *why,
				const struct gw_primitive *p,
				const struct coap_query_style *style)
{
	struct writer w = {
		.m = m,
		.arena = p->arena,
		.why = why,
		.is_joined = style->is_joined,
	};
	enum gw_status status = GW_STATUS_NONE;

	gw_buf_init(&w.text, 0, TEXT_BYTES_MAX);
	status = write_all(&w, p, style);
	gw_buf_deinit(&w.text);
	return status;
}
