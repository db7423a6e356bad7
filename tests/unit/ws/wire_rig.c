/*
 * Wire rig - a gateway with the WebSocket binding on a real loop, and peers
 * that the test plays byte by byte.
 */

#include "tests/unit/ws/wire_rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <libwebsockets.h>
#include <uv.h>

#include "bindings/ws/ws.h"
#include "core/binding.h"
#include "core/lib/arena.h"
#include "core/lib/loop.h"
#include "core/profile.h"
#include "gateway/loop.h"

#define DEADLINE_MS 20000
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="

static unsigned listening_port; // told by the log, once per gateway
static struct rig *current;

static void sink(const struct gw_log_record *r)
{
	const char *at = strrchr(r->message, ':');

	if (strcmp(r->event, "listening") == 0 && at) {
		listening_port = (unsigned)strtoul(at + 1, NULL, 10);
	}
}

static void record_reply(struct gw_binding *b, struct gw_exchange *x)
{
	struct reply *r = &current->replies[current->n_replies++];

	assert_true(current->n_replies < RIG_REPLIES_MAX);
	r->status = x->answer->status;
	(void)snprintf(r->id, sizeof(r->id), GW_STR_FMT,
		       GW_STR_ARG(x->answer->id));
	(void)snprintf(r->content, sizeof(r->content), GW_STR_FMT,
		       GW_STR_ARG(gw_str_of(x->answer->content)));
}

static const struct gw_binding_ops device_ops = {
	.name = "devices",
	.reply = record_reply,
};

static void never_mind(uv_timer_t *timer)
{
}

int64_t rig_deadline_ms(struct rig *rig)
{
	return gw_loop_now_ms(rig->loop) + DEADLINE_MS;
}

void rig_turn(struct rig *rig, int64_t by_ms)
{
	uv_loop_t *uv = gw_loop_native(rig->loop);
	int64_t left_ms = by_ms - gw_loop_now_ms(rig->loop);
	uv_timer_t wake;

	if (left_ms <= 0) {
		fail_msg("what is waited for does not happen");
	}
	(void)uv_timer_init(uv, &wake);
	(void)uv_timer_start(&wake, never_mind, (uint64_t)left_ms, 0);
	(void)uv_run(uv, UV_RUN_ONCE);
	(void)uv_timer_stop(&wake);
	uv_close((uv_handle_t *)&wake, NULL);
	(void)uv_run(uv, UV_RUN_NOWAIT);
}

static void knocked(void *arg, int events)
{
	struct rig *rig = arg;

	if (rig->waiting_fd < 0) {
		rig->waiting_fd = accept4(rig->listen_fd, NULL, NULL,
					  SOCK_NONBLOCK | SOCK_CLOEXEC);
	}
}

static void cse_listen(struct rig *rig)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rig->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_true(rig->listen_fd >= 0);
	assert_int_equal(bind(rig->listen_fd, (void *)&at, sizeof(at)), 0);
	assert_int_equal(listen(rig->listen_fd, 16), 0);
	assert_int_equal(getsockname(rig->listen_fd, (void *)&at, &len), 0);
	rig->cse_port = ntohs(at.sin_port);
	rig->waiting_fd = -1;
	rig->listen_watch = gw_loop_watch(rig->loop, rig->listen_fd,
					  GW_READABLE, knocked, rig);
	assert_non_null(rig->listen_watch);
}

void rig_init(struct rig *rig, rig_adjust_fn *adjust)
{
	static const struct gw_binding_ops *const bindings[] = { &ws_ops,
								 &device_ops,
								 NULL };

	memset(rig, 0, sizeof(*rig));
	current = rig;
	gw_log_use(sink, GW_LOG_DEBUG);
	rig->loop = gw_uv_loop_new();
	assert_non_null(rig->loop);
	cse_listen(rig);
	(void)snprintf(rig->url, sizeof(rig->url), "ws://127.0.0.1:%u",
		       rig->cse_port);
	gw_conf_init(&rig->conf);
	gw_conf_cse_init(&rig->cse);
	rig->conf.node.cse_id = "/id-gw";
	rig->conf.node.name = "gw";
	rig->conf.ws.is_on = true;
	rig->conf.ws.address = "127.0.0.1";
	rig->conf.ws.port = 0;
	rig->conf.timeouts.retry_min_ms = 1;
	rig->conf.timeouts.retry_max_ms = 4;
	rig->cse.id = "/id-in";
	rig->cse.name = "cse-in";
	rig->cse.url = rig->url;
	rig->cse.is_default = true;
	rig->conf.cses = &rig->cse;
	rig->conf.n_cses = 1;
	if (adjust) {
		adjust(rig);
	}
	rig->relay = gw_relay_new(rig->loop, &rig->conf, bindings);
	assert_non_null(rig->relay);
	assert_int_equal(gw_relay_start(rig->relay), 0);
	rig->port = listening_port;
}

