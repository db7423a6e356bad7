#pragma once

/*
 * Query table - the fields of a query, for its reader and its writer.
 */

#include "bindings/http/http_map.h"

/* Where a field belongs in the primitive. */
enum http_place {
	HTTP_PLACE_PARAM,      // a parameter of its own
	HTTP_PLACE_TYPE,       // rt.rtv
	HTTP_PLACE_FILTER,     // a member of fc
	HTTP_PLACE_ATTRIBUTES, // atrl
};

struct http_query_row {
	struct gw_str name;
	enum http_place place;
	enum http_form form;
};

/* NULL: the name of an attribute. */
const struct http_query_row *http_query_row(struct gw_str name);

/* The members of fc that list {nm,val}, and how their fields begin: atr "",
 * catr "c.", patr "p.". */
struct http_query_list {
	struct gw_str member;
	struct gw_str prefix;
};

enum {
	HTTP_QUERY_LISTS = 3
};

/* Number 0 is atr. */
const struct http_query_list *http_query_list(size_t i);

/* Which of them the name of a field that is no row belongs to. */
size_t http_query_list_of(struct gw_str name);

static inline bool http_form_is_list(enum http_form form)
{
	return form == HTTP_FORM_TEXTS || form == HTTP_FORM_NUMBERS;
}
