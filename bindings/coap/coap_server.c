/*
 * Server - its tables, their clocks and their ends.
 */

#include "bindings/coap/coap_server.h"

#include <assert.h>
#include <coap3/coap.h>

#include "bindings/coap/coap_proof.h"
#include "core/account.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/lib/log.h"
#include "core/relay.h"

#define GW_LOG_TOPIC "coap"

#define SWEEP_MS 1000

/* What a peer takes beside its transfers, here and in the library. */
#define PEER_BYTES ((size_t)2 * 1024)

const struct gw_conf *coap_server_conf(const struct coap_server *s)
{
	return s->binding->conf;
}

void coap_server_open(struct coap_server *s, struct coap_turn *turn,
		      struct coap_session_t *session)
{
	assert(!turn->session && turn->state == COAP_TURN_OPEN);
	turn->session = coap_session_reference(session);
	coap_peer_open(&s->peers, turn->peer);
	coap_pot_enter(&s->pot, turn);
	coap_proof_reserve(turn);
	s->n_owed++;
	if (turn->type != COAP_CON) {
		return;
	}
	coap_ring_append(&s->turns.open, &turn->due);
	if (!gw_timer_is_set(&s->acknowledge)) {
		gw_timer_set(s->loop, &s->acknowledge,
			     turn->at_ms + COAP_ACKNOWLEDGE_MS);
	}
}

void coap_server_close(struct coap_server *s, struct coap_turn *turn)
{
	if (!turn->session) {
		return;
	}
	coap_session_release(turn->session);
	turn->session = NULL;
	turn->x = NULL;
	coap_proof_release(turn, turn->reserved);
	coap_ring_remove(&turn->due);
	coap_pot_leave(&s->pot, turn);
	assert(turn->reserved == 0);
	coap_peer_close(&s->peers, turn->peer);
	assert(s->n_owed > 0);
	s->n_owed--;
}

/* All turns wait equally long, so the oldest is the first. */
static void acknowledge(struct gw_timer *t)
{
	struct coap_server *s = gw_container(t, struct coap_server,
					     acknowledge);
	int64_t now_ms = gw_loop_now_ms(s->loop);

	while (!coap_ring_is_empty(&s->turns.open)) {
		struct coap_turn *turn = gw_container(s->turns.open.next,
						      struct coap_turn, due);
		int64_t due_ms = turn->at_ms + COAP_ACKNOWLEDGE_MS;

		if (due_ms > now_ms) {
			gw_timer_set(s->loop, t, due_ms);
			return;
		}
		assert(turn->session && turn->state == COAP_TURN_OPEN);
		coap_reply_acknowledge(turn, turn->session);
	}
}

void coap_server_charge_kept(struct coap_server *s)
{
	gw_memory_owe(s->binding->relay, &s->kept, NULL, s->turns.n_kept_bytes);
}

static void sweep(struct gw_timer *t)
{
	struct coap_server *s = gw_container(t, struct coap_server, sweep);
	int64_t now_ms = gw_loop_now_ms(s->loop);

	coap_transfers_sweep(&s->transfers, now_ms,
			     coap_server_conf(s)->coap.body_ms);
	coap_turns_sweep(&s->turns, now_ms);
	coap_peers_sweep(&s->peers, now_ms);
	coap_server_charge_kept(s);
	gw_timer_set(s->loop, t, now_ms + SWEEP_MS);
}

struct gw_account *coap_server_account(const struct coap_server *s,
				       struct coap_peer *peer)
{
	if (!peer->account) {
		peer->account = gw_relay_account_new(
			s->binding->relay, &coap_server_conf(s)->coap,
			gw_str_from(peer->host->text));
	}
	return peer->account;
}

static void end_transfers(struct coap_server *s, struct coap_peer *peer)
{
	while (!coap_ring_is_empty(&peer->transfers)) {
		coap_transfer_free(&s->transfers,
				   gw_container(peer->transfers.next,
						struct coap_transfer, of_peer));
	}
}