void rig_deinit(struct rig *rig)
{
	rig->relay = gw_relay_free(rig->relay);
	if (rig->waiting_fd >= 0) {
		(void)close(rig->waiting_fd);
	}
	gw_loop_unwatch(rig->loop, rig->listen_watch);
	(void)close(rig->listen_fd);
	rig->loop = gw_uv_loop_free(rig->loop);
	gw_log_use(NULL, GW_LOG_ERROR);
}

void rig_ask(struct rig *rig, const char *id, const char *from)
{
	struct gw_asker device = {
		.binding = gw_relay_binding(rig->relay, GW_STR("devices")),
	};
	struct gw_primitive *p = gw_primitive_new(1024, 4096);
	struct gw_exchange *x = NULL;

	assert_non_null(p);
	p->op = GW_OP_RETRIEVE;
	p->id = gw_arena_str(p->arena, gw_str_from(id));
	p->from = gw_arena_str(p->arena, gw_str_from(from));
	p->to = GW_STR("cse-in/a");
	p->release = GW_STR("3");
	assert_int_equal(gw_exchange_open(&x, rig->relay, &device, p), 0);
}

void rig_join(struct rig *rig, const char *id)
{
	const struct gw_grant grant = {
		.kind = GW_REGISTREE_AE,
		.id = gw_str_from(id),
		.cse = gw_relay_cse(rig->relay, 0),
		.resource = gw_str_from(id),
		.name = gw_str_from(id),
		.via = gw_relay_binding(rig->relay, GW_STR("devices")),
	};

	assert_int_equal(
		gw_registry_grant(gw_relay_registry(rig->relay), &grant), 0);
}

void rig_is_answered(struct rig *rig, size_t i, const char *id,
		     enum gw_status status)
{
	rig_until(rig, rig->n_replies > i);
	assert_string_equal(rig->replies[i].id, id);
	assert_int_equal(rig->replies[i].status, status);
}

/* Parties. */

static void readable(void *arg, int events)
{
	struct party *p = arg;
	ssize_t n = recv(p->fd, p->in + p->n_in, RIG_IN_MAX - p->n_in,
			 MSG_DONTWAIT);

	if (n > 0) {
		p->n_in += (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		p->is_ended = true;
	}
}

static void use_input(struct party *p, size_t n)
{
	p->n_in -= n;
	memmove(p->in, p->in + n, p->n_in);
}

static void party_init(struct rig *rig, struct party *p, int fd, bool masks)
{
	memset(p, 0, sizeof(*p));
	p->fd = fd;
	p->masks = masks;
	p->in = calloc(1, RIG_IN_MAX + 1);
	assert_non_null(p->in);
	p->watch = gw_loop_watch(rig->loop, fd, GW_READABLE, readable, p);
	assert_non_null(p->watch);
}

void party_close(struct rig *rig, struct party *p)
{
	if (p->in) {
		p->watch = gw_loop_unwatch(rig->loop, p->watch);
		(void)close(p->fd);
		free(p->in);
		p->in = NULL;
		p->fd = -1;
	}
}

static size_t head_length(const struct party *p)
{
	const char *end = p->n_in ? memmem(p->in, p->n_in, "\r\n\r\n", 4)
				  : NULL;

	return end ? (size_t)(end - p->in) + 4 : 0;
}

static void take_head(struct rig *rig, struct party *p)
{
	size_t n = 0;

	rig_until(rig, (n = head_length(p)) > 0 || p->is_ended);
	(void)snprintf(p->hello, sizeof(p->hello), "%.*s", (int)n, p->in);
	use_input(p, n);
}

void party_accept(struct rig *rig, struct party *p)
{
	rig_until(rig, rig->waiting_fd >= 0);
	party_init(rig, p, rig->waiting_fd, false);
	rig->waiting_fd = -1;
	take_head(rig, p);
}

void party_write(struct party *p, const void *at, size_t len)
{
	const char *next = at;

	while (len > 0) {
		ssize_t n = send(p->fd, next, len, MSG_NOSIGNAL);

		if (n < 0) {
			assert_true(errno == EAGAIN || errno == EPIPE ||
				    errno == ECONNRESET);
			return;
		}
		next += n;
		len -= (size_t)n;
	}
}

void party_welcome(struct rig *rig, struct party *p)
{
	const char *key = strstr(p->hello, "Sec-WebSocket-Key: ");
	char text[128];
	unsigned char hash[20];
	char accept[40];
	char answer[512];

	assert_non_null(key);
	(void)snprintf(text, sizeof(text),
		       "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
	lws_SHA1((unsigned char *)text, strlen(text), hash);
	(void)lws_b64_encode_string((char *)hash, 20, accept, sizeof(accept));
	(void)snprintf(answer, sizeof(answer),
		       "HTTP/1.1 101 Switching Protocols\r\n"
		       "Upgrade: websocket\r\n"
		       "Connection: Upgrade\r\n"
		       "Sec-WebSocket-Accept: %s\r\n"
		       "Sec-WebSocket-Protocol: oneM2M.json\r\n\r\n",
		       accept);
	party_write(p, answer, strlen(answer));
}

void party_connect(struct rig *rig, struct party *p)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = htons((uint16_t)rig->port);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (void *)&at, sizeof(at)), 0);
	party_init(rig, p, fd, true);
}

