/*
 * Receive - messages that came from a broker, given to whom they are for.
 */

#include "bindings/mqtt/mqtt_receive.h"

#include <assert.h>

#include "bindings/mqtt/mqtt_asked.h"
#include "bindings/mqtt/mqtt_broker.h"
#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_message.h"
#include "bindings/mqtt/mqtt_send.h"
#include "bindings/mqtt/mqtt_state.h"
#include "bindings/mqtt/mqtt_told.h"
#include "bindings/mqtt/mqtt_topic.h"
#include "core/codec/codec.h"
#include "core/codec/content.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/lib/arena.h"
#include "core/lib/log.h"
#include "core/profile.h"
#include "core/registry.h"
#include "core/report.h"

#define GW_LOG_TOPIC "mqtt"

/* A message under way. */
struct receiving {
	struct mqtt_broker *broker;
	const struct mqtt_event *event;
	struct mqtt_topic topic;
	const struct mqtt_place *us;   // whom it is for; NULL: a registree
	const struct mqtt_place *peer; // the CSE that it is from; NULL: none
	enum gw_media media;
	struct gw_primitive *p;
	struct gw_str bringer; // a CSE that is registered; absent: none
};

static struct gw_registry *registry_of(const struct receiving *r)
{
	return gw_relay_registry(r->broker->mqtt->binding->relay);
}

static void ignored(const struct mqtt_broker *b, const struct mqtt_event *e,
		    const char *why)
{
	uint64_t n = ++b->mqtt->n_wrong_topics;

	if (mqtt_is_worth_a_line(n)) {
		gw_warn("ignored", "a message on %.*s: %s (%llu so far)",
			e->topic.len < 200 ? (int)e->topic.len : 200,
			e->topic.at, why, (unsigned long long)n);
	}
}

static void unreadable(const struct receiving *r, const char *why)
{
	uint64_t n = ++mqtt_counts(r->broker->mqtt)->n_unreadable;

	if (mqtt_is_worth_a_line(n)) {
		gw_warn("unreadable",
			"from " GW_STR_FMT " at %s: %s (%llu so far)",
			GW_STR_ARG(r->topic.originator),
			r->broker->account.text, why, (unsigned long long)n);
	}
}

static void refused(const struct receiving *r, enum gw_status status,
		    const char *why)
{
	gw_report_refusal(&(struct gw_refusal){
		.binding = r->broker->mqtt->binding,
		.peer = r->topic.originator,
		.request = r->p,
		.status = status,
		.reason = why,
	});
}

static void unmatched(const struct receiving *r)
{
	const struct mqtt_place *peer = mqtt_places_peer(&r->broker->places,
							 r->topic.receiver);

	/* The second of two. */
	if (peer && peer->cse->conf->profile->mqtt.answers_twice) {
		return;
	}
	gw_report_stray(&(struct gw_stray){
		.binding = r->broker->mqtt->binding,
		.peer = r->topic.receiver,
		.answer = r->p,
	});
}

/* --- Answers. */

/* Matched by rqi and by the pair of ids: whoever else learns an id cannot
 * answer in place of the receiver, as far as the broker polices topics. */
static struct mqtt_sent *match(const struct receiving *r)
{
	struct mqtt_entry *e = mqtt_pending_find(&r->broker->pending, r->p->id);
	const struct mqtt_place *us = mqtt_places_us(&r->broker->places,
						     r->topic.originator);
	struct mqtt_sent *sent = NULL;

	if (!e || !us) {
		return NULL;
	}
	sent = gw_container(e, struct mqtt_sent, entry);
	assert(sent->broker == r->broker);
	if (!gw_str_eq(sent->originator, r->topic.originator) ||
	    !mqtt_level_is(sent->receiver, r->topic.receiver, &us->home)) {
		return NULL;
	}
	return sent;
}

