#pragma once

/*
 * Message - a CoAP message as this binding sees it (RFC 7252 3).
 *
 * Options are slices in the order of their numbers; whoever fills a message in
 * keeps what they point at.  Pure: libcoap is met in coap_io.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/str.h"

struct gw_buf;

/* Most options of one message; a datagram could hold a thousand empty ones. */
#define COAP_FIELDS_MAX 128

/* Bytes for the values of numeric options of one message. */
#define COAP_DIGITS_BYTES 96

#define COAP_TOKEN_BYTES 8
#define COAP_HEADER_BYTES 4

enum coap_type {
	COAP_CON,
	COAP_NON,
	COAP_ACK,
	COAP_RST,
};

/* A code as it is written: class * 32 + detail. */
#define COAP_CODE(class, detail) ((uint8_t)((class) << 5 | (detail)))

enum coap_code {
	COAP_EMPTY = 0,
	COAP_GET = 1,
	COAP_POST = 2,
	COAP_PUT = 3,
	COAP_DELETE = 4,
	COAP_FETCH = 5,
	COAP_CONTINUE = COAP_CODE(2, 31),
	COAP_UNAUTHORIZED = COAP_CODE(4, 1),
	COAP_BAD_OPTION = COAP_CODE(4, 2),
	COAP_INCOMPLETE = COAP_CODE(4, 8),
	COAP_TOO_LARGE = COAP_CODE(4, 13),
	COAP_UNAVAILABLE = COAP_CODE(5, 3),
	COAP_NO_PROXY = COAP_CODE(5, 5),
	COAP_GARBLED = COAP_CODE(6, 30),      // see coap_filter.c
	COAP_ACKNOWLEDGED = COAP_CODE(6, 31), // the same
};

/* Who gets that one may try again after so many seconds (Max-Age). */
#define COAP_OVERLOAD_S 2U

struct coap_field {
	uint16_t number;
	struct gw_str value;
};

/* Not to be moved: values of numeric options lie in the struct. */
struct coap_message {
	uint8_t type;
	uint8_t code;
	uint16_t id;
	uint8_t token_len;
	uint8_t token[COAP_TOKEN_BYTES];
	size_t n_fields;
	struct coap_field fields[COAP_FIELDS_MAX];
	bool is_short; // it has more options than there is room for
	struct gw_bytes payload;
	size_t n_digits;
	uint8_t digits[COAP_DIGITS_BYTES];
};

/* An empty message; cheap, since what is not counted is not cleared. */
void coap_message_init(struct coap_message *m, uint8_t type, uint8_t code);

/* Add an option behind those of the same number.  One too many marks the
 * message short. */
void coap_message_add(struct coap_message *m, uint16_t number,
		      struct gw_str value);
void coap_message_add_uint(struct coap_message *m, uint16_t number,
			   uint32_t value);

/* Take out all options of that number. */
void coap_message_remove(struct coap_message *m, uint16_t number);

/* The first option of that number; absent when there is none. */
struct gw_str coap_message_get(const struct coap_message *m, uint16_t number);

/* A numeric option (RFC 7252 3.2).  False when there is none, or it is longer
 * than four bytes. */
bool coap_message_get_uint(uint32_t *np, const struct coap_message *m,
			   uint16_t number);

/* The number that bytes write; false beyond four of them. */
bool coap_uint_read(uint32_t *np, struct gw_str value);

/* Bytes that the message takes without its payload. */
size_t coap_message_head_bytes(const struct coap_message *m);

/* Bytes of all of it. */
size_t coap_message_bytes(const struct coap_message *m);

/* Write it to at, which has room for coap_message_bytes(). */
void coap_message_put(const struct coap_message *m, uint8_t *at);

/* A copy whose numeric options lie in itself; all else is shared. */
void coap_message_copy(struct coap_message *to,
		       const struct coap_message *from);

/* What makes two requests the same but for the block they are about (RFC 7959
 * 2.4): a hash over their options, and one over their payload; 0: they have
 * none, as when a later block of an answer is asked for. */
struct coap_key {
	uint64_t head;
	uint64_t payload;
};

/* The key without the payload, which may not have come yet; seeded. */
struct coap_key coap_message_key(const struct coap_message *m, uint64_t seed);
void coap_key_add_payload(struct coap_key *key, struct gw_bytes payload,
			  uint64_t seed);
