/*
 * Send print - an answer for a person to read.
 */

#include "gateway/send_print.h"

#include "core/codec/json.h"
#include "core/primitive.h"

#define INDENT 4

/* One object or array that is being printed. */
struct open {
	struct gw_json_walk walk;
	bool is_object;
	bool has_members; // printed so far
};

static void put(FILE *to, struct gw_str text)
{
	(void)fwrite(text.at, 1, text.len, to);
}

static void new_line(FILE *to, size_t depth)
{
	(void)fprintf(to, "\n%*s", (int)(depth * INDENT), "");
}

static bool is_open(struct gw_str value)
{
	enum gw_json_type type = gw_json_type_of(value);

	return type == GW_JSON_OBJECT || type == GW_JSON_ARRAY;
}

static struct open open_value(FILE *to, struct gw_str value)
{
	struct open o = {
		.walk = gw_json_walk(value),
		.is_object = gw_json_type_of(value) == GW_JSON_OBJECT,
	};

	(void)fputc(o.is_object ? '{' : '[', to);
	return o;
}

static void close_value(FILE *to, const struct open *o, size_t depth)
{
	if (o->has_members) {
		new_line(to, depth);
	}
	(void)fputc(o->is_object ? '}' : ']', to);
}

static void print_name(FILE *to, struct open *o, size_t depth,
		       struct gw_str name)
{
	(void)fputs(o->has_members ? "," : "", to);
	o->has_members = true;
	new_line(to, depth);
	if (o->is_object) {
		(void)fprintf(to, "\"" GW_STR_FMT "\": ", GW_STR_ARG(name));
	}
}

void gw_send_print_json(FILE *to, struct gw_str value)
{
	struct open opened[GW_JSON_DEPTH_MAX + 1];
	struct gw_json_member m;
	size_t depth = 0;

	if (!is_open(value)) {
		put(to, value);
		return;
	}
	opened[depth++] = open_value(to, value);
	while (depth > 0) {
		struct open *o = &opened[depth - 1];

		if (!gw_json_next(&o->walk, &m)) {
			depth--;
			close_value(to, o, depth);
			continue;
		}
		print_name(to, o, depth, m.name);
		if (is_open(m.value) && depth <= GW_JSON_DEPTH_MAX) {
			opened[depth++] = open_value(to, m.value);
		} else {
			put(to, m.value);
		}
	}
}

static void print_content(FILE *to, const struct gw_primitive *p)
{
	struct gw_str text = gw_str_of(p->content);
	struct gw_json_error error;

	if (text.len == 0) {
		return;
	}
	if (p->media == GW_MEDIA_JSON &&
	    gw_json_scan(text, NULL, 0, NULL, &error)) {
		gw_send_print_json(to, text);
	} else {
		put(to, text);
	}
	(void)fputc('\n', to);
}

void gw_send_print(FILE *to, const struct gw_primitive *answer)
{
	(void)fprintf(to, "%d %s\n", (int)answer->status,
		      gw_status_name(answer->status));
	for (const struct gw_param *q = answer->params; q; q = q->next) {
		(void)fprintf(to, GW_STR_FMT ": " GW_STR_FMT "\n",
			      GW_STR_ARG(q->name), GW_STR_ARG(q->value));
	}
	print_content(to, answer);
}

/* A letter that could move a cursor; C1 as UTF-8 writes it, too. */
static bool is_control(unsigned char before, unsigned char c)
{
	return (c < ' ' && c != '\t') || c == 0x7f ||
	       (c >= 0x80 && c < 0xa0 && (before < 0x80 || before == 0xc2));
}

void gw_send_print_wire(FILE *to, bool is_received, const char *message)
{
	const char *mark = is_received ? "< " : "> ";
	unsigned char before = 0;

	(void)fputs(mark, to);
	for (const char *at = message; *at; at++) {
		unsigned char c = (unsigned char)*at;

		if (c == '\n') {
			(void)fprintf(to, "\n%s", mark);
		} else if (is_control(before, c)) {
			(void)fprintf(to, "\\x%02x", c);
		} else {
			(void)fputc(c, to);
		}
		before = c;
	}
	(void)fputs("\n\n", to);
}
