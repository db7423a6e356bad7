#pragma once

/*
 * Event - what the threads of Paho tell the loop, and what the loop has them
 * publish.
 *
 * Both are made in one thread and used in another; whoever holds one owns it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"
#include "core/lib/str.h"
#include "core/turns.h"

struct mqtt_client;
struct mqtt_sent;

/* A publication: from its making until the broker has acknowledged it. */
struct mqtt_out {
	struct mqtt_out *next;  // while it waits, or is with a client
	struct mqtt_out **link; // who points at it while it waits, or is with
				// Paho
	struct mqtt_client *client; // that has it
	bool is_waiting;            // in the outbox
	bool is_request;            // of whose account, and whose turn it is
	const struct gw_account *account;
	struct gw_turn turn;
	struct mqtt_sent *sent; // the request that it carries; NULL: none, or
				// nobody waits for it any more
	size_t n_bytes;         // counted against limits.queue
	unsigned n_tries;
	unsigned n_given;   // how often it was given to a client
	int64_t expires_ms; // see mqtt_out_left_ms(); 0: never
	bool is_answer;     // to the message with this key, which is remembered
	uint64_t key;
	bool is_awaited;   // somebody waits for its acknowledgement
	const char *topic; // terminated; behind the struct, like the payload
	struct gw_bytes payload;
	void *data; // the payload once more, as Paho wants it: not const
};

/* A publication with copies of topic and payload.  NULL when memory is
 * short. */
struct mqtt_out *mqtt_out_new(struct gw_str topic,
			      struct gw_bytes payload) GW_MUST_CHECK;

/* Not publish it after so many milliseconds; and how many of them are left, for
 * any thread. */
void mqtt_out_expire_in(struct mqtt_out *out, int64_t ms);
int64_t mqtt_out_left_ms(const struct mqtt_out *out);

/* NULL is fine.  Returns NULL. */
struct mqtt_out *mqtt_out_free(struct mqtt_out *out);

enum mqtt_event_kind {
	MQTT_CONNECTED,
	MQTT_NOT_CONNECTED,  // the attempt has failed: code, text
	MQTT_LOST,           // the connection is gone: text
	MQTT_SUBSCRIBED,     // topic: a filter; code: what was granted
	MQTT_NOT_SUBSCRIBED, // topic: a filter, or none; code, text
	MQTT_PUBLISHED,      // out; code
	MQTT_REFUSED,        // out: the broker does not take it: code, text
	MQTT_FAILED,         // out: it may be tried again: code, text
	MQTT_MESSAGE,        // topic, payload
	MQTT_TOO_LARGE,      // topic; the payload was not kept
	MQTT_LEFT,           // goodbye was said; the last event
};

struct mqtt_event {
	struct mqtt_event *next;
	enum mqtt_event_kind kind;
	int code;
	int qos;
	bool is_retained;
	bool is_again; // delivered before, the broker says (DUP)
	bool has_session;
	bool is_patient;      // need not wake the loop by itself
	struct mqtt_out *out; // owned
	struct gw_str topic;  // behind the struct, like the payload
	struct gw_bytes payload;
	const char *text; // in the payload; "" when there is none
};

/* An event with copies of topic and payload, which may be absent.  NULL when
 * memory is short. */
struct mqtt_event *mqtt_event_new(enum mqtt_event_kind kind,
				  struct gw_str topic,
				  struct gw_bytes payload) GW_MUST_CHECK;

/* Free it with what it owns.  NULL is fine.  Returns NULL. */
struct mqtt_event *mqtt_event_free(struct mqtt_event *e);

GW_DEFINE_CLEANUP(struct mqtt_out, mqtt_out_free);
