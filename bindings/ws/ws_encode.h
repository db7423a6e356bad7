#pragma once

/*
 * Encode - one primitive as one message, written for one hop.
 */

#include <stdbool.h>

#include "core/lib/str.h"
#include "core/primitive.h"

struct gw_buf;
struct gw_exchange;
struct gw_profile;

/* Append a request under the id that it has on this connection, or an answer.
 * A failure shows as a short buffer. */
void ws_encode_request(struct gw_buf *buf, const struct gw_exchange *x,
		       struct gw_str id, const struct gw_profile *profile,
		       enum gw_media media);
void ws_encode_answer(struct gw_buf *buf, const struct gw_primitive *answer,
		      const struct gw_profile *profile, enum gw_media media);

/* Whether the sender of a request wants no answer: rt 5 (TS-0004 6.3.4.2.5). */
bool ws_encode_is_silent(const struct gw_primitive *request);

/* About how many bytes a primitive keeps while it waits. */
size_t ws_encode_size(const struct gw_primitive *p);
