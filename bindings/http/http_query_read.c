/*
 * Query - reading.
 *
 * Fields are cut out first, then taken in the order in which they came; a field
 * that stands several times is taken where it stands first.
 */

#include "bindings/http/http_escape.h"
#include "bindings/http/http_query.h"
#include "bindings/http/http_query_table.h"
#include "bindings/http/http_value.h"
#include "bindings/http/http_why.h"
#include "core/arena.h"
#include "core/buf.h"

/* A field as it came. */
struct field {
	struct gw_str name;               // unescaped
	struct gw_str value;              // still escaped
	const struct http_query_row *row; // NULL: a filter on an attribute
	size_t list;                      // of which kind, when row is NULL
	bool is_taken;
};

struct reader {
	struct gw_primitive *p;
	struct http_query *query;
	struct gw_reason *why;
	struct gw_buf filters; // members of fc so far
	struct gw_buf scratch; // the list at hand
	size_t n_fields;
	struct field fields[HTTP_QUERY_FIELDS_MAX];
};

static enum gw_status cut_field(struct reader *r, struct gw_str text)
{
	struct gw_str value = text;
	struct gw_str name = http_unescape(r->p->arena, gw_str_cut(&value, '='),
					   HTTP_PART_QUERY);
	struct field *field = &r->fields[r->n_fields];

	if (r->n_fields == HTTP_QUERY_FIELDS_MAX) {
		return http_why(r->why, "the query has too many fields");
	}
	if (!gw_str_is_present(name)) {
		return http_why(r->why, "a field of the query is ill-formed");
	}
	*field = (struct field){
		.name = name,
		.value = gw_str_is_present(value) ? value : GW_STR(""),
		.row = http_query_row(name),
		.list = http_query_list_of(name),
	};
	r->n_fields++;
	if (name.len == http_query_list(field->list)->prefix.len ||
	    gw_str_is(name, "atr")) {
		return http_why(r->why, "a field of the query has no name");
	}
	return GW_STATUS_NONE;
}

static enum gw_status cut_fields(struct reader *r, struct gw_str text)
{
	struct gw_str rest = text;
	enum gw_status status = GW_STATUS_NONE;

	while (rest.len > 0 && status == GW_STATUS_NONE) {
		struct gw_str piece = gw_str_cut(&rest, '&');

		if (piece.len > 0) {
			status = cut_field(r, piece);
		}
	}
	return status;
}

static enum gw_status bad_value(struct reader *r, struct gw_str name)
{
	return http_why(r->why, "the value of " GW_STR_FMT " is ill-formed",
			GW_STR_ARG(name));
}

/* Append one {nm,val}. */
static void put_attribute(struct reader *r, const struct field *field,
			  struct gw_str value)
{
	size_t prefix = http_query_list(field->list)->prefix.len;

	gw_buf_lit(&r->scratch, "{\"nm\":");
	gw_json_put_text(&r->scratch, gw_str_skip(field->name, prefix));
	gw_buf_lit(&r->scratch, ",\"val\":");
	gw_json_put_text(&r->scratch, value);
	gw_buf_add_char(&r->scratch, '}');
}

/* Append one item to the list in scratch. */
static void put_item(struct reader *r, const struct field *field,
		     struct gw_str item)
{
	if (gw_buf_str(&r->scratch).len > 1) {
		gw_buf_add_char(&r->scratch, ',');
	}
	if (field->row) {
		http_value_put(&r->scratch, field->row->form, item);
	} else {
		put_attribute(r, field, item);
	}
}

/* Append the items of one field to the list in scratch.  *singlep is the first
 * of the list, and empty from the second on. */
static enum gw_status put_items(struct reader *r, const struct field *field,
				struct gw_str *singlep)
{
	struct gw_str rest = field->value;

	do {
		struct gw_str item = http_unescape(
			r->p->arena, gw_str_cut(&rest, '+'), HTTP_PART_QUERY);

		if (field->row && gw_str_is_present(item) && item.len == 0) {
			continue;
		}
		if (!gw_str_is_present(item) ||
		    (field->row && !http_value_fits(field->row->form, item))) {
			return bad_value(r, field->name);
		}
		put_item(r, field, item);
		*singlep = gw_str_is_present(*singlep) ? GW_STR("") : item;
	} while (gw_str_is_present(rest));
	return GW_STATUS_NONE;
}

static bool is_same_list(const struct field *a, const struct field *b)
{
	return a->row == b->row && (a->row || a->list == b->list);
}

/* Build the list that field and all its like make up.  *singlep is the text of
 * its item when there is exactly one, else empty or absent. */
