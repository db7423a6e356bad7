/*
 * Chain - how its relays are started and meet.
 *
 * They listen on ports that the system chooses, and tell in the log which.
 */

#include "tests/contract/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <coap3/coap.h>
#include <stdio.h>
#include <stdlib.h>

#include "bindings/coap/coap.h"
#include "bindings/http/http.h"
#include "bindings/loopback/loopback.h"
#include "bindings/mqtt/mqtt.h"
#include "bindings/ws/ws.h"
#include "core/cse.h"
#include "core/lib/log.h"
#include "core/registry.h"
#include "gateway/loop.h"
#include "tests/contract/chain_talk.h"
#include "tests/support/mosquitto.h"

/* The newest libcoap that was seen to keep the socket of a session which it
 * quiets; 4.3.4 closes it, and an answer that comes late finds nobody. */
#define COAP_KEEPS_SOCKETS 4003001U

#define QUEUE_BYTES ((size_t)64 * 1024 * 1024)
#define CONTENT_BYTES ((size_t)4 * 1024 * 1024)

const struct chain_end chain_ends[CHAIN_ENDS] = {
	{
		.ops = &http_ops,
		.scheme = "http",
		.place = CHAIN_LISTENER,
		.listens_as = "HTTP on ",
		.listen_offset = offsetof(struct gw_conf, http),
	},
	{
		.ops = &ws_ops,
		.scheme = "ws",
		.place = CHAIN_LISTENER,
		.listens_as = "WebSocket on ",
		.listen_offset = offsetof(struct gw_conf, ws),
		.carries_all = true,
		.counts_late = true,
		.has_queue = true,
	},
	{
		.ops = &coap_ops,
		.scheme = "coap",
		.place = CHAIN_LISTENER,
		.listens_as = "CoAP on ",
		.listen_offset = offsetof(struct gw_conf, coap),
		.counts_late = LIBCOAP_VERSION <= COAP_KEEPS_SOCKETS,
	},
	{
		.ops = &mqtt_ops,
		.scheme = "mqtt",
		.place = CHAIN_BROKER,
		.carries_all = true,
		.counts_late = true,
		.has_queue = true,
	},
	{
		.ops = &loopback_ops,
		.scheme = "loopback",
		.place = CHAIN_HALL,
		.carries_all = true,
		.counts_late = true,
	},
};

/* The log has no other place for these: the ports that were last heard of, by
 * end, and who listens. */
static unsigned long ports[CHAIN_ENDS];
static struct chain *chain_now;

static void hear_broker(const char *event)
{
	if (!chain_now) {
		return;
	}
	chain_now->n_up += strcmp(event, "broker-up") == 0 ? 1 : 0;
	chain_now->n_lost += strcmp(event, "broker-lost") == 0 ? 1 : 0;
	chain_talk_look(chain_now);
}

static void hear(const struct gw_log_record *r)
{
	const char *colon = strrchr(r->message, ':');

	for (size_t i = 0; i < CHAIN_ENDS; i++) {
		const char *begins = chain_ends[i].listens_as;

		if (begins && colon && strcmp(r->event, "listening") == 0 &&
		    strncmp(r->message, begins, strlen(begins)) == 0) {
			ports[i] = strtoul(colon + 1, NULL, 10);
		}
	}
	hear_broker(r->event);
}

const struct chain_end *chain_end_find(const char *scheme)
{
	for (size_t i = 0; i < CHAIN_ENDS; i++) {
		if (strcmp(chain_ends[i].scheme, scheme) == 0) {
			return &chain_ends[i];
		}
	}
	return NULL;
}

struct gw_conf_listen *chain_listen(struct gw_conf *conf,
				    const struct chain_end *end)
{
	return (struct gw_conf_listen *)(void *)((char *)conf +
						 end->listen_offset);
}

