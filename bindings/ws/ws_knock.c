/*
 * Knock - a socket that somebody has connected to, until the head of the
 * handshake has come.
 */

#include "bindings/ws/ws_knock.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bindings/ws/ws_hello.h"
#include "core/lib/net.h"

/* Thrown away in one turn. */
#define WASTE_BYTES 4096

/* What has been looked at does not wake us again; what comes next does. */
static void wake_beyond(const struct ws_knock *k, int n)
{
	int low = n + 1;

	(void)setsockopt(k->fd, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low));
}

/* No method begins with anything but a letter; empty lines before it are
 * refused with the rest of the head. */
static bool begins_like_http(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '\r' ||
	       c == '\n';
}

static void listen_to(struct ws_knock *k)
{
	char buf[WS_HEAD_MAX];
	ssize_t n = recv(k->fd, buf, sizeof(buf), MSG_PEEK | MSG_DONTWAIT);
	size_t length = 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	/* Woken without anything new: the peer has closed its half. */
	if (n <= k->n_seen) {
		k->unheard(k, WS_UNHEARD_GONE);
		return;
	}
	length = ws_hello_length((struct gw_str){ buf, (size_t)n });
	if (length > 0) {
		k->heard(k, (struct gw_str){ buf, length });
	} else if (!begins_like_http(buf[0])) {
		k->unheard(k, WS_UNHEARD_NO_HTTP);
	} else if (n == WS_HEAD_MAX) {
		k->unheard(k, WS_UNHEARD_TOO_LONG);
	} else {
		k->n_seen = (int)n;
		wake_beyond(k, k->n_seen);
	}
}

static void throw_away(struct ws_knock *k)
{
	char buf[WASTE_BYTES];
	ssize_t n = recv(k->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		k->unheard(k, WS_UNHEARD_GONE);
	}
}

static void readable(void *arg, int events)
{
	struct ws_knock *k = arg;

	if (k->is_closing) {
		throw_away(k);
	} else {
		listen_to(k);
	}
}

int ws_knock_start(struct ws_knock *k, struct gw_loop *loop, int fd)
{
	assert(!k->watch && k->heard && k->unheard);
	k->loop = loop;
	k->fd = fd;
	k->watch = gw_loop_watch(loop, fd, GW_READABLE, readable, k);
	if (!k->watch) {
		(void)close(fd);
		return -ENOMEM;
	}
	return 0;
}

void ws_knock_end(const struct ws_knock *k, struct gw_net_end *at)
{
	struct sockaddr_storage own = { 0 };
	socklen_t len = sizeof(own);

	if (getsockname(k->fd, (struct sockaddr *)&own, &len) == 0) {
		(void)gw_net_end_of(at, (struct sockaddr *)&own);
	}
}

int ws_knock_give(struct ws_knock *k, size_t n_head)
{
	char head[WS_HEAD_MAX];

	assert(n_head <= sizeof(head));
	/* It was seen to be there. */
	(void)recv(k->fd, head, n_head, MSG_DONTWAIT);
	wake_beyond(k, 0);
	k->watch = gw_loop_unwatch(k->loop, k->watch);
	return k->fd;
}

void ws_knock_refuse(struct ws_knock *k, struct gw_str answer)
{
	(void)send(k->fd, answer.at, answer.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(k->fd, SHUT_WR);
	wake_beyond(k, 0);
	k->is_closing = true;
}

void ws_knock_stop(struct ws_knock *k)
{
	if (k->watch) {
		k->watch = gw_loop_unwatch(k->loop, k->watch);
		(void)close(k->fd);
	}
}
