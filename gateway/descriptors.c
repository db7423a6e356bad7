/*
 * Descriptors - the bounds of the configuration, as the process can keep them.
 */

#include "gateway/descriptors.h"

#include <stdbool.h>
#include <string.h>

#include "core/conf.h"
#include "core/profile.h"

/* What is always open is 22; four look-ups of names take up to three each;
 * SQLite, a reload and what is accepted and closed need a few. */
#define RESERVE ((size_t)38)

/* Where there are many descriptors, more look-ups run at one time
 * (core/names.c): one of so many is for them, and not more than that. */
#define LOOKUPS_PART ((size_t)16)
#define LOOKUPS_MAX ((size_t)84)
#define RESERVE_OF_CSE ((size_t)2)    // the shared link and that with its id
#define RESERVE_OF_BROKER ((size_t)2) // one is closing, one is opened

/* WebSocket: those beyond the bound that are told so. */
#define PART_TOLD ((size_t)8)
#define TOLD_MAX ((size_t)64)

#define KINDS_MAX 5

struct kind {
	size_t *bound;
	size_t wanted;
	bool is_told; // some beyond the bound are told so
	bool is_settled;
};

struct kinds {
	struct kind at[KINDS_MAX];
	size_t n;
};

static bool has_link_per_originator(const struct gw_conf *conf)
{
	bool has = false;

	for (size_t i = 0; i < conf->n_cses; i++) {
		const struct gw_conf_cse *cse = &conf->cses[i];

		has = has || cse->link == GW_LINK_PER_ORIGINATOR ||
		      (cse->link == GW_LINK_BY_PROFILE &&
		       cse->profile->ws.has_link_per_originator);
	}
	return has;
}

static size_t told(size_t connections)
{
	size_t n = 1 + connections / PART_TOLD;

	return n < TOLD_MAX ? n : TOLD_MAX;
}

static size_t for_lookups(size_t n_descriptors)
{
	size_t n = n_descriptors / LOOKUPS_PART;

	return n < LOOKUPS_MAX ? n : LOOKUPS_MAX;
}

static void add(struct kinds *all, size_t *bound, bool is_told)
{
	struct kind *k = &all->at[all->n++];

	*k = (struct kind){ .is_told = is_told };
	k->bound = bound;
	k->wanted = *bound + (is_told ? told(*bound) : 0);
}

static void find_kinds(struct kinds *all, struct gw_conf *conf,
		       size_t *coap_sessions)
{
	*all = (struct kinds){ .n = 0 };
	if (conf->http.is_on) {
		add(all, &conf->http.connections, false);
	}
	if (conf->ws.is_on) {
		add(all, &conf->ws.connections, true);
	}
	if (has_link_per_originator(conf)) {
		add(all, &conf->limits.links, false);
	}
	add(all, &conf->limits.outgoing, false);
	*coap_sessions = conf->limits.outgoing;
	add(all, coap_sessions, false);
}

/* The one that wants least, of those that are not settled. */
static struct kind *smallest(struct kinds *all)
{
	struct kind *least = NULL;

	for (size_t i = 0; i < all->n; i++) {
		struct kind *k = &all->at[i];

		if (!k->is_settled && (!least || k->wanted < least->wanted)) {
			least = k;
		}
	}
	return least;
}

static void divide(struct kinds *all, size_t room)
{
	struct kind *k = NULL;

	for (size_t n = all->n; (k = smallest(all)); n--) {
		size_t part = room / n;

		k->is_settled = true;
		if (k->wanted > part) {
			*k->bound = part -
				    (k->is_told && part > 1 ? told(part) : 0);
			k->wanted = part;
		}
		*k->bound = *k->bound > 0 ? *k->bound : 1;
		room -= k->wanted < room ? k->wanted : room;
	}
}

void gw_descriptors_fit(struct gw_conf *conf, size_t n_descriptors)
{
	struct kinds all;
	size_t coap_sessions = 0;
	size_t reserve = RESERVE + conf->n_cses * RESERVE_OF_CSE +
			 conf->n_brokers * RESERVE_OF_BROKER +
			 for_lookups(n_descriptors);
	size_t wanted = reserve;

	find_kinds(&all, conf, &coap_sessions);
	for (size_t i = 0; i < all.n; i++) {
		wanted += all.at[i].wanted;
	}
	conf->limits.descriptors_wanted = 0;
	if (wanted <= n_descriptors) {
		return;
	}
	conf->limits.descriptors_wanted = wanted;
	divide(&all, n_descriptors > reserve ? n_descriptors - reserve : 0);
	if (coap_sessions < conf->limits.outgoing) {
		conf->limits.outgoing = coap_sessions;
	}
}
