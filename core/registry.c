/*
 * Registry - the AEs and CSEs that registered through this gateway.
 */

#include "core/registry.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/binding.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/lib/log.h"
#include "core/lib/loop.h"
#include "core/registry_entry.h"
#include "core/relay_state.h"

#define GW_LOG_TOPIC "registry"

struct gw_registry *gw_registry_new(struct gw_relay *relay)
{
	struct gw_registry *reg = calloc(1, sizeof(*reg));

	if (reg) {
		reg->relay = relay;
		reg->places.key.a = gw_loop_random(gw_relay_loop(relay));
		reg->places.key.b = gw_loop_random(gw_relay_loop(relay));
		reg->places.what = "registrations (limits.registrees)";
		gw_accounts_init(&reg->places);
	}
	return reg;
}

void gw_registry_keep(struct gw_registry *reg, struct gw_registry_store *store)
{
	reg->store = store;
}

/* Of an address; who has none is bounded by the pot alone.  The bounds are
 * those of the configuration as it is now. */
static struct gw_account *account_of(struct gw_registry *reg,
				     struct gw_str host)
{
	const struct gw_conf *conf = gw_relay_conf(reg->relay);

	reg->places.size = conf->limits.registrees;
	reg->places.share = conf->limits.share;
	return host.len > 0 ? gw_account_at(&reg->places, host,
					    relay_trusts(reg->relay, host))
			    : NULL;
}

bool gw_registry_has_room(struct gw_registry *reg, struct gw_str host,
			  struct gw_reason *why)
{
	struct gw_account *a = account_of(reg, host);
	struct gw_charge one = { .n = 0 };
	enum gw_status status = gw_account_take(&reg->places, &one, a, why);

	gw_account_give(&reg->places, &one);
	(void)gw_account_leave(a);
	return status == GW_STATUS_NONE;
}

/* One that is renewed has its place. */
static int take_place(struct entry *e, bool is_renewed)
{
	struct gw_registry *reg = e->registry;
	struct gw_account *a = account_of(reg, gw_str_from(e->r.host));
	struct gw_reason why;
	int error = 0;

	if (is_renewed) {
		gw_account_owe(&reg->places, &e->place, a, 1);
	} else if (gw_account_take(&reg->places, &e->place, a, &why) !=
		   GW_STATUS_NONE) {
		error = -ENOSPC;
	}
	(void)gw_account_leave(a);
	return error;
}

size_t gw_registry_count(const struct gw_registry *reg)
{
	return reg->places.used;
}

static gw_timer_fn expire;

static void watch_expiry(struct entry *e)
{
	struct gw_loop *loop = gw_relay_loop(e->registry->relay);
	int64_t left_ms = e->r.expires_ms - gw_loop_wall_ms(loop);

	gw_timer_clear(loop, &e->expiry);
	e->expiry.fire = expire;
	if (e->r.expires_ms > 0) {
		gw_timer_set(loop, &e->expiry,
			     gw_loop_now_ms(loop) +
				     (left_ms > 0 ? left_ms : 0));
	}
}

static void expire(struct gw_timer *t)
{
	struct entry *e = gw_container(t, struct entry, expiry);
	struct gw_loop *loop = gw_relay_loop(e->registry->relay);

	assert(e->r.expires_ms > 0);
	/* The wall clock may have been set back meanwhile. */
	if (e->r.expires_ms > gw_loop_wall_ms(loop)) {
		watch_expiry(e);
		return;
	}
	gw_info("expired", "the registration of " GW_STR_FMT " has expired",
		GW_STR_ARG(e->r.id));
	gw_registry_forget(e->registry, &e->r);
}

