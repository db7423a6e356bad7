/*
 * Broker - one connection to a broker that is kept, lost and opened again.
 */

#include "bindings/mqtt/mqtt_broker.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bindings/mqtt/mqtt_asked.h"
#include "bindings/mqtt/mqtt_client.h"
#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_receive.h"
#include "bindings/mqtt/mqtt_send.h"
#include "bindings/mqtt/mqtt_state.h"
#include "core/back_off.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/lib/log.h"

#define GW_LOG_TOPIC "mqtt"

/* A request that waits does not wait longer for the next attempt. */
#define IMPATIENCE_MS 1000

/* A connection that was up for so long begins the back-off anew; one that ends
 * sooner may have been ended by another client of our name. */
#define STEADY_MS 2000

#define DOUBLINGS_MAX 20

/* How often one that is not used any more is looked at. */
#define RETIRE_STEP_MS 50

/* What a broker answers for a filter is this at most, or a refusal (MQTT 3.1.1
 * 3.9.3, MQTT 5 3.9.3). */
#define GRANTED_MAX 2

static int64_t now(const struct mqtt_broker *b)
{
	return mqtt_now_ms(b->mqtt);
}

static void wake_at(struct mqtt_broker *b, int64_t at_ms)
{
	gw_timer_set(b->mqtt->loop, &b->timer, at_ms);
}

/* A time from now that grows with each failure, with full jitter. */
static int64_t draw_pause(const struct mqtt_broker *b, unsigned n_failures)
{
	return gw_back_off_ms(b->mqtt->loop, &mqtt_conf(b->mqtt)->timeouts,
			      n_failures);
}

static bool is_connected(const struct mqtt_broker *b)
{
	return b->state == MQTT_BROKER_SUBSCRIBING ||
	       b->state == MQTT_BROKER_UP;
}

bool mqtt_broker_is_full(const struct mqtt_broker *b, size_t n_bytes)
{
	return mqtt_outbox_is_full(&b->outbox, n_bytes,
				   mqtt_conf(b->mqtt)->limits.queue_bytes);
}

bool mqtt_broker_is_up(const struct mqtt_broker *b)
{
	return b->state == MQTT_BROKER_UP;
}

bool mqtt_broker_is_gone(const struct mqtt_broker *b)
{
	return b->state == MQTT_BROKER_GONE;
}

/* The outbox is started while the broker is UP. */
static void enter(struct mqtt_broker *b, enum mqtt_broker_state state)
{
	bool is_up = state == MQTT_BROKER_UP;

	assert(!is_up || b->state == MQTT_BROKER_SUBSCRIBING);
	b->state = state;
	if (is_up) {
		mqtt_outbox_start(&b->outbox, b->client);
	} else {
		mqtt_outbox_stop(&b->outbox);
	}
}

/* The first request that waits pulls the attempt forward, for good: the next
 * one must not put it off. */
static void arm(struct mqtt_broker *b)
{
	int64_t soon_ms = now(b) + IMPATIENCE_MS;

	if (b->outbox.requests.n_waiting > 0 && b->next_ms > soon_ms) {
		b->next_ms = soon_ms;
	}
	wake_at(b, b->next_ms);
}

/* --- Publishing. */

static void hurry(struct mqtt_broker *b)
{
	if (b->state == MQTT_BROKER_DOWN && b->outbox.requests.n_waiting > 0) {
		arm(b);
	}
}

void mqtt_broker_publish(struct mqtt_broker *b, struct mqtt_out *out)
{
	mqtt_outbox_put(&b->outbox, out);
	hurry(b);
}

static void given_up(struct mqtt_broker *b, const char *topic, const char *why)
{
	uint64_t n = ++b->n_dropped;

	if (mqtt_is_worth_a_line(n)) {
		gw_warn("not-published",
			"%s does not take a message to %.200s: %s (%llu so "
			"far)",
			b->account.text, topic, why, (unsigned long long)n);
	}
}

static void ended(struct mqtt_outbox *o, const struct mqtt_out *out,
		  enum mqtt_end how, const char *why)
{
	struct mqtt_broker *b = gw_container(o, struct mqtt_broker, outbox);

	if (how == MQTT_END_GIVEN_UP) {
		given_up(b, out->topic, why);
	}
	mqtt_seen_arrived(&b->seen, out);
	if (out->sent) {
		mqtt_send_ended(out->sent, how, why);
	}
}

/* --- Going down. */

static void go_down(struct mqtt_broker *b)
{
	assert(b->client);
	enter(b, MQTT_BROKER_DOWN);
	b->next_ms = now(b) + draw_pause(b, b->n_failures);
	if (b->n_failures < DOUBLINGS_MAX) {
		b->n_failures++;
	}
	mqtt_places_forget_grants(&b->places);
	arm(b);
}

