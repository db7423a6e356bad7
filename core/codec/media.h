#pragma once

/*
 * Media - the serialisations that there are, a row each.
 *
 * JSON is the form between the others: content in one of them becomes another
 * by way of it.  What a row leaves out cannot be done, and content of that kind
 * only crosses.
 */

#include "core/primitive.h"
#include "core/status.h"

struct gw_buf;
struct gw_codec_hop;

struct gw_media_row {
	const char *name; // as in ct=, in topics of MQTT and in media types
	bool is_text;
	bool is_trimmed; // blanks around content are taken off

	/* A whole primitive, as gw_codec_json_decode() reads it and
	 * gw_codec_json_encode() writes it. */
	enum gw_status (*decode)(struct gw_primitive **pp,
				 struct gw_reason *why, struct gw_bytes message,
				 size_t limit_bytes);
	void (*encode)(struct gw_buf *buf, const struct gw_primitive *p,
		       const struct gw_codec_hop *hop);

	/* Append a primitive that cannot be read without its content, as
	 * core/codec/cut.h tells. */
	bool (*cut)(struct gw_buf *buf, struct gw_bytes message);

	/* Whose answer it is that decode() refused: codec/glimpse.h. */
	bool (*glimpse)(struct gw_str *idp, struct gw_bytes message);

	/* gw_content_check() and gw_content_is_object(); left out: all is
	 * good, and an object. */
	enum gw_status (*check)(struct gw_reason *why, struct gw_bytes content);
	bool (*is_object)(struct gw_bytes content);

	/* gw_content_is_empty(); left out: only where there is none. */
	bool (*is_empty)(struct gw_bytes content);

	/* Text that begins with the first name, if checked content is an
	 * object that has one: enough to tell that it is another. */
	struct gw_str (*from_name)(struct gw_bytes content);

	/* Append content as JSON text that the scanner would take, and such
	 * text as content.  Either takes at most so many times the bytes. */
	enum gw_status (*to_json)(struct gw_buf *buf, struct gw_reason *why,
				  struct gw_bytes content);
	enum gw_status (*from_json)(struct gw_buf *buf, struct gw_reason *why,
				    struct gw_str json);
	size_t to_json_growth;
	size_t from_json_growth;
};

/* The row of a media; NULL for NONE and for what is no media. */
const struct gw_media_row *gw_media_row(enum gw_media media);