static void answered(struct receiving *r)
{
	struct gw_reason why = { "" };
	enum gw_status status = GW_STATUS_NONE;
	enum gw_message kind = GW_MESSAGE_NOTHING;
	bool is_answer = false;
	struct mqtt_sent *sent = NULL;

	kind = gw_codec_take(&r->p, &status, &why, r->media, r->event->payload);
	is_answer = kind == GW_MESSAGE_ANSWER || kind == GW_MESSAGE_BROKEN;
	sent = is_answer ? match(r) : NULL;
	if (sent && kind == GW_MESSAGE_ANSWER) {
		mqtt_send_answered(sent, r->p);
		return;
	}
	if (sent) {
		mqtt_counts(r->broker->mqtt)->n_unreadable++;
		mqtt_send_fail(sent, status, why.text);
	} else if (kind == GW_MESSAGE_ANSWER) {
		unmatched(r);
	} else {
		unreadable(r, why.text[0] ? why.text : "no answer");
	}
	gw_primitive_free(r->p);
}

/* --- Requests. */

/* The registree of ours that a CSE which lives at the broker asks for; NULL:
 * none. */
static struct gw_registree *receiver(const struct receiving *r)
{
	struct gw_cse *cse = r->peer ? r->peer->cse : NULL;
	struct gw_registree *found = NULL;
	struct gw_str id = { 0 };
	char csi[MQTT_LEVEL_MAX + 1] = "/";

	if (!cse) {
		return NULL;
	}
	id = mqtt_level_local(r->topic.receiver, &r->peer->home);
	found = gw_registry_find(registry_of(r), cse, id);
	if (found) {
		return found;
	}
	memcpy(csi + 1, id.at, id.len);
	return gw_registry_find(registry_of(r), cse,
				(struct gw_str){ csi, id.len + 1 });
}

/* Find out from whom and for whom it is.  False when it is none of our
 * business: somebody else's, or what we published ourselves. */
static bool is_for_us(struct receiving *r)
{
	const struct mqtt_places *places = &r->broker->places;

	r->us = mqtt_places_us(places, r->topic.receiver);
	r->peer = mqtt_places_peer(places, r->topic.originator);
	return !mqtt_places_us(places, r->topic.originator) &&
	       (r->us || receiver(r));
}

/* The CSE that is the topic's originator, if it is registered here.  In the
 * arena of the request. */
static struct gw_str find_bringer(const struct receiving *r)
{
	struct gw_str level;
	struct gw_str csi;

	if (!r->us || !r->us->cse || r->topic.kind != MQTT_REQ) {
		return (struct gw_str){ 0 };
	}
	level = mqtt_level_local(r->topic.originator, &r->us->home);
	csi = gw_arena_print(r->p->arena, "/" GW_STR_FMT, GW_STR_ARG(level));
	return gw_registry_find(registry_of(r), r->us->cse, csi)
		       ? csi
		       : (struct gw_str){ 0 };
}

/* Whether it comes by a subscription of ours all the same: from a CSE that
 * lives there, or from ourselves.  All else comes by one that an earlier
 * configuration left to the session. */
static bool is_overheard(const struct receiving *r)
{
	return r->peer ||
	       mqtt_places_us(&r->broker->places, r->topic.originator);
}

static bool is_registration(const struct gw_primitive *p)
{
	return p->op == GW_OP_CREATE &&
	       (p->type == GW_TYPE_AE || p->type == GW_TYPE_REMOTE_CSE);
}

/* "C" and "S" ask for an identifier and are none (TS-0001 10.2.2.2). */
static bool has_whole_id(const struct gw_primitive *p)
{
	return p->from.len > 1;
}

/* A registree CSE speaks for the CSEs below it as well. */
static bool speaks_as_above(const struct receiving *r)
{
	struct gw_address from;
	struct gw_registree *above = NULL;

	if (!gw_address_parse(&from, r->p->from) || from.cse.len == 0) {
		return false;
	}
	above = gw_registry_find_above(registry_of(r), from.cse);
	return above &&
	       mqtt_level_is(r->topic.originator, above->id, &r->us->home);
}

/* A CSE that is registered here, a gateway as we are one, brings AEs that know
 * our CSE as their own: they are stems.  It speaks for those that it
 * brought. */
static bool speaks_for_guest(const struct receiving *r)
{
	struct gw_registree *guest = NULL;

	if (!gw_str_is_present(r->bringer) || !gw_address_is_stem(r->p->from)) {
		return false;
	}
	guest = gw_registry_find(registry_of(r), r->us->cse, r->p->from);
	return guest ? guest->via == r->broker->mqtt->binding &&
			       gw_str_eq(guest->identity, r->bringer)
		     : is_registration(r->p);
}

