#pragma once

/*
 * Guest - one connection that a registree has opened, and who it is.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bindings/ws/ws_conn.h"
#include "bindings/ws/ws_knock.h"
#include "bindings/ws/ws_names.h"
#include "core/account.h"
#include "core/registry.h"

struct ws_server;

struct ws_guest {
	struct ws_conn conn; // first: a conn of ours is one of these
	struct gw_peer peer;
	struct ws_server *server;
	struct ws_knock knock;    // until it is let in
	struct gw_timer patience; // until the handshake is done
	bool is_one_too_many;     // is to be told so
	bool is_in;
	char *name; // X-M2M-Origin; NULL: not given

	struct gw_charge socket;
	struct ws_name *bears;  // counts those of its name
	struct ws_guest *older; // of the same name, or from elsewhere
	struct ws_guest *newer;

	struct ws_guest *next;
	struct ws_guest **link;
};

/* Who is here: guests found by name. */
struct ws_census {
	struct ws_state *ws;
	struct ws_names names;
};

/* The guest bears its name from now on; the one that did is returned, or NULL.
 * It only comes next when one that it does not succeed bears the name: then
 * NULL is returned as well.  *error is 0 or -ENOMEM. */
struct ws_guest *ws_census_name(struct ws_census *census, struct ws_guest *g,
				int *error);

/* The guest leaves.  If it bore its name, the one that does now is returned,
 * else NULL. */
struct ws_guest *ws_census_unname(struct ws_census *census, struct ws_guest *g);
