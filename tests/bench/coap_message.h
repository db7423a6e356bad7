#pragma once

/*
 * CoAP message - the requests that the CoAP client of the benchmark sends, and
 * what it looks for in an answer.  Written by hand, so that the client costs
 * little.
 */

#include <stddef.h>
#include <stdint.h>

#define COAP_MESSAGE_BYTES 1152

/* A CREATE of a contentInstance with a body of 300 bytes, CON.  Returns its
 * length. */
size_t coap_message_write(uint8_t *at, uint64_t number, uint64_t origin);

enum coap_message_state {
	COAP_MESSAGE_GOOD,  // 2.01, and the rqi that was asked with
	COAP_MESSAGE_OTHER, // an ACK, or something repeated: wait
	COAP_MESSAGE_BAD,
};

/* Judge what came back for request number. */
enum coap_message_state coap_message_judge(const uint8_t *at, size_t len,
					   uint64_t number);

/* A socket that is connected to a loopback port, or a negative errno. */
int coap_message_connect(uint16_t port);
