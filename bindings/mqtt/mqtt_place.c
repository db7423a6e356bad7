/*
 * Place - whom the gateway is, and whom it meets, at one broker.
 */

#include "bindings/mqtt/mqtt_place.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "bindings/mqtt/mqtt_topic.h"
#include "bindings/mqtt/mqtt_url.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "core/relay.h"

/* Filters of one place: three in each of two forms. */
#define FILTERS_EACH 6

#define TEXTS_FIRST ((size_t)4 << 10)
#define TEXTS_MAX ((size_t)16 << 20)

/* What is being filled in. */
struct making {
	struct mqtt_places *places;
	const struct gw_relay *relay;
	const struct gw_conf *conf;
	struct gw_str prefix;
	struct gw_buf scratch;
};

static struct gw_str own_sp(const struct making *m)
{
	return gw_str_from(m->conf->node.sp_id);
}

static bool is_ours(const struct making *m, const struct gw_cse *cse)
{
	return !gw_str_is_present(cse->sp) || gw_str_eq(cse->sp, own_sp(m));
}

/* The level of an id, with its provider if that is given; absent when it cannot
 * stand in a topic. */
static struct gw_str new_level(struct making *m, struct gw_str sp,
			       struct gw_str id)
{
	gw_buf_clear(&m->scratch);
	if (sp.len > 0) {
		if (!mqtt_level_print(&m->scratch, sp)) {
			return (struct gw_str){ 0 };
		}
		gw_buf_add_char(&m->scratch, ':');
	}
	return mqtt_level_print(&m->scratch, id)
		       ? gw_arena_str(m->places->arena, gw_buf_str(&m->scratch))
		       : (struct gw_str){ 0 };
}

static void add_place(struct making *m, enum mqtt_role role, struct gw_cse *cse)
{
	struct mqtt_place *place = &m->places->at[m->places->n++];
	struct gw_arena *a = m->places->arena;
	struct gw_str id = cse ? cse->id : gw_str_from(m->conf->node.cse_id);
	bool is_own = !cse || is_ours(m, cse);

	*place = (struct mqtt_place){
		.role = role,
		.cse = cse,
		.home = { .cse = gw_arena_str(a, id),
			  .sp = gw_arena_str(a, is_own ? own_sp(m) : cse->sp) },
	};
	place->level = new_level(m, is_own ? (struct gw_str){ 0 } : cse->sp,
				 id);
	if (is_own && own_sp(m).len > 0) {
		place->absolute = new_level(m, own_sp(m), id);
	}
}

static bool is_mqtt(const struct gw_cse *cse)
{
	struct mqtt_url url;

	return mqtt_url_parse(&url, cse->url);
}

static bool lives_at(const struct gw_cse *cse, const struct mqtt_url *broker)
{
	struct mqtt_url url;

	return mqtt_url_parse(&url, cse->url) &&
	       mqtt_url_is_same_broker(&url, broker) &&
	       gw_str_eq(mqtt_url_prefix(&url), mqtt_url_prefix(broker));
}

static bool is_named(const struct gw_cse *cse, const char *text)
{
	struct gw_address a;

	return gw_address_parse(&a, gw_str_from(text)) &&
	       gw_str_eq(a.cse, cse->id) && gw_str_eq(a.sp, cse->sp);
}

static bool is_served(const struct making *m, const struct gw_cse *cse,
		      const struct gw_conf_broker *broker)
{
	if (broker->serves.n == 0) {
		return is_ours(m, cse) && !is_mqtt(cse);
	}
	for (size_t i = 0; i < broker->serves.n; i++) {
		if (is_named(cse, broker->serves.at[i])) {
			return true;
		}
	}
	return false;
}

static void add_filter(struct making *m, size_t i_place,
		       const struct mqtt_topic *topic)
{
	struct mqtt_filter *f = &m->places->filters[m->places->n_filters++];

	gw_buf_clear(&m->scratch);
	mqtt_topic_print(&m->scratch, m->prefix, topic);
	*f = (struct mqtt_filter){
		.text = gw_arena_print(m->places->arena, GW_STR_FMT,
				       GW_STR_ARG(gw_buf_str(&m->scratch)))
				.at,
		.i_place = i_place,
		.is_for_answers = topic->kind == MQTT_RESP,
	};
}

/* What is subscribed to for one level of a place (TS-0010 6.4.2). */
static void add_filters(struct making *m, size_t i_place, struct gw_str level)
{
	enum mqtt_role role = m->places->at[i_place].role;
	const struct gw_str any = GW_STR("+");
	const struct gw_str rest = GW_STR("#");
	const struct mqtt_topic req = { MQTT_REQ, any, level, rest };
	const struct mqtt_topic reg_req = { MQTT_REG_REQ, any, level, rest };
	const struct mqtt_topic theirs = { MQTT_REQ, level, any, rest };
	const struct mqtt_topic resp = { .kind = MQTT_RESP,
					 .originator = level,
					 .receiver = rest };

	if (level.len == 0) {
		return;
	}
	if (role == MQTT_PEER) {
		add_filter(m, i_place, &theirs);
		return;
	}
	add_filter(m, i_place, &req);
	add_filter(m, i_place, &resp);
	if (role == MQTT_SERVED) {
		add_filter(m, i_place, &reg_req);
	}
}

