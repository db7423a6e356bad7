#pragma once

/*
 * Dial - an attempt to connect to a broker, which begins with its name.
 *
 * Paho looks names up under the one lock of all its clients, so a broker whose
 * name server is silent would hold up all others.  Here it is given an address.
 */

#include "core/lib/str.h"
#include "core/lib/timer.h"
#include "core/names.h"

struct gw_relay;
struct mqtt_client;
struct mqtt_dial;

/* The attempt has ended without an address. */
typedef void mqtt_undialed_fn(struct mqtt_dial *d, const char *why);

struct mqtt_dial {
	struct gw_relay *relay;
	mqtt_undialed_fn *failed;
	struct mqtt_client *client;
	struct gw_name_wait name;
	struct gw_timer patience; // with the name server
	unsigned n_tries;
};

void mqtt_dial_init(struct mqtt_dial *d, struct gw_relay *relay,
		    mqtt_undialed_fn *failed);

/* Have the client connect to this host once it is known where that is, or call
 * failed().  Of several addresses another one is taken at each try. */
void mqtt_dial_start(struct mqtt_dial *d, struct mqtt_client *client,
		     struct gw_str host, unsigned n_tries);

/* It is not to connect; one that does, or did, is fine. */
void mqtt_dial_stop(struct mqtt_dial *d);
