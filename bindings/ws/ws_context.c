/*
 * Context - the one context of libwebsockets, hung into our loop.
 *
 *	lws_context_destroy()   all sockets are told to close
 *	turn                    their handles close; then the timers of the
 *	                        library are told to close
 *	turn                    the timers' handles close
 *	lws_context_destroy()   the rest is freed
 *
 * The library does not tell when its last handle is closed, so we look: when
 * nothing in the loop is closing any more, neither is anything of the library.
 */

#include "bindings/ws/ws_context.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <libwebsockets.h>
#include <uv.h>

#include "bindings/ws/ws_conn.h"
#include "bindings/ws/ws_library.h"
#include "bindings/ws/ws_map.h"
#include "bindings/ws/ws_raw.h"
#include "bindings/ws/ws_state.h"
#include "core/lib/log.h"

#define GW_LOG_TOPIC "ws"

/* The library's own time limits are only a net below ours. */
#define SPARE_S 10

/* Request line and headers of one handshake, and handshakes at one time. */
#define HEADERS_BYTES 4096
#define HANDSHAKES_MAX 4096

/* Read buffers are held by each connection, so they are small; it is only in
 * reading that a bigger one would save calls. */
#define SERVER_READ_BYTES 2048
#define SECURE_READ_BYTES 16384

#define N_KINDS 3
#define N_PROTOCOLS_MAX 8

struct ws_context {
	struct ws_state *ws;
	struct lws_context *native; // set to NULL by the library at its end
	struct lws_vhost *hosts[N_KINDS];
	struct ws_conn *adopted; // whose socket the library is being given
	struct lws *adopting;    // what it made of that; NULL: not heard of yet
	struct lws_protocols protocols[N_KINDS][N_PROTOCOLS_MAX];
	void *loops[1];
	uv_idle_t last;
	int pipe_fd; // of the library, to wake itself; -1: not known
};

/* Peers can make the library complain at will, so hardly anything of that is
 * told above debug.  Why TLS fails, nobody else knows. */
static void library_says(int level, const char *line)
{
	struct gw_str text = gw_str_from(line);

	while (text.len > 0 && text.at[text.len - 1] == '\n') {
		text.len--;
	}
	gw_log(gw_str_starts(text, GW_STR("SSL error")) ? GW_LOG_WARN
							: GW_LOG_DEBUG,
	       GW_LOG_TOPIC, "library", GW_STR_FMT, GW_STR_ARG(text));
}

static unsigned patience_s(const struct gw_conf *conf)
{
	int64_t ms = conf->timeouts.connect_ms;

	if (conf->ws.is_on && conf->ws.header_ms > ms) {
		ms = conf->ws.header_ms;
	}
	return (unsigned)(ms / 1000) + SPARE_S;
}

static void info_fill(struct lws_context_creation_info *info,
		      struct ws_context *context)
{
	static const lws_retry_bo_t no_pings = { 0 }; // we send our own

	*info = (struct lws_context_creation_info){
		.port = CONTEXT_PORT_NO_LISTEN,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
			   LWS_SERVER_OPTION_LIBUV |
			   LWS_SERVER_OPTION_VALIDATE_UTF8,
		.foreign_loops = context->loops,
		.pcontext = &context->native,
		.user = context,
		.pt_serv_buf_size = (unsigned)WS_BATCH_BYTES,
		.max_http_header_data = HEADERS_BYTES,
		.max_http_header_pool2 = HANDSHAKES_MAX,
		.retry_and_idle_policy = &no_pings,
		.timeout_secs = patience_s(ws_conf(context->ws)),
		.connect_timeout_secs = patience_s(ws_conf(context->ws)),
	};
}

/* Watches in a loop, in the order in which they were made. */
struct watches {
	size_t n;
	size_t wanted;
	int fd; // of the wanted one
};

static void watch_count(uv_handle_t *handle, void *arg)
{
	struct watches *w = arg;

	if (handle->type == UV_POLL && w->n++ == w->wanted &&
	    uv_fileno(handle, &w->fd) != 0) {
		w->fd = -1;
	}
}

static void native_new(struct ws_context *context,
		       const struct lws_context_creation_info *info)
{
	struct watches before = { .wanted = SIZE_MAX };
	struct watches after = { .fd = -1 };

	if (!context->loops[0]) {
		return;
	}
	uv_walk(context->loops[0], watch_count, &before);
	context->native = lws_create_context(info);
	after.wanted = before.n;
	uv_walk(context->loops[0], watch_count, &after);
	context->pipe_fd = after.fd;
}

/* libwebsockets 4.1.6 closes the descriptor of its pipe twice, the second time
 * some turns of the loop later, when it may be somebody else's.  Until then we
 * keep the number taken. */
static void pipe_guard(const struct ws_context *context)
{
	int null = -1;

	if (context->pipe_fd < 0 || fcntl(context->pipe_fd, F_GETFD) >= 0) {
		return;
	}
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null >= 0 && null != context->pipe_fd) {
		(void)dup3(null, context->pipe_fd, O_CLOEXEC);
		(void)close(null);
	}
}

