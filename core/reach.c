/*
 * Reach - whoever runs the gateway is told in time what it cannot reach.
 *
 *	a registration passes through   a point of access that will not be used
 *	a notification does not arrive  the first one of its registree
 *	a CSE is not reached            once, and when it is there again
 *	a CSE answers as others do      once, as long as its profile stays
 *
 * Each is told once and not again before it was good in between.
 */

#include "core/deliver.h"
#include "core/lib/arena.h"
#include "core/lib/log.h"
#include "core/lib/url.h"
#include "core/profile.h"
#include "core/relay_state.h"

#define GW_LOG_TOPIC "reach"

#define SHOWN_BYTES 128

/* Answers of a CSE that are looked at for what it is. */
#define ANSWERS_SEEN 16

/* Why a point of access will not be used; NULL where it may.  What is behind a
 * name is judged when it is looked up. */
static const char *objection(const struct gw_relay *relay,
			     const struct gw_registree *r, struct gw_str url)
{
	struct gw_binding *via = gw_relay_binding_for(relay, url);
	const struct gw_hop hop = {
		.via = via,
		.url = url,
		.host = gw_str_from(r->host),
	};
	struct gw_url parts;
	const char *reason = NULL;

	if (!relay_can_send(via)) {
		return "the gateway speaks no such protocol";
	}
	reason = gw_url_read(&parts, url);
	if (reason) {
		return reason;
	}
	if (via->ops->objection) {
		return via->ops->objection(via, url);
	}
	return gw_deliver_objection(&hop);
}

void reach_check(const struct gw_relay *relay, struct gw_arena *a,
		 const struct gw_registree *r)
{
	struct gw_json_walk walk = gw_json_walk(r->poa);
	struct gw_json_member m;
	struct gw_str url = { 0 };
	char shown[SHOWN_BYTES];
	const char *why = NULL;
	bool has_own = false;

	/* One is told: the first that is our own, else the first. */
	while (gw_json_next(&walk, &m)) {
		struct gw_str next = gw_json_text(a, m.value);
		uint64_t n_own = relay->counts.n_own;
		const char *reason = objection(relay, r, next);
		bool is_own = relay->counts.n_own > n_own;

		if (reason && (!why || (is_own && !has_own))) {
			why = reason;
			url = next;
			has_own = is_own;
		}
	}
	if (why) {
		gw_url_print(shown, sizeof(shown), url);
		gw_warn("not-reachable",
			GW_STR_FMT " of " GW_CSE_FMT
				   " will not be notified at %s: %s",
			GW_STR_ARG(r->id), GW_CSE_ARG(r->cse), shown, why);
	}
}

/* The registree that a notification is for, if it still is one. */
static struct gw_registree *notified_by(const struct gw_exchange *x)
{
	return x->hop.receiver.cse && x->request->op == GW_OP_NOTIFY
		       ? gw_registry_find(x->relay->registry,
					  x->hop.receiver.cse,
					  x->hop.receiver.id)
		       : NULL;
}

/* The first answers show it; after those nobody looks any more. */
static void look_at_profile(const struct gw_exchange *x, struct gw_cse *cse)
{
	const struct gw_profile *seen = NULL;

	if (cse->n_seen >= ANSWERS_SEEN) {
		return;
	}
	cse->n_seen++;
	seen = gw_profile_seen(x->request, x->answer);
	if (!seen) {
		return;
	}
	cse->n_seen = ANSWERS_SEEN;
	if (seen != cse->conf->profile) {
		gw_warn("profile",
			GW_CSE_FMT " answers as CSEs of profile %s do, and its "
				   "profile is %s: notifications may never "
				   "come; if that is what it is, set profile: "
				   "%s",
			GW_CSE_ARG(cse), seen->name, cse->conf->profile->name,
			seen->name);
	}
}

static void cse_heard(const struct gw_exchange *x, struct gw_cse *cse)
{
	look_at_profile(x, cse);
	if (cse->is_away) {
		cse->is_away = false;
		gw_info("cse-back", GW_CSE_FMT " is reached again",
			GW_CSE_ARG(cse));
	}
}

void reach_heard(const struct gw_exchange *x)
{
	struct gw_registree *r = notified_by(x);

	if (x->hop.cse) {
		cse_heard(x, x->hop.cse);
	}
	if (r) {
		r->has_lost = false;
	}
}

/* One that opens its connections by itself tells of them by itself. */
static void cse_lost(struct gw_cse *cse, const char *why)
{
	char at[SHOWN_BYTES];

	if (cse->is_away || cse->via->ops->is_two_way) {
		return;
	}
	cse->is_away = true;
	gw_url_print(at, sizeof(at), cse->url);
	gw_warn("cse-away", GW_CSE_FMT " is not reached at %s: %s",
		GW_CSE_ARG(cse), at, why);
}

static void notification_lost(const struct gw_exchange *x,
			      struct gw_registree *r, const char *why)
{
	char at[SHOWN_BYTES] = "any place";

	if (r->has_lost) {
		return;
	}
	r->has_lost = true;
	if (x->hop.url.len > 0) {
		gw_url_print(at, sizeof(at), x->hop.url);
	}
	gw_warn("notification-lost",
		GW_STR_FMT " of " GW_CSE_FMT " was not notified at %s: %s",
		GW_STR_ARG(r->id), GW_CSE_ARG(r->cse), at, why);
}

void reach_lost(const struct gw_exchange *x, const char *why)
{
	struct gw_registree *r = notified_by(x);

	if (!x->relay->is_started || x->relay->is_draining) {
		return;
	}
	if (x->hop.cse && x->failure == GW_STATUS_TARGET_NOT_REACHABLE) {
		cse_lost(x->hop.cse, why);
	}
	if (r) {
		notification_lost(x, r, why);
	}
}
