/*
 * Chain - three relays in one process.
 */

#include "tests/contract/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "bindings/coap/coap.h"
#include "bindings/http/http.h"
#include "bindings/mqtt/mqtt.h"
#include "bindings/ws/ws.h"
#include "core/loop.h"
#include "core/profile.h"
#include "core/registry.h"
#include "core/route.h"
#include "gateway/loop.h"
#include "tests/support/free_port.h"
#include "tests/support/mosquitto.h"

#define PATIENCE_MS 30000
#define WARMING_UP_MS 500
#define QUEUE_BYTES ((size_t)64 * 1024 * 1024)
#define CONTENT_BYTES ((size_t)4 * 1024 * 1024)

const struct chain_end chain_ends[] = {
	{ &http_ops, "http", false },
	{ &ws_ops, "ws", true },
	{ &coap_ops, "coap", false },
	{ &mqtt_ops, "mqtt", true },
	{ .ops = NULL },
};

/* The binding that speaks for asker and CSE has no other place for this. */
static struct chain *chain_now;

static enum gw_status cse_send(struct gw_binding *b, struct gw_exchange *x)
{
	if (chain_now->is_warming_up) {
		return GW_STATUS_NOT_FOUND;
	}
	assert_null(chain_now->asked);
	chain_now->asked = x;
	chain_now->n_events++;
	gw_uv_loop_stop(chain_now->loop);
	return GW_STATUS_NONE;
}

static void cse_forget(struct gw_binding *b, struct gw_exchange *x)
{
	chain_now->asked = NULL;
}

static void asker_reply(struct gw_binding *b, struct gw_exchange *x)
{
	gw_primitive_free(chain_now->answer);
	chain_now->answer = gw_take(&x->answer);
	chain_now->n_events++;
	gw_uv_loop_stop(chain_now->loop);
}

static const char *const schemes[] = { "test", NULL };
static const struct gw_binding_ops test_ops = {
	.name = "test",
	.schemes = schemes,
	.send = cse_send,
	.forget = cse_forget,
	.reply = asker_reply,
};

static void add_broker(struct chain_conf *c, const struct chain_hop *hop,
		       bool is_served)
{
	struct gw_conf_broker *broker = &c->brokers[c->conf.n_brokers++];

	gw_conf_broker_init(broker);
	broker->url = hop->url;
	c->conf.brokers = c->brokers;
	c->serves[0] = "/id-in";
	if (is_served) {
		broker->serves.at = c->serves;
		broker->serves.n = 1;
	}
}

static void listen_for(struct chain_conf *c, const struct chain_hop *hop)
{
	struct gw_conf_listen *listen = &c->conf.http;

	if (hop->broker) {
		add_broker(c, hop, true);
		return;
	}
	if (hop->end->ops == &ws_ops) {
		listen = &c->conf.ws;
	} else if (hop->end->ops == &coap_ops) {
		listen = &c->conf.coap;
	}
	listen->is_on = true;
	listen->port = hop->port;
}

static void conf_init(struct chain_conf *c, const char *id)
{
	gw_conf_init(&c->conf);
	gw_conf_cse_init(&c->cse);
	c->conf.node.cse_id = id;
	c->conf.limits.content_bytes = CONTENT_BYTES;
	c->conf.limits.queue_bytes = QUEUE_BYTES;
	c->conf.timeouts.request_ms = PATIENCE_MS;
	c->conf.timeouts.retry_max_ms = c->conf.timeouts.retry_min_ms;
	c->conf.cses = &c->cse;
	c->conf.n_cses = 1;
	c->cse.id = "/id-in";
	c->cse.is_default = true;
	c->cse.url = "test:cse";
}

static void lead_to(struct chain_conf *c, const struct chain_hop *hop,
		    enum gw_media media)
{
	c->cse.url = hop->url;
	c->cse.media = media;
	if (hop->broker) {
		add_broker(c, hop, false);
	}
}

static void hop_init(struct chain_hop *hop, const struct chain_end *end)
{
	hop->end = end;
	hop->port = free_port();
	(void)snprintf(hop->url, sizeof(hop->url), "%s://127.0.0.1:%u",
		       end->scheme, hop->port);
	if (end->ops == &mqtt_ops) {
		hop->broker = mosquitto_start(hop->port);
		assert_non_null(hop->broker);
	}
}

static struct gw_relay *relay_start(struct chain *c, struct chain_conf *conf,
				    const struct chain_end *left,
				    const struct chain_end *right)
{
	const struct gw_binding_ops *ops[4] = { NULL };
	struct gw_relay *relay = NULL;
	size_t n = 0;

	ops[n++] = left->ops;
	if (right->ops != left->ops) {
		ops[n++] = right->ops;
	}
	ops[n] = &test_ops;
	relay = gw_relay_new(c->loop, &conf->conf, ops);
	assert_non_null(relay);
	assert_int_equal(gw_relay_start(relay), 0);
	return relay;
}

