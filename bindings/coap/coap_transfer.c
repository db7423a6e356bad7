/*
 * Transfer - what comes or is fetched block by block.
 */

#include "bindings/coap/coap_transfer.h"

#include <assert.h>
#include <stdlib.h>

#include "bindings/coap/coap_proof.h"
#include "core/lib/arena.h"
#include "core/lib/log.h"

#define GW_LOG_TOPIC "coap"

void coap_transfers_init(struct coap_transfers *ts, coap_may_hold_fn *may_hold,
			 void *arg)
{
	ts->may_hold = may_hold;
	ts->arg = arg;
	coap_ring_init(&ts->requests);
	coap_ring_init(&ts->answers);
}

struct coap_transfer *coap_transfer_find(const struct coap_peer *peer,
					 struct coap_key key, bool is_answer)
{
	for (struct coap_ring *r = peer->transfers.prev; r != &peer->transfers;
	     r = r->prev) {
		struct coap_transfer *t = gw_container(r, struct coap_transfer,
						       of_peer);

		assert(t->peer == peer);
		if (t->key.head == key.head &&
		    (key.payload == 0 || t->key.payload == key.payload) &&
		    (t->answer != NULL) == is_answer) {
			return t;
		}
	}
	return NULL;
}

/* Where its peer counts it. */
static uint16_t *counter(const struct coap_transfer *t)
{
	return t->answer ? &t->peer->n_offers : &t->peer->n_uploads;
}

void coap_transfer_free(struct coap_transfers *ts, struct coap_transfer *t)
{
	assert(ts->n > 0 && ts->n_bytes >= t->n_bytes);
	assert(*counter(t) > 0);
	assert(!t->answer == !t->message);
	ts->n--;
	ts->n_bytes -= t->n_bytes;
	t->peer->n_bytes -= t->n_bytes;
	(void)ts->may_hold(ts->arg, t->peer);
	*counter(t) -= 1;
	coap_ring_remove(&t->of_peer);
	coap_ring_remove(&t->due);
	gw_buf_deinit(&t->body);
	gw_primitive_free(t->answer);
	free(t->message);
	free(t);
}

static bool has_too_much(const struct coap_transfers *ts)
{
	return ts->n_bytes > COAP_TRANSFER_BYTES_MAX;
}

/* The oldest in a ring, but for this one. */
static struct coap_transfer *oldest(const struct coap_ring *ring,
				    const struct coap_transfer *but)
{
	struct coap_ring *r = ring->next;

	if (but && r == &but->due) {
		r = r->next;
	}
	return r == ring ? NULL : gw_container(r, struct coap_transfer, due);
}

/* The one to be given up first: an answer can be asked for again. */
static struct coap_transfer *victim(const struct coap_transfers *ts,
				    const struct coap_transfer *but)
{
	struct coap_transfer *t = oldest(&ts->answers, but);

	return t ? t : oldest(&ts->requests, but);
}

/* The oldest of its kind that a peer has. */
static struct coap_transfer *oldest_of(const struct coap_peer *peer,
				       bool is_answer)
{
	for (struct coap_ring *r = peer->transfers.next; r != &peer->transfers;
	     r = r->next) {
		struct coap_transfer *t = gw_container(r, struct coap_transfer,
						       of_peer);

		if ((t->answer != NULL) == is_answer) {
			return t;
		}
	}
	return NULL;
}

static void make_room(struct coap_transfers *ts, const struct coap_peer *peer,
		      bool is_answer)
{
	struct coap_transfer *t = oldest_of(peer, is_answer);

	if (t && (is_answer ? peer->n_offers >= COAP_OFFERS_PER_PEER
			    : peer->n_uploads >= COAP_UPLOADS_PER_PEER)) {
		coap_transfer_free(ts, t);
	}
	while ((ts->n >= COAP_TRANSFERS_MAX || has_too_much(ts)) &&
	       (t = victim(ts, NULL))) {
		coap_transfer_free(ts, t);
	}
}

/* answer is NULL for a request; it is taken on success only. */
static struct coap_transfer *make(struct coap_transfers *ts,
				  struct coap_peer *peer, struct coap_key key,
				  struct gw_primitive *answer)
{
	struct coap_transfer *t = NULL;

