/*
 * HTTP - the binding of TS-0009.
 */

#include "bindings/http/http.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdio.h>

#include "bindings/http/http_send.h"
#include "bindings/http/http_server.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/lib/log.h"

#define GW_LOG_TOPIC "http"

struct http_state {
	struct http_server server;
	struct http_client client;
};

static int start(struct gw_binding *b)
{
	struct http_state *state = b->state;
	int error = 0;

	assert(!state->server.daemon && !state->client.multi.native);
	error = http_client_start(&state->client, b);

	if (!error && b->conf->http.is_on) {
		error = http_server_start(&state->server, b);
	}
	return error;
}

static void drain(struct gw_binding *b)
{
	struct http_state *state = b->state;

	if (state->server.daemon) {
		http_server_drain(&state->server);
	}
}

static bool is_drained(struct gw_binding *b)
{
	const struct http_state *state = b->state;

	return state->server.n_owed == 0 && state->client.n_open == 0;
}

static void stop(struct gw_binding *b)
{
	struct http_state *state = b->state;

	http_server_stop(&state->server);
	http_client_stop(&state->client);
	assert(!state->server.daemon && !state->client.multi.native);
}

static bool is_same_listener(const struct gw_conf_listen *a,
			     const struct gw_conf_listen *b)
{
	return gw_conf_is_same_place(a, b) && a->connections == b->connections;
}

static int reload(struct gw_binding *b, const struct gw_conf *conf)
{
	struct http_state *state = b->state;

	if (!is_same_listener(&b->conf->http, &conf->http)) {
		gw_warn("reload", "address, port and connections of HTTP stay "
				  "as they are until a restart");
	}
	http_client_bound(&state->client, conf);
	if (state->server.daemon) {
		http_server_set_periods(&state->server, conf);
	}
	return 0;
}

static void send_request(struct gw_binding *b, struct gw_exchange *x)
{
	struct http_state *state = b->state;

	http_client_send(&state->client, x);
}

static void forget(struct gw_binding *b, struct gw_exchange *x)
{
	http_client_forget(x);
}

static bool is_held(struct gw_binding *b, const struct gw_exchange *x,
		    struct gw_reason *why)
{
	return http_client_holds(x, why);
}

static void reply(struct gw_binding *b, struct gw_exchange *x)
{
	struct http_conn *conn = x->asker.native;
	struct http_server *s = conn->server;

	assert(conn->x == x && conn->state == HTTP_CONN_PARKED);
	assert(s->n_owed > 0);
	conn->x = NULL;
	http_linger_learn(&s->linger,
			  gw_loop_now_ms(s->loop) - conn->wait.since_ms);
	if (!http_reply(conn, x)) {
		s->n_owed--;
		conn->state = HTTP_CONN_BROKEN;
	}
	http_conn_unpark(conn);
}

static struct gw_str address(struct gw_binding *b, const struct gw_cse *cse)
{
	return b->conf->http.is_on ? gw_str_from(b->conf->http.advertise)
				   : (struct gw_str){ 0 };
}

static bool listens(struct gw_binding *b, struct gw_net_end *at)
{
	const struct http_state *state = b->state;

	*at = state->server.listen.at;
	return at->port != 0;
}

static void code(char *text, size_t size, enum gw_status status, enum gw_op op)
{
	(void)snprintf(text, size, "%u", http_status_of(status));
}

static void tell(struct gw_binding *b, gw_say_fn *say, void *arg)
{
	const struct http_state *state = b->state;

	say(arg, "connections", state->server.n_conns);
	say(arg, "asked", state->server.n_owed);
	say(arg, "sent", state->client.n_open);
	say(arg, "waiting", state->client.turns.n_waiting);
}

static const char *const schemes[] = { "http", "https", NULL };

const struct gw_binding_ops http_ops = {
	.name = "http",
	.schemes = schemes,
	.state_size = sizeof(struct http_state),
	.start = start,
	.drain = drain,
	.is_drained = is_drained,
	.stop = stop,
	.reload = reload,
	.send = send_request,
	.forget = forget,
	.is_held = is_held,
	.reply = reply,
	.address = address,
	.listens = listens,
	.code = code,
	.overload = HTTP_OVERLOAD,
	.tell = tell,
};
