#pragma once

/*
 * Wire - messages between this binding and libcoap.
 */

#include <stdbool.h>

#include "bindings/coap/coap_message.h"

struct coap_address_t;
struct coap_pdu_t;
struct coap_session_t;
struct sockaddr_storage;

/* What libcoap received.  Everything points into the pdu. */
void coap_wire_read(struct coap_message *m, const struct coap_pdu_t *pdu);

/* An address of IPv4 or IPv6 as libcoap wants it. */
void coap_wire_address(struct coap_address_t *to,
		       const struct sockaddr_storage *address);

/* Send a message that coap_message_put() wrote.  A CON is repeated by libcoap
 * until it is acknowledged.  False when it could not be sent. */
bool coap_wire_send(struct coap_session_t *session, const uint8_t *at,
		    size_t len);

/* Send an empty ACK. */
bool coap_wire_acknowledge(struct coap_session_t *session, uint16_t id);
