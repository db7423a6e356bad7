#pragma once

/*
 * Server - the listening half: where devices ask.
 *
 *	http_server.c    the daemon of libmicrohttpd, hung into the loop
 *	http_conn.c      connections: their deadlines, and who went away
 *	http_receive.c   a request comes in, becomes an exchange, is parked
 *	http_reply.c     an answer goes out
 */

#include "bindings/http/http_decode.h"
#include "bindings/http/http_head.h"
#include "bindings/http/http_linger.h"
#include "bindings/http/http_reaper.h"
#include "core/account.h"
#include "core/lib/listen.h"
#include "core/memory.h"
#include "core/registry.h"

struct MHD_Connection;
struct MHD_Daemon;
struct gw_binding;
struct gw_exchange;

/* What an answer for a web page costs beside the name of its origin. */
#define HTTP_CORS_BYTES ((size_t)400)

struct http_server {
	struct gw_binding *binding;
	struct gw_loop *loop;
	struct MHD_Daemon *daemon;
	enum http_guard_way guard;
	struct gw_listen listen;
	struct gw_watch *watch;
	struct gw_task run_task;
	struct gw_timer again; // to run again in the next turn of the loop
	unsigned turn;         // counts runs of the daemon
	size_t n_moved;        // connections that moved in this turn
	struct http_reaper reaper;
	struct http_linger linger;
	size_t n_conns;
	struct gw_accounts sockets; // who has them
	size_t n_owed; // answers that are to be given, or on their way
	bool is_draining;
	bool is_stopping;
	char *cors_headers; // for Access-Control-Allow-Headers
};

enum http_conn_state {
	HTTP_CONN_IDLE,    // no request
	HTTP_CONN_HEAD,    // its request line is there
	HTTP_CONN_BODY,    // its head is there
	HTTP_CONN_PARKED,  // its exchange is open
	HTTP_CONN_LEAVING, // its answer was given
	HTTP_CONN_BROKEN,  // to be closed without an answer
};

/* What is wrong with a request whose rest is still to come. */
struct http_wrong {
	enum gw_status status; // NONE: nothing yet
	unsigned http_status;  // 0: that of status
	bool is_closing;
	const char *reason; // static, or in the arena of the request
};

/* A connection of a device. */
struct http_conn {
	struct http_wait wait;
	struct http_server *server;
	struct MHD_Connection *native;
	int fd;
	enum http_conn_state state;
	unsigned moved; // the last turn in which it did
	struct http_guest guest;
	bool is_suspended;
	char host[GW_NET_TEXT_BYTES];
	struct gw_account *account; // of that host
	struct gw_charge socket;
	struct gw_load load; // what it holds beside its exchange

	/* The request at hand. */
	struct gw_primitive *request; // until its exchange is opened
	struct gw_exchange *x;        // while parked
	struct gw_str target;         // as it came, in the request's arena
	const char *native_target;    // where it stood
	struct http_asked asked;
	struct http_wrong wrong;
	enum gw_op op;
	bool is_chunked;
	bool is_preflight; // of a page that may go on
	uint8_t *body;     // in the request's arena
	size_t body_len;
	size_t body_size;
	size_t body_max; // as it was configured when the request began
	struct http_chunks chunks;
	struct gw_str web_origin; // of a page that may read the answer
	size_t room;              // for the headers of the answer
};

/* http_server.c */
int http_server_start(struct http_server *s,
		      struct gw_binding *b) GW_MUST_CHECK;
void http_server_drain(struct http_server *s);
void http_server_stop(struct http_server *s);
const struct gw_conf *http_server_conf(const struct http_server *s);
void http_server_set_periods(struct http_server *s, const struct gw_conf *conf);

/* Our end of a connection. */
struct gw_net_end http_own_end(int fd);

/* Let libmicrohttpd go on before the loop sleeps. */
void http_server_wake(struct http_server *s);

/* http_conn.c: a connection from its first to its last moment.  NULL when
 * memory is short. */
struct http_conn *http_conn_new(struct http_server *s,
				struct MHD_Connection *native);
struct http_conn *http_conn_free(struct http_conn *conn);
void http_conn_reset(struct http_conn *conn);

/* It holds so many bytes beside what each connection does.  False when it may
 * not. */
bool http_conn_may_hold(struct http_conn *conn, size_t n_bytes) GW_MUST_CHECK;

/* The same where it cannot be refused. */
void http_conn_holds(struct http_conn *conn, size_t n_bytes);
http_due_fn http_conn_due;

/* It came a step further in this turn, and may come further at once. */
void http_conn_moved(struct http_conn *conn);

/* Let it wait for its answer, from inside the handler of its request, and then
 * whenever libmicrohttpd calls that again. */
void http_conn_park(struct http_conn *conn);
void http_conn_park_on(struct http_conn *conn);

/* Its answer is queued, or it is broken: let libmicrohttpd go on with it. */
void http_conn_unpark(struct http_conn *conn);

/* http_receive.c: what libmicrohttpd calls for a request.  False closes the
 * connection. */
void http_receive_target(struct http_conn *conn, const char *target);
bool http_receive_head(struct http_conn *conn, const char *method,
		       const char *version);
bool http_receive_body(struct http_conn *conn, const char *at, size_t len);
bool http_receive_end(struct http_conn *conn);

/* http_reply.c: give the answer to an exchange.  False when memory is short:
 * then the connection can only be closed. */
bool http_reply(struct http_conn *conn, struct gw_exchange *x);

/* Refuse the request at hand. */
bool http_reply_wrong(struct http_conn *conn, const struct http_wrong *wrong);

/* An answer without any primitive: rtv 5, and preflight requests. */
bool http_reply_nothing(struct http_conn *conn);
bool http_reply_preflight(struct http_conn *conn);
