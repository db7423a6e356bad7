/*
 * CBOR codec - a whole primitive to and from its CBOR form.
 *
 * Reading goes by way of the JSON form, so that one reader decides what a
 * primitive is; only content is checked, and kept as it came.
 */

#include "core/codec/codec_cbor.h"

#include <assert.h>
#include <stdio.h>

#include "core/codec/cbor.h"
#include "core/codec/cbor_item.h"
#include "core/codec/cbor_number.h"
#include "core/codec/content.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

#define SLACK_BYTES ((size_t)64)

struct gw_bytes gw_codec_cbor_unwrapped(struct gw_bytes map)
{
	for (size_t i = 0; gw_str_is_present(gw_codec_wrap(i)); i++) {
		struct gw_bytes inner = gw_cbor_get_only(map, gw_codec_wrap(i));

		if (inner.at && gw_cbor_is_map(inner)) {
			return inner;
		}
	}
	return map;
}

enum gw_status gw_codec_cbor_head(struct gw_buf *json,
				  struct gw_bytes *contentp,
				  struct gw_reason *why,
				  struct gw_bytes message)
{
	struct gw_bytes map = gw_codec_cbor_unwrapped(message);
	struct gw_cbor_error error = { 0 };

	if (gw_cbor_to_json_without(json, contentp, map, GW_STR("pc"),
				    &error)) {
		return GW_STATUS_NONE;
	}
	(void)snprintf(why->text, sizeof(why->text), "%s, at byte %zu",
		       error.reason, error.at + (size_t)(map.at - message.at));
	return error.is_short ? GW_STATUS_INTERNAL_SERVER_ERROR
			      : GW_STATUS_BAD_REQUEST;
}

enum gw_status gw_codec_cbor_decode_as(struct gw_primitive **pp,
				       struct gw_reason *why,
				       struct gw_bytes content,
				       struct gw_str json, size_t limit_bytes)
{
	/* What has grown when it became JSON stands there as read, and as
	 * resolved. */
	size_t more_bytes = 2 * json.len + content.len;
	struct gw_primitive *p = NULL;
	enum gw_status status = gw_codec_json_decode(&p, why, json,
						     limit_bytes + more_bytes);

	if (status == GW_STATUS_NONE && p->media != GW_MEDIA_NONE) {
		assert(content.at);
		p->content = gw_arena_bytes(p->arena, content);
		p->media = GW_MEDIA_CBOR;
		if (!p->content.at) {
			*why = (struct gw_reason){
				"the primitive is too large"
			};
			p = gw_primitive_free(p);
			status = GW_STATUS_BAD_REQUEST;
		}
	}
	*pp = p;
	return status;
}

enum gw_status gw_codec_cbor_decode(struct gw_primitive **pp,
				    struct gw_reason *why,
				    struct gw_bytes message, size_t limit_bytes)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf json;
	struct gw_bytes content = { 0 };
	enum gw_status status = GW_STATUS_NONE;

	*pp = NULL;
	gw_buf_init(&json, 0, message.len * GW_CBOR_GROWTH + SLACK_BYTES);
	status = gw_codec_cbor_head(&json, &content, why, message);
	return status == GW_STATUS_NONE
		       ? gw_codec_cbor_decode_as(pp, why, content,
						 gw_buf_str(&json), limit_bytes)
		       : status;
}

static void put_string(struct gw_buf *buf, struct gw_str text)
{
	cbor_head_put(buf, CBOR_TEXT, text.len);
	gw_buf_add_str(buf, text);
}

static void put_text(struct gw_buf *buf, const char *name, struct gw_str text)
{
	if (gw_str_is_present(text)) {
		put_string(buf, gw_str_from(name));
		put_string(buf, text);
	}
}

static void put_number(struct gw_buf *buf, const char *name, uint64_t n)
{
	put_string(buf, gw_str_from(name));
	cbor_head_put(buf, CBOR_UNSIGNED, n);
}

static void put_param(struct gw_buf *buf, const struct gw_primitive *p,
		      const struct gw_param *param,
		      const struct gw_codec_hop *hop)
{
	struct gw_str value = param->value;

	put_string(buf, param->name);
	if (gw_str_is(param->name, "fc")) {
		value = gw_codec_filters(p->arena, value, hop);
	}
	(void)gw_cbor_from_json(buf, value);
}

/* What is written, after the changes for this hop. */
struct shape {
	struct gw_str id;
	struct gw_str from;
	struct gw_str to;
};

static struct shape shape_of(const struct gw_primitive *p,
			     const struct gw_codec_hop *hop)
{
	bool is_named = gw_primitive_is_request(p) || !hop->is_anonymous;
	struct shape s = {
		.id = gw_str_is_present(hop->id) ? hop->id : p->id,
	};

	if (is_named) {
		s.to = p->to;
		s.from = gw_str_is_present(hop->from) ? hop->from : p->from;
	}
	return s;
}

static uint64_t count(const struct gw_primitive *p, const struct shape *s)
{
	const bool has[] = {
		gw_str_is_present(s->to),
		gw_str_is_present(s->from),
		gw_str_is_present(s->id),
		gw_str_is_present(p->release),
		p->type != 0,
		p->content.at != NULL,
	};
	uint64_t n = 1; // op or rsc

	for (size_t i = 0; i < sizeof(has) / sizeof(*has); i++) {
		n += has[i] ? 1 : 0;
	}
	for (const struct gw_param *param = p->params; param;
	     param = param->next) {
		n++;
	}
	return n;
}

void gw_codec_cbor_encode(struct gw_buf *buf, const struct gw_primitive *p,
			  const struct gw_codec_hop *hop)
{
	struct shape s = shape_of(p, hop);

	assert((p->op == GW_OP_NONE) != (p->status == GW_STATUS_NONE));
	cbor_head_put(buf, CBOR_MAP, count(p, &s));
	if (gw_primitive_is_request(p)) {
		put_number(buf, "op", (uint64_t)p->op);
	} else {
		put_number(buf, "rsc", (uint64_t)p->status);
	}
	put_text(buf, "to", s.to);
	put_text(buf, "fr", s.from);
	if (gw_codec_has_number_id(p, hop)) {
		put_string(buf, GW_STR("rqi"));
		(void)gw_cbor_from_json(buf, p->id);
	} else {
		put_text(buf, "rqi", s.id);
	}
	put_text(buf, "rvi", p->release);
	if (p->type != 0) {
		put_number(buf, "ty", p->type);
	}
	for (const struct gw_param *param = p->params; param;
	     param = param->next) {
		put_param(buf, p, param, hop);
	}
	if (p->content.at) {
		put_string(buf, GW_STR("pc"));
		gw_content_put(buf, p, GW_MEDIA_CBOR);
	}
}