static enum gw_status collect(struct reader *r, struct field *field,
			      struct gw_str *singlep)
{
	enum gw_status status = GW_STATUS_NONE;
	struct field *end = r->fields + r->n_fields;

	gw_buf_clear(&r->scratch);
	gw_buf_add_char(&r->scratch, '[');
	for (struct field *f = field; f < end && !status; f++) {
		if (is_same_list(f, field)) {
			f->is_taken = true;
			status = put_items(r, f, singlep);
		}
	}
	gw_buf_add_char(&r->scratch, ']');
	if (status == GW_STATUS_NONE && gw_buf_is_short(&r->scratch)) {
		return http_why(r->why, "the query is too long");
	}
	return status;
}

/* The JSON form of a field that has one value, in scratch. */
static enum gw_status take_single(struct reader *r, struct field *field)
{
	struct gw_str value = http_unescape(r->p->arena, field->value,
					    HTTP_PART_QUERY);

	field->is_taken = true;
	for (struct field *f = field + 1; f < r->fields + r->n_fields; f++) {
		if (f->row == field->row) {
			return http_why(r->why,
					GW_STR_FMT " stands twice in the query",
					GW_STR_ARG(field->name));
		}
	}
	if (!gw_str_is_present(value) ||
	    !http_value_fits(field->row->form, value)) {
		return bad_value(r, field->name);
	}
	gw_buf_clear(&r->scratch);
	http_value_put(&r->scratch, field->row->form, value);
	return GW_STATUS_NONE;
}

static void add_filter(struct reader *r, struct gw_str member)
{
	gw_buf_add_char(&r->filters,
			gw_buf_str(&r->filters).len == 0 ? '{' : ',');
	gw_json_put_text(&r->filters, member);
	gw_buf_add_char(&r->filters, ':');
	gw_buf_add_str(&r->filters, gw_buf_str(&r->scratch));
}

/* Put what is in scratch where it belongs. */
static void place(struct reader *r, const struct field *field,
		  struct gw_str single)
{
	struct gw_arena *a = r->p->arena;

	if (!field->row) {
		add_filter(r, http_query_list(field->list)->member);
		return;
	}
	switch (field->row->place) {
	case HTTP_PLACE_FILTER:
		add_filter(r, field->row->name);
		break;
	case HTTP_PLACE_PARAM:
		gw_primitive_add(r->p, field->row->name,
				 gw_arena_str(a, gw_buf_str(&r->scratch)));
		break;
	case HTTP_PLACE_TYPE:
		r->query->response_type = gw_arena_str(a,
						       gw_buf_str(&r->scratch));
		break;
	case HTTP_PLACE_ATTRIBUTES:
		r->query->attributes = gw_arena_str(a, gw_buf_str(&r->scratch));
		r->query->attribute = single;
		break;
	}
}

static enum gw_status take(struct reader *r, struct field *field)
{
	struct gw_str single = { 0 };
	enum gw_status status = GW_STATUS_NONE;

	if (field->is_taken) {
		return GW_STATUS_NONE;
	}
	status = !field->row || http_form_is_list(field->row->form)
			 ? collect(r, field, &single)
			 : take_single(r, field);
	if (status == GW_STATUS_NONE) {
		place(r, field, single);
	}
	return status;
}

static enum gw_status read_all(struct reader *r, struct gw_str text)
{
	enum gw_status status = cut_fields(r, text);

	for (size_t i = 0; i < r->n_fields && !status; i++) {
		status = take(r, &r->fields[i]);
	}
	if (status != GW_STATUS_NONE || gw_buf_str(&r->filters).len == 0) {
		return status;
	}
	gw_buf_add_char(&r->filters, '}');
	if (gw_buf_is_short(&r->filters)) {
		return http_why(r->why, "the query is too long");
	}
	gw_primitive_add(r->p, GW_STR("fc"),
			 gw_arena_str(r->p->arena, gw_buf_str(&r->filters)));
	return GW_STATUS_NONE;
}

enum gw_status http_query_read(struct gw_primitive *p, struct http_query *query,
			       struct gw_reason *why, struct gw_str text)
{
	struct reader r;
	enum gw_status status = GW_STATUS_NONE;

	/* Field by field: to clear the table would cost more than to read a
	 * usual query. */
	r.p = p;
	r.query = query;
	r.why = why;
	r.n_fields = 0;
	gw_buf_init(&r.filters, 0, HTTP_QUERY_BYTES_MAX);
	gw_buf_init(&r.scratch, 0, HTTP_QUERY_BYTES_MAX);
	status = read_all(&r, text);
	gw_buf_deinit(&r.filters);
	gw_buf_deinit(&r.scratch);
	return status;
}
