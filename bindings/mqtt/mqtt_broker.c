/*
 * Broker - one connection to a broker that is kept, lost and opened again.
 */

#include "bindings/mqtt/mqtt_broker.h"

#include <stdio.h>
#include <stdlib.h>

#include "bindings/mqtt/mqtt_asked.h"
#include "bindings/mqtt/mqtt_client.h"
#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_publish.h"
#include "bindings/mqtt/mqtt_receive.h"
#include "bindings/mqtt/mqtt_send.h"
#include "bindings/mqtt/mqtt_state.h"
#include "core/arena.h"
#include "core/back_off.h"
#include "core/exchange.h"
#include "core/log.h"
#include "core/route.h"

#define GW_LOG_TOPIC "mqtt"

#define TEXTS_FIRST ((size_t)1 << 10)
#define TEXTS_MAX ((size_t)1 << 20)

/* A request that waits does not wait longer for the next attempt. */
#define IMPATIENCE_MS 1000

/* A connection that was up for so long begins the back-off anew; one that ends
 * sooner may have been ended by another client of our name. */
#define STEADY_MS 2000

#define DOUBLINGS_MAX 20

/* What a broker answers for a filter that it refuses (MQTT 3.1.1 3.9.3, MQTT 5
 * 3.9.3). */
#define REFUSED 0x80

static int64_t now(const struct mqtt_broker *b)
{
	return mqtt_now_ms(b->mqtt);
}

static void wake_at(struct mqtt_broker *b, int64_t at_ms)
{
	if (gw_timer_set(b->mqtt->loop, &b->timer, at_ms)) {
		gw_warn("no-memory", "%s is not looked after", b->conf.url);
	}
}

/* A time from now that grows with each failure, with full jitter. */
static int64_t draw_pause(const struct mqtt_broker *b, unsigned n_failures)
{
	return gw_back_off_ms(b->mqtt->loop, &mqtt_conf(b->mqtt)->timeouts,
			      n_failures);
}

static void arm(struct mqtt_broker *b)
{
	int64_t at_ms = b->next_ms;

	if (b->waiting && at_ms > now(b) + IMPATIENCE_MS) {
		at_ms = now(b) + IMPATIENCE_MS;
	}
	wake_at(b, at_ms);
}

void mqtt_broker_hurry(struct mqtt_broker *b)
{
	if (b->state == MQTT_BROKER_DOWN) {
		arm(b);
	}
}

static void go_down(struct mqtt_broker *b)
{
	b->state = MQTT_BROKER_DOWN;
	b->next_ms = now(b) + draw_pause(b, b->n_failures);
	if (b->n_failures < DOUBLINGS_MAX) {
		b->n_failures++;
	}
	for (size_t i = 0; i < b->places.n_filters; i++) {
		b->places.filters[i].is_granted = false;
	}
	arm(b);
}

/* --- Subscribing. */

static void subscribe(struct mqtt_broker *b)
{
	const char **texts = calloc(b->places.n_filters + 1, sizeof(*texts));
	const struct gw_conf_timeouts *t = &mqtt_conf(b->mqtt)->timeouts;
	size_t n = 0;

	for (size_t i = 0; texts && i < b->places.n_filters; i++) {
		if (!b->places.filters[i].is_granted) {
			b->subscribing[n] = i;
			texts[n++] = b->places.filters[i].text;
		}
	}
	b->n_subscribing = n;
	if (!texts || mqtt_client_subscribe(b->client, texts, n)) {
		gw_warn("no-memory", "%s is not subscribed at", b->conf.url);
	}
	free(texts);
	/* Should the broker say nothing, it is asked again. */
	wake_at(b, now(b) + t->connect_ms);
}

static void go_up(struct mqtt_broker *b)
{
	b->state = MQTT_BROKER_UP;
	b->up_ms = now(b);
	gw_info("broker-up", "%s is subscribed at %s",
		mqtt_conf(b->mqtt)->node.cse_id, b->conf.url);
	mqtt_publish_waiting(b);
	for (size_t i = 0; i < b->places.n; i++) {
		if (b->places.at[i].role == MQTT_PEER) {
			gw_relay_link_up(b->mqtt->binding->relay,
					 b->places.at[i].cse);
		}
	}
}

