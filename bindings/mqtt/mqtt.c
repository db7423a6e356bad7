/*
 * MQTT - the binding of TS-0010, on Eclipse Paho.
 *
 * mqtt_broker.c keeps the connections; mqtt_receive.c and mqtt_send.c are what
 * crosses them.
 */

#include "bindings/mqtt/mqtt.h"

#include <assert.h>
#include <errno.h>

#include "bindings/mqtt/mqtt_asked.h"
#include "bindings/mqtt/mqtt_broker.h"
#include "bindings/mqtt/mqtt_send.h"
#include "bindings/mqtt/mqtt_state.h"
#include "bindings/mqtt/mqtt_topic.h"
#include "bindings/mqtt/mqtt_url.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/lib/log.h"

#define GW_LOG_TOPIC "mqtt"

/* Put one in front of the list. */
static int add_broker(struct mqtt_state *mqtt,
		      const struct gw_conf_broker *conf)
{
	struct mqtt_broker *b = mqtt_broker_new(mqtt, conf);

	if (!b) {
		gw_error("broker-failed",
			 "no connection to %s is possible: memory, threads or "
			 "descriptors are short",
			 conf->url);
		return -ENOMEM;
	}
	b->next = mqtt->brokers;
	mqtt->brokers = b;
	return 0;
}

/* Zeroed is a buffer as well. */
static void use_limits(struct mqtt_state *mqtt)
{
	gw_buf_deinit(&mqtt->payload);
	gw_buf_init(&mqtt->payload, 0, 2 * mqtt_message_max(mqtt));
}

static int start(struct gw_binding *b)
{
	struct mqtt_state *mqtt = b->state;
	int error = 0;

	assert(!mqtt->binding && !mqtt->brokers);
	mqtt->binding = b;
	mqtt->loop = b->loop;
	gw_buf_init(&mqtt->topic, 0, MQTT_TOPIC_MAX);
	use_limits(mqtt);
	for (size_t i = 0; i < b->conf->n_brokers && !error; i++) {
		error = add_broker(mqtt, &b->conf->brokers[i]);
	}
	return error;
}

static void drain(struct gw_binding *b)
{
	struct mqtt_state *mqtt = b->state;

	mqtt->is_draining = true;
}

static bool is_drained(struct gw_binding *b)
{
	struct mqtt_state *mqtt = b->state;
	bool are_drained = true;

	for (struct mqtt_broker *each = mqtt->brokers; each;
	     each = each->next) {
		are_drained = mqtt_broker_drain(each) && are_drained;
	}
	return are_drained;
}

static void stop(struct gw_binding *b)
{
	struct mqtt_state *mqtt = b->state;

	if (!mqtt->binding) {
		return;
	}
	mqtt->is_draining = true;
	while (mqtt->brokers) {
		struct mqtt_broker *first = mqtt->brokers;

		mqtt->brokers = first->next;
		mqtt_broker_free(first);
	}
	gw_buf_deinit(&mqtt->topic);
	gw_buf_deinit(&mqtt->payload);
}

static bool is_of_any(const struct mqtt_broker *b, const struct gw_conf *conf)
{
	for (size_t i = 0; i < conf->n_brokers; i++) {
		if (mqtt_account_is_of(&b->account, &conf->brokers[i])) {
			return true;
		}
	}
	return false;
}

static struct mqtt_broker *find_broker(const struct mqtt_state *mqtt,
				       const struct gw_conf_broker *conf)
{
	struct mqtt_broker *b = mqtt->brokers;

	while (b && !mqtt_account_is_of(&b->account, conf)) {
		b = b->next;
	}
	return b;
}

/* The new ones come first: Paho ends its threads with its last client. */
static int reload(struct gw_binding *b, const struct gw_conf *conf)
{
	struct mqtt_state *mqtt = b->state;
	struct mqtt_broker *next = NULL;
	int error = 0;

	b->conf = conf;
	use_limits(mqtt);
	for (size_t i = 0; i < conf->n_brokers; i++) {
		struct mqtt_broker *each = find_broker(mqtt, &conf->brokers[i]);

		if (each ? mqtt_broker_use(each, &conf->brokers[i])
			 : add_broker(mqtt, &conf->brokers[i])) {
			error = -ENOMEM;
		}
	}
	for (struct mqtt_broker *each = mqtt->brokers; each; each = next) {
		next = each->next;
		if (!is_of_any(each, conf)) {
			mqtt_broker_retire(each);
		}
	}
	return error;
}

static void send_one(struct gw_binding *b, struct gw_exchange *x)
{
	mqtt_send(b->state, x);
}

static void forget(struct gw_binding *b, struct gw_exchange *x)
{
	mqtt_send_forget(x);
}

static bool is_held(struct gw_binding *b, const struct gw_exchange *x,
		    struct gw_reason *why)
{
	return mqtt_send_holds(x, why);
}

static void reply(struct gw_binding *b, struct gw_exchange *x)
{
	mqtt_asked_reply(x);
}

/* The broker, where such a CSE finds us by our CSE-ID; from b->conf, since that
 * is how long it must live. */
static struct gw_str address(struct gw_binding *b, const struct gw_cse *cse)
{
	const struct mqtt_broker *broker = cse ? mqtt_send_broker(b->state, cse)
					       : NULL;

	for (size_t i = 0; broker && i < b->conf->n_brokers; i++) {
		struct gw_str url = gw_str_from(b->conf->brokers[i].url);

		if (gw_str_is(url, broker->account.text)) {
			return url;
		}
	}
	return (struct gw_str){ 0 };
}

/* Connections to brokers are kept anyway. */
static void wanted(struct gw_binding *b, struct gw_cse *cse)
{
}

static void tell(struct gw_binding *b, gw_say_fn *say, void *arg)
{
	const struct mqtt_state *mqtt = b->state;
	size_t n_brokers = 0;
	size_t n_up = 0;

	for (const struct mqtt_broker *at = mqtt->brokers; at; at = at->next) {
		n_brokers++;
		n_up += at->state == MQTT_BROKER_UP ? 1 : 0;
	}
	say(arg, "brokers", n_brokers);
	say(arg, "up", n_up);
}

static const char *const schemes[] = { "mqtt", "mqtts", NULL };

const struct gw_binding_ops mqtt_ops = {
	.name = "mqtt",
	.schemes = schemes,
	.wrong_url = mqtt_url_wrong,
	.state_size = sizeof(struct mqtt_state),
	.start = start,
	.drain = drain,
	.is_drained = is_drained,
	.stop = stop,
	.reload = reload,
	.send = send_one,
	.forget = forget,
	.is_held = is_held,
	.reply = reply,
	.objection = mqtt_send_objection,
	.address = address,
	.tell = tell,
	.wanted = wanted,
};
