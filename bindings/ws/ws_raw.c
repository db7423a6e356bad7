/*
 * Raw - the wire of a link over ws://: our frames on a plain connection of
 * libwebsockets.
 *
 *	dial() --> ASKING ------------> UP ------> (ended)
 *	             | not a proper      |
 *	             v 101               v goodbye, or a broken frame
 *	           owner: refused      owner: lost
 */

#include "bindings/ws/ws_raw.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "bindings/ws/ws_conn.h"
#include "bindings/ws/ws_context.h"
#include "bindings/ws/ws_handshake.h"
#include "bindings/ws/ws_state.h"
#include "bindings/ws/ws_url.h"
#include "core/lib/wire.h"

struct ws_raw {
	char key[WS_KEY_BYTES];
	enum gw_media offered;
	struct gw_buf answer; // to the handshake, so far
	struct gw_buf rest;   // written, but not yet taken by the socket
	size_t n_rest;        // of it, already gone
	bool is_dialing;      // inside ws_raw_dial()
	bool is_up;
	bool is_deaf; // what comes is of no use any more
	struct ws_reader reader;
	uint8_t pong[WS_CONTROL_MAX];
	size_t n_pong;
	bool owes_pong;
};

static void raw_free(struct ws_conn *c)
{
	struct ws_raw *raw = gw_take(&c->raw);

	if (raw) {
		gw_buf_deinit(&raw->answer);
		gw_buf_deinit(&raw->rest);
		free(raw);
	}
}

/* The socket is gone, or will not be used any more. */
static void ended(struct ws_conn *c, struct lws *wsi, const char *why)
{
	bool is_up = false;

	assert(c->raw);
	is_up = c->raw->is_up;
	if (wsi) {
		lws_set_opaque_user_data(wsi, NULL);
	}
	c->wsi = NULL;
	if (c->raw->is_dialing) {
		return; // ws_raw_dial() sees it
	}
	raw_free(c);
	if (is_up) {
		ws_conn_lost(c, why);
	} else {
		c->owner->refused(c, why);
	}
}

/* Hand bytes to the socket.  Returns how many it took.
 *
 * Not by lws_write(): what a socket does not take at once the library keeps,
 * and until that is gone it reads nothing.  A peer that reads nothing until we
 * do would wait for ever. */
static size_t push(struct ws_conn *c, const uint8_t *at, size_t len)
{
	ssize_t n = send(lws_get_socket_fd(c->wsi), at, len,
			 MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n >= 0) {
		return (size_t)n;
	}
	if (errno != EAGAIN && errno != EINTR) {
		ws_conn_broke(c, "writing failed");
	}
	return 0;
}

static bool has_rest(const struct ws_raw *raw)
{
	return raw->n_rest < gw_buf_bytes(&raw->rest).len;
}

static void rest_write(struct ws_conn *c)
{
	struct ws_raw *raw = c->raw;
	struct gw_bytes rest = gw_buf_bytes(&raw->rest);

	raw->n_rest += push(c, rest.at + raw->n_rest, rest.len - raw->n_rest);
	assert(raw->n_rest <= rest.len);
	if (has_rest(raw)) {
		lws_callback_on_writable(c->wsi);
		return;
	}
	gw_buf_deinit(&raw->rest);
	raw->n_rest = 0;
}

static void write_out(struct ws_conn *c, struct gw_bytes b)
{
	struct gw_buf *rest = &c->raw->rest;
	size_t n = 0;

	if (!has_rest(c->raw)) {
		n = push(c, b.at, b.len);
	}
	if (n == b.len) {
		return;
	}
	gw_buf_add(rest, b.at + n, b.len - n);
	if (gw_buf_is_short(rest)) {
		ws_conn_broke(c, "short of memory");
		return;
	}
	lws_callback_on_writable(c->wsi);
}

static void add_control(struct ws_conn *c, struct gw_buf *buf,
			enum ws_opcode opcode, struct gw_bytes payload)
{
	size_t begin = ws_frame_begin(buf);

	gw_buf_add(buf, payload.at, payload.len);
	ws_frame_end(buf, begin, opcode, ws_state_key(c->ws));
}

static void write_control(struct ws_conn *c, enum ws_opcode opcode,
			  struct gw_bytes payload)
{
	struct gw_buf *out = &c->ws->out;

	gw_buf_clear(out);
	add_control(c, out, opcode, payload);
	write_out(c, gw_buf_bytes(out));
}