/* Copy the texts of a grant, one behind the other, into one allocation. */
static int take_texts(struct entry *e, const struct gw_grant *g)
{
	const struct {
		struct gw_str *to;
		struct gw_str from;
	} texts[] = {
		{ &e->r.id, g->id },
		{ &e->r.resource, g->resource },
		{ &e->r.name, g->name },
		{ &e->r.identity, g->identity },
	};
	const size_t n_texts = sizeof(texts) / sizeof(*texts);
	size_t len = 1;
	char *at = NULL;

	for (size_t i = 0; i < n_texts; i++) {
		len += texts[i].from.len;
	}
	at = malloc(len);
	if (!at) {
		return -ENOMEM;
	}
	e->texts = at;
	for (size_t i = 0; i < n_texts; i++) {
		if (gw_str_is_present(texts[i].from)) {
			memcpy(at, texts[i].from.at, texts[i].from.len);
			*texts[i].to = (struct gw_str){ at, texts[i].from.len };
			at += texts[i].from.len;
		}
	}
	if (g->id.len > 0 && g->id.len <= sizeof(e->id_room)) {
		memcpy(e->id_room, g->id.at, g->id.len);
		e->r.id.at = e->id_room;
	}
	return 0;
}

static struct entry *entry_free(struct entry *e)
{
	if (e) {
		gw_account_give(&e->registry->places, &e->place);
		free(e->texts);
		free(e->poa);
		free(e->failures);
		free(e->url);
		free(e->dcse);
		free(e);
	}
	return NULL;
}

GW_DEFINE_CLEANUP(struct entry, entry_free);

/* Replace a text that has an allocation of its own. */
static int copy_text(char **ownedp, struct gw_str *textp, struct gw_str text)
{
	char *copy = NULL;

	if (gw_str_is_present(text)) {
		copy = gw_str_dup(text);
		if (!copy) {
			return -ENOMEM;
		}
	}
	free(*ownedp);
	*ownedp = copy;
	*textp = (struct gw_str){ .at = copy, .len = copy ? text.len : 0 };
	return 0;
}

static void keep(struct gw_registry *reg, const struct gw_registree *r)
{
	if (reg->store) {
		reg->store->put(reg->store, r);
	}
}

static int entry_new(struct entry **ep, struct gw_registry *reg,
		     const struct gw_grant *g)
{
	gw_cleanup(entry_freep) struct entry *e = calloc(1, sizeof(*e));

	if (!e) {
		return -ENOMEM;
	}
	e->registry = reg;
	e->r.kind = g->kind;
	e->r.cse = g->cse;
	e->r.via = g->via;
	e->r.media = g->media;
	e->r.expires_ms = g->expires_ms;
	(void)snprintf(e->r.host, sizeof(e->r.host), GW_STR_FMT,
		       GW_STR_ARG(g->host));
	if (take_texts(e, g) || copy_text(&e->poa, &e->r.poa, g->poa) ||
	    copy_text(&e->url, &e->r.url, g->url) ||
	    copy_text(&e->dcse, &e->r.dcse, g->dcse)) {
		return -ENOMEM;
	}
	*ep = gw_take(&e);
	return 0;
}

int gw_registry_grant(struct gw_registry *reg, const struct gw_grant *g)
{
	gw_cleanup(entry_freep) struct entry *e = NULL;
	struct gw_registree *old = gw_registry_find(reg, g->cse, g->id);
	int error = 0;

	assert(g->cse && g->via);
	error = entry_new(&e, reg, g);
	error = error ? error : take_place(e, old != NULL);
	if (error) {
		return error;
	}
	/* For a moment both are in the tables, so that memory can run short
	 * without a loss. */
	error = entry_add(e);
	if (error) {
		return error;
	}
	if (old) {
		gw_registry_forget(reg, old);
	}
	watch_expiry(e);
	if (g->peer) {
		gw_peer_attach(g->peer, &e->r);
	}
	keep(reg, &e->r);
	gw_info("granted", GW_STR_FMT " is registered at " GW_CSE_FMT,
		GW_STR_ARG(e->r.id), GW_CSE_ARG(e->r.cse));
	if (e->r.cse->via && e->r.cse->via->ops->joined) {
		e->r.cse->via->ops->joined(e->r.cse->via, &e->r);
	}
	(void)gw_take(&e);
	return 0;
}

