/*
 * The daemon of libmicrohttpd, hung into the loop.
 *
 * It has no thread of its own.  Whatever may give it something to do - its
 * epoll set, an answer, a deadline - queues one task, so that many replies of
 * one turn of the loop cost one run.
 */

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "bindings/http/http_cors.h"
#include "bindings/http/http_probe.h"
#include "bindings/http/http_server.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/lib/log.h"
#include "core/lib/net.h"
#include "core/relay.h"

#define GW_LOG_TOPIC "http"

/* Runs in one turn before others get theirs. */
#define RUNS_MAX 4

/* How often the peers of parked requests are looked at. */
#define LOOK_MS 1000

/* When a peer that was answered is looked at first.  One that is busy has asked
 * again by then; one that said its last with its request need not wait. */
#define LULL_MS 100

const struct gw_conf *http_server_conf(const struct http_server *s)
{
	return s->binding->conf;
}

void http_server_wake(struct http_server *s)
{
	gw_loop_defer(s->loop, &s->run_task);
}

/* Whether the daemon has more to do that no readiness will tell of. */
static bool has_more(const struct http_server *s)
{
	MHD_UNSIGNED_LONG_LONG left_ms = 0;

	return MHD_get_timeout(s->daemon, &left_ms) == MHD_YES && left_ms == 0;
}

/* Connections that linger are what libmicrohttpd has more to do with, always.
 * While there are any it is believed only if another one came further.  What
 * that leaves out, a long request line that came in several reads, goes on when
 * the bell rings. */
static bool must_go_on(const struct http_server *s)
{
	return has_more(s) && (s->linger.n == 0 || s->n_moved > 0);
}

static void run(struct gw_task *t)
{
	struct http_server *s = gw_container(t, struct http_server, run_task);
	unsigned n = 0;

	assert(s->daemon);
	do {
		s->turn++;
		s->n_moved = 0;
		(void)MHD_run(s->daemon);
		n++;
	} while (n < RUNS_MAX && must_go_on(s));
	if (n == RUNS_MAX && must_go_on(s)) {
		gw_timer_set(s->loop, &s->again, gw_loop_now_ms(s->loop));
	}
}

static void run_again(struct gw_timer *t)
{
	http_server_wake(gw_container(t, struct http_server, again));
}

static void on_bell(struct http_linger *l)
{
	http_server_wake(gw_container(l, struct http_server, linger));
}

static void on_ready(void *arg, int events)
{
	http_server_wake(arg);
}

static void *on_target(void *arg, const char *target,
		       struct MHD_Connection *native)
{
	struct http_conn *conn = MHD_get_connection_info(
					 native,
					 MHD_CONNECTION_INFO_SOCKET_CONTEXT)
					 ->socket_context;

	if (conn) {
		http_conn_moved(conn);
		http_receive_target(conn, target);
	}
	return conn;
}

static bool on_request(struct http_conn *conn, const char *method,
		       const char *version, const char *data, size_t *lenp)
{
	size_t len = *lenp;

	switch (conn->state) {
	case HTTP_CONN_PARKED:
		http_conn_park_on(conn);
		return true;
	case HTTP_CONN_HEAD:
		http_conn_moved(conn);
		return http_receive_head(conn, method, version);
	case HTTP_CONN_BODY:
		http_conn_moved(conn);
		*lenp = 0;
		return len > 0 ? http_receive_body(conn, data, len)
			       : http_receive_end(conn);
	default:
		return false;
	}
}

/* libmicrohttpd says which parameters. */
// NOLINTNEXTLINE(readability-function-size)
static enum MHD_Result on_access(void *arg, struct MHD_Connection *native,
				 const char *url, const char *method,
				 const char *version, const char *data,
				 size_t *lenp, void **contextp)
{
	struct http_server *s = arg;
	struct http_conn *conn = *contextp;

	if (!conn || s->is_stopping) {
		return MHD_NO;
	}
	return on_request(conn, method, version, data, lenp) ? MHD_YES : MHD_NO;
}

static void on_completed(void *arg, struct MHD_Connection *native,
			 void **contextp, enum MHD_RequestTerminationCode why)
{
	if (*contextp) {
		http_conn_moved(*contextp);
		http_conn_reset(*contextp);
	}
}

static void on_connection(void *arg, struct MHD_Connection *native,
			  void **contextp,
			  enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		assert(!*contextp);
		*contextp = http_conn_new(arg, native);
	} else {
		*contextp = http_conn_free(*contextp);
	}
}

/* One connection too many is closed at once.  libmicrohttpd would leave it
 * waiting at its own bound, which is therefore one higher. */
static enum MHD_Result on_accept(void *arg, const struct sockaddr *from,
				 socklen_t len)
{
	struct http_server *s = arg;
	struct gw_charge socket = { .account = NULL };
	char host[GW_NET_TEXT_BYTES];
	bool may = false;

	(void)gw_net_print_of(host, from);
	may = gw_relay_take_socket(s->binding->relay, &s->sockets, &socket,
				   &http_server_conf(s)->http,
				   gw_str_from(host));
	gw_account_give(&s->sockets, &socket);
	return may ? MHD_YES : MHD_NO;
}

/* The target is kept as it was sent: we decode it ourselves. */
static size_t on_unescape(void *arg, struct MHD_Connection *native, char *text)
{
	return strlen(text);
}

static void on_log(void *arg, const char *fmt, va_list args) GW_PRINTF(2, 0);

