/*
 * Config walk - what a YAML text looks like, compared with a schema.
 *
 * A stack of levels, one for each mapping or list that is open.  Below what
 * does not fit, a level has no schema, and nothing in it is looked at.
 */

#include "gateway/config_walk.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cyaml/cyaml.h>
#include <yaml.h>

#include "core/lib/arena.h"
#include "core/lib/url.h"
#include "gateway/config_schema.h"
#include "gateway/mistakes.h"
#include "gateway/near.h"

#define DEPTH_MAX 8
#define PATH_BYTES 128
#define KEYS_MAX 64
#define PLACES_BYTES ((size_t)4 << 20)
#define LIST_BYTES 256

struct gw_place {
	struct gw_place *next;
	size_t line;
	const char *path;
};

struct level {
	const struct cyaml_schema_value *schema; // NULL: nothing fits here
	const struct cyaml_schema_value *value;  // of the value that comes next
	bool is_list;
	bool has_key;       // a mapping whose next event is a value
	size_t n_entries;   // of a list, so far
	size_t path_len;    // of what is open here
	uint64_t seen_keys; // one bit for each field of the schema
};

struct walk {
	struct gw_places *places;
	struct gw_mistakes *mistakes;
	struct gw_str text;
	struct level levels[DEPTH_MAX];
	size_t depth;
	size_t n_documents;
	char path[PATH_BYTES];
	size_t line;    // of the event at hand
	size_t at_line; // of the key, or the entry, whose value it is
	bool is_broken; // cannot be read on
};

static struct level *top(struct walk *w)
{
	return &w->levels[w->depth - 1];
}

static void note_place(struct walk *w)
{
	struct gw_places *places = w->places;
	struct gw_place *p = gw_arena_alloc(places->arena, sizeof(*p));
	struct gw_str path = gw_arena_print(places->arena, "%s", w->path);

	if (gw_arena_is_short(places->arena)) {
		gw_mistake(w->mistakes, w->line, w->path,
			   "the file holds too much");
		w->is_broken = true;
		return;
	}
	*p = (struct gw_place){ .line = w->at_line, .path = path.at };
	*places->last = p;
	places->last = &p->next;
}

static void wrong_here(struct walk *w, const char *what)
{
	gw_mistake(w->mistakes, w->at_line, w->path, "%s", what);
}

/* Names of the keys of a mapping.  Returns how many. */
static size_t list_keys(const char *names[KEYS_MAX],
			const struct cyaml_schema_value *schema)
{
	const cyaml_schema_field_t *f = schema->mapping.fields;
	size_t n = 0;

	for (; f[n].key && n < KEYS_MAX; n++) {
		names[n] = f[n].key;
	}
	return n;
}

static void wrong_shape(struct walk *w, const char *what,
			const struct cyaml_schema_value *wanted)
{
	const char *names[KEYS_MAX];
	char list[LIST_BYTES];

	switch (wanted->type) {
	case CYAML_MAPPING:
		gw_print_list(list, sizeof(list), names,
			      list_keys(names, wanted), ", ");
		gw_mistake(w->mistakes, w->at_line, w->path,
			   "%s where keys are wanted: %s", what, list);
		break;
	case CYAML_SEQUENCE:
		gw_mistake(w->mistakes, w->at_line, w->path,
			   "%s where a list is wanted%s", what,
			   wanted->sequence.entry->type == CYAML_MAPPING
				   ? ": put \"- \" before the first key of "
				     "each entry"
				   : "");
		break;
	default:
		gw_mistake(w->mistakes, w->at_line, w->path,
			   "%s where one value is wanted", what);
		break;
	}
}

/* A value begins: its place, and what is wanted there; NULL when nothing fits
 * or nothing is known. */
static const struct cyaml_schema_value *begin_value(struct walk *w)
{
	struct level *l = top(w);

	if (!l->is_list) {
		return l->value;
	}
	(void)snprintf(w->path + l->path_len, PATH_BYTES - l->path_len, "[%zu]",
		       l->n_entries);
	w->at_line = w->line;
	l->n_entries++;
	note_place(w);
	if (l->schema && l->n_entries > l->schema->sequence.max) {
		if (l->n_entries == l->schema->sequence.max + 1) {
			gw_mistake(w->mistakes, w->at_line, w->path,
				   "is one entry too many: %u are allowed",
				   (unsigned)l->schema->sequence.max);
		}
		return NULL;
	}
	return l->value;
}

static void end_value(struct walk *w)
{
	struct level *l = top(w);

	l->has_key = false;
	w->path[l->path_len] = '\0';
}

static void open_level(struct walk *w, bool is_list,
		       const struct cyaml_schema_value *schema)
{
	if (w->depth == DEPTH_MAX) {
		wrong_here(w, "is nested too deeply");
		w->is_broken = true;
		return;
	}
	w->levels[w->depth++] = (struct level){
		.schema = schema,
		.value = schema && is_list ? schema->sequence.entry : NULL,
		.is_list = is_list,
		.path_len = strlen(w->path),
	};
}