static void add_all(struct making *m, const struct gw_conf_broker *broker,
		    const struct mqtt_url *url)
{
	struct gw_cse *cse = NULL;

	add_place(m, MQTT_SELF, NULL);
	for (size_t i = 0; (cse = gw_relay_cse(m->relay, i)); i++) {
		if (lives_at(cse, url)) {
			add_place(m, MQTT_PEER, cse);
		} else if (is_served(m, cse, broker)) {
			add_place(m, MQTT_SERVED, cse);
		}
	}
	for (size_t i = 0; i < m->places->n; i++) {
		add_filters(m, i, m->places->at[i].level);
		add_filters(m, i, m->places->at[i].absolute);
	}
}

int mqtt_places_init(struct mqtt_places *places, const struct gw_relay *relay,
		     const struct gw_conf_broker *broker,
		     const struct mqtt_url *url)
{
	struct making m = { .places = places,
			    .relay = relay,
			    .conf = gw_relay_conf(relay),
			    .prefix = mqtt_url_prefix(url) };
	size_t n = 0;

	while (gw_relay_cse(relay, n)) {
		n++;
	}
	*places = (struct mqtt_places){
		.at = calloc(n + 1, sizeof(*places->at)),
		.filters = calloc((n + 1) * FILTERS_EACH,
				  sizeof(*places->filters)),
		.arena = gw_arena_new(TEXTS_FIRST, TEXTS_MAX),
	};
	if (!places->at || !places->filters || !places->arena) {
		return -ENOMEM;
	}
	gw_buf_init(&m.scratch, 0, MQTT_TOPIC_MAX);
	add_all(&m, broker, url);
	gw_buf_deinit(&m.scratch);
	assert(places->n <= n + 1);
	assert(places->n_filters <= (n + 1) * FILTERS_EACH);
	return gw_arena_is_short(places->arena) ? -ENOMEM : 0;
}

void mqtt_places_deinit(struct mqtt_places *places)
{
	free(places->at);
	free(places->filters);
	gw_arena_free(places->arena);
	*places = (struct mqtt_places){ 0 };
}

static bool has_level(const struct mqtt_place *place, struct gw_str level)
{
	return level.len > 0 && (gw_str_eq(place->level, level) ||
				 gw_str_eq(place->absolute, level));
}

const struct mqtt_place *mqtt_places_us(const struct mqtt_places *places,
					struct gw_str level)
{
	for (size_t i = 0; i < places->n; i++) {
		const struct mqtt_place *place = &places->at[i];

		if (place->role != MQTT_PEER && has_level(place, level)) {
			return place;
		}
	}
	return NULL;
}

const struct mqtt_place *mqtt_places_peer(const struct mqtt_places *places,
					  struct gw_str level)
{
	for (size_t i = 0; i < places->n; i++) {
		const struct mqtt_place *place = &places->at[i];

		if (place->role == MQTT_PEER && has_level(place, level)) {
			return place;
		}
	}
	return NULL;
}

const struct mqtt_place *mqtt_places_of(const struct mqtt_places *places,
					const struct gw_cse *cse)
{
	for (size_t i = 0; i < places->n; i++) {
		if (places->at[i].cse == cse) {
			return &places->at[i];
		}
	}
	return NULL;
}

struct mqtt_filter *mqtt_places_filter(const struct mqtt_places *places,
				       struct gw_str text)
{
	for (size_t i = 0; i < places->n_filters; i++) {
		if (gw_str_is(text, places->filters[i].text)) {
			return &places->filters[i];
		}
	}
	return NULL;
}

size_t mqtt_places_ask(struct mqtt_places *places, const char **at)
{
	size_t n = 0;

	for (size_t i = 0; i < places->n_filters; i++) {
		struct mqtt_filter *f = &places->filters[i];

		if (!f->is_granted) {
			f->is_asked_for = true;
			at[n++] = f->text;
		}
	}
	assert(n <= places->n_filters);
	return n;
}

bool mqtt_places_await(const struct mqtt_places *places)
{
	for (size_t i = 0; i < places->n_filters; i++) {
		if (places->filters[i].is_asked_for) {
			return true;
		}
	}
	return false;
}

bool mqtt_places_are_granted(const struct mqtt_places *places)
{
	for (size_t i = 0; i < places->n_filters; i++) {
		if (!places->filters[i].is_granted) {
			return false;
		}
	}
	return true;
}

void mqtt_places_forget_grants(struct mqtt_places *places)
{
	for (size_t i = 0; i < places->n_filters; i++) {
		places->filters[i].is_granted = false;
		places->filters[i].is_asked_for = false;
	}
}

size_t mqtt_places_outdated(const struct mqtt_places *places,
			    const struct mqtt_places *old, const char **at)
{
	size_t n = 0;

	for (size_t i = 0; i < old->n_filters; i++) {
		const char *text = old->filters[i].text;

		if (!mqtt_places_filter(places, gw_str_from(text))) {
			at[n++] = text;
		}
	}
	return n;
}

void mqtt_places_inherit(struct mqtt_places *places,
			 const struct mqtt_places *old)
{
	for (size_t i = 0; i < places->n_filters; i++) {
		struct mqtt_filter *f = &places->filters[i];
		const struct mqtt_filter *was = mqtt_places_filter(
			old, gw_str_from(f->text));

		f->is_asked_for = was && was->is_asked_for;
		f->is_granted = was && was->is_granted;
	}
}

bool mqtt_places_hears(const struct mqtt_places *places,
		       const struct mqtt_place *place)
{
	size_t i_place = (size_t)(place - places->at);

	assert(i_place < places->n);
	for (size_t i = 0; i < places->n_filters; i++) {
		const struct mqtt_filter *f = &places->filters[i];

		if (f->i_place == i_place && f->is_for_answers) {
			return f->is_granted;
		}
	}
	return false;
}
