/*
 * Decode - one message as one primitive, and what is to be done with it.
 */

#include "bindings/ws/ws_decode.h"

/* An arena holds the text, what is resolved of it, and the parameters. */
/* A point of access that is put back may be as large as a message. */
#define ARENA_EXTRA_BYTES ((size_t)4 * 1024 * 1024)

enum ws_message ws_decode(struct gw_primitive **pp, enum gw_status *statusp,
			  struct gw_reason *why, enum gw_media media,
			  struct gw_str text)
{
	struct gw_primitive *p = NULL;
	enum gw_status status = gw_codec_decode(
		&p, why, media, gw_bytes_of(text),
		2 * text.len + ARENA_EXTRA_BYTES);

	*pp = p;
	*statusp = status;
	if (!p) {
		return WS_MESSAGE_NONE;
	}
	if (!gw_primitive_is_request(p)) {
		/* Never answered, not even when it cannot be read: two peers
		 * that do that answer each other for ever. */
		if (status != GW_STATUS_NONE) {
			*pp = gw_primitive_free(p);
			return WS_MESSAGE_NONE;
		}
		return WS_MESSAGE_ANSWER;
	}
	return status == GW_STATUS_NONE ? WS_MESSAGE_REQUEST
					: WS_MESSAGE_REFUSED;
}
