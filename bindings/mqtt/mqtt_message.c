/*
 * Message - how one primitive is written as one payload (TS-0010 6.5).
 */

#include "bindings/mqtt/mqtt_message.h"

#include "core/codec/content.h"

#define NO_RESPONSE 5

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

bool mqtt_message_is_silent(const struct gw_primitive *request)
{
	struct gw_str rt = gw_primitive_get(request, GW_STR("rt"));
	struct gw_json_member rtv = { 0 };
	int64_t type = 0;

	return gw_json_type_of(rt) == GW_JSON_OBJECT &&
	       gw_json_get(&rtv, rt, GW_STR("rtv")) &&
	       gw_json_integer(&type, rtv.value) && type == NO_RESPONSE;
}
