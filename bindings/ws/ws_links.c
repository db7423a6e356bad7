/*
 * Links - all links toward CSEs, and which one a request takes.
 */

#include "bindings/ws/ws_links.h"

#include <assert.h>
#include <stdlib.h>

#include "bindings/ws/ws_link.h"
#include "bindings/ws/ws_places.h"
#include "bindings/ws/ws_state.h"
#include "core/cse.h"
#include "core/lib/hash.h"

/* Only one gateway can have that link, so it may bring what is for the devices
 * of another. */
static const char ASTRAY[] =
	"no registree of this gateway has that id: it may be behind another "
	"gateway, but here is the link that bears the CSE's own id";

static struct ws_link *shared(struct ws_state *ws, struct gw_cse *cse)
{
	struct ws_cse *of = ws_cse_of(cse);

	if (of && !of->shared) {
		of->shared = ws_link_new(ws, cse,
					 gw_str_from(ws_conf(ws)->node.cse_id));
	}
	return of ? of->shared : NULL;
}

/* The link that bears the CSE's own id is there when it is needed. */
static void settle_own_id(struct ws_state *ws, struct gw_cse *cse)
{
	struct ws_cse *of = cse->state;
	bool is_needed = of && of->n_joined > 0 && cse->has_own_id_link;

	if (is_needed && !of->own_id) {
		of->own_id = ws_link_new(ws, cse, cse->id);
		if (of->own_id) {
			of->own_id->conn.asker.astray = ASTRAY;
		}
	}
	if (of && of->own_id) {
		ws_link_need(of->own_id, is_needed);
	}
}

/* Nobody chooses where a registree lies: it needs no key. */
static uint64_t hash_of(const struct gw_registree *r)
{
	return gw_hash((struct gw_hash_key){ 0 }, &r,
		       sizeof(struct gw_registree *));
}

/* The link of this registree alone, or NULL. */
static struct ws_link *own(const struct ws_state *ws,
			   const struct gw_registree *r)
{
	struct gw_table_entry *e = NULL;

	if (ws->registrees.n_entries > 0) {
		e = gw_table_first(&ws->registrees, hash_of(r));
	}
	for (; e; e = gw_table_next(e)) {
		struct ws_link *l = gw_container(e, struct ws_link,
						 by_registree);

		if (l->registree == r) {
			return l;
		}
	}
	return NULL;
}

static struct ws_link *own_new(struct ws_state *ws, struct gw_registree *r)
{
	struct ws_link *l = own(ws, r);

	if (!l && ws_cse_of(r->cse)) {
		l = ws_link_new(ws, r->cse, r->id);
		if (l) {
			l->registree = r;
			gw_table_add(&ws->registrees, &l->by_registree,
				     hash_of(r));
		}
	}
	return l;
}

static void disown(struct ws_link *l)
{
	assert(l->registree && l->by_registree.link);
	gw_table_remove(&l->conn.ws->registrees, &l->by_registree);
	l->registree = NULL;
}

/* The link of its own that a registree uses now.  NULL: there is no place for
 * it. */
static struct ws_link *usable(const struct ws_state *ws,
			      const struct gw_registree *r)
{
	struct ws_link *l = own(ws, r);

	if (!l || l->state != WS_LINK_DOWN) {
		return l;
	}
	if (!ws_place_take(l, true)) {
		return NULL;
	}
	if (l->is_displaced) {
		l->next_ms = ws_now_ms(ws); // nothing has failed
	}
	return l;
}

void ws_link_send(struct ws_state *ws, struct gw_exchange *x)
{
	struct gw_cse *cse = x->hop.cse;
	struct gw_registree *r = x->hop.originator;
	struct ws_link *l = r && r->cse == cse ? usable(ws, r) : NULL;

	if (!l) {
		l = shared(ws, cse);
	}
	if (!l) {
		gw_exchange_fail(x, GW_STATUS_INTERNAL_SERVER_ERROR,
				 "the gateway is short of memory");
	} else if (ws->is_draining && l->state != WS_LINK_OPEN) {
		gw_exchange_fail(x, GW_STATUS_TARGET_NOT_REACHABLE,
				 "the gateway is going down");
	} else if (ws_conn_send(&l->conn, x)) {
		ws_link_arm(l);
	}
}

void ws_link_wanted(struct ws_state *ws, struct gw_cse *cse)
{
	struct ws_link *l = shared(ws, cse);

	if (l) {
		l->is_wanted = true;
		ws_link_arm(l);
	}
}

