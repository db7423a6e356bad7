/*
 * Turn - one request of a peer, until nobody can repeat it.
 */

#include "bindings/coap/coap_turn.h"

#include <assert.h>
#include <stdlib.h>

/* What one takes that is kept. */
static size_t bytes_of(const struct coap_turn *turn)
{
	return sizeof(*turn) + turn->len;
}

void coap_turns_init(struct coap_turns *ts, size_t memory_bytes)
{
	size_t max = memory_bytes / COAP_KEPT_SHARE;

	max = max < COAP_KEPT_BYTES_MAX ? max : COAP_KEPT_BYTES_MAX;
	ts->kept_bytes_max = max > COAP_KEPT_BYTES_MIN ? max
						       : COAP_KEPT_BYTES_MIN;
	coap_ring_init(&ts->open);
	coap_ring_init(&ts->kept);
}

void coap_turns_deinit(struct coap_turns *ts)
{
	assert(ts->by_id.n_entries == 0);
	assert(ts->n_kept == 0 && ts->n_kept_bytes == 0);
	gw_table_deinit(&ts->by_id);
}

/* A peer chooses the id only; whom it shares a hash with is chance. */
static uint64_t hash_of(const struct coap_peer *peer, uint16_t id)
{
	uint64_t hash = ((uint64_t)(uintptr_t)peer >> 4) * 0x9e3779b97f4a7c15U +
			id * 0x2545f4914f6cdd1dU;

	return hash >> 32;
}

static struct coap_turn *find(const struct coap_turns *ts,
			      const struct coap_peer *peer,
			      const struct coap_message *m)
{
	struct gw_table_entry *e = gw_table_first(&ts->by_id,
						  hash_of(peer, m->id));

	for (; e; e = gw_table_next(e)) {
		struct coap_turn *turn = gw_container(e, struct coap_turn,
						      by_id);

		if (turn->peer == peer && turn->id == m->id &&
		    turn->token_len == m->token_len &&
		    memcmp(turn->token, m->token, m->token_len) == 0) {
			return turn;
		}
	}
	return NULL;
}

struct coap_turn *coap_turns_find(struct coap_turns *ts,
				  const struct coap_peer *peer,
				  const struct coap_message *m, int64_t now_ms)
{
	struct coap_turn *turn = find(ts, peer, m);

	if (turn && turn->state == COAP_TURN_ANSWERED &&
	    now_ms - turn->at_ms >= COAP_EXCHANGE_LIFETIME_MS) {
		coap_turn_free(ts, turn);
		return NULL;
	}
	return turn;
}

struct coap_turn *coap_turn_new(struct coap_turns *ts, struct coap_peer *peer,
				const struct coap_message *m, int64_t now_ms)
{
	struct coap_turn *turn = calloc(1, sizeof(*turn));

	assert(m->token_len <= COAP_TOKEN_BYTES);
	if (!turn) {
		return NULL;
	}
	turn->peer = peer;
	turn->type = m->type;
	turn->id = m->id;
	turn->token_len = m->token_len;
	memcpy(turn->token, m->token, m->token_len);
	turn->at_ms = now_ms;
	turn->head_bytes = coap_message_head_bytes(m);
	turn->n_bytes = coap_message_bytes(m);
	gw_table_add(&ts->by_id, &turn->by_id, hash_of(peer, m->id));
	coap_ring_append(&peer->turns, &turn->of_peer);
	return turn;
}

static void unkeep(struct coap_turns *ts, struct coap_turn *turn)
{
	assert(ts->n_kept > 0 && ts->n_kept_bytes >= bytes_of(turn));
	assert(turn->peer->n_kept > 0);
	ts->n_kept--;
	ts->n_kept_bytes -= bytes_of(turn);
	turn->peer->n_kept--;
}

void coap_turn_free(struct coap_turns *ts, struct coap_turn *turn)
{
	assert(!turn->session && turn->reserved == 0);
	assert(!turn->pot.next && !turn->is_vouched);
	gw_table_remove(&ts->by_id, &turn->by_id);
	if (turn->state == COAP_TURN_ANSWERED) {
		unkeep(ts, turn);
	}
	coap_ring_remove(&turn->of_peer);
	coap_ring_remove(&turn->due);
	free(turn->bytes);
	free(turn);
}

static struct coap_turn *oldest_kept(const struct coap_turns *ts)
{
	return coap_ring_is_empty(&ts->kept)
		       ? NULL
		       : gw_container(ts->kept.next, struct coap_turn, due);
}

/* The oldest of a peer that is answered: those that are open may stand before
 * it. */
static struct coap_turn *oldest_of(const struct coap_peer *peer)
{
	for (struct coap_ring *r = peer->turns.next; r != &peer->turns;
	     r = r->next) {
		struct coap_turn *turn = gw_container(r, struct coap_turn,
						      of_peer);

		if (turn->state == COAP_TURN_ANSWERED) {
			return turn;
		}
	}
	return NULL;
}

static void make_room(struct coap_turns *ts, const struct coap_peer *peer)
{
	struct coap_turn *turn = NULL;

	if (peer->n_kept > COAP_KEPT_PER_PEER && (turn = oldest_of(peer))) {
		coap_turn_free(ts, turn);
	}
	while ((ts->n_kept > COAP_KEPT_MAX ||
		ts->n_kept_bytes > ts->kept_bytes_max) &&
	       (turn = oldest_kept(ts))) {
		coap_turn_free(ts, turn);
	}
}

void coap_turn_keep(struct coap_turns *ts, struct coap_turn *turn,
		    uint8_t *bytes, size_t len, int64_t now_ms)
{
	assert(turn->state != COAP_TURN_ANSWERED);
	assert(!turn->session && (bytes || len == 0));
	turn->state = COAP_TURN_ANSWERED;
	turn->at_ms = now_ms;
	turn->bytes = bytes;
	turn->len = len;
	ts->n_kept++;
	ts->n_kept_bytes += bytes_of(turn);
	turn->peer->n_kept++;
	coap_ring_append(&ts->kept, &turn->due);
	coap_ring_append(&turn->peer->turns, &turn->of_peer);
	make_room(ts, turn->peer);
	assert(ts->n_kept <= COAP_KEPT_MAX);
	assert(ts->n_kept_bytes <= ts->kept_bytes_max);
}

void coap_turns_sweep(struct coap_turns *ts, int64_t now_ms)
{
	struct coap_turn *turn = NULL;

	while ((turn = oldest_kept(ts)) &&
	       now_ms - turn->at_ms >= COAP_EXCHANGE_LIFETIME_MS) {
		assert(turn->state == COAP_TURN_ANSWERED);
		coap_turn_free(ts, turn);
	}
}
