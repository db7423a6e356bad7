/*
 * Paho - the calls into Eclipse Paho.
 */

#include "bindings/mqtt/mqtt_paho.h"

#include <assert.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <MQTTAsync.h>

#include "bindings/mqtt/mqtt_callbacks.h"
#include "bindings/mqtt/mqtt_event.h"
#include "core/lib/net.h"

/* Time for a goodbye. */
#define GOODBYE_MS 500

/* How long the broker keeps the session of a gateway that is away (MQTT 5
 * 3.1.2.11.2); brokers of 3.1.1 have a setting of their own. */
#define SESSION_S 86400

#define DECIMAL 10

void mqtt_paho_create(struct mqtt_client *c)
{
	MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;

	assert(mqtt_is_on_own(c));
	assert(!c->paho);
	options.MQTTVersion = c->conf.is_v5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
	options.maxBufferedMessages = MQTT_FLYING_MAX + 1;
	if (MQTTAsync_createWithOptions(&c->paho, c->conf.uri,
					c->conf.client_id,
					MQTTCLIENT_PERSISTENCE_NONE, NULL,
					&options) != MQTTASYNC_SUCCESS) {
		c->paho = NULL;
		return;
	}
	(void)MQTTAsync_setCallbacks(c->paho, c, mqtt_on_lost, mqtt_on_message,
				     NULL);
	if (c->conf.is_v5) {
		(void)MQTTAsync_setDisconnected(c->paho, c,
						mqtt_on_disconnected);
	}
}

static void add_number(MQTTProperties *properties,
		       enum MQTTPropertyCodes identifier, unsigned n)
{
	MQTTProperty property = { .identifier = identifier };

	property.value.integer4 = n;
	(void)MQTTProperties_add(properties, &property);
}

static int connect_v5(struct mqtt_client *c, MQTTAsync_connectOptions *options)
{
	MQTTProperties properties = MQTTProperties_initializer;
	int code = 0;

	add_number(&properties, MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL,
		   SESSION_S);
	add_number(&properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE,
		   (unsigned)c->conf.message_max_bytes);
	options->cleanstart = 0;
	options->connectProperties = &properties;
	options->onSuccess5 = mqtt_on_connected5;
	options->onFailure5 = mqtt_on_not_connected5;
	code = MQTTAsync_connect(c->paho, options);
	MQTTProperties_free(&properties);
	return code;
}

static int connect_v3(struct mqtt_client *c, MQTTAsync_connectOptions *options)
{
	options->cleansession = 0;
	options->onSuccess = mqtt_on_connected;
	options->onFailure = mqtt_on_not_connected;
	return MQTTAsync_connect(c->paho, options);
}

void mqtt_paho_connect(struct mqtt_client *c)
{
	MQTTAsync_connectOptions v3 = MQTTAsync_connectOptions_initializer;
	MQTTAsync_connectOptions v5 = MQTTAsync_connectOptions_initializer5;
	MQTTAsync_connectOptions options = c->conf.is_v5 ? v5 : v3;
	MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
	char *const to[] = { c->to };
	int code = MQTTASYNC_FAILURE;

	assert(mqtt_is_on_own(c));
	tls.trustStore = c->conf.ca_file;
	tls.keyStore = c->conf.certificate_file;
	tls.privateKey = c->conf.key_file;
	tls.verify = 1;
	tls.disableDefaultTrustStore = c->conf.ca_file ? 1 : 0;
	tls.ssl_error_cb = mqtt_on_tls_error;
	tls.ssl_error_context = c;
	options.ssl = c->conf.is_secure ? &tls : NULL;
	options.serverURIs = to;
	options.serverURIcount = c->conf.is_secure ? 0 : 1;
	options.context = c;
	options.keepAliveInterval = c->conf.keep_alive_s;
	options.connectTimeout = c->conf.connect_s;
	options.username = c->conf.user;
	options.password = c->conf.password;
	options.MQTTVersion = c->conf.is_v5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
	if (c->paho) {
		code = c->conf.is_v5 ? connect_v5(c, &options)
				     : connect_v3(c, &options);
	}
	if (code != MQTTASYNC_SUCCESS) {
		mqtt_tell_not_connected(c, code, NULL);
	}
}

static MQTTAsync_responseOptions new_options(const struct mqtt_client *c,
					     void *context)
{
	MQTTAsync_responseOptions options =
		MQTTAsync_responseOptions_initializer;

	options.context = context;
	return options;
}

