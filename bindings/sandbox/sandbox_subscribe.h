#pragma once

/*
 * Subscribe - subscriptions, and what is told to whom (TS-0001 9.6.8 and
 * 10.2.10, TS-0004 7.4.8 and 7.5.1).
 */

#include "bindings/sandbox/sandbox_call.h"

/* notificationEventType. */
enum sandbox_event {
	SANDBOX_UPDATED = 1,
	SANDBOX_DELETED = 2,
	SANDBOX_CHILD_MADE = 3,
	SANDBOX_CHILD_DELETED = 4,
};

/* Notify the subscriptions of node that ask for this event.  subject is whose
 * representation they get: node, or its child.  call is the UPDATE that caused
 * it, or NULL. */
void sandbox_tell(struct sandbox_node *node, enum sandbox_event event,
		  const struct sandbox_node *subject,
		  const struct sandbox_call *call);

/* A resource is about to be removed: whoever asked to be told of that is, and
 * so is the su of a subscription. */
void sandbox_tell_removal(struct sandbox_node *node);

/* Whether target, a value in this JSON array, is there before, too. */
bool sandbox_subscription_repeats(struct gw_str nu, struct gw_str target);

/* Send the same content to every target in a JSON array of nu, once. */
void sandbox_tell_targets(struct sandbox *box, struct gw_str targets,
			  struct gw_str content);
