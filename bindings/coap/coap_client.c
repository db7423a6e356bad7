/*
 * Client - a request from send() to its end.
 */

#include "bindings/coap/coap_client.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <coap3/coap.h>

#include "bindings/coap/coap_decode.h"
#include "bindings/coap/coap_io.h"
#include "bindings/coap/coap_peer.h"
#include "bindings/coap/coap_wire.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/deliver.h"
#include "core/exchange.h"
#include "core/lib/log.h"
#include "core/lib/net.h"
#include "core/profile.h"
#include "core/relay.h"
#include "core/report.h"

#define GW_LOG_TOPIC "coap"

#define SWEEP_MS 1000

/* Nothing is sent again within this time (ACK_TIMEOUT of RFC 7252 4.8). */
#define REPEATED_MS 2000
#define URL_BYTES_MAX ((size_t)4096)

static gw_found_fn resolved;

/* Tokens are drawn at random, so that they are hashes of their own. */
static struct coap_job *find(const struct coap_client *c, uint64_t token)
{
	struct gw_table_entry *e = gw_table_first(&c->tokens, token);

	return e ? gw_container(e, struct coap_job, by_token) : NULL;
}

static void drop_token(struct coap_job *j)
{
	gw_table_remove(&j->client->tokens, &j->by_token);
	j->token = 0;
}

static void renew_token(struct coap_job *j)
{
	struct coap_client *c = j->client;

	drop_token(j);
	do {
		j->token = gw_loop_random(c->loop);
	} while (j->token == 0 || find(c, j->token));
	gw_table_add(&c->tokens, &j->by_token, j->token);
}

/* Send the message that is due.  False when that cannot be. */
static bool send_due(struct coap_job *j)
{
	struct coap_link *link = j->link;
	struct coap_session_t *session = link->session;
	uint8_t bytes[COAP_TALK_BYTES_MAX];
	size_t len = coap_talk_write(&j->talk, bytes,
				     coap_new_message_id(session), j->token);

	assert(j->is_out);
	if (len == 0) {
		return false;
	}
	if (coap_io_send(session, bytes, len)) {
		return true;
	}
	/* An error of an earlier message may be told now; it is over then. */
	if (coap_io_send(session, bytes, len)) {
		return true;
	}
	/* libcoap 4.3.4 closes the socket of a session that it quiets. */
	return link->n_out == 1 && coap_link_reopen(link) &&
	       coap_io_send(link->session, bytes, len);
}

static unsigned window_of(const struct coap_job *j)
{
	const struct gw_cse *cse = j->x ? j->x->hop.cse : NULL;
	unsigned window = 0;

	if (!cse) {
		return j->link->has_answered ? COAP_WINDOW_DEVICE
					     : COAP_WINDOW_STRANGER;
	}
	window = cse->conf->window >= 0 ? (unsigned)cse->conf->window
					: cse->conf->profile->window;
	return window > 0 ? window : COAP_WINDOW_CSE;
}

/* Each asker has its turn, as far as the window of the link goes. */
static void send_waiting(struct coap_link *link)
{
	struct gw_turn *turn = NULL;

	while ((turn = gw_turns_first(&link->waiting))) {
		struct coap_job *j = gw_container(turn, struct coap_job, turn);

		if (link->n_out >= window_of(j)) {
			return;
		}
		assert(j->link == link && !j->is_out && j->token == 0);
		gw_turns_take(&link->waiting, turn);
		link->n_out++;
		j->is_out = true;
		j->out_ms = gw_loop_now_ms(j->client->loop);
		renew_token(j);
		if (!send_due(j)) {
			coap_ring_append(&j->client->lost, &j->place);
			gw_loop_defer(j->client->loop, &j->client->lost_task);
		}
	}
}

/* Behind what its asker has waiting already. */
static enum gw_status wait(struct coap_job *j, struct gw_reason *why)
{
	if (gw_turns_wait(&j->link->waiting, &j->turn, j->x->asker.account,
			  0)) {
		*why = (struct gw_reason){ "the gateway is short of memory" };
		return GW_STATUS_INTERNAL_SERVER_ERROR;
	}
	send_waiting(j->link);
	return GW_STATUS_NONE;
}

static void leave_link(struct coap_job *j)
{
	struct coap_link *link = j->link;

	if (!link) {
		return;
	}
	j->link = NULL;
	gw_turns_remove(&link->waiting, &j->turn);
	if (j->is_out) {
		assert(link->n_out > 0);
		link->n_out--;
		j->is_out = false;
		link->is_stale |= j->x == NULL;
	}
	if (link->n_out == 0 && link->is_stale) {
		coap_link_quiet(link);
	}
	send_waiting(link);
	coap_link_leave(&j->client->links, link,
			gw_loop_now_ms(j->client->loop));
}

