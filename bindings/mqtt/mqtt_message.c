/*
 * Message - how one primitive is written as one payload (TS-0010 6.5).
 */

#include "bindings/mqtt/mqtt_message.h"

#include "core/codec/content.h"

/* CBOR writes a map with these in the upper bits of its first byte
 * (RFC 8949 3.1). */
#define CBOR_MAP 5

enum gw_media mqtt_message_media(struct gw_str type, struct gw_bytes payload)
{
	enum gw_media media = GW_MEDIA_JSON;

	if (gw_str_is_present(type)) {
		media = gw_content_media(type);
		return gw_content_is_writable(media) ? media : GW_MEDIA_NONE;
	}
	return payload.len > 0 && payload.at[0] >> 5 == CBOR_MAP ? GW_MEDIA_CBOR
								 : media;
}

enum gw_media mqtt_message_form(const struct gw_primitive *p,
				enum gw_media wanted)
{
	if (p->content.len > 0 && p->media != GW_MEDIA_NONE) {
		return gw_content_is_writable(p->media) ? p->media
							: GW_MEDIA_NONE;
	}
	return gw_content_is_writable(wanted) ? wanted : GW_MEDIA_JSON;
}
