#pragma once

/*
 * Value - one parameter between its text in a header or query and its JSON
 * form in a primitive.
 */

#include <stdbool.h>

#include "bindings/http/http_map.h"
#include "core/str.h"

struct gw_arena;
struct gw_buf;

/* Whether text, or one item of a list, has the form it should have. */
bool http_value_fits(enum http_form form, struct gw_str text);

/* Append one item as JSON; text is well-formed.  One that does not have the
 * form it should have becomes a JSON string. */
void http_value_put(struct gw_buf *json, enum http_form form,
		    struct gw_str text);

/* The JSON form of a header's value, in the arena or a slice of the text.
 * Absent when the arena is short. */
struct gw_str http_value_read(struct gw_arena *a, enum http_form form,
			      struct gw_str text);

/* The plain text of a JSON string, number or boolean, in the arena or a slice.
 * Absent when it is anything else, or the arena is short. */
struct gw_str http_value_text(struct gw_arena *a, struct gw_str json);

/* Append the text of a JSON value as a header writes it.  False when there is
 * no such text: the value has another form, or an item holds the letter that
 * joins items. */
bool http_value_write(struct gw_buf *text, struct gw_arena *a,
		      enum http_form form, struct gw_str json);

/* Whether text holds no controls and is well-formed UTF-8, so that it may
 * become part of a primitive. */
bool http_text_is_clean(struct gw_arena *a, struct gw_str text);

/* Whether text may be the value of a header: no controls but tabs. */
bool http_text_is_header(struct gw_str text);
