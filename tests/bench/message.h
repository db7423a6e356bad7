#pragma once

/*
 * Message - the HTTP requests that the clients of the benchmark send, and what
 * they look for in an answer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most bytes of a request, and of the answers that are expected. */
#define MESSAGE_BYTES 2048

enum message_kind {
	MESSAGE_INSTANCE, // CREATE of a contentInstance, a body of 300 bytes
	MESSAGE_AE,       // CREATE of an AE that asks for an id
};

/* One request.  number becomes its rqi; origin names the device. */
struct message {
	enum message_kind kind;
	uint64_t number;
	uint64_t origin;
	const char *target; // NULL: where its kind goes
	const char *expiry; // X-M2M-RET; NULL: none
	unsigned status;    // of the answer that is expected; 0: 201
};

/* The body of 300 bytes; terminated. */
const char *message_instance(void);

/* Write the whole request, at most size bytes.  Returns its length. */
size_t message_write(char *at, size_t size, const struct message *m);

enum message_state {
	MESSAGE_PARTIAL, // more is to come
	MESSAGE_GOOD,    // what is expected, with the rqi that was asked with
	MESSAGE_BAD,     // anything else
};

/* Judge what came back for a request: a terminated text. */
enum message_state message_judge(const char *text, size_t len,
				 const struct message *m);

/* Connect to a loopback port, without delay of small segments.  Returns the
 * socket, or a negative errno. */
int message_connect(uint16_t port);

/* The same from another IPv4 address of the loopback, in the order of the host.
 */
int message_connect_from(uint16_t port, uint32_t address);
