/*
 * A request comes in, becomes an exchange, is parked.
 */

#include <assert.h>
#include <microhttpd.h>

#include "bindings/http/http_cors.h"
#include "bindings/http/http_server.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/lib/arena.h"
#include "core/lib/log.h"
#include "core/page.h"
#include "core/relay.h"
#include "core/status.h"

#define GW_LOG_TOPIC "http"

/* Room for the texts of a usual request and a body of a few hundred bytes, so
 * that it is one allocation; and one below 1024 bytes, because for a larger one
 * malloc() first collects all small ones that were freed. */
#define ROOM_BYTES ((size_t)768)

/* What all texts of a request may come to, beside its body: a query as JSON is
 * the largest. */
#define TEXTS_BYTES_MAX ((size_t)256 * 1024)

/* Memory is set aside for what was announced only up to this; the rest as it
 * arrives. */
#define BODY_BYTES_AHEAD ((size_t)64 * 1024)
#define BODY_BYTES_FIRST ((size_t)2048)

void http_receive_target(struct http_conn *conn, const char *target)
{
	size_t body_max = http_server_conf(conn->server)->limits.content_bytes;
	struct gw_primitive *p = gw_primitive_new(
		ROOM_BYTES, TEXTS_BYTES_MAX + 4 * body_max);

	assert(!conn->x);
	conn->request = p;
	conn->native_target = target;
	conn->target = p ? gw_arena_str(p->arena, gw_str_from(target))
			 : (struct gw_str){ 0 };
	conn->state = HTTP_CONN_HEAD;
	conn->wrong = (struct http_wrong){ 0 };
	conn->x = NULL;
	conn->op = GW_OP_NONE;
	conn->body = NULL;
	conn->body_len = 0;
	conn->body_size = 0;
	conn->body_max = body_max;
	conn->web_origin = (struct gw_str){ 0 };
	conn->is_preflight = false;
	conn->is_chunked = false;
	if (conn->wait.what != HTTP_WAIT_HEAD) {
		http_reaper_wait(&conn->server->reaper, &conn->wait,
				 HTTP_WAIT_HEAD);
	}
}

static struct http_refusal check(struct http_conn *conn,
				 struct http_values *values, const char *method,
				 const char *version)
{
	struct http_head head = {
		.way = conn->server->guard,
		.native = conn->native,
		.method = method,
		.version = version,
		.native_target = conn->native_target,
		.target = conn->target,
	};
	struct http_refusal refusal = http_head_check(&head, values);

	conn->target = head.target;
	conn->room = head.room;
	conn->chunks = head.chunks;
	return refusal;
}

static void wrong(struct http_conn *conn, enum gw_status status,
		  const char *reason)
{
	conn->wrong = (struct http_wrong){
		.status = status,
		.reason = reason,
	};
}

/* A reason that outlives the function that found it. */
static void wrong_why(struct http_conn *conn, enum gw_status status,
		      const struct gw_reason *why)
{
	struct gw_str copy = gw_arena_print(conn->request->arena, "%s",
					    why->text);

	wrong(conn, status, copy.at ? copy.at : "the message is too large");
}

/* Refuse at once and close: the rest of the message is not wanted. */
static bool refuse_now(struct http_conn *conn, unsigned http_status,
		       const char *reason)
{
	struct http_wrong now = {
		.status = GW_STATUS_BAD_REQUEST,
		.http_status = http_status,
		.is_closing = true,
		.reason = reason,
	};

	return http_reply_wrong(conn, &now);
}

static void decode_head(struct http_conn *conn, struct gw_str method,
			const struct http_values *values)
{
	struct gw_primitive *p = conn->request;
	struct gw_reason why = { "" };
	struct http_request_head head = {
		.method = method,
		.target = conn->target,
		.values = values,
	};
	enum gw_status status = http_decode_head(p, &conn->asked, &why, &head);

	conn->op = p->op;
	if (status != GW_STATUS_NONE) {
		wrong_why(conn, status, &why);
	}
}

/* The body cannot be kept. */
static const struct http_wrong no_room = {
	.status = GW_STATUS_TARGET_NOT_REACHABLE,
	.http_status = HTTP_OVERLOAD_STATUS,
	.is_closing = true,
	.reason = "there is no room for the content now (limits.memory)",
};