/* A batch of messages, one behind the other: one write for all of them. */
static void batch(struct ws_conn *c, struct gw_buf *out)
{
	gw_buf_clear(out);
	if (c->raw->owes_pong) {
		c->raw->owes_pong = false;
		add_control(c, out, WS_PONG,
			    (struct gw_bytes){ c->raw->pong, c->raw->n_pong });
	}
	while (out->len < WS_BATCH_BYTES) {
		size_t begin = ws_frame_begin(out);

		if (!ws_conn_next(c, out)) {
			out->len = begin;
			return;
		}
		ws_frame_end(out, begin, ws_conn_opcode(c),
			     ws_state_key(c->ws));
	}
}

static void flush(struct ws_conn *c)
{
	struct gw_buf *out = &c->ws->out;

	assert(c->raw->is_up);
	while (!c->is_broken && !has_rest(c->raw)) {
		batch(c, out);
		if (gw_buf_bytes(out).len == 0) {
			return;
		}
		write_out(c, gw_buf_bytes(out));
	}
}

static void ping(struct ws_conn *c)
{
	static const uint8_t text[] = { 'g', 'w' };

	write_control(c, WS_PING, (struct gw_bytes){ text, sizeof(text) });
}

static void close_politely(struct ws_conn *c, enum ws_code code)
{
	uint8_t at[2];

	ws_frame_close_code(at, code);
	write_control(c, WS_CLOSE, (struct gw_bytes){ at, sizeof(at) });
}

static void kill(struct ws_conn *c)
{
	ws_context_drop(c->wsi);
	ended(c, NULL, "closed by us");
}

static const struct ws_wire_ops wire = {
	.flush = flush,
	.ping = ping,
	.close = close_politely,
	.bye = close_politely,
	.kill = kill,
};

static void goodbye_read(struct ws_conn *c, struct gw_bytes payload)
{
	struct gw_str reason = { 0 };
	unsigned code = 1005; // none was given (RFC 6455 7.1.5)

	if (payload.len >= 2) {
		code = (unsigned)payload.at[0] << 8 | payload.at[1];
		reason = gw_str_skip(gw_str_of(payload), 2);
		payload.len = 2;
	}
	if (!c->has_closed) {
		write_control(c, WS_CLOSE, payload);
	}
	ws_conn_peer_closed(c, code, reason);
	ws_conn_end(c);
}

static void piece_read(struct ws_conn *c, const struct ws_piece *piece)
{
	struct ws_raw *raw = c->raw;

	switch (piece->opcode) {
	case WS_PING:
		assert(piece->payload.len <= sizeof(raw->pong));
		memcpy(raw->pong, piece->payload.at, piece->payload.len);
		raw->n_pong = piece->payload.len;
		raw->owes_pong = true;
		ws_conn_kick(c);
		return;
	case WS_CLOSE:
		goodbye_read(c, piece->payload);
		return;
	case WS_TEXT:
	case WS_BINARY:
		ws_conn_take(c, piece);
		return;
	case WS_CONTINUATION:
	case WS_PONG:
		return;
	}
}

static void frames_read(struct ws_conn *c, struct gw_bytes input)
{
	enum ws_code code = WS_CODE_NONE;
	struct ws_piece piece;

	ws_conn_heard(c);
	while (!c->is_broken && !c->raw->is_deaf) {
		switch (ws_frame_read(&c->raw->reader, &input, &piece, &code)) {
		case WS_READ_PIECE:
			piece_read(c, &piece);
			break;
		case WS_READ_BROKEN:
			c->raw->is_deaf = true;
			ws_conn_close(c, code,
				      code == WS_CODE_TOO_LARGE
					      ? "a message is too large"
					      : "a frame is broken");
			return;
		case WS_READ_MORE:
			return;
		}
	}
}

/* Returns non-zero when the connection is of no use. */
static int answer_read(struct ws_conn *c, struct lws *wsi, struct gw_bytes part)
{
	struct ws_raw *raw = c->raw;
	struct ws_verdict verdict;
	struct gw_bytes rest;

	assert(!raw->is_up && !c->is_open);
	gw_buf_add(&raw->answer, part.at, part.len);
	if (gw_buf_is_short(&raw->answer)) {
		ended(c, wsi, "the answer to the handshake is too long");
		return -1;
	}
	if (ws_handshake_judge(&verdict, gw_buf_str(&raw->answer), raw->key,
			       raw->offered)) {
		return 0;
	}
	gw_wire_tell(
		&(struct gw_wire){ .topic = "ws",
				   .is_received = true,
				   .head = gw_str_head(gw_buf_str(&raw->answer),
						       verdict.n_used) });
	if (verdict.reason[0] != '\0') {
		ended(c, wsi, verdict.reason);
		return -1;
	}
	assert(verdict.n_used <= gw_buf_bytes(&raw->answer).len);
	raw->is_up = true;
	c->asker.media = verdict.media;
	c->wire = &wire;
	c->owner->up(c, wsi);
	rest = gw_buf_bytes(&raw->answer);
	rest.at += verdict.n_used;
	rest.len -= verdict.n_used;
	frames_read(c, rest);
	gw_buf_deinit(&raw->answer);
	return 0;
}

