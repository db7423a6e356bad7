/*
 * Peer - a connection that requests can be sent back on.
 *
 * A connection of known identity reaches whoever registered on an earlier
 * connection of the same identity: closing a connection does not end a
 * registration (TS-0020 5.2).
 */

#include <assert.h>

#include "core/binding.h"
#include "core/lib/log.h"
#include "core/registry_entry.h"
#include "core/relay_state.h"

#define GW_LOG_TOPIC "registry"

#define CLAIMED_MS ((int64_t)60 * 1000)

void entry_detach(struct entry *e)
{
	if (!e->r.peer) {
		return;
	}
	assert(*e->reached.link == &e->reached);
	*e->reached.link = e->reached.next;
	if (e->reached.next) {
		e->reached.next->link = e->reached.link;
	}
	e->r.peer = NULL;
}

void gw_peer_attach(struct gw_peer *peer, struct gw_registree *r)
{
	struct entry *e = gw_container(r, struct entry, r);

	assert(peer->via);
	if (r->peer == peer) {
		return;
	}
	entry_detach(e);
	e->reached.next = peer->reached;
	e->reached.link = &peer->reached;
	if (peer->reached) {
		peer->reached->link = &e->reached.next;
	}
	peer->reached = &e->reached;
	r->peer = peer;
}

bool gw_peer_succeeds(const struct gw_peer *peer, const struct gw_peer *old)
{
	return peer == old || strcmp(peer->host, old->host) == 0;
}

static void warn_of_claim(struct gw_registry *reg, const struct gw_peer *peer,
			  const struct gw_registree *r)
{
	int64_t now_ms = gw_loop_now_ms(reg->relay->loop);

	if (r->peer->claimed_ms > 0 &&
	    now_ms - r->peer->claimed_ms < CLAIMED_MS) {
		return;
	}
	r->peer->claimed_ms = now_ms > 0 ? now_ms : 1;
	gw_warn("claimed",
		"a connection from %s says to be " GW_STR_FMT
		", which has one open from %s and keeps it: the new one gets "
		"nothing that is for " GW_STR_FMT
		" unless the old one ends, or answers no ping",
		peer->host, GW_STR_ARG(r->id), r->peer->host,
		GW_STR_ARG(r->id));
}

void gw_peer_claim(struct gw_registry *reg, struct gw_peer *peer,
		   struct gw_registree *r)
{
	if (!r->peer || gw_peer_succeeds(peer, r->peer)) {
		gw_peer_attach(peer, r);
		return;
	}
	warn_of_claim(reg, peer, r);
	if (r->peer->via->ops->doubt) {
		r->peer->via->ops->doubt(r->peer);
	}
}

void gw_peer_init(struct gw_registry *reg, struct gw_peer *peer,
		  struct gw_binding *via, struct gw_str identity)
{
	struct group *g = entry_group(reg, identity);
	struct gw_registree *self = NULL;

	assert(via);
	assert(!peer->reached);
	peer->via = via;
	peer->identity = identity;
	peer->reached = NULL;
	for (struct entry *e = g ? g->first : NULL; e; e = e->next_in_group) {
		if (e->r.via == via) {
			gw_peer_claim(reg, peer, &e->r);
		}
	}
	self = identity.len > 0 ? gw_registry_find(reg, NULL, identity) : NULL;
	if (self && self->via == via && self->peer != peer) {
		gw_peer_claim(reg, peer, self);
	}
}

void gw_peer_deinit(struct gw_peer *peer)
{
	while (peer->reached) {
		entry_detach(
			gw_container(peer->reached, struct entry, reached));
	}
}
