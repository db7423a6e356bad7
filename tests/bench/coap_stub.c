/*
 * CoAP stub - a bare libcoap: the answer that the gateway would give, in the
 * ACK, and nothing else.
 *
 * Prints "port N" and runs until it is killed.
 */

#include <coap3/coap.h>
#include <stdio.h>
#include <string.h>

#include "bindings/coap/coap_filter.h"
#include "tests/bench/answer.h"

#define RQI 283
#define RVI 271
#define RSC 307

static void answer(coap_resource_t *resource, coap_session_t *session,
		   const coap_pdu_t *request, const coap_string_t *query,
		   coap_pdu_t *response)
{
	static const uint8_t content[] = ANSWER_CONTENT;
	static const uint8_t created[] = { 2001 >> 8, 2001 & 0xff };
	coap_opt_iterator_t options;
	coap_opt_t *id = coap_check_option(request, RQI, &options);
	uint8_t format = COAP_MEDIATYPE_APPLICATION_JSON;

	coap_pdu_set_code(response, COAP_RESPONSE_CODE_CREATED);
	(void)coap_add_option(response, COAP_OPTION_CONTENT_FORMAT, 1, &format);
	(void)coap_add_option(response, RVI, 1, (const uint8_t *)"3");
	if (id) {
		(void)coap_add_option(response, RQI, coap_opt_length(id),
				      coap_opt_value(id));
	}
	(void)coap_add_option(response, RSC, sizeof(created), created);
	(void)coap_add_data(response, sizeof(content) - 1, content);
}

int main(void)
{
	coap_context_t *context;
	coap_endpoint_t *endpoint;
	coap_resource_t *resource;
	coap_address_t at;

	coap_startup();
	coap_address_init(&at);
	at.addr.sin.sin_family = AF_INET;
	at.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.size = sizeof(at.addr.sin);
	context = coap_new_context(NULL);
	endpoint = context ? coap_new_endpoint(context, &at, COAP_PROTO_UDP)
			   : NULL;
	resource = coap_resource_unknown_init(answer);
	if (!endpoint || !resource) {
		(void)fprintf(stderr, "coap_stub: cannot start\n");
		return 1;
	}
	coap_filter_open(context);
	coap_register_request_handler(resource, COAP_REQUEST_POST, answer);
	coap_add_resource(context, resource);
	printf("port %s\n", strrchr(coap_endpoint_str(endpoint), ':') + 1);
	(void)fflush(stdout);
	while (coap_io_process(context, COAP_IO_WAIT) >= 0) {
	}
	return 1;
}