static void subscription_refused(struct mqtt_broker *b, const char *filter,
				 unsigned code)
{
	unsigned n = b->n_refusals;
	bool is_news = (n & (n - 1)) == 0;

	gw_log(is_news ? GW_LOG_WARN : GW_LOG_DEBUG, GW_LOG_TOPIC,
	       "subscription-refused",
	       "%s refuses the subscription to %s (code %u): look at the "
	       "rights that it gives to this client; trying again",
	       b->conf.url, filter, code);
}

static void subscribed(struct mqtt_broker *b, const struct mqtt_event *e)
{
	size_t n = e->payload.len < b->n_subscribing ? e->payload.len
						     : b->n_subscribing;
	size_t n_refused = b->n_subscribing - n;

	for (size_t i = 0; i < n; i++) {
		struct mqtt_filter *f = &b->places.filters[b->subscribing[i]];

		f->is_granted = e->payload.at[i] < REFUSED;
		if (!f->is_granted) {
			n_refused++;
			subscription_refused(b, f->text, e->payload.at[i]);
		}
	}
	b->n_subscribing = 0;
	gw_timer_clear(b->mqtt->loop, &b->timer);
	if (n_refused > 0) {
		wake_at(b, now(b) + 1 + draw_pause(b, ++b->n_refusals));
	} else if (b->n_refusals > 0) {
		gw_info("subscribed", "%s refuses no subscription any more",
			b->conf.url);
		b->n_refusals = 0;
	}
	if (b->state == MQTT_BROKER_SUBSCRIBING) {
		go_up(b);
	}
}

static void not_subscribed(struct mqtt_broker *b, const struct mqtt_event *e)
{
	b->n_subscribing = 0;
	if (b->state == MQTT_BROKER_DOWN) {
		return;
	}
	gw_warn("not-subscribed", "%s: %s", b->conf.url, e->text);
	wake_at(b, now(b) + 1 + draw_pause(b, ++b->n_refusals));
}

/* --- Connecting. */

static void connect_now(struct mqtt_broker *b)
{
	b->state = MQTT_BROKER_CONNECTING;
	mqtt_client_connect(b->client);
}

static void timer_fired(struct gw_timer *t)
{
	struct mqtt_broker *b = gw_container(t, struct mqtt_broker, timer);

	if (b->state == MQTT_BROKER_DOWN) {
		connect_now(b);
	} else if (b->state == MQTT_BROKER_SUBSCRIBING ||
		   b->state == MQTT_BROKER_UP) {
		subscribe(b);
	}
}

static void connected(struct mqtt_broker *b, const struct mqtt_event *e)
{
	gw_info("connected", "connected to %s, with %s session", b->conf.url,
		e->has_session ? "the old" : "a new");
	b->state = MQTT_BROKER_SUBSCRIBING;
	subscribe(b);
}

/* The first failures are logged, and then fewer and fewer. */
static void not_connected(struct mqtt_broker *b, const struct mqtt_event *e)
{
	unsigned n = b->n_failures;
	bool is_news = (n & (n - 1)) == 0;
	char why[192];

	gw_log(is_news ? GW_LOG_WARN : GW_LOG_DEBUG, GW_LOG_TOPIC,
	       "broker-failed", "no connection to %s: %s", b->conf.url,
	       e->text);
	(void)snprintf(why, sizeof(why), "no connection to the broker: %s",
		       e->text);
	go_down(b);
	mqtt_publish_fail_waiting(b, why);
}

static void lost(struct mqtt_broker *b, const struct mqtt_event *e)
{
	bool is_steady = false;

	if (b->state == MQTT_BROKER_GONE) {
		return;
	}
	is_steady = b->state == MQTT_BROKER_UP &&
		    now(b) - b->up_ms >= STEADY_MS;
	gw_log(b->mqtt->is_draining ? GW_LOG_INFO : GW_LOG_WARN, GW_LOG_TOPIC,
	       "broker-lost", "the connection to %s is gone: %s%s%s",
	       b->conf.url, e->text,
	       is_steady ? "" : "; another client may use our client id, ",
	       is_steady ? "" : b->client_id);
	if (is_steady) {
		b->n_failures = 0;
	}
	go_down(b);
}

/* --- Events. */

