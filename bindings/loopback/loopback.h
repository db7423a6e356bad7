#pragma once

/*
 * Loopback - the shortest binding: relays of one process ask each other.
 *
 * Relays that entered the same hall meet there.  Each listens under its CSE-ID:
 * "/id-far" is at "loopback://id-far".  There is no socket and no thread; what
 * one sends is opened at the other, and the answer goes back the same way.
 */

#include <sys/queue.h>

#include "core/binding.h"

/* Where they meet.  Zeroed is empty; whoever makes it keeps it until the relays
 * in it are stopped. */
struct loopback_hall {
	LIST_HEAD(, loopback) doors;
};

extern const struct gw_binding_ops loopback_ops;

/* Before the relay of this binding starts.  One that never enters meets
 * nobody. */
void loopback_enter(struct loopback_hall *hall, struct gw_binding *b);
