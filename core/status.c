/*
 * Status - how a request ended.
 */

#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>

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

enum gw_status gw_refuse(struct gw_reason *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(why->text, sizeof(why->text), fmt, args);
	va_end(args);
	return GW_STATUS_BAD_REQUEST;
}
