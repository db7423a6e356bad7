#pragma once

/*
 * Heard - what Paho calls back, made into events for the loop.
 *
 * The callbacks run on Paho's threads, which hold Paho's lock meanwhile; they
 * copy and put into the mailbox, and nothing else.  The tell functions may be
 * called by any thread.
 */

#include <MQTTAsync.h>

#include "bindings/mqtt/mqtt_event.h"

struct mqtt_client;

/* The context of a subscription, to one filter. */
struct mqtt_asked_filter {
	struct mqtt_client *client;
	char text[];
};

/* Context: the client. */
MQTTAsync_onSuccess mqtt_heard_connected;
MQTTAsync_onSuccess5 mqtt_heard_connected5;
MQTTAsync_onFailure mqtt_heard_not_connected;
MQTTAsync_onFailure5 mqtt_heard_not_connected5;
MQTTAsync_onSuccess mqtt_heard_left;
MQTTAsync_onSuccess5 mqtt_heard_left5;
MQTTAsync_disconnected mqtt_heard_disconnected;
MQTTAsync_connectionLost mqtt_heard_lost;
MQTTAsync_messageArrived mqtt_heard_message;
int mqtt_heard_tls_error(const char *text, size_t len, void *context);

/* Context: a struct mqtt_asked_filter, which is freed. */
MQTTAsync_onSuccess mqtt_heard_subscribed;
MQTTAsync_onSuccess5 mqtt_heard_subscribed5;
MQTTAsync_onFailure mqtt_heard_not_subscribed;
MQTTAsync_onFailure5 mqtt_heard_not_subscribed5;

/* Context: the publication. */
MQTTAsync_onSuccess mqtt_heard_published;
MQTTAsync_onSuccess5 mqtt_heard_published5;
MQTTAsync_onFailure mqtt_heard_not_published;
MQTTAsync_onFailure5 mqtt_heard_not_published5;

/* What a call has refused at once, with Paho's code. */
void mqtt_tell(struct mqtt_client *c, enum mqtt_event_kind kind, int code,
	       const char *text);
void mqtt_tell_not_connected(struct mqtt_client *c, int code,
			     const char *message);
void mqtt_tell_not_subscribed(struct mqtt_asked_filter *asked, int code,
			      const char *message);
void mqtt_tell_not_published(struct mqtt_out *out, int code,
			     const char *message);
