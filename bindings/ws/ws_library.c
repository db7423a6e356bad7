/*
 * Library - the wire of all connections that libwebsockets frames itself: those
 * of registrees, and links over wss://.
 */

#include "bindings/ws/ws_library.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#include <openssl/x509.h>

#include "bindings/ws/ws_conn.h"
#include "bindings/ws/ws_context.h"
#include "bindings/ws/ws_handshake.h"
#include "bindings/ws/ws_link.h"
#include "bindings/ws/ws_map.h"
#include "bindings/ws/ws_server.h"
#include "bindings/ws/ws_state.h"
#include "bindings/ws/ws_url.h"

/* Room for the name of any subprotocol that may be offered. */
#define NAME_MAX_BYTES 64

static void cork(const struct ws_conn *c, int is_on)
{
	(void)setsockopt(lws_get_socket_fd(c->wsi), IPPROTO_TCP, TCP_CORK,
			 &is_on, sizeof(is_on));
}

/* The library writes each message by itself; the cork makes packets of many. */
static void flush(struct ws_conn *c)
{
	struct gw_buf *out = &c->ws->out;
	size_t n = 0;

	assert(c->wsi && c->is_open);
	while (!c->is_broken && !lws_partial_buffered(c->wsi)) {
		gw_buf_clear(out);
		if (!ws_conn_next(c, out)) {
			break;
		}
		if (++n == 2) {
			cork(c, 1);
		}
		if (lws_write(c->wsi, out->at + out->headroom,
			      gw_buf_bytes(out).len,
			      ws_conn_opcode(c) == WS_TEXT
				      ? LWS_WRITE_TEXT
				      : LWS_WRITE_BINARY) < 0) {
			ws_conn_broke(c, "writing failed");
		}
	}
	if (n > 1) {
		cork(c, 0);
	}
}

static void ping(struct ws_conn *c)
{
	/* The library does not tell of a pong without payload. */
	unsigned char at[LWS_PRE + 2] = { 0 };

	if (lws_write(c->wsi, at + LWS_PRE, 2, LWS_WRITE_PING) < 0) {
		ws_conn_broke(c, "writing failed");
	}
}

static void pause_reading(struct ws_conn *c, bool is_paused)
{
	lws_rx_flow_control(c->wsi, !is_paused);
}

/* What is behind what was not read the library cannot see. */
static bool has_left(const struct ws_conn *c)
{
	struct pollfd p = { .fd = lws_get_socket_fd(c->wsi),
			    .events = POLLRDHUP };

	return poll(&p, 1, 0) > 0;
}

static void close_politely(struct ws_conn *c, enum ws_code code)
{
	lws_close_reason(c->wsi, (enum lws_close_status)code, NULL, 0);
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_REASON_BASE,
			LWS_TO_KILL_SYNC);
}

/* The library would first wait until it is called by the loop, and there is no
 * such time left.  A server's frame is not masked; over TLS there is no way. */
