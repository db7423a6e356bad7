/*
 * Profile - what a peer needs different from the standard.
 */

#include "core/profile.h"

#include "core/codec/content.h"
#include "core/primitive.h"

/* Where each trait was seen is told in bindings/ws/README.md. */
static const struct gw_profile profiles[] = {
	{
		.name = "standard",
		.poa = GW_POA_OMIT,
	},
	{
		/* Loses messages that come closer together than about 5 ms,
		 * unless the earlier one has been answered. */
		.name = "acme",
		.sign.parameter = "drt",
		.poa = GW_POA_NAMED,
		.window = 1,
		.is_anonymous = true,
		.has_flat_filters = true,
		.has_single_smf = true,
		.ws.message_bytes = (size_t)1 << 20,
		.ws.settle_ms = 250,
		.ws.gap_ms = 6,
		.ws.has_link_per_originator = true,
		.ws.has_own_id_link = true,
		.coap.ignores_op = true,
	},
	{
		.name = "mobius",
		.sign.release = "2a",
		.poa = GW_POA_EACH,
		.window = 1,
		.is_anonymous = true,
		.has_flat_filters = true,
		.ws.message_bytes = (size_t)1 << 20,
		.ws.has_rcn_in_filters = true,
		.mqtt.answers_twice = true,
		.coap.ignores_op = true,
		.coap.has_legacy_options = true,
	},
	{
		.name = "tinyiot",
		.sign.root = "general",
		.poa = GW_POA_EACH,
		.window = 1,
		.is_anonymous = true,
		.knows_no_own_id = true,
		.needs_names = true,
		.has_general_names = true,
		.ws.message_bytes = 1900,
		.ws.has_fifo_answers = true,
		.coap.ignores_op = true,
		.coap.has_joined_query = true,
	},
	{
		/* The CSE in this process: there is no hop to adapt to. */
		.name = "sandbox",
		.poa = GW_POA_KEEP,
	},
};

const struct gw_profile *gw_profile_at(size_t i)
{
	return i < sizeof(profiles) / sizeof(*profiles) ? &profiles[i] : NULL;
}

const struct gw_profile *gw_profile_find(struct gw_str name)
{
	const struct gw_profile *p = NULL;

	for (size_t i = 0; (p = gw_profile_at(i)); i++) {
		if (gw_str_is(name, p->name)) {
			return p;
		}
	}
	return NULL;
}

static bool bears_sign(const struct gw_profile *p,
		       const struct gw_primitive *request,
		       const struct gw_primitive *answer)
{
	struct gw_str parameter = gw_str_from(p->sign.parameter);
	struct gw_str root = gw_str_from(p->sign.root);
	struct gw_str release = gw_str_from(p->sign.release);

	if (parameter.len > 0) {
		return gw_str_is_present(gw_primitive_get(answer, parameter));
	}
	if (root.len > 0) {
		return gw_str_is_present(gw_content_root(answer, root));
	}
	return release.len > 0 && gw_str_eq(answer->release, release) &&
	       !gw_str_eq(request->release, release);
}

const struct gw_profile *gw_profile_seen(const struct gw_primitive *request,
					 const struct gw_primitive *answer)
{
	const struct gw_profile *p = NULL;

	for (size_t i = 0; (p = gw_profile_at(i)); i++) {
		if (bears_sign(p, request, answer)) {
			return p;
		}
	}
	return NULL;
}
