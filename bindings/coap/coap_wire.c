/*
 * Wire - messages between this binding and libcoap.
 */

#include "bindings/coap/coap_wire.h"

#include <coap3/coap.h>

#include "core/lib/net.h"

void coap_wire_read(struct coap_message *m, const struct coap_pdu_t *pdu)
{
	coap_bin_const_t token = coap_pdu_get_token(pdu);
	coap_opt_iterator_t options;
	coap_opt_t *option = NULL;
	const uint8_t *at = NULL;
	size_t len = 0;

	coap_message_init(m, (uint8_t)coap_pdu_get_type(pdu),
			  (uint8_t)coap_pdu_get_code(pdu));
	m->id = (uint16_t)coap_pdu_get_mid(pdu);
	m->token_len = (uint8_t)(token.length < COAP_TOKEN_BYTES
					 ? token.length
					 : COAP_TOKEN_BYTES);
	memcpy(m->token, token.s, m->token_len);
	(void)coap_option_iterator_init(pdu, &options, COAP_OPT_ALL);
	while ((option = coap_option_next(&options))) {
		coap_message_add(
			m, options.number,
			(struct gw_str){ (const char *)coap_opt_value(option),
					 coap_opt_length(option) });
	}
	if (coap_get_data(pdu, &len, &at)) {
		m->payload = (struct gw_bytes){ at, len };
	}
}

void coap_wire_address(struct coap_address_t *to,
		       const struct sockaddr_storage *address)
{
	coap_address_init(to);
	to->size = gw_net_sockaddr_bytes(address);
	memcpy(&to->addr, address, to->size);
}

bool coap_wire_send(struct coap_session_t *session, const uint8_t *at,
		    size_t len)
{
	coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, 0, 0, len);

	if (!pdu) {
		return false;
	}
	if (!coap_pdu_parse(COAP_PROTO_UDP, at, len, pdu)) {
		coap_delete_pdu(pdu);
		return false;
	}
	return coap_send(session, pdu) != COAP_INVALID_MID;
}

bool coap_wire_acknowledge(struct coap_session_t *session, uint16_t id)
{
	coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_ACK, 0, id, 0);

	return pdu && coap_send(session, pdu) != COAP_INVALID_MID;
}
