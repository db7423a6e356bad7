/*
 * Callbacks - what Paho calls back, made into events for the loop.
 */

#include "bindings/mqtt/mqtt_callbacks.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/mqtt/mqtt_mailbox.h"
#include "bindings/mqtt/mqtt_paho.h"
#include "core/lib/log.h"

#define GW_LOG_TOPIC "mqtt"
#define TLS_REASON_AT 5

/* An event that tells more than its kind only by a code and a text.  NULL when
 * memory is short. */
static struct mqtt_event *new_event(enum mqtt_event_kind kind,
				    struct gw_str topic, int code,
				    const char *text)
{
	struct gw_str said = gw_str_from(text ? text : "");
	struct mqtt_event *e = NULL;

	said.len++; // with its terminator
	e = mqtt_event_new(kind, topic, gw_bytes_of(said));

	if (!e) {
		gw_error("no-memory", "an event of a broker is lost");
		return NULL;
	}
	e->code = code;
	e->text = (const char *)e->payload.at;
	return e;
}

/* False when the client was let go of: the event is gone. */
static bool put(struct mqtt_client *c, struct mqtt_event *e)
{
	assert(!mqtt_is_on_loop(c));
	return mqtt_mailbox_put(&c->mailbox, e);
}

void mqtt_tell(struct mqtt_client *c, enum mqtt_event_kind kind, int code,
	       const char *text)
{
	struct mqtt_event *e = new_event(kind, (struct gw_str){ 0 }, code,
					 text);

	if (e) {
		(void)put(c, e);
	}
}

/* Take one out of those that are with Paho.  Our thread only waits for this
 * when there is no room, or when it is about to leave. */
static void land(struct mqtt_client *c, struct mqtt_out *out, bool is_taken)
{
	(void)pthread_mutex_lock(&c->lock);
	assert(out->client == c && *out->link == out);
	assert(c->n_flying > 0);
	if (is_taken) {
		*out->link = out->next;
		if (out->next) {
			out->next->link = out->link;
		}
		out->client = NULL;
	}
	if (c->n_flying-- == MQTT_FLYING_MAX || c->is_leaving) {
		(void)pthread_cond_signal(&c->news);
	}
	(void)pthread_mutex_unlock(&c->lock);
}

/* The fate of a publication.  Without memory for the event it counts as with
 * Paho, which has it no more, until the client leaves: then it is taken
 * back. */
static void tell_out(struct mqtt_out *out, enum mqtt_event_kind kind, int code,
		     const char *text)
{
	struct mqtt_client *c = out->client;
	struct mqtt_event *e = new_event(kind, (struct gw_str){ 0 }, code,
					 text);

	land(c, out, e != NULL);
	if (e) {
		e->out = out;
		e->is_patient = kind == MQTT_PUBLISHED && !out->is_awaited;
		(void)put(c, e);
	}
}

static void set_connected(struct mqtt_client *c, bool is_connected)
{
	(void)pthread_mutex_lock(&c->lock);
	c->is_connected = is_connected;
	c->is_new = is_connected;
	(void)pthread_cond_signal(&c->news);
	(void)pthread_mutex_unlock(&c->lock);
}

static void set_why(struct mqtt_client *c, const char *text, size_t len)
{
	while (len > 0 && (unsigned char)text[len - 1] <= ' ') {
		len--;
	}
	(void)pthread_mutex_lock(&c->lock);
	(void)snprintf(c->why, sizeof(c->why), "%.*s", (int)len, text);
	(void)pthread_mutex_unlock(&c->lock);
}

/* What was heard about the end of the connection, else what is given. */
static void take_why(struct mqtt_client *c, char to[MQTT_WHY_BYTES],
		     const char *otherwise)
{
	(void)pthread_mutex_lock(&c->lock);
	(void)snprintf(to, MQTT_WHY_BYTES, "%s",
		       c->why[0] ? c->why : otherwise);
	c->why[0] = '\0';
	(void)pthread_mutex_unlock(&c->lock);
}

static void tell_connected(struct mqtt_client *c, int has_session)
{
	struct mqtt_event *e = new_event(MQTT_CONNECTED, (struct gw_str){ 0 },
					 0, NULL);
	char why[MQTT_WHY_BYTES];

	take_why(c, why, "");
	set_connected(c, true);
	if (e) {
		e->has_session = has_session != 0;
		(void)put(c, e);
	}
}