static void conf_init(struct chain_conf *c, const char *id)
{
	gw_conf_init(&c->conf);
	gw_conf_cse_init(&c->cse);
	c->conf.node.cse_id = id;
	c->conf.limits.content_bytes = CONTENT_BYTES;
	c->conf.limits.queue_bytes = QUEUE_BYTES;
	c->conf.timeouts.request_ms = CHAIN_PATIENCE_MS;
	c->conf.timeouts.retry_max_ms = c->conf.timeouts.retry_min_ms;
	c->conf.brokers = c->brokers;
	c->conf.cses = &c->cse;
	c->conf.n_cses = 1;
	c->cse.id = "/id-in";
	c->cse.name = "cse-in";
	c->cse.is_default = true;
	c->cse.url = "test:cse";
	c->serves[0] = "/id-in";
	c->allowed[0] = "127.0.0.0/8";
	c->conf.deliver.allow.at = c->allowed;
	c->conf.deliver.allow.n = 1;
}

static bool is_at(const struct chain_conf *c, const struct chain_hop *hop)
{
	for (size_t i = 0; i < c->conf.n_brokers; i++) {
		if (c->brokers[i].url == hop->url) {
			return true;
		}
	}
	return false;
}

/* How a relay takes part in a hop: it listens, or is at the broker. */
static void meet(struct chain_conf *c, const struct chain_hop *hop,
		 bool is_served)
{
	struct gw_conf_broker *broker = &c->brokers[c->conf.n_brokers];

	if (!hop->end) {
		return;
	}
	if (hop->end->place == CHAIN_LISTENER) {
		struct gw_conf_listen *listen = chain_listen(&c->conf,
							     hop->end);

		listen->is_on = true;
		listen->address = "127.0.0.1";
		listen->port = 0;
		return;
	}
	if (!hop->broker || is_at(c, hop)) {
		return;
	}
	c->conf.n_brokers++;
	gw_conf_broker_init(broker);
	broker->url = hop->url;
	if (is_served) {
		broker->serves.at = c->serves;
		broker->serves.n = 1;
	}
}

static void lead_to(struct chain_conf *c, const struct chain_hop *hop)
{
	c->cse.url = hop->url;
	c->cse.media = hop->media;
}

static void hop_init(struct chain_hop *hop, const struct chain_end *end,
		     enum gw_media media)
{
	uint16_t port = 0;

	hop->end = end;
	hop->media = media;
	if (end && end->place == CHAIN_INSIDE) {
		(void)snprintf(hop->url, sizeof(hop->url), "%s:", end->scheme);
	}
	if (end && end->place == CHAIN_BROKER) {
		hop->broker = mosquitto_start(&port);
		assert_non_null(hop->broker);
		(void)snprintf(hop->url, sizeof(hop->url), "%s://127.0.0.1:%u",
			       end->scheme, port);
	}
}

/* What a relay tells others of where it listens. */
static void advertise(struct chain_conf *conf)
{
	for (size_t i = 0; i < CHAIN_ENDS; i++) {
		const struct chain_end *end = &chain_ends[i];

		if (end->place == CHAIN_LISTENER &&
		    chain_listen(&conf->conf, end)->is_on) {
			(void)snprintf(
				conf->addresses[i], sizeof(conf->addresses[i]),
				"%s://127.0.0.1:%lu", end->scheme, ports[i]);
			chain_listen(&conf->conf, end)->advertise =
				conf->addresses[i];
		}
	}
}

static void enter(struct chain *c, struct gw_relay *relay)
{
	struct gw_binding *b = gw_relay_binding(relay, GW_STR("loopback"));

	if (b) {
		loopback_enter(&c->hall, b);
	}
}

static struct gw_relay *relay_start(struct chain *c, struct chain_conf *conf)
{
	const struct gw_binding_ops *ops[4] = { NULL };
	struct gw_relay *relay = NULL;
	size_t n = 0;

	ops[n++] = conf == &c->confs[0] ? &c->watched : c->left.end->ops;
	if (c->right.end && c->right.end != c->left.end) {
		ops[n++] = c->right.end->ops;
	}
	ops[n] = &chain_talk_ops;
	relay = gw_relay_new(c->loop, &conf->conf, ops);
	assert_non_null(relay);
	enter(c, relay);
	assert_int_equal(gw_relay_start(relay), 0);
	advertise(conf);
	return relay;
}

/* Where whoever sends over the hop finds the relay that listens. */
static void find_out(struct chain_hop *hop, const struct chain_conf *listener)
{
	if (!hop->end) {
		return;
	}
	if (hop->end->place == CHAIN_LISTENER) {
		(void)snprintf(hop->url, sizeof(hop->url), "%s",
			       listener->addresses[hop->end - chain_ends]);
	} else if (hop->end->place == CHAIN_HALL) {
		(void)snprintf(hop->url, sizeof(hop->url), "%s:/%s",
			       hop->end->scheme, listener->conf.node.cse_id);
	}
}

