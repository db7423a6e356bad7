/*
 * Idle - many device connections that have nothing to say.
 *
 * Opens them one after the other, each with one answered request (http) or a
 * finished handshake (ws), prints "open N", and holds them until its standard
 * input ends.  Exits with 1 if one could not be opened or did not last.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/message.h"

struct idle {
	uint16_t port;
	bool is_ws;
	size_t n;
	int *fds;
	size_t n_open;
};

static const char handshake[] =
	"GET / HTTP/1.1\r\n"
	"Host: 127.0.0.1\r\n"
	"Upgrade: websocket\r\n"
	"Connection: Upgrade\r\n"
	"Sec-WebSocket-Version: 13\r\n"
	"Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n"
	"Sec-WebSocket-Protocol: oneM2M.json\r\n\r\n";

static enum message_state judge(const struct idle *idle, const char *text,
				size_t len)
{
	const struct message asked = { .number = idle->n_open };

	if (!idle->is_ws) {
		return message_judge(text, len, &asked);
	}
	if (!strstr(text, "\r\n\r\n")) {
		return MESSAGE_PARTIAL;
	}
	return strncmp(text, "HTTP/1.1 101", 12) ? MESSAGE_BAD : MESSAGE_GOOD;
}

static int read_answer(const struct idle *idle, int fd)
{
	char in[MESSAGE_BYTES];
	size_t len = 0;
	enum message_state state = MESSAGE_PARTIAL;

	while (state == MESSAGE_PARTIAL && len < sizeof(in) - 1) {
		ssize_t n = recv(fd, in + len, sizeof(in) - 1 - len, 0);

		if (n <= 0) {
			return -1;
		}
		len += (size_t)n;
		in[len] = '\0';
		state = judge(idle, in, len);
	}
	return state == MESSAGE_GOOD ? 0 : -1;
}

static int open_one(struct idle *idle)
{
	char request[MESSAGE_BYTES];
	struct message m = { .kind = MESSAGE_INSTANCE, .number = idle->n_open };
	size_t len = message_write(request, sizeof(request), &m);
	const char *out = idle->is_ws ? handshake : request;
	int fd = message_connect(idle->port);

	if (fd < 0) {
		return -1;
	}
	idle->fds[idle->n_open] = fd;
	if (idle->is_ws) {
		len = strlen(handshake);
	}
	if (send(fd, out, len, MSG_NOSIGNAL) != (ssize_t)len ||
	    read_answer(idle, fd)) {
		return -1;
	}
	idle->n_open++;
	return 0;
}

/* Whether all are still open and nothing unasked has come. */
static bool have_lasted(const struct idle *idle)
{
	char byte;

	for (size_t i = 0; i < idle->n; i++) {
		if (recv(idle->fds[i], &byte, 1, MSG_DONTWAIT) >= 0 ||
		    errno != EAGAIN) {
			return false;
		}
	}
	return true;
}

static int hold(struct idle *idle)
{
	char byte;

	while (idle->n_open < idle->n) {
		if (open_one(idle)) {
			(void)fprintf(stderr,
				      "idle: stopped at connection "
				      "%zu\n",
				      idle->n_open);
			return 1;
		}
	}
	printf("open %zu\n", idle->n_open);
	(void)fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0) {
	}
	if (!have_lasted(idle)) {
		(void)fprintf(stderr, "idle: a connection was closed\n");
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct rlimit files;
	struct idle idle = { 0 };
	int result;

	if (argc != 4) {
		(void)fprintf(stderr, "usage: idle http|ws PORT COUNT\n");
		return 2;
	}
	idle.is_ws = !strcmp(argv[1], "ws");
	idle.port = (uint16_t)strtoul(argv[2], NULL, 10);
	idle.n = strtoul(argv[3], NULL, 10);
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	idle.fds = calloc(idle.n, sizeof(*idle.fds));
	result = idle.fds ? hold(&idle) : 1;
	free(idle.fds);
	return result;
}
