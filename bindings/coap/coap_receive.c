/*
 * A message comes in and becomes a turn and an exchange.
 */

#include <assert.h>
#include <coap3/coap.h>
#include <stdio.h>

#include "bindings/coap/coap_io.h"
#include "bindings/coap/coap_proof.h"
#include "bindings/coap/coap_server.h"
#include "core/binding.h"
#include "core/codec/content.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/lib/arena.h"
#include "core/registry.h"
#include "core/relay.h"
#include "core/report.h"
#include "core/status.h"

#define SHORT "the gateway is short of memory"
#define BAD_BLOCK "a Block option is ill-formed"

/* Room for a code as text. */
#define CODE_BYTES 8

/* What all texts of a request may come to, beside its content: a query as JSON
 * is the largest. */
#define TEXTS_BYTES_MAX ((size_t)256 * 1024)

/* A message under way through this file. */
struct arrival {
	struct coap_server *server;
	struct coap_turn *turn;
	struct coap_message *m;
	struct coap_transfer *upload; // whose body the payload is; or NULL
};

static void refuse(struct arrival *a, const struct gw_primitive *request,
		   enum gw_status status, const struct gw_reason *why)
{
	struct gw_primitive *answer = gw_primitive_new_error(request, status,
							     why->text);
	struct gw_reason ignored;

	gw_report_refusal(&(struct gw_refusal){
		.binding = a->server->binding,
		.peer = gw_str_from(a->turn->peer->host->text),
		.is_unproven = coap_peer_is_unproven(a->turn->peer),
		.request = request,
		.status = status,
		.reason = why->text,
	});
	if (answer && gw_content_become(answer, a->turn->asked.wants,
					&ignored) != GW_STATUS_NONE) {
		answer = gw_primitive_free(answer);
	}
	coap_reply(a->server, a->turn, request, answer);
}

/* Refuse before anything is known but the options. */
static void refuse_code(struct arrival *a, enum coap_refusal reason,
			uint8_t code, const char *why)
{
	char text[CODE_BYTES];

	a->server->n_refused[reason]++;
	(void)snprintf(text, sizeof(text), "%u.%02u", code >> 5, code & 31);
	gw_report_refusal(&(struct gw_refusal){
		.binding = a->server->binding,
		.peer = gw_str_from(a->turn->peer->host->text),
		.is_unproven = coap_peer_is_unproven(a->turn->peer),
		.status = code >> 5 == 5 ? GW_STATUS_INTERNAL_SERVER_ERROR
					 : GW_STATUS_BAD_REQUEST,
		.code = text,
		.reason = why,
	});
	coap_reply_code(a->server, a->turn, code);
}

static void open_exchange(struct arrival *a, struct gw_primitive *request)
{
	struct coap_turn *turn = a->turn;
	struct gw_binding *b = a->server->binding;
	struct gw_exchange *x = NULL;
	bool is_unanswered = gw_primitive_is_silent(request);
	struct gw_asker asker = {
		.binding = b,
		.native = turn,
		.host = gw_str_from(turn->peer->host->text),
		.account = coap_server_account(a->server, turn->peer),
		.is_unproven = coap_peer_is_unproven(turn->peer),
		.media = turn->asked.wants,
	};

	assert(!turn->x && turn->session);
	if (gw_exchange_open(&x, b->relay, &asker, request)) {
		refuse_code(a, COAP_REFUSED_MEMORY, COAP_CODE(5, 0), SHORT);
		return;
	}
	if (is_unanswered) {
		gw_exchange_abandon(x);
		coap_reply_nothing(a->server, turn);
		return;
	}
	turn->x = x;
}

/* Which numbers of options are spoken at an address is what the last good
 * request that tells it says; one that does not tell is answered in them. */
static void note_dialect(struct coap_turn *turn, bool is_good)
{
	struct coap_host *host = turn->peer->host;

	if (!turn->asked.has_dialect) {
		turn->asked.is_legacy = host->is_legacy;
	} else if (is_good) {
		host->has_spoken = true;
		host->is_legacy = turn->asked.is_legacy;
	}
}

