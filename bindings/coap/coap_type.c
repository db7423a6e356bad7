/*
 * Type - a resource type that an option has in digits.
 */

#include "bindings/coap/coap_type.h"

#include "core/codec/content.h"

#define TYPE_MAX 99

/* What contains such a resource (TS-0004). */
static const struct {
	uint32_t type;
	struct gw_str root;
} roots[] = {
	{ 1, { "m2m:acp", 7 } },   { 2, { "m2m:ae", 6 } },
	{ 3, { "m2m:cnt", 7 } },   { 4, { "m2m:cin", 7 } },
	{ 5, { "m2m:cb", 6 } },    { 6, { "m2m:dlv", 7 } },
	{ 7, { "m2m:evcg", 8 } },  { 8, { "m2m:exin", 8 } },
	{ 9, { "m2m:grp", 7 } },   { 48, { "m2m:crs", 7 } },
	{ 49, { "m2m:bdt", 7 } },  { 50, { "m2m:tram", 8 } },
	{ 51, { "m2m:trac", 8 } },
};

uint32_t coap_type_in_digits(struct gw_str value)
{
	uint64_t n = 0;

	return value.len > 0 && value.at[0] != '0' &&
			       gw_str_number(&n, value, TYPE_MAX)
		       ? (uint32_t)n
		       : 0;
}

bool coap_type_is_of(uint32_t type, const struct gw_primitive *p)
{
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		if (roots[i].type == type) {
			return gw_str_is_present(
				gw_content_root(p, roots[i].root));
		}
	}
	return false;
}
