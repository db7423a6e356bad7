#pragma once

/*
 * Client - the sending half: requests toward points of access and CSEs.
 *
 *	coap_client.c    a request from send() to its end: names, addresses,
 *	                 links, windows
 *	coap_talk.c      its messages: blocks, Echo, the other numbers
 */

#include "bindings/coap/coap_block.h"
#include "bindings/coap/coap_encode.h"
#include "bindings/coap/coap_link.h"
#include "bindings/coap/coap_url.h"
#include "core/lib/loop.h"
#include "core/lib/table.h"
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
	const struct coap_peers *peers; // that have asked us; NULL: none
	struct gw_table tokens;         // of jobs that are out
	struct coap_ring jobs;
	struct coap_ring lost; // to be failed from the loop
	struct gw_task lost_task;
	struct gw_timer sweep;
	size_t n_open;
};

/* A request that is out. */
struct coap_job {
	struct coap_client *client; // NULL: stopped, while a name is looked up
	struct gw_table_entry by_token;
	struct coap_ring of_client;
	struct coap_ring place; // waiting on its link, or lost
	struct gw_exchange *x;  // NULL: forgotten
	struct coap_link *link;
	struct coap_url url;
	bool is_resolving;
	bool is_out;     // counted in link->n_out
	bool is_timeout; // why it is lost
	bool has_echoed;
	bool has_flipped; // the other option numbers were tried
	bool is_legacy;
	uint64_t token; // 0: none is in use
	struct gw_bytes payload;
	struct coap_block block1;
	uint32_t block2; // number of the block that is fetched
	unsigned block2_size;
	struct gw_buf body;           // of an answer in blocks
	struct coap_message *message; // in the arena of the request
	uint8_t echo[40];
	size_t echo_len;
};

void coap_client_start(struct coap_client *c, struct gw_binding *b,
		       struct coap_context_t *context);

/* Requests that are still out are dropped without an answer. */
void coap_client_stop(struct coap_client *c);

/* As send() and forget() of core/binding.h. */
void coap_client_send(struct coap_client *c, struct gw_exchange *x);
void coap_client_forget(struct gw_exchange *x);

/* What libcoap calls for answers, and for what it gives up. */
bool coap_client_answered(void *client, struct coap_session_t *session,
			  const struct coap_pdu_t *pdu);
void coap_client_lost(void *client, struct coap_session_t *session,
		      const struct coap_pdu_t *sent, bool is_timeout);

/* Send the next message of a job that is out.  A token is never used for a
 * second request (RFC 9175 4.2), but it stays for all blocks of one: there are
 * servers (node-coap) that tell transfers apart by it.  False when it cannot be
 * sent. */
bool coap_job_send_next(struct coap_job *j);

/* The same for a request that begins anew. */
bool coap_job_begin_anew(struct coap_job *j);

/* End a job with a status, or with an answer that is taken. */
void coap_job_fail(struct coap_job *j, enum gw_status status,
		   const char *reason);
void coap_job_answer(struct coap_job *j, struct gw_primitive *answer);

/* coap_talk.c: encode the request.  Returns GW_STATUS_NONE or why not. */
enum gw_status coap_talk_prepare(struct coap_job *j, struct gw_reason *why);

/* Send the message that is due, with j->token.  False when it cannot be sent.
 */
bool coap_talk_send(struct coap_job *j);

/* An answer to the last message has come. */
void coap_talk_answer(struct coap_job *j, struct coap_message *m);