/* Give a bare notification an id, and the CSE at the address of its peer, of
 * the configuration or registered, as its originator: tinyIoT sends nothing but
 * the path and the content.  False when that is not one CSE. */
static bool name_sender(const struct coap_server *s,
			const struct coap_peer *peer,
			struct gw_primitive *notification)
{
	const struct gw_relay *relay = s->binding->relay;
	struct gw_str host = gw_str_from(peer->host->text);
	struct gw_arena *a = notification->arena;
	const struct gw_cse *cse = gw_cse_at(relay, s->binding, host);
	const struct gw_registree *r = gw_registry_find_cse_at(
		gw_relay_registry(relay), host);

	if (!cse == !r) {
		return false;
	}
	notification->from = r ? gw_arena_str(a, r->id)
			       : gw_arena_print(a, GW_STR_FMT GW_STR_FMT,
						GW_STR_ARG(cse->sp),
						GW_STR_ARG(cse->id));
	/* The CSE-ID without its slash, as in requests of our own. */
	notification->id = gw_arena_print(
		a, "%s/%llx", coap_server_conf(s)->node.cse_id + 1,
		(unsigned long long)gw_loop_random(s->loop));
	return notification->from.len > 0 && notification->id.len > 0;
}

/* What came in blocks was copied, or is not needed. */
static void drop_upload(struct arrival *a)
{
	if (a->upload) {
		coap_transfer_free(&a->server->transfers, a->upload);
		a->upload = NULL;
	}
}

static void decode(struct arrival *a)
{
	size_t content = coap_server_conf(a->server)->limits.content_bytes;
	struct gw_primitive *request = NULL;
	struct gw_reason why = { "" };
	enum gw_status status = coap_decode_request(
		&request, &a->turn->asked, &why, a->m,
		TEXTS_BYTES_MAX + 4 * content);

	drop_upload(a);
	if (!request) {
		refuse_code(a, COAP_REFUSED_MEMORY, COAP_CODE(5, 0), SHORT);
		return;
	}
	note_dialect(a->turn, status == GW_STATUS_NONE);
	if (status == GW_STATUS_NONE && a->turn->asked.is_bare &&
	    !name_sender(a->server, a->turn->peer, request)) {
		status = gw_refuse(&why, "oneM2M-RQI is missing, and who this "
					 "is from cannot be told");
	}
	if (status == GW_STATUS_NONE) {
		open_exchange(a, request);
		return;
	}
	a->server->n_refused[COAP_REFUSED_UNREADABLE]++;
	refuse(a, request, status, &why);
	gw_primitive_free(request);
}

/* Where the bound of a request is told (RFC 7959 2.9.3). */
static void refuse_size(struct arrival *a)
{
	refuse_code(a, COAP_REFUSED_SIZE, COAP_TOO_LARGE,
		    "the content is larger than limits.content");
}

static bool is_announced_too_large(const struct arrival *a)
{
	uint32_t size = 0;

	return coap_message_get_uint(&size, a->m, COAP_OPTION_SIZE1) &&
	       (size > coap_server_conf(a->server)->limits.content_bytes ||
		size > coap_block_limit(a->turn->block1.size));
}

static struct coap_transfer *upload_of(struct arrival *a,
				       const struct coap_block *b)
{
	struct coap_transfers *ts = &a->server->transfers;
	struct coap_peer *peer = a->turn->peer;
	struct coap_transfer *t = coap_transfer_find(peer, a->turn->key, false);

	if (b->number > 0) {
		return t;
	}
	if (t) {
		coap_transfer_free(ts, t); // it begins anew
	}
	return coap_transfer_receive(
		ts, peer, a->turn->key,
		coap_server_conf(a->server)->limits.content_bytes);
}

/* One block of a request.  True when it was the last: then the payload is all
 * of them. */
