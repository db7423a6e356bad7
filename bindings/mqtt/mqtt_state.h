#pragma once

/*
 * State - what all files of this room share.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/binding.h"
#include "core/conf.h"
#include "core/lib/buf.h"
#include "core/lib/loop.h"
#include "core/relay.h"

struct mqtt_broker;

/* What a message may need besides its content: names, addresses, braces. */
#define MQTT_ENVELOPE_BYTES ((size_t)64 << 10)

/* Of events that a peer can cause at will, each of so many is logged. */
#define MQTT_LOG_EACH 1000

struct mqtt_state {
	struct gw_binding *binding;
	struct gw_loop *loop;
	struct mqtt_broker *brokers;
	struct gw_buf topic; // being made, like the payload
	struct gw_buf payload;
	uint64_t n_wrong_topics; // and others that are ignored
	bool is_draining;
};

static inline const struct gw_conf *mqtt_conf(const struct mqtt_state *mqtt)
{
	return mqtt->binding->conf;
}

static inline struct gw_counts *mqtt_counts(const struct mqtt_state *mqtt)
{
	return gw_relay_counts(mqtt->binding->relay);
}

static inline int64_t mqtt_now_ms(const struct mqtt_state *mqtt)
{
	return gw_loop_now_ms(mqtt->loop);
}

/* Bytes of the largest message, read or written. */
static inline size_t mqtt_message_max(const struct mqtt_state *mqtt)
{
	return mqtt_conf(mqtt)->limits.content_bytes + MQTT_ENVELOPE_BYTES;
}

/* Whether the n-th of such events is worth a line. */
static inline bool mqtt_is_worth_a_line(uint64_t n)
{
	return n % MQTT_LOG_EACH == 1;
}