/* --- Subscribing. */

static void subscribe(struct mqtt_broker *b)
{
	const char **texts = calloc(b->places.n_filters + 1, sizeof(*texts));
	const struct gw_conf_timeouts *t = &mqtt_conf(b->mqtt)->timeouts;
	size_t n = texts ? mqtt_places_ask(&b->places, texts) : 0;

	assert(is_connected(b));
	if (!texts || mqtt_client_subscribe(b->client, texts, n)) {
		gw_warn("no-memory", "%s is not subscribed at",
			b->account.text);
	}
	free(texts);
	/* Should the broker say nothing, it is asked again. */
	wake_at(b, now(b) + t->connect_ms);
}

/* The CSEs that live there can be asked. */
static void tell_links(const struct mqtt_broker *b)
{
	for (size_t i = 0; i < b->places.n; i++) {
		if (b->places.at[i].role == MQTT_PEER) {
			gw_relay_link_up(b->mqtt->binding->relay,
					 b->places.at[i].cse);
		}
	}
}

static void go_up(struct mqtt_broker *b)
{
	b->up_ms = now(b);
	gw_info("broker-up", "%s is subscribed at %s",
		mqtt_conf(b->mqtt)->node.cse_id, b->account.text);
	enter(b, MQTT_BROKER_UP);
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
	       b->account.text, filter, code);
}

/* The filter that an event is about; NULL: it is none of this connection. */
static struct mqtt_filter *filter_of(const struct mqtt_broker *b,
				     const struct mqtt_event *e)
{
	return is_connected(b) ? mqtt_places_filter(&b->places, e->topic)
			       : NULL;
}

/* Once the broker has answered for all filters. */
static void conclude(struct mqtt_broker *b)
{
	if (mqtt_places_await(&b->places)) {
		return;
	}
	gw_timer_clear(b->mqtt->loop, &b->timer);
	if (!mqtt_places_are_granted(&b->places)) {
		wake_at(b, now(b) + 1 + draw_pause(b, ++b->n_refusals));
	} else if (b->n_refusals > 0) {
		gw_info("subscribed", "%s refuses no subscription any more",
			b->account.text);
		b->n_refusals = 0;
	}
	if (b->state == MQTT_BROKER_SUBSCRIBING) {
		go_up(b);
	}
	tell_links(b);
}

/* An answer that comes late counts as well: the filter may have been asked for
 * once more meanwhile. */
static void subscribed(struct mqtt_broker *b, const struct mqtt_event *e)
{
	struct mqtt_filter *f = filter_of(b, e);

	if (!f) {
		return;
	}
	f->is_asked_for = false;
	f->is_granted = e->code >= 0 && e->code <= GRANTED_MAX;
	if (!f->is_granted) {
		subscription_refused(b, f->text, (unsigned)e->code);
	}
	conclude(b);
}

static void not_subscribed(struct mqtt_broker *b, const struct mqtt_event *e)
{
	if (!filter_of(b, e)) {
		return;
	}
	gw_warn("not-subscribed", "%s: %s", b->account.text, e->text);
	wake_at(b, now(b) + 1 + draw_pause(b, ++b->n_refusals));
}

/* --- Connecting. */

static void connect_now(struct mqtt_broker *b)
{
	assert(b->client);
	assert(!is_connected(b));
	enter(b, MQTT_BROKER_CONNECTING);
	mqtt_dial_start(&b->dial, b->client, b->account.url.host,
			b->n_failures);
}

static void timer_fired(struct gw_timer *t)
{
	struct mqtt_broker *b = gw_container(t, struct mqtt_broker, timer);

	if (b->is_leaving) {
		return;
	}
	if (b->state == MQTT_BROKER_DOWN) {
		connect_now(b);
	} else if (is_connected(b)) {
		subscribe(b);
	}
}

static void connected(struct mqtt_broker *b, const struct mqtt_event *e)
{
	gw_info("connected", "connected to %s, with %s session",
		b->account.text, e->has_session ? "the old" : "a new");
	enter(b, MQTT_BROKER_SUBSCRIBING);
	subscribe(b);
}

/* The first failures are logged, and then fewer and fewer. */
static void not_connected(struct mqtt_dial *d, const char *text)
{
	struct mqtt_broker *b = gw_container(d, struct mqtt_broker, dial);
	unsigned n = b->n_failures;
	bool is_news = (n & (n - 1)) == 0;
	char why[GW_REASON_BYTES];

	gw_log(is_news ? GW_LOG_WARN : GW_LOG_DEBUG, GW_LOG_TOPIC,
	       "broker-failed", "no connection to %s: %s", b->account.text,
	       text);
	(void)snprintf(why, sizeof(why), "no connection to the broker: %s",
		       text);
	go_down(b);
	mqtt_outbox_fail_requests(&b->outbox, why);
}

