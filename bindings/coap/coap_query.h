#pragma once

/*
 * Query - the parameters that travel in Uri-Query options (TS-0008 6.2.2.3).
 *
 * One field stands in each option; several may stand in one, joined by '&', as
 * tinyIoT writes them.  A field with several values is joined by '+' or stands
 * several times; both are read, the joined form is written.  A field without a
 * row in the table is a filter on the attribute of that name.
 */

#include <stdbool.h>

#include "bindings/coap/coap_map.h"
#include "core/codec_json.h"

/* Fields one request may have, and bytes they may come to as JSON. */
#define COAP_QUERY_FIELDS_MAX 128
#define COAP_QUERY_BYTES_MAX ((size_t)64 * 1024)

/* Where a field belongs in the primitive. */
enum coap_place {
	COAP_PLACE_PARAM,      // a parameter of its own
	COAP_PLACE_TYPE,       // rt.rtv
	COAP_PLACE_OP,         // the operation (TS-0008 6.2.1)
	COAP_PLACE_FILTER,     // a member of fc
	COAP_PLACE_ATTRIBUTES, // atrl
};

struct coap_query_row {
	struct gw_str name;
	enum coap_place place;
	enum coap_form form;
};

/* The field of that name; NULL: the name of an attribute. */
const struct coap_query_row *coap_query_row(struct gw_str name);

/* The members of fc that list {nm,val}, and how their fields begin: atr "",
 * catr "c.", patr "p.". */
struct coap_query_list {
	struct gw_str member;
	struct gw_str prefix;
};

enum {
	COAP_QUERY_LISTS = 3
};

/* Number 0 is atr. */
const struct coap_query_list *coap_query_list(size_t i);

/* Which of them the name of a field that is no row belongs to. */
size_t coap_query_list_of(struct gw_str name);

static inline bool coap_form_is_list(enum coap_form form)
{
	return form == COAP_FORM_TEXTS || form == COAP_FORM_NUMBERS;
}

/* What a query says besides parameters of the primitive. */
struct coap_query {
	struct gw_str response_type; // rt: the JSON text of rtv
	struct gw_str op;            // op: the same
	struct gw_str attributes;    // atrl: JSON array
	struct gw_str attribute;     // the name, when atrl has exactly one
};

/* Read the Uri-Query options of m into the parameters of p.  Returns
 * GW_STATUS_NONE, or the status with *why filled in. */
enum gw_status coap_query_read(struct gw_primitive *p, struct coap_query *query,
			       struct gw_reason *why,
			       const struct coap_message *m) GW_MUST_CHECK;

/* How a query is to be written. */
struct coap_query_style {
	bool is_joined;           // all fields in one option, joined by '&'
	enum gw_op op;            // to be told in op=; NONE: not
	struct gw_str attributes; // JSON array to be written as atrl, or absent
};

/* Add the parameters of p that travel in a query to m.  Their text is in the
 * arena of p.  Returns like coap_query_read(). */
enum gw_status
coap_query_write(struct coap_message *m, struct gw_reason *why,
		 const struct gw_primitive *p,
		 const struct coap_query_style *style) GW_MUST_CHECK;
