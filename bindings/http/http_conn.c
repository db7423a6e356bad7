/*
 * Connections: their deadlines, and who went away.
 */

#include <assert.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "bindings/http/http_server.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/lib/log.h"
#include "core/lib/net.h"
#include "core/relay.h"

#define GW_LOG_TOPIC "http"

/* How far the clocks of loop and kernel may be apart. */
#define CLOCK_SLACK_MS 100

/* What each connection takes, here and in the library. */
#define CONN_BYTES (HTTP_POOL_BYTES + (size_t)4 * 1024)

/* One that is parked holds an exchange, which can be given up by itself. */
static bool give_up(struct gw_load *load)
{
	struct http_conn *conn = gw_container(load, struct http_conn, load);

	if (conn->state == HTTP_CONN_PARKED ||
	    conn->state == HTTP_CONN_BROKEN) {
		return false;
	}
	gw_debug("given-up",
		 "the connection of %s, for somebody who holds less",
		 conn->host);
	(void)shutdown(conn->fd, SHUT_RDWR);
	return true;
}

bool http_conn_may_hold(struct http_conn *conn, size_t n_bytes)
{
	struct gw_reason why;

	return gw_memory_take(conn->server->binding->relay, &conn->load,
			      conn->account, CONN_BYTES + n_bytes,
			      &why) == GW_STATUS_NONE;
}

void http_conn_holds(struct http_conn *conn, size_t n_bytes)
{
	gw_memory_owe(conn->server->binding->relay, &conn->load, conn->account,
		      CONN_BYTES + n_bytes);
}

/* The account of its host, and a place and memory for it. */
static bool take_room(struct http_conn *conn)
{
	struct http_server *s = conn->server;
	struct gw_relay *relay = s->binding->relay;
	const struct gw_conf_listen *conf = &http_server_conf(s)->http;
	struct gw_str host = gw_str_from(conn->host);

	if (!gw_relay_take_socket(relay, &s->sockets, &conn->socket, conf,
				  host)) {
		return false;
	}
	conn->account = gw_relay_account(relay, conf, host);
	return http_conn_may_hold(conn, 0);
}

static void give_room(struct http_conn *conn)
{
	gw_account_give(&conn->server->sockets, &conn->socket);
	gw_memory_give(conn->server->binding->relay, &conn->load);
	(void)gw_account_leave(conn->account);
}

struct http_conn *http_conn_new(struct http_server *s,
				struct MHD_Connection *native)
{
	struct http_conn *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		return NULL;
	}
	conn->server = s;
	conn->native = native;
	conn->fd = MHD_get_connection_info(native,
					   MHD_CONNECTION_INFO_CONNECTION_FD)
			   ->connect_fd;
	(void)gw_net_print_of(
		conn->host, MHD_get_connection_info(
				    native, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
				    ->client_addr);
	conn->load.give_up = give_up;
	if (!take_room(conn)) {
		give_room(conn);
		free(conn);
		return NULL;
	}
	http_reaper_wait(&s->reaper, &conn->wait, HTTP_WAIT_IDLE);
	s->n_conns++;
	return conn;
}

struct http_conn *http_conn_free(struct http_conn *conn)
{
	if (conn) {
		http_conn_reset(conn);
		assert(!conn->x && !conn->request && !conn->is_suspended);
		assert(conn->server->n_conns > 0);
		conn->server->n_conns--;
		http_reaper_drop(&conn->server->reaper, &conn->wait);
		give_room(conn);
		free(conn);
	}
	return NULL;
}

void http_conn_moved(struct http_conn *conn)
{
	struct http_server *s = conn->server;

	if (conn->moved != s->turn) {
		conn->moved = s->turn;
		s->n_moved++;
	}
}

/* It has come as far as it can in this turn. */
static void rest(struct http_conn *conn)
{
	struct http_server *s = conn->server;

	if (conn->moved == s->turn) {
		conn->moved--;
		s->n_moved--;
	}
}

static void suspend(struct http_conn *conn)
{
	assert(conn->state == HTTP_CONN_PARKED && !conn->is_suspended);
	conn->is_suspended = true;
	MHD_suspend_connection(conn->native);
}

void http_conn_park(struct http_conn *conn)
{
	struct http_server *s = conn->server;

	assert(conn->state == HTTP_CONN_BODY && conn->x && !conn->request);
	conn->state = HTTP_CONN_PARKED;
	s->n_owed++;
	http_reaper_wait(&s->reaper, &conn->wait, HTTP_WAIT_ANSWER);
	rest(conn);
	if (!http_linger_start(&s->linger, &conn->guest)) {
		suspend(conn);
	}
}

