/*
 * Send - requests that go out over MQTT.
 */

#include "bindings/mqtt/mqtt_send.h"

#include <assert.h>
#include <stdlib.h>

#include "bindings/mqtt/mqtt_broker.h"
#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_message.h"
#include "bindings/mqtt/mqtt_state.h"
#include "bindings/mqtt/mqtt_topic.h"
#include "core/codec/codec.h"
#include "core/codec/content.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/lib/arena.h"
#include "core/profile.h"

/* A request on its way out. */
struct sending {
	struct mqtt_state *mqtt;
	struct gw_exchange *x;
	struct mqtt_sent *sent;
	struct mqtt_broker *broker;
	enum gw_media media;
	bool has_flat_filters;
	bool has_single_smf;
};

static void sent_free(struct mqtt_sent *sent)
{
	assert(sent->x->sent == sent);
	if (sent->out) {
		assert(sent->out->sent == sent);
		mqtt_outbox_forget(&sent->broker->outbox, sent->out);
	}
	if (sent->broker) {
		mqtt_pending_remove(&sent->broker->pending, &sent->entry);
	}
	sent->x->sent = NULL;
	free(sent);
}

void mqtt_send_forget(struct gw_exchange *x)
{
	if (x->sent) {
		sent_free(x->sent);
	}
}

/* Whether the broker surely has nothing of it. */
static bool is_ours(const struct mqtt_sent *sent)
{
	return sent->out && sent->out->n_given == 0;
}

bool mqtt_send_holds(const struct gw_exchange *x, struct gw_reason *why)
{
	static const char *const away[] = {
		[MQTT_BROKER_DOWN] = "the broker is away",
		[MQTT_BROKER_CONNECTING] = "the broker is connected to",
		[MQTT_BROKER_SUBSCRIBING] = "we are not subscribed yet",
		[MQTT_BROKER_UP] = "its turn has not come",
		[MQTT_BROKER_GONE] = "the broker was left",
	};
	const struct mqtt_sent *sent = x->sent;

	if (!sent) {
		return false;
	}
	if (sent->out && sent->out->is_waiting) {
		(void)gw_refuse(why, "it waits in the outbox: %s",
				gw_name_is_awaited(&sent->broker->dial.name)
					? "the name of its host is looked up"
					: away[sent->broker->state]);
	} else if (sent->out && sent->is_whole) {
		(void)gw_refuse(why, "the broker has not acknowledged it");
	} else if (sent->given_ms > 0) {
		gw_exchange_is_out(why, x, sent->given_ms);
	}
	return is_ours(sent);
}

static void lose(struct mqtt_sent *sent, const char *why)
{
	struct gw_exchange *x = sent->x;

	sent_free(sent);
	gw_exchange_lose(x, why);
}

void mqtt_send_fail(struct mqtt_sent *sent, enum gw_status status,
		    const char *why)
{
	struct gw_exchange *x = sent->x;

	sent_free(sent);
	gw_exchange_fail(x, status, why);
}

static void crowd_out(struct mqtt_sent *sent, const char *why)
{
	struct gw_exchange *x = sent->x;

	sent_free(sent);
	gw_exchange_crowd_out(x, why);
}

void mqtt_send_answered(struct mqtt_sent *sent, struct gw_primitive *answer)
{
	struct gw_exchange *x = sent->x;

	sent_free(sent);
	gw_exchange_answer(x, answer);
}

/* With 5103, and as it is: whether somebody may have got it. */
static void fail_or_lose(struct mqtt_sent *sent, bool is_sure, const char *why)
{
	if (is_sure) {
		mqtt_send_fail(sent, GW_STATUS_TARGET_NOT_REACHABLE, why);
	} else {
		lose(sent, why);
	}
}

/* One that expired ends at its deadline, which is now.  One to a topic that is
 * not of oneM2M is answered by being published, since nobody else does (TS-0010
 * 6.6).  Whether anybody hears it is not known: MQTT 3.1.1 does not tell, and
 * Paho 1.3.11 keeps to itself what MQTT 5 does tell (3.4.2.1). */
