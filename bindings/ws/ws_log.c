/*
 * Log - messages as they cross a connection, at debug.
 */

#include "bindings/ws/ws_log.h"

#include "core/lib/log.h"

#define GW_LOG_TOPIC "ws"

static bool has(struct gw_str text, struct gw_str piece)
{
	return memmem(text.at, text.len, piece.at, piece.len) != NULL;
}

/* The name may be written with escapes; small letters are \u0061 to \u007a. */
static bool may_have_tokens(struct gw_str text)
{
	return has(text, GW_STR("tkns")) || has(text, GW_STR("\\u006")) ||
	       has(text, GW_STR("\\u007"));
}

void ws_log_message(const char *event, enum gw_media media, struct gw_str text)
{
	if (!gw_log_wants(GW_LOG_DEBUG)) {
		return;
	}
	if (media == GW_MEDIA_CBOR) {
		gw_debug(event, "%zu bytes of CBOR", text.len);
	} else if (may_have_tokens(text)) {
		gw_debug(event, "%zu bytes that may hold tokens", text.len);
	} else {
		gw_debug(event, GW_STR_FMT, GW_STR_ARG(text));
	}
}
