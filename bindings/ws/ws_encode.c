/*
 * Encode - one primitive as one message, written for one hop.
 */

#include "bindings/ws/ws_encode.h"

#include "core/codec/codec.h"
#include "core/exchange.h"
#include "core/profile.h"

#define NO_RESPONSE 5

/* What a primitive costs besides its texts. */
#define PRIMITIVE_BYTES 512

void ws_encode_request(struct gw_buf *buf, const struct gw_exchange *x,
		       struct gw_str id, const struct gw_profile *profile,
		       enum gw_media media)
{
	const struct gw_codec_hop hop = {
		.id = id,
		.from = x->hop.from,
		.has_flat_filters = profile->has_flat_filters,
	};

	gw_codec_encode(buf, x->request, &hop, media);
}

void ws_encode_answer(struct gw_buf *buf, const struct gw_primitive *answer,
		      const struct gw_profile *profile, enum gw_media media)
{
	const struct gw_codec_hop hop = {
		.is_anonymous = profile->is_anonymous,
	};

	gw_codec_encode(buf, answer, &hop, media);
}

bool ws_encode_is_silent(const struct gw_primitive *request)
{
	struct gw_str rt = gw_primitive_get(request, GW_STR("rt"));
	struct gw_json_member rtv = { 0 };
	int64_t type = 0;

	return gw_json_type_of(rt) == GW_JSON_OBJECT &&
	       gw_json_get(&rtv, rt, GW_STR("rtv")) &&
	       gw_json_integer(&type, rtv.value) && type == NO_RESPONSE;
}

size_t ws_encode_size(const struct gw_primitive *p)
{
	size_t n = PRIMITIVE_BYTES + p->content.len + p->to.len + p->from.len;

	for (const struct gw_param *param = p->params; param;
	     param = param->next) {
		n += param->name.len + param->value.len;
	}
	return n;
}
