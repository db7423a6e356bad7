/*
 * Peer - a connection that requests can be sent back on.
 *
 * A connection of known identity reaches whoever registered on an earlier
 * connection of the same identity: closing a connection does not end a
 * registration (TS-0020 5.2).
 */

#include <assert.h>

#include "core/binding.h"
#include "core/registry_entry.h"

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
			gw_peer_attach(peer, &e->r);
		}
	}
	self = identity.len > 0 ? gw_registry_find(reg, NULL, identity) : NULL;
	if (self && self->via == via) {
		gw_peer_attach(peer, self);
	}
}

void gw_peer_deinit(struct gw_peer *peer)
{
	while (peer->reached) {
		entry_detach(
			gw_container(peer->reached, struct entry, reached));
	}
}
