/*
 * MQTT echo - what Paho can do at best: every request is answered with itself.
 *
 * mqtt_echo PORT PREFIX subscribes to the requests below the prefix, and
 * publishes each payload on the topic of its answer.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <MQTTAsync.h>

#include "bindings/mqtt/mqtt_paho.h"

#define TOPIC_BYTES 256

static void die(const char *what)
{
	(void)fprintf(stderr, "mqtt_echo: %s\n", what);
	exit(1);
}

static int arrived(void *context, char *topic, int topic_len,
		   MQTTAsync_message *m)
{
	MQTTAsync *paho = context;
	MQTTAsync_message answer = MQTTAsync_message_initializer;
	char to[TOPIC_BYTES];
	int len = topic_len > 0 ? topic_len : (int)strlen(topic);
	const char *kind = memmem(topic, (size_t)len, "/req/", 5);

	if (kind) {
		int n = (int)(kind - topic);

		(void)snprintf(to, sizeof(to), "%.*s/resp/%.*s", n, topic,
			       len - n - 5, kind + 5);
		answer.payload = m->payload;
		answer.payloadlen = m->payloadlen;
		answer.qos = 1;
		(void)MQTTAsync_sendMessage(*paho, to, &answer, NULL);
	}
	MQTTAsync_freeMessage(&m);
	MQTTAsync_free(topic);
	return 1;
}

struct echo {
	MQTTAsync paho;
	char filter[TOPIC_BYTES];
	uint16_t port;
};

static void subscribed(void *context, MQTTAsync_successData *data)
{
	const struct echo *echo = context;

	mqtt_paho_nodelay(echo->port);
	(void)puts("ready");
	(void)fflush(stdout);
}

static void failed(void *context, MQTTAsync_failureData *data)
{
	die("the broker refuses");
}

static void connected(void *context, MQTTAsync_successData *data)
{
	struct echo *echo = context;
	MQTTAsync_responseOptions options =
		MQTTAsync_responseOptions_initializer;

	options.onSuccess = subscribed;
	options.onFailure = failed;
	options.context = echo;
	(void)MQTTAsync_subscribe(echo->paho, echo->filter, 1, &options);
}

int main(int argc, char **argv)
{
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
	struct echo echo = { 0 };
	char uri[64];

	if (argc != 3) {
		die("usage: mqtt_echo PORT PREFIX");
	}
	echo.port = (uint16_t)strtoul(argv[1], NULL, 10);
	(void)snprintf(uri, sizeof(uri), "tcp://127.0.0.1:%s", argv[1]);
	(void)snprintf(echo.filter, sizeof(echo.filter),
		       "%s/oneM2M/req/+/id-in/#", argv[2]);
	if (MQTTAsync_create(&echo.paho, uri, "echo",
			     MQTTCLIENT_PERSISTENCE_NONE, NULL)) {
		die("Paho has no client");
	}
	(void)MQTTAsync_setCallbacks(echo.paho, &echo.paho, NULL, arrived,
				     NULL);
	options.onSuccess = connected;
	options.onFailure = failed;
	options.context = &echo;
	if (MQTTAsync_connect(echo.paho, &options)) {
		die("Paho does not connect");
	}
	for (;;) {
		(void)pause();
	}
}