static struct coap_job *job_free(struct coap_job *j)
{
	if (!j) {
		return NULL;
	}
	gw_name_forget(&j->name);
	drop_token(j);
	coap_ring_remove(&j->place);
	coap_ring_remove(&j->of_client);
	leave_link(j);
	assert(j->client->n_open > 0);
	j->client->n_open--;
	coap_talk_deinit(&j->talk);
	free(j);
	return NULL;
}

GW_DEFINE_CLEANUP(struct coap_job, job_free);

static struct coap_job *job_new(struct coap_client *c, struct gw_exchange *x)
{
	struct coap_job *j = calloc(1, sizeof(*j));

	if (!j) {
		return NULL;
	}
	j->client = c;
	j->x = x;
	j->name.found = resolved;
	coap_ring_append(&c->jobs, &j->of_client);
	c->n_open++;
	return j;
}

static void fail(struct coap_job *j, enum gw_status status, const char *reason)
{
	assert(j->x && j->x->sent == j);
	gw_debug("not-sent", "%s: %s", j->url.host, reason);
	gw_exchange_fail(j->x, status, reason);
	job_free(j);
}

static void lose(struct coap_job *j, const char *reason)
{
	assert(j->x && j->x->sent == j);
	gw_debug("lost", "%s: %s", j->url.host, reason);
	gw_exchange_lose(j->x, reason);
	job_free(j);
}

/* Whether a message that is refused was the only one that went out: no earlier
 * one can have got there. */
static bool is_first(const struct coap_job *j)
{
	return !j->is_heard &&
	       gw_loop_now_ms(j->client->loop) - j->out_ms < REPEATED_MS;
}

/* What a device was heard to use is used toward it; a CSE has its profile. */
static bool speaks_legacy(const struct coap_job *j,
			  const struct sockaddr_storage *address)
{
	const struct coap_client *c = j->client;
	const struct gw_cse *cse = j->x->hop.cse;
	const struct coap_host *host = NULL;

	if (j->link->has_spoken) {
		return j->link->is_legacy;
	}
	if (cse) {
		return cse->conf->profile->coap.has_legacy_options;
	}
	host = c->peers ? coap_peers_host(c->peers, (const void *)address)
			: NULL;
	return host && host->has_spoken && host->is_legacy;
}

static struct coap_hop hop_of(const struct coap_job *j,
			      const struct sockaddr_storage *address)
{
	const struct gw_hop *hop = &j->x->hop;
	const struct gw_profile *profile = hop->cse ? hop->cse->conf->profile
						    : NULL;

	return (struct coap_hop){
		.url = &j->url,
		.is_whole_url = hop->is_whole_url,
		.from = hop->from,
		.accepts = hop->media,
		.is_legacy = speaks_legacy(j, address),
		.has_joined_query = profile && profile->coap.has_joined_query,
		.ignores_op = profile && profile->coap.ignores_op,
		.now_ms = gw_loop_wall_ms(j->client->loop),
	};
}

/* Go on with an address that was checked.  On failure the job is as it was. */
static enum gw_status go(struct coap_job *j, struct gw_reason *why,
			 const struct sockaddr_storage *address)
{
	struct sockaddr_storage to = *address;
	enum gw_status status = GW_STATUS_NONE;

	assert(!j->link);
	gw_net_set_port(&to, j->url.port);
	j->client->links.n_max = j->client->binding->conf->limits.outgoing;
	j->link = coap_links_get(&j->client->links, &to);
	if (!j->link) {
		*why = (struct gw_reason){ "no socket can be opened" };
		return GW_STATUS_TARGET_NOT_REACHABLE;
	}
	coap_link_use(j->link);
	j->talk.request = j->x->request;
	j->talk.hop = hop_of(j, &to);
	j->talk.content_bytes = j->client->binding->conf->limits.content_bytes;
	status = coap_talk_begin(&j->talk, why);
	return status == GW_STATUS_NONE ? wait(j, why) : status;
}

static void resolved(struct gw_name_wait *w, const struct gw_found *found)
{
	struct coap_job *j = gw_container(w, struct coap_job, name);
	const struct sockaddr_storage *to = NULL;
	struct gw_reason why = { "" };
	const char *objection = NULL;
	enum gw_status status = GW_STATUS_TARGET_NOT_REACHABLE;

	assert(j->x && !j->link);
	to = gw_deliver_choose(&objection, &j->x->hop, found);
	if (to) {
		status = go(j, &why, to);
	} else {
		(void)gw_refuse(&why, "%s", objection);
	}
	if (status != GW_STATUS_NONE) {
		fail(j, status, why.text);
	}
}

