/*
 * Config - the configuration file: YAML in, struct gw_conf out.
 *
 *	file -> walk: what does not fit the schema, and where keys stand
 *	     -> libcyaml: the texts of all keys
 *	     -> rules: each text becomes a value
 *	     -> what belongs together
 *
 * Each step tells all mistakes it finds, and goes on where that makes sense.
 */

#include "gateway/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "core/lib/arena.h"
#include "core/lib/str.h"
#include "gateway/config_check.h"
#include "gateway/config_files.h"
#include "gateway/config_schema.h"
#include "gateway/config_source.h"
#include "gateway/config_url.h"
#include "gateway/config_walk.h"
#include "gateway/descriptors.h"
#include "gateway/file.h"
#include "gateway/mistakes.h"
#include "gateway/process.h"

#define FILE_BYTES_MAX ((size_t)1024 * 1024)
#define PATH_BYTES 128
#define SAID_BYTES 160

/* All of it on the loopback addresses, where nobody else writes a sender into a
 * datagram, so that a simple CoAP client is shown whole answers; and what is
 * tried on one machine is notified on that machine. */
static const char embedded[] = "listen: { http: {}, ws: {}, "
			       "coap: { trust: [ 127.0.0.1, '::1' ] } }\n"
			       "deliver: { allow: [ 127.0.0.0/8, '::1' ] }\n"
			       "cses:\n"
			       "  - id: /id-sandbox\n"
			       "    name: sandbox\n"
			       "    url: ws://127.0.0.1:8180\n"
			       "    default: true\n"
			       "    register: true\n";

struct gw_config {
	struct gw_conf conf;
	struct raw_config *raw;  // owns the texts of conf
	struct gw_places places; // and its arena those that stand elsewhere
	struct gw_mistakes mistakes;
};

static void keep_said(cyaml_log_t level, void *ctx, const char *fmt,
		      va_list args) GW_PRINTF(3, 0);

/* What libcyaml says first about what it does not like. */
static void keep_said(cyaml_log_t level, void *ctx, const char *fmt,
		      va_list args)
{
	char *said = ctx;

	if (said[0] == '\0') {
		(void)vsnprintf(said, SAID_BYTES, fmt, args);
		said[strcspn(said, "\n")] = '\0';
	}
}

static cyaml_config_t settings_of(char *said, bool has_unknown_keys)
{
	return (cyaml_config_t){
		.log_fn = said ? keep_said : NULL,
		.log_ctx = said,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS |
			 (has_unknown_keys ? CYAML_CFG_IGNORE_UNKNOWN_KEYS : 0),
	};
}

static void mistake_at(struct gw_config *c, const char *path,
		       const char *reason)
{
	gw_mistake(&c->mistakes, gw_places_line(&c->places, path), path, "%s",
		   reason);
}

/* The text that is meant by what stands there. */
static bool find_text(struct gw_config *c, struct gw_wrong *wrong,
		      const char **textp, const char *raw)
{
	wrong->shown = raw;
	return gw_source_expand(wrong, textp, c->places.arena, raw);
}

/* The secret in a file whose name stands there, instead of the secret. */
static bool find_secret(struct gw_config *c, struct gw_wrong *wrong,
			const char **textp, const char *plain_path)
{
	if (gw_places_has(&c->places, plain_path)) {
		return gw_wrong(wrong, *textp, "stands beside %s: give one",
				plain_path);
	}
	return gw_source_read(wrong, textp, c->places.arena, *textp);
}

static void take(struct gw_config *c, const char *section,
		 const struct gw_rule *rule, void *to, const char *raw)
{
	char path[PATH_BYTES];
	char plain_path[PATH_BYTES];
	struct gw_wrong wrong = { .shown = NULL };
	const char *text = NULL;
	bool is_good = false;

	/* The walk has told controls already. */
	if (!raw || gw_source_has_control(raw)) {
		return;
	}
	(void)snprintf(plain_path, sizeof(plain_path), "%s.%s", section,
		       rule->plain_key);
	is_good = find_text(c, &wrong, &text, raw) &&
		  (!rule->plain_key ||
		   find_secret(c, &wrong, &text, plain_path)) &&
		  rule->take(&wrong, to, text, rule->bounds);
	if (!is_good) {
		(void)snprintf(path, sizeof(path), "%s.%s", section, rule->key);
		mistake_at(c, path, wrong.text);
	}
}

/* Apply the rules of a section.  raw NULL: nothing is given. */
static void take_section(struct gw_config *c, const char *section,
			 const struct gw_rule *rules, void *to, const void *raw)
{
	for (; raw && rules->key; rules++) {
		const char *text = *(char *const *)((const char *)raw +
						    rules->raw_offset);

		take(c, section, rules, (char *)to + rules->value_offset, text);
	}
}

