/*
 * Listen - core/lib/listen.h on sockets of the system.
 */

#include "gateway/listen.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/lib/listen.h"
#include "core/lib/log.h"

#define ACCEPT_AT_ONCE 64
#define BACKLOG 4096

/* How long accepting rests when the process is short of descriptors. */
#define REST_MS 100

static void rest_over(struct gw_timer *t)
{
	struct gw_listen *l = gw_container(t, struct gw_listen, rest);

	if (l->watch) {
		gw_loop_rewatch(l->loop, l->watch, GW_READABLE);
	}
}

/* Without descriptors the socket stays readable: do not spin. */
static void take_a_rest(struct gw_listen *l, int error)
{
	assert(l->watch);
	if (!l->is_resting) {
		gw_log(GW_LOG_WARN, l->topic, "accept",
		       "no connection can be accepted: %s", strerror(error));
	}
	l->is_resting = true;
	gw_timer_set(l->loop, &l->rest, gw_loop_now_ms(l->loop) + REST_MS);
	gw_loop_rewatch(l->loop, l->watch, 0);
}

static bool is_short(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	       error == ENOMEM;
}

static void readable(void *arg, int events)
{
	struct gw_listen *l = arg;

	assert(l->watch && l->fd >= 0);
	for (int i = 0; i < ACCEPT_AT_ONCE && l->fd >= 0; i++) {
		struct sockaddr_storage from = { 0 };
		socklen_t len = sizeof(from);
		int fd = accept4(l->fd, (struct sockaddr *)&from, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			l->is_resting = false;
			l->take(l->arg, fd, &from);
			continue;
		}
		if (is_short(errno)) {
			take_a_rest(l, errno);
		}
		return;
	}
}

static int prepare(int fd, const struct sockaddr_storage *at)
{
	int yes = 1;
	int no = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ||
	    (at->ss_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no))) ||
	    bind(fd, (const void *)at, gw_net_sockaddr_bytes(at)) ||
	    listen(fd, BACKLOG)) {
		return -errno;
	}
	return 0;
}

static int listen_at(struct gw_listen *l, const char *address, uint16_t port)
{
	struct sockaddr_storage at;
	int error = 0;

	if (!gw_net_sockaddr(&at, address, port)) {
		return -EINVAL;
	}
	l->fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0);
	error = l->fd < 0 ? -errno : prepare(l->fd, &at);
	if (error) {
		return error;
	}
	l->watch = gw_loop_watch(l->loop, l->fd, GW_READABLE, readable, l);
	return l->watch ? 0 : -ENOMEM;
}

static void learn_where(struct gw_listen *l)
{
	struct sockaddr_storage at = { 0 };
	socklen_t len = sizeof(at);

	(void)getsockname(l->fd, (struct sockaddr *)&at, &len);
	(void)gw_net_end_of(&l->at, (struct sockaddr *)&at);
}

int gw_listen_begin(struct gw_loop *loop, struct gw_listen *l,
		    const char *address, uint16_t port)
{
	bool is_ipv6 = strchr(address, ':') != NULL;
	int error = 0;

	assert(!l->watch && l->take && l->what && l->topic);
	l->loop = loop;
	l->fd = -1;
	l->rest.fire = rest_over;
	error = listen_at(l, address, port);
	if (error) {
		gw_log(GW_LOG_ERROR, l->topic, "not-listening",
		       "cannot listen for %s on %s port %u: %s", l->what,
		       address, port, strerror(-error));
		return error;
	}
	learn_where(l);
	gw_log(GW_LOG_INFO, l->topic, "listening", "%s on %s%s%s:%u", l->what,
	       is_ipv6 ? "[" : "", address, is_ipv6 ? "]" : "", l->at.port);
	return 0;
}

void gw_listen_end(struct gw_listen *l)
{
	gw_timer_clear(l->loop, &l->rest);
	l->watch = gw_loop_unwatch(l->loop, l->watch);
	if (l->fd >= 0) {
		(void)close(l->fd);
		l->fd = -1;
	}
}
