#pragma once

/*
 * Query table - the fields of a query, for its reader and its writer.
 *
 * Private to core/codec/query*.c.
 */

#include "core/codec/form.h"

/* Where a field belongs in the primitive. */
enum gw_place {
	GW_PLACE_PARAM,      // a parameter of its own
	GW_PLACE_TYPE,       // rt.rtv
	GW_PLACE_OP,         // the operation (TS-0008 6.2.1)
	GW_PLACE_FILTER,     // a member of fc
	GW_PLACE_ATTRIBUTES, // atrl
};

struct gw_query_row {
	struct gw_str name;
	enum gw_place place;
	enum gw_form form;
	bool is_extra; // only in a query that is full
};

/* The row of a field in a query that is full, or is not.  NULL: the name of an
 * attribute. */
const struct gw_query_row *gw_query_row(struct gw_str name, bool is_full);

/* The members of fc that list {nm,val}, and how their fields begin: atr "",
 * catr "c.", patr "p.". */
struct gw_query_list {
	struct gw_str member;
	struct gw_str prefix;
};

enum {
	GW_QUERY_LISTS = 3
};

/* Number 0 is atr. */
const struct gw_query_list *gw_query_list(size_t i);

/* Which of them the name of a field that is no row belongs to. */
size_t gw_query_list_of(struct gw_str name);

static inline bool gw_form_is_list(enum gw_form form)
{
	return form == GW_FORM_TEXTS || form == GW_FORM_NUMBERS;
}
