/*
 * An answer goes out.
 */

#include <assert.h>
#include <microhttpd.h>
#include <stdio.h>

#include "bindings/http/http_encode.h"
#include "bindings/http/http_server.h"
#include "core/binding.h"
#include "core/exchange.h"
#include "core/lib/arena.h"
#include "core/relay.h"
#include "core/report.h"

/* What a page may read of an answer. */
#define EXPOSED                                                    \
	"X-M2M-RSC, X-M2M-RI, X-M2M-RVI, X-M2M-Origin, X-M2M-OT, " \
	"X-M2M-RST, X-M2M-EC, X-M2M-ATI, X-M2M-CTS, X-M2M-CTO, "   \
	"X-M2M-VSI, X-M2M-ASRI, Content-Location"
#define METHODS "GET, POST, PUT, DELETE"
#define PREFLIGHT_SECONDS "600"

static void free_answer(void *arg)
{
	gw_primitive_free(arg);
}

/* libmicrohttpd takes no empty value.  A blank is read as one. */
static bool add(struct MHD_Response *response, const char *name,
		const char *value)
{
	return MHD_add_response_header(response, name,
				       value[0] ? value : " ") == MHD_YES;
}

static bool add_cors(struct MHD_Response *response,
		     const struct http_conn *conn)
{
	if (conn->web_origin.len == 0) {
		return true;
	}
	return add(response, "Access-Control-Allow-Origin",
		   conn->web_origin.at) &&
	       add(response, "Vary", "Origin");
}

static bool add_lines(struct MHD_Response *response,
		      const struct http_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		if (!add(response, lines->at[i].name, lines->at[i].value)) {
			return false;
		}
	}
	return true;
}

/* Hand a response over, which is taken.  False when that cannot be. */
static bool queue(struct http_conn *conn, unsigned status,
		  struct MHD_Response *response, bool is_good)
{
	struct http_server *s = conn->server;
	enum http_conn_state before = conn->state;
	size_t n_more = before == HTTP_CONN_PARKED ? 0 : 1;

	assert(!conn->x && before != HTTP_CONN_LEAVING);
	assert(before != HTTP_CONN_PARKED || s->n_owed > 0);
	/* The connection may be completed from inside: all is done before. */
	if (is_good) {
		s->n_owed += n_more;
		conn->state = HTTP_CONN_LEAVING;
		http_reaper_wait(&s->reaper, &conn->wait, HTTP_WAIT_TAKEN);
		is_good = MHD_queue_response(conn->native, status, response) ==
			  MHD_YES;
		if (!is_good) {
			assert(s->n_owed >= n_more);
			conn->state = before;
			s->n_owed -= n_more;
		}
	}
	MHD_destroy_response(response);
	return is_good;
}

static struct MHD_Response *empty_response(void)
{
	return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
}

/* libmicrohttpd only reads what it is given, and does not say so. */
static void *unconst(const void *at)
{
	void *same = NULL;

	memcpy(&same, &at, sizeof(same));
	return same;
}

/* The response with the content of an answer, which is taken with it. */
static struct MHD_Response *response_of(struct gw_primitive *answer,
					struct gw_bytes content)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer_with_free_callback_cls(
			content.len, unconst(content.at), free_answer, answer);

	if (!response) {
		gw_primitive_free(answer);
	}
	return response;
}

static bool fits(const struct http_conn *conn, const struct http_lines *lines)
{
	size_t cors = conn->web_origin.len
			      ? conn->web_origin.len + HTTP_CORS_BYTES
			      : 0;

	return lines->n_bytes + cors <= conn->room;
}

/* An answer, and what it answers. */
struct reply {
	const struct gw_primitive *request;
	struct gw_primitive *answer; // taken
	unsigned http_status;        // 0: that of the answer
	bool is_closing;
};

/* Write down why an answer cannot be written. */
static struct MHD_Response *write_error(const struct http_conn *conn,
					const struct reply *reply,
					struct http_lines *lines,
					const char *reason)
{
	struct gw_bytes content = { 0 };
	struct gw_reason why = { "" };
	struct gw_primitive *error = gw_report_unwritable(
		&(struct gw_refusal){
			.binding = conn->server->binding,
			.peer = gw_str_from(conn->host),
			.request = reply->request,
			.reason = reason,
		},
		reply->answer);

	if (error && (http_encode_answer(lines, &content, &why, error,
					 conn->op) != GW_STATUS_NONE ||
		      !fits(conn, lines))) {
		lines->n = 1; // the code, which comes first
	}
	return error ? response_of(error, content) : NULL;
}

