#include "tests/bench/coap_message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/message.h"

#define TOKEN_BYTES 4
#define HEAD_BYTES (4 + TOKEN_BYTES)
#define CREATED 0x41
#define POST 2
#define RQI_BYTES 11

static uint8_t *put(uint8_t *at, const void *bytes, size_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

/* An option whose number is delta above the last one. */
static uint8_t *put_option(uint8_t *at, unsigned delta, const char *value,
			   size_t len)
{
	*at++ = (uint8_t)((delta < 13 ? delta : 13) << 4 | len);
	if (delta >= 13) {
		*at++ = (uint8_t)(delta - 13);
	}
	return put(at, value, len);
}

size_t coap_message_write(uint8_t *at, uint64_t number, uint64_t origin)
{
	uint8_t *begin = at;
	const char *body = message_instance();
	char id[32];
	char from[32];

	(void)snprintf(id, sizeof(id), "r%010" PRIu64, number % 10000000000);
	(void)snprintf(from, sizeof(from), "C%08" PRIu64, origin % 100000000);
	*at++ = 0x40 | TOKEN_BYTES;
	*at++ = POST;
	*at++ = (uint8_t)(number >> 8);
	*at++ = (uint8_t)number;
	for (int shift = 24; shift >= 0; shift -= 8) {
		*at++ = (uint8_t)(number >> shift);
	}
	at = put_option(at, 11, "cse-in", 6);
	at = put_option(at, 0, "ae1", 3);
	at = put_option(at, 0, "cnt1", 4);
	at = put_option(at, 1, "\x32", 1);        // Content-Format: JSON
	at = put_option(at, 267 - 12, "\x04", 1); // TY
	at = put_option(at, 271 - 267, "3", 1);   // RVI
	at = put_option(at, 279 - 271, from, 9);  // FR
	at = put_option(at, 283 - 279, id, RQI_BYTES);
	*at++ = 0xff;
	at = put(at, body, strlen(body));
	return (size_t)(at - begin);
}

enum coap_message_state coap_message_judge(const uint8_t *at, size_t len,
					   uint64_t number)
{
	char id[32];
	uint8_t asked[COAP_MESSAGE_BYTES];

	if (len < HEAD_BYTES || at[1] == 0) {
		return COAP_MESSAGE_OTHER;
	}
	(void)coap_message_write(asked, number, 0);
	if (memcmp(at + 4, asked + 4, TOKEN_BYTES) != 0) {
		return COAP_MESSAGE_OTHER;
	}
	(void)snprintf(id, sizeof(id), "r%010" PRIu64, number % 10000000000);
	return at[1] == CREATED && memmem(at, len, id, RQI_BYTES)
		       ? COAP_MESSAGE_GOOD
		       : COAP_MESSAGE_BAD;
}

int coap_message_connect(uint16_t port)
{
	struct sockaddr_in peer = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) },
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&peer, sizeof(peer))) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd < 0 ? -errno : fd;
}
