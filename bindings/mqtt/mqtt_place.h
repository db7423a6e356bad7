#pragma once

/*
 * Place - whom the gateway is, and whom it meets, at one broker.
 *
 *	self     the gateway's own CSE-ID
 *	served   a CSE that it is toward the devices there
 *	peer     a CSE that lives there, to which it is an originator
 *
 * Each is known by its level in topics: SP-relative, or absolute for a CSE of
 * another provider (Mcc'); for those of our provider the absolute level counts
 * as well, when the provider has a name.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/address.h"
#include "core/lib/cleanup.h"
#include "core/lib/str.h"

struct gw_arena;
struct gw_conf_broker;
struct gw_cse;
struct gw_relay;
struct mqtt_url;

enum mqtt_role {
	MQTT_SELF,
	MQTT_SERVED,
	MQTT_PEER,
};

struct mqtt_place {
	enum mqtt_role role;
	struct gw_cse *cse;     // NULL: ourselves
	struct gw_home home;    // of who is registered there
	struct gw_str level;    // as it is written
	struct gw_str absolute; // as it is read as well; absent: not
};

/* One filter of a subscription. */
struct mqtt_filter {
	const char *text;
	size_t i_place;
	bool is_for_answers;
	bool is_asked_for; // the broker has not answered
	bool is_granted;
};

/* Zeroed is empty. */
struct mqtt_places {
	struct mqtt_place *at;
	size_t n;
	struct mqtt_filter *filters;
	size_t n_filters;
	struct gw_arena *arena; // all texts
};

/* Find out whom there is at a broker.  Returns 0 or -ENOMEM, after which
 * deinit() is still fine. */
int mqtt_places_init(struct mqtt_places *places, const struct gw_relay *relay,
		     const struct gw_conf_broker *broker,
		     const struct mqtt_url *url) GW_MUST_CHECK;
void mqtt_places_deinit(struct mqtt_places *places);

/* Ask for all filters that are not granted: their texts go to at, where there
 * is room for all.  Returns how many there are. */
size_t mqtt_places_ask(struct mqtt_places *places, const char **at);

/* Whether the broker has yet to answer for a filter; whether it granted all;
 * and that it granted none, since a connection begins anew. */
bool mqtt_places_await(const struct mqtt_places *places);
bool mqtt_places_are_granted(const struct mqtt_places *places);
void mqtt_places_forget_grants(struct mqtt_places *places);

/* The filters of the old ones that are none of these, in the same way. */
size_t mqtt_places_outdated(const struct mqtt_places *places,
			    const struct mqtt_places *old, const char **at);

/* What the broker has granted to the old ones counts for these as well. */
void mqtt_places_inherit(struct mqtt_places *places,
			 const struct mqtt_places *old);

/* The place with this level, as one of us (self, served) or as a peer; NULL:
 * none. */
const struct mqtt_place *mqtt_places_us(const struct mqtt_places *places,
					struct gw_str level);
const struct mqtt_place *mqtt_places_peer(const struct mqtt_places *places,
					  struct gw_str level);

/* The place of this CSE, or of ourselves for NULL; NULL: it has none. */
const struct mqtt_place *mqtt_places_of(const struct mqtt_places *places,
					const struct gw_cse *cse);

/* The filter with this text, or NULL. */
struct mqtt_filter *mqtt_places_filter(const struct mqtt_places *places,
				       struct gw_str text);

/* Whether answers to what a place asks can come: the broker granted it. */
bool mqtt_places_hears(const struct mqtt_places *places,
		       const struct mqtt_place *place);
