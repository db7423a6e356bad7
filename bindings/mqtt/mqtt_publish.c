/*
 * Publish - publications from their making until the broker has them.
 */

#include "bindings/mqtt/mqtt_publish.h"

#include "bindings/mqtt/mqtt_broker.h"
#include "bindings/mqtt/mqtt_client.h"
#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_send.h"
#include "bindings/mqtt/mqtt_state.h"
#include "core/lib/log.h"

#define GW_LOG_TOPIC "mqtt"

/* How often one is given to the broker before it is given up. */
#define TRIES_MAX 16

bool mqtt_publish_is_full(const struct mqtt_broker *b, size_t n_bytes)
{
	return b->n_out_bytes + n_bytes >
	       mqtt_conf(b->mqtt)->limits.queue_bytes;
}

static void wait(struct mqtt_broker *b, struct mqtt_out *out)
{
	out->next = NULL;
	*b->last_waiting = out;
	b->last_waiting = &out->next;
	mqtt_broker_hurry(b);
}

static void drop(struct mqtt_broker *b, struct mqtt_out *out)
{
	b->n_outs--;
	b->n_out_bytes -= out->n_bytes;
	mqtt_seen_arrived(&b->seen, out);
	mqtt_out_free(out);
}

void mqtt_publish(struct mqtt_broker *b, struct mqtt_out *out)
{
	if (b->state == MQTT_BROKER_GONE) {
		mqtt_out_free(out);
		return;
	}
	b->n_outs++;
	b->n_out_bytes += out->n_bytes;
	if (b->state == MQTT_BROKER_UP) {
		mqtt_client_publish(b->client, out);
	} else {
		wait(b, out);
	}
}

static struct mqtt_out *take_waiting(struct mqtt_broker *b)
{
	struct mqtt_out *first = gw_take(&b->waiting);

	b->last_waiting = &b->waiting;
	return first;
}

void mqtt_publish_hand_over(struct mqtt_broker *b)
{
	struct mqtt_out *out = take_waiting(b);

	while (out) {
		struct mqtt_out *next = out->next;

		if (b->client) {
			mqtt_client_publish(b->client, out);
		} else {
			drop(b, out);
		}
		out = next;
	}
}

void mqtt_publish_take_back(struct mqtt_broker *b)
{
	struct mqtt_out *out = mqtt_client_take_back(b->client);

	while (out) {
		struct mqtt_out *next = out->next;

		wait(b, out);
		out = next;
	}
}

void mqtt_publish_waiting(struct mqtt_broker *b)
{
	mqtt_publish_hand_over(b);
}

/* Out of those that wait.  False when it does not wait. */
static bool unqueue(struct mqtt_broker *b, struct mqtt_out *out)
{
	struct mqtt_out **at = &b->waiting;

	while (*at && *at != out) {
		at = &(*at)->next;
	}
	if (!*at) {
		return false;
	}
	*at = out->next;
	if (!*at) {
		b->last_waiting = at;
	}
	return true;
}

void mqtt_publish_forget(struct mqtt_broker *b, struct mqtt_out *out)
{
	out->sent = NULL;
	if (b->state != MQTT_BROKER_UP && unqueue(b, out)) {
		drop(b, out);
	}
}

void mqtt_publish_fail_waiting(struct mqtt_broker *b, const char *why)
{
	struct mqtt_out *out = take_waiting(b);

	while (out) {
		struct mqtt_out *next = out->next;
		struct mqtt_sent *sent = out->sent;

		if (sent) {
			drop(b, out);
			mqtt_send_failed(sent, why);
		} else {
			wait(b, out);
		}
		out = next;
	}
}

static void give_up(struct mqtt_broker *b, struct mqtt_out *out,
		    const char *why)
{
	struct mqtt_sent *sent = out->sent;
	uint64_t n = ++b->n_dropped;

	if (mqtt_is_worth_a_line(n)) {
		gw_warn("not-published",
			"%s does not take a message to %.200s: %s (%llu so "
			"far)",
			b->account.text, out->topic, why,
			(unsigned long long)n);
	}
	drop(b, out);
	if (sent) {
		mqtt_send_failed(sent, why);
	}
}

/* Nobody is to get it any more; the exchange ends at its deadline. */
static void expire(struct mqtt_broker *b, struct mqtt_out *out)
{
	if (out->sent) {
		out->sent->out = NULL;
	}
	drop(b, out);
}

void mqtt_publish_came_back(struct mqtt_broker *b, struct mqtt_event *e)
{
	struct mqtt_out *out = gw_take(&e->out);
	struct mqtt_sent *sent = out->sent;

	if (e->kind == MQTT_PUBLISHED) {
		drop(b, out);
		if (sent) {
			mqtt_send_published(sent);
		}
	} else if (mqtt_out_left_ms(out) <= 0) {
		expire(b, out);
	} else if (e->kind == MQTT_REFUSED || ++out->n_tries >= TRIES_MAX) {
		give_up(b, out, e->text);
	} else if (b->state == MQTT_BROKER_UP) {
		mqtt_client_publish(b->client, out);
	} else {
		wait(b, out);
	}
}
