/*
 * Multi - the transfers of libcurl in our loop.
 *
 * libcurl says which sockets it wants to know of and when it wants to be called
 * at the latest; the loop calls it then.
 */

#include "bindings/http/http_multi.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "core/lib/log.h"
#include "core/lib/loop.h"

#define GW_LOG_TOPIC "http"

/* A socket of libcurl in the loop. */
struct socket {
	struct http_multi *multi;
	struct gw_watch *watch;
	curl_socket_t fd;
};

static void take_done(struct http_multi *m)
{
	CURLMsg *message = NULL;
	int n_left = 0;

	while ((message = curl_multi_info_read(m->native, &n_left))) {
		char *arg = NULL;
		CURLcode rc = message->data.result;

		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
					&arg);
		assert(arg);
		m->done(arg, rc);
	}
}

static void socket_ready(void *arg, int events)
{
	struct socket *so = arg;
	struct http_multi *m = so->multi;
	int mask = (events & GW_READABLE ? CURL_CSELECT_IN : 0) |
		   (events & GW_WRITABLE ? CURL_CSELECT_OUT : 0);
	int n_running = 0;

	assert(m->native && so->watch);
	(void)curl_multi_socket_action(m->native, so->fd, mask, &n_running);
	take_done(m);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
			void *socket_arg)
{
	struct http_multi *m = arg;
	struct socket *so = socket_arg;
	int events = (what & CURL_POLL_IN ? GW_READABLE : 0) |
		     (what & CURL_POLL_OUT ? GW_WRITABLE : 0);

	assert(!so || (so->multi == m && so->fd == fd));
	if (what == CURL_POLL_REMOVE) {
		if (so) {
			gw_loop_unwatch(m->loop, so->watch);
			free(so);
		}
		return 0;
	}
	if (so) {
		gw_loop_rewatch(m->loop, so->watch, events);
		return 0;
	}
	so = calloc(1, sizeof(*so));
	if (!so) {
		return -1;
	}
	so->multi = m;
	so->fd = fd;
	so->watch = gw_loop_watch(m->loop, fd, events, socket_ready, so);
	if (!so->watch) {
		free(so);
		return -1;
	}
	(void)curl_multi_assign(m->native, fd, so);
	return 0;
}

static void timer_fired(struct gw_timer *t)
{
	struct http_multi *m = gw_container(t, struct http_multi, timer);
	int n_running = 0;

	assert(m->native);
	(void)curl_multi_socket_action(m->native, CURL_SOCKET_TIMEOUT, 0,
				       &n_running);
	take_done(m);
}

static int set_timer(CURLM *native, long ms, void *arg)
{
	struct http_multi *m = arg;

	if (ms < 0) {
		gw_timer_clear(m->loop, &m->timer);
		return 0;
	}
	gw_timer_set(m->loop, &m->timer, gw_loop_now_ms(m->loop) + ms);
	return 0;
}

int http_multi_start(struct http_multi *m, struct gw_loop *loop,
		     http_multi_done_fn *done)
{
	CURLM *native = NULL;

	assert(!m->native && done);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		gw_error("start-failed", "libcurl does not start");
		return -ENOMEM;
	}
	native = curl_multi_init();
	if (!native) {
		curl_global_cleanup();
		gw_error("start-failed", "libcurl is short of memory");
		return -ENOMEM;
	}
	*m = (struct http_multi){ .native = native,
				  .loop = loop,
				  .timer.fire = timer_fired,
				  .done = done };
	(void)curl_multi_setopt(native, CURLMOPT_SOCKETFUNCTION, watch_socket);
	(void)curl_multi_setopt(native, CURLMOPT_SOCKETDATA, m);
	(void)curl_multi_setopt(native, CURLMOPT_TIMERFUNCTION, set_timer);
	(void)curl_multi_setopt(native, CURLMOPT_TIMERDATA, m);
	return 0;
}

void http_multi_bound(struct http_multi *m, size_t n_connections)
{
	assert(m->native && n_connections > 0);
	(void)curl_multi_setopt(m->native, CURLMOPT_MAXCONNECTS,
				(long)n_connections);
	(void)curl_multi_setopt(m->native, CURLMOPT_MAX_TOTAL_CONNECTIONS,
				(long)n_connections);
}

void http_multi_stop(struct http_multi *m)
{
	if (!m->native) {
		return;
	}
	(void)curl_multi_cleanup(m->native);
	gw_timer_clear(m->loop, &m->timer);
	curl_global_cleanup();
	m->native = NULL;
}