struct ws_context *ws_context_new(struct ws_state *ws)
{
	struct ws_context *context = calloc(1, sizeof(*context));
	struct lws_context_creation_info info;

	if (!context) {
		return NULL;
	}
	lws_set_log_level(LLL_ERR | LLL_WARN, library_says);
	context->ws = ws;
	context->loops[0] = gw_loop_native(ws->loop);
	info_fill(&info, context);
	info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	native_new(context, &info);
	if (!context->native) {
		gw_error("no-context",
			 "libwebsockets does not start; is the package "
			 "libwebsockets-evlib-uv installed?");
		free(context);
		return NULL;
	}
	return context;
}

static void count_closing(uv_handle_t *handle, void *arg)
{
	size_t *n = arg;

	*n += uv_is_closing(handle) ? 1 : 0;
}

static void last_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void look(uv_idle_t *last)
{
	struct ws_context *context = last->data;
	size_t n_closing = 0;

	uv_walk(last->loop, count_closing, &n_closing);
	if (n_closing > 0) {
		return;
	}
	(void)uv_idle_stop(last);
	lws_context_destroy(context->native);
	uv_close((uv_handle_t *)last, last_closed);
}

struct ws_context *ws_context_leave(struct ws_context *context)
{
	if (!context) {
		return NULL;
	}
	assert(context->ws && context->native);
	context->ws = NULL;
	(void)uv_idle_init(context->loops[0], &context->last);
	context->last.data = context;
	(void)uv_idle_start(&context->last, look);
	lws_context_destroy(context->native);
	pipe_guard(context);
	return NULL;
}

static void protocols_fill(struct lws_protocols *p, enum ws_kind kind)
{
	const char *name = NULL;

	if (kind == WS_KIND_RAW) {
		p[0] = (struct lws_protocols){ .name = WS_RAW_PROTOCOL,
					       .callback = ws_raw_event };
		return;
	}
	for (size_t i = 0; (name = ws_map_subprotocol(i)); i++) {
		p[i] = (struct lws_protocols){
			.name = name,
			.callback = ws_library_event,
			.rx_buffer_size = kind == WS_KIND_SERVER
						  ? SERVER_READ_BYTES
						  : SECURE_READ_BYTES,
			.tx_packet_size = WS_BATCH_BYTES,
		};
	}
}

struct lws_vhost *ws_context_host(struct ws_context *context, enum ws_kind kind)
{
	static const char *const names[N_KINDS] = { "raw", "secure", "server" };
	struct lws_context_creation_info info;

	assert(context->native);
	if (context->hosts[kind]) {
		return context->hosts[kind];
	}
	info_fill(&info, context);
	info.vhost_name = names[kind];
	info.protocols = context->protocols[kind];
	protocols_fill(context->protocols[kind], kind);
	if (kind == WS_KIND_SERVER) {
		info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
	}
	if (kind == WS_KIND_SECURE) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.client_ssl_ca_filepath = ws_conf(context->ws)->ca_file;
	}
	context->hosts[kind] = lws_create_vhost(context->native, &info);
	if (!context->hosts[kind]) {
		gw_error("no-host", "libwebsockets cannot serve \"%s\"",
			 names[kind]);
	}
	return context->hosts[kind];
}

struct lws_context *ws_context_native(const struct ws_context *context)
{
	return context->native;
}

/* Of a socket that it is given the library tells before it returns it, and it
 * forgets once whose it is. */
struct ws_conn *ws_context_conn(struct lws *wsi)
{
	struct ws_context *context = lws_context_user(lws_get_context(wsi));

	if (context->adopted && !lws_get_opaque_user_data(wsi) &&
	    (!context->adopting || context->adopting == wsi)) {
		context->adopting = wsi;
		lws_set_opaque_user_data(wsi, context->adopted);
	}
	return lws_get_opaque_user_data(wsi);
}

void ws_context_unbind(struct lws *wsi)
{
	struct ws_context *context = lws_context_user(lws_get_context(wsi));

	lws_set_opaque_user_data(wsi, NULL);
	if (context->adopting == wsi) {
		context->adopted = NULL;
		context->adopting = NULL;
	}
}

/* What the library gives up it closes some turns of the loop later, and tells
 * then. */
struct lws *ws_context_adopt(struct ws_context *context, struct ws_conn *c,
			     int fd, struct gw_str head)
{
	struct lws *wsi = NULL;

	assert(!context->adopted && !context->adopting);
	context->adopted = c;
	wsi = lws_adopt_socket_vhost_readbuf(context->hosts[WS_KIND_SERVER], fd,
					     head.at, head.len);
	if (wsi && context->adopted) {
		lws_set_opaque_user_data(wsi, c);
	} else if (context->adopting) {
		lws_set_opaque_user_data(context->adopting, NULL);
	}
	context->adopted = NULL;
	context->adopting = NULL;
	return wsi;
}

void ws_context_drop(struct lws *wsi)
{
	if (wsi) {
		ws_context_unbind(wsi);
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE,
				LWS_TO_KILL_SYNC);
	}
}