	make_room(ts, peer, answer != NULL);
	assert(peer->n_uploads <= COAP_UPLOADS_PER_PEER);
	assert(peer->n_offers <= COAP_OFFERS_PER_PEER);
	assert(ts->n < COAP_TRANSFERS_MAX);
	t = calloc(1, sizeof(*t));
	if (!t) {
		return NULL;
	}
	t->peer = peer;
	t->key = key;
	t->answer = answer;
	t->at_ms = peer->seen_ms;
	ts->n++;
	*counter(t) += 1;
	coap_ring_append(&peer->transfers, &t->of_peer);
	return t;
}

struct coap_transfer *coap_transfer_receive(struct coap_transfers *ts,
					    struct coap_peer *peer,
					    struct coap_key key,
					    size_t limit_bytes)
{
	struct coap_transfer *t = make(ts, peer, key, NULL);

	if (t) {
		gw_buf_init(&t->body, 0, limit_bytes);
		coap_ring_append(&ts->requests, &t->due);
	}
	return t;
}

struct coap_transfer *coap_transfer_offer(struct coap_transfers *ts,
					  struct coap_peer *peer,
					  struct coap_key key,
					  struct gw_primitive *answer,
					  const struct coap_message *m)
{
	struct coap_transfer *t = coap_transfer_find(peer, key, true);
	struct coap_message *copy = malloc(sizeof(*copy));

	assert(answer);
	if (t) {
		coap_transfer_free(ts, t);
	}
	t = copy ? make(ts, peer, key, answer) : NULL;
	if (!t) {
		free(copy);
		gw_primitive_free(answer);
		return NULL;
	}
	coap_message_copy(copy, m);
	gw_buf_init(&t->body, 0, 0);
	t->message = copy;
	t->payload = m->payload;
	coap_ring_append(&ts->answers, &t->due);
	if (!coap_transfer_grew(ts, t,
				sizeof(*copy) +
					gw_arena_bytes_held(answer->arena))) {
		coap_transfer_free(ts, t);
		return NULL;
	}
	return t;
}

bool coap_transfer_grew(struct coap_transfers *ts, struct coap_transfer *t,
			size_t n_bytes)
{
	struct coap_transfer *other = NULL;

	t->n_bytes += n_bytes;
	t->peer->n_bytes += n_bytes;
	ts->n_bytes += n_bytes;
	assert(t->n_bytes <= t->peer->n_bytes &&
	       t->peer->n_bytes <= ts->n_bytes);
	while (has_too_much(ts) && (other = victim(ts, t))) {
		coap_transfer_free(ts, other);
	}
	return !has_too_much(ts) && ts->may_hold(ts->arg, t->peer);
}

void coap_transfer_touch(struct coap_transfers *ts, struct coap_transfer *t)
{
	assert(t->answer);
	t->at_ms = t->peer->seen_ms;
	coap_ring_append(&ts->answers, &t->due);
}

/* Who has no proof, and does not fetch what is left of its answer, may know
 * neither blocks nor Echo, and nobody would find out. */
static void tell_unfetched(const struct coap_transfer *t)
{
	const struct coap_peer *peer = t->peer;
	bool is_cut = t->is_held || t->is_begun;

	if (!is_cut || !coap_peer_is_unproven(peer) || peer->host->is_told) {
		return;
	}
	t->peer->host->is_told = true;
	gw_warn("not-fetched",
		"%s has not fetched an answer of %zu bytes, of which it got %s: "
		"a client that knows neither blocks nor Echo has to be in "
		"listen.coap.trust",
		t->peer->host->text, t->payload.len,
		t->is_held ? "none" : "the first block");
}

static void sweep(struct coap_transfers *ts, const struct coap_ring *ring,
		  int64_t before_ms)
{
	struct coap_transfer *t = NULL;

	while ((t = oldest(ring, NULL)) && t->at_ms <= before_ms) {
		tell_unfetched(t);
		coap_transfer_free(ts, t);
	}
}

void coap_transfers_sweep(struct coap_transfers *ts, int64_t now_ms,
			  int64_t body_ms)
{
	sweep(ts, &ts->requests, now_ms - body_ms);
	sweep(ts, &ts->answers, now_ms - body_ms);
}
