#pragma once

/*
 * Conn rig - a connection between core and a wire that the test holds, on a
 * loop whose clock stands still.  There is one at a time.
 */

#include <stddef.h>

#include "bindings/ws/ws_conn.h"
#include "bindings/ws/ws_state.h"
#include "tests/support/fake_loop.h"

#define CONN_WRITTEN_MAX 600
#define CONN_REPLIES_MAX 600

struct conn_reply {
	enum gw_status status;
	bool is_overload;
	char id[64];
	char content[256];
};

struct conn_rig {
	struct fake_loop loop;
	struct gw_conf conf;
	struct gw_conf_cse cses[2]; // over the connection; and elsewhere
	struct gw_relay *relay;
	struct ws_state ws;
	struct ws_conn conn;

	char *written[CONN_WRITTEN_MAX]; // messages, oldest first
	size_t n_written;
	size_t n_room; // messages the wire still takes
	size_t n_pings;
	bool is_paused; // the wire does not read
	bool has_left;  // the peer is gone
	enum ws_code closed_with;
	size_t n_killed;
	size_t n_lost;
	char why[128];

	struct gw_account *account;                // of who asks next
	struct gw_exchange *far[CONN_REPLIES_MAX]; // went to "/id-far"
	size_t n_far;

	struct conn_reply replies[CONN_REPLIES_MAX]; // to devices
	size_t n_replies;
};

extern struct conn_rig rig;

/* A relay, and a connection to its CSE that is not open. */
void conn_rig_init(void);
void conn_rig_deinit(void);

/* The connection comes up; the CSE is of this profile. */
void conn_rig_open(const char *profile);

/* A device asks for cse-in/a; content may be NULL. */
void conn_rig_ask(const char *id, const char *content);

/* The oldest that went to "/id-far" and was not answered is. */
void conn_rig_far_answers(void);

/* Part of a message, or all of it, is received. */
void conn_rig_hears(struct gw_str text, bool is_last);
