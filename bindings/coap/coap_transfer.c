/*
 * Transfer - what comes or is fetched block by block.
 */

#include "bindings/coap/coap_transfer.h"

#include <stdlib.h>

void coap_transfers_init(struct coap_transfers *ts)
{
	coap_ring_init(&ts->requests);
	coap_ring_init(&ts->answers);
}

struct coap_transfer *coap_transfer_find(const struct coap_peer *peer,
					 uint64_t key, bool is_answer)
{
	for (struct coap_ring *r = peer->transfers.next; r != &peer->transfers;
	     r = r->next) {
		struct coap_transfer *t = gw_container(r, struct coap_transfer,
						       of_peer);

		if (t->key == key && (t->answer != NULL) == is_answer) {
			return t;
		}
	}
	return NULL;
}

void coap_transfer_free(struct coap_transfers *ts, struct coap_transfer *t)
{
	ts->n--;
	ts->n_bytes -= gw_buf_bytes(&t->body).len + t->payload.len;
	t->peer->n_transfers--;
	coap_ring_remove(&t->of_peer);
	coap_ring_remove(&t->due);
	gw_buf_deinit(&t->body);
	gw_primitive_free(t->answer);
	free(t);
}

static bool is_full(const struct coap_transfers *ts)
{
	return ts->n >= COAP_TRANSFERS_MAX ||
	       ts->n_bytes > COAP_TRANSFER_BYTES_MAX;
}

static struct coap_transfer *oldest(const struct coap_ring *ring)
{
	return coap_ring_is_empty(ring)
		       ? NULL
		       : gw_container(ring->next, struct coap_transfer, due);
}

static void make_room(struct coap_transfers *ts, const struct coap_peer *peer)
{
	struct coap_transfer *t = NULL;

	if (peer->n_transfers >= COAP_TRANSFERS_PER_PEER) {
		coap_transfer_free(ts,
				   gw_container(peer->transfers.next,
						struct coap_transfer, of_peer));
	}
	while (is_full(ts) &&
	       ((t = oldest(&ts->answers)) || (t = oldest(&ts->requests)))) {
		coap_transfer_free(ts, t);
	}
}

static struct coap_transfer *make(struct coap_transfers *ts,
				  struct coap_peer *peer, uint64_t key)
{
	struct coap_transfer *t = NULL;

	make_room(ts, peer);
	t = calloc(1, sizeof(*t));
	if (!t) {
		return NULL;
	}
	t->peer = peer;
	t->key = key;
	t->at_ms = peer->seen_ms;
	ts->n++;
	peer->n_transfers++;
	coap_ring_append(&peer->transfers, &t->of_peer);
	return t;
}

struct coap_transfer *coap_transfer_receive(struct coap_transfers *ts,
					    struct coap_peer *peer,
					    uint64_t key, size_t limit_bytes)
{
	struct coap_transfer *t = make(ts, peer, key);

	if (t) {
		gw_buf_init(&t->body, 0, limit_bytes);
		coap_ring_append(&ts->requests, &t->due);
	}
	return t;
}

struct coap_transfer *coap_transfer_offer(struct coap_transfers *ts,
					  struct coap_peer *peer, uint64_t key,
					  struct gw_primitive *answer)
{
	struct coap_transfer *t = coap_transfer_find(peer, key, true);

	if (t) {
		coap_transfer_free(ts, t);
	}
	t = make(ts, peer, key);
	if (!t) {
		gw_primitive_free(answer);
		return NULL;
	}
	gw_buf_init(&t->body, 0, 0);
	t->answer = answer;
	coap_ring_append(&ts->answers, &t->due);
	return t;
}

void coap_transfer_grew(struct coap_transfers *ts, size_t n_bytes)
{
	ts->n_bytes += n_bytes;
}

void coap_transfer_touch(struct coap_transfers *ts, struct coap_transfer *t)
{
	t->at_ms = t->peer->seen_ms;
	coap_ring_append(&ts->answers, &t->due);
}

static void sweep(struct coap_transfers *ts, const struct coap_ring *ring,
		  int64_t before_ms)
{
	struct coap_transfer *t = NULL;

	while ((t = oldest(ring)) && t->at_ms <= before_ms) {
		coap_transfer_free(ts, t);
	}
}

void coap_transfers_sweep(struct coap_transfers *ts, int64_t now_ms,
			  int64_t body_ms)
{
	sweep(ts, &ts->requests, now_ms - body_ms);
	sweep(ts, &ts->answers, now_ms - body_ms);
}
