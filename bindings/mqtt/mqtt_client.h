#pragma once

/*
 * Client - one connection to a broker, as the loop may use it without waiting.
 *
 *	loop -- connect, subscribe, publish --> our thread --> Paho --> broker
 *	loop <------- mailbox <------- Paho's threads <----------------'
 *
 * Calls into Paho take a lock that Paho holds while it looks up names, writes,
 * and runs callbacks, which in turn may wait for room in the mailbox.  So a
 * thread of our own makes all of them, and the loop never waits for that lock.
 * It is one lock for all clients: a name is looked up before Paho is asked to
 * connect, so that none waits for the name server of another.
 *
 * All functions here are for the loop thread, and none blocks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"

struct mqtt_client;
struct mqtt_event;
struct mqtt_out;

/* Publications that are with Paho at one time: what it does for each takes
 * longer the more there are. */
#define MQTT_FLYING_MAX 256

/* Texts are borrowed for the call; NULL: not given. */
struct mqtt_client_conf {
	const char *uri; // as Paho writes it, "tcp://host:1883"
	const char *client_id;
	const char *user;
	const char *password;
	const char *ca_file;
	const char *certificate_file;
	const char *key_file;
	uint16_t port;
	bool is_secure;
	bool is_v5;
	int keep_alive_s;
	int connect_s;
	size_t message_max_bytes; // larger ones are not kept
	size_t mailbox_bytes;
};

/* A client that is not connected.  NULL when memory, descriptors or threads
 * are short. */
struct mqtt_client *
mqtt_client_new(const struct mqtt_client_conf *conf) GW_MUST_CHECK;

/* Readable while mqtt_client_take() has something to give. */
int mqtt_client_fd(const struct mqtt_client *c);

/* All events so far, oldest first, linked by next; they are the caller's. */
struct mqtt_event *mqtt_client_take(struct mqtt_client *c);

/* Try to connect once, to this numeric address.  MQTT_CONNECTED or
 * MQTT_NOT_CONNECTED follows.  Over TLS Paho is given the name, which the
 * certificate has to have, and looks it up once more by itself. */
void mqtt_client_connect(struct mqtt_client *c, const char *address);

/* Subscribe to n filters, which are copied.  MQTT_SUBSCRIBED or
 * MQTT_NOT_SUBSCRIBED follows for each.  Returns 0 or -ENOMEM. */
int mqtt_client_subscribe(struct mqtt_client *c, const char *const *filters,
			  size_t n) GW_MUST_CHECK;

/* End subscriptions.  Nothing follows.  Returns 0 or -ENOMEM. */
int mqtt_client_unsubscribe(struct mqtt_client *c, const char *const *filters,
			    size_t n) GW_MUST_CHECK;

/* Publish with QoS 1.  Takes out, which comes back in an event: published,
 * refused, or failed. */
void mqtt_client_publish(struct mqtt_client *c, struct mqtt_out *out);

/* Say goodbye once all is published, or about a second has passed.  The session
 * stays with the broker.  MQTT_LEFT follows. */
void mqtt_client_leave(struct mqtt_client *c);

/* After MQTT_LEFT: what was given to be published and did not come back, linked
 * by next; it is the caller's. */
struct mqtt_out *mqtt_client_take_back(struct mqtt_client *c);

/* Leave without another event: what is still to be published is, by a
 * thread that then ends on its own.  NULL is fine.  Returns NULL. */
struct mqtt_client *mqtt_client_free(struct mqtt_client *c);
