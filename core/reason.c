/*
 * Reason - saying what is wrong with a message.
 */

#include "core/reason.h"

#include <stdarg.h>
#include <stdio.h>

enum gw_status gw_refuse(struct gw_reason *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(why->text, sizeof(why->text), fmt, args);
	va_end(args);
	return GW_STATUS_BAD_REQUEST;
}