static void close_level(struct walk *w)
{
	w->depth--;
	end_value(w);
}

static void begin_mapping(struct walk *w)
{
	const struct cyaml_schema_value *wanted = begin_value(w);

	if (wanted && wanted->type != CYAML_MAPPING) {
		wrong_shape(w, "keys stand", wanted);
		wanted = NULL;
	}
	open_level(w, false, wanted);
}

static void begin_list(struct walk *w)
{
	const struct cyaml_schema_value *wanted = begin_value(w);

	if (wanted && wanted->type != CYAML_SEQUENCE) {
		wrong_shape(w, "a list stands", wanted);
		wanted = NULL;
	}
	open_level(w, true, wanted);
}

static bool holds_control(const yaml_event_t *event)
{
	const unsigned char *at = event->data.scalar.value;

	for (size_t i = 0; i < event->data.scalar.length; i++) {
		if (at[i] < 0x20 || at[i] == 0x7f) {
			return true;
		}
	}
	return false;
}

/* A scalar where keys or a list is wanted.  Nothing at all is fine, but not as
 * an entry of a list. */
static void check_scalar_shape(struct walk *w, const char *text, bool is_null,
			       const struct cyaml_schema_value *wanted)
{
	char what[PATH_BYTES];
	char shown[PATH_BYTES];
	size_t n = strcspn(text, ":");

	if (is_null) {
		if (top(w)->is_list) {
			wrong_here(w, "is empty");
		}
		return;
	}
	/* What may be a key with its value, or log in, is not shown. */
	(void)snprintf(what, sizeof(what), "\"%.*s%s\" stands",
		       (int)(n < 80 ? n : 80), text, text[n] ? "..." : "");
	if (wanted->type == CYAML_SEQUENCE &&
	    wanted->sequence.entry->type == CYAML_STRING) {
		gw_url_print(shown, sizeof(shown), gw_str_from(text));
		gw_mistake(w->mistakes, w->at_line, w->path,
			   "%s where a list is wanted: [ %.80s ]", what, shown);
		return;
	}
	wrong_shape(w, what, wanted);
}

static void check_scalar(struct walk *w, const yaml_event_t *event,
			 const struct cyaml_schema_value *wanted)
{
	const char *text = (const char *)event->data.scalar.value;
	bool is_null = event->data.scalar.length == 0;

	if (holds_control(event)) {
		wrong_here(w, "holds a control character");
	} else if (wanted->type != CYAML_STRING) {
		check_scalar_shape(w, text, is_null, wanted);
	} else if (is_null) {
		wrong_here(w, "has no value");
	}
}

static void unknown_key(struct walk *w, const char *key,
			const struct cyaml_schema_value *schema)
{
	const char *names[KEYS_MAX];
	size_t n = list_keys(names, schema);
	const char *near = gw_near(key, names, n);
	char list[LIST_BYTES];

	if (near) {
		gw_mistake(w->mistakes, w->at_line, w->path,
			   "there is no such key; is it \"%s\"?", near);
		return;
	}
	gw_print_list(list, sizeof(list), names, n, ", ");
	gw_mistake(w->mistakes, w->at_line, w->path,
		   "there is no such key; there %s %s", n == 1 ? "is" : "are",
		   list);
}

/* The value that a key of this level wants; tells keys that are unknown or
 * stand twice. */
static const struct cyaml_schema_value *find_key(struct walk *w,
						 const char *key)
{
	struct level *l = top(w);
	const cyaml_schema_field_t *f = l->schema->mapping.fields;

	for (size_t i = 0; f[i].key && i < KEYS_MAX; i++) {
		uint64_t bit = (uint64_t)1 << i;

		if (strcmp(f[i].key, key) != 0) {
			continue;
		}
		if (l->seen_keys & bit) {
			gw_mistake(w->mistakes, w->at_line, w->path,
				   "stands twice, first on line %zu",
				   gw_places_line(w->places, w->path));
		}
		l->seen_keys |= bit;
		return &f[i].value;
	}
	unknown_key(w, key, l->schema);
	return NULL;
}

static void read_key(struct walk *w, const yaml_event_t *event)
{
	struct level *l = top(w);
	const char *key = (const char *)event->data.scalar.value;

	(void)snprintf(w->path + l->path_len, PATH_BYTES - l->path_len, "%s%s",
		       l->path_len ? "." : "", key);
	w->at_line = w->line;
	l->has_key = true;
	l->value = l->schema ? find_key(w, key) : NULL;
	note_place(w);
}

static void read_scalar(struct walk *w, const yaml_event_t *event)
{
	const struct cyaml_schema_value *wanted = NULL;

	if (!top(w)->is_list && !top(w)->has_key) {
		read_key(w, event);
		return;
	}
	wanted = begin_value(w);
	if (wanted) {
		check_scalar(w, event, wanted);
	}
	end_value(w);
}

/* Text that means other text is not worth its risk: a few lines of it grow
 * into gigabytes. */