static void let_go(struct mqtt_broker *b)
{
	b->state = MQTT_BROKER_GONE;
	gw_timer_clear(b->mqtt->loop, &b->timer);
	b->watch = gw_loop_unwatch(b->mqtt->loop, b->watch);
	b->client = mqtt_client_free(b->client);
}

static void heard(struct mqtt_broker *b, struct mqtt_event *e)
{
	switch (e->kind) {
	case MQTT_CONNECTED:
		connected(b, e);
		return;
	case MQTT_NOT_CONNECTED:
		not_connected(b, e);
		return;
	case MQTT_LOST:
		lost(b, e);
		return;
	case MQTT_SUBSCRIBED:
		subscribed(b, e);
		return;
	case MQTT_NOT_SUBSCRIBED:
		not_subscribed(b, e);
		return;
	case MQTT_PUBLISHED:
	case MQTT_REFUSED:
	case MQTT_FAILED:
		mqtt_publish_came_back(b, e);
		return;
	case MQTT_MESSAGE:
	case MQTT_TOO_LARGE:
		mqtt_receive(b, e);
		return;
	case MQTT_LEFT:
		let_go(b);
		return;
	}
}

void mqtt_broker_listen(struct mqtt_broker *b)
{
	struct mqtt_event *e = b->client ? mqtt_client_take(b->client) : NULL;

	while (e) {
		struct mqtt_event *next = e->next;

		heard(b, e);
		mqtt_event_free(e);
		e = next;
	}
}

static void ready(void *arg, int events)
{
	mqtt_broker_listen(arg);
}

/* --- Making. */

static const char *copy(struct gw_arena *a, const char *text)
{
	return text ? gw_arena_print(a, "%s", text).at : NULL;
}

static int copy_conf(struct mqtt_broker *b, const struct gw_conf_broker *conf)
{
	const char **serves = gw_arena_alloc(b->arena, (conf->serves.n + 1) *
							       sizeof(*serves));

	b->conf = *conf;
	b->conf.url = copy(b->arena, conf->url);
	b->conf.client_id = copy(b->arena, conf->client_id);
	b->conf.user = copy(b->arena, conf->user);
	b->conf.password = copy(b->arena, conf->password);
	b->conf.ca_file = copy(b->arena, conf->ca_file);
	b->conf.certificate_file = copy(b->arena, conf->certificate_file);
	b->conf.key_file = copy(b->arena, conf->key_file);
	b->conf.serves.at = serves;
	for (size_t i = 0; serves && i < conf->serves.n; i++) {
		serves[i] = copy(b->arena, conf->serves.at[i]);
	}
	return gw_arena_is_short(b->arena) ? -1 : 0;
}

static struct mqtt_client *new_client(struct mqtt_broker *b)
{
	const struct gw_conf *conf = mqtt_conf(b->mqtt);
	bool is_v6 = gw_str_find(b->url.host, ':') < b->url.host.len;
	struct gw_str uri = gw_arena_print(
		b->arena, "%s://%s" GW_STR_FMT "%s:%u",
		b->url.is_secure ? "ssl" : "tcp", is_v6 ? "[" : "",
		GW_STR_ARG(b->url.host), is_v6 ? "]" : "", b->url.port);
	struct gw_str own_id = gw_arena_print(b->arena, "C::%s",
					      conf->node.cse_id + 1);
	struct mqtt_client_conf client = {
		.uri = uri.at,
		.user = b->conf.user,
		.password = b->conf.password,
		.ca_file = b->conf.ca_file,
		.certificate_file = b->conf.certificate_file,
		.key_file = b->conf.key_file,
		.port = b->url.port,
		.is_secure = b->url.is_secure,
		.is_v5 = b->conf.version == GW_MQTT_5,
		.keep_alive_s = (int)((b->conf.keep_alive_ms + 999) / 1000),
		.connect_s = (int)((conf->timeouts.connect_ms + 999) / 1000),
		.message_max_bytes = mqtt_message_max(b->mqtt),
		.mailbox_bytes = conf->limits.queue_bytes,
	};

	/* TS-0010 6.2; whoever is not registered yet may have any other. */
	b->client_id = b->conf.client_id ? b->conf.client_id : own_id.at;
	client.client_id = b->client_id;
	return uri.at && b->client_id ? mqtt_client_new(&client) : NULL;
}

