#pragma once

/*
 * Poll - polling channels: how an entity that cannot be reached fetches what
 * is meant for it (TS-0001 9.6.21, TS-0004 7.4.22, 7.4.23).
 *
 *	a request for the owner -> waiting -> RETRIEVE pcu -> fetched
 *	                                                        |
 *	                  NOTIFY pcu with m2m:rsp, matched by rqi
 *
 * A RETRIEVE of pcu that finds nothing waits until there is something, or its
 * exchange ends.
 */

#include <stdbool.h>

#include "bindings/sandbox/sandbox_call.h"

struct sandbox_send;

struct sandbox_channel {
	struct sandbox_calls polls;   // held, the newest first
	struct sandbox_sends waiting; // the oldest first
	struct sandbox_sends fetched; // their answer is not here yet
};

/* Rows of sandbox_admit.h. */
int sandbox_poll_equip(struct sandbox_node *node, struct sandbox_node *parent);
void sandbox_poll_settle(struct sandbox *box, struct sandbox_node *node);

/* The channel goes away: fail what is in it. */
void sandbox_poll_close(struct sandbox_node *node);

/* Put a request into the channel; takes the request.  False when it is full or
 * memory is short. */
bool sandbox_poll_put(struct sandbox_channel *channel, struct sandbox_send *s,
		      struct gw_primitive *request);

/* RETRIEVE and NOTIFY of pcu.  As the operations of sandbox_call.h. */
enum gw_status sandbox_poll_fetch(struct sandbox_call *call);
enum gw_status sandbox_poll_answer(struct sandbox_call *call);