void mqtt_on_connected(void *context, MQTTAsync_successData *data)
{
	tell_connected(context, data->alt.connect.sessionPresent);
}

void mqtt_on_connected5(void *context, MQTTAsync_successData5 *data)
{
	tell_connected(context, data->alt.connect.sessionPresent);
}

/* Return codes of CONNACK (MQTT 3.1.1 3.2.2.3), and reason codes. */
static const char *code_text(int code, const char *message)
{
	static const char *const refusals[] = {
		NULL,
		"the broker does not speak this version of MQTT",
		"the broker refuses the client id",
		"the broker is not available",
		"the broker refuses user name or password",
		"the broker says that we are not authorised",
	};

	if (code > 0 && (size_t)code < sizeof(refusals) / sizeof(*refusals)) {
		return refusals[code];
	}
	if (code >= MQTTREASONCODE_UNSPECIFIED_ERROR) {
		const char *text = MQTTReasonCode_toString(
			(enum MQTTReasonCodes)code);

		return text ? text : "the broker refuses";
	}
	if (message) {
		return message;
	}
	return MQTTAsync_strerror(code);
}

void mqtt_tell_not_connected(struct mqtt_client *c, int code,
			     const char *message)
{
	char why[MQTT_WHY_BYTES];

	take_why(c, why, code_text(code, message));
	mqtt_tell(c, MQTT_NOT_CONNECTED, code, why);
}

void mqtt_on_not_connected(void *context, MQTTAsync_failureData *data)
{
	mqtt_tell_not_connected(context, data ? data->code : MQTTASYNC_FAILURE,
				data ? data->message : NULL);
}

static int code_of(const MQTTAsync_failureData5 *data)
{
	if (!data) {
		return MQTTASYNC_FAILURE;
	}
	return data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR
		       ? (int)data->reasonCode
		       : data->code;
}

void mqtt_on_not_connected5(void *context, MQTTAsync_failureData5 *data)
{
	mqtt_tell_not_connected(context, code_of(data),
				data ? data->message : NULL);
}

/* A connection ends once, however Paho tells it: by a callback, or by two, or
 * only by refusing all that is asked of it. */
static void tell_lost(struct mqtt_client *c, const char *otherwise)
{
	char why[MQTT_WHY_BYTES];
	bool was_connected = false;

	(void)pthread_mutex_lock(&c->lock);
	was_connected = c->is_connected;
	c->is_connected = false;
	(void)pthread_cond_signal(&c->news);
	(void)pthread_mutex_unlock(&c->lock);
	if (was_connected) {
		take_why(c, why, otherwise);
		mqtt_tell(c, MQTT_LOST, 0, why);
	}
}

/* When the broker says goodbye, this is all that Paho tells. */
void mqtt_on_disconnected(void *context, MQTTProperties *properties,
			  enum MQTTReasonCodes reason)
{
	const char *text = MQTTReasonCode_toString(reason);

	tell_lost(context, text ? text : "the broker said goodbye");
}

void mqtt_on_lost(void *context, char *cause)
{
	tell_lost(context, cause ? cause : "the connection was closed");
}

/* Of what OpenSSL says of an error the piece that is for people:
 * THREAD:error:CODE:LIBRARY:FUNCTION:REASON:FILE:LINE:DATA. */
static struct gw_str tls_reason(struct gw_str text)
{
	struct gw_str rest = text;
	struct gw_str reason = { 0 };

	for (int i = 0; i < TLS_REASON_AT; i++) {
		(void)gw_str_cut(&rest, ':');
	}
	reason = gw_str_cut(&rest, ':');
	return reason.len > 0 && reason.at[0] > ' ' ? reason : text;
}

int mqtt_on_tls_error(const char *text, size_t len, void *context)
{
	struct gw_str reason = tls_reason((struct gw_str){ text, len });

	set_why(context, reason.at, reason.len);
	return 1;
}

void mqtt_on_left(void *context, MQTTAsync_successData *data)
{
	set_connected(context, false);
}

void mqtt_on_left5(void *context, MQTTAsync_successData5 *data)
{
	set_connected(context, false);
}