static void subscribe(struct mqtt_client *c, const char *filter)
{
	size_t size = strlen(filter) + 1;
	struct mqtt_subscribing *s = malloc(sizeof(*s) + size);
	MQTTAsync_responseOptions options = new_options(c, s);
	int code = MQTTASYNC_FAILURE;

	if (!s) {
		mqtt_tell(c, MQTT_NOT_SUBSCRIBED, code, "short of memory");
		return;
	}
	s->client = c;
	memcpy(s->text, filter, size);
	if (c->conf.is_v5) {
		options.onSuccess5 = mqtt_on_subscribed5;
		options.onFailure5 = mqtt_on_not_subscribed5;
	} else {
		options.onSuccess = mqtt_on_subscribed;
		options.onFailure = mqtt_on_not_subscribed;
	}
	code = MQTTAsync_subscribe(c->paho, filter, 1, &options);
	if (code != MQTTASYNC_SUCCESS) {
		mqtt_tell_not_subscribed(s, code, NULL);
	}
}

/* One by one: Paho takes the number of codes in an answer for the number of
 * filters that were asked for. */
void mqtt_paho_subscribe(struct mqtt_client *c, struct mqtt_filters *filters)
{
	assert(mqtt_is_on_own(c));
	for (size_t i = 0; i < filters->n; i++) {
		subscribe(c, filters->at[i]);
	}
}

/* Should it fail, what comes for nobody is ignored. */
void mqtt_paho_unsubscribe(struct mqtt_client *c, struct mqtt_filters *filters)
{
	(void)MQTTAsync_unsubscribeMany(c->paho, (int)filters->n, filters->at,
					NULL);
}

void mqtt_paho_publish(struct mqtt_client *c, struct mqtt_out *out)
{
	MQTTAsync_responseOptions options = new_options(c, out);
	MQTTAsync_message m = MQTTAsync_message_initializer;
	int64_t left_ms = mqtt_out_left_ms(out);
	int code = MQTTASYNC_SUCCESS;

	assert(mqtt_is_on_own(c));
	assert(out->client == c);
	if (left_ms <= 0) {
		mqtt_tell_not_published(out, MQTTASYNC_FAILURE, "it expired");
		return;
	}
	if (c->conf.is_v5 && out->expires_ms) {
		add_number(&m.properties,
			   MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL,
			   (unsigned)((left_ms + 999) / 1000));
	}
	if (c->conf.is_v5) {
		options.onSuccess5 = mqtt_on_published5;
		options.onFailure5 = mqtt_on_not_published5;
	} else {
		options.onSuccess = mqtt_on_published;
		options.onFailure = mqtt_on_not_published;
	}
	m.payload = out->data; // copied by Paho
	m.payloadlen = (int)out->payload.len;
	m.qos = 1;
	code = MQTTAsync_sendMessage(c->paho, out->topic, &m, &options);
	MQTTProperties_free(&m.properties);
	if (code != MQTTASYNC_SUCCESS) {
		mqtt_tell_not_published(out, code, NULL);
	}
}

/* The session stays: the broker keeps what comes for us meanwhile. */
static void say_goodbye(struct mqtt_client *c)
{
	MQTTAsync_disconnectOptions v3 =
		MQTTAsync_disconnectOptions_initializer;
	MQTTAsync_disconnectOptions v5 =
		MQTTAsync_disconnectOptions_initializer5;
	MQTTAsync_disconnectOptions options = c->conf.is_v5 ? v5 : v3;
	struct timespec by = mqtt_time_in(GOODBYE_MS);
	int error = 0;

	options.context = c;
	if (c->conf.is_v5) {
		options.onSuccess5 = mqtt_on_left5;
	} else {
		options.onSuccess = mqtt_on_left;
	}
	if (!c->paho ||
	    MQTTAsync_disconnect(c->paho, &options) != MQTTASYNC_SUCCESS) {
		return;
	}
	(void)pthread_mutex_lock(&c->lock);
	while (c->is_connected && !error) {
		error = pthread_cond_timedwait(&c->news, &c->lock, &by);
	}
	(void)pthread_mutex_unlock(&c->lock);
}

void mqtt_paho_leave(struct mqtt_client *c)
{
	assert(mqtt_is_on_own(c));
	say_goodbye(c);
	if (c->paho) {
		MQTTAsync_destroy(&c->paho);
	}
	mqtt_tell(c, MQTT_LEFT, 0, NULL);
}

/* --- Sockets: they are looked for among all descriptors. */

static bool is_connected_to(int fd, uint16_t port)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t len = sizeof(peer);
	struct gw_net_end end;

	return !getpeername(fd, (struct sockaddr *)&peer, &len) &&
	       gw_net_end_of(&end, (struct sockaddr *)&peer) &&
	       end.port == port;
}

void mqtt_paho_nodelay(uint16_t port)
{
	DIR *all = opendir("/proc/self/fd");
	const struct dirent *entry = NULL;
	const int on = 1;

	while (all && (entry = readdir(all))) {
		char *end = NULL;
		int fd = (int)strtol(entry->d_name, &end, DECIMAL);

		if (*end == '\0' && end != entry->d_name &&
		    is_connected_to(fd, port)) {
			(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
					 sizeof(on));
		}
	}
	if (all) {
		(void)closedir(all);
	}
}