/* Set memory aside for the body.  False when it is announced too large. */
static bool expect_body(struct http_conn *conn,
			const struct http_values *values)
{
	uint64_t length = 0;
	size_t ahead = 0;

	assert(conn->request && !conn->body);
	conn->is_chunked = gw_str_is_present(
		values->of[HTTP_TRANSFER_ENCODING]);
	(void)gw_str_number(&length, values->of[HTTP_CONTENT_LENGTH],
			    INT64_MAX);
	if (length > conn->body_max) {
		return false;
	}
	ahead = length < BODY_BYTES_AHEAD ? (size_t)length : BODY_BYTES_AHEAD;
	if (conn->is_chunked) {
		ahead = BODY_BYTES_FIRST;
	}
	if (ahead > BODY_BYTES_FIRST && !http_conn_may_hold(conn, ahead)) {
		conn->wrong = no_room;
		return true;
	}
	if (ahead > 0) {
		conn->body = gw_arena_alloc(conn->request->arena, ahead);
		conn->body_size = conn->body ? ahead : 0;
	}
	return true;
}

/* Whether it is for a name of ours, where the operator has given any. */
static bool is_for_us(const struct http_conn *conn,
		      const struct http_values *values)
{
	const struct gw_conf_listen *conf =
		&http_server_conf(conn->server)->http;
	struct gw_net_end at;

	if (conf->hosts.n == 0) {
		return true;
	}
	at = http_own_end(conn->fd);
	return gw_page_is_for_us(conf, &at, values->of[HTTP_HOST]);
}

/* Whether it comes from no web page, or from one that may. */
static bool page_may(const struct http_conn *conn,
		     const struct http_values *values)
{
	struct gw_str origin = values->of[HTTP_WEB_ORIGIN];
	struct gw_net_end at;

	if (origin.len == 0) {
		return true;
	}
	at = http_own_end(conn->fd);
	return gw_page_may(&http_server_conf(conn->server)->http, &at, origin);
}

static bool refuse_page(struct http_conn *conn)
{
	const struct http_wrong now = {
		.status = GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE,
		.is_closing = true,
		.reason = "this Origin is not allowed (allow-origins)",
	};

	return http_reply_wrong(conn, &now);
}

static void note_web_origin(struct http_conn *conn,
			    const struct http_values *values)
{
	struct gw_str origin = values->of[HTTP_WEB_ORIGIN];

	if (origin.len > 0 &&
	    gw_page_is_allowed(&http_server_conf(conn->server)->http, origin)) {
		conn->web_origin = gw_arena_print(
			conn->request->arena, GW_STR_FMT, GW_STR_ARG(origin));
	}
}

bool http_receive_head(struct http_conn *conn, const char *method,
		       const char *version)
{
	struct http_values values = { 0 };
	struct gw_str name = gw_str_from(method);
	struct http_refusal refusal;

	assert(conn->state == HTTP_CONN_HEAD);
	if (!conn->request || !gw_str_is_present(conn->target)) {
		return false;
	}
	conn->state = HTTP_CONN_BODY;
	refusal = check(conn, &values, method, version);
	if (refusal.reason) {
		return refuse_now(conn, refusal.status, refusal.reason);
	}
	if (!page_may(conn, &values)) {
		return refuse_page(conn);
	}
	if (!is_for_us(conn, &values)) {
		return refuse_now(conn, 421,
				  "Host is none of this listener (hosts)");
	}
	note_web_origin(conn, &values);
	if (gw_str_is(name, "OPTIONS") && conn->web_origin.len > 0 &&
	    gw_str_is_present(values.of[HTTP_CORS_METHOD])) {
		conn->is_preflight = true;
		return true;
	}
	if (!expect_body(conn, &values)) {
		return refuse_now(conn, 413,
				  "the content is larger than limits.content");
	}
	if (conn->wrong.status != GW_STATUS_NONE) {
		return http_reply_wrong(conn, &conn->wrong);
	}
	decode_head(conn, name, &values);
	http_reaper_wait(&conn->server->reaper, &conn->wait, HTTP_WAIT_BODY);
	return true;
}

/* Make room for len more bytes.  What was announced is not believed; what is
 * there doubles, up to the bound. */
