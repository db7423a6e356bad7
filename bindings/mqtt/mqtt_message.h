#pragma once

/*
 * Message - how one primitive is written as one payload (TS-0010 6.5).
 */

#include <stdbool.h>

#include "core/primitive.h"

/* How a payload is written whose topic has this type level, which may be
 * absent: older peers leave it out, and then the first byte tells.  NONE: in a
 * way that the gateway does not read. */
enum gw_media mqtt_message_media(struct gw_str type, struct gw_bytes payload);

/* How a primitive is written toward a peer that takes `wanted`, or NONE for
 * any: as its content is, which core has made fit.  NONE: content is in a form
 * that no payload can hold. */
enum gw_media mqtt_message_form(const struct gw_primitive *p,
				enum gw_media wanted);

/* Tell a publication to the log, if anybody wants to know. */
void mqtt_message_tell(bool is_received, struct gw_str topic,
		       struct gw_bytes payload);
