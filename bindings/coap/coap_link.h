#pragma once

/*
 * Link - a session of libcoap toward an address that we ask.
 *
 * Each has a socket of its own, connected, so that it hears when nobody is
 * there.  Links are kept and used again; at the bound the one that has been
 * idle longest is closed.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bindings/coap/coap_ring.h"
#include "core/lib/cleanup.h"
#include "core/lib/net.h"
#include "core/lib/table.h"
#include "core/turns.h"

struct coap_context_t;
struct coap_session_t;
struct sockaddr_storage;

struct coap_link {
	struct gw_table_entry by_end;
	struct coap_ring idle;   // its place, oldest first, when nothing is out
	struct gw_turns waiting; // jobs that may not be sent yet
	struct coap_session_t *session;
	struct gw_net_end end;
	size_t n_users; // jobs on it, sent or waiting
	size_t n_out;   // jobs that are sent
	int64_t used_ms;
	bool is_stale;     // libcoap may repeat what nobody waits for
	bool has_answered; // somebody is there

	/* Which numbers of options it takes, as far as its answers told. */
	bool has_spoken;
	bool is_legacy;
};

struct coap_links {
	struct coap_context_t *context;
	size_t n_max; // open at one time; the caller's to set
	struct gw_table links;
	struct coap_ring idle;
};

void coap_links_init(struct coap_links *ls, struct coap_context_t *context);

/* Closes all.  Nothing is out any more. */
void coap_links_deinit(struct coap_links *ls);

/* The link toward an address, opened if need be.  NULL when that cannot be. */
struct coap_link *coap_links_get(struct coap_links *ls,
				 const struct sockaddr_storage *address);

/* Nothing is out: let libcoap repeat nothing either. */
void coap_link_quiet(struct coap_link *link);

/* Take another socket toward the same address.  Nothing may be out but what is
 * to be sent now.  False when that cannot be. */
bool coap_link_reopen(struct coap_link *link);

/* One more job is on it, sent or waiting; and one less. */
void coap_link_use(struct coap_link *link);
void coap_link_leave(struct coap_links *ls, struct coap_link *link,
		     int64_t now_ms);

/* Close what has been idle since before_ms. */
void coap_links_sweep(struct coap_links *ls, int64_t before_ms);
