#pragma once

/*
 * Outbox - publications from their making until the broker has them.
 *
 *	 put ----------------> with the client ---------> ended: published,
 *	  |      started          ^        |              refused, expired,
 *	  | else                  |        |              tried enough
 *	  v      start(), room    |        |
 *	waiting ------------------'        |
 *	  |  ^                             |
 *	  |  '-----------------------------'
 *	  |    failed while stopped; taken back
 *	  '--> ended: forgotten, its request failed, no room
 *
 * While it is started, answers go to the client in their order.  Requests do as
 * far as its window goes; those that wait have turns (core/turns.h), so that
 * whoever asks much waits for himself.  While it is not started all wait.
 * One that was not acknowledged when the connection broke is published again:
 * the receiver knows by the id that it is the same.  Of each publication that
 * was put in, ended() tells once what became of it, unless it is still with the
 * client when the outbox is let go of.
 *
 * All functions are for the loop thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/lib/cleanup.h"
#include "core/memory.h"
#include "core/turns.h"

struct gw_account;
struct mqtt_client;
struct mqtt_event;
struct mqtt_out;
struct mqtt_outbox;

enum mqtt_end {
	MQTT_END_PUBLISHED, // the broker has it
	MQTT_END_FAILED,    // its request waited in vain
	MQTT_END_GIVEN_UP,  // it was refused, or tried enough
	MQTT_END_EXPIRED,   // nobody is to get it any more
	MQTT_END_FORGOTTEN, // nobody waits for it any more
	MQTT_END_NO_ROOM,   // somebody waits who has less
};

/* What has become of a publication, which is borrowed for the call and counts
 * no more; why is "" where an end needs no reason.  It must not call the
 * outbox. */
typedef void mqtt_ended_fn(struct mqtt_outbox *o, const struct mqtt_out *out,
			   enum mqtt_end end, const char *why);

struct mqtt_outbox {
	struct gw_relay *relay;
	mqtt_ended_fn *ended;
	struct mqtt_client *client; // NULL: not started
	struct mqtt_out *waiting;   // answers, oldest first
	struct mqtt_out **last_waiting;
	struct gw_turns requests; // that wait
	size_t max_bytes;         // limits.queue, when it was last told
	size_t n_waiting;
	size_t n_outs;         // waiting, or with the client
	size_t n_bytes;        // of those that are answers
	size_t n_held_bytes;   // of all
	struct gw_load load;   // the same, with the copies that Paho makes
	size_t n_flying;       // requests with the client,
	size_t n_flying_bytes; // and theirs
};

void mqtt_outbox_init(struct mqtt_outbox *o, struct gw_relay *relay,
		      mqtt_ended_fn *ended);

/* No request waits any more.  The rest goes to a client that publishes it or
 * not, without telling; NULL: there is none, and it is forgotten. */
void mqtt_outbox_deinit(struct mqtt_outbox *o, struct mqtt_client *client);

/* Whether so many bytes more of answers would be above this, or above their
 * part of limits.memory, which the caller asks before it makes one.  One that
 * is all alone never is. */
bool mqtt_outbox_is_full(const struct mqtt_outbox *o, size_t n_bytes,
			 size_t max_bytes);

/* Whether a request of so many bytes may wait, where that many may in all; who
 * has most waiting makes room for who has less.  As much again may be with the
 * client. */
bool mqtt_outbox_make_room(struct mqtt_outbox *o,
			   const struct gw_account *account, size_t n_bytes,
			   size_t max_bytes) GW_MUST_CHECK;

/* Publish now, or when it is started and there is room.  Takes out, which is a
 * request where sent says so, of its account.  ended() may come from inside,
 * when memory is short. */
void mqtt_outbox_put(struct mqtt_outbox *o, struct mqtt_out *out);

/* The broker can be published to: give what waits, and all that is put in from
 * now on, to the client. */
void mqtt_outbox_start(struct mqtt_outbox *o, struct mqtt_client *client);

/* It cannot any more.  An outbox that is not started is fine. */
void mqtt_outbox_stop(struct mqtt_outbox *o);

/* The client has left, and tells nothing any more: what it did not publish
 * waits again.  The outbox is stopped. */
void mqtt_outbox_take_back(struct mqtt_outbox *o, struct mqtt_client *client);

/* MQTT_PUBLISHED, MQTT_REFUSED or MQTT_FAILED.  Takes the publication out of
 * the event. */
void mqtt_outbox_came_back(struct mqtt_outbox *o, struct mqtt_event *e);

/* Nobody waits any more for the request that out carries: it is forgotten if it
 * waits, else it goes its way. */
void mqtt_outbox_forget(struct mqtt_outbox *o, struct mqtt_out *out);

/* Fail the requests that wait; answers go on waiting. */
void mqtt_outbox_fail_requests(struct mqtt_outbox *o, const char *why);
