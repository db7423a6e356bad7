#pragma once

/*
 * Mailbox - from the threads of Paho to the loop.
 *
 *	Paho's thread -- put() --> [ events, bounded ] -- take() --> the loop
 *	                  |                                ^
 *	                  '-- waits while it is full       '-- wakes it, once
 *	                                                       per batch
 *
 * Patient events, which only give memory back, wait for others to come, for
 * many of their kind, or for much memory.
 *
 * A publication is acknowledged to the broker when its callback returns, so a
 * full mailbox holds the acknowledgement back, then the socket, and then the
 * broker keeps what the gateway has no room for.
 *
 * put() may be called by any thread; all else by the loop thread, or before
 * others know the mailbox.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/lib/cleanup.h"

struct mqtt_event;

struct mqtt_mailbox {
	pthread_mutex_t lock;
	pthread_cond_t room;
	struct mqtt_event *first; // oldest first
	struct mqtt_event **last;
	size_t n_bytes; // of the topics and payloads in it
	size_t max_bytes;
	size_t n_patient;       // events that nobody was woken for, and
	size_t n_patient_bytes; // the memory that they give back
	bool is_awake;          // the loop was told
	bool is_closed;
	int wake_fd; // readable while the loop is to come
};

/* Returns 0 or a negative errno, after which deinit() is still fine. */
int mqtt_mailbox_init(struct mqtt_mailbox *mb, size_t max_bytes) GW_MUST_CHECK;
void mqtt_mailbox_deinit(struct mqtt_mailbox *mb);

/* Put an event in, which is taken.  Waits while it would be too much; an event
 * larger than the bound still fits into an empty mailbox.  False when the
 * mailbox is closed: the event was freed. */
bool mqtt_mailbox_put(struct mqtt_mailbox *mb, struct mqtt_event *e);

/* All events so far, oldest first, linked by next; they are the caller's. */
struct mqtt_event *mqtt_mailbox_take(struct mqtt_mailbox *mb);

/* Take nothing in any more, and free what is there.  Who waits to put goes
 * on. */
void mqtt_mailbox_close(struct mqtt_mailbox *mb);
