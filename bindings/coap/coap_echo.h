#pragma once

/*
 * Echo - values that show that a peer is where it says (RFC 9175 2).
 *
 * A value is the time and a keyed hash over it and the address: nothing is
 * kept for it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/str.h"

#define COAP_ECHO_BYTES 12

/* How long a value is good for. */
#define COAP_ECHO_MS 60000

/* Whom a value is for. */
struct coap_echo {
	uint64_t key[2]; // secret, of this process
	struct gw_bytes address;
};

void coap_echo_make(uint8_t value[COAP_ECHO_BYTES],
		    const struct coap_echo *echo, int64_t now_ms);
bool coap_echo_is_good(const struct coap_echo *echo, struct gw_str value,
		       int64_t now_ms);
