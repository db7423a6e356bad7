/*
 * Type - a resource type that an option has in digits.
 */

#include "bindings/coap/coap_type.h"

#include "core/codec/content.h"

#define TYPE_MAX 99

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
	struct gw_str root = gw_type_root(type);

	return gw_str_is_present(root) &&
	       gw_str_is_present(gw_content_root(p, root));
}
