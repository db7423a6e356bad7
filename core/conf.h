#pragma once

/*
 * Conf - what an operator may set, as core and bindings read it.
 *
 * Plain data with every default filled in.  gateway/config.c makes it from
 * YAML; tests fill it in by hand, starting from gw_conf_init().
 * deploy/m2mgate.yaml shows every key with its meaning.  Texts are terminated
 * and owned by whoever made the struct; it outlives the relay that uses it, or
 * is replaced by gw_relay_reload().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/log.h"
#include "core/primitive.h"

struct gw_net_address;
struct gw_profile;

/* A list of texts. */
struct gw_conf_texts {
	const char **at;
	size_t n;
};

/* Who this gateway is: the node section. */
struct gw_conf_node {
	const char *cse_id; // SP-relative, "/id-gw"
	const char *sp_id;  // "//sp.example"; NULL when not given
	const char *name;   // resource name of its CSEBase
};

/* One listener; CoAP counts sessions for connections.  port 0 lets the system
 * choose; the log line "listening" names what it chose. */
struct gw_conf_listen {
	bool is_on;
	const char *address; // numeric
	uint16_t port;

	/* URL at which peers reach this listener, for pointOfAccess; NULL when
	 * it is never told to anyone. */
	const char *advertise;

	/* Web pages that may use it: origins, or "*".  Empty: none. */
	struct gw_conf_texts allow_origins;

	/* Names of this listener beside that of advertise, as host[:port]:
	 * pages from there are our own, and where any is given, requests for
	 * other hosts are refused.  Without a port it is that of the
	 * listener. */
	struct gw_conf_texts hosts;

	/* Networks whose peers are bounded by limits alone and not by a share
	 * of them, and are where they say, as CoAP asks before it answers at
	 * length.  Empty: none. */
	struct gw_conf_texts trust;

	size_t connections;             // most at one time
	size_t connections_per_address; // of one address (IPv6: of one /64); 0:
					// a share (limits.share), over CoAP all
	int64_t header_ms;              // for request line and headers
	int64_t body_ms;                // for the rest of a request
	int64_t idle_ms;                // between two requests
};

/* Whether one of these networks, such as "10.0.0.0/8", has the address. */
bool gw_conf_networks_have(const struct gw_conf_texts *networks,
			   const struct gw_net_address *address);

/* Whether both listen at the same place, or neither does. */
bool gw_conf_is_same_place(const struct gw_conf_listen *a,
			   const struct gw_conf_listen *b);

enum gw_conf_link {
	GW_LINK_BY_PROFILE,
	GW_LINK_SHARED,
	GW_LINK_PER_ORIGINATOR,
};

/* Longest name of a header of the configuration. */
#define GW_HEADER_NAME_MAX 64

/* A CSE that requests are sent to: an entry of cses or providers. */
struct gw_conf_cse {
	const char *id;    // SP-relative CSE-ID, "/id-in"
	const char *sp_id; // of another provider; NULL: our own
	const char *name;  // resource name of its CSEBase; "-" when not known
	const char *url;   // where it is, "ws://host:port"
	const struct gw_profile *profile;
	enum gw_media media; // how content is written there; NONE: as it comes,
			     // or JSON
	bool is_default;
	bool registers; // the gateway registers itself there
	enum gw_conf_link link;
	bool lacks_own_id_link; // although the profile asks for one

	/* Header of a handshake, and of each request over HTTP that brings no
	 * tokens of its own; NULL: none.  And further ones, "NAME: VALUE". */
	const char *authorization;
	struct gw_conf_texts headers;

	/* Networks from which it speaks as well as from where it is. */
	struct gw_conf_texts from;

	/* Overrides of the profile; negative: what the profile says. */
	int window;
	int gap_ms;

	int64_t ping_ms;  // a ping when nothing came for so long; 0: never
	int64_t check_ms; // look after our own registration; 0: never
};

enum gw_conf_mqtt {
	GW_MQTT_3_1_1 = 4, // protocol levels
	GW_MQTT_5 = 5,
};

/* An MQTT broker where devices are, CSEs, or both.  A path in its URL is the
 * prefix of all topics. */
struct gw_conf_broker {
	const char *url; // "mqtt://host:port"; "mqtts" is over TLS

	/* CSE-IDs that the gateway answers for toward the devices of this
	 * broker.  Empty: each CSE of ours that is not itself behind MQTT. */
	struct gw_conf_texts serves;

	const char *client_id; // NULL: made from node.cse_id
	const char *user;      // NULL: none, like all that follow
	const char *password;
	const char *ca_file; // PEM; NULL: what the system trusts
	const char *certificate_file;
	const char *key_file;
	enum gw_conf_mqtt version;
	int64_t keep_alive_ms;
	int64_t repeat_ms; // the same request for so long is a repetition
};

/* Bounds.  What happens at each is told in README.md of the room. */
struct gw_conf_limits {
	size_t content_bytes; // of one message, in either direction
	size_t exchanges;     // open at one time
	size_t share;         // one in so many is the most for one peer
	size_t memory_bytes;  // held for peers at one time
	size_t queue_bytes;   // waiting to be written to one connection
	size_t registrees;
	size_t links;    // open connections toward CSEs
	size_t lookups;  // names of points of access being looked up
	size_t outgoing; // connections opened to deliver over HTTP, and as many
			 // sessions over CoAP

	/* Descriptors that all of these would take, where the process has
	 * fewer, and the bounds were lowered to fit; 0: they do. */
	size_t descriptors_wanted;
};

struct gw_conf_timeouts {
	int64_t request_ms;   // an exchange without rqet
	int64_t poll_ms;      // a long poll (pcu) without rqet
	int64_t longest_ms;   // any, whatever its rqet says
	int64_t connect_ms;   // name, TCP, TLS and handshake of one connection
	int64_t retry_min_ms; // first back-off of a link
	int64_t retry_max_ms; // longest back-off of a link
	int64_t drain_ms;     // what is open at SIGTERM may still be answered
};

/* Which points of access requests are delivered to besides the address that
 * registered: networks such as "10.0.0.0/8" or "fd00::/8" (core/deliver.h). */
struct gw_conf_deliver {
	struct gw_conf_texts allow;
};

/* Which requests the log tells of, one line each (core/report.h). */
enum gw_told {
	GW_TOLD_FAILED,
	GW_TOLD_ALL,
	GW_TOLD_NONE,
};

struct gw_conf {
	struct gw_conf_node node;
	struct gw_conf_listen http;
	struct gw_conf_listen ws;
	struct gw_conf_listen coap;
	struct gw_conf_broker *brokers;
	size_t n_brokers;
	struct gw_conf_cse *cses; // providers included
	size_t n_cses;
	struct gw_conf_limits limits;
	struct gw_conf_timeouts timeouts;
	struct gw_conf_deliver deliver;
	const char *ca_file; // PEM, who vouches for servers of https and wss;
			     // NULL: what the system trusts
	const char *registry_file; // NULL: registrations die with the process
	enum gw_log_level log_level;
	enum gw_told told;
	bool has_json_log;
};

/* The defaults: no listener, no CSE, id /m2mgate. */
void gw_conf_init(struct gw_conf *conf);

/* The defaults of one entry of cses. */
void gw_conf_cse_init(struct gw_conf_cse *cse);

/* The defaults of one entry of brokers. */
void gw_conf_broker_init(struct gw_conf_broker *broker);
