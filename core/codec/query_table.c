/*
 * Query table - the fields of a query.
 */

#include "core/codec/query_table.h"

#include <assert.h>

#include "core/codec/query.h"

#define ROW_OF(name, place, form, is_extra)                     \
	{                                                       \
		{ (name), sizeof(name) - 1 }, GW_PLACE_##place, \
			GW_FORM_##form, (is_extra)              \
	}
#define ROW(name, place, form) ROW_OF(name, place, form, false)
#define EXTRA(name, place, form) ROW_OF(name, place, form, true)

/* What follows smf is not in the table of release 3; it is read by analogy
 * (TS-0004 filterCriteria). */
static const struct gw_query_row rows[] = {
	ROW("rt", TYPE, NUMBER),        ROW("rp", PARAM, TIME),
	EXTRA("op", OP, NUMBER),        ROW("rcn", PARAM, NUMBER),
	ROW("drt", PARAM, NUMBER),      ROW("da", PARAM, BOOLEAN),
	ROW("tqi", PARAM, BOOLEAN),     ROW("asi", PARAM, BOOLEAN),
	ROW("auri", PARAM, BOOLEAN),    ROW("sqi", PARAM, BOOLEAN),
	ROW("rids", PARAM, TEXTS),      EXTRA("tkns", PARAM, TEXTS),
	ROW("tids", PARAM, TEXTS),      ROW("ltids", PARAM, TEXTS),
	ROW("crb", FILTER, TEXT),       ROW("cra", FILTER, TEXT),
	ROW("ms", FILTER, TEXT),        ROW("us", FILTER, TEXT),
	ROW("exb", FILTER, TEXT),       ROW("exa", FILTER, TEXT),
	ROW("sts", FILTER, NUMBER),     ROW("stb", FILTER, NUMBER),
	ROW("sza", FILTER, NUMBER),     ROW("szb", FILTER, NUMBER),
	ROW("lim", FILTER, NUMBER),     ROW("lvl", FILTER, NUMBER),
	ROW("ofst", FILTER, NUMBER),    ROW("fu", FILTER, NUMBER),
	ROW("fo", FILTER, NUMBER),      ROW("cfs", FILTER, NUMBER),
	ROW("cfq", FILTER, TEXT),       ROW("lbl", FILTER, TEXTS),
	ROW("cty", FILTER, TEXTS),      ROW("ty", FILTER, NUMBERS),
	ROW("atrl", ATTRIBUTES, TEXTS), ROW("smf", FILTER, TEXTS),
	ROW("lbq", FILTER, TEXT),       ROW("arp", FILTER, TEXT),
	ROW("clbl", FILTER, TEXTS),     ROW("palb", FILTER, TEXTS),
	ROW("chty", FILTER, NUMBERS),   ROW("pty", FILTER, NUMBERS),
	ROW("gmty", FILTER, NUMBER),    ROW("geom", FILTER, TEXT),
	ROW("gsf", FILTER, NUMBER),     ROW("aq", FILTER, TEXT),
	ROW("ops", FILTER, NUMBER),     ROW("gq", FILTER, TEXT),
};

static const struct gw_query_list lists[GW_QUERY_LISTS] = {
	{ { "atr", 3 }, { "", 0 } },
	{ { "catr", 4 }, { "c.", 2 } },
	{ { "patr", 4 }, { "p.", 2 } },
};

const struct gw_query_row *gw_query_row(struct gw_str name, bool is_full)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (gw_str_eq(rows[i].name, name)) {
			return rows[i].is_extra && !is_full ? NULL : &rows[i];
		}
	}
	return NULL;
}

const struct gw_query_list *gw_query_list(size_t i)
{
	assert(i < GW_QUERY_LISTS);
	return &lists[i];
}

size_t gw_query_list_of(struct gw_str name)
{
	size_t i = GW_QUERY_LISTS - 1;

	while (i > 0 && !gw_str_starts(name, lists[i].prefix)) {
		i--;
	}
	return i;
}

bool gw_query_carries(struct gw_str param)
{
	const struct gw_query_row *row = gw_query_row(param, false);

	return gw_str_is(param, "fc") ||
	       (row &&
		(row->place == GW_PLACE_PARAM || row->place == GW_PLACE_TYPE));
}
