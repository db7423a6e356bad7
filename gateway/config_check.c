/*
 * Config check - what must be given, and what does not go together.
 */

#include "gateway/config_check.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bindings/mqtt/mqtt_url.h"
#include "core/address.h"
#include "core/conf.h"
#include "core/lib/net.h"
#include "core/lib/str.h"
#include "gateway/config_schema.h"
#include "gateway/config_walk.h"
#include "gateway/mistakes.h"

#define PATH_BYTES 128
#define REASON_BYTES 256

struct check {
	struct gw_conf *conf;
	const struct raw_config *raw;
	const struct gw_places *places;
	struct gw_mistakes *mistakes;
};

static void wrong(struct check *k, const char *path, const char *fmt, ...)
	GW_PRINTF(3, 4);

static void wrong(struct check *k, const char *path, const char *fmt, ...)
{
	char reason[REASON_BYTES];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	gw_mistake(k->mistakes, gw_places_line(k->places, path), path, "%s",
		   reason);
}

static bool is_provider(const struct check *k, size_t i)
{
	return i >= k->raw->n_cses;
}

/* "cses[0].id" or "providers[0].id"; key "" gives the entry itself. */
static const char *cse_path(char to[PATH_BYTES], const struct check *k,
			    size_t i, const char *key)
{
	(void)snprintf(to, PATH_BYTES, "%s[%zu]%s%s",
		       is_provider(k, i) ? "providers" : "cses",
		       is_provider(k, i) ? i - k->raw->n_cses : i,
		       *key ? "." : "", key);
	return to;
}

static bool is_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static void check_given(struct check *k, size_t i)
{
	static const char *const keys[] = { "id", "url" };
	char path[PATH_BYTES];

	for (size_t n = 0; n < sizeof(keys) / sizeof(*keys); n++) {
		if (!gw_places_has(k->places, cse_path(path, k, i, keys[n]))) {
			wrong(k, path, "is missing");
		}
	}
}

static void check_provider(struct check *k, size_t i)
{
	const char *sp_id = k->conf->cses[i].sp_id;
	char path[PATH_BYTES];
	bool is_given = gw_places_has(k->places, cse_path(path, k, i, "sp-id"));

	if (is_provider(k, i) && !is_given) {
		wrong(k, path, "is missing: it names the provider");
	} else if (is_provider(k, i) && is_same(sp_id, k->conf->node.sp_id)) {
		wrong(k, path,
		      "%s is our own provider (node.sp-id): its CSEs stand "
		      "under cses",
		      sp_id);
	} else if (!is_provider(k, i) && is_given) {
		wrong(k, path,
		      "a CSE of another provider stands under providers");
	}
}

static void check_id(struct check *k, size_t i)
{
	const struct gw_conf_cse *cse = &k->conf->cses[i];
	char path[PATH_BYTES];
	char other[PATH_BYTES];

	(void)cse_path(path, k, i, "id");
	if (!is_provider(k, i) && is_same(cse->id, k->conf->node.cse_id)) {
		wrong(k, path, "%s is the gateway itself (node.cse-id)",
		      cse->id);
	}
	for (size_t n = 0; n < i; n++) {
		if (is_same(k->conf->cses[n].id, cse->id) &&
		    gw_str_eq(gw_str_from(k->conf->cses[n].sp_id),
			      gw_str_from(cse->sp_id))) {
			wrong(k, path, "%s is the id of %s too", cse->id,
			      cse_path(other, k, n, ""));
			return;
		}
	}
}

/* Where nothing is said, a CSE that stands alone is the default one. */
static void fill_default(struct check *k)
{
	size_t n = k->raw->n_cses ? k->raw->n_cses : k->conf->n_cses;
	const struct raw_cse *only = k->raw->n_cses ? k->raw->cses
						    : k->raw->providers;

	if (n != 1 || only->is_default) {
		return;
	}
	for (size_t i = 0; i < k->conf->n_cses; i++) {
		if (k->conf->cses[i].is_default) {
			return;
		}
	}
	k->conf->cses[0].is_default = true;
}

static void check_default(struct check *k)
{
	size_t first = k->conf->n_cses;
	char path[PATH_BYTES];
	char other[PATH_BYTES];

	for (size_t i = 0; i < k->conf->n_cses; i++) {
		if (!k->conf->cses[i].is_default) {
			continue;
		}
		if (first < i) {
			wrong(k, cse_path(path, k, i, "default"),
			      "%s is the default already",
			      cse_path(other, k, first, ""));
			return;
		}
		first = i;
	}
	if (first == k->conf->n_cses && first > 1) {
		wrong(k, k->raw->n_cses ? "cses" : "providers",
		      "none is the default one: give one of them "
		      "\"default: true\"");
	}
}