/* Whether the topic's originator, whom the broker polices, may send this
 * (TS-0010 7.2).  NONE, or the status to refuse with, and why.  A request that
 * names nobody speaks for nobody else; core says what it lacks. */
static enum gw_status check_originator(const struct receiving *r,
				       const char **whyp)
{
	if (r->topic.kind == MQTT_REG_REQ) {
		*whyp = "reg_req is for registrations only";
		return is_registration(r->p) ? GW_STATUS_NONE
					     : GW_STATUS_BAD_REQUEST;
	}
	if (r->peer || !gw_str_is_present(r->p->from) ||
	    (is_registration(r->p) && !has_whole_id(r->p)) ||
	    mqtt_level_speaks_for(r->topic.originator, r->p->from,
				  &r->us->home) ||
	    speaks_as_above(r) || speaks_for_guest(r)) {
		return GW_STATUS_NONE;
	}
	*whyp = "fr is not who the topic says the originator is";
	return GW_STATUS_ORIGINATOR_NOT_AUTHENTICATED;
}

/* NONE, or the status to refuse a request with, and why. */
static enum gw_status check(const struct receiving *r, const char **whyp)
{
	if (r->broker->is_unused) {
		*whyp = "the gateway leaves this broker";
		return GW_STATUS_TARGET_NOT_REACHABLE;
	}
	return check_originator(r, whyp);
}

/* Where the originator can be reached back, with how it writes itself if that
 * is its own id.  In the arena of the request; absent: nowhere. */
static struct gw_str url_of(const struct receiving *r)
{
	const char *url = r->broker->account.text;

	if (r->peer) {
		return (struct gw_str){ 0 };
	}
	if (r->topic.kind == MQTT_REG_REQ || !has_whole_id(r->p)) {
		return gw_str_from(url);
	}
	if (!mqtt_level_is(r->topic.originator, r->p->from, &r->us->home)) {
		return (struct gw_str){ 0 };
	}
	return gw_arena_print(r->p->arena, "%s#" GW_STR_FMT, url,
			      GW_STR_ARG(r->topic.originator));
}

/* A CSE may write the URL that it notifies into `to` (Mobius); whom it is for
 * is told by the topic then. */
static void read_target(struct receiving *r)
{
	struct gw_registree *to = r->us ? NULL : receiver(r);
	struct gw_address address;

	if (to && r->p->op == GW_OP_NOTIFY &&
	    gw_address_parse(&address, r->p->to) &&
	    address.scope == GW_SCOPE_URL) {
		r->p->to = gw_arena_str(r->p->arena, to->id);
	}
}

static void refuse(struct mqtt_asked *asked, struct gw_primitive *p,
		   enum gw_status status, const char *why)
{
	struct gw_primitive *answer = gw_primitive_new_error(p, status, why);

	gw_primitive_free(p);
	mqtt_asked_answer(asked, answer);
}

/* The broker is trusted; who is behind it has a share. */
static struct gw_account *account_of(const struct receiving *r)
{
	struct gw_relay *relay = r->broker->mqtt->binding->relay;
	struct gw_account *broker = gw_account_of(
		gw_relay_accounts(relay), gw_str_from(r->broker->account.text),
		true);
	struct gw_account *a = gw_account_in(broker, r->topic.originator);

	(void)gw_account_leave(broker);
	return a;
}

/* The topic of a registration names a credential, and nobody. */
static enum gw_claim claim_of(const struct receiving *r)
{
	if (!r->us || r->topic.kind == MQTT_REG_REQ) {
		return GW_CLAIM_UNPROVEN;
	}
	return mqtt_level_speaks_for(r->topic.originator, r->p->from,
				     &r->us->home)
		       ? GW_CLAIM_TRUE
		       : GW_CLAIM_OF_ANOTHER;
}

