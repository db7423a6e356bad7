#pragma once

/*
 * Client - the sending half: requests toward points of access and CSEs.
 *
 * A request from send() to its end: names, addresses, links, windows and
 * tokens.  What its messages say is the business of coap_talk.h.
 */

#include "bindings/coap/coap_link.h"
#include "bindings/coap/coap_talk.h"
#include "bindings/coap/coap_url.h"
#include "core/lib/loop.h"
#include "core/lib/table.h"
#include "core/names.h"
#include "core/status.h"

struct coap_pdu_t;
struct coap_peers;
struct gw_binding;
struct gw_exchange;

/* Requests that may be out to one address: to a device that has never answered,
 * as when somebody else gave its address; to one that has; and to a CSE, unless
 * its window says otherwise. */
#define COAP_WINDOW_STRANGER 1U
#define COAP_WINDOW_DEVICE 4U
#define COAP_WINDOW_CSE 256U

struct coap_client {
	struct gw_binding *binding;
	struct gw_loop *loop;
	struct coap_links links;
	struct coap_peers *peers; // that have asked us; NULL: nobody may
	struct gw_table tokens;   // of jobs that are out
	struct coap_ring jobs;
	struct coap_ring lost; // to be failed from the loop
	struct gw_task lost_task;
	struct gw_timer sweep;
	size_t n_open;
};

/* A request that is out. */
struct coap_job {
	struct coap_client *client;
	struct gw_table_entry by_token;
	struct coap_ring of_client;
	struct gw_turn turn;    // while it waits on its link
	struct coap_ring place; // lost
	struct gw_exchange *x;  // NULL: forgotten
	struct coap_link *link;
	struct coap_url url;
	struct gw_name_wait name; // of its host
	bool is_out;              // counted in link->n_out
	bool is_timeout;          // why it is lost
	bool is_heard;            // something came back
	int64_t out_ms;           // when its first message went out
	uint64_t token;           // 0: none is in use
	struct coap_talk talk;
};

void coap_client_start(struct coap_client *c, struct gw_binding *b,
		       struct coap_context_t *context);

/* Requests that are still out are dropped without an answer. */
void coap_client_stop(struct coap_client *c);

/* As send(), forget() and is_held() of core/binding.h. */
void coap_client_send(struct coap_client *c, struct gw_exchange *x);
void coap_client_forget(struct gw_exchange *x);
bool coap_client_holds(const struct gw_exchange *x, struct gw_reason *why);

/* What libcoap calls for answers, and for what it gives up. */
bool coap_client_answered(void *client, struct coap_session_t *session,
			  const struct coap_pdu_t *pdu);
void coap_client_lost(void *client, struct coap_session_t *session,
		      const struct coap_pdu_t *sent, bool is_timeout);
