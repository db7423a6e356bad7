/*
 * Status - how a request ended.
 */

#include "core/status.h"

const char *gw_status_name(enum gw_status status)
{
	switch ((int)status) {
#define GW_STATUS(name, number) \
	case number:            \
		return #name;
#include "core/status.def"
#undef GW_STATUS
	default:
		return "OTHER";
	}
}