static void go_to_number(struct coap_job *j)
{
	struct sockaddr_storage to;
	struct gw_reason why = { "the point of access is no URL" };
	enum gw_status status = GW_STATUS_TARGET_NOT_REACHABLE;

	if (gw_net_sockaddr(&to, j->url.host, j->url.port)) {
		status = go(j, &why, &to);
	}
	if (status != GW_STATUS_NONE) {
		fail(j, status, why.text);
	}
}

static void look_up(struct coap_job *j)
{
	struct gw_reason why;
	enum gw_status status = gw_name_await(
		&j->name, j->x->relay, gw_str_from(j->url.host), j->x, &why);

	if (status != GW_STATUS_NONE) {
		fail(j, status, why.text);
	}
}

void coap_client_send(struct coap_client *c, struct gw_exchange *x)
{
	struct coap_job *j = job_new(c, x);
	const char *objection = NULL;

	if (!j) {
		gw_exchange_fail(x, GW_STATUS_INTERNAL_SERVER_ERROR,
				 "the gateway is short of memory");
		return;
	}
	assert(!x->sent);
	x->sent = j;
	objection = x->hop.url.len > URL_BYTES_MAX ||
				    !coap_url_parse(&j->url, x->hop.url)
			    ? "the point of access is no URL"
			    : gw_deliver_objection(&x->hop);
	if (objection) {
		fail(j, GW_STATUS_TARGET_NOT_REACHABLE, objection);
	} else if (j->url.is_name) {
		look_up(j);
	} else {
		go_to_number(j);
	}
}

void coap_client_forget(struct gw_exchange *x)
{
	struct coap_job *j = x->sent;

	if (!j) {
		return;
	}
	assert(j->x == x);
	j->x = NULL;
	job_free(j);
}

bool coap_client_holds(const struct gw_exchange *x, struct gw_reason *why)
{
	const struct coap_job *j = x->sent;

	if (!j) {
		return false;
	}
	if (j->is_out) {
		gw_exchange_is_out(why, x, j->out_ms);
	} else if (gw_name_is_awaited(&j->name)) {
		(void)gw_refuse(why, "the name of its host is looked up");
	} else {
		(void)gw_refuse(why,
				"its turn has not come: the window of the "
				"link is full (%zu without an answer)",
				j->link->n_out);
	}
	return !j->is_out;
}

static struct coap_job *job_of(struct coap_client *c,
			       struct coap_session_t *session,
			       const struct coap_pdu_t *pdu)
{
	coap_bin_const_t bytes = coap_pdu_get_token(pdu);
	uint64_t token = 0;
	struct coap_job *j = NULL;

	if (bytes.length != sizeof(token)) {
		return NULL;
	}
	memcpy(&token, bytes.s, sizeof(token));
	j = token ? find(c, token) : NULL;
	return j && j->link && j->link->session == session ? j : NULL;
}

static void note_dialect(struct coap_link *link,
			 const struct coap_talk_end *end)
{
	if (end->has_dialect) {
		link->has_spoken = true;
		link->is_legacy = end->is_legacy;
	}
}

static void go_on(struct coap_job *j)
{
	if (!send_due(j)) {
		lose(j, "the message cannot be sent");
	}
}

/* A message of the other side has come; the job may end.  A token is never used
 * for a second request (RFC 9175 4.2), but it stays for all blocks of one:
 * there are servers (node-coap) that tell transfers apart by it. */
static void take(struct coap_job *j, struct coap_message *m)
{
	struct coap_talk_end end = { .status = GW_STATUS_NONE };
	enum coap_talk_step step = coap_talk_take(&j->talk, &end, m);

	assert(j->is_out);
	note_dialect(j->link, &end);
	switch (step) {
	case COAP_TALK_WAIT:
		break;
	case COAP_TALK_ANEW:
		renew_token(j);
		go_on(j);
		break;
	case COAP_TALK_MORE:
		if (!gw_exchange_receives(j->x, j->talk.body.size)) {
			lose(j, "there is no room for its answer now "
				"(limits.memory)");
			break;
		}
		go_on(j);
		break;
	case COAP_TALK_ANSWER:
		assert(j->x->sent == j);
		gw_exchange_answer(j->x, end.answer);
		job_free(j);
		break;
	case COAP_TALK_FAIL:
		fail(j, end.status, end.why.text);
		break;
	}
}

