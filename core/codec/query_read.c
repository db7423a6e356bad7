/*
 * Query - reading.
 *
 * Fields are cut out first, then taken in the order in which they came; a field
 * that stands several times is taken where it stands first.
 */

#include "core/codec/query.h"

#include <assert.h>

#include "core/codec/query_table.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "core/status.h"

/* A field as it came. */
struct field {
	struct gw_str name;             // unescaped
	struct gw_str value;            // still escaped
	const struct gw_query_row *row; // NULL: a filter on an attribute
	size_t list;                    // of which kind, when row is NULL
	bool is_taken;
};

struct reader {
	struct gw_primitive *p;
	struct gw_query *query;
	struct gw_reason *why;
	const struct gw_query_source *source;
	struct gw_buf filters; // members of fc so far
	struct gw_buf scratch; // the list at hand
	size_t n_fields;
	struct field fields[GW_QUERY_FIELDS_MAX];
};

static enum gw_status cut_field(struct reader *r, struct gw_str text)
{
	struct gw_str value = text;
	struct gw_str name = r->source->unescape(r->p->arena,
						 gw_str_cut(&value, '='));
	struct field *field = &r->fields[r->n_fields];

	if (r->n_fields == GW_QUERY_FIELDS_MAX) {
		return gw_refuse(r->why, "the query has too many fields");
	}
	if (!gw_str_is_present(name) || !gw_text_is_clean(r->p->arena, name)) {
		return gw_refuse(r->why, "a field of the query is ill-formed");
	}
	*field = (struct field){
		.name = name,
		.value = gw_str_is_present(value) ? value : GW_STR(""),
		.row = gw_query_row(name, r->source->is_full),
		.list = gw_query_list_of(name),
	};
	r->n_fields++;
	if (name.len == gw_query_list(field->list)->prefix.len ||
	    gw_str_is(name, "atr")) {
		return gw_refuse(r->why, "a field of the query has no name");
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
	return gw_refuse(r->why, "the value of " GW_STR_FMT " is ill-formed",
			 GW_STR_ARG(name));
}

/* Append one {nm,val}. */
static void put_attribute(struct reader *r, const struct field *field,
			  struct gw_str value)
{
	size_t prefix = gw_query_list(field->list)->prefix.len;

	assert(!field->row && prefix < field->name.len);
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
		gw_form_put(&r->scratch, field->row->form, item);
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
		struct gw_str item = r->source->unescape(
			r->p->arena, gw_str_cut(&rest, '+'));

		if (field->row && gw_str_is_present(item) && item.len == 0) {
			continue;
		}
		if (!gw_str_is_present(item) ||
		    (field->row && !gw_form_fits(field->row->form, item))) {
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

	assert(field >= r->fields && field < end);
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
		return gw_refuse(r->why, "the query is too long");
	}
	return status;
}

/* The JSON form of a field that has one value, in scratch. */
static enum gw_status take_single(struct reader *r, struct field *field)
{
	struct gw_str value = r->source->unescape(r->p->arena, field->value);

	assert(field->row && !field->is_taken);
	field->is_taken = true;
	for (struct field *f = field + 1; f < r->fields + r->n_fields; f++) {
		if (f->row == field->row) {
			return gw_refuse(
				r->why, GW_STR_FMT " stands twice in the query",
				GW_STR_ARG(field->name));
		}
	}
	if (!gw_str_is_present(value) ||
	    !gw_form_fits(field->row->form, value)) {
		return bad_value(r, field->name);
	}
	gw_buf_clear(&r->scratch);
	gw_form_put(&r->scratch, field->row->form, value);
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
	struct gw_str value = { 0 };

	if (!field->row) {
		add_filter(r, gw_query_list(field->list)->member);
		return;
	}
	if (field->row->place == GW_PLACE_FILTER) {
		add_filter(r, field->row->name);
		return;
	}
	value = gw_arena_str(a, gw_buf_str(&r->scratch));
	switch (field->row->place) {
	case GW_PLACE_TYPE:
		r->query->response_type = value;
		break;
	case GW_PLACE_OP:
		r->query->op = value;
		break;
	case GW_PLACE_ATTRIBUTES:
		r->query->attributes = value;
		r->query->attribute = single;
		break;
	default:
		gw_primitive_add(r->p, field->row->name, value);
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
	status = !field->row || gw_form_is_list(field->row->form)
			 ? collect(r, field, &single)
			 : take_single(r, field);
	if (status == GW_STATUS_NONE) {
		place(r, field, single);
	}
	return status;
}

static enum gw_status read_all(struct reader *r)
{
	enum gw_status status = GW_STATUS_NONE;

	for (size_t i = 0; i < r->source->n_texts && !status; i++) {
		status = cut_fields(r, r->source->texts[i]);
	}
	for (size_t i = 0; i < r->n_fields && !status; i++) {
		status = take(r, &r->fields[i]);
	}
	if (status != GW_STATUS_NONE || gw_buf_str(&r->filters).len == 0) {
		return status;
	}
	gw_buf_add_char(&r->filters, '}');
	if (gw_buf_is_short(&r->filters)) {
		return gw_refuse(r->why, "the query is too long");
	}
	gw_primitive_add(r->p, GW_STR("fc"),
			 gw_arena_str(r->p->arena, gw_buf_str(&r->filters)));
	return GW_STATUS_NONE;
}

enum gw_status gw_query_read(struct gw_primitive *p, struct gw_query *query,
			     struct gw_reason *why,
			     const struct gw_query_source *source)
{
	struct reader r;
	enum gw_status status = GW_STATUS_NONE;

	/* Field by field: to clear the table would cost more than to read a
	 * usual query. */
	r.p = p;
	r.query = query;
	r.why = why;
	r.source = source;
	r.n_fields = 0;
	gw_buf_init(&r.filters, 0, GW_QUERY_BYTES_MAX);
	gw_buf_init(&r.scratch, 0, GW_QUERY_BYTES_MAX);
	status = read_all(&r);
	assert(r.n_fields <= GW_QUERY_FIELDS_MAX);
	gw_buf_deinit(&r.filters);
	gw_buf_deinit(&r.scratch);
	return status;
}