static bool give_up(struct gw_load *load)
{
	struct coap_peer *peer = gw_container(load, struct coap_peer, load);
	bool has_any = peer->n_bytes > 0;

	end_transfers(peer->all->arg, peer);
	return has_any;
}

static bool may_hold(void *arg, struct coap_peer *peer)
{
	struct coap_server *s = arg;
	struct gw_reason why;

	peer->load.give_up = give_up;
	return gw_memory_take(s->binding->relay, &peer->load,
			      coap_server_account(s, peer),
			      PEER_BYTES + peer->n_bytes,
			      &why) == GW_STATUS_NONE;
}

static void forget_peer(void *arg, struct coap_peer *peer)
{
	struct coap_server *s = arg;

	while (!coap_ring_is_empty(&peer->turns)) {
		struct coap_turn *turn = gw_container(
			peer->turns.next, struct coap_turn, of_peer);

		if (turn->x) {
			coap_receive_give_up(s, turn); // kept behind the others
			continue;
		}
		coap_server_close(s, turn);
		coap_turn_free(&s->turns, turn);
	}
	end_transfers(s, peer);
	gw_memory_give(s->binding->relay, &peer->load);
	peer->account = gw_account_leave(peer->account);
}

void coap_server_tell(const struct coap_server *s, gw_say_fn *say, void *arg)
{
	static const char *const names[] = {
#define COAP_REFUSAL(name, text) [COAP_REFUSED_##name] = (text),
#include "bindings/coap/coap_refusal.def"
#undef COAP_REFUSAL
	};

	say(arg, "peers", s->peers.peers.n_entries);
	say(arg, "asked", s->n_owed);
	say(arg, "kept", s->turns.n_kept_bytes);
	for (size_t i = 0; i < COAP_REFUSALS; i++) {
		if (s->n_refused[i] > 0) {
			say(arg, names[i], s->n_refused[i]);
		}
	}
}

void coap_server_start(struct coap_server *s, struct gw_binding *b)
{
	const struct gw_conf_listen *listen = &b->conf->coap;

	assert(!s->loop && s->n_owed == 0);
	*s = (struct coap_server){
		.binding = b,
		.loop = b->loop,
		.acknowledge.fire = acknowledge,
		.sweep.fire = sweep,
		.secret = { gw_loop_random(b->loop), gw_loop_random(b->loop) },
		.seed = gw_loop_random(b->loop),
		.peers = {
			.n_max = listen->connections,
			.n_max_per_address =
				listen->connections_per_address > 0
					? listen->connections_per_address
					: SIZE_MAX,
			.lifetime_ms = listen->idle_ms,
			.key = { gw_loop_random(b->loop),
				 gw_loop_random(b->loop) },
			.gone = forget_peer,
			.arg = s,
		},
	};
	if (s->peers.lifetime_ms < COAP_EXCHANGE_LIFETIME_MS) {
		s->peers.lifetime_ms = COAP_EXCHANGE_LIFETIME_MS;
	}
	coap_transfers_init(&s->transfers, may_hold, s);
	coap_turns_init(&s->turns, b->conf->limits.memory_bytes);
	coap_pot_init(&s->pot, listen->connections);
	coap_peers_init(&s->peers);
	gw_timer_set(s->loop, &s->sweep, gw_loop_now_ms(s->loop) + SWEEP_MS);
}

void coap_server_stop(struct coap_server *s)
{
	if (!s->loop) {
		return;
	}
	gw_timer_clear(s->loop, &s->acknowledge);
	gw_timer_clear(s->loop, &s->sweep);
	coap_peers_deinit(&s->peers);
	assert(s->n_owed == 0 && coap_ring_is_empty(&s->turns.open));
	assert(s->transfers.n == 0 && s->transfers.n_bytes == 0);
	coap_server_charge_kept(s);
	coap_turns_deinit(&s->turns);
	s->loop = NULL;
}
