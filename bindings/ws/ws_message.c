/*
 * Message - one primitive as one message, written for one connection and told
 * to the log.
 */

#include "bindings/ws/ws_message.h"

#include "core/codec/codec.h"
#include "core/codec/content.h"
#include "core/exchange.h"
#include "core/lib/arena.h"
#include "core/profile.h"

/* What a primitive costs besides its texts. */
#define PRIMITIVE_BYTES 512

/* The parameters with rcn as a member of fc. */
static struct gw_param *with_rcn_in_filters(const struct gw_primitive *p)
{
	struct gw_str rcn = gw_primitive_get(p, GW_STR("rcn"));
	struct gw_str fc = gw_primitive_get(p, GW_STR("fc"));
	struct gw_primitive copy = { .arena = p->arena };
	struct gw_json_walk walk = gw_json_walk(fc);
	struct gw_json_member m;

	copy.last = &copy.params;
	if (!gw_str_is_present(rcn) ||
	    (gw_str_is_present(fc) && (gw_json_type_of(fc) != GW_JSON_OBJECT ||
				       gw_json_get(&m, fc, GW_STR("rcn"))))) {
		return p->params;
	}
	for (const struct gw_param *each = p->params; each; each = each->next) {
		if (!gw_str_is(each->name, "rcn") &&
		    !gw_str_is(each->name, "fc")) {
			gw_primitive_add(&copy, each->name, each->value);
		}
	}
	fc = gw_str_is_present(fc) ? fc : GW_STR("{}");
	gw_primitive_add(&copy, GW_STR("fc"),
			 gw_arena_print(p->arena,
					"{\"rcn\":" GW_STR_FMT "%s" GW_STR_FMT,
					GW_STR_ARG(rcn),
					gw_json_next(&walk, &m) ? "," : "",
					GW_STR_ARG(gw_str_skip(fc, 1))));
	return copy.params;
}

void ws_message_put_request(struct gw_buf *buf, const struct gw_exchange *x,
			    struct gw_str id, const struct gw_profile *profile,
			    enum gw_media media)
{
	const struct gw_codec_hop hop = {
		.id = id,
		.from = x->hop.from,
		.has_flat_filters = profile->has_flat_filters,
		.has_single_smf = profile->has_single_smf,
	};
	struct gw_primitive request = *x->request;

	if (profile->ws.has_rcn_in_filters) {
		request.params = with_rcn_in_filters(x->request);
	}
	gw_codec_encode(buf, &request, &hop, media);
}

void ws_message_put_answer(struct gw_buf *buf,
			   const struct gw_primitive *answer,
			   const struct gw_profile *profile,
			   enum gw_media media)
{
	const struct gw_codec_hop hop = {
		.is_anonymous = profile->is_anonymous,
	};

	gw_codec_encode(buf, answer, &hop, media);
}

size_t ws_message_size(const struct gw_primitive *p)
{
	size_t n = PRIMITIVE_BYTES + p->content.len + p->to.len + p->from.len;

	for (const struct gw_param *param = p->params; param;
	     param = param->next) {
		n += param->name.len + param->value.len;
	}
	return n;
}
