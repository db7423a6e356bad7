/*
 * CoAP - the binding of TS-0008.
 */

#include "bindings/coap/coap.h"

#include <assert.h>
#include <stdio.h>

#include "bindings/coap/coap_client.h"
#include "bindings/coap/coap_io.h"
#include "bindings/coap/coap_proof.h"
#include "bindings/coap/coap_server.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/lib/log.h"

#define GW_LOG_TOPIC "coap"

struct coap_state {
	struct coap_io io;
	struct coap_server server;
	struct coap_client client;
};

static int start(struct gw_binding *b)
{
	struct coap_state *state = b->state;
	int error = 0;

	state->io.on_request = coap_receive;
	state->io.on_answer = coap_client_answered;
	state->io.on_lost = coap_client_lost;
	state->io.server = &state->server;
	state->io.client = &state->client;
	error = coap_io_start(&state->io, b);
	if (error) {
		return error;
	}
	coap_client_start(&state->client, b, state->io.context);
	if (!b->conf->coap.is_on) {
		return 0;
	}
	state->client.peers = &state->server.peers;
	state->io.on_acknowledged = coap_reply_acknowledged;
	coap_server_start(&state->server, b);
	return coap_io_listen(&state->io, b);
}

static void drain(struct gw_binding *b)
{
	struct coap_state *state = b->state;

	state->server.is_draining = true;
}

static bool is_drained(struct gw_binding *b)
{
	const struct coap_state *state = b->state;

	return state->server.n_owed == 0 && state->client.n_open == 0;
}

static void stop(struct gw_binding *b)
{
	struct coap_state *state = b->state;

	coap_client_stop(&state->client);
	coap_server_stop(&state->server);
	coap_io_stop(&state->io);
}

static bool is_same_listener(const struct gw_conf_listen *a,
			     const struct gw_conf_listen *b)
{
	return gw_conf_is_same_place(a, b) &&
	       a->connections == b->connections &&
	       a->connections_per_address == b->connections_per_address &&
	       a->idle_ms == b->idle_ms;
}

static int reload(struct gw_binding *b, const struct gw_conf *conf)
{
	if (!is_same_listener(&b->conf->coap, &conf->coap)) {
		gw_warn("reload", "address, port, sessions and idle-timeout of "
				  "CoAP stay as they are until a restart");
	}
	return 0;
}

static void send_request(struct gw_binding *b, struct gw_exchange *x)
{
	struct coap_state *state = b->state;

	coap_client_send(&state->client, x);
}

static void forget(struct gw_binding *b, struct gw_exchange *x)
{
	coap_client_forget(x);
}

static bool is_held(struct gw_binding *b, const struct gw_exchange *x,
		    struct gw_reason *why)
{
	return coap_client_holds(x, why);
}

static void reply(struct gw_binding *b, struct gw_exchange *x)
{
	struct coap_state *state = b->state;
	struct coap_turn *turn = x->asker.native;

	assert(turn->x == x);
	if (x->wants_proof) {
		coap_proof_want(&state->server, turn);
		return;
	}
	coap_reply(&state->server, turn, x->request, gw_take(&x->answer));
}

static struct gw_str address(struct gw_binding *b, const struct gw_cse *cse)
{
	return b->conf->coap.is_on ? gw_str_from(b->conf->coap.advertise)
				   : (struct gw_str){ 0 };
}

static bool listens(struct gw_binding *b, struct gw_net_end *at)
{
	const struct coap_state *state = b->state;

	*at = state->io.at;
	return at->port != 0;
}

static void code(char *text, size_t size, enum gw_status status, enum gw_op op)
{
	uint8_t c = coap_code_of(status, op);

	(void)snprintf(text, size, "%u.%02u", c >> 5, c & 31);
}

static void tell(struct gw_binding *b, gw_say_fn *say, void *arg)
{
	const struct coap_state *state = b->state;

	say(arg, "sent", state->client.n_open);
	if (state->io.n_garbled > 0) {
		say(arg, "refused-reset", state->io.n_garbled);
	}
	coap_server_tell(&state->server, say, arg);
}

static const char *const schemes[] = { "coap", NULL };

const struct gw_binding_ops coap_ops = {
	.name = "coap",
	.schemes = schemes,
	.is_datagram = true,
	.state_size = sizeof(struct coap_state),
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
	.overload = "5.03",
	.tell = tell,
};