void mqtt_send_ended(struct mqtt_sent *sent, enum mqtt_end how, const char *why)
{
	/* One that was given once and is given up was refused. */
	bool is_sure = is_ours(sent) || (how == MQTT_END_GIVEN_UP &&
					 sent->out && sent->out->n_given == 1);

	assert(sent->out && sent->out->sent == sent);
	assert(how != MQTT_END_FORGOTTEN);
	sent->out = NULL;
	if (how == MQTT_END_NO_ROOM && is_sure) {
		crowd_out(sent, why);
	} else if (how == MQTT_END_FAILED || how == MQTT_END_GIVEN_UP ||
		   how == MQTT_END_NO_ROOM) {
		fail_or_lose(sent, is_sure, why);
	} else if (how == MQTT_END_PUBLISHED && sent->is_whole) {
		mqtt_send_answered(sent,
				   gw_primitive_new_answer(sent->x->request,
							   GW_STATUS_OK));
	}
}

void mqtt_send_fail_all(struct mqtt_broker *b, const char *why)
{
	struct mqtt_entry *e = NULL;

	while ((e = mqtt_pending_any(&b->pending))) {
		struct mqtt_sent *sent = gw_container(e, struct mqtt_sent,
						      entry);

		fail_or_lose(sent, is_ours(sent), why);
	}
}

/* --- Writing.  A request that cannot be sent is gone: s->sent is NULL. */

static void refuse(struct sending *s, enum gw_status status, const char *why)
{
	assert(s->sent);
	mqtt_send_fail(gw_take(&s->sent), status, why);
}

static void unreachable(struct sending *s, const char *why)
{
	refuse(s, GW_STATUS_TARGET_NOT_REACHABLE, why);
}

static void too_large(struct sending *s, size_t max)
{
	struct gw_reason why;

	(void)gw_refuse(&why, "the message is larger than %zu bytes", max);
	refuse(s, GW_STATUS_BAD_REQUEST, why.text);
}

/* Under a new id, to the topic in mqtt->topic.  False when it was refused. */
static bool write(struct sending *s)
{
	struct mqtt_state *mqtt = s->mqtt;
	struct mqtt_broker *b = s->broker;
	char id[GW_MINT_BYTES];
	struct gw_codec_hop hop = { .from = s->x->hop.from,
				    .has_flat_filters = s->has_flat_filters,
				    .has_single_smf = s->has_single_smf };
	size_t max = mqtt_message_max(mqtt);

	assert(!s->sent->broker);
	if (mqtt_broker_is_gone(b)) {
		unreachable(s, "the broker was left");
		return false;
	}
	s->sent->broker = b;
	hop.id = mqtt_pending_add(&b->pending, &s->sent->entry, id);
	gw_exchange_is_sent_as(s->x, hop.id);
	gw_buf_clear(&mqtt->payload);
	gw_codec_encode(&mqtt->payload, s->x->request, &hop, s->media);
	if (gw_buf_is_short(&mqtt->payload) ||
	    gw_buf_bytes(&mqtt->payload).len > max) {
		too_large(s, max);
		return false;
	}
	if (!mqtt_outbox_make_room(&b->outbox, s->x->asker.account,
				   gw_buf_bytes(&mqtt->payload).len,
				   mqtt_conf(mqtt)->limits.queue_bytes)) {
		crowd_out(gw_take(&s->sent),
			  "too much waits for the broker (limits.queue)");
		return false;
	}
	return true;
}