void party_hello(struct rig *rig, struct party *p, const char *headers)
{
	char text[2048];

	party_connect(rig, p);
	(void)snprintf(text, sizeof(text),
		       "GET / HTTP/1.1\r\nHost: gw\r\nUpgrade: websocket\r\n"
		       "Connection: Upgrade\r\nSec-WebSocket-Key: " KEY "\r\n"
		       "Sec-WebSocket-Version: 13\r\n%s\r\n",
		       headers);
	party_write(p, text, strlen(text));
	take_head(rig, p);
}

void party_frame(struct party *p, unsigned opcode, const void *at, size_t len)
{
	unsigned char header[14] = { (unsigned char)opcode };
	size_t n = 2;

	header[1] = (unsigned char)(len < 126 ? len : len < 65536 ? 126 : 127);
	if (len >= 126) {
		size_t wide = len < 65536 ? 2 : 8;

		for (size_t i = 0; i < wide; i++) {
			header[n++] = (unsigned char)((uint64_t)len >>
						      (8 * (wide - 1 - i)));
		}
	}
	if (p->masks) {
		header[1] |= 0x80;
		n += 4; // a key of zeros leaves the payload as it is
	}
	party_write(p, header, n);
	party_write(p, at, len);
}

void party_says(struct party *p, const char *text)
{
	party_frame(p, 0x81, text, strlen(text));
}

/* Bytes of the first frame, or 0 when it is not complete. */
static size_t frame_size(const struct party *p, size_t *headp, size_t *lenp)
{
	const unsigned char *in = (const unsigned char *)p->in;
	size_t n = 2;
	uint64_t len = 0;

	if (p->n_in < 2) {
		return 0;
	}
	len = in[1] & 0x7f;
	if (len >= 126) {
		size_t wide = len == 126 ? 2 : 8;

		len = 0;
		for (size_t i = 0; i < wide && n < p->n_in; i++) {
			len = len << 8 | in[n++];
		}
	}
	n += in[1] & 0x80 ? 4 : 0;
	*headp = n;
	*lenp = (size_t)len;
	return p->n_in >= n + len ? n + (size_t)len : 0;
}

unsigned party_hears(struct rig *rig, struct party *p)
{
	unsigned char *in = (unsigned char *)p->in;
	size_t head = 0;
	size_t size = 0;

	rig_until(rig,
		  (size = frame_size(p, &head, &p->len)) > 0 || p->is_ended);
	assert_true(size > 0);
	assert_int_equal((in[1] & 0x80) != 0, !p->masks);
	for (size_t i = 0; in[1] & 0x80 && i < p->len; i++) {
		in[head + i] ^= in[head - 4 + (i & 3)];
	}
	p->opcode = in[0] & 0x0f;
	(void)snprintf(p->text, sizeof(p->text), "%.*s", (int)p->len,
		       (char *)in + head);
	if (p->opcode == 8 && p->len >= 2) {
		p->code = (unsigned)in[head] << 8 | in[head + 1];
	}
	use_input(p, size);
	return p->opcode;
}

void party_expects(struct rig *rig, struct party *p, const char *part)
{
	assert_int_equal(party_hears(rig, p), 1);
	if (!strstr(p->text, part)) {
		fail_msg("%s is not in %s", part, p->text);
	}
}

unsigned party_status(struct rig *rig, struct party *p)
{
	if (p->hello[0] == '\0') {
		take_head(rig, p);
	}
	assert_int_equal(strncmp(p->hello, "HTTP/1.1 ", 9), 0);
	return (unsigned)strtoul(p->hello + 9, NULL, 10);
}

void party_ends(struct rig *rig, struct party *p)
{
	rig_until(rig, p->is_ended);
}