static void check_cses(struct check *k)
{
	for (size_t i = 0; i < k->conf->n_cses; i++) {
		check_given(k, i);
		check_provider(k, i);
		check_id(k, i);
	}
	fill_default(k);
	check_default(k);
}

/* Whether a broker's text names this CSE. */
static bool is_named(const struct gw_conf_cse *cse, const char *text)
{
	struct gw_address a;

	return gw_address_parse(&a, gw_str_from(text)) &&
	       gw_str_is(a.cse, cse->id) &&
	       gw_str_eq(a.sp, gw_str_from(cse->sp_id));
}

static bool is_known(const struct gw_conf *conf, const char *text)
{
	for (size_t i = 0; i < conf->n_cses; i++) {
		if (conf->cses[i].id && is_named(&conf->cses[i], text)) {
			return true;
		}
	}
	return false;
}

/* Whether two URLs of MQTT name one broker and one prefix, however they are
 * written. */
static bool is_same_place(const char *one, const char *other)
{
	struct mqtt_url a;
	struct mqtt_url b;

	return mqtt_url_parse(&a, gw_str_from(one)) &&
	       mqtt_url_parse(&b, gw_str_from(other)) &&
	       mqtt_url_is_same_broker(&a, &b) &&
	       gw_str_eq(mqtt_url_prefix(&a), mqtt_url_prefix(&b));
}

bool gw_config_is_behind(const struct gw_conf_cse *cse,
			 const struct gw_conf_broker *broker)
{
	return is_same_place(cse->url, broker->url);
}

/* Two connections of one name would end each other for ever. */
static bool is_same_client(const struct gw_conf_broker *a,
			   const struct gw_conf_broker *b)
{
	struct mqtt_url url;
	struct mqtt_url other;

	return mqtt_url_parse(&url, gw_str_from(a->url)) &&
	       mqtt_url_parse(&other, gw_str_from(b->url)) &&
	       mqtt_url_is_same_broker(&url, &other) &&
	       gw_str_eq(gw_str_from(a->client_id), gw_str_from(b->client_id));
}

static void check_served(struct check *k, const char *path,
			 const struct gw_conf_broker *broker, const char *text)
{
	if (!is_known(k->conf, text)) {
		wrong(k, path, "%s is no CSE of cses, nor of providers", text);
		return;
	}
	for (size_t i = 0; i < k->conf->n_cses; i++) {
		const struct gw_conf_cse *cse = &k->conf->cses[i];

		if (cse->id && is_named(cse, text) &&
		    gw_config_is_behind(cse, broker)) {
			wrong(k, path, "%s is at this broker itself", text);
		}
	}
}

/* A CSE of MQTT is reached by a broker that is known.  What is wrong with a
 * broker hides it. */
static void check_cse_broker(struct check *k, size_t i)
{
	struct mqtt_url url;
	char path[PATH_BYTES];

	if (!mqtt_url_parse(&url, gw_str_from(k->conf->cses[i].url))) {
		return;
	}
	for (size_t n = 0; n < k->conf->n_brokers; n++) {
		if (!k->conf->brokers[n].url ||
		    gw_config_is_behind(&k->conf->cses[i],
					&k->conf->brokers[n])) {
			return;
		}
	}
	wrong(k, cse_path(path, k, i, "url"),
	      "none of brokers has this host, port and path");
}

static void check_broker(struct check *k, size_t i)
{
	const struct gw_conf_broker *broker = &k->conf->brokers[i];
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "brokers[%zu].url", i);
	if (!gw_places_has(k->places, path)) {
		wrong(k, path, "is missing");
	}
	for (size_t n = 0; n < i; n++) {
		if (is_same_place(k->conf->brokers[n].url, broker->url)) {
			wrong(k, path,
			      "brokers[%zu] is the same broker with the same "
			      "prefix: each request would come twice",
			      n);
		} else if (is_same_client(&k->conf->brokers[n], broker)) {
			wrong(k, path,
			      "this is the broker of brokers[%zu]: give one of "
			      "them another client-id",
			      n);
		}
	}
	for (size_t n = 0; n < broker->serves.n; n++) {
		(void)snprintf(path, sizeof(path), "brokers[%zu].serves[%zu]",
			       i, n);
		check_served(k, path, broker, broker->serves.at[n]);
	}
}

