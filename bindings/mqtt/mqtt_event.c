/*
 * Event - what the threads of Paho tell the loop, and what the loop has them
 * publish.
 */

#include "bindings/mqtt/mqtt_event.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

struct mqtt_out *mqtt_out_new(struct gw_str topic, struct gw_bytes payload)
{
	struct mqtt_out *out = malloc(sizeof(*out) + topic.len + 1 +
				      payload.len);
	char *at = (char *)(out + 1);

	if (!out) {
		return NULL;
	}
	*out = (struct mqtt_out){
		.topic = at,
		.payload = { (uint8_t *)at + topic.len + 1, payload.len },
		.data = at + topic.len + 1,
		.n_bytes = sizeof(*out) + topic.len + payload.len,
	};
	memcpy(at, topic.at, topic.len);
	at[topic.len] = '\0';
	if (payload.len > 0) {
		memcpy(at + topic.len + 1, payload.at, payload.len);
	}
	return out;
}

static int64_t now_ms(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_BOOTTIME, &at);
	return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

void mqtt_out_expire_in(struct mqtt_out *out, int64_t ms)
{
	out->expires_ms = now_ms() + ms;
}

int64_t mqtt_out_left_ms(const struct mqtt_out *out)
{
	return out->expires_ms ? out->expires_ms - now_ms() : INT64_MAX;
}

struct mqtt_out *mqtt_out_free(struct mqtt_out *out)
{
	assert(!out || !out->is_waiting);
	free(out);
	return NULL;
}

struct mqtt_event *mqtt_event_new(enum mqtt_event_kind kind,
				  struct gw_str topic, struct gw_bytes payload)
{
	struct mqtt_event *e = malloc(sizeof(*e) + topic.len + payload.len);
	char *at = (char *)(e + 1);

	if (!e) {
		return NULL;
	}
	*e = (struct mqtt_event){
		.kind = kind,
		.topic = { at, topic.len },
		.payload = { (uint8_t *)at + topic.len, payload.len },
		.text = "",
	};
	if (topic.len > 0) {
		memcpy(at, topic.at, topic.len);
	}
	if (payload.len > 0) {
		memcpy(at + topic.len, payload.at, payload.len);
	}
	return e;
}

struct mqtt_event *mqtt_event_free(struct mqtt_event *e)
{
	if (e) {
		assert(!e->out || !e->out->client);
		mqtt_out_free(e->out);
		free(e);
	}
	return NULL;
}
