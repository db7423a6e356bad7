#pragma once

/*
 * Links - all links toward CSEs, and which one a request takes.
 *
 * A CSE has one shared link, named by our own CSE-ID, and, where its profile
 * or the configuration asks for that, one for each registree besides.
 *
 * ACME sends what is for "/id-in/Cxyz" down the connection named "/id-in" only.
 * So a CSE of that profile has one more that bears its own id, as long as
 * anybody is registered there through us: nobody can tell beforehand how an AE,
 * or somebody who subscribes for it, will write its id.  It brings requests of
 * the CSE, and carries none of ours.
 */

#include <stdbool.h>

#include "core/status.h"

struct gw_cse;
struct gw_exchange;
struct gw_registree;
struct ws_state;

/* Send toward x->hop.cse, over the link of the originator if it has one.  As
 * gw_binding_send_fn. */
void ws_link_send(struct ws_state *ws, struct gw_exchange *x);

/* As the functions of the same names in struct gw_binding_ops. */
void ws_link_wanted(struct ws_state *ws, struct gw_cse *cse);
void ws_link_joined(struct ws_state *ws, struct gw_registree *r);
void ws_link_left(struct ws_state *ws, struct gw_registree *r);

/* Close what is open, once it is quiet, and open nothing more. */
void ws_links_drain(struct ws_state *ws);
bool ws_links_are_drained(struct ws_state *ws);

/* Take over what the configuration says now. */
void ws_links_reload(struct ws_state *ws);

/* How many links that bear the id of their CSE are open, and how many others
 * hold. */
void ws_links_count_own_ids(const struct ws_state *ws, size_t *n_openp,
			    size_t *n_elsewherep);

/* Close all at once, and free them. */
void ws_links_stop(struct ws_state *ws);