/* Returns false when memory is short: Paho keeps the message then, and offers
 * it once more with the next one. */
static bool deliver(struct mqtt_client *c, struct gw_str topic,
		    const MQTTAsync_message *m)
{
	size_t len = m->payloadlen > 0 ? (size_t)m->payloadlen : 0;
	bool is_kept = len <= c->conf.message_max_bytes;
	struct gw_bytes payload = { m->payload, is_kept ? len : 0 };
	struct mqtt_event *e = mqtt_event_new(
		is_kept ? MQTT_MESSAGE : MQTT_TOO_LARGE, topic, payload);

	if (!e) {
		return false;
	}
	e->qos = m->qos;
	e->is_retained = m->retained != 0;
	e->is_again = m->dup != 0;
	if (!put(c, e)) {
		(void)pthread_mutex_lock(&c->lock);
		c->n_lost++;
		(void)pthread_mutex_unlock(&c->lock);
	}
	return true;
}

int mqtt_on_message(void *context, char *topic, int topic_len,
		    MQTTAsync_message *message)
{
	struct gw_str text = { topic, topic_len > 0 ? (size_t)topic_len
						    : strlen(topic) };

	if (!deliver(context, text, message)) {
		return 0;
	}
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

/* What has become of a filter; its context is freed. */
static void tell_filter(struct mqtt_subscribing *s, enum mqtt_event_kind kind,
			int code, const char *text)
{
	struct mqtt_event *e = new_event(kind, gw_str_from(s->text), code,
					 text);

	assert(s->client);
	if (e) {
		(void)put(s->client, e);
	}
	free(s);
}

void mqtt_on_subscribed(void *context, MQTTAsync_successData *data)
{
	tell_filter(context, MQTT_SUBSCRIBED, data->alt.qos, "");
}

/* Paho sets more than reasonCode only when there are more codes than one. */
void mqtt_on_subscribed5(void *context, MQTTAsync_successData5 *data)
{
	tell_filter(context, MQTT_SUBSCRIBED, (int)data->reasonCode, "");
}

void mqtt_tell_not_subscribed(struct mqtt_subscribing *s, int code,
			      const char *message)
{
	bool is_refusal = code >= MQTTREASONCODE_UNSPECIFIED_ERROR;

	if (code == MQTTASYNC_DISCONNECTED) {
		tell_lost(s->client, "Paho is not connected any more");
	}
	tell_filter(s, is_refusal ? MQTT_SUBSCRIBED : MQTT_NOT_SUBSCRIBED, code,
		    code_text(code, message));
}

void mqtt_on_not_subscribed(void *context, MQTTAsync_failureData *data)
{
	mqtt_tell_not_subscribed(context, data ? data->code : MQTTASYNC_FAILURE,
				 data ? data->message : NULL);
}

void mqtt_on_not_subscribed5(void *context, MQTTAsync_failureData5 *data)
{
	mqtt_tell_not_subscribed(context, code_of(data),
				 data ? data->message : NULL);
}

void mqtt_on_published(void *context, MQTTAsync_successData *data)
{
	tell_out(context, MQTT_PUBLISHED, 0, NULL);
}

void mqtt_on_published5(void *context, MQTTAsync_successData5 *data)
{
	tell_out(context, MQTT_PUBLISHED, 0, NULL);
}

/* A refusal of the broker does not change when it is asked again; all else is
 * about the connection. */
void mqtt_tell_not_published(struct mqtt_out *out, int code,
			     const char *message)
{
	bool is_refusal = code >= MQTTREASONCODE_UNSPECIFIED_ERROR ||
			  code == MQTTASYNC_BAD_UTF8_STRING;

	if (code == MQTTASYNC_DISCONNECTED) {
		tell_lost(out->client, "Paho is not connected any more");
	}
	tell_out(out, is_refusal ? MQTT_REFUSED : MQTT_FAILED, code,
		 code_text(code, message));
}

void mqtt_on_not_published(void *context, MQTTAsync_failureData *data)
{
	mqtt_tell_not_published(context, data ? data->code : MQTTASYNC_FAILURE,
				data ? data->message : NULL);
}

void mqtt_on_not_published5(void *context, MQTTAsync_failureData5 *data)
{
	mqtt_tell_not_published(context, code_of(data),
				data ? data->message : NULL);
}
