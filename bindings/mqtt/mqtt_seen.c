/*
 * Seen - requests that came, and may come once more.
 */

#include "bindings/mqtt/mqtt_seen.h"

#include <stdlib.h>

#include "bindings/mqtt/mqtt_event.h"

#define N_SLOTS 8192

static struct mqtt_message **place_of(const struct mqtt_seen *s,
				      const struct mqtt_message *m)
{
	struct mqtt_message **at = &s->slots[m->key & (N_SLOTS - 1)];

	while (*at != m) {
		at = &(*at)->next_in_slot;
	}
	return at;
}

static void drop_answer(struct mqtt_seen *s, struct mqtt_message *m)
{
	if (m->answer) {
		s->n_bytes -= m->answer->n_bytes;
		m->answer = mqtt_out_free(m->answer);
	}
}

static void drop_oldest(struct mqtt_seen *s)
{
	struct mqtt_message *m = s->oldest;

	*place_of(s, m) = m->next_in_slot;
	s->oldest = m->newer;
	if (s->keeping == m) {
		s->keeping = m->newer;
	}
	if (!s->oldest) {
		s->newest = NULL;
	}
	if (m->holder) {
		*m->holder = NULL;
	}
	drop_answer(s, m);
	s->n_messages--;
	free(m);
}

void mqtt_seen_deinit(struct mqtt_seen *s)
{
	while (s->oldest) {
		drop_oldest(s);
	}
	free(s->slots);
	s->slots = NULL;
}

const struct mqtt_message *mqtt_seen_find(struct mqtt_seen *s, uint64_t key,
					  bool is_marked, int64_t now_ms)
{
	const struct mqtt_message *m = NULL;
	int64_t age_ms = is_marked ? MQTT_SEEN_MARKED_MS : MQTT_SEEN_MS;

	while (s->oldest && s->oldest->at_ms + MQTT_SEEN_MARKED_MS <= now_ms) {
		drop_oldest(s);
	}
	if (!s->slots) {
		return NULL;
	}
	m = s->slots[key & (N_SLOTS - 1)];
	while (m && m->key != key) {
		m = m->next_in_slot;
	}
	return m && (m->holder || m->at_ms + age_ms > now_ms) ? m : NULL;
}

static bool has_slots(struct mqtt_seen *s)
{
	if (!s->slots) {
		s->slots = calloc(N_SLOTS, sizeof(struct mqtt_message *));
	}
	return s->slots != NULL;
}

void mqtt_seen_add(struct mqtt_seen *s, uint64_t key, int64_t now_ms,
		   struct mqtt_message **holderp)
{
	struct mqtt_message *m = has_slots(s) ? calloc(1, sizeof(*m)) : NULL;
	struct mqtt_message **slot = NULL;

	*holderp = m;
	if (!m) {
		return;
	}
	slot = &s->slots[key & (N_SLOTS - 1)];
	*m = (struct mqtt_message){
		.key = key,
		.at_ms = now_ms,
		.next_in_slot = *slot,
		.holder = holderp,
	};
	*slot = m;
	if (s->newest) {
		s->newest->newer = m;
	} else {
		s->oldest = m;
	}
	s->newest = m;
	if (!s->keeping) {
		s->keeping = m;
	}
	if (++s->n_messages > MQTT_SEEN_MAX) {
		drop_oldest(s);
	}
}

/* Make room for an answer: the answers of the oldest messages go first. */
static void make_room(struct mqtt_seen *s, size_t n_bytes)
{
	while (s->keeping && s->n_bytes + n_bytes > MQTT_SEEN_BYTES) {
		struct mqtt_message *m = s->keeping;

		m->is_passed = true;
		drop_answer(s, m);
		s->keeping = m->newer;
	}
}

void mqtt_seen_answered(struct mqtt_seen *s, struct mqtt_message **holderp,
			const struct mqtt_out *out)
{
	struct mqtt_message *m = gw_take(holderp);

	if (!m) {
		return;
	}
	m->holder = NULL;
	if (!out || out->payload.len > MQTT_SEEN_ANSWER_MAX) {
		return;
	}
	make_room(s, out->n_bytes);
	if (m->is_passed) {
		return;
	}
	m->answer = mqtt_out_new(gw_str_from(out->topic), out->payload);
	s->n_bytes += m->answer ? m->answer->n_bytes : 0;
}
