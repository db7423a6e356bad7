#pragma once

/*
 * Link - a connection toward a CSE that is kept, lost and opened again.
 *
 *	               wanted, or a request waits; not before its time
 *	      DOWN ------------------------------------------> RESOLVING
 *	       ^ ^                                                 |
 *	       | | no address, no connection, no 101,              | addresses
 *	       | | connect_ms over: all that waits fails           v
 *	       | '---------------------------------------------- DIALING
 *	       |                                                   |
 *	       |  lost: all in flight fails                        | 101
 *	       '---------------------- OPEN <----------------------'
 *
 * The time of the next attempt is drawn from the whole span of the back-off
 * (full jitter), which doubles with each attempt that led to nothing.  A
 * request that waits pulls it forward.
 */

#include <stdbool.h>

#include "bindings/ws/ws_conn.h"
#include "bindings/ws/ws_handshake.h"
#include "bindings/ws/ws_rival.h"
#include "bindings/ws/ws_url.h"
#include "core/account.h"
#include "core/lib/table.h"
#include "core/names.h"
#include "core/registry.h"
#include "core/status.h"

struct gw_cse;
struct ws_state;

#define WS_ADDRESSES_MAX 8

enum ws_link_state {
	WS_LINK_DOWN,
	WS_LINK_RESOLVING,
	WS_LINK_DIALING,
	WS_LINK_OPEN,
};

struct ws_link {
	struct ws_conn conn; // first: a conn of ours is one of these
	struct gw_cse *cse;
	struct gw_registree *registree; // whose it is alone; NULL: nobody's
	struct gw_table_entry by_registree;
	char *origin_text;    // owned
	struct gw_str origin; // X-M2M-Origin
	enum ws_link_state state;
	bool is_wanted;
	size_t n_joined;        // registrees that want to be reached over it
	bool is_leaving;        // to be freed when it is down
	struct gw_charge place; // of a registree's, unless it is down for good
	bool is_displaced; // another has its place; it displaces nobody for it
			   // until a request waits

	unsigned n_failures; // attempts in a row that led to nothing
	int64_t next_ms;     // not before this one
	int64_t opened_ms;
	struct gw_timer timer; // DOWN: next attempt; dialing: end of patience
	struct gw_task step;   // the next address, outside of the library

	char *url_text; // what this attempt uses, whatever a reload says
	char *headers;
	struct ws_url url;
	struct ws_dial dial;
	struct gw_name_wait name; // of its host
	char addresses[WS_ADDRESSES_MAX][GW_NET_TEXT_BYTES];
	size_t n_addresses;
	size_t i_address;
	char why[GW_REASON_BYTES]; // the last address was of no use

	struct ws_link *next;
	struct ws_link **link;
};

/* The links of one CSE: its state. */
struct ws_cse {
	struct ws_link *shared; // as our own CSE-ID; NULL: not used yet
	struct ws_link *own_id; // as the id of the CSE; NULL: not used yet
	size_t n_joined;        // registrees, whichever link is theirs
	struct ws_rival rival;  // of own_id
};

/* They; there are none yet at first.  NULL when memory is short. */
struct ws_cse *ws_cse_of(struct gw_cse *cse) GW_MUST_CHECK;

/* A link to a CSE that is down, whose handshake says this origin.  It is in the
 * list of all links.  NULL when memory is short. */
struct ws_link *ws_link_new(struct ws_state *ws, struct gw_cse *cse,
			    struct gw_str origin) GW_MUST_CHECK;

/* Free a link that is down, or was hung up. */
void ws_link_free(struct ws_link *l);

/* Take over what the configuration says now. */
void ws_link_settle(struct ws_link *l);

/* See to it that a link that is down is opened in time, if anybody wants
 * that. */
void ws_link_arm(struct ws_link *l);

/* Close an open one of a registree, on which nothing is open, at once: another
 * gets its place. */
void ws_link_displace(struct ws_link *l);

/* Keep it open from now on, or close it, whoever else wants it. */
void ws_link_need(struct ws_link *l, bool is_needed);

/* Give the connection up, or the attempt, without a word to anybody. */
void ws_link_hang_up(struct ws_link *l);

/* Going down: end an attempt that no request waits for. */
void ws_link_give_up(struct ws_link *l);

/* For ws_library.c: what the link of this connection dials. */
const struct ws_dial *ws_link_dial(const struct ws_conn *c);
