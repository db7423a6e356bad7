#pragma once

/*
 * Message - one primitive as one message, written for one connection and told
 * to the log.
 */

#include "core/lib/str.h"
#include "core/primitive.h"

struct gw_buf;
struct gw_exchange;
struct gw_profile;

/* Append a request under the id that it has on this connection, or an answer.
 * A failure shows as a short buffer. */
void ws_message_put_request(struct gw_buf *buf, const struct gw_exchange *x,
			    struct gw_str id, const struct gw_profile *profile,
			    enum gw_media media);
void ws_message_put_answer(struct gw_buf *buf,
			   const struct gw_primitive *answer,
			   const struct gw_profile *profile,
			   enum gw_media media);

/* About how many bytes a primitive keeps while it waits. */
size_t ws_message_size(const struct gw_primitive *p);
