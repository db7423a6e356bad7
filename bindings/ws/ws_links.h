#pragma once

/*
 * Links - all links toward CSEs, and which one a request takes.
 *
 * A CSE has one shared link, named by our own CSE-ID, and, where its profile
 * or the configuration asks for that, one for each registree besides.
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

/* Close all at once, and free them. */
void ws_links_stop(struct ws_state *ws);