/* Write an answer down, or the error that tells why that cannot be.  *statusp
 * is the HTTP status that goes with what is written. */
static struct MHD_Response *write_answer(const struct http_conn *conn,
					 const struct reply *reply,
					 struct http_lines *lines,
					 unsigned *statusp)
{
	struct gw_bytes content = { 0 };
	struct gw_reason why = { "" };
	enum gw_status status = http_encode_answer(lines, &content, &why,
						   reply->answer, conn->op);
	struct MHD_Response *response = NULL;

	*statusp = reply->http_status ? reply->http_status
		   : reply->answer->is_overload
			   ? HTTP_OVERLOAD_STATUS
			   : http_status_of(reply->answer->status);
	if (status == GW_STATUS_NONE && fits(conn, lines)) {
		return response_of(reply->answer, content);
	}
	/* A refusal of ours is shortened to its code rather than replaced. */
	if (status == GW_STATUS_NONE && conn->state != HTTP_CONN_PARKED) {
		lines->n = 1;
		return response_of(reply->answer, content);
	}
	*statusp = http_status_of(GW_STATUS_INTERNAL_SERVER_ERROR);
	response = write_error(conn, reply, lines,
			       status == GW_STATUS_NONE
				       ? "its headers are too large"
				       : why.text);
	gw_primitive_free(reply->answer);
	return response;
}

static bool give(struct http_conn *conn, const struct reply *reply)
{
	unsigned status = 0;
	struct http_lines lines;
	struct MHD_Response *response = NULL;
	bool is_good = true;

	assert(conn->state == HTTP_CONN_BODY ||
	       conn->state == HTTP_CONN_PARKED);
	if (!reply->answer) {
		return false;
	}
	http_conn_holds(conn, gw_arena_bytes_held(reply->answer->arena));
	response = write_answer(conn, reply, &lines, &status);
	if (!response) {
		return false;
	}
	is_good = add_lines(response, &lines) && add_cors(response, conn);
	if (conn->web_origin.len > 0) {
		is_good = is_good &&
			  add(response, "Access-Control-Expose-Headers",
			      EXPOSED);
	}
	if (status == 405) {
		is_good = is_good && add(response, "Allow", METHODS);
	}
	if (status == HTTP_OVERLOAD_STATUS) {
		is_good = is_good &&
			  add(response, "Retry-After", HTTP_RETRY_AFTER_S);
	}
	if (reply->is_closing || conn->server->is_draining) {
		is_good = is_good && add(response, "Connection", "close");
	}
	return queue(conn, status, response, is_good);
}

bool http_reply(struct http_conn *conn, struct gw_exchange *x)
{
	return give(conn, &(struct reply){
				  .request = x->request,
				  .answer = gw_take(&x->answer),
			  });
}

bool http_reply_wrong(struct http_conn *conn, const struct http_wrong *wrong)
{
	struct http_server *s = conn->server;
	char code[8];

	assert(conn->request && !conn->x);
	assert(wrong->reason && wrong->status != GW_STATUS_NONE);
	(void)snprintf(code, sizeof(code), "%u",
		       wrong->http_status ? wrong->http_status
					  : http_status_of(wrong->status));
	gw_relay_counts(s->binding->relay)->n_unreadable++;
	gw_report_refusal(&(struct gw_refusal){
		.binding = s->binding,
		.peer = gw_str_from(conn->host),
		.request = conn->request,
		.status = wrong->status,
		.code = code,
		.reason = wrong->reason,
	});
	return give(conn, &(struct reply){
				  .request = conn->request,
				  .answer = gw_primitive_new_error(
					  conn->request, wrong->status,
					  wrong->reason),
				  .http_status = wrong->http_status,
				  .is_closing = wrong->is_closing,
			  });
}

bool http_reply_nothing(struct http_conn *conn)
{
	struct MHD_Response *response = empty_response();

	assert(conn->state == HTTP_CONN_BODY && !conn->request);
	return response && queue(conn, 204, response, add_cors(response, conn));
}

bool http_reply_preflight(struct http_conn *conn)
{
	struct MHD_Response *response = empty_response();

	assert(conn->state == HTTP_CONN_BODY && conn->is_preflight);
	return response &&
	       queue(conn, 204, response,
		     add_cors(response, conn) &&
			     add(response, "Access-Control-Allow-Methods",
				 METHODS) &&
			     add(response, "Access-Control-Allow-Headers",
				 conn->server->cors_headers) &&
			     add(response, "Access-Control-Max-Age",
				 PREFLIGHT_SECONDS));
}
