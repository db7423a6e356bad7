#include "tests/bench/message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Text as of a picture; four lines of it make a body of 300 bytes. */
#define FACE "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk"

static const char instance[] =
	"{\"m2m:cin\":{\"cnf\":\"application/octet-stream:1\","
	"\"lbl\":[\"bench\"],\"con\":\"" FACE FACE FACE
	"YQAAAABJRU5ErkJggg==ErkJgggAAAABJRU5ErkJgAAAAAB\"}}";

_Static_assert(sizeof(instance) - 1 == 300, "the body that figures name");

static const char ae[] =
	"{\"m2m:ae\":{\"api\":\"N.bench\",\"rr\":false,\"srv\":[\"3\"]}}";

const char *message_instance(void)
{
	return instance;
}

size_t message_write(char *at, size_t size, const struct message *m)
{
	bool is_ae = m->kind == MESSAGE_AE;
	const char *body = is_ae ? ae : instance;
	const char *target = is_ae ? "/cse-in" : "/cse-in/ae1/cnt1";
	char origin[32] = "C";
	int n;

	if (!is_ae) {
		(void)snprintf(origin, sizeof(origin), "C%08" PRIu64,
			       m->origin);
	}
	n = snprintf(at, size,
		     "POST %s HTTP/1.1\r\n"
		     "Host: 127.0.0.1\r\n"
		     "Accept: application/json\r\n"
		     "Content-Type: application/json;ty=%d\r\n"
		     "X-M2M-Origin: %s\r\n"
		     "X-M2M-RI: r%010" PRIu64 "\r\n"
		     "X-M2M-RVI: 3\r\n"
		     "%s%s%s"
		     "Content-Length: %zu\r\n\r\n%s",
		     m->target ? m->target : target, is_ae ? 2 : 4, origin,
		     m->number, m->expiry ? "X-M2M-RET: " : "",
		     m->expiry ? m->expiry : "", m->expiry ? "\r\n" : "",
		     strlen(body), body);
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

enum message_state message_judge(const char *text, size_t len,
				 const struct message *m)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length, *id;
	char status[32];
	char expected[32];
	size_t whole;

	if (!end) {
		return MESSAGE_PARTIAL;
	}
	length = strcasestr(text, "\r\nContent-Length: ");
	if (!length || length > end) {
		return MESSAGE_BAD;
	}
	whole = (size_t)(end - text) + 4 + strtoull(length + 18, NULL, 10);
	if (len < whole) {
		return MESSAGE_PARTIAL;
	}
	id = strcasestr(text, "\r\nX-M2M-RI: ");
	(void)snprintf(status, sizeof(status), "HTTP/1.1 %03u ",
		       m->status ? m->status : 201);
	(void)snprintf(expected, sizeof(expected), "r%010" PRIu64 "\r",
		       m->number);
	return len == whole && !strncmp(text, status, strlen(status)) && id &&
			       !strncmp(id + 12, expected, strlen(expected))
		       ? MESSAGE_GOOD
		       : MESSAGE_BAD;
}

int message_connect(uint16_t port)
{
	return message_connect_from(port, INADDR_LOOPBACK);
}

int message_connect_from(uint16_t port, uint32_t address)
{
	struct sockaddr_in own = {
		.sin_family = AF_INET,
		.sin_addr = { .s_addr = htonl(address) },
	};
	struct sockaddr_in peer = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) },
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0) {
		return -errno;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if ((address != INADDR_LOOPBACK &&
	     bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0) ||
	    connect(fd, (struct sockaddr *)&peer, sizeof(peer)) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}