void ws_link_joined(struct ws_state *ws, struct gw_registree *r)
{
	struct ws_link *l = NULL;

	l = r->cse->has_link_per_originator ? own_new(ws, r)
					    : shared(ws, r->cse);
	if (l) {
		l->n_joined++;
		ws_link_arm(l);
	}
	if (ws_cse_of(r->cse)) {
		ws_cse_of(r->cse)->n_joined++;
	}
	settle_own_id(ws, r->cse);
}

/* One of those that count on the shared link has left. */
static void leave_shared(struct ws_link *l)
{
	if (l && l->n_joined > 0) {
		l->n_joined--;
		ws_link_arm(l);
	}
}

static void leave_own(struct ws_state *ws, struct ws_link *l)
{
	disown(l);
	l->is_leaving = true;
	if (l->state == WS_LINK_OPEN) {
		ws_conn_retire(&l->conn, WS_CODE_NORMAL, 0);
		return;
	}
	ws_link_hang_up(l);
	if (l->state != WS_LINK_DOWN) {
		assert(ws->n_open > 0);
		ws->n_open--;
	}
	ws_conn_fail_waiting(&l->conn, "the registree has left");
	ws_link_free(l);
}

void ws_link_left(struct ws_state *ws, struct gw_registree *r)
{
	struct ws_link *l = own(ws, r);
	struct ws_cse *of = r->cse->state;

	if (l) {
		leave_own(ws, l);
	} else if (of) {
		leave_shared(of->shared);
	}
	if (of && of->n_joined > 0) {
		of->n_joined--;
	}
	settle_own_id(ws, r->cse);
}

/* The i-th CSE of the configuration; not all are reached over WebSocket. */
static struct gw_cse *cse_at(const struct ws_state *ws, size_t i)
{
	return gw_relay_cse(ws->binding->relay, i);
}

void ws_links_drain(struct ws_state *ws)
{
	for (struct ws_link *l = ws->links; l; l = l->next) {
		if (l->state == WS_LINK_OPEN) {
			ws_conn_retire(&l->conn, WS_CODE_AWAY, 0);
		}
		ws_link_arm(l);
	}
}

bool ws_links_are_drained(struct ws_state *ws)
{
	struct ws_link *next = NULL;
	bool are_drained = true;

	for (struct ws_link *l = ws->links; l; l = next) {
		next = l->next;
		ws_link_give_up(l);
		if (l->state != WS_LINK_DOWN || l->conn.waiting.n_waiting > 0) {
			/* Who waited for an answer may have left. */
			ws_conn_kick(&l->conn);
			are_drained = false;
		}
	}
	return are_drained;
}

void ws_links_reload(struct ws_state *ws)
{
	for (struct ws_link *l = ws->links; l; l = l->next) {
		ws_link_settle(l);
		ws_link_arm(l);
	}
	for (size_t i = 0; cse_at(ws, i); i++) {
		if (cse_at(ws, i)->via == ws->binding) {
			settle_own_id(ws, cse_at(ws, i));
		}
	}
}

void ws_links_count_own_ids(const struct ws_state *ws, size_t *n_openp,
			    size_t *n_elsewherep)
{
	*n_openp = 0;
	*n_elsewherep = 0;
	for (size_t i = 0; cse_at(ws, i); i++) {
		const struct gw_cse *cse = cse_at(ws, i);
		const struct ws_cse *of = cse->via == ws->binding ? cse->state
								  : NULL;

		if (of && of->own_id) {
			*n_openp += of->own_id->state == WS_LINK_OPEN;
			*n_elsewherep += of->own_id->n_joined > 0 &&
					 ws_rival_holds(&of->rival,
							ws_now_ms(ws));
		}
	}
}

void ws_links_stop(struct ws_state *ws)
{
	while (ws->links) {
		struct ws_link *l = ws->links;

		ws_conn_bye(&l->conn);
		ws_link_hang_up(l);
		if (l->registree) {
			disown(l);
		}
		ws_link_free(l);
	}
	for (size_t i = 0; cse_at(ws, i); i++) {
		if (cse_at(ws, i)->via == ws->binding) {
			free(gw_take(&cse_at(ws, i)->state));
		}
	}
	assert(ws->registrees.n_entries == 0);
	gw_table_deinit(&ws->registrees);
}