/* The relay that listens has the one that sends as a registree CSE, which may
 * bring AEs over MQTT. */
static void know(struct gw_relay *relay, const char *csi,
		 const struct chain_end *end)
{
	const struct gw_grant grant = {
		.kind = GW_REGISTREE_CSE,
		.id = gw_str_from(csi),
		.cse = gw_relay_cse(relay, 0),
		.via = gw_relay_binding(relay, gw_str_from(end->scheme)),
	};

	assert_int_equal(gw_registry_grant(gw_relay_registry(relay), &grant),
			 0);
}

static void warm_up(struct chain *c);

void chain_start(struct chain *c, const struct chain_end *left,
		 const struct chain_end *right, enum gw_media media_left,
		 enum gw_media media_right)
{
	memset(c, 0, sizeof(*c));
	chain_now = c;
	c->loop = gw_uv_loop_new();
	assert_non_null(c->loop);
	hop_init(&c->left, left);
	hop_init(&c->right, right);
	conf_init(&c->confs[0], "/id-near");
	conf_init(&c->confs[1], "/id-middle");
	conf_init(&c->confs[2], "/id-far");
	lead_to(&c->confs[0], &c->left, media_left);
	listen_for(&c->confs[1], &c->left);
	lead_to(&c->confs[1], &c->right, media_right);
	listen_for(&c->confs[2], &c->right);
	c->far = relay_start(c, &c->confs[2], right, right);
	c->middle = relay_start(c, &c->confs[1], left, right);
	c->near = relay_start(c, &c->confs[0], left, left);
	know(c->middle, "/id-near", left);
	know(c->far, "/id-middle", right);
	if (c->left.broker || c->right.broker) {
		warm_up(c);
	}
}

void chain_stop(struct chain *c)
{
	bool has_broker = c->left.broker || c->right.broker;

	c->near = gw_relay_free(c->near);
	c->middle = gw_relay_free(c->middle);
	c->far = gw_relay_free(c->far);
	c->loop = gw_uv_loop_free(c->loop);
	if (has_broker) {
		mosquitto_await_threads();
	}
	c->left.broker = mosquitto_stop(c->left.broker);
	c->right.broker = mosquitto_stop(c->right.broker);
	c->answer = gw_primitive_free(c->answer);
}

static void give_up(struct gw_timer *t)
{
	struct chain *c = gw_container(t, struct chain, patience);

	c->is_late = true;
	gw_uv_loop_stop(c->loop);
}

/* Run the loop until the CSE is asked, or the asker answered. */
static void await(struct chain *c)
{
	size_t n_events = c->n_events;

	c->patience.fire = give_up;
	assert_int_equal(gw_timer_set(c->loop, &c->patience,
				      gw_loop_now_ms(c->loop) + PATIENCE_MS),
			 0);
	while (c->n_events == n_events && !c->is_late) {
		gw_uv_loop_run(c->loop);
	}
	gw_timer_clear(c->loop, &c->patience);
	assert_false(c->is_late);
}

static void send_off(struct chain *c, struct gw_primitive *p)
{
	const struct gw_asker asker = {
		.binding = gw_relay_binding(c->near, GW_STR("test")),
		.host = GW_STR("127.0.0.1"),
	};
	struct gw_exchange *x = NULL;

	assert_int_equal(gw_exchange_open(&x, c->near, &asker, p), 0);
}

/* A broker drops what nobody has subscribed to yet, so ask until the far end is
 * reached. */
static void warm_up(struct chain *c)
{
	c->is_warming_up = true;
	c->confs[0].conf.timeouts.request_ms = WARMING_UP_MS;
	do {
		struct gw_primitive *p = gw_primitive_new(1024, 4096);

		assert_non_null(p);
		p->op = GW_OP_RETRIEVE;
		p->id = GW_STR("warm");
		p->from = GW_STR("Cdev");
		p->to = GW_STR("cse-in");
		send_off(c, p);
		await(c);
	} while (c->answer->status != GW_STATUS_NOT_FOUND);
	c->confs[0].conf.timeouts.request_ms = PATIENCE_MS;
	c->is_warming_up = false;
}

struct gw_primitive *chain_ask(struct chain *c, struct gw_primitive *p)
{
	send_off(c, p);
	await(c);
	return c->asked ? c->asked->request : NULL;
}

const struct gw_primitive *chain_answer(struct chain *c,
					struct gw_primitive *answer)
{
	struct gw_exchange *x = gw_take(&c->asked);

	assert_non_null(answer);
	gw_exchange_answer(x, answer);
	await(c);
	return c->answer;
}

const struct gw_primitive *chain_refused(struct chain *c,
					 struct gw_primitive *p)
{
	assert_null(chain_ask(c, p));
	return c->answer;
}
