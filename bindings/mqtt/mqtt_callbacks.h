#pragma once

/*
 * Callbacks - what Paho calls back, made into events for the loop.
 *
 * The callbacks run on Paho's threads, which hold Paho's lock meanwhile; they
 * copy and put into the mailbox, and nothing else.  The tell functions are for
 * the client's own thread as well.  None of them is for the loop, which would
 * wait for itself where the mailbox is full.
 */

#include <MQTTAsync.h>

#include "bindings/mqtt/mqtt_event.h"

struct mqtt_client;

/* The context of a subscription, to one filter. */
struct mqtt_subscribing {
	struct mqtt_client *client;
	char text[];
};

/* Context: the client. */
MQTTAsync_onSuccess mqtt_on_connected;
MQTTAsync_onSuccess5 mqtt_on_connected5;
MQTTAsync_onFailure mqtt_on_not_connected;
MQTTAsync_onFailure5 mqtt_on_not_connected5;
MQTTAsync_onSuccess mqtt_on_left;
MQTTAsync_onSuccess5 mqtt_on_left5;
MQTTAsync_disconnected mqtt_on_disconnected;
MQTTAsync_connectionLost mqtt_on_lost;
MQTTAsync_messageArrived mqtt_on_message;
int mqtt_on_tls_error(const char *text, size_t len, void *context);

/* Context: a struct mqtt_subscribing, which is freed. */
MQTTAsync_onSuccess mqtt_on_subscribed;
MQTTAsync_onSuccess5 mqtt_on_subscribed5;
MQTTAsync_onFailure mqtt_on_not_subscribed;
MQTTAsync_onFailure5 mqtt_on_not_subscribed5;

/* Context: the publication. */
MQTTAsync_onSuccess mqtt_on_published;
MQTTAsync_onSuccess5 mqtt_on_published5;
MQTTAsync_onFailure mqtt_on_not_published;
MQTTAsync_onFailure5 mqtt_on_not_published5;

/* What a call has refused at once, with Paho's code. */
void mqtt_tell(struct mqtt_client *c, enum mqtt_event_kind kind, int code,
	       const char *text);
void mqtt_tell_not_connected(struct mqtt_client *c, int code,
			     const char *message);
void mqtt_tell_not_subscribed(struct mqtt_subscribing *s, int code,
			      const char *message);
void mqtt_tell_not_published(struct mqtt_out *out, int code,
			     const char *message);
