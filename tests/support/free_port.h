#pragma once

/*
 * Free port - for a server that is started next.
 */

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Below what the system gives to sockets that connect: such a port could be
 * taken again before the server has it. */
#define FREE_PORT_MIN 10000
#define FREE_PORT_MAX 32000

static inline bool free_port_is(uint16_t port, int type)
{
	const struct sockaddr_in a = { .sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(
					       INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	bool is_free = fd >= 0 &&
		       bind(fd, (const struct sockaddr *)&a, sizeof(a)) == 0;

	if (fd >= 0) {
		(void)close(fd);
	}
	return is_free;
}

/* A port of 127.0.0.1 that nobody has, over TCP and UDP. */
static inline uint16_t free_port(void)
{
	uint16_t port = 0;

	do {
		port = (uint16_t)(FREE_PORT_MIN +
				  arc4random_uniform(FREE_PORT_MAX -
						     FREE_PORT_MIN));
	} while (!free_port_is(port, SOCK_STREAM) ||
		 !free_port_is(port, SOCK_DGRAM));
	return port;
}