static void take_texts(struct gw_config *c, const char *key,
		       struct gw_conf_texts *to, const struct raw_texts *raw,
		       gw_take_fn *check)
{
	static const struct gw_bounds unbounded;
	char path[PATH_BYTES];
	struct gw_wrong wrong = { .shown = NULL };
	const char **texts = gw_arena_alloc(c->places.arena,
					    raw->n * sizeof(*texts));

	for (unsigned i = 0; texts && i < raw->n; i++) {
		texts[i] = raw->at[i];
		if (!find_text(c, &wrong, &texts[i], raw->at[i]) ||
		    !check(&wrong, NULL, texts[i], unbounded)) {
			(void)snprintf(path, sizeof(path), "%s[%u]", key, i);
			mistake_at(c, path, wrong.text);
		}
	}
	to->at = texts;
	to->n = texts ? raw->n : 0;
}

/* The address that peers are told must be one of this protocol. */
static void check_advertise(struct gw_config *c, const char *section,
			    const struct gw_conf_listen *listen,
			    const char *raw, const char *const schemes[2])
{
	char path[PATH_BYTES];
	struct gw_wrong wrong = { .shown = raw };

	if (listen->advertise &&
	    !gw_url_check(&wrong, listen->advertise, schemes, 2)) {
		(void)snprintf(path, sizeof(path), "%s.advertise", section);
		mistake_at(c, path, wrong.text);
	}
}

static void take_listener(struct gw_config *c, const char *section,
			  struct gw_conf_listen *to,
			  const struct raw_listen *raw,
			  const char *const schemes[2])
{
	char path[PATH_BYTES];

	to->is_on = gw_places_has(&c->places, section);
	if (!raw) {
		return;
	}
	take_section(c, section, gw_listen_rules, to, raw);
	(void)snprintf(path, sizeof(path), "%s.allow-origins", section);
	take_texts(c, path, &to->allow_origins, &raw->allow_origins,
		   gw_take_origin);
	(void)snprintf(path, sizeof(path), "%s.hosts", section);
	take_texts(c, path, &to->hosts, &raw->hosts, gw_take_host);
	(void)snprintf(path, sizeof(path), "%s.trust", section);
	take_texts(c, path, &to->trust, &raw->trust, gw_take_network);
	check_advertise(c, section, to, raw->advertise, schemes);
}

static void take_coap(struct gw_config *c, const struct raw_coap *raw)
{
	static const char *const schemes[] = { "coap", "coaps" };

	c->conf.coap.is_on = gw_places_has(&c->places, "listen.coap");
	if (raw) {
		take_section(c, "listen.coap", gw_coap_rules, &c->conf.coap,
			     raw);
		take_texts(c, "listen.coap.trust", &c->conf.coap.trust,
			   &raw->trust, gw_take_network);
		check_advertise(c, "listen.coap", &c->conf.coap, raw->advertise,
				schemes);
	}
}

static void take_listeners(struct gw_config *c)
{
	static const char *const http[] = { "http", "https" };
	static const char *const ws[] = { "ws", "wss" };
	static const struct raw_listeners none;
	const struct raw_listeners *raw = c->raw->listen ? c->raw->listen
							 : &none;

	take_listener(c, "listen.http", &c->conf.http, raw->http, http);
	take_listener(c, "listen.ws", &c->conf.ws, raw->ws, ws);
	take_coap(c, raw->coap);
}

static void take_brokers(struct gw_config *c)
{
	char path[PATH_BYTES];

	for (size_t i = 0; i < c->conf.n_brokers; i++) {
		struct gw_conf_broker *to = &c->conf.brokers[i];
		const struct raw_broker *raw = &c->raw->brokers[i];

		gw_conf_broker_init(to);
		(void)snprintf(path, sizeof(path), "brokers[%zu]", i);
		take_section(c, path, gw_broker_rules, to, raw);
		(void)snprintf(path, sizeof(path), "brokers[%zu].serves", i);
		take_texts(c, path, &to->serves, &raw->serves, gw_take_served);
	}
}

static void take_cse(struct gw_config *c, const char *path,
		     struct gw_conf_cse *to, const struct raw_cse *raw)
{
	char list[PATH_BYTES];

	gw_conf_cse_init(to);
	take_section(c, path, gw_cse_rules, to, raw);
	(void)snprintf(list, sizeof(list), "%s.from", path);
	take_texts(c, list, &to->from, &raw->from, gw_take_network);
	(void)snprintf(list, sizeof(list), "%s.headers", path);
	take_texts(c, list, &to->headers, &raw->headers, gw_take_header_line);
}

static void take_cses(struct gw_config *c)
{
	const struct raw_config *raw = c->raw;
	struct gw_conf_cse *to = c->conf.cses;
	char path[PATH_BYTES];

	for (unsigned i = 0; i < raw->n_cses; i++) {
		(void)snprintf(path, sizeof(path), "cses[%u]", i);
		take_cse(c, path, to++, &raw->cses[i]);
	}
	for (unsigned i = 0; i < raw->n_providers; i++) {
		(void)snprintf(path, sizeof(path), "providers[%u]", i);
		take_cse(c, path, to++, &raw->providers[i]);
	}
}

