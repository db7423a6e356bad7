#pragma once

/*
 * Wire - messages between this binding and libcoap.
 */

#include <stdbool.h>

#include "bindings/coap/coap_message.h"

struct coap_pdu_t;
struct coap_session_t;

/* What libcoap received.  Everything points into the pdu. */
void coap_wire_read(struct coap_message *m, const struct coap_pdu_t *pdu);

/* Send a message that coap_message_put() wrote.  A CON is repeated by libcoap
 * until it is acknowledged.  False when it could not be sent. */
bool coap_wire_send(struct coap_session_t *session, const uint8_t *at,
		    size_t len);

/* Send an empty ACK. */
bool coap_wire_acknowledge(struct coap_session_t *session, uint16_t id);
