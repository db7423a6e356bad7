#pragma once

/*
 * IO - the context of libcoap, hung into the loop, and its messages.
 *
 * One context has the endpoint where devices ask, and the sessions over which
 * we ask them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bindings/coap/coap_message.h"
#include "core/lib/cleanup.h"
#include "core/lib/net.h"

struct coap_context_t;
struct coap_address_t;
struct coap_pdu_t;
struct coap_session_t;
struct sockaddr_storage;
struct gw_binding;
struct gw_loop;
struct gw_watch;

/* What came is borrowed for the call. */
typedef void coap_io_request_fn(void *arg, struct coap_session_t *session,
				const struct coap_pdu_t *pdu);

/* False: nobody waited for that answer. */
typedef bool coap_io_answer_fn(void *arg, struct coap_session_t *session,
			       const struct coap_pdu_t *pdu);

/* What was sent cannot be delivered: refused, or not acknowledged in time.
 * Called from deep inside libcoap: sessions must be left alone. */
typedef void coap_io_lost_fn(void *arg, struct coap_session_t *session,
			     const struct coap_pdu_t *sent, bool is_timeout);

/* A separate answer of this id has been acknowledged. */
typedef void coap_io_acknowledged_fn(void *arg, struct coap_session_t *session,
				     uint16_t id);

struct coap_io {
	struct gw_loop *loop;
	struct coap_context_t *context;
	struct gw_watch *watch;
	size_t n_received; // requests and answers so far
	size_t n_garbled;  // of these, what is no message: it is reset
	coap_io_request_fn *on_request;
	coap_io_answer_fn *on_answer;
	coap_io_lost_fn *on_lost;
	coap_io_acknowledged_fn *on_acknowledged; // NULL: nobody asks us
	void *server;                             // what the handlers are given
	void *client;
	struct gw_net_end at; // where it listens; port 0: nowhere
};

/* Make the context.  Returns 0 or a negative errno, already logged. */
int coap_io_start(struct coap_io *io, struct gw_binding *b) GW_MUST_CHECK;

/* Open the endpoint of the configuration.  The same. */
int coap_io_listen(struct coap_io *io, struct gw_binding *b) GW_MUST_CHECK;

/* Sessions that anybody holds must have been released. */
void coap_io_stop(struct coap_io *io);

/* What libcoap received.  Everything points into the pdu. */
void coap_io_read(struct coap_message *m, const struct coap_pdu_t *pdu);

/* An address of IPv4 or IPv6 as libcoap wants it. */
void coap_io_address(struct coap_address_t *to,
		     const struct sockaddr_storage *address);

/* Send a message that coap_message_put() wrote.  A CON is repeated by libcoap
 * until it is acknowledged.  False when it could not be sent. */
bool coap_io_send(struct coap_session_t *session, const uint8_t *at,
		  size_t len);

/* Send an empty ACK. */
bool coap_io_acknowledge(struct coap_session_t *session, uint16_t id);
