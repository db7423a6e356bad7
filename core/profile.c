/*
 * Profile - what a peer needs different from the standard.
 */

#include "core/profile.h"

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
		.has_link_per_originator = true,
		.window = 1,
		.settle_ms = 250,
		.gap_ms = 6,
		.is_anonymous = true,
		.has_flat_filters = true,
		.ignores_op = true,
		.poa = GW_POA_NAMED,
		.message_bytes = (size_t)1 << 20,
	},
	{
		.name = "mobius",
		.is_anonymous = true,
		.ignores_op = true,
		.has_legacy_options = true,
		.poa = GW_POA_OMIT,
		.message_bytes = (size_t)1 << 20,
	},
	{
		.name = "tinyiot",
		.window = 1,
		.has_fifo_answers = true,
		.is_anonymous = true,
		.ignores_op = true,
		.has_joined_query = true,
		.poa = GW_POA_OMIT,
		.message_bytes = 1900,
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
