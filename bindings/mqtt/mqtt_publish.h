#pragma once

/*
 * Publish - publications from their making until the broker has them.
 *
 * While the broker is not UP they wait, up to limits.queue.  One that was not
 * acknowledged when the connection broke is published again: the receiver knows
 * by the id that it is the same.
 */

#include <stdbool.h>
#include <stddef.h>

struct mqtt_broker;
struct mqtt_event;
struct mqtt_out;
struct mqtt_sent;

/* Whether so many bytes more would be above limits.queue. */
bool mqtt_publish_is_full(const struct mqtt_broker *b, size_t n_bytes);

/* Publish now, or when the broker is UP.  Takes out. */
void mqtt_publish(struct mqtt_broker *b, struct mqtt_out *out);

/* The broker is UP. */
void mqtt_publish_waiting(struct mqtt_broker *b);

/* Nobody waits any more for the request that out carries: it is dropped if it
 * waits, else it goes its way. */
void mqtt_publish_forget(struct mqtt_broker *b, struct mqtt_out *out);

/* Fail the requests that wait, with 5103; answers go on waiting. */
void mqtt_publish_fail_waiting(struct mqtt_broker *b, const char *why);

/* What has become of a publication. */
void mqtt_publish_came_back(struct mqtt_broker *b, struct mqtt_event *e);

/* The client has left: what it did not publish waits again. */
void mqtt_publish_take_back(struct mqtt_broker *b);

/* Give all that waits to the client, which publishes it or not. */
void mqtt_publish_hand_over(struct mqtt_broker *b);
