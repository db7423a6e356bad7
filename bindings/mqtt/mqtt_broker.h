#pragma once

/*
 * Broker - one connection to a broker that is kept, lost and opened again.
 *
 *	        its time has come
 *	  DOWN -----------------> CONNECTING
 *	   ^  ^                        |
 *	   |  | not connected: what    | connected
 *	   |  | waits fails, 5103      v
 *	   |  '------------------ SUBSCRIBING
 *	   |                           |
 *	   | lost: what waits for      | answered: what waits is published
 *	   | an answer goes on         v
 *	   '-------------------------- UP        ... GONE, after a goodbye;
 *	                                          or CONNECTING, when that was
 *	                                          for a reload
 *
 * The session is the broker's and outlives the connection, so that a lost
 * connection fails nothing: what was published is sent again, and answers may
 * still come.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bindings/mqtt/mqtt_account.h"
#include "bindings/mqtt/mqtt_outbox.h"
#include "bindings/mqtt/mqtt_pending.h"
#include "bindings/mqtt/mqtt_place.h"
#include "bindings/mqtt/mqtt_seen.h"
#include "bindings/mqtt/mqtt_told.h"
#include "core/lib/timer.h"
#include "core/memory.h"

struct gw_conf_broker;
struct gw_watch;
struct mqtt_asked;
struct mqtt_client;
struct mqtt_out;
struct mqtt_state;

enum mqtt_broker_state {
	MQTT_BROKER_DOWN,
	MQTT_BROKER_CONNECTING,
	MQTT_BROKER_SUBSCRIBING,
	MQTT_BROKER_UP,
	MQTT_BROKER_GONE,
};

/* Account, places, state and is_unused are for all files of this room to read.
 * What connects is mqtt_broker.c's alone, and each of the last five belongs to
 * whom it says. */
struct mqtt_broker {
	struct mqtt_state *mqtt;
	struct mqtt_broker *next;
	struct mqtt_account account;
	struct mqtt_places places;
	bool is_unused; // no section tells of it any more

	enum mqtt_broker_state state;
	struct mqtt_client *client;      // NULL: GONE
	struct mqtt_client *next_client; // comes when this one has left
	struct gw_watch *watch;
	struct gw_timer timer; // the next attempt, or subscription
	unsigned n_failures;
	unsigned n_refusals; // of subscriptions, in a row
	int64_t next_ms;
	int64_t up_ms;
	bool is_leaving;          // the client says goodbye
	struct gw_timer retiring; // until it may be freed
	int64_t retire_by_ms;

	uint64_t n_dropped; // publications, and answers that became none;
			    // mqtt_asked.c counts as well

	struct mqtt_outbox outbox;   // its own; started while UP
	struct gw_load load;         // what is in there
	struct mqtt_pending pending; // mqtt_send.c
	struct mqtt_asked *asked;    // mqtt_asked.c
	struct mqtt_seen seen;       // mqtt_receive.c, mqtt_asked.c
	struct mqtt_told told;       // mqtt_receive.c
};

/* A broker that is being connected to.  NULL when memory, descriptors or
 * threads are short, or its URL is none. */
struct mqtt_broker *
mqtt_broker_new(struct mqtt_state *mqtt,
		const struct gw_conf_broker *conf) GW_MUST_CHECK;

/* Let go of it: what waits fails with 5103, what is to be published still is.
 * NULL is fine.  Returns NULL. */
struct mqtt_broker *mqtt_broker_free(struct mqtt_broker *b);

/* Take over a section about the same broker.  What is open there goes on: over
 * the same connection where that is possible, else over one that follows it.
 * Returns 0 or a negative errno, with what it had still in use. */
int mqtt_broker_use(struct mqtt_broker *b,
		    const struct gw_conf_broker *conf) GW_MUST_CHECK;

/* No section tells of it any more: leave once what is open is answered, after
 * timeouts.drain_ms at the latest, and free it. */
void mqtt_broker_retire(struct mqtt_broker *b);

/* Whether so many bytes more would be above limits.queue. */
bool mqtt_broker_is_full(const struct mqtt_broker *b, size_t n_bytes);

/* Whether what is published now does not wait; whether nobody can be asked
 * there. */
bool mqtt_broker_is_up(const struct mqtt_broker *b);
bool mqtt_broker_is_gone(const struct mqtt_broker *b);

/* Put out into the outbox, which takes it.  A request that waits there pulls
 * the next attempt to connect forward. */
void mqtt_broker_publish(struct mqtt_broker *b, struct mqtt_out *out);

/* Say goodbye once nothing is open on it, for a gateway that goes down.  True
 * when that was done. */
bool mqtt_broker_drain(struct mqtt_broker *b);