static bool take_block(struct arrival *a, const struct coap_block *b)
{
	struct coap_transfer *t = upload_of(a, b);
	enum coap_taken taken = COAP_OUT_OF_ORDER;

	assert(!a->upload);
	if (t) {
		taken = coap_block_take(&t->body, b, a->m->payload);
	}
	if ((taken == COAP_TAKEN || taken == COAP_TAKEN_ALL) &&
	    !coap_transfer_grew(&a->server->transfers, t, a->m->payload.len)) {
		coap_transfer_free(&a->server->transfers, t);
		refuse_code(a, COAP_REFUSED_MEMORY, COAP_UNAVAILABLE,
			    "there is no room for the content now "
			    "(limits.memory)");
		return false;
	}
	switch (taken) {
	case COAP_TAKEN:
	case COAP_TAKEN_BEFORE:
		coap_reply_code(a->server, a->turn, COAP_CONTINUE);
		return false;
	case COAP_TAKEN_ALL:
		a->upload = t;
		a->m->payload = gw_buf_bytes(&t->body);
		return true;
	default:
		break;
	}
	if (t) {
		coap_transfer_free(&a->server->transfers, t);
	}
	if (taken == COAP_OVERFLOW) {
		refuse_size(a);
	} else {
		bool is_bad = taken == COAP_ILL_FORMED;

		refuse_code(a, COAP_REFUSED_BLOCKS,
			    is_bad ? COAP_CODE(4, 0) : COAP_INCOMPLETE,
			    is_bad ? "a block of the content is ill-formed"
				   : "a block of the content is missing");
	}
	return false;
}

/* Blocks of the request.  True when it is complete. */
static bool take_blocks(struct arrival *a)
{
	struct coap_turn *turn = a->turn;
	bool is_bad = false;

	turn->has_block1 = coap_block_get(&turn->block1, &is_bad, a->m,
					  COAP_OPTION_BLOCK1);
	if (is_bad) {
		refuse_code(a, COAP_REFUSED_BLOCKS, COAP_CODE(4, 0), BAD_BLOCK);
		return false;
	}
	if (a->m->payload.len >
		    coap_server_conf(a->server)->limits.content_bytes ||
	    (turn->has_block1 && is_announced_too_large(a))) {
		refuse_size(a);
		return false;
	}
	if (!turn->has_block1 ||
	    (turn->block1.number == 0 && !turn->block1.has_more)) {
		return true;
	}
	return take_block(a, &turn->block1);
}

/* A part of an answer that is kept, or all of it now that the peer has proved
 * its address.  True when that was asked for. */
static bool give_block(struct arrival *a)
{
	struct coap_turn *turn = a->turn;
	struct coap_transfer *t = NULL;
	bool is_bad = false;

	turn->has_block2 = coap_block_get(&turn->block2, &is_bad, a->m,
					  COAP_OPTION_BLOCK2);
	if (is_bad) {
		refuse_code(a, COAP_REFUSED_BLOCKS, COAP_CODE(4, 0), BAD_BLOCK);
		return true;
	}
	coap_key_add_payload(&turn->key, a->m->payload, a->server->seed);
	t = coap_transfer_find(turn->peer, turn->key, true);
	if (!t ||
	    (!t->is_held && (!turn->has_block2 || turn->block2.number == 0))) {
		/* A RETRIEVE may be carried out again for a block of its
		 * answer; nothing else may. */
		if (turn->has_block2 && turn->block2.number > 0 &&
		    a->m->code != COAP_GET && a->m->code != COAP_FETCH) {
			refuse_code(a, COAP_REFUSED_BLOCKS, COAP_INCOMPLETE,
				    "the rest of that answer is not kept");
			return true;
		}
		return false;
	}
	coap_reply_block(a->server, turn, t);
	return true;
}

static bool is_for_a_proxy(const struct coap_message *m)
{
	return gw_str_is_present(coap_message_get(m, COAP_OPTION_PROXY_URI)) ||
	       gw_str_is_present(coap_message_get(m, COAP_OPTION_PROXY_SCHEME));
}

