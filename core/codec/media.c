/*
 * Media - the serialisations that there are, a row each.
 */

#include "core/codec/media.h"

#include <stdio.h>

#include "core/codec/cbor.h"
#include "core/codec/codec_cbor.h"
#include "core/codec/codec_json.h"
#include "core/codec/cut.h"
#include "core/codec/glimpse.h"
#include "core/lib/buf.h"

/* Nothing in CBOR is more than three bytes longer for each byte of JSON. */
#define JSON_GROWTH 4

static enum gw_status refuse(struct gw_reason *why, const char *reason,
			     size_t at)
{
	(void)snprintf(why->text, sizeof(why->text),
		       "the content is refused: %s, at byte %zu", reason, at);
	return GW_STATUS_BAD_REQUEST;
}

static enum gw_status refuse_short(struct gw_reason *why)
{
	*why = (struct gw_reason){ "the gateway is short of memory" };
	return GW_STATUS_INTERNAL_SERVER_ERROR;
}

/* --- JSON. */

static enum gw_status decode_json(struct gw_primitive **pp,
				  struct gw_reason *why,
				  struct gw_bytes message, size_t limit_bytes)
{
	return gw_codec_json_decode(pp, why, gw_str_of(message), limit_bytes);
}

static enum gw_status check_json(struct gw_reason *why, struct gw_bytes content)
{
	struct gw_json_error error = { 0 };

	if (gw_json_scan(gw_str_of(content), NULL, 0, NULL, &error)) {
		return GW_STATUS_NONE;
	}
	return error.is_short ? refuse_short(why)
			      : refuse(why, error.reason, error.at);
}

static bool is_json_object(struct gw_bytes content)
{
	struct gw_json_walk walk = gw_json_walk(gw_str_of(content));

	return walk.end && *walk.end == '}';
}

/* An object without members, or an empty text. */
static bool is_empty_json(struct gw_bytes content)
{
	struct gw_str text = gw_str_of(content);
	struct gw_json_walk walk = gw_json_walk(text);
	struct gw_json_member m;
	struct gw_reason why;

	return check_json(&why, content) == GW_STATUS_NONE &&
	       (gw_json_type_of(text) == GW_JSON_OBJECT
			? !gw_json_next(&walk, &m)
			: gw_str_is(text, "\"\""));
}

static struct gw_str from_json_name(struct gw_bytes content)
{
	struct gw_str text = gw_str_of(content);
	size_t n = gw_str_find(text, '"') + 1;

	return n < text.len ? gw_str_skip(text, n) : (struct gw_str){ 0 };
}

static enum gw_status json_to_json(struct gw_buf *buf, struct gw_reason *why,
				   struct gw_bytes content)
{
	gw_buf_add(buf, content.at, content.len);
	return GW_STATUS_NONE;
}

static enum gw_status json_from_json(struct gw_buf *buf, struct gw_reason *why,
				     struct gw_str json)
{
	gw_buf_add_str(buf, json);
	return GW_STATUS_NONE;
}

/* --- CBOR. */

static enum gw_status cbor_to_json(struct gw_buf *buf, struct gw_reason *why,
				   struct gw_bytes content)
{
	struct gw_cbor_error error = { 0 };

	if (gw_cbor_to_json(buf, content, &error)) {
		return GW_STATUS_NONE;
	}
	return error.is_short ? refuse_short(why)
			      : refuse(why, error.reason, error.at);
}

static enum gw_status cbor_from_json(struct gw_buf *buf, struct gw_reason *why,
				     struct gw_str json)
{
	if (gw_cbor_from_json(buf, json)) {
		return GW_STATUS_NONE;
	}
	*why = (struct gw_reason){ "the content holds a number of too many "
				   "digits for CBOR" };
	return GW_STATUS_UNSUPPORTED_MEDIA_TYPE;
}

static enum gw_status check_cbor(struct gw_reason *why, struct gw_bytes content)
{
	struct gw_cbor_error error = { 0 };

	if (gw_cbor_check(content, &error)) {
		return GW_STATUS_NONE;
	}
	return error.is_short ? refuse_short(why)
			      : refuse(why, error.reason, error.at);
}

const struct gw_media_row *gw_media_row(enum gw_media media)
{
	static const struct gw_media_row rows[] = {
		[GW_MEDIA_JSON] = {
			.name = "json",
			.is_text = true,
			.is_trimmed = true,
			.decode = decode_json,
			.encode = gw_codec_json_encode,
			.cut = gw_cut_json,
			.glimpse = gw_glimpse_json,
			.check = check_json,
			.is_object = is_json_object,
			.is_empty = is_empty_json,
			.from_name = from_json_name,
			.to_json = json_to_json,
			.from_json = json_from_json,
			.to_json_growth = 1,
			.from_json_growth = 1,
		},
		[GW_MEDIA_XML] = {
			.name = "xml",
			.is_text = true,
		},
		[GW_MEDIA_CBOR] = {
			.name = "cbor",
			.decode = gw_codec_cbor_decode,
			.encode = gw_codec_cbor_encode,
			.cut = gw_cut_cbor,
			.glimpse = gw_glimpse_cbor,
			.check = check_cbor,
			.is_object = gw_cbor_is_map,
			.is_empty = gw_cbor_is_empty,
			.from_name = gw_cbor_first_name,
			.to_json = cbor_to_json,
			.from_json = cbor_from_json,
			.to_json_growth = GW_CBOR_GROWTH,
			.from_json_growth = JSON_GROWTH,
		},
	};

	return media < sizeof(rows) / sizeof(*rows) && rows[media].name
		       ? &rows[media]
		       : NULL;
}