static void publish(struct sending *s)
{
	struct mqtt_state *mqtt = s->mqtt;
	struct mqtt_out *out = NULL;

	if (!write(s)) {
		return;
	}
	out = mqtt_out_new(gw_buf_str(&mqtt->topic),
			   gw_buf_bytes(&mqtt->payload));
	if (!out) {
		unreachable(s, "the gateway is short of memory");
		return;
	}
	mqtt_out_expire_in(out, s->x->deadline_ms - mqtt_now_ms(mqtt));
	out->sent = s->sent;
	out->account = s->x->asker.account;
	out->is_awaited = s->sent->is_whole;
	s->sent->out = out;
	if (mqtt_broker_is_up(s->broker) &&
	    s->broker->outbox.requests.n_waiting == 0) {
		s->sent->given_ms = mqtt_now_ms(mqtt);
	}
	gw_exchange_is_written(s->x); // out has its own copy
	mqtt_broker_publish(s->broker, out);
}

/* Keep the pair of ids, by which the answer is known. */
static bool keep_names(struct mqtt_sent *sent, struct gw_str originator,
		       struct gw_str receiver)
{
	struct gw_arena *a = sent->x->request->arena;

	sent->originator = gw_arena_str(a, originator);
	sent->receiver = gw_arena_str(a, receiver);
	return gw_str_is_present(sent->originator) &&
	       gw_str_is_present(sent->receiver);
}

/* Whoever asks there must hear the answer.  False when it was refused. */
static bool expect_answer(struct sending *s, const struct mqtt_place *place,
			  struct gw_str originator, struct gw_str receiver)
{
	struct mqtt_broker *b = s->broker;

	if (mqtt_broker_is_up(b) && !mqtt_places_hears(&b->places, place)) {
		unreachable(s, "the broker refuses the subscription to the "
			       "answers");
		return false;
	}
	if (!keep_names(s->sent, originator, receiver)) {
		unreachable(s, "the gateway is short of memory");
		return false;
	}
	return true;
}

/* From one of us to a receiver, whose level is in mqtt->topic. */
static void publish_to(struct sending *s, const struct mqtt_place *place,
		       struct gw_str originator)
{
	struct mqtt_broker *b = s->broker;
	struct mqtt_topic topic = { .kind = MQTT_REQ };

	if (!expect_answer(s, place, originator, gw_buf_str(&s->mqtt->topic))) {
		return;
	}
	topic.originator = s->sent->originator;
	topic.receiver = s->sent->receiver;
	topic.type = gw_str_from(gw_content_name(s->media));
	gw_buf_clear(&s->mqtt->topic);
	mqtt_topic_print(&s->mqtt->topic, b->account.prefix, &topic);
	publish(s);
}

/* --- To whom. */

/* The broker of a URL: the one with its prefix, or any for a URL that does not
 * say. */
static struct mqtt_broker *broker_of(const struct mqtt_state *mqtt,
				     const struct mqtt_url *url, bool is_any)
{
	struct gw_str prefix = mqtt_url_prefix(url);
	struct mqtt_broker *any = NULL;

	for (struct mqtt_broker *b = mqtt->brokers; b; b = b->next) {
		if (b->is_unused ||
		    !mqtt_url_is_same_broker(&b->account.url, url)) {
			continue;
		}
		if (gw_str_eq(b->account.prefix, prefix)) {
			return b;
		}
		any = any ? any : b;
	}
	return is_any ? any : NULL;
}

struct mqtt_broker *mqtt_send_broker(const struct mqtt_state *mqtt,
				     const struct gw_cse *cse)
{
	struct mqtt_url url;

	return mqtt_url_parse(&url, cse->url) ? broker_of(mqtt, &url, false)
					      : NULL;
}

/* A topic of oneM2M, and the broker below whose prefix it is one: several
 * sections may tell of one broker. */
static struct mqtt_broker *broker_of_topic(struct mqtt_topic *topic,
					   const struct mqtt_state *mqtt,
					   const struct mqtt_url *url)
{
	for (struct mqtt_broker *b = mqtt->brokers; b; b = b->next) {
		if (!b->is_unused &&
		    mqtt_url_is_same_broker(&b->account.url, url) &&
		    mqtt_topic_parse(topic, b->account.prefix,
				     gw_buf_str(&mqtt->topic))) {
			return b;
		}
	}
	return NULL;
}