static int received(struct ws_conn *c, struct lws *wsi, struct gw_bytes part)
{
	if (!c->raw->is_up) {
		return answer_read(c, wsi, part);
	}
	frames_read(c, part);
	return 0;
}

static void writable(struct ws_conn *c)
{
	if (has_rest(c->raw)) {
		rest_write(c);
	}
	if (c->raw->is_up && !has_rest(c->raw)) {
		ws_conn_kick(c);
	}
}

int ws_raw_event(struct lws *wsi, enum lws_callback_reasons reason, void *user,
		 void *in, size_t len)
{
	struct ws_conn *c = ws_context_conn(wsi);

	if (!c || !c->raw) {
		return 0;
	}
	switch (reason) {
	case LWS_CALLBACK_RAW_CONNECTED:
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_RAW_RX:
		return received(c, wsi, (struct gw_bytes){ in, len });
	case LWS_CALLBACK_RAW_WRITEABLE:
		writable(c);
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		ended(c, wsi, "no connection");
		return 0;
	case LWS_CALLBACK_RAW_CLOSE:
	case LWS_CALLBACK_WSI_DESTROY:
		ended(c, wsi, "the connection was cut");
		return 0;
	default:
		return 0;
	}
}

/* The handshake waits as what the socket has not taken yet. */
static void ask_fill(struct ws_conn *c, const struct ws_dial *dial)
{
	uint8_t nonce[WS_NONCE_BYTES];

	for (size_t i = 0; i < sizeof(nonce); i += sizeof(uint64_t)) {
		uint64_t random = gw_loop_random(c->ws->loop);

		memcpy(nonce + i, &random, sizeof(random));
	}
	ws_handshake_key(c->raw->key, nonce);
	c->raw->offered = dial->media;
	ws_handshake_ask(&c->raw->rest, dial, c->raw->key);
	gw_wire_tell(&(struct gw_wire){ .topic = "ws",
					.head = gw_buf_str(&c->raw->rest) });
}

void ws_raw_settle(struct ws_conn *c)
{
	assert(c->raw);
	c->raw->reader.message_max = ws_message_max(c->ws);
	c->raw->rest.limit_bytes = ws_batch_max(c->ws);
}

static int raw_new(struct ws_conn *c, const struct ws_dial *dial)
{
	assert(!c->raw && !c->wsi);
	c->raw = calloc(1, sizeof(*c->raw));
	if (!c->raw) {
		return -ENOMEM;
	}
	gw_buf_init(&c->raw->answer, 0, WS_ANSWER_MAX + WS_BATCH_BYTES);
	gw_buf_init(&c->raw->rest, 0, 0);
	ws_raw_settle(c);
	ask_fill(c, dial);
	if (gw_buf_is_short(&c->raw->rest)) {
		raw_free(c);
		return -ENOMEM;
	}
	return 0;
}

int ws_raw_dial(struct ws_conn *c, const struct ws_dial *dial)
{
	struct lws_vhost *host = ws_context_host(c->ws->context, WS_KIND_RAW);
	struct lws_client_connect_info info = {
		.vhost = host,
		.address = dial->address,
		.host = dial->address,
		.port = dial->url->port,
		.path = "/",
		.method = "RAW",
		.local_protocol_name = WS_RAW_PROTOCOL,
		.opaque_user_data = c,
	};

	if (!host) {
		return -ENOMEM;
	}
	if (raw_new(c, dial)) {
		return -ENOMEM;
	}
	info.context = ws_context_native(c->ws->context);
	c->raw->is_dialing = true;
	c->wsi = lws_client_connect_via_info(&info);
	c->raw->is_dialing = false;
	if (!c->wsi) {
		raw_free(c);
		return -ECONNREFUSED;
	}
	return 0;
}

void ws_raw_hang_up(struct ws_conn *c)
{
	ws_context_drop(c->wsi);
	c->wsi = NULL;
	raw_free(c);
}