const char *const chain_brought[] = { "Cdev", "Sdev2", "C-._~9", NULL };

/* The relay that listens has the one that sends as a registree CSE with a CSE
 * below it, and over MQTT the AEs that it has brought. */
static void know(struct gw_relay *relay, const char *csi,
		 const struct chain_end *end)
{
	struct gw_str scheme = gw_str_from(end ? end->scheme : NULL);
	struct gw_registry *reg = gw_relay_registry(relay);
	struct gw_grant grant = {
		.kind = GW_REGISTREE_CSE,
		.id = gw_str_from(csi),
		.cse = gw_relay_cse(relay, 0),
		.via = gw_relay_binding(relay, scheme),
		.identity = gw_str_from(csi),
		.dcse = GW_STR("[\"/id-dev\"]"),
	};

	assert_int_equal(gw_registry_grant(reg, &grant), 0);
	grant.kind = GW_REGISTREE_AE;
	grant.dcse = (struct gw_str){ 0 };
	for (const char *const *id = chain_brought; *id; id++) {
		grant.id = gw_str_from(*id);
		if (end && end->ops == &mqtt_ops) {
			assert_int_equal(gw_registry_grant(reg, &grant), 0);
		}
	}
}

static void start_far(struct chain *c)
{
	struct chain_hop *hop = c->right.end ? &c->right : &c->left;

	conf_init(&c->confs[2], "/id-far");
	meet(&c->confs[2], hop, true);
	c->far = relay_start(c, &c->confs[2]);
	know(c->far, c->right.end ? "/id-middle" : "/id-near", hop->end);
	find_out(hop, &c->confs[2]);
}

static void start_middle(struct chain *c)
{
	conf_init(&c->confs[1], "/id-middle");
	meet(&c->confs[1], &c->left, true);
	meet(&c->confs[1], &c->right, false);
	lead_to(&c->confs[1], &c->right);
	c->middle = relay_start(c, &c->confs[1]);
	know(c->middle, "/id-near", c->left.end);
	find_out(&c->left, &c->confs[1]);
}

/* Two relays meet at each, and it drops what nobody has subscribed to yet. */
static size_t n_brokers(const struct chain *c)
{
	return (c->left.broker ? 1U : 0U) + (c->right.broker ? 1U : 0U);
}

void chain_start(struct chain *c, const struct chain_end *left,
		 enum gw_media media_left, const struct chain_end *right,
		 enum gw_media media_right)
{
	memset(c, 0, sizeof(*c));
	chain_now = c;
	chain_talk_begin(c);
	if (!gw_log_wants(GW_LOG_INFO)) {
		gw_log_use(hear, GW_LOG_INFO);
	}
	c->loop = gw_uv_loop_new();
	assert_non_null(c->loop);
	hop_init(&c->left, left, media_left);
	hop_init(&c->right, right, media_right);
	c->watched = *left->ops;
	c->watched.send = chain_talk_send;
	if (left->place != CHAIN_INSIDE) {
		start_far(c);
	}
	if (right) {
		start_middle(c);
	}
	conf_init(&c->confs[0], "/id-near");
	meet(&c->confs[0], &c->left, false);
	lead_to(&c->confs[0], &c->left);
	c->near = relay_start(c, &c->confs[0]);
	c->has_brokers = c->left.broker || c->right.broker;
	chain_await(c, &c->n_up, 2 * n_brokers(c));
}

void chain_stop(struct chain *c)
{
	chain_now = NULL;
	if (!c->loop) {
		return;
	}
	c->near = gw_relay_free(c->near);
	c->middle = gw_relay_free(c->middle);
	c->far = gw_relay_free(c->far);
	c->loop = gw_uv_loop_free(c->loop);
	if (c->has_brokers) {
		mosquitto_await_threads();
	}
	c->left.broker = mosquitto_stop(c->left.broker);
	c->right.broker = mosquitto_stop(c->right.broker);
	c->answer = gw_primitive_free(c->answer);
}