/* What is asked there is asked of ourselves. */
static bool is_own_topic(const struct mqtt_broker *b,
			 const struct mqtt_topic *topic)
{
	return (topic->kind == MQTT_REQ || topic->kind == MQTT_REG_REQ) &&
	       mqtt_places_us(&b->places, topic->receiver) != NULL;
}

static const char *to_ourselves(const struct mqtt_state *mqtt)
{
	mqtt_counts(mqtt)->n_own++;
	return "the topic is one of the gateway itself";
}

const char *mqtt_send_objection(struct gw_binding *binding, struct gw_str text)
{
	struct mqtt_state *mqtt = binding->state;
	const struct mqtt_broker *b = NULL;
	struct mqtt_topic topic;
	struct mqtt_url url;

	if (!mqtt_url_parse(&url, text) || !broker_of(mqtt, &url, true)) {
		return "its broker is none of the configuration (brokers)";
	}
	gw_buf_clear(&mqtt->topic);
	b = mqtt_url_topic(&mqtt->topic, &url)
		    ? broker_of_topic(&topic, mqtt, &url)
		    : NULL;
	return b && is_own_topic(b, &topic) ? to_ourselves(mqtt) : NULL;
}

/* Nobody else may be made to speak, nor an answer be made up.  False when it
 * was refused. */
static bool take_topic(struct sending *s, const struct mqtt_topic *topic)
{
	const struct mqtt_place *place = mqtt_places_us(&s->broker->places,
							topic->originator);

	if (topic->kind != MQTT_REQ || !place ||
	    place->cse != s->x->asker.cse) {
		refuse(s, GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE,
		       "the topic belongs to somebody else");
		return false;
	}
	if (is_own_topic(s->broker, topic)) {
		unreachable(s, to_ourselves(s->mqtt));
		return false;
	}
	return expect_answer(s, place, topic->originator, topic->receiver);
}

static void to_topic(struct sending *s)
{
	struct mqtt_url url;
	struct mqtt_topic topic;
	struct mqtt_broker *known = NULL;

	gw_buf_clear(&s->mqtt->topic);
	if (!mqtt_url_parse(&url, s->x->hop.url) ||
	    !mqtt_url_topic(&s->mqtt->topic, &url)) {
		unreachable(s, "the URL names no topic that can be published "
			       "to");
		return;
	}
	known = broker_of_topic(&topic, s->mqtt, &url);
	s->broker = known ? known : broker_of(s->mqtt, &url, true);
	if (!s->broker) {
		unreachable(s, "the broker of the URL is none of the "
			       "configuration");
		return;
	}
	if (known && !take_topic(s, &topic)) {
		return;
	}
	s->sent->is_whole = !known;
	publish(s);
}

static void to_cse(struct sending *s)
{
	struct gw_cse *cse = s->x->hop.cse;
	const struct mqtt_place *us = NULL;
	const struct mqtt_place *peer = NULL;
	bool is_absolute = false;

	s->broker = mqtt_send_broker(s->mqtt, cse);
	peer = s->broker ? mqtt_places_of(&s->broker->places, cse) : NULL;
	if (!peer) {
		unreachable(s, "the broker of the CSE is none of the "
			       "configuration");
		return;
	}
	us = mqtt_places_of(&s->broker->places, NULL);
	assert(us);
	is_absolute = peer->level.len > 0 && peer->level.at[0] == ':' &&
		      us->absolute.len > 0;
	s->has_flat_filters = cse->conf->profile->has_flat_filters;
	s->has_single_smf = cse->conf->profile->has_single_smf;
	gw_buf_clear(&s->mqtt->topic);
	gw_buf_add_str(&s->mqtt->topic, peer->level);
	publish_to(s, us, is_absolute ? us->absolute : us->level);
}

/* How the registree writes itself: as its point of access says, else as its
 * last request did, if that came over this broker; absent: not known. */
