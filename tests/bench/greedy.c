/*
 * Greedy - WebSocket devices that ask as fast as they can, and read what they
 * are answered without looking at it.
 *
 *	greedy PORT PEERS
 *
 * Each peer has an address of its own, 127.0.2.1 and so on, and four
 * connections.  Prints "open" when all are, and ends with SIGTERM.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "tests/bench/message.h"

#define CONNECTIONS_EACH 4U
#define PEERS_MAX 200U
#define FIRST_ADDRESS 0x7f000201U // 127.0.2.1
#define REQUESTS 500U
#define READ_BYTES 65536
#define HEADER_BYTES 8U // of a frame of 126 bytes or more, masked with zeros

/* Requests with numbers of their own, in one piece that is said again and
 * again: when it begins anew the first have been answered. */
struct speech {
	char at[REQUESTS * 256];
	size_t len;
};

struct conn {
	int fd;
	size_t said; // of the speech
};

static const char door[] = "GET / HTTP/1.1\r\n"
			   "Host: 127.0.0.1\r\n"
			   "Upgrade: websocket\r\n"
			   "Connection: Upgrade\r\n"
			   "Sec-WebSocket-Version: 13\r\n"
			   "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n"
			   "Sec-WebSocket-Protocol: oneM2M.json\r\n\r\n";

static void add_request(struct speech *s, unsigned number)
{
	char *at = s->at + s->len;
	int n = snprintf(at + HEADER_BYTES, 256 - HEADER_BYTES,
			 "{\"op\":2,\"to\":\"/id-in/cse-in/ae1/cnt1\","
			 "\"fr\":\"Cgreedy\",\"rqi\":\"g%06u\",\"rvi\":\"3\","
			 "\"pc\":{\"m2m:cin\":{\"con\":\"123456789012345\"}}}",
			 number);

	at[0] = (char)0x81;
	at[1] = (char)(0x80 | 126);
	at[2] = 0;
	at[3] = (char)n;
	memset(at + 4, 0, 4);
	s->len += HEADER_BYTES + (size_t)n;
}

static int enter(int epoll, struct conn *conn, uint16_t port, uint32_t address)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT,
				     .data = { .ptr = conn } };
	char answer[1024];
	ssize_t n = 0;

	conn->fd = message_connect_from(port, address);
	if (conn->fd < 0 ||
	    send(conn->fd, door, sizeof(door) - 1, MSG_NOSIGNAL) < 0) {
		return -1;
	}
	n = recv(conn->fd, answer, sizeof(answer), 0);
	if (n < 12 || strncmp(answer, "HTTP/1.1 101", 12) != 0) {
		return -1;
	}
	return epoll_ctl(epoll, EPOLL_CTL_ADD, conn->fd, &event);
}

/* False when the connection has ended. */
static bool turn(const struct speech *s, struct conn *conn, uint32_t events)
{
	static char sink[READ_BYTES];
	ssize_t n = 1;

	if (events & EPOLLIN) {
		n = recv(conn->fd, sink, sizeof(sink), MSG_DONTWAIT);
	} else if (events & EPOLLOUT) {
		n = send(conn->fd, s->at + conn->said, s->len - conn->said,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		conn->said += n > 0 ? (size_t)n : 0;
		conn->said %= s->len;
	}
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* False when one of them is closed. */
static bool turn_all(int epoll, const struct speech *s)
{
	struct epoll_event events[64];
	int n = epoll_wait(epoll, events, 64, -1);
	bool is_open = true;

	for (int i = 0; i < n; i++) {
		is_open &= turn(s, events[i].data.ptr, events[i].events);
	}
	return is_open;
}

static int run(int epoll, const struct speech *s)
{
	while (turn_all(epoll, s)) {
	}
	(void)fprintf(stderr, "greedy: closed\n");
	return 1;
}

int main(int argc, char **argv)
{
	static struct speech speech;
	static struct conn conns[PEERS_MAX * CONNECTIONS_EACH];
	uint16_t port = 0;
	unsigned n_peers = 0;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (argc == 3) {
		port = (uint16_t)strtoul(argv[1], NULL, 10);
		n_peers = (unsigned)strtoul(argv[2], NULL, 10);
	}
	if (port == 0 || n_peers == 0 || n_peers > PEERS_MAX || epoll < 0) {
		(void)fprintf(stderr, "usage: greedy PORT PEERS\n");
		return 2;
	}
	for (unsigned i = 0; i < REQUESTS; i++) {
		add_request(&speech, i);
	}
	for (unsigned i = 0; i < n_peers * CONNECTIONS_EACH; i++) {
		if (enter(epoll, &conns[i], port,
			  FIRST_ADDRESS + i / CONNECTIONS_EACH)) {
			(void)fprintf(stderr, "greedy: cannot enter\n");
			return 1;
		}
	}
	printf("open\n");
	(void)fflush(stdout);
	return run(epoll, &speech);
}