static void lost(struct mqtt_broker *b, const struct mqtt_event *e)
{
	bool is_steady = b->state == MQTT_BROKER_UP &&
			 now(b) - b->up_ms >= STEADY_MS;
	gw_log(b->mqtt->is_draining ? GW_LOG_INFO : GW_LOG_WARN, GW_LOG_TOPIC,
	       "broker-lost", "the connection to %s is gone: %s%s%s",
	       b->account.text, e->text,
	       is_steady ? "" : "; another client may use our client id, ",
	       is_steady ? "" : b->account.client.client_id);
	if (is_steady) {
		b->n_failures = 0;
	}
	go_down(b);
}

/* --- Events. */

static void let_go(struct mqtt_broker *b)
{
	enter(b, MQTT_BROKER_GONE);
	mqtt_dial_stop(&b->dial);
	gw_timer_clear(b->mqtt->loop, &b->timer);
	b->watch = gw_loop_unwatch(b->mqtt->loop, b->watch);
	b->client = mqtt_client_free(b->client);
}

static void leave(struct mqtt_broker *b)
{
	assert(b->client);
	b->is_leaving = true;
	mqtt_dial_stop(&b->dial);
	mqtt_client_leave(b->client);
}

/* What the client tells; it may have us begin with the next one. */
static void ready(void *arg, int events);

/* Use a client from now on, which is taken. */
static int begin(struct mqtt_broker *b, struct mqtt_client *client)
{
	assert(b->state == MQTT_BROKER_GONE);
	assert(!b->client && !b->watch);
	b->watch = gw_loop_watch(b->mqtt->loop, mqtt_client_fd(client),
				 GW_READABLE, ready, b);
	if (!b->watch) {
		mqtt_client_free(client);
		return -ENOMEM;
	}
	b->client = client;
	b->is_leaving = false;
	mqtt_places_forget_grants(&b->places);
	connect_now(b);
	return 0;
}

/* Go on with the next client; without one nobody can be asked there any more,
 * nor be answered. */
static void left(struct mqtt_broker *b, const struct mqtt_event *e)
{
	struct mqtt_client *next = gw_take(&b->next_client);

	assert(b->is_leaving);
	assert(!e->next);
	enter(b, MQTT_BROKER_GONE);
	mqtt_outbox_take_back(&b->outbox, b->client);
	let_go(b);
	if (next && begin(b, next) == 0) {
		return;
	}
	mqtt_send_fail_all(b, "the broker was left");
}

/* What holds between any two events. */
static void check(const struct mqtt_broker *b)
{
	assert((b->state == MQTT_BROKER_GONE) == !b->client);
	assert(!b->client == !b->watch);
	assert((b->state == MQTT_BROKER_UP) == (b->outbox.client != NULL));
	assert(!b->outbox.client || b->outbox.client == b->client);
	assert(!b->next_client || b->is_leaving);
}

static void heard(struct mqtt_broker *b, struct mqtt_event *e)
{
	switch (e->kind) {
	case MQTT_CONNECTED:
		connected(b, e);
		return;
	case MQTT_NOT_CONNECTED:
		gw_name_doubt(b->mqtt->binding->relay, b->account.url.host);
		not_connected(&b->dial, e->text);
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
		mqtt_outbox_came_back(&b->outbox, e);
		hurry(b);
		return;
	case MQTT_MESSAGE:
	case MQTT_TOO_LARGE:
		mqtt_receive(b, e);
		return;
	case MQTT_LEFT:
		left(b, e);
		return;
	}
}

static void listen(struct mqtt_broker *b)
{
	struct mqtt_event *e = b->client ? mqtt_client_take(b->client) : NULL;

	while (e) {
		struct mqtt_event *next = e->next;

		heard(b, e);
		check(b);
		mqtt_event_free(e);
		e = next;
	}
}

static void ready(void *arg, int events)
{
	listen(arg);
}

/* --- Making. */

/* End the subscriptions that are of no use any more. */
static void unsubscribe(struct mqtt_broker *b, const struct mqtt_places *old)
{
	const char **texts = calloc(old->n_filters + 1, sizeof(*texts));
	size_t n = texts ? mqtt_places_outdated(&b->places, old, texts) : 0;

	assert(is_connected(b));
	if (!texts || (n > 0 && mqtt_client_unsubscribe(b->client, texts, n))) {
		gw_warn("no-memory", "%s goes on sending what is of no use",
			b->account.text);
	}
	free(texts);
}

