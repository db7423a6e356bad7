/*
 * Message - how one primitive is written as one payload (TS-0010 6.5).
 */

#include "bindings/mqtt/mqtt_message.h"

#include "core/codec/content.h"
#include "core/lib/buf.h"
#include "core/lib/wire.h"

/* CBOR writes a map with these in the upper bits of its first byte
 * (RFC 8949 3.1). */
#define CBOR_MAP 5

/* Longer than any topic. */
#define HEAD_BYTES_MAX ((size_t)70 * 1024)

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

void mqtt_message_tell(bool is_received, struct gw_str topic,
		       struct gw_bytes payload)
{
	struct gw_buf head;

	if (!gw_wire_is_watched()) {
		return;
	}
	gw_buf_init(&head, 0, HEAD_BYTES_MAX);
	gw_buf_lit(&head, "PUBLISH ");
	gw_buf_add_str(&head, topic);
	gw_wire_tell(&(struct gw_wire){ .topic = "mqtt",
					.is_received = is_received,
					.head = gw_buf_str(&head),
					.body = payload });
	gw_buf_deinit(&head);
}