/* Nobody asked for it, or not any more. */
static void unmatched(const struct coap_client *c,
		      struct coap_session_t *session,
		      const struct coap_pdu_t *pdu)
{
	static const struct gw_primitive nobody = { .op = GW_OP_RETRIEVE };
	gw_cleanup(gw_primitive_freep) struct gw_primitive *answer = NULL;
	struct gw_reason why = { "" };
	char peer[GW_NET_TEXT_BYTES];
	struct coap_message m;
	const struct coap_answer received = {
		.m = &m,
		.request = &nobody,
		.limit_bytes = c->binding->conf->limits.content_bytes,
	};
	bool is_readable = false;

	(void)gw_net_print_of(peer,
			      &coap_session_get_addr_remote(session)->addr.sa);
	coap_io_read(&m, pdu);
	is_readable = coap_decode_answer(&answer, &why, &received) ==
		      GW_STATUS_NONE;
	gw_report_stray(&(struct gw_stray){
		.binding = c->binding,
		.peer = gw_str_from(peer),
		.is_unproven = true,
		.answer = is_readable ? answer : NULL,
	});
}

bool coap_client_answered(void *client, struct coap_session_t *session,
			  const struct coap_pdu_t *pdu)
{
	struct coap_client *c = client;
	struct coap_job *j = job_of(c, session, pdu);
	struct coap_message m;

	if (!j) {
		unmatched(c, session, pdu);
		return false;
	}
	coap_io_read(&m, pdu);
	coap_wire_tell(&m, true);
	j->link->has_answered = true;
	j->is_heard = true;
	if (c->peers) {
		coap_peers_heard(
			c->peers,
			&coap_session_get_addr_remote(session)->addr.sa,
			gw_loop_now_ms(c->loop));
	}
	take(j, &m);
	return true;
}

void coap_client_lost(void *client, struct coap_session_t *session,
		      const struct coap_pdu_t *sent, bool is_timeout)
{
	struct coap_client *c = client;
	struct coap_job *j = job_of(c, session, sent);

	if (!j) {
		return;
	}
	assert(j->is_out);
	drop_token(j);
	j->is_timeout = is_timeout;
	coap_ring_append(&c->lost, &j->place);
	gw_loop_defer(c->loop, &c->lost_task);
}

static void fail_lost(struct gw_task *t)
{
	struct coap_client *c = gw_container(t, struct coap_client, lost_task);

	while (!coap_ring_is_empty(&c->lost)) {
		struct coap_job *j = gw_container(c->lost.next, struct coap_job,
						  place);

		if (j->is_timeout) {
			gw_name_doubt(j->x->relay, gw_str_from(j->url.host));
			fail(j, GW_STATUS_REQUEST_TIMEOUT,
			     "nobody acknowledges the message");
		} else if (is_first(j)) {
			gw_name_doubt(j->x->relay, gw_str_from(j->url.host));
			fail(j, GW_STATUS_TARGET_NOT_REACHABLE,
			     "the message is refused, or nobody is "
			     "there");
		} else {
			lose(j, "a message is refused, or nobody is there any "
				"more");
		}
	}
}

static void sweep(struct gw_timer *t)
{
	struct coap_client *c = gw_container(t, struct coap_client, sweep);
	int64_t now_ms = gw_loop_now_ms(c->loop);

	coap_links_sweep(&c->links, now_ms - c->binding->conf->coap.idle_ms);
	gw_timer_set(c->loop, t, now_ms + SWEEP_MS);
}

void coap_client_start(struct coap_client *c, struct gw_binding *b,
		       struct coap_context_t *context)
{
	assert(!c->loop);
	*c = (struct coap_client){
		.binding = b,
		.loop = b->loop,
		.lost_task.run = fail_lost,
		.sweep.fire = sweep,
	};
	coap_ring_init(&c->jobs);
	coap_ring_init(&c->lost);
	coap_links_init(&c->links, context);
	gw_timer_set(c->loop, &c->sweep, gw_loop_now_ms(c->loop) + SWEEP_MS);
}

void coap_client_stop(struct coap_client *c)
{
	if (!c->loop) {
		return;
	}
	while (!coap_ring_is_empty(&c->jobs)) {
		struct coap_job *j = gw_container(c->jobs.next, struct coap_job,
						  of_client);

		j->x = NULL;
		job_free(j);
	}
	assert(c->n_open == 0 && c->tokens.n_entries == 0);
	assert(coap_ring_is_empty(&c->lost));
	gw_loop_undefer(c->loop, &c->lost_task);
	gw_timer_clear(c->loop, &c->sweep);
	coap_links_deinit(&c->links);
	gw_table_deinit(&c->tokens);
	c->loop = NULL;
}