/* Bring the connection to what the account and the places say now; next is
 * taken, and NULL when it can stay. */
static int follow(struct mqtt_broker *b, const struct mqtt_places *old,
		  struct mqtt_client *next)
{
	if (next && !b->client) {
		return begin(b, next);
	}
	if (next) {
		mqtt_client_free(b->next_client);
		b->next_client = next;
		leave(b);
	} else if (is_connected(b)) {
		unsubscribe(b, old);
		subscribe(b);
	}
	return 0;
}

int mqtt_broker_use(struct mqtt_broker *b, const struct gw_conf_broker *conf)
{
	struct mqtt_account account = { 0 };
	struct mqtt_places places = { 0 };
	struct mqtt_account old_account = b->account;
	struct mqtt_places old_places = b->places;
	struct mqtt_client *next = NULL;
	int error = mqtt_account_init(&account, mqtt_conf(b->mqtt), conf);

	if (!error) {
		error = mqtt_places_init(&places, b->mqtt->binding->relay, conf,
					 &account.url);
	}
	if (!error && (!b->client || b->is_leaving ||
		       !mqtt_account_is_same(&account, &b->account))) {
		next = mqtt_client_new(&account.client);
		error = next ? 0 : -ENOMEM;
	}
	if (error) {
		mqtt_account_deinit(&account);
		mqtt_places_deinit(&places);
		return error;
	}
	mqtt_places_inherit(&places, &old_places);
	b->account = account;
	b->places = places;
	b->is_unused = false;
	gw_timer_clear(b->mqtt->loop, &b->retiring);
	error = follow(b, &old_places, next);
	check(b);
	mqtt_account_deinit(&old_account);
	mqtt_places_deinit(&old_places);
	return error;
}

static void retire(struct gw_timer *t)
{
	struct mqtt_broker *b = gw_container(t, struct mqtt_broker, retiring);
	struct mqtt_broker **at = &b->mqtt->brokers;

	if (!mqtt_broker_drain(b) && now(b) < b->retire_by_ms) {
		gw_timer_set(b->mqtt->loop, t, now(b) + RETIRE_STEP_MS);
		return;
	}
	while (*at != b) {
		assert(*at);
		at = &(*at)->next;
	}
	*at = b->next;
	mqtt_broker_free(b);
}

void mqtt_broker_retire(struct mqtt_broker *b)
{
	if (!b->is_unused) {
		b->is_unused = true;
		b->retire_by_ms = now(b) +
				  mqtt_conf(b->mqtt)->timeouts.drain_ms;
		b->next_client = mqtt_client_free(b->next_client);
		retire(&b->retiring);
	}
}

struct mqtt_broker *mqtt_broker_new(struct mqtt_state *mqtt,
				    const struct gw_conf_broker *conf)
{
	struct mqtt_broker *b = calloc(1, sizeof(*b));

	if (!b) {
		return NULL;
	}
	b->mqtt = mqtt;
	b->state = MQTT_BROKER_GONE;
	mqtt_outbox_init(&b->outbox, mqtt->binding->relay, ended);
	mqtt_dial_init(&b->dial, mqtt->binding->relay, not_connected);
	b->timer.fire = timer_fired;
	b->retiring.fire = retire;
	mqtt_pending_init(&b->pending,
			  gw_str_from(mqtt_conf(mqtt)->node.cse_id + 1),
			  gw_loop_random(mqtt->loop));
	return mqtt_broker_use(b, conf) ? mqtt_broker_free(b) : b;
}

struct mqtt_broker *mqtt_broker_free(struct mqtt_broker *b)
{
	if (!b) {
		return NULL;
	}
	gw_timer_clear(b->mqtt->loop, &b->retiring);
	mqtt_send_fail_all(b, "the broker is not used any more");
	mqtt_asked_drop_all(b);
	assert(!b->asked && !mqtt_pending_any(&b->pending));
	mqtt_outbox_deinit(&b->outbox, b->client);
	b->next_client = mqtt_client_free(b->next_client);
	let_go(b);
	mqtt_seen_deinit(&b->seen);
	mqtt_pending_deinit(&b->pending);
	mqtt_places_deinit(&b->places);
	mqtt_account_deinit(&b->account);
	free(b);
	return NULL;
}

bool mqtt_broker_drain(struct mqtt_broker *b)
{
	listen(b);
	if (b->state == MQTT_BROKER_GONE) {
		return true;
	}
	if (!b->asked && !mqtt_pending_any(&b->pending) &&
	    (b->outbox.n_outs == 0 || b->state != MQTT_BROKER_UP)) {
		leave(b);
	}
	return false;
}
