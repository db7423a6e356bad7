/*
 * Outbox - publications from their making until the broker has them.
 */

#include "bindings/mqtt/mqtt_outbox.h"

#include <assert.h>
#include <stdint.h>

#include "bindings/mqtt/mqtt_client.h"
#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_message.h"
#include "core/conf.h"
#include "core/relay.h"

/* How often one is given to the broker before it is given up. */
#define TRIES_MAX 16

/* Of limits.memory, for the answers to one broker, which count twice. */
#define ANSWERS_PART 16

void mqtt_outbox_init(struct mqtt_outbox *o, struct gw_relay *relay,
		      mqtt_ended_fn *ended)
{
	assert(ended);
	*o = (struct mqtt_outbox){ .relay = relay,
				   .ended = ended,
				   .max_bytes = SIZE_MAX };
	o->last_waiting = &o->waiting;
	gw_turns_init(&o->requests);
}

bool mqtt_outbox_is_full(const struct mqtt_outbox *o, size_t n_bytes,
			 size_t max_bytes)
{
	size_t part = gw_relay_conf(o->relay)->limits.memory_bytes /
		      ANSWERS_PART;

	return o->n_bytes > 0 &&
	       o->n_bytes + n_bytes > (max_bytes < part ? max_bytes : part);
}

static void hold(struct mqtt_outbox *o, size_t n_bytes)
{
	o->n_held_bytes = n_bytes;
	gw_memory_owe(o->relay, &o->load, NULL, 2 * n_bytes);
}

/* --- The end of one, which is told once. */

static void end(struct mqtt_outbox *o, struct mqtt_out *out, enum mqtt_end how,
		const char *why)
{
	assert(!out->is_waiting);
	assert(o->n_outs > o->n_waiting);
	o->n_outs--;
	hold(o, o->n_held_bytes - out->n_bytes);
	if (!out->is_request) {
		assert(o->n_bytes >= out->n_bytes);
		o->n_bytes -= out->n_bytes;
	}
	o->ended(o, out, how, why);
	mqtt_out_free(out);
}

/* --- Those that wait. */

static void line_up(struct mqtt_outbox *o, struct mqtt_out *out)
{
	out->next = NULL;
	out->link = o->last_waiting;
	*o->last_waiting = out;
	o->last_waiting = &out->next;
}

static void step_out(struct mqtt_outbox *o, struct mqtt_out *out)
{
	assert(*out->link == out);
	*out->link = out->next;
	if (out->next) {
		out->next->link = out->link;
	} else {
		o->last_waiting = out->link;
	}
}

/* One that nobody waits for any more ends here. */
static void wait(struct mqtt_outbox *o, struct mqtt_out *out)
{
	assert(!out->is_waiting);
	if (out->is_request && !out->sent) {
		end(o, out, MQTT_END_FORGOTTEN, "");
		return;
	}
	if (!out->is_request) {
		line_up(o, out);
	} else if (gw_turns_wait(&o->requests, &out->turn, out->account,
				 out->n_bytes)) {
		end(o, out, MQTT_END_FAILED, "the gateway is short of memory");
		return;
	}
	out->is_waiting = true;
	o->n_waiting++;
	assert(o->n_waiting <= o->n_outs);
}

static void stop_waiting(struct mqtt_outbox *o, struct mqtt_out *out)
{
	assert(out->is_waiting);
	if (out->is_request) {
		gw_turns_remove(&o->requests, &out->turn);
	} else {
		step_out(o, out);
	}
	out->is_waiting = false;
	o->n_waiting--;
}

static struct mqtt_out *out_of(struct gw_turn *turn)
{
	return turn ? gw_container(turn, struct mqtt_out, turn) : NULL;
}

bool mqtt_outbox_make_room(struct mqtt_outbox *o,
			   const struct gw_account *account, size_t n_bytes,
			   size_t max_bytes)
{
	o->max_bytes = max_bytes;
	while (o->requests.n_bytes + n_bytes > max_bytes) {
		struct mqtt_out *most = out_of(
			gw_turns_greediest(&o->requests, account, n_bytes));

		if (!most) {
			return false;
		}
		stop_waiting(o, most);
		end(o, most, MQTT_END_NO_ROOM,
		    "it was given up for somebody who has less waiting for "
		    "this broker (limits.queue)");
	}
	return true;
}

/* --- Those that are with the client. */

