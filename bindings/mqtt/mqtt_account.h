#pragma once

/*
 * Account - a broker as a section of the configuration tells it, and as whom
 * we come there.
 */

#include <stdbool.h>

#include "bindings/mqtt/mqtt_client.h"
#include "bindings/mqtt/mqtt_url.h"
#include "core/lib/str.h"

struct gw_arena;
struct gw_conf;
struct gw_conf_broker;

/* Zeroed is none. */
struct mqtt_account {
	struct gw_arena *arena; // all texts, since a reload takes the section
	const char *text;       // the URL as it is written
	struct mqtt_url url;
	struct gw_str prefix; // of all topics
	struct mqtt_client_conf client;
	int64_t repeat_ms; // so long a request counts as one that came before
};

/* Returns 0 or a negative errno, after which deinit() is still fine. */
int mqtt_account_init(struct mqtt_account *a, const struct gw_conf *conf,
		      const struct gw_conf_broker *broker) GW_MUST_CHECK;
void mqtt_account_deinit(struct mqtt_account *a);

/* Whether a section is about the same broker and prefix. */
bool mqtt_account_is_of(const struct mqtt_account *a,
			const struct gw_conf_broker *broker);

/* Whether one connection can be that of both. */
bool mqtt_account_is_same(const struct mqtt_account *a,
			  const struct mqtt_account *b);
