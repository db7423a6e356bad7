/*
 * Seen - requests that came, and may come once more.
 */

#include "bindings/mqtt/mqtt_seen.h"

#include <assert.h>
#include <stdlib.h>

#include "bindings/mqtt/mqtt_event.h"

static void forget(struct mqtt_seen *s, struct mqtt_seen_message *m)
{
	gw_table_remove(&s->messages, &m->by_key);
	*(m->older ? &m->older->newer : &s->oldest) = m->newer;
	*(m->newer ? &m->newer->older : &s->newest) = m->older;
	if (s->keeping == m) {
		s->keeping = m->newer;
	}
	if (m->holder) {
		assert(*m->holder == m);
		*m->holder = NULL;
	}
	if (m->answer) {
		assert(s->n_bytes >= m->answer->n_bytes);
		s->n_bytes -= m->answer->n_bytes;
		mqtt_out_free(m->answer);
	}
	free(m);
}

void mqtt_seen_deinit(struct mqtt_seen *s)
{
	while (s->oldest) {
		forget(s, s->oldest);
	}
	assert(!s->newest && !s->keeping);
	assert(s->n_bytes == 0 && s->messages.n_entries == 0);
	gw_table_deinit(&s->messages);
}

static struct mqtt_seen_message *find(const struct mqtt_seen *s, uint64_t key)
{
	struct gw_table_entry *e = gw_table_first(&s->messages, key);

	return e ? gw_container(e, struct mqtt_seen_message, by_key) : NULL;
}

struct mqtt_seen_message *mqtt_seen_find(struct mqtt_seen *s, uint64_t key,
					 int64_t age_ms, int64_t now_ms)
{
	struct mqtt_seen_message *m = NULL;

	while (s->oldest && s->oldest->at_ms + MQTT_SEEN_MARKED_MS <= now_ms) {
		forget(s, s->oldest);
	}
	m = find(s, key);
	return m && (m->holder || m->at_ms + age_ms > now_ms) ? m : NULL;
}

void mqtt_seen_add(struct mqtt_seen *s, uint64_t key, int64_t now_ms,
		   struct mqtt_seen_message **holderp)
{
	struct mqtt_seen_message *old = find(s, key);
	struct mqtt_seen_message *m = calloc(1, sizeof(*m));

	*holderp = m;
	if (!m) {
		return;
	}
	if (old) {
		assert(!old->holder);
		forget(s, old);
	}
	m->at_ms = now_ms;
	m->older = s->newest;
	m->holder = holderp;
	gw_table_add(&s->messages, &m->by_key, key);
	if (s->newest) {
		s->newest->newer = m;
	} else {
		s->oldest = m;
	}
	s->newest = m;
	assert(s->oldest && !m->newer);
	if (!s->keeping) {
		s->keeping = m;
	}
	if (s->messages.n_entries > MQTT_SEEN_MAX) {
		forget(s, s->oldest);
	}
	assert(s->messages.n_entries <= MQTT_SEEN_MAX);
}

/* Make room for an answer: the oldest messages that have one go first. */
static void make_room(struct mqtt_seen *s, size_t n_bytes)
{
	while (s->keeping && s->n_bytes + n_bytes > MQTT_SEEN_BYTES) {
		struct mqtt_seen_message *m = s->keeping;

		s->keeping = m->newer;
		if (m->answer) {
			forget(s, m);
		} else {
			m->is_passed = true;
		}
	}
}

/* Keep its answer.  False when there is no room. */
static bool keep(struct mqtt_seen *s, struct mqtt_seen_message *m,
		 const struct mqtt_out *out)
{
	if (out->payload.len > MQTT_SEEN_ANSWER_MAX) {
		return false;
	}
	make_room(s, out->n_bytes);
	if (m->is_passed) {
		return false;
	}
	m->answer = mqtt_out_new(gw_str_from(out->topic), out->payload);
	s->n_bytes += m->answer ? m->answer->n_bytes : 0;
	return m->answer != NULL;
}

static void mark(struct mqtt_seen_message *m, struct mqtt_out *out)
{
	assert(m->answer && !m->going);
	m->going = out;
	out->is_answer = true;
	out->key = m->by_key.hash;
}

void mqtt_seen_answered(struct mqtt_seen *s, struct mqtt_seen_message **holderp,
			struct mqtt_out *out)
{
	struct mqtt_seen_message *m = gw_take(holderp);

	if (!m) {
		return;
	}
	assert(m->holder == holderp);
	assert(!m->answer);
	m->holder = NULL;
	if (!out) {
		return;
	}
	if (keep(s, m, out)) {
		mark(m, out);
	} else {
		forget(s, m);
	}
}

void mqtt_seen_forget(struct mqtt_seen *s, struct mqtt_seen_message **holderp)
{
	if (*holderp) {
		forget(s, *holderp);
	}
}

struct mqtt_out *mqtt_seen_repeat(struct mqtt_seen_message *m)
{
	struct mqtt_out *out = NULL;

	if (m->answer && !m->going) {
		out = mqtt_out_new(gw_str_from(m->answer->topic),
				   m->answer->payload);
	}
	if (out) {
		mark(m, out);
	}
	return out;
}

void mqtt_seen_arrived(struct mqtt_seen *s, const struct mqtt_out *out)
{
	struct mqtt_seen_message *m = out->is_answer ? find(s, out->key) : NULL;

	if (m && m->going == out) {
		m->going = NULL;
	}
}
