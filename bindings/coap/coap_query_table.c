/*
 * Query table - the fields of a query.
 */

#include "bindings/coap/coap_query.h"

#define ROW(name, place, form)                                    \
	{                                                         \
		{ (name), sizeof(name) - 1 }, COAP_PLACE_##place, \
			COAP_FORM_##form                          \
	}

/* What follows smf is not in the table of release 3; it is read by analogy
 * (TS-0004 filterCriteria).  A number in a query is always in digits. */
static const struct coap_query_row rows[] = {
	ROW("rt", TYPE, UINT),          ROW("op", OP, UINT),
	ROW("rp", PARAM, TIME),         ROW("rcn", PARAM, UINT),
	ROW("drt", PARAM, UINT),        ROW("da", PARAM, BOOLEAN),
	ROW("tqi", PARAM, BOOLEAN),     ROW("asi", PARAM, BOOLEAN),
	ROW("auri", PARAM, BOOLEAN),    ROW("sqi", PARAM, BOOLEAN),
	ROW("rids", PARAM, TEXTS),      ROW("tkns", PARAM, TEXTS),
	ROW("tids", PARAM, TEXTS),      ROW("ltids", PARAM, TEXTS),
	ROW("crb", FILTER, TEXT),       ROW("cra", FILTER, TEXT),
	ROW("ms", FILTER, TEXT),        ROW("us", FILTER, TEXT),
	ROW("exb", FILTER, TEXT),       ROW("exa", FILTER, TEXT),
	ROW("sts", FILTER, UINT),       ROW("stb", FILTER, UINT),
	ROW("sza", FILTER, UINT),       ROW("szb", FILTER, UINT),
	ROW("lim", FILTER, UINT),       ROW("lvl", FILTER, UINT),
	ROW("ofst", FILTER, UINT),      ROW("fu", FILTER, UINT),
	ROW("fo", FILTER, UINT),        ROW("cfs", FILTER, UINT),
	ROW("cfq", FILTER, TEXT),       ROW("lbl", FILTER, TEXTS),
	ROW("cty", FILTER, TEXTS),      ROW("ty", FILTER, NUMBERS),
	ROW("atrl", ATTRIBUTES, TEXTS), ROW("smf", FILTER, TEXTS),
	ROW("lbq", FILTER, TEXT),       ROW("arp", FILTER, TEXT),
	ROW("clbl", FILTER, TEXTS),     ROW("palb", FILTER, TEXTS),
	ROW("chty", FILTER, NUMBERS),   ROW("pty", FILTER, NUMBERS),
	ROW("gmty", FILTER, UINT),      ROW("geom", FILTER, TEXT),
	ROW("gsf", FILTER, UINT),       ROW("aq", FILTER, TEXT),
	ROW("ops", FILTER, UINT),       ROW("gq", FILTER, TEXT),
};

static const struct coap_query_list lists[COAP_QUERY_LISTS] = {
	{ { "atr", 3 }, { "", 0 } },
	{ { "catr", 4 }, { "c.", 2 } },
	{ { "patr", 4 }, { "p.", 2 } },
};

const struct coap_query_row *coap_query_row(struct gw_str name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (gw_str_eq(rows[i].name, name)) {
			return &rows[i];
		}
	}
	return NULL;
}

const struct coap_query_list *coap_query_list(size_t i)
{
	return &lists[i];
}

size_t coap_query_list_of(struct gw_str name)
{
	size_t i = COAP_QUERY_LISTS - 1;

	while (i > 0 && !gw_str_starts(name, lists[i].prefix)) {
		i--;
	}
	return i;
}