/* Fill in what can fail; what is half done is undone by mqtt_broker_free(). */
static bool fill(struct mqtt_broker *b, const struct gw_conf_broker *conf)
{
	struct gw_loop *loop = b->mqtt->loop;

	b->arena = gw_arena_new(TEXTS_FIRST, TEXTS_MAX);
	if (!b->arena || copy_conf(b, conf) ||
	    !mqtt_url_parse(&b->url, gw_str_from(b->conf.url)) ||
	    mqtt_places_init(&b->places, b->mqtt->binding->relay, &b->conf,
			     &b->url)) {
		return false;
	}
	b->prefix = mqtt_url_prefix(&b->url);
	b->subscribing = calloc(b->places.n_filters + 1,
				sizeof(*b->subscribing));
	b->client = b->subscribing ? new_client(b) : NULL;
	if (!b->client) {
		return false;
	}
	b->watch = gw_loop_watch(loop, mqtt_client_fd(b->client), GW_READABLE,
				 ready, b);
	return b->watch != NULL;
}

struct mqtt_broker *mqtt_broker_new(struct mqtt_state *mqtt,
				    const struct gw_conf_broker *conf)
{
	struct mqtt_broker *b = calloc(1, sizeof(*b));

	if (!b) {
		return NULL;
	}
	b->mqtt = mqtt;
	b->last_waiting = &b->waiting;
	b->timer.fire = timer_fired;
	mqtt_pending_init(&b->pending,
			  gw_str_from(mqtt_conf(mqtt)->node.cse_id + 1),
			  gw_loop_random(mqtt->loop));
	if (!fill(b, conf)) {
		return mqtt_broker_free(b);
	}
	connect_now(b);
	return b;
}

struct mqtt_broker *mqtt_broker_free(struct mqtt_broker *b)
{
	if (!b) {
		return NULL;
	}
	mqtt_send_fail_all(b, "the broker is not used any more");
	mqtt_asked_drop_all(b);
	mqtt_publish_hand_over(b);
	let_go(b);
	mqtt_seen_deinit(&b->seen);
	mqtt_pending_deinit(&b->pending);
	mqtt_places_deinit(&b->places);
	free(b->subscribing);
	gw_arena_free(b->arena);
	free(b);
	return NULL;
}

static bool is_same_text(const char *a, const char *b)
{
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static bool is_same_list(const struct gw_conf_texts *a,
			 const struct gw_conf_texts *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		if (!is_same_text(a->at[i], b->at[i])) {
			return false;
		}
	}
	return a->n == b->n;
}

static bool is_same_conf(const struct gw_conf_broker *a,
			 const struct gw_conf_broker *b)
{
	return is_same_text(a->url, b->url) &&
	       is_same_list(&a->serves, &b->serves) &&
	       is_same_text(a->client_id, b->client_id) &&
	       is_same_text(a->user, b->user) &&
	       is_same_text(a->password, b->password) &&
	       is_same_text(a->ca_file, b->ca_file) &&
	       is_same_text(a->certificate_file, b->certificate_file) &&
	       is_same_text(a->key_file, b->key_file) &&
	       a->version == b->version && a->keep_alive_ms == b->keep_alive_ms;
}

bool mqtt_broker_is_made_of(const struct mqtt_broker *b,
			    const struct gw_conf_broker *conf)
{
	struct mqtt_places places;
	bool is_same = is_same_conf(&b->conf, conf);

	if (!is_same) {
		return false;
	}
	is_same = mqtt_places_init(&places, b->mqtt->binding->relay, conf,
				   &b->url) == 0 &&
		  places.n == b->places.n;
	for (size_t i = 0; is_same && i < places.n; i++) {
		is_same = places.at[i].cse == b->places.at[i].cse &&
			  places.at[i].role == b->places.at[i].role;
	}
	mqtt_places_deinit(&places);
	return is_same;
}

bool mqtt_broker_drain(struct mqtt_broker *b)
{
	mqtt_broker_listen(b);
	if (b->state == MQTT_BROKER_GONE) {
		return true;
	}
	if (!b->asked && b->pending.n_entries == 0 &&
	    (b->n_outs == 0 || b->state != MQTT_BROKER_UP)) {
		mqtt_client_leave(b->client);
	}
	return false;
}
