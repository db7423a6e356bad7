/*
 * Config schema - the keys of the configuration file.
 */

#include "gateway/config_schema.h"

#include "core/conf.h"

#define OPTIONAL (CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL)

#define FIELD(section, member, key)                                      \
	CYAML_FIELD_STRING_PTR(key, OPTIONAL, struct section, member, 0, \
			       CYAML_UNLIMITED),

#define RULE(section, target, member_, key_, take_, min_, max_)   \
	{                                                         \
		.key = (key_),                                    \
		.raw_offset = offsetof(struct section, member_),  \
		.value_offset = offsetof(struct target, member_), \
		.take = gw_take_##take_,                          \
		.bounds = { (min_), (max_) },                     \
	},

/* KEY-file: the value of a key is in a file. */
#define SECRET(section, target, member_, key_, take_)                   \
	{                                                               \
		.key = key_ "-file",                                    \
		.plain_key = (key_),                                    \
		.raw_offset = offsetof(struct section, member_##_file), \
		.value_offset = offsetof(struct target, member_),       \
		.take = gw_take_##take_,                                \
	},

#define TEXTS(key, section, member)                                          \
	CYAML_FIELD_SEQUENCE_COUNT(key, OPTIONAL, struct section, member.at, \
				   member.n, &text_value, 0, GW_LIST_MAX)

#define SECTION(key, section, member, fields) \
	CYAML_FIELD_MAPPING_PTR(key, OPTIONAL, struct section, member, fields)

static const cyaml_schema_value_t text_value = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED),
};

static const cyaml_schema_field_t node_fields[] = {
#define GW_KEY_NODE(m, key, take, min, max) FIELD(raw_node, m, key)
#include "gateway/config_keys.def"
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t listen_fields[] = {
#define GW_KEY_LISTEN(m, key, take, min, max) FIELD(raw_listen, m, key)
#include "gateway/config_keys.def"
	TEXTS("allow-origins", raw_listen, allow_origins),
	TEXTS("hosts", raw_listen, hosts),
	TEXTS("trust", raw_listen, trust),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t coap_fields[] = {
#define GW_KEY_COAP(m, key, take, min, max) FIELD(raw_coap, m, key)
#include "gateway/config_keys.def"
	TEXTS("trust", raw_coap, trust),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t listeners_fields[] = {
	SECTION("http", raw_listeners, http, listen_fields),
	SECTION("ws", raw_listeners, ws, listen_fields),
	SECTION("coap", raw_listeners, coap, coap_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t broker_fields[] = {
#define GW_KEY_BROKER(m, key, take, min, max) FIELD(raw_broker, m, key)
#include "gateway/config_keys.def"
	FIELD(raw_broker, password_file, "password-file")
		TEXTS("serves", raw_broker, serves),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t broker_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_broker,
			    broker_fields),
};

static const cyaml_schema_field_t cse_fields[] = {
#define GW_KEY_CSE(m, key, take, min, max) FIELD(raw_cse, m, key)
#include "gateway/config_keys.def"
	FIELD(raw_cse, authorization_file, "authorization-file")
		TEXTS("from", raw_cse, from),
	TEXTS("headers", raw_cse, headers),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t cse_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_cse, cse_fields),
};

static const cyaml_schema_field_t limits_fields[] = {
#define GW_KEY_LIMITS(m, key, take, min, max) FIELD(raw_limits, m, key)
#include "gateway/config_keys.def"
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t timeouts_fields[] = {
#define GW_KEY_TIMEOUTS(m, key, take, min, max) FIELD(raw_timeouts, m, key)
#include "gateway/config_keys.def"
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t deliver_fields[] = {
	TEXTS("allow", raw_deliver, allow),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t registry_fields[] = {
#define GW_KEY_REGISTRY(m, key, take, min, max) FIELD(raw_registry, m, key)
#include "gateway/config_keys.def"
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t log_fields[] = {
#define GW_KEY_LOG(m, key, take, min, max) FIELD(raw_log, m, key)
#include "gateway/config_keys.def"
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t top_fields[] = {
	SECTION("node", raw_config, node, node_fields),
	SECTION("listen", raw_config, listen, listeners_fields),
	CYAML_FIELD_SEQUENCE_COUNT("brokers", OPTIONAL, struct raw_config,
				   brokers, n_brokers, &broker_value, 0,
				   GW_LIST_MAX),
	CYAML_FIELD_SEQUENCE_COUNT("cses", OPTIONAL, struct raw_config, cses,
				   n_cses, &cse_value, 0, GW_LIST_MAX),
	CYAML_FIELD_SEQUENCE_COUNT("providers", OPTIONAL, struct raw_config,
				   providers, n_providers, &cse_value, 0,
				   GW_LIST_MAX),
	SECTION("limits", raw_config, limits, limits_fields),
	SECTION("timeouts", raw_config, timeouts, timeouts_fields),
	SECTION("deliver", raw_config, deliver, deliver_fields),
	SECTION("registry", raw_config, registry, registry_fields),
	SECTION("log", raw_config, log, log_fields),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t raw_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_config, top_fields),
};

const struct gw_rule gw_node_rules[] = {
#define GW_KEY_NODE(...) RULE(raw_node, gw_conf_node, __VA_ARGS__)
#include "gateway/config_keys.def"
	{ .key = NULL },
};

const struct gw_rule gw_listen_rules[] = {
#define GW_KEY_LISTEN(...) RULE(raw_listen, gw_conf_listen, __VA_ARGS__)
#include "gateway/config_keys.def"
	{ .key = NULL },
};

const struct gw_rule gw_coap_rules[] = {
#define GW_KEY_COAP(...) RULE(raw_coap, gw_conf_listen, __VA_ARGS__)
#include "gateway/config_keys.def"
	{ .key = NULL },
};

const struct gw_rule gw_broker_rules[] = {
#define GW_KEY_BROKER(...) RULE(raw_broker, gw_conf_broker, __VA_ARGS__)
#include "gateway/config_keys.def"
	SECRET(raw_broker, gw_conf_broker, password, "password",
	       text){ .key = NULL },
};

const struct gw_rule gw_cse_rules[] = {
#define GW_KEY_CSE(...) RULE(raw_cse, gw_conf_cse, __VA_ARGS__)
#include "gateway/config_keys.def"
	SECRET(raw_cse, gw_conf_cse, authorization, "authorization",
	       header){ .key = NULL },
};

const struct gw_rule gw_limits_rules[] = {
#define GW_KEY_LIMITS(...) RULE(raw_limits, gw_conf_limits, __VA_ARGS__)
#include "gateway/config_keys.def"
	{ .key = NULL },
};

const struct gw_rule gw_timeouts_rules[] = {
#define GW_KEY_TIMEOUTS(...) RULE(raw_timeouts, gw_conf_timeouts, __VA_ARGS__)
#include "gateway/config_keys.def"
	{ .key = NULL },
};

const struct gw_rule gw_registry_rules[] = {
#define GW_KEY_REGISTRY(...) RULE(raw_registry, gw_conf, __VA_ARGS__)
#include "gateway/config_keys.def"
	{ .key = NULL },
};

const struct gw_rule gw_log_rules[] = {
#define GW_KEY_LOG(...) RULE(raw_log, gw_conf, __VA_ARGS__)
#include "gateway/config_keys.def"
	{ .key = NULL },
};
