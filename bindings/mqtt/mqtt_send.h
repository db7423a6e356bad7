#pragma once

/*
 * Send - requests that go out over MQTT: to a registree, to a CSE, or to the
 * topic that a notification URI is.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bindings/mqtt/mqtt_outbox.h"
#include "bindings/mqtt/mqtt_pending.h"
#include "core/lib/str.h"
#include "core/status.h"

struct gw_binding;
struct gw_cse;
struct gw_exchange;
struct gw_primitive;
struct mqtt_broker;
struct mqtt_out;
struct mqtt_state;

/* A request of ours, from send() until it is answered or forgotten. */
struct mqtt_sent {
	struct mqtt_entry entry;
	struct mqtt_broker *broker;
	struct gw_exchange *x;
	struct mqtt_out *out;     // NULL: the broker has it
	int64_t given_ms;         // to the broker at once; 0: it had to wait
	struct gw_str originator; // the ids in the topic, in the arena of the
				  // request; absent: none answers
	struct gw_str receiver;
	bool is_whole; // a topic where nobody answers
};

/* As send(), forget() and is_held() of core/binding.h. */
void mqtt_send(struct mqtt_state *mqtt, struct gw_exchange *x);
void mqtt_send_forget(struct gw_exchange *x);
bool mqtt_send_holds(const struct gw_exchange *x, struct gw_reason *why);

/* As gw_binding_ops.objection. */
const char *mqtt_send_objection(struct gw_binding *binding, struct gw_str text);

/* Whether a CSE can be asked for: its broker is one of ours. */
struct mqtt_broker *mqtt_send_broker(const struct mqtt_state *mqtt,
				     const struct gw_cse *cse);

/* What has become of the publication of a request. */
void mqtt_send_ended(struct mqtt_sent *sent, enum mqtt_end how,
		     const char *why);

/* Its answer has come, which is taken. */
void mqtt_send_answered(struct mqtt_sent *sent, struct gw_primitive *answer);

/* It ends without an answer that could be read. */
void mqtt_send_fail(struct mqtt_sent *sent, enum gw_status status,
		    const char *why);

/* Fail all requests to a broker with 5103. */
void mqtt_send_fail_all(struct mqtt_broker *b, const char *why);
