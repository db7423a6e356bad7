#pragma once

/*
 * Asked - a request of a peer, from its arrival until it is answered.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/primitive.h"

struct gw_exchange;
struct mqtt_broker;
struct mqtt_seen_message;
struct mqtt_topic;

struct mqtt_asked {
	struct mqtt_broker *broker;
	struct gw_exchange *x;             // NULL: none was opened
	struct mqtt_seen_message *message; // NULL: not remembered
	enum gw_media media;               // of the answer
	bool is_anonymous;                 // the answer leaves out to and fr
	struct mqtt_asked *next;
	struct mqtt_asked **link;
	struct gw_str originator; // who asked, behind the topic
	size_t topic_len;
	char topic[]; // of the answer
};

/* A request that came on a topic; the answer goes to the same with the same
 * ids and type (TS-0010 6.4.3).  NULL when memory is short. */
struct mqtt_asked *mqtt_asked_new(struct mqtt_broker *b,
				  const struct mqtt_topic *topic) GW_MUST_CHECK;

/* It will not be answered. */
void mqtt_asked_free(struct mqtt_asked *asked);

/* Publish the answer and free asked.  Takes the answer; NULL, when memory is
 * short, is none. */
void mqtt_asked_answer(struct mqtt_asked *asked, struct gw_primitive *answer);

/* As the operation of a binding. */
void mqtt_asked_reply(struct gw_exchange *x);

/* Nobody waits any more for what was asked over this broker. */
void mqtt_asked_drop_all(struct mqtt_broker *b);
