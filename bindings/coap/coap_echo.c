/*
 * Echo - values that show that a peer is where it says.
 */

#include "bindings/coap/coap_echo.h"

#include "core/lib/hash.h"

#define TIME_BYTES 4
#define SECOND_MS 1000
#define ADDRESS_BYTES_MAX 32

static void put_hash(uint8_t value[COAP_ECHO_BYTES],
		     const struct coap_echo *echo)
{
	uint8_t text[TIME_BYTES + ADDRESS_BYTES_MAX] = { 0 };
	size_t len = echo->address.len < ADDRESS_BYTES_MAX ? echo->address.len
							   : ADDRESS_BYTES_MAX;
	uint64_t hash = 0;

	memcpy(text, value, TIME_BYTES);
	memcpy(text + TIME_BYTES, echo->address.at, len);
	hash = gw_hash((struct gw_hash_key){ echo->key[0], echo->key[1] }, text,
		       TIME_BYTES + len);
	memcpy(value + TIME_BYTES, &hash, sizeof(hash));
}

void coap_echo_make(uint8_t value[COAP_ECHO_BYTES],
		    const struct coap_echo *echo, int64_t now_ms)
{
	uint32_t seconds = (uint32_t)(now_ms / SECOND_MS);

	memcpy(value, &seconds, TIME_BYTES);
	put_hash(value, echo);
}

bool coap_echo_is_good(const struct coap_echo *echo, struct gw_str value,
		       int64_t now_ms)
{
	uint8_t wanted[COAP_ECHO_BYTES];
	uint32_t then = 0;
	uint8_t differs = 0;

	if (value.len != COAP_ECHO_BYTES) {
		return false;
	}
	memcpy(&then, value.at, TIME_BYTES);
	memcpy(wanted, value.at, TIME_BYTES);
	put_hash(wanted, echo);
	for (size_t i = 0; i < COAP_ECHO_BYTES; i++) {
		differs |= (uint8_t)(wanted[i] ^ (uint8_t)value.at[i]);
	}
	return differs == 0 && (uint32_t)(now_ms / SECOND_MS) - then <=
				       COAP_ECHO_MS / SECOND_MS;
}
