/*
 * Listen - the socket that registrees connect to.
 */

#include "bindings/ws/ws_listen.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/conf.h"
#include "core/lib/log.h"
#include "core/lib/net.h"

#define GW_LOG_TOPIC "ws"

#define ACCEPT_AT_ONCE 64
#define BACKLOG 1024

/* How long accepting rests when the process is short of descriptors. */
#define REST_MS 100

static void rest_over(struct gw_timer *t)
{
	struct ws_listen *l = gw_container(t, struct ws_listen, rest);

	if (l->watch) {
		gw_loop_rewatch(l->loop, l->watch, GW_READABLE);
	}
}

/* Without descriptors the socket stays readable: do not spin. */
static void take_a_rest(struct ws_listen *l, int error)
{
	assert(l->watch);
	gw_warn("accept", "no connection can be accepted: %s", strerror(error));
	gw_timer_set(l->loop, &l->rest, gw_loop_now_ms(l->loop) + REST_MS);
	gw_loop_rewatch(l->loop, l->watch, 0);
}

static void readable(void *arg, int events)
{
	struct ws_listen *l = arg;

	assert(l->watch && l->fd >= 0);
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		struct sockaddr_storage from = { 0 };
		socklen_t len = sizeof(from);
		int fd = accept4(l->fd, (struct sockaddr *)&from, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			l->take(l->arg, fd, &from);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			take_a_rest(l, errno);
		}
		return;
	}
}

static int listen_at(struct ws_listen *l, const struct gw_conf_listen *conf)
{
	struct sockaddr_storage at;
	int one = 1;

	if (!gw_net_sockaddr(&at, conf->address, conf->port)) {
		return -EINVAL;
	}
	l->fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0);
	if (l->fd < 0) {
		return -errno;
	}
	(void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(l->fd, (struct sockaddr *)&at, gw_net_sockaddr_bytes(&at)) <
		    0 ||
	    listen(l->fd, BACKLOG) < 0) {
		return -errno;
	}
	l->watch = gw_loop_watch(l->loop, l->fd, GW_READABLE, readable, l);
	return l->watch ? 0 : -ENOMEM;
}

static void learn_where(struct ws_listen *l)
{
	struct sockaddr_storage at = { 0 };
	socklen_t len = sizeof(at);
	char host[GW_NET_TEXT_BYTES];

	(void)getsockname(l->fd, (struct sockaddr *)&at, &len);
	(void)gw_net_end_of(&l->at, (struct sockaddr *)&at);
	gw_net_address_print(host, &l->at.address);
	gw_info("listening",
		at.ss_family == AF_INET6 ? "WebSocket on [%s]:%u"
					 : "WebSocket on %s:%u",
		host, l->at.port);
}

int ws_listen_start(struct ws_listen *l, struct gw_loop *loop,
		    const struct gw_conf_listen *conf)
{
	int error = 0;

	assert(!l->watch && l->take);
	l->loop = loop;
	l->fd = -1;
	l->rest.fire = rest_over;
	error = listen_at(l, conf);
	if (error) {
		gw_error("not-listening", "cannot listen on %s port %u: %s",
			 conf->address, conf->port, strerror(-error));
		return error;
	}
	learn_where(l);
	return 0;
}

void ws_listen_stop(struct ws_listen *l)
{
	if (!l->loop) {
		return;
	}
	gw_timer_clear(l->loop, &l->rest);
	l->watch = gw_loop_unwatch(l->loop, l->watch);
	if (l->fd >= 0) {
		(void)close(l->fd);
		l->fd = -1;
	}
}
