#pragma once

/*
 * Profile - what a peer needs different from the standard.
 *
 * All such differences are data in one table (profile.c); code asks for the
 * trait it is about and never for the name of a peer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/str.h"

struct gw_primitive;

/* What becomes of the pointOfAccess in a registration that passes through. */
enum gw_poa_rule {
	GW_POA_KEEP,  // crosses as it came: the CSE is in this process
	GW_POA_OMIT,  // left out where the CSE uses the connection it has
	GW_POA_NAMED, // ours, even if it only names that connection (ACME)
	GW_POA_EACH,  // ours, with the id of the AE behind it (Mobius)
};

struct gw_profile {
	const char *name; // as in the configuration

	/* What answers of such peers have and no others: a parameter; a name of
	 * the content; a release although the request names another.  NULL:
	 * nothing is known. */
	struct {
		const char *parameter;
		const char *root;
		const char *release;
	} sign;

	struct {
		/* Largest message the peer takes; 0 is the configured limit. */
		size_t message_bytes;

		/* One that is unanswered after settle_ms no longer counts in
		 * the window (long polling). */
		unsigned settle_ms;

		/* Least time between two messages on one connection, unless an
		 * answer shows that the earlier one was read. */
		unsigned gap_ms;

		/* Each registree needs a connection of its own, named by
		 * X-M2M-Origin, to be notified. */
		bool has_link_per_originator;

		/* What it sends to an id with its own in front, "/id-in/Cxyz",
		 * goes down the connection of that name only. */
		bool has_own_id_link;

		/* Answers carry no rqi and come in the order of the requests.
		 */
		bool has_fifo_answers;

		/* rcn is read inside fc only. */
		bool has_rcn_in_filters;
	} ws;

	enum gw_poa_rule poa;

	/* Most requests in flight on one connection, or to one address; 0 is no
	 * limit. */
	unsigned window;

	/* Answers that we send leave out to and fr; fc carries attribute
	 * filters as plain members. */
	bool is_anonymous;
	bool has_flat_filters;

	/* smf in fc is one text, no list. */
	bool has_single_smf;

	/* What it does not know under its own CSE-ID is asked for without;
	 * nothing may be created without rn; its answers name resources
	 * "general". */
	bool knows_no_own_id;
	bool needs_names;
	bool has_general_names;

	struct {
		/* op= in a query means nothing there; all query fields stand in
		 * one option; options have the numbers of before TS-0008
		 * V3.7.0. */
		bool ignores_op;
		bool has_joined_query;
		bool has_legacy_options;
	} coap;

	struct {
		/* Each answer comes on two topics. */
		bool answers_twice;
	} mqtt;
};

/* The profile of that name, or NULL. */
const struct gw_profile *gw_profile_find(struct gw_str name);

/* The profile whose sign an answer bears, or NULL. */
const struct gw_profile *gw_profile_seen(const struct gw_primitive *request,
					 const struct gw_primitive *answer);

/* For listings: the i-th profile, or NULL behind the last. */
const struct gw_profile *gw_profile_at(size_t i);