static void on_log(void *arg, const char *fmt, va_list args)
{
	char line[256];
	int n = 0;

	if (!gw_log_wants(GW_LOG_DEBUG)) {
		return;
	}
	n = vsnprintf(line, sizeof(line), fmt, args);
	if (n > 0 && (size_t)n < sizeof(line) && line[n - 1] == '\n') {
		line[n - 1] = '\0';
	}
	gw_debug("library", "%s", line);
}

struct gw_net_end http_own_end(int fd)
{
	struct sockaddr_storage at = { 0 };
	socklen_t len = sizeof(at);
	struct gw_net_end end = { .port = 0 };

	(void)getsockname(fd, (struct sockaddr *)&at, &len);
	(void)gw_net_end_of(&end, (struct sockaddr *)&at);
	return end;
}

static void accepted(void *arg, int fd, const struct sockaddr_storage *from)
{
	struct http_server *s = arg;

	(void)MHD_add_connection(s->daemon, fd, (const void *)from,
				 gw_net_sockaddr_bytes(from));
	http_server_wake(s);
}

static struct MHD_Daemon *start_daemon(struct http_server *s)
{
	const struct gw_conf_listen *listen = &http_server_conf(s)->http;

	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
			MHD_USE_NO_LISTEN_SOCKET,
		0, on_accept, s, on_access, s, MHD_OPTION_EXTERNAL_LOGGER,
		on_log, NULL, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)listen->connections + 1,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTP_POOL_BYTES,
		MHD_OPTION_STRICT_FOR_CLIENT, http_guard_strictness(s->guard),
		MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL,
		MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
}

void http_server_set_periods(struct http_server *s, const struct gw_conf *conf)
{
	int64_t *periods = s->reaper.periods_ms;
	int64_t look_ms = conf->http.header_ms / 2;

	if (look_ms > conf->http.idle_ms) {
		look_ms = conf->http.idle_ms;
	}
	periods[HTTP_WAIT_LULL] = LULL_MS;
	periods[HTTP_WAIT_IDLE] = look_ms;
	periods[HTTP_WAIT_HEAD] = conf->http.header_ms;
	periods[HTTP_WAIT_BODY] = conf->http.body_ms;
	periods[HTTP_WAIT_ANSWER] = LOOK_MS;
	periods[HTTP_WAIT_TAKEN] = conf->http.idle_ms;
}

/* Serving without a guard would let in what the next reader understands
 * differently. */
static int choose_guard(struct http_server *s)
{
	s->guard = http_probe();
	if (s->guard == HTTP_GUARD_NONE) {
		gw_error("library",
			 "libmicrohttpd %s reads requests in a way that the "
			 "gateway does not know, so HTTP cannot be served "
			 "safely: install 0.9.75 or 1.0, or leave listen.http "
			 "out",
			 MHD_get_version());
		return -ENOTSUP;
	}
	gw_debug("library", "libmicrohttpd %s, guarded by %s",
		 MHD_get_version(),
		 s->guard == HTTP_GUARD_LAYOUT ? "its layout" : "itself");
	return 0;
}

static int hang_in(struct http_server *s)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(
		s->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	assert(!s->watch);
	s->watch = gw_loop_watch(s->loop, info->epoll_fd, GW_READABLE, on_ready,
				 s);
	if (!s->watch) {
		return -ENOMEM;
	}
	http_server_wake(s);
	return 0;
}

int http_server_start(struct http_server *s, struct gw_binding *b)
{
	const struct gw_conf_listen *listen = &b->conf->http;
	int error = 0;

	assert(!s->daemon && !s->watch);
	s->binding = b;
	gw_relay_open_sockets(b->relay, &s->sockets,
			      "connections (listen.http.connections)");
	s->loop = b->loop;
	s->listen = (struct gw_listen){
		.take = accepted, .arg = s, .what = "HTTP", .topic = "http"
	};
	s->run_task.run = run;
	s->again.fire = run_again;
	http_reaper_init(&s->reaper, b->loop, http_conn_due);
	http_linger_init(&s->linger, b->loop, on_bell);
	http_server_set_periods(s, b->conf);
	s->cors_headers = http_cors_headers();
	error = s->cors_headers ? choose_guard(s) : -ENOMEM;
	if (error) {
		return error;
	}
	s->daemon = start_daemon(s);
	if (!s->daemon) {
		gw_error("listen", "libmicrohttpd does not start");
		return -EIO;
	}
	error = hang_in(s);
	return error ? error
		     : gw_listen_start(&s->listen, s->loop, listen->address,
				       listen->port);
}

void http_server_drain(struct http_server *s)
{
	assert(s->daemon);
	s->is_draining = true;
	gw_listen_stop(&s->listen);
}

/* All that was parked has been answered; one more run sends what it can. */
void http_server_stop(struct http_server *s)
{
	if (!s->loop) {
		return;
	}
	s->is_draining = true;
	s->is_stopping = true;
	gw_listen_stop(&s->listen);
	s->watch = gw_loop_unwatch(s->loop, s->watch);
	if (s->daemon) {
		(void)MHD_run(s->daemon);
		MHD_stop_daemon(s->daemon);
		s->daemon = NULL;
	}
	gw_loop_undefer(s->loop, &s->run_task);
	gw_timer_clear(s->loop, &s->again);
	http_reaper_deinit(&s->reaper);
	http_linger_deinit(&s->linger);
	gw_accounts_deinit(&s->sockets);
	free(s->cors_headers);
	s->cors_headers = NULL;
	assert(s->n_conns == 0 && s->n_owed == 0 && s->linger.n == 0);
}
