/*
 * Conf - the defaults of all that an operator may set.
 */

#include "core/conf.h"

#include <string.h>

#include "core/lib/net.h"
#include "core/profile.h"

#define MIB ((size_t)1024 * 1024)
#define SECONDS ((int64_t)1000)

static void listen_init(struct gw_conf_listen *listen, uint16_t port)
{
	*listen = (struct gw_conf_listen){
		.address = "127.0.0.1",
		.port = port,
		.connections = 20000,
		.header_ms = 5 * SECONDS,
		.body_ms = 20 * SECONDS,
		.idle_ms = 60 * SECONDS,
	};
}

void gw_conf_init(struct gw_conf *conf)
{
	*conf = (struct gw_conf){
		.node = { .cse_id = "/m2mgate", .name = "m2mgate" },
		.limits = {
			.content_bytes = MIB,
			.exchanges = 100000,
			.share = 8,
			.memory_bytes = 512 * MIB,
			.queue_bytes = 16 * MIB,
			.registrees = 200000,
			.links = 10000,
			.lookups = 256,
			.outgoing = 1000,
		},
		.timeouts = {
			.request_ms = 12 * SECONDS,
			.poll_ms = 60 * SECONDS,
			.longest_ms = 600 * SECONDS,
			.connect_ms = 10 * SECONDS,
			.retry_min_ms = 200,
			.retry_max_ms = 30 * SECONDS,
			.drain_ms = 10 * SECONDS,
		},
		.log_level = GW_LOG_INFO,
	};
	listen_init(&conf->http, 8080);
	listen_init(&conf->ws, 8181);
	listen_init(&conf->coap, 5683);
}

void gw_conf_cse_init(struct gw_conf_cse *cse)
{
	*cse = (struct gw_conf_cse){
		.name = "-",
		.profile = gw_profile_find(GW_STR("standard")),
		.window = -1,
		.gap_ms = -1,
		.ping_ms = 25 * SECONDS,
		.check_ms = 60 * SECONDS,
	};
}

void gw_conf_broker_init(struct gw_conf_broker *broker)
{
	*broker = (struct gw_conf_broker){
		.version = GW_MQTT_3_1_1,
		.keep_alive_ms = 60 * SECONDS,
		.repeat_ms = 2 * SECONDS,
	};
}

bool gw_conf_networks_have(const struct gw_conf_texts *networks,
			   const struct gw_net_address *address)
{
	struct gw_net net;

	for (size_t i = 0; i < networks->n; i++) {
		if (gw_net_parse(&net, gw_str_from(networks->at[i])) &&
		    gw_net_has(&net, address)) {
			return true;
		}
	}
	return false;
}

bool gw_conf_is_same_place(const struct gw_conf_listen *a,
			   const struct gw_conf_listen *b)
{
	return a->is_on == b->is_on && a->port == b->port &&
	       strcmp(a->address, b->address) == 0;
}