void http_conn_park_on(struct http_conn *conn)
{
	struct http_linger *linger = &conn->server->linger;

	if (http_linger_is_long(linger, &conn->guest)) {
		http_linger_stop(linger, &conn->guest);
		suspend(conn);
	}
}

void http_conn_unpark(struct http_conn *conn)
{
	struct http_server *s = conn->server;

	http_linger_stop(&s->linger, &conn->guest);
	if (conn->is_suspended) {
		conn->is_suspended = false;
		MHD_resume_connection(conn->native);
	}
	http_server_wake(s);
}

void http_conn_reset(struct http_conn *conn)
{
	struct gw_exchange *x = gw_take(&conn->x);

	if (conn->state == HTTP_CONN_PARKED ||
	    conn->state == HTTP_CONN_LEAVING) {
		assert(conn->server->n_owed > 0);
		conn->server->n_owed--;
	}
	if (x) {
		gw_exchange_abandon(x);
	}
	conn->request = gw_primitive_free(conn->request);
	http_conn_holds(conn, 0);
	http_linger_stop(&conn->server->linger, &conn->guest);
	conn->state = HTTP_CONN_IDLE;
	http_reaper_wait(&conn->server->reaper, &conn->wait, HTTP_WAIT_LULL);
}

/* The socket is shut and not closed: it belongs to libmicrohttpd, which finds
 * out about it and cleans up. */
static void shut(struct http_conn *conn, const char *what)
{
	gw_debug("late", "%s has not sent %s in time", conn->host, what);
	(void)shutdown(conn->fd, SHUT_RDWR);
}

/* What the kernel knows of a connection.  libmicrohttpd keeps the beginning of
 * a request line to itself, does not look at parked connections, and misses an
 * end that comes together with a request. */
struct view {
	bool has_begun; // something has come since it waits for what it does
	bool has_ended; // the peer has said its last, and may still listen
	bool is_gone;   // nobody can be answered any more
};

static struct view view_of(const struct http_conn *conn, int64_t now_ms)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(conn->fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0) {
		return (struct view){ .has_ended = true, .is_gone = true };
	}
	return (struct view){
		.has_begun = (int64_t)info.tcpi_last_data_recv +
				     CLOCK_SLACK_MS <
			     now_ms - conn->wait.since_ms,
		.has_ended = info.tcpi_state != TCP_ESTABLISHED,
		.is_gone = info.tcpi_state == TCP_CLOSE,
	};
}

static void look_at_idle(struct http_conn *conn)
{
	struct http_server *s = conn->server;
	int64_t now_ms = gw_loop_now_ms(s->loop);
	struct view view = view_of(conn, now_ms);

	if (view.has_ended ||
	    now_ms - conn->wait.since_ms >= http_server_conf(s)->http.idle_ms) {
		shut(conn, "a request");
	} else if (view.has_begun) {
		http_reaper_wait(&s->reaper, &conn->wait, HTTP_WAIT_HEAD);
	} else if (conn->wait.what == HTTP_WAIT_LULL) {
		http_reaper_wait(&s->reaper, &conn->wait, HTTP_WAIT_IDLE);
	} else {
		http_reaper_wait_on(&s->reaper, &conn->wait);
	}
}

/* One whose peer has left is woken up to be closed.  A peer that has only said
 * its last is answered (RFC 9112 6.3); TCP shows no difference between that and
 * one that has closed in good order, so both are waited for. */
static void look_at_parked(struct http_conn *conn)
{
	struct http_server *s = conn->server;

	if (!view_of(conn, gw_loop_now_ms(s->loop)).is_gone) {
		http_reaper_wait_on(&s->reaper, &conn->wait);
		return;
	}
	gw_debug("left", "%s has left before it was answered", conn->host);
	gw_exchange_abandon(gw_take(&conn->x));
	s->n_owed--;
	conn->state = HTTP_CONN_BROKEN;
	http_conn_unpark(conn);
}

void http_conn_due(struct http_reaper *r, struct http_wait *w)
{
	struct http_conn *conn = gw_container(w, struct http_conn, wait);

	switch (w->what) {
	case HTTP_WAIT_LULL:
	case HTTP_WAIT_IDLE:
		look_at_idle(conn);
		break;
	case HTTP_WAIT_ANSWER:
		look_at_parked(conn);
		break;
	case HTTP_WAIT_HEAD:
		shut(conn, "a whole head");
		break;
	case HTTP_WAIT_BODY:
		shut(conn, "a whole body");
		break;
	default:
		shut(conn, "room for the answer");
		break;
	}
}
