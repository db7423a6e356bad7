/*
 * Guest - one connection that a registree has opened, and who it is.
 */

#include "bindings/ws/ws_guest.h"

#include <assert.h>
#include <errno.h>

#include "bindings/ws/ws_state.h"

static uint64_t hash_of(const struct ws_census *census, struct gw_str text)
{
	return gw_relay_hash(census->ws->binding->relay, text.at, text.len);
}

static void come_behind(struct ws_guest *g, struct ws_guest *first)
{
	g->newer = first;
	g->older = first->older;
	if (g->older) {
		g->older->newer = g;
	}
	first->older = g;
}

struct ws_guest *ws_census_name(struct ws_census *census, struct ws_guest *g,
				int *error)
{
	struct ws_guest *first = NULL;
	struct gw_str text = gw_str_from(g->name);
	struct ws_name *name = ws_names_use(&census->names, text,
					    hash_of(census, text));

	*error = name ? 0 : -ENOMEM;
	if (!name) {
		return NULL;
	}
	assert(!g->bears && !g->older && !g->newer);
	g->bears = name;
	first = name->arg;
	if (first && !gw_peer_succeeds(&g->peer, &first->peer)) {
		come_behind(g, first);
		return NULL;
	}
	g->older = first;
	if (first) {
		first->newer = g;
	}
	name->arg = g;
	return first;
}

struct ws_guest *ws_census_unname(struct ws_census *census, struct ws_guest *g)
{
	struct ws_name *name = gw_take(&g->bears);
	bool was_newest = name && name->arg == g;

	assert(!g->older || g->older->newer == g);
	assert(!g->newer || g->newer->older == g);
	if (was_newest) {
		name->arg = g->older;
	}
	if (g->older) {
		g->older->newer = g->newer;
	}
	if (g->newer) {
		g->newer->older = g->older;
	}
	ws_names_unuse(&census->names, name);
	return was_newest ? g->older : NULL;
}