static struct gw_str form_of(const struct sending *s,
			     const struct mqtt_url *url)
{
	struct gw_str receiver = mqtt_url_receiver(url);
	struct mqtt_url last;

	if (gw_str_is_present(url->form)) {
		return url->form;
	}
	if (receiver.len > 0) {
		return receiver;
	}
	return mqtt_url_parse(&last, s->x->hop.receiver.url) &&
			       broker_of(s->mqtt, &last, false) == s->broker
		       ? last.form
		       : (struct gw_str){ 0 };
}

static bool is_form_of(struct gw_str form, struct gw_str id,
		       const struct mqtt_place *place)
{
	return form.len > 0 && form.len <= MQTT_LEVEL_MAX &&
	       mqtt_level_is(form, id, &place->home);
}

/* As whom the registree is asked: as its CSE, or as ourselves when that is whom
 * it knows.  NULL: the broker does not serve its CSE. */
static const struct mqtt_place *asking_place(const struct sending *s,
					     struct gw_str form)
{
	const struct mqtt_places *places = &s->broker->places;
	const struct gw_receiver *to = &s->x->hop.receiver;
	const struct mqtt_place *cse = mqtt_places_of(places, to->cse);
	const struct mqtt_place *self = mqtt_places_of(places, NULL);

	cse = cse && cse->role == MQTT_SERVED ? cse : NULL;
	if (cse && is_form_of(form, to->id, cse)) {
		return cse;
	}
	return is_form_of(form, to->id, self) ? self : cse;
}

/* Append what is known of how it writes itself, else its SP-relative form. */
static bool print_receiver(struct sending *s, struct gw_str form,
			   const struct mqtt_place *place)
{
	struct gw_str id = s->x->hop.receiver.id;

	gw_buf_clear(&s->mqtt->topic);
	if (is_form_of(form, id, place)) {
		gw_buf_add_str(&s->mqtt->topic, form);
		return true;
	}
	return mqtt_level_print_at(&s->mqtt->topic, id, &place->home);
}

static void to_registree(struct sending *s)
{
	const struct mqtt_place *place = NULL;
	struct mqtt_url url = { 0 };
	struct gw_str form;

	if (!mqtt_url_parse(&url, s->x->hop.url)) {
		unreachable(s, "the point of access is no URL of MQTT");
		return;
	}
	s->broker = broker_of(s->mqtt, &url,
			      mqtt_url_prefix(&url).len == 0 ||
				      mqtt_url_receiver(&url).len > 0);
	if (!s->broker) {
		unreachable(s, "the broker of the point of access is none of "
			       "the configuration");
		return;
	}
	form = form_of(s, &url);
	place = asking_place(s, form);
	if (!place) {
		unreachable(s, "the broker of the point of access does not "
			       "serve the CSE of the registree");
		return;
	}
	if (!print_receiver(s, form, place)) {
		unreachable(s, "the id of the registree cannot stand in a "
			       "topic");
		return;
	}
	publish_to(s, place, place->level);
}

void mqtt_send(struct mqtt_state *mqtt, struct gw_exchange *x)
{
	struct sending s = { .mqtt = mqtt, .x = x };

	assert(!x->sent);
	s.sent = calloc(1, sizeof(*s.sent));
	if (!s.sent) {
		gw_exchange_fail(x, GW_STATUS_INTERNAL_SERVER_ERROR,
				 "the gateway is short of memory");
		return;
	}
	s.sent->x = x;
	x->sent = s.sent;
	s.media = mqtt_message_form(x->request, x->hop.media);
	if (s.media == GW_MEDIA_NONE) {
		refuse(&s, GW_STATUS_UNSUPPORTED_MEDIA_TYPE,
		       "content in this form cannot be part of a message of "
		       "MQTT");
	} else if (x->hop.is_whole_url) {
		to_topic(&s);
	} else if (x->hop.cse) {
		to_cse(&s);
	} else if (x->hop.receiver.cse) {
		to_registree(&s);
	} else {
		unreachable(&s, "nobody is known there");
	}
	assert(!s.sent || s.sent->out);
}
