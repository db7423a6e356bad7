#pragma once

/*
 * Paho - the calls into Eclipse Paho and its callbacks.
 *
 * Only mqtt_paho.c and mqtt_callbacks.c know the library.  What is shared here
 * is for mqtt_client.c and these two.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "bindings/mqtt/mqtt_client.h"
#include "bindings/mqtt/mqtt_mailbox.h"

struct mqtt_out;

/* Room for what OpenSSL says of a connection. */
#define MQTT_WHY_BYTES 512

struct mqtt_filters {
	size_t n;
	char *at[]; // what they point at lies behind
};

/* Room for a numeric address as Paho writes it. */
#define MQTT_TO_BYTES 80

struct mqtt_client {
	struct mqtt_mailbox mailbox;
	struct mqtt_client_conf conf; // its texts are in text
	char *text;
	void *paho;     // MQTTAsync; NULL: could not be made
	pthread_t loop; // the thread that must never wait for Paho
	pthread_t own;  // ours, from its start on

	pthread_mutex_t lock; // guards what follows
	pthread_cond_t news;
	unsigned n_users;
	bool is_to_connect;
	char to[MQTT_TO_BYTES]; // as Paho writes it; changes between attempts
	struct mqtt_filters *filters;
	struct mqtt_filters *unwanted; // to be unsubscribed
	struct mqtt_out *outs;         // to be published, oldest first
	struct mqtt_out **last_out;
	struct mqtt_out *flying; // with Paho
	size_t n_flying;
	bool is_connected;
	bool is_new; // connected, and not yet seen by our thread
	bool is_leaving;
	struct timespec leave_by;
	uint64_t n_lost; // acknowledged, with nobody left to answer
	char why[MQTT_WHY_BYTES];
};

/* Which thread this is: the loop's, or the client's own; else one of Paho's. */
static inline bool mqtt_is_on_loop(const struct mqtt_client *c)
{
	return pthread_equal(pthread_self(), c->loop) != 0;
}

static inline bool mqtt_is_on_own(const struct mqtt_client *c)
{
	return pthread_equal(pthread_self(), c->own) != 0;
}

/* So many milliseconds from now, on the clock that c->news waits by. */
struct timespec mqtt_time_in(int ms);

/* All of these run on the client's thread, without its lock. */
void mqtt_paho_create(struct mqtt_client *c);
void mqtt_paho_connect(struct mqtt_client *c);
void mqtt_paho_subscribe(struct mqtt_client *c, struct mqtt_filters *filters);
void mqtt_paho_unsubscribe(struct mqtt_client *c, struct mqtt_filters *filters);

/* Takes out. */
void mqtt_paho_publish(struct mqtt_client *c, struct mqtt_out *out);

/* Say goodbye, let go of Paho, and tell MQTT_LEFT. */
void mqtt_paho_leave(struct mqtt_client *c);

/* Turn Nagle's algorithm (RFC 896) off on every socket of this process that is
 * connected to this port somewhere.  An answer that is published right behind
 * an acknowledgement waits 40 ms and more where that meets delayed
 * acknowledgements (RFC 1122 4.2.3.2), and Paho neither turns it off nor tells
 * its sockets.  From any thread: what is closed meanwhile, or is somebody
 * else's, comes to no harm. */
void mqtt_paho_nodelay(uint16_t port);
