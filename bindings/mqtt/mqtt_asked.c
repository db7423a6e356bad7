/*
 * Asked - a request of a peer, from its arrival until it is answered.
 */

#include "bindings/mqtt/mqtt_asked.h"

#include <assert.h>
#include <stdlib.h>

#include "bindings/mqtt/mqtt_broker.h"
#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_seen.h"
#include "bindings/mqtt/mqtt_state.h"
#include "bindings/mqtt/mqtt_topic.h"
#include "core/codec/codec.h"
#include "core/exchange.h"
#include "core/lib/log.h"
#include "core/report.h"

#define GW_LOG_TOPIC "mqtt"

struct mqtt_asked *mqtt_asked_new(struct mqtt_broker *b,
				  const struct mqtt_topic *topic)
{
	struct mqtt_topic back = *topic;
	struct gw_buf *buf = &b->mqtt->topic;
	struct mqtt_asked *asked = NULL;
	struct gw_str text;

	back.kind = topic->kind == MQTT_REG_REQ ? MQTT_REG_RESP : MQTT_RESP;
	gw_buf_clear(buf);
	mqtt_topic_print(buf, b->account.prefix, &back);
	text = gw_buf_str(buf);
	if (gw_buf_is_short(buf)) {
		return NULL;
	}
	asked = malloc(sizeof(*asked) + text.len + topic->originator.len);
	if (!asked) {
		return NULL;
	}
	*asked = (struct mqtt_asked){
		.broker = b,
		.next = b->asked,
		.link = &b->asked,
		.topic_len = text.len,
	};
	memcpy(asked->topic, text.at, text.len);
	memcpy(asked->topic + text.len, topic->originator.at,
	       topic->originator.len);
	asked->originator = (struct gw_str){ asked->topic + text.len,
					     topic->originator.len };
	if (asked->next) {
		asked->next->link = &asked->next;
	}
	b->asked = asked;
	return asked;
}

static void end(struct mqtt_asked *asked)
{
	assert(*asked->link == asked);
	assert(!asked->message);
	*asked->link = asked->next;
	if (asked->next) {
		asked->next->link = asked->link;
	}
	free(asked);
}

void mqtt_asked_free(struct mqtt_asked *asked)
{
	mqtt_seen_forget(&asked->broker->seen, &asked->message);
	end(asked);
}

static bool encode(struct mqtt_asked *asked, const struct gw_primitive *answer)
{
	struct mqtt_state *mqtt = asked->broker->mqtt;
	const struct gw_codec_hop hop = { .is_anonymous = asked->is_anonymous };

	gw_buf_clear(&mqtt->payload);
	gw_codec_encode(&mqtt->payload, answer, &hop, asked->media);
	return !gw_buf_is_short(&mqtt->payload) &&
	       gw_buf_bytes(&mqtt->payload).len <= mqtt_message_max(mqtt);
}

/* An answer to this request, which nobody gets. */
static struct gw_refusal refusal_of(const struct mqtt_asked *asked,
				    const struct gw_primitive *request,
				    const char *reason)
{
	return (struct gw_refusal){
		.binding = asked->broker->mqtt->binding,
		.peer = asked->originator,
		.request = request,
		.status = GW_STATUS_TARGET_NOT_REACHABLE,
		.reason = reason,
	};
}

/* What cannot be carried leaves the asker with the reason. */
static bool encode_any(struct mqtt_asked *asked,
		       const struct gw_primitive *request,
		       const struct gw_primitive *answer)
{
	struct gw_refusal refusal;
	struct gw_primitive *e = NULL;
	bool is_good = encode(asked, answer);

	if (!is_good) {
		refusal = refusal_of(asked, request,
				     "it is larger than a message may be "
				     "(limits.content)");
		e = gw_report_unwritable(&refusal, answer);
		is_good = e && encode(asked, e);
		gw_primitive_free(e);
	}
	return is_good;
}

static void give(struct mqtt_asked *asked, const struct gw_primitive *request,
		 const struct gw_primitive *answer)
{
	struct mqtt_broker *b = asked->broker;
	struct gw_str topic = { asked->topic, asked->topic_len };
	struct mqtt_out *out = NULL;
	struct gw_bytes payload;
	struct gw_refusal refusal;
	uint64_t n = 0;

	if (answer && encode_any(asked, request, answer)) {
		payload = gw_buf_bytes(&b->mqtt->payload);
		out = mqtt_broker_is_full(b, payload.len)
			      ? NULL
			      : mqtt_out_new(topic, payload);
	}
	if (out) {
		mqtt_seen_answered(&b->seen, &asked->message, out);
		end(asked);
		mqtt_broker_publish(b, out);
		return;
	}
	refusal = refusal_of(asked, request,
			     "the answer is dropped: too much waits for the "
			     "broker (limits.queue), or memory is short");
	gw_report_refusal(&refusal);
	n = ++b->n_dropped;
	if (mqtt_is_worth_a_line(n)) {
		gw_warn("not-answered",
			"an answer to " GW_STR_FMT
			" is dropped: too much waits for %s, or memory is "
			"short (%llu so far)",
			GW_STR_ARG(topic), b->account.text,
			(unsigned long long)n);
	}
	mqtt_asked_free(asked);
}

void mqtt_asked_answer(struct mqtt_asked *asked, struct gw_primitive *answer)
{
	assert(!asked->x);
	give(asked, NULL, answer);
	gw_primitive_free(answer);
}

void mqtt_asked_reply(struct gw_exchange *x)
{
	struct mqtt_asked *asked = x->asker.native;

	assert(asked->x == x);
	if (gw_primitive_is_silent(x->request)) {
		mqtt_seen_answered(&asked->broker->seen, &asked->message, NULL);
		end(asked);
	} else {
		give(asked, x->request, x->answer);
	}
}

void mqtt_asked_drop_all(struct mqtt_broker *b)
{
	while (b->asked) {
		struct mqtt_asked *asked = b->asked;

		if (asked->x) {
			gw_exchange_abandon(asked->x);
		}
		mqtt_asked_free(asked);
	}
}