static void take(struct arrival *a)
{
	assert(a->turn->state == COAP_TURN_OPEN && a->turn->session);
	if (is_for_a_proxy(a->m)) {
		refuse_code(a, COAP_REFUSED_PROXY, COAP_NO_PROXY,
			    "the gateway is no proxy");
		return;
	}
	a->turn->key = coap_message_key(a->m, a->server->seed);
	if (take_blocks(a) && !give_block(a)) {
		decode(a);
	}
	drop_upload(a);
	assert(a->turn->x || a->turn->state == COAP_TURN_ANSWERED);
}

/* What is known of the sender. */
static enum coap_proof proof_of(const struct coap_server *s,
				const struct gw_net_end *end,
				const struct coap_message *m)
{
	if (gw_conf_networks_have(&coap_server_conf(s)->coap.trust,
				  &end->address)) {
		return COAP_TRUSTED;
	}
	return coap_proof_is_brought(s, end, m) ? COAP_PROVEN : COAP_UNPROVEN;
}

void coap_receive_give_up(struct coap_server *s, struct coap_turn *turn)
{
	struct arrival a = { .server = s, .turn = turn };
	struct gw_exchange *x = turn->x;
	struct gw_reason why = {
		"its address is not proven, and another needs its place"
	};

	assert(x && turn->session);
	s->n_refused[COAP_REFUSED_OVERDUE]++;
	refuse(&a, x->request, GW_STATUS_REQUEST_TIMEOUT, &why);
	gw_exchange_abandon(x);
}

/* Whether one more request of a peer may be open, for which another makes room
 * if need be. */
static bool has_place(struct coap_server *s, const struct coap_peer *peer)
{
	struct coap_turn *turn = NULL;

	if (coap_pot_has_room(&s->pot, peer)) {
		return true;
	}
	turn = coap_pot_overdue(&s->pot, gw_loop_now_ms(s->loop));
	if (turn) {
		coap_receive_give_up(s, turn);
	}
	return coap_pot_has_room(&s->pot, peer);
}

/* A turn for a message.  False when there is none, with the reason. */
static bool begin(enum coap_refusal *reasonp, struct arrival *a,
		  struct coap_peer *peer)
{
	struct coap_server *s = a->server;

	if (s->is_draining) {
		*reasonp = COAP_REFUSED_STOPPING;
		return false;
	}
	if (peer->n_open >= COAP_OPEN_PER_PEER) {
		*reasonp = COAP_REFUSED_FULL;
		return false;
	}
	if (!has_place(s, peer)) {
		*reasonp = COAP_REFUSED_UNPROVEN;
		return false;
	}
	a->turn = coap_turn_new(&s->turns, peer, a->m, gw_loop_now_ms(s->loop));
	*reasonp = COAP_REFUSED_MEMORY;
	return a->turn != NULL;
}

void coap_receive(void *server, struct coap_session_t *session,
		  const struct coap_pdu_t *pdu)
{
	struct coap_server *s = server;
	int64_t now_ms = gw_loop_now_ms(s->loop);
	struct gw_net_end end = { 0 };
	struct coap_message m;
	struct arrival a = { .server = s, .m = &m };
	enum coap_proof proof = COAP_UNPROVEN;
	struct coap_peer *peer = NULL;
	enum coap_refusal reason = COAP_REFUSED_FULL;

	coap_io_read(&m, pdu);
	(void)gw_net_end_of(&end,
			    &coap_session_get_addr_remote(session)->addr.sa);
	proof = proof_of(s, &end, &m);
	peer = coap_peers_get(&s->peers, &end, proof, now_ms);
	if (!peer) {
		coap_reply_unkept(s, NULL, session, &m,
				  proof == COAP_UNPROVEN ? COAP_REFUSED_UNPROVEN
							 : COAP_REFUSED_FULL);
		return;
	}
	peer->credit += COAP_CREDIT * coap_message_bytes(&m);
	a.turn = coap_turns_find(&s->turns, peer, &m, now_ms);
	if (a.turn) {
		coap_reply_again(s, a.turn, session);
		return;
	}
	if (!begin(&reason, &a, peer)) {
		coap_reply_unkept(s, peer, session, &m, reason);
		return;
	}
	coap_server_open(s, a.turn, session);
	take(&a);
}