static void bye(struct ws_conn *c, enum ws_code code)
{
	uint8_t frame[4] = { 0x80 | WS_CLOSE, 2 };

	if (lws_is_ssl(c->wsi) || lws_partial_buffered(c->wsi)) {
		return;
	}
	ws_frame_close_code(frame + 2, code);
	(void)send(lws_get_socket_fd(c->wsi), frame, sizeof(frame),
		   MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void kill(struct ws_conn *c)
{
	ws_context_drop(c->wsi);
	ws_conn_lost(c, "closed by us");
}

const struct ws_wire_ops ws_library_wire = {
	.flush = flush,
	.ping = ping,
	.pause = pause_reading,
	.has_left = has_left,
	.close = close_politely,
	.bye = bye,
	.kill = kill,
};

static void received(struct ws_conn *c, struct lws *wsi, struct gw_bytes part)
{
	const struct ws_piece piece = {
		.opcode = lws_frame_is_binary(wsi) ? WS_BINARY : WS_TEXT,
		.payload = part,
		.ends_frame = lws_remaining_packet_payload(wsi) == 0,
		.ends_message = lws_is_final_fragment(wsi),
	};

	ws_conn_heard(c);
	ws_conn_take(c, &piece);
}

/* Returns what the library wants to know: -1 says the goodbye that was prepared
 * instead of the one that came, which it would repeat. */
static int peer_closes(struct ws_conn *c, struct lws *wsi,
		       struct gw_bytes payload)
{
	enum ws_code wrong = ws_frame_judge_goodbye(payload);
	struct gw_str reason = { 0 };
	unsigned code = 1005;

	if (wrong != WS_CODE_NONE) {
		lws_close_reason(wsi, (enum lws_close_status)wrong, NULL, 0);
		ws_conn_peer_closed(c, wrong, GW_STR("a broken goodbye"));
		return -1;
	}

	if (payload.len >= 2) {
		code = (unsigned)payload.at[0] << 8 | payload.at[1];
		reason = gw_str_skip(gw_str_of(payload), 2);
	}
	ws_conn_peer_closed(c, code, reason);
	return 0;
}

/* The socket is gone. */
static void ended(struct ws_conn *c, struct lws *wsi, const char *why)
{
	ws_context_unbind(wsi);
	if (c->is_open) {
		ws_conn_lost(c, why);
		return;
	}
	c->wsi = NULL;
	c->owner->refused(c, why);
}

static int add_header(struct lws *wsi, const char *name, struct gw_str value,
		      unsigned char **at, unsigned char *end)
{
	if (!gw_str_is_present(value) || !ws_handshake_is_clean(value)) {
		return 0;
	}
	return lws_add_http_header_by_name(wsi, (const unsigned char *)name,
					   (const unsigned char *)value.at,
					   (int)value.len, at, end);
}

/* The library writes lines one by one, and wants names with their colon. */
static int add_lines(struct lws *wsi, struct gw_str lines, unsigned char **at,
		     unsigned char *end)
{
	int failed = 0;

	while (lines.len > 0 && !failed) {
		struct gw_str value = gw_str_cut(&lines, '\r');
		struct gw_str name = gw_str_cut(&value, ':');
		char text[GW_HEADER_NAME_MAX + 2];

		lines = gw_str_skip(lines, 1);
		(void)snprintf(text, sizeof(text), GW_STR_FMT ":",
			       GW_STR_ARG(name));
		failed = add_header(wsi, text, gw_str_trim(value), at, end);
	}
	return failed;
}

static int add_headers(struct ws_conn *c, struct lws *wsi, unsigned char **at,
		       size_t len)
{
	const struct ws_dial *dial = ws_link_dial(c);
	unsigned char *end = *at + len;

	return add_header(wsi, "X-M2M-Origin:", dial->origin, at, end) ||
	       add_lines(wsi, dial->headers, at, end);
}

/* What is wrong with the certificate of the other end is said here only; the
 * library goes by what OpenSSL has found. */
static void certificate_seen(struct ws_conn *c, X509_STORE_CTX *seen)
{
	int error = X509_STORE_CTX_get_error(seen);

	if (error != X509_V_OK) {
		(void)snprintf(c->why, sizeof(c->why),
			       "its certificate is not taken: %s",
			       X509_verify_cert_error_string(error));
	}
}

static void client_failed(struct ws_conn *c, struct lws *wsi, struct gw_str why)
{
	char text[GW_REASON_BYTES];

	if (c->why[0] != '\0') {
		why = gw_str_from(c->why);
	}
	(void)snprintf(text, sizeof(text), GW_STR_FMT, GW_STR_ARG(why));
	c->why[0] = '\0';
	ended(c, wsi, why.len > 0 ? text : "no connection");
}

/* How messages are written under the name that the server chose; JSON when it
 * chose none.  The library refuses what was not offered. */
static enum gw_media chosen(struct lws *wsi)
{
	char name[NAME_MAX_BYTES];
	enum gw_media media = GW_MEDIA_NONE;

	if (lws_hdr_copy(wsi, name, sizeof(name), WSI_TOKEN_PROTOCOL) > 0) {
		media = ws_map_media(gw_str_from(name));
	}
	return media == GW_MEDIA_NONE ? GW_MEDIA_JSON : media;
}

/* What only the end that opened the connection is told. */
static int client_event(struct ws_conn *c, struct lws *wsi,
			enum lws_callback_reasons reason, void *in, size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		return add_headers(c, wsi, in, len) ? -1 : 0;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		assert(!c->is_open);
		c->asker.media = chosen(wsi);
		c->wire = &ws_library_wire;
		c->owner->up(c, wsi);
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		client_failed(c, wsi, (struct gw_str){ in, in ? len : 0 });
		return 0;
	default:
		return 0;
	}
}

int ws_library_event(struct lws *wsi, enum lws_callback_reasons reason,
		     void *user, void *in, size_t len)
{
	struct ws_conn *c = ws_context_conn(wsi);

	if (!c) {
		return ws_server_stranger(reason);
	}
	switch (reason) {
	case LWS_CALLBACK_RECEIVE:
	case LWS_CALLBACK_CLIENT_RECEIVE:
		received(c, wsi, (struct gw_bytes){ in, len });
		return 0;
	case LWS_CALLBACK_RECEIVE_PONG:
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
		ws_conn_heard(c);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		ws_conn_kick(c);
		return 0;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		return peer_closes(c, wsi, (struct gw_bytes){ in, len });
	case LWS_CALLBACK_CLOSED:
	case LWS_CALLBACK_CLIENT_CLOSED:
	case LWS_CALLBACK_WSI_DESTROY:
		ended(c, wsi, "the connection was cut");
		return 0;
	case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
		certificate_seen(c, user);
		return 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
	case LWS_CALLBACK_HTTP:
	case LWS_CALLBACK_ESTABLISHED:
		return ws_server_event(c, wsi, reason);
	default:
		return client_event(c, wsi, reason, in, len);
	}
}

int ws_library_dial(struct ws_conn *c, const struct ws_dial *dial)
{
	struct lws_vhost *host = ws_context_host(c->ws->context,
						 WS_KIND_SECURE);
	char name[256];
	char path[1024];
	struct lws_client_connect_info info = {
		.context = ws_context_native(c->ws->context),
		.vhost = host,
		.address = dial->address,
		.host = name,
		.path = path,
		.port = dial->url->port,
		.ssl_connection = LCCSCF_USE_SSL |
				  LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
		.protocol = ws_map_offer(dial->media),
		.local_protocol_name = ws_map_subprotocol(0),
		.ietf_version_or_minus_one = -1,
	};

	assert(!c->wsi && dial->url->is_secure);
	if (!host) {
		return -ENOMEM;
	}
	if (dial->url->authority.len >= sizeof(name) ||
	    dial->url->path.len >= sizeof(path)) {
		return -ENAMETOOLONG;
	}
	(void)snprintf(name, sizeof(name), GW_STR_FMT,
		       GW_STR_ARG(dial->url->authority));
	(void)snprintf(path, sizeof(path), GW_STR_FMT,
		       GW_STR_ARG(dial->url->path));
	c->wsi = lws_client_connect_via_info(&info);
	if (!c->wsi) {
		return -ECONNREFUSED;
	}
	lws_set_opaque_user_data(c->wsi, c);
	return 0;
}

/* The library tells nothing of an answer that it does not get to the end of,
 * but it has kept the first line. */
const char *ws_library_delay(const struct ws_conn *c)
{
	if (c->wsi && lws_hdr_total_length(c->wsi, WSI_TOKEN_HTTP) > 0) {
		return "the answer to the handshake does not end, or has a "
		       "header whose name begins one that libwebsockets knows "
		       "(as X-Auth), which it cannot read over wss://";
	}
	return "it took too long";
}