static void open(struct receiving *r, struct mqtt_asked *asked)
{
	struct gw_relay *relay = r->broker->mqtt->binding->relay;
	const struct gw_asker asker = {
		.binding = r->broker->mqtt->binding,
		.native = asked,
		.cse = r->peer ? r->peer->cse : NULL,
		.at = r->us ? r->us->cse : NULL,
		.url = url_of(r),
		.media = r->media,
		.identity = r->bringer,
		.account = account_of(r),
		.claim = claim_of(r),
	};

	assert(!asked->x);
	if (gw_exchange_open(&asked->x, relay, &asker, r->p)) {
		mqtt_asked_free(asked);
	}
	(void)gw_account_leave(asker.account);
}

/* Tell who sent it that a message without an id cannot be read: what came on
 * the topic of a request may be answered on that of its answer, but it is never
 * kept, since it may come very often.  Takes asked. */
static void tell(const struct receiving *r, struct mqtt_asked *asked,
		 enum gw_status status, const char *why)
{
	static const struct gw_primitive without_id;
	struct mqtt_broker *b = r->broker;
	struct gw_str peer = r->topic.originator;
	uint64_t hash = gw_relay_hash(b->mqtt->binding->relay, peer.at,
				      peer.len);

	assert(!asked->x);
	if (gw_codec_may_be_answer(r->event->payload) ||
	    !mqtt_told_again(&b->told, hash, mqtt_now_ms(b->mqtt))) {
		mqtt_asked_free(asked);
		return;
	}
	mqtt_seen_forget(&b->seen, &asked->message);
	mqtt_asked_answer(asked,
			  gw_primitive_new_error(&without_id, status, why));
}

/* What is left of it, r->p, may have an id. */
static void cannot_be_read(struct receiving *r, struct mqtt_asked *asked,
			   enum gw_status status, const char *why)
{
	mqtt_counts(r->broker->mqtt)->n_unreadable++;
	refused(r, status, why);
	if (r->p && r->p->id.len > 0) {
		refuse(asked, r->p, status, why);
	} else {
		gw_primitive_free(r->p);
		tell(r, asked, status, why);
	}
}

static void asked_for(struct receiving *r, struct mqtt_asked *asked)
{
	struct gw_reason why = { "" };
	const char *reason = NULL;
	enum gw_status status = GW_STATUS_NONE;

	switch (gw_codec_take(&r->p, &status, &why, r->media,
			      r->event->payload)) {
	case GW_MESSAGE_REQUEST:
		read_target(r);
		r->bringer = find_bringer(r);
		status = check(r, &reason);
		if (status == GW_STATUS_NONE) {
			open(r, asked);
		} else {
			mqtt_counts(r->broker->mqtt)->n_requests++;
			mqtt_counts(r->broker->mqtt)->n_refused++;
			refused(r, status, reason);
			refuse(asked, r->p, status, reason);
		}
		return;
	case GW_MESSAGE_ANSWER:
	case GW_MESSAGE_BROKEN:
		unreadable(r, "an answer on the topic of a request");
		gw_primitive_free(r->p);
		mqtt_asked_free(asked);
		return;
	case GW_MESSAGE_REFUSED:
	case GW_MESSAGE_NOTHING:
		cannot_be_read(r, asked, status, why.text);
		return;
	}
}

/* A request of a CSE that lives there, to one of us, fits two filters, and many
 * brokers deliver it for each. */
static bool is_delivered_twice(const struct receiving *r)
{
	return r->peer && r->us;
}

/* How long one like it that was answered counts as the same. */
static int64_t age_of(const struct receiving *r)
{
	const struct mqtt_event *e = r->event;
	int64_t twice_ms = is_delivered_twice(r) ? MQTT_SEEN_TWICE_MS : 0;
	int64_t repeat_ms = r->broker->account.repeat_ms;

	if (e->qos == 0) {
		return twice_ms;
	}
	if (e->is_again) {
		return MQTT_SEEN_MARKED_MS;
	}
	return repeat_ms > twice_ms ? repeat_ms : twice_ms;
}

/* Whether it came before.  The answer that was given is given again, if there
 * is room: else it will be asked for once more. */
