#pragma once

/*
 * Form - one parameter between plain text, as headers, options and queries
 * carry it, and its JSON form in a primitive.
 */

#include <stdbool.h>

#include "core/lib/str.h"

struct gw_arena;
struct gw_buf;

/* How the text of a value and its JSON form belong together. */
enum gw_form {
	GW_FORM_TEXT,    // a string
	GW_FORM_TIME,    // a number of milliseconds, or a timestamp
	GW_FORM_NUMBER,  // a whole number
	GW_FORM_BOOLEAN, // true, false, 1, 0
	GW_FORM_TEXTS,   // strings joined by '+'
	GW_FORM_NUMBERS, // numbers joined by '+'
	GW_FORM_URIS,    // strings joined by '&'
	GW_FORM_TOKENS,  // lti:tkid joined by '+' (ati)
};

/* Whether text, or one item of a list, has the form it should have. */
bool gw_form_fits(enum gw_form form, struct gw_str text);

/* Append one item as JSON; text is well-formed.  One that does not have the
 * form it should have becomes a JSON string. */
void gw_form_put(struct gw_buf *json, enum gw_form form, struct gw_str text);

/* The JSON form of a whole value, in the arena or a slice of the text.  Blanks
 * around the items of a list do not belong to them.  Absent when the arena is
 * short. */
struct gw_str gw_form_read(struct gw_arena *a, enum gw_form form,
			   struct gw_str text);

/* The plain text of a JSON string, number or boolean, in the arena or a slice.
 * Absent when it is anything else, or the arena is short. */
struct gw_str gw_form_text(struct gw_arena *a, struct gw_str json);

/* Append the text of a JSON value.  False when there is no such text: the value
 * has another form, or an item holds the letter that joins items. */
bool gw_form_write(struct gw_buf *text, struct gw_arena *a, enum gw_form form,
		   struct gw_str json);

/* Whether text holds no controls and is well-formed UTF-8, so that it may
 * become part of a primitive. */
bool gw_text_is_clean(struct gw_arena *a, struct gw_str text);

/* The same for the value of a query, which may have tabs and line ends: SPARQL
 * in smf has them. */
bool gw_text_is_clean_value(struct gw_arena *a, struct gw_str text);
