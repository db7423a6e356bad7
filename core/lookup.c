/*
 * Lookup - where the CSEs of the configuration are whose url has a name.
 *
 * Nobody is a CSE by its address before that is known (speaker.c), so each name
 * is looked up when the gateway starts, whatever protocol leads there; again
 * while it is not found; and now and then afterwards, since what is behind a
 * name moves.  Without a listener nobody speaks from an address, and nothing is
 * looked up.
 */

#include <errno.h>
#include <stdlib.h>

#include "core/back_off.h"
#include "core/lib/log.h"
#include "core/lib/url.h"
#include "core/relay_state.h"

#define GW_LOG_TOPIC "cse"

#define AGAIN_MS ((int64_t)5 * 60 * 1000)

struct gw_lookup {
	struct gw_cse *cse;
	struct gw_name_wait wait;
	struct gw_timer timer;
	bool is_told; // that it was not found
	unsigned n_failures;
};

/* The name in the url of a CSE; absent when it has none. */
static struct gw_str name_of(const struct gw_cse *cse)
{
	struct gw_net_address numeric;
	struct gw_url url;

	return gw_url_parse(&url, cse->url) && url.host.len > 0 &&
			       !gw_net_address_parse(&numeric, url.host)
		       ? url.host
		       : (struct gw_str){ 0 };
}

static struct gw_loop *loop_of(const struct gw_lookup *l)
{
	return l->cse->relay->loop;
}

static void wait_for(struct gw_lookup *l, int64_t ms)
{
	gw_timer_set(loop_of(l), &l->timer, gw_loop_now_ms(loop_of(l)) + ms);
}

static void tell(const struct gw_lookup *l, const char *why)
{
	struct gw_str name = name_of(l->cse);

	gw_warn("name-not-found",
		GW_CSE_FMT " is not known by its address, \"" GW_STR_FMT
			   "\" in its url: %s; until it is found, who says to "
			   "be that CSE is refused",
		GW_CSE_ARG(l->cse), GW_STR_ARG(name), why);
}

/* What was known before stays. */
static void not_found(struct gw_lookup *l, const char *why)
{
	if (l->cse->n_addresses == 0 && !l->is_told) {
		l->is_told = true;
		tell(l, why);
	}
	l->n_failures++;
	wait_for(l,
		 1 + gw_back_off_ms(loop_of(l), &l->cse->relay->conf->timeouts,
				    l->n_failures));
}

static void found(struct gw_name_wait *w, const struct gw_found *found)
{
	struct gw_lookup *l = gw_container(w, struct gw_lookup, wait);

	if (found->n == 0) {
		not_found(l, found->why);
		return;
	}
	gw_cse_found(l->cse, found->at, found->n);
	if (l->is_told) {
		gw_info("name-found",
			GW_CSE_FMT " is known by its address: the name in its "
				   "url is found",
			GW_CSE_ARG(l->cse));
	}
	l->is_told = false;
	l->n_failures = 0;
	wait_for(l, AGAIN_MS);
}

static void look_up(struct gw_lookup *l)
{
	struct gw_reason why;

	if (gw_name_await(&l->wait, l->cse->relay, name_of(l->cse), NULL,
			  &why) != GW_STATUS_NONE) {
		not_found(l, why.text);
	}
}

static void look_again(struct gw_timer *t)
{
	look_up(gw_container(t, struct gw_lookup, timer));
}

static int begin(struct gw_cse *cse)
{
	struct gw_lookup *l = calloc(1, sizeof(*l));

	if (!l) {
		return -ENOMEM;
	}
	cse->lookup = l;
	l->cse = cse;
	l->wait.found = found;
	l->timer.fire = look_again;
	look_up(l);
	return 0;
}

static bool listens(const struct gw_conf *conf)
{
	return conf->http.is_on || conf->ws.is_on || conf->coap.is_on;
}

int lookup_settle(struct gw_relay *relay)
{
	int error = 0;

	if (relay->is_draining || !listens(relay->conf)) {
		return 0;
	}
	for (size_t i = 0; i < relay->n_cses && !error; i++) {
		struct gw_cse *cse = relay->cses[i];
		struct gw_lookup *l = cse->lookup;

		if (!l && name_of(cse).len > 0) {
			error = begin(cse);
		} else if (l && l->n_failures > 0 &&
			   !gw_name_is_awaited(&l->wait)) {
			look_up(l);
		}
	}
	return error;
}

void lookup_stop(struct gw_relay *relay)
{
	for (size_t i = 0; i < relay->n_cses; i++) {
		struct gw_lookup *l = relay->cses[i]->lookup;

		if (l) {
			gw_timer_clear(relay->loop, &l->timer);
			gw_name_forget(&l->wait);
			free(l);
			relay->cses[i]->lookup = NULL;
		}
	}
}