static bool is_repeated(struct receiving *r, uint64_t key)
{
	struct mqtt_broker *b = r->broker;
	struct mqtt_seen_message *m = mqtt_seen_find(&b->seen, key, age_of(r),
						     mqtt_now_ms(b->mqtt));
	struct mqtt_out *out = NULL;

	if (!m) {
		return false;
	}
	gw_debug("repeated", "from " GW_STR_FMT,
		 GW_STR_ARG(r->topic.originator));
	if (m->answer && r->event->qos > 0 &&
	    !mqtt_broker_is_full(b, m->answer->payload.len)) {
		out = mqtt_seen_repeat(m);
	}
	if (out) {
		mqtt_broker_publish(b, out);
	}
	return true;
}

static uint64_t key_of(const struct receiving *r)
{
	struct gw_relay *relay = r->broker->mqtt->binding->relay;
	const struct mqtt_event *e = r->event;
	const uint64_t both[2] = {
		gw_relay_hash(relay, e->topic.at, e->topic.len),
		gw_relay_hash(relay, e->payload.at, e->payload.len),
	};

	return gw_relay_hash(relay, both, sizeof(both));
}

/* The request that came on this topic.  NULL when memory is short. */
static struct mqtt_asked *new_asked(const struct receiving *r)
{
	struct mqtt_asked *asked = mqtt_asked_new(r->broker, &r->topic);

	if (!asked) {
		gw_warn("no-memory", "a request is dropped");
		return NULL;
	}
	asked->media = r->media;
	asked->is_anonymous = r->peer &&
			      r->peer->cse->conf->profile->is_anonymous;
	return asked;
}

/* What was sent with QoS 0 is else never sent twice by anyone but its
 * sender. */
static void requested(struct receiving *r)
{
	struct mqtt_broker *b = r->broker;
	bool may_repeat = r->event->qos > 0 || is_delivered_twice(r);
	uint64_t key = may_repeat ? key_of(r) : 0;
	struct mqtt_asked *asked = NULL;

	if (may_repeat && is_repeated(r, key)) {
		return;
	}
	asked = new_asked(r);
	if (!asked) {
		return;
	}
	if (may_repeat) {
		mqtt_seen_add(&b->seen, key, mqtt_now_ms(b->mqtt),
			      &asked->message);
	}
	asked_for(r, asked);
}

/* A message whose payload says nothing to us, or was not kept.  An answer in
 * JSON says so in its topic. */
static void cannot_be_taken(struct receiving *r, bool is_answer,
			    enum gw_status status, const char *why)
{
	struct mqtt_asked *asked = NULL;

	if (is_answer) {
		unreadable(r, why);
		return;
	}
	if (r->media == GW_MEDIA_NONE) {
		r->media = GW_MEDIA_JSON;
		r->topic.type = gw_str_from(gw_content_name(r->media));
	}
	asked = new_asked(r);
	if (asked) {
		cannot_be_read(r, asked, status, why);
	}
}

void mqtt_receive(struct mqtt_broker *b, const struct mqtt_event *e)
{
	struct receiving r = { .broker = b, .event = e };
	bool is_answer = false;

	assert(e->kind == MQTT_MESSAGE || e->kind == MQTT_TOO_LARGE);
	mqtt_message_tell(true, e->topic, e->payload);
	if (!mqtt_topic_parse(&r.topic, b->account.prefix, e->topic)) {
		ignored(b, e, "it is no topic of oneM2M");
		return;
	}
	is_answer = r.topic.kind == MQTT_RESP || r.topic.kind == MQTT_REG_RESP;
	if (!is_answer && !is_for_us(&r)) {
		if (!is_overheard(&r)) {
			ignored(b, e, "it is for nobody here");
		}
		return;
	}
	if (e->is_retained) {
		ignored(b, e, "it was retained, which oneM2M does not use");
		return;
	}
	assert(is_answer || r.us || r.peer);
	r.media = mqtt_message_media(r.topic.type, e->payload);
	if (e->kind == MQTT_TOO_LARGE) {
		cannot_be_taken(&r, is_answer, GW_STATUS_BAD_REQUEST,
				"the message is too large");
	} else if (r.media == GW_MEDIA_NONE) {
		cannot_be_taken(&r, is_answer, GW_STATUS_UNSUPPORTED_MEDIA_TYPE,
				"the serialisation of its topic is not known");
	} else if (is_answer) {
		answered(&r);
	} else {
		requested(&r);
	}
}
