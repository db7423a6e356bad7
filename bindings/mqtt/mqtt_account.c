/*
 * Account - a broker as a section of the configuration tells it.
 */

#include "bindings/mqtt/mqtt_account.h"

#include <errno.h>

#include "bindings/mqtt/mqtt_state.h"
#include "core/conf.h"
#include "core/lib/arena.h"

#define TEXTS_FIRST ((size_t)1 << 10)
#define TEXTS_MAX ((size_t)1 << 20)

static const char *copy(struct gw_arena *a, const char *text)
{
	return text ? gw_arena_print(a, "%s", text).at : NULL;
}

static int seconds(int64_t ms)
{
	return (int)((ms + 999) / 1000);
}

/* What has come and is not looked at yet lies in no account. */
static size_t mailbox_bytes(const struct gw_conf_limits *limits)
{
	size_t part = limits->memory_bytes / 8;

	return limits->queue_bytes < part ? limits->queue_bytes : part;
}

static void fill_client(struct mqtt_account *a, const struct gw_conf *conf,
			const struct gw_conf_broker *broker)
{
	bool is_v6 = gw_str_find(a->url.host, ':') < a->url.host.len;
	struct gw_str uri = gw_arena_print(
		a->arena, "%s://%s" GW_STR_FMT "%s:%u",
		a->url.is_secure ? "ssl" : "tcp", is_v6 ? "[" : "",
		GW_STR_ARG(a->url.host), is_v6 ? "]" : "", a->url.port);
	/* TS-0010 6.2; whoever is not registered yet may have any other. */
	struct gw_str own_id = gw_arena_print(a->arena, "C::%s",
					      conf->node.cse_id + 1);

	a->client = (struct mqtt_client_conf){
		.uri = uri.at,
		.client_id = broker->client_id
				     ? copy(a->arena, broker->client_id)
				     : own_id.at,
		.user = copy(a->arena, broker->user),
		.password = copy(a->arena, broker->password),
		.ca_file = copy(a->arena, broker->ca_file),
		.certificate_file = copy(a->arena, broker->certificate_file),
		.key_file = copy(a->arena, broker->key_file),
		.port = a->url.port,
		.is_secure = a->url.is_secure,
		.is_v5 = broker->version == GW_MQTT_5,
		.keep_alive_s = seconds(broker->keep_alive_ms),
		.connect_s = seconds(conf->timeouts.connect_ms),
		.message_max_bytes = conf->limits.content_bytes +
				     MQTT_ENVELOPE_BYTES,
		.mailbox_bytes = mailbox_bytes(&conf->limits),
	};
}

int mqtt_account_init(struct mqtt_account *a, const struct gw_conf *conf,
		      const struct gw_conf_broker *broker)
{
	*a = (struct mqtt_account){
		.arena = gw_arena_new(TEXTS_FIRST, TEXTS_MAX),
	};
	if (!a->arena) {
		return -ENOMEM;
	}
	a->text = copy(a->arena, broker->url);
	a->repeat_ms = broker->repeat_ms;
	if (!mqtt_url_parse(&a->url, gw_str_from(a->text))) {
		return -EINVAL;
	}
	a->prefix = mqtt_url_prefix(&a->url);
	fill_client(a, conf, broker);
	return gw_arena_is_short(a->arena) ? -ENOMEM : 0;
}

void mqtt_account_deinit(struct mqtt_account *a)
{
	gw_arena_free(a->arena);
	*a = (struct mqtt_account){ 0 };
}

bool mqtt_account_is_of(const struct mqtt_account *a,
			const struct gw_conf_broker *broker)
{
	struct mqtt_url url;

	return mqtt_url_parse(&url, gw_str_from(broker->url)) &&
	       mqtt_url_is_same_broker(&url, &a->url) &&
	       gw_str_eq(mqtt_url_prefix(&url), a->prefix);
}

static bool is_same_text(const char *a, const char *b)
{
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

bool mqtt_account_is_same(const struct mqtt_account *a,
			  const struct mqtt_account *b)
{
	const struct mqtt_client_conf *c = &a->client;
	const struct mqtt_client_conf *d = &b->client;

	return is_same_text(c->uri, d->uri) &&
	       is_same_text(c->client_id, d->client_id) &&
	       is_same_text(c->user, d->user) &&
	       is_same_text(c->password, d->password) &&
	       is_same_text(c->ca_file, d->ca_file) &&
	       is_same_text(c->certificate_file, d->certificate_file) &&
	       is_same_text(c->key_file, d->key_file) && c->is_v5 == d->is_v5 &&
	       c->keep_alive_s == d->keep_alive_s &&
	       c->connect_s == d->connect_s &&
	       c->message_max_bytes == d->message_max_bytes &&
	       c->mailbox_bytes == d->mailbox_bytes;
}