static bool make_room(struct http_conn *conn, size_t len)
{
	size_t need = conn->body_len + len;
	size_t size = conn->body_size ? conn->body_size : BODY_BYTES_FIRST;
	uint8_t *moved = NULL;

	assert(need <= conn->body_max);
	if (need <= conn->body_size) {
		return true;
	}
	while (size < need) {
		size *= 2;
	}
	if (size > conn->body_max) {
		size = conn->body_max;
	}
	if (!http_conn_may_hold(conn, size)) {
		conn->wrong = no_room;
		return false;
	}
	moved = gw_arena_grow(conn->request->arena, conn->body, conn->body_size,
			      size);
	if (!moved) {
		wrong(conn, GW_STATUS_INTERNAL_SERVER_ERROR,
		      "the gateway is short of memory");
		return false;
	}
	conn->body = moved;
	conn->body_size = size;
	assert(conn->body_size >= need);
	return true;
}

bool http_receive_body(struct http_conn *conn, const char *at, size_t len)
{
	if (conn->is_chunked &&
	    !http_chunks_piece(&conn->chunks, conn->server->turn, at, len)) {
		wrong(conn, GW_STATUS_BAD_REQUEST,
		      "the frame of a chunk is ill-formed");
		conn->wrong.is_closing = true;
	}
	if (conn->wrong.status != GW_STATUS_NONE) {
		return true;
	}
	assert(conn->body_len <= conn->body_max);
	if (len > conn->body_max - conn->body_len) {
		wrong(conn, GW_STATUS_BAD_REQUEST,
		      "the content is larger than limits.content");
		conn->wrong.http_status = 413;
		conn->wrong.is_closing = true;
		return true;
	}
	if (!make_room(conn, len)) {
		return true;
	}
	memcpy(conn->body + conn->body_len, at, len);
	conn->body_len += len;
	return true;
}

static void decode_content(struct http_conn *conn)
{
	struct gw_reason why = { "" };
	enum gw_status status = http_decode_content(
		conn->request, &conn->asked, &why,
		(struct gw_bytes){ conn->body, conn->body_len });

	if (status != GW_STATUS_NONE) {
		wrong_why(conn, status, &why);
	} else if (gw_arena_is_short(conn->request->arena)) {
		wrong(conn, GW_STATUS_INTERNAL_SERVER_ERROR,
		      "the message is too large");
	}
}

/* The connection is parked only when an answer is to be given on it; whoever
 * wants none gets its 204 while the request is on its way (TS-0004 7.3.2.5). */
static bool open_exchange(struct http_conn *conn)
{
	struct http_server *s = conn->server;
	struct gw_exchange *unanswered = NULL;
	struct gw_asker asker = {
		.binding = s->binding,
		.native = conn,
		.host = gw_str_from(conn->host),
		.account = conn->account,
		.media = conn->asked.wants,
	};

	assert(conn->request && !conn->x);
	http_conn_holds(conn, 0);
	if (gw_primitive_is_silent(conn->request)) {
		if (gw_exchange_open(&unanswered, s->binding->relay, &asker,
				     gw_take(&conn->request))) {
			return false;
		}
		gw_exchange_abandon(unanswered);
		return http_reply_nothing(conn);
	}
	if (gw_exchange_open(&conn->x, s->binding->relay, &asker,
			     gw_take(&conn->request))) {
		conn->x = NULL;
		return false;
	}
	http_conn_park(conn);
	return true;
}

bool http_receive_end(struct http_conn *conn)
{
	if (conn->is_chunked && conn->wrong.status == GW_STATUS_NONE &&
	    !http_chunks_end(&conn->chunks, conn->server->turn)) {
		wrong(conn, GW_STATUS_BAD_REQUEST,
		      "the frame of a chunk is ill-formed");
		conn->wrong.is_closing = true;
	}
	if (conn->is_preflight && conn->wrong.status == GW_STATUS_NONE) {
		return http_reply_preflight(conn);
	}
	if (conn->wrong.status == GW_STATUS_NONE) {
		decode_content(conn);
	}
	return conn->wrong.status == GW_STATUS_NONE
		       ? open_exchange(conn)
		       : http_reply_wrong(conn, &conn->wrong);
}
