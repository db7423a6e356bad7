/*
 * Outbox - publications from their making until the broker has them.
 */

#include "bindings/mqtt/mqtt_outbox.h"

#include <assert.h>

#include "bindings/mqtt/mqtt_client.h"
#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_message.h"

/* How often one is given to the broker before it is given up. */
#define TRIES_MAX 16

void mqtt_outbox_init(struct mqtt_outbox *o, mqtt_ended_fn *ended)
{
	assert(ended);
	*o = (struct mqtt_outbox){ .ended = ended };
	o->last_waiting = &o->waiting;
}

bool mqtt_outbox_is_full(const struct mqtt_outbox *o, size_t n_bytes,
			 size_t max_bytes)
{
	return o->n_bytes + n_bytes > max_bytes;
}

/* --- Those that wait. */

static void wait(struct mqtt_outbox *o, struct mqtt_out *out)
{
	assert(!o->client);
	assert(!out->is_waiting);
	out->is_waiting = true;
	out->next = NULL;
	out->link = o->last_waiting;
	*o->last_waiting = out;
	o->last_waiting = &out->next;
	o->n_waiting++;
	o->n_requests += out->sent ? 1 : 0;
	assert(o->n_waiting <= o->n_outs);
}

static void stop_waiting(struct mqtt_outbox *o, struct mqtt_out *out)
{
	assert(out->is_waiting);
	assert(*out->link == out);
	*out->link = out->next;
	if (out->next) {
		out->next->link = out->link;
	} else {
		o->last_waiting = out->link;
	}
	out->is_waiting = false;
	o->n_waiting--;
	o->n_requests -= out->sent ? 1 : 0;
	assert(o->n_requests <= o->n_waiting);
}

static void give(struct mqtt_out *out, struct mqtt_client *client)
{
	mqtt_message_tell(false, gw_str_from(out->topic), out->payload);
	out->n_given++;
	mqtt_client_publish(client, out);
}

static void give_waiting(struct mqtt_outbox *o, struct mqtt_client *client)
{
	while (o->waiting) {
		struct mqtt_out *out = o->waiting;

		stop_waiting(o, out);
		give(out, client);
	}
	assert(o->n_waiting == 0);
}

/* --- The end of one, which is told once. */

static void end(struct mqtt_outbox *o, struct mqtt_out *out, enum mqtt_end how,
		const char *why)
{
	assert(!out->is_waiting);
	assert(o->n_outs > o->n_waiting);
	assert(o->n_bytes >= out->n_bytes);
	o->n_outs--;
	o->n_bytes -= out->n_bytes;
	o->ended(o, out, how, why);
	mqtt_out_free(out);
}

void mqtt_outbox_deinit(struct mqtt_outbox *o, struct mqtt_client *client)
{
	assert(o->n_requests == 0);
	o->client = NULL;
	if (client) {
		give_waiting(o, client);
	}
	while (o->waiting) {
		struct mqtt_out *out = o->waiting;

		stop_waiting(o, out);
		end(o, out, MQTT_END_FORGOTTEN, "");
	}
	assert(o->last_waiting == &o->waiting);
}

/* --- In and out. */

void mqtt_outbox_put(struct mqtt_outbox *o, struct mqtt_out *out)
{
	assert(out->n_tries == 0);
	o->n_outs++;
	o->n_bytes += out->n_bytes;
	if (o->client) {
		give(out, o->client);
	} else {
		wait(o, out);
	}
}

void mqtt_outbox_start(struct mqtt_outbox *o, struct mqtt_client *client)
{
	assert(client);
	assert(!o->client);
	o->client = client;
	give_waiting(o, client);
}

void mqtt_outbox_stop(struct mqtt_outbox *o)
{
	assert(!o->client || !o->waiting);
	o->client = NULL;
}

void mqtt_outbox_take_back(struct mqtt_outbox *o, struct mqtt_client *client)
{
	struct mqtt_out *out = mqtt_client_take_back(client);

	while (out) {
		struct mqtt_out *next = out->next;

		wait(o, out);
		out = next;
	}
	assert(o->n_waiting == o->n_outs);
}

void mqtt_outbox_came_back(struct mqtt_outbox *o, struct mqtt_event *e)
{
	struct mqtt_out *out = gw_take(&e->out);

	assert(out);
	if (e->kind == MQTT_PUBLISHED) {
		end(o, out, MQTT_END_PUBLISHED, "");
	} else if (mqtt_out_left_ms(out) <= 0) {
		end(o, out, MQTT_END_EXPIRED, "");
	} else if (e->kind == MQTT_REFUSED || ++out->n_tries >= TRIES_MAX) {
		end(o, out, MQTT_END_GIVEN_UP, e->text);
	} else if (o->client) {
		give(out, o->client);
	} else {
		wait(o, out);
	}
}

void mqtt_outbox_forget(struct mqtt_outbox *o, struct mqtt_out *out)
{
	bool was_waiting = out->is_waiting;

	assert(out->sent);
	if (was_waiting) {
		stop_waiting(o, out);
	}
	out->sent = NULL;
	if (was_waiting) {
		end(o, out, MQTT_END_FORGOTTEN, "");
	}
}

void mqtt_outbox_fail_requests(struct mqtt_outbox *o, const char *why)
{
	struct mqtt_out *out = o->waiting;

	while (out) {
		struct mqtt_out *next = out->next;

		if (out->sent) {
			stop_waiting(o, out);
			end(o, out, MQTT_END_FAILED, why);
		}
		out = next;
	}
	assert(o->n_requests == 0);
}