int gw_registry_set_poa(struct gw_registry *reg, struct gw_registree *r,
			struct gw_str poa)
{
	struct entry *e = gw_container(r, struct entry, r);
	int error = copy_text(&e->poa, &r->poa, poa);

	if (!error) {
		free(e->failures);
		e->failures = NULL;
		keep(reg, r);
	}
	return error;
}

void gw_registry_poa_failed(struct gw_registry *reg, struct gw_registree *r,
			    unsigned i)
{
	struct entry *e = gw_container(r, struct entry, r);

	if (i >= GW_POA_KEPT) {
		return;
	}
	if (!e->failures) {
		/* Short of memory it is tried in its turn. */
		e->failures = calloc(1, sizeof(*e->failures));
	}
	if (e->failures) {
		e->failures->until_ms[i] = gw_loop_now_ms(
						   gw_relay_loop(reg->relay)) +
					   GW_POA_FAILED_MS;
	}
}

uint32_t gw_registry_failed_poa(const struct gw_registry *reg,
				struct gw_registree *r)
{
	const struct entry *e = gw_container(r, struct entry, r);
	int64_t now_ms = gw_loop_now_ms(gw_relay_loop(reg->relay));
	uint32_t failed = 0;

	for (unsigned i = 0; e->failures && i < GW_POA_KEPT; i++) {
		if (e->failures->until_ms[i] > now_ms) {
			failed |= 1U << i;
		}
	}
	return failed;
}

int gw_registry_set_dcse(struct gw_registry *reg, struct gw_registree *r,
			 struct gw_str dcse)
{
	struct entry *e = gw_container(r, struct entry, r);
	int error = 0;

	entry_remove_below(e);
	error = copy_text(&e->dcse, &r->dcse, dcse);
	error = error ? error : entry_add_below(e);
	keep(reg, r);
	return error;
}

void gw_registry_set_media(struct gw_registry *reg, struct gw_registree *r,
			   enum gw_media media)
{
	r->media = media;
	keep(reg, r);
}

int gw_registry_set_url(struct gw_registry *reg, struct gw_registree *r,
			struct gw_str url)
{
	struct entry *e = gw_container(r, struct entry, r);
	int error = copy_text(&e->url, &r->url, url);

	if (!error) {
		keep(reg, r);
	}
	return error;
}

void gw_registry_set_expiry(struct gw_registry *reg, struct gw_registree *r,
			    int64_t expires_ms)
{
	r->expires_ms = expires_ms;
	watch_expiry(gw_container(r, struct entry, r));
	keep(reg, r);
}

/* Take it out of everything and free it; nobody is told. */
static void release(struct entry *e)
{
	struct gw_registry *reg = e->registry;

	gw_timer_clear(gw_relay_loop(reg->relay), &e->expiry);
	entry_detach(e);
	entry_remove(e);
	entry_free(e);
}

void gw_registry_forget(struct gw_registry *reg, struct gw_registree *r)
{
	gw_info("forgotten", GW_STR_FMT " at " GW_CSE_FMT, GW_STR_ARG(r->id),
		GW_CSE_ARG(r->cse));
	if (r->cse->via && r->cse->via->ops->left) {
		r->cse->via->ops->left(r->cse->via, r);
	}
	if (reg->store) {
		reg->store->remove(reg->store, r);
	}
	release(gw_container(r, struct entry, r));
}

struct gw_registry *gw_registry_free(struct gw_registry *reg)
{
	struct gw_table_entry *found = NULL;
	size_t at = 0;

	if (!reg) {
		return NULL;
	}
	while ((found = gw_table_any(&reg->by_id, &at))) {
		release(gw_container(found, struct place, entry)->of);
	}
	gw_table_deinit(&reg->by_id);
	gw_table_deinit(&reg->by_name);
	gw_table_deinit(&reg->by_resource);
	gw_table_deinit(&reg->below);
	gw_table_deinit(&reg->groups);
	gw_accounts_deinit(&reg->places);
	free(reg);
	return NULL;
}