static void refuse_alias(struct walk *w, const yaml_event_t *event)
{
	gw_mistake(w->mistakes, w->line, w->path,
		   "an alias (*%.40s): write out what it stands for",
		   (const char *)event->data.alias.anchor);
	w->is_broken = true;
}

static void begin_document(struct walk *w,
			   const struct cyaml_schema_value *schema)
{
	w->n_documents++;
	if (w->n_documents > 1) {
		gw_mistake(w->mistakes, w->line, "",
			   "a second document begins: there may be one");
		w->is_broken = true;
	}
	w->depth = 1;
	w->levels[0] = (struct level){ .has_key = true, .value = schema };
}

static void take_nested(struct walk *w, const yaml_event_t *event)
{
	if (!top(w)->is_list && !top(w)->has_key) {
		gw_mistake(w->mistakes, w->line, w->path,
			   "a key is one word and no list or mapping");
		w->is_broken = true;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		begin_mapping(w);
	} else {
		begin_list(w);
	}
}

static void take_event(struct walk *w, const yaml_event_t *event,
		       const struct cyaml_schema_value *schema)
{
	w->line = event->start_mark.line + 1;
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		begin_document(w, schema);
		w->at_line = w->line;
		break;
	case YAML_SCALAR_EVENT:
		read_scalar(w, event);
		break;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		take_nested(w, event);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		close_level(w);
		break;
	case YAML_ALIAS_EVENT:
		refuse_alias(w, event);
		break;
	default:
		break;
	}
}

/* The start of a line, counted from 1. */
static struct gw_str find_line(struct gw_str text, size_t line)
{
	for (; line > 1 && gw_str_is_present(text); line--) {
		(void)gw_str_cut(&text, '\n');
	}
	return gw_str_is_present(text) ? gw_str_cut(&text, '\n') : text;
}

static bool is_indented_by_tab(struct gw_str line)
{
	for (size_t i = 0; i < line.len; i++) {
		if (line.at[i] != ' ') {
			return line.at[i] == '\t';
		}
	}
	return false;
}

static size_t count_lines(struct gw_str text, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len && i < text.len; i++) {
		n += text.at[i] == '\n';
	}
	return n;
}

static void no_yaml(struct walk *w, const yaml_parser_t *parser)
{
	bool is_reading = parser->error == YAML_READER_ERROR;
	size_t line = is_reading ? count_lines(w->text, parser->problem_offset)
				 : parser->problem_mark.line + 1;

	w->is_broken = true;
	if (!is_reading && is_indented_by_tab(find_line(w->text, line))) {
		gw_mistake(w->mistakes, line, "",
			   "a tab: YAML is indented by blanks only");
		return;
	}
	gw_mistake(w->mistakes, line, "", "this is no YAML: %s%s%s",
		   parser->problem ? parser->problem : "out of memory",
		   parser->context ? ", " : "",
		   parser->context ? parser->context : "");
}

static void walk_all(struct walk *w, yaml_parser_t *parser,
		     const struct cyaml_schema_value *schema)
{
	bool is_over = false;

	while (!is_over && !w->is_broken) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event)) {
			no_yaml(w, parser);
			return;
		}
		is_over = event.type == YAML_STREAM_END_EVENT;
		take_event(w, &event, schema);
		yaml_event_delete(&event);
	}
}

int gw_config_walk(struct gw_places *places, struct gw_mistakes *mistakes,
		   struct gw_str text, const struct cyaml_schema_value *schema)
{
	struct walk w = { .places = places,
			  .mistakes = mistakes,
			  .text = text };
	yaml_parser_t parser;

	places->arena = gw_arena_new(4096, PLACES_BYTES);
	places->last = &places->first;
	if (!places->arena || !yaml_parser_initialize(&parser)) {
		return -ENOMEM;
	}
	yaml_parser_set_input_string(&parser, gw_bytes_of(text).at, text.len);
	walk_all(&w, &parser, schema);
	yaml_parser_delete(&parser);
	return w.is_broken ? -EINVAL : 0;
}

static const struct gw_place *find_place(const struct gw_places *places,
					 struct gw_str path)
{
	for (const struct gw_place *p = places->first; p; p = p->next) {
		if (gw_str_is(path, p->path)) {
			return p;
		}
	}
	return NULL;
}

size_t gw_places_line(const struct gw_places *places, const char *path)
{
	struct gw_str rest = gw_str_from(path);

	while (rest.len > 0) {
		const struct gw_place *p = find_place(places, rest);

		if (p) {
			return p->line;
		}
		do {
			rest.len--;
		} while (rest.len > 0 && rest.at[rest.len] != '.' &&
			 rest.at[rest.len] != '[');
	}
	return 0;
}

bool gw_places_has(const struct gw_places *places, const char *path)
{
	return find_place(places, gw_str_from(path)) != NULL;
}

void gw_places_deinit(struct gw_places *places)
{
	places->arena = gw_arena_free(places->arena);
	places->first = NULL;
}
