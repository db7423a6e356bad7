/*
 * Message - one primitive as one payload (TS-0010 6.5).
 */

#include "bindings/mqtt/mqtt_message.h"

#include "core/codec/codec_cbor.h"
#include "core/codec/content.h"

#define NO_RESPONSE 5

/* An arena holds the text, what is resolved of it, and the parameters; a point
 * of access that is put back may be as large as a message. */
#define ARENA_EXTRA_BYTES ((size_t)4 * 1024 * 1024)

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

static enum gw_status decode(struct gw_primitive **pp, struct gw_reason *why,
			     enum gw_media media, struct gw_bytes payload)
{
	size_t limit_bytes = 2 * payload.len + ARENA_EXTRA_BYTES;

	if (media == GW_MEDIA_CBOR) {
		return gw_codec_cbor_decode(pp, why, payload, limit_bytes);
	}
	return gw_codec_json_decode(pp, why, gw_str_of(payload), limit_bytes);
}

enum mqtt_content mqtt_message_decode(struct gw_primitive **pp,
				      enum gw_status *statusp,
				      struct gw_reason *why,
				      enum gw_media media,
				      struct gw_bytes payload)
{
	struct gw_primitive *p = NULL;
	enum gw_status status = decode(&p, why, media, payload);

	*pp = p;
	*statusp = status;
	if (!p) {
		return MQTT_IS_NOTHING;
	}
	if (gw_primitive_is_request(p)) {
		return status == GW_STATUS_NONE ? MQTT_IS_REQUEST
						: MQTT_IS_REFUSED;
	}
	if (status != GW_STATUS_NONE) {
		*pp = gw_primitive_free(p);
		return MQTT_IS_NOTHING;
	}
	return MQTT_IS_ANSWER;
}

void mqtt_message_encode(struct gw_buf *buf, enum gw_media media,
			 const struct gw_primitive *p,
			 const struct gw_codec_hop *hop)
{
	if (media == GW_MEDIA_CBOR) {
		gw_codec_cbor_encode(buf, p, hop);
	} else {
		gw_codec_json_encode(buf, p, hop);
	}
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
