#pragma once

/*
 * Config schema - the keys of the configuration file.
 *
 * Every value is read as text; the rule of its key says what it means.  So
 * libcyaml only has to know which keys there are, and mistakes in values are
 * told in our own words.  Sections and lists may be left empty: they are NULL
 * then, as when they are not there.
 */

#include <stddef.h>
#include <stdint.h>

#include <cyaml/cyaml.h>

#include "gateway/config_take.h"

/* Entries of a list. */
#define GW_LIST_MAX 1000

#define GW_RAW_MEMBER(member, key, take, min, max) char *member;

struct raw_texts {
	char **at;
	unsigned n;
};

struct raw_node {
#define GW_KEY_NODE GW_RAW_MEMBER
#include "gateway/config_keys.def"
};

struct raw_listen {
#define GW_KEY_LISTEN GW_RAW_MEMBER
#include "gateway/config_keys.def"
	struct raw_texts allow_origins;
	struct raw_texts hosts;
	struct raw_texts trust;
};

struct raw_coap {
#define GW_KEY_COAP GW_RAW_MEMBER
#include "gateway/config_keys.def"
	struct raw_texts trust;
};

struct raw_listeners {
	struct raw_listen *http;
	struct raw_listen *ws;
	struct raw_coap *coap;
};

struct raw_broker {
#define GW_KEY_BROKER GW_RAW_MEMBER
#include "gateway/config_keys.def"
	char *password_file;
	struct raw_texts serves;
};

struct raw_cse {
#define GW_KEY_CSE GW_RAW_MEMBER
#include "gateway/config_keys.def"
	char *authorization_file;
	struct raw_texts from;
	struct raw_texts headers;
};

struct raw_limits {
#define GW_KEY_LIMITS GW_RAW_MEMBER
#include "gateway/config_keys.def"
};

struct raw_timeouts {
#define GW_KEY_TIMEOUTS GW_RAW_MEMBER
#include "gateway/config_keys.def"
};

struct raw_deliver {
	struct raw_texts allow;
};

struct raw_registry {
#define GW_KEY_REGISTRY GW_RAW_MEMBER
#include "gateway/config_keys.def"
};

struct raw_log {
#define GW_KEY_LOG GW_RAW_MEMBER
#include "gateway/config_keys.def"
};

struct raw_config {
	struct raw_node *node;
	struct raw_listeners *listen;
	struct raw_broker *brokers;
	unsigned n_brokers;
	struct raw_cse *cses;
	unsigned n_cses;
	struct raw_cse *providers;
	unsigned n_providers;
	struct raw_limits *limits;
	struct raw_timeouts *timeouts;
	struct raw_deliver *deliver;
	struct raw_registry *registry;
	struct raw_log *log;
};

extern const cyaml_schema_value_t raw_schema;

/* Where a key's text is in its raw section, where its value goes, and what is
 * allowed. */
struct gw_rule {
	const char *key;       // NULL ends a list of rules
	const char *plain_key; // its text names a file with the value of this
			       // key; NULL: the text is the value
	size_t raw_offset;     // of a char *
	size_t value_offset;   // in the struct of core/conf.h
	gw_take_fn *take;
	struct gw_bounds bounds;
};

extern const struct gw_rule gw_node_rules[];     // struct gw_conf_node
extern const struct gw_rule gw_listen_rules[];   // struct gw_conf_listen
extern const struct gw_rule gw_coap_rules[];     // struct gw_conf_listen
extern const struct gw_rule gw_broker_rules[];   // struct gw_conf_broker
extern const struct gw_rule gw_cse_rules[];      // struct gw_conf_cse
extern const struct gw_rule gw_limits_rules[];   // struct gw_conf_limits
extern const struct gw_rule gw_timeouts_rules[]; // struct gw_conf_timeouts
extern const struct gw_rule gw_registry_rules[]; // struct gw_conf
extern const struct gw_rule gw_log_rules[];      // struct gw_conf