static void give(struct mqtt_outbox *o, struct mqtt_out *out,
		 struct mqtt_client *client)
{
	if (out->is_request) {
		o->n_flying++;
		o->n_flying_bytes += out->n_bytes;
	}
	mqtt_message_tell(false, gw_str_from(out->topic), out->payload);
	out->n_given++;
	mqtt_client_publish(client, out);
}

static void is_back(struct mqtt_outbox *o, const struct mqtt_out *out)
{
	if (out->is_request) {
		assert(o->n_flying > 0 && o->n_flying_bytes >= out->n_bytes);
		o->n_flying--;
		o->n_flying_bytes -= out->n_bytes;
	}
}

/* Whether the window has room for one more. */
static bool may_give(const struct mqtt_outbox *o, const struct mqtt_out *out)
{
	return o->n_flying == 0 ||
	       (o->n_flying < MQTT_FLYING_MAX &&
		o->n_flying_bytes + out->n_bytes <= o->max_bytes);
}

static void give_requests(struct mqtt_outbox *o)
{
	struct mqtt_out *out = NULL;

	while (o->client && (out = out_of(gw_turns_first(&o->requests))) &&
	       may_give(o, out)) {
		gw_turns_take(&o->requests, &out->turn);
		out->is_waiting = false;
		o->n_waiting--;
		give(o, out, o->client);
	}
}

static void give_answers(struct mqtt_outbox *o, struct mqtt_client *client)
{
	while (o->waiting) {
		struct mqtt_out *out = o->waiting;

		stop_waiting(o, out);
		give(o, out, client);
	}
}

void mqtt_outbox_deinit(struct mqtt_outbox *o, struct mqtt_client *client)
{
	assert(o->requests.n_waiting == 0);
	o->client = NULL;
	if (client) {
		give_answers(o, client);
	}
	while (o->waiting) {
		struct mqtt_out *out = o->waiting;

		stop_waiting(o, out);
		end(o, out, MQTT_END_FORGOTTEN, "");
	}
	assert(o->last_waiting == &o->waiting && o->n_waiting == 0);
	gw_turns_deinit(&o->requests);
	gw_memory_give(o->relay, &o->load);
}

/* --- In and out. */

void mqtt_outbox_put(struct mqtt_outbox *o, struct mqtt_out *out)
{
	assert(out->n_tries == 0);
	out->is_request = out->sent != NULL;
	o->n_outs++;
	hold(o, o->n_held_bytes + out->n_bytes);
	o->n_bytes += out->is_request ? 0 : out->n_bytes;
	if (o->client && !out->is_request) {
		give(o, out, o->client);
		return;
	}
	wait(o, out);
	give_requests(o);
}

void mqtt_outbox_start(struct mqtt_outbox *o, struct mqtt_client *client)
{
	assert(client);
	assert(!o->client);
	o->client = client;
	give_answers(o, client);
	give_requests(o);
}

void mqtt_outbox_stop(struct mqtt_outbox *o)
{
	assert(!o->client || !o->waiting);
	o->client = NULL;
}

void mqtt_outbox_take_back(struct mqtt_outbox *o, struct mqtt_client *client)
{
	struct mqtt_out *out = mqtt_client_take_back(client);

	assert(!o->client);
	while (out) {
		struct mqtt_out *next = out->next;

		is_back(o, out);
		wait(o, out);
		out = next;
	}
	assert(o->n_waiting == o->n_outs && o->n_flying == 0);
}

void mqtt_outbox_came_back(struct mqtt_outbox *o, struct mqtt_event *e)
{
	struct mqtt_out *out = gw_take(&e->out);

	assert(out);
	is_back(o, out);
	if (e->kind == MQTT_PUBLISHED) {
		end(o, out, MQTT_END_PUBLISHED, "");
	} else if (mqtt_out_left_ms(out) <= 0) {
		end(o, out, MQTT_END_EXPIRED, "");
	} else if (e->kind == MQTT_REFUSED || ++out->n_tries >= TRIES_MAX) {
		end(o, out, MQTT_END_GIVEN_UP, e->text);
	} else if (o->client) {
		give(o, out, o->client);
	} else {
		wait(o, out);
	}
	give_requests(o);
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
	struct mqtt_out *out = NULL;

	while ((out = out_of(gw_turns_first(&o->requests)))) {
		stop_waiting(o, out);
		end(o, out, MQTT_END_FAILED, why);
	}
}