static int take_all(struct gw_config *c)
{
	const struct raw_config *raw = c->raw;
	struct gw_conf *conf = &c->conf;

	conf->n_cses = (size_t)raw->n_cses + raw->n_providers;
	conf->cses = calloc(conf->n_cses + 1, sizeof(*conf->cses));
	conf->n_brokers = raw->n_brokers;
	conf->brokers = calloc(conf->n_brokers + 1, sizeof(*conf->brokers));
	if (!conf->cses || !conf->brokers) {
		return -ENOMEM;
	}
	take_section(c, "node", gw_node_rules, &conf->node, raw->node);
	take_listeners(c);
	take_brokers(c);
	take_cses(c);
	take_section(c, "limits", gw_limits_rules, &conf->limits, raw->limits);
	take_section(c, "timeouts", gw_timeouts_rules, &conf->timeouts,
		     raw->timeouts);
	take_section(c, "registry", gw_registry_rules, conf, raw->registry);
	take_section(c, "log", gw_log_rules, conf, raw->log);
	if (raw->deliver) {
		take_texts(c, "deliver.allow", &conf->deliver.allow,
			   &raw->deliver->allow, gw_take_network);
	}
	return gw_arena_is_short(c->places.arena) ? -ENOMEM : 0;
}

/* Read the texts of all keys.  Where the walk found mistakes already, libcyaml
 * may fail on the same ones: then they are told once. */
static int load_raw(struct gw_config *c, struct gw_str yaml)
{
	char said[SAID_BYTES] = "";
	cyaml_config_t settings = settings_of(said, c->mistakes.n > 0);
	cyaml_err_t rc = CYAML_OK;

	if (c->places.first) {
		rc = cyaml_load_data((const uint8_t *)yaml.at, yaml.len,
				     &settings, &raw_schema,
				     (cyaml_data_t **)&c->raw, NULL);
	}
	if (rc != CYAML_OK && c->mistakes.n == 0) {
		gw_mistake(&c->mistakes, 0, "", "%s",
			   said[0] ? said : cyaml_strerror(rc));
	}
	if (rc != CYAML_OK) {
		return -EINVAL;
	}
	if (!c->raw) {
		c->raw = calloc(1, sizeof(*c->raw));
	}
	return c->raw ? 0 : -ENOMEM;
}

static int load_yaml(struct gw_config *c, struct gw_str yaml)
{
	int error = gw_config_walk(&c->places, &c->mistakes, yaml, &raw_schema);

	error = error ? error : load_raw(c, yaml);
	error = error ? error : take_all(c);
	if (error) {
		return error;
	}
	gw_config_check(&c->conf, c->raw, &c->places, &c->mistakes);
	gw_config_check_files(&c->conf, &c->places, &c->mistakes);
	return c->mistakes.n > 0 ? -EINVAL : 0;
}

static int load_file(struct gw_config *c, const char *path, FILE *mistakes)
{
	char *yaml = NULL;
	size_t n = 0;
	int error = gw_file_read(&yaml, &n, path, FILE_BYTES_MAX);

	if (!error) {
		error = load_yaml(c, (struct gw_str){ yaml, n });
		gw_mistakes_tell(&c->mistakes, path, mistakes);
	}
	free(yaml);
	if (error && c->mistakes.n == 0) {
		(void)fprintf(mistakes, "%s: %s\n", path,
			      error == -EFBIG ? "is larger than 1 MiB"
					      : strerror(-error));
	}
	return error;
}

int gw_config_load(struct gw_config **cp, const char *path, FILE *mistakes)
{
	gw_cleanup(gw_config_freep) struct gw_config *c = calloc(1, sizeof(*c));
	int error = 0;

	if (!c) {
		return -ENOMEM;
	}
	gw_conf_init(&c->conf);
	error = path ? load_file(c, path, mistakes)
		     : load_yaml(c, gw_str_from(embedded));
	if (error) {
		return error;
	}
	*cp = gw_take(&c);
	return 0;
}

void gw_config_warn(const struct gw_config *c, const char *path, FILE *to)
{
	struct gw_mistakes warnings = { .n = 0 };

	gw_config_note_warnings(&c->conf, &c->places, &warnings);
	gw_mistakes_tell(&warnings, path, to);
}

void gw_config_fit(struct gw_config *c)
{
	gw_descriptors_fit(&c->conf, gw_process_descriptors());
}

struct gw_config *gw_config_free(struct gw_config *c)
{
	cyaml_config_t settings = settings_of(NULL, false);

	if (!c) {
		return NULL;
	}
	(void)cyaml_free(&settings, &raw_schema, c->raw, 0);
	gw_places_deinit(&c->places);
	free(c->conf.cses);
	free(c->conf.brokers);
	free(c);
	return NULL;
}

const struct gw_conf *gw_config_conf(const struct gw_config *c)
{
	return &c->conf;
}