/* Whether two listeners cannot both have their address. */
static bool is_taken(const struct gw_conf_listen *a,
		     const struct gw_conf_listen *b)
{
	bool is_v6 = strchr(a->address, ':') != NULL;
	const char *all = is_v6 ? "::" : "0.0.0.0";

	return is_v6 == (strchr(b->address, ':') != NULL) &&
	       (is_same(a->address, b->address) || is_same(a->address, all) ||
		is_same(b->address, all));
}

/* CoAP has its own ports, those of UDP. */
static void check_listeners(struct check *k)
{
	const struct gw_conf_listen *http = &k->conf->http;
	const struct gw_conf_listen *ws = &k->conf->ws;

	if (http->is_on && ws->is_on && ws->port != 0 &&
	    ws->port == http->port && is_taken(http, ws)) {
		wrong(k, "listen.ws.port", "%u is the port of listen.http too",
		      ws->port);
	}
}

static void check_longest(struct check *k, const char *key, int64_t ms)
{
	int64_t longest_ms = k->conf->timeouts.longest_ms;
	char less[GW_MEASURE_BYTES];
	char more[GW_MEASURE_BYTES];

	if (longest_ms < ms) {
		wrong(k, "timeouts.longest", "%s is less than %s, which is %s",
		      gw_print_duration(less, (uint64_t)longest_ms), key,
		      gw_print_duration(more, (uint64_t)ms));
	}
}

/* Compare what is given; a mistake in one value hides the other. */
static void check_order(struct check *k)
{
	const struct gw_conf_timeouts *t = &k->conf->timeouts;
	const struct gw_conf_limits *l = &k->conf->limits;
	char less[GW_MEASURE_BYTES];
	char more[GW_MEASURE_BYTES];

	if (t->retry_max_ms < t->retry_min_ms) {
		wrong(k, "timeouts.retry-max",
		      "%s is less than retry-min, which is %s",
		      gw_print_duration(less, (uint64_t)t->retry_max_ms),
		      gw_print_duration(more, (uint64_t)t->retry_min_ms));
	}
	check_longest(k, "request", t->request_ms);
	check_longest(k, "poll", t->poll_ms);
	if (l->queue_bytes < l->content_bytes) {
		wrong(k, "limits.queue",
		      "%s is less than content, which is %s: such a message "
		      "could never be sent",
		      gw_print_size(less, l->queue_bytes),
		      gw_print_size(more, l->content_bytes));
	}
	if (l->memory_bytes / 2 < l->content_bytes) {
		wrong(k, "limits.memory",
		      "%s is less than twice content, which is %s: such a "
		      "message could not be taken",
		      gw_print_size(less, l->memory_bytes),
		      gw_print_size(more, l->content_bytes));
	}
}

void gw_config_check(struct gw_conf *conf, const struct raw_config *raw,
		     const struct gw_places *places,
		     struct gw_mistakes *mistakes)
{
	struct check k = { conf, raw, places, mistakes };

	check_listeners(&k);
	check_cses(&k);
	for (size_t i = 0; i < conf->n_brokers; i++) {
		check_broker(&k, i);
	}
	for (size_t i = 0; i < conf->n_cses; i++) {
		check_cse_broker(&k, i);
	}
	check_order(&k);
}

static bool is_loopback(const char *text)
{
	struct gw_net_address address;

	return gw_net_address_parse(&address, gw_str_from(text)) &&
	       gw_net_is_loopback(&address);
}

void gw_config_note_warnings(const struct gw_conf *conf,
			     const struct gw_places *places,
			     struct gw_mistakes *warnings)
{
	const struct {
		const char *path;
		const struct gw_conf_listen *listen;
	} listeners[] = {
		{ "listen.http.address", &conf->http },
		{ "listen.ws.address", &conf->ws },
		{ "listen.coap.address", &conf->coap },
	};

	for (size_t i = 0; i < sizeof(listeners) / sizeof(*listeners); i++) {
		const struct gw_conf_listen *l = listeners[i].listen;

		if (l->is_on && !is_loopback(l->address)) {
			gw_mistake(warnings,
				   gw_places_line(places, listeners[i].path),
				   listeners[i].path,
				   "warning: whoever can reach %s may speak "
				   "for any device: nothing is encrypted here, "
				   "and nobody is asked for a password",
				   l->address);
		}
	}
}
