/*
 * Send - what waits to be written to one connection, and in which order.
 *
 * Answers go before requests: a peer may wait for ours before it answers.
 * Answers keep their order, requests that of each asker (core/turns.h).
 */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bindings/ws/ws_conn.h"
#include "bindings/ws/ws_message.h"
#include "bindings/ws/ws_state.h"
#include "core/codec/content.h"
#include "core/cse.h"
#include "core/lib/arena.h"
#include "core/lib/wire.h"
#include "core/profile.h"
#include "core/report.h"

enum next {
	NEXT_WROTE,
	NEXT_FAILED, // that one is gone; there may be others
	NEXT_NONE,
};

void ws_sent_free(struct ws_sent *sent)
{
	if (sent) {
		assert(sent->x->sent == sent);
		sent->x->sent = NULL;
		free(sent);
	}
}

static struct ws_sent *sent_of(struct gw_turn *turn)
{
	return turn ? gw_container(turn, struct ws_sent, turn) : NULL;
}

static void unqueue(struct ws_sent *sent)
{
	assert(!sent->is_written);
	gw_turns_remove(&sent->conn->waiting, &sent->turn);
}

static void crowd_out(struct ws_sent *sent)
{
	struct gw_exchange *x = sent->x;

	unqueue(sent);
	ws_sent_free(sent);
	gw_exchange_crowd_out(x, "it was given up for somebody who has less "
				 "waiting for this connection (limits.queue)");
}

/* Whether so many bytes more of an asker may wait.  Who has most makes room for
 * who has less. */
static bool make_room(struct ws_conn *c, const struct gw_account *account,
		      size_t n_bytes)
{
	size_t max = ws_conf(c->ws)->limits.queue_bytes;

	while (c->waiting.n_bytes + n_bytes > max) {
		struct ws_sent *most = sent_of(
			gw_turns_greediest(&c->waiting, account, n_bytes));

		if (!most) {
			return false;
		}
		crowd_out(most);
	}
	return true;
}

static struct ws_sent *sent_new(struct ws_conn *c, struct gw_exchange *x,
				size_t n_bytes)
{
	struct ws_sent *sent = malloc(sizeof(*sent));

	if (!sent) {
		return NULL;
	}
	*sent = (struct ws_sent){ .conn = c, .x = x };
	if (gw_turns_wait(&c->waiting, &sent->turn, x->asker.account,
			  n_bytes)) {
		free(sent);
		return NULL;
	}
	return sent;
}

bool ws_conn_send(struct ws_conn *c, struct gw_exchange *x)
{
	size_t n_bytes = ws_message_size(x->request);

	assert(!x->sent);
	if (!make_room(c, x->asker.account, n_bytes)) {
		gw_exchange_crowd_out(x, "too much waits for this connection "
					 "(limits.queue)");
		return false;
	}
	x->sent = sent_new(c, x, n_bytes);
	if (!x->sent) {
		gw_exchange_fail(x, GW_STATUS_INTERNAL_SERVER_ERROR,
				 "the gateway is short of memory");
		return false;
	}
	if (c->is_open) {
		ws_conn_kick(c);
	}
	return true;
}

void ws_conn_forget(struct gw_exchange *x)
{
	struct ws_sent *sent = x->sent;
	struct ws_conn *c = NULL;

	if (!sent) {
		return;
	}
	assert(sent->x == x);
	c = sent->conn;
	if (!sent->is_written) {
		unqueue(sent);
	} else {
		ws_pace_forget(&c->pace, &sent->entry);
		ws_pending_forget(&c->pending, &sent->entry, ws_now_ms(c->ws));
		if (c->profile->ws.has_fifo_answers) {
			/* Which answer belongs to whom is no longer known. */
			ws_conn_close(c, WS_CODE_NORMAL,
				      "an answer is missing, and those that "
				      "follow carry no id");
		}
	}
	ws_sent_free(sent);
	ws_conn_kick(c);
}

static struct ws_now now_of(const struct ws_conn *c)
{
	int64_t now_ms = ws_now_ms(c->ws);

	return (struct ws_now){
		.turn_ms = now_ms,
		.fresh_ms = c->pace.gap_ms > 0 ? gw_loop_wall_ms(c->ws->loop)
					       : now_ms,
	};
}

/* What keeps a connection from being written to. */
static void say_wait(struct ws_conn *c, struct gw_reason *why)
{
	struct ws_now now = now_of(c);

	if (!c->is_open) {
		(void)gw_refuse(why, "its connection is not open yet%s%s%s%s",
				c->opening ? ": " : "",
				c->opening ? c->opening : "",
				c->why[0] ? "; the one before: " : "", c->why);
	} else if (c->is_closing || c->is_broken) {
		(void)gw_refuse(why, "its connection ends: %s", c->why);
	} else if (ws_pace_request_wait_ms(&c->pace, &c->pending, now) == 0) {
		(void)gw_refuse(why, "what was sent before it is not taken "
				     "from the connection");
	} else if (c->pending.n_in_flight < c->pace.window ||
		   c->pace.window == 0) {
		(void)gw_refuse(why, "its turn has not come: messages keep a "
				     "gap");
	} else {
		(void)gw_refuse(why,
				"its turn has not come: the window of the "
				"connection is full (%zu without an answer)",
				c->pending.n_in_flight);
	}
}

bool ws_conn_holds(const struct gw_exchange *x, struct gw_reason *why)
{
	const struct ws_sent *sent = x->sent;

	if (!sent) {
		return false;
	}
	if (sent->is_written) {
		gw_exchange_is_out(why, x, sent->entry.written_ms);
	} else {
		say_wait(sent->conn, why);
	}
	return !sent->is_written;
}

static void fail(struct ws_sent *sent, enum gw_status status, const char *why)
{
	struct gw_exchange *x = sent->x;

	ws_sent_free(sent);
	gw_exchange_fail(x, status, why);
}

static void lose(struct ws_sent *sent, const char *why)
{
	struct gw_exchange *x = sent->x;

	ws_sent_free(sent);
	gw_exchange_lose(x, why);
}

void ws_conn_fail_waiting(struct ws_conn *c, const char *why)
{
	struct ws_sent *sent = NULL;

	while ((sent = sent_of(gw_turns_first(&c->waiting)))) {
		unqueue(sent);
		fail(sent, GW_STATUS_TARGET_NOT_REACHABLE, why);
	}
}

void ws_conn_fail_flying(struct ws_conn *c, const char *why)
{
	while (c->pending.oldest) {
		struct ws_sent *sent = (struct ws_sent *)c->pending.oldest;

		assert(sent->is_written);
		ws_pending_forget(&c->pending, &sent->entry, ws_now_ms(c->ws));
		lose(sent, why);
	}
	c->pace.last = NULL;
}

/* A request whose answer is not written. */
struct unwritten {
	struct gw_primitive request; // what is known of it
	struct gw_refusal refusal;
};

static void unwritten(struct unwritten *u, const struct ws_asked *asked,
		      const char *reason)
{
	const struct ws_conn *c = asked->conn;

	u->request = (struct gw_primitive){
		.op = asked->op,
		.from = asked->from,
		.to = asked->to,
		.id = asked->answer->id,
	};
	u->refusal = (struct gw_refusal){
		.binding = c->ws->binding,
		.peer = c->asker.cse ? c->asker.cse->id : c->asker.host,
		.request = &u->request,
		.status = GW_STATUS_TARGET_NOT_REACHABLE,
		.reason = reason,
	};
}

static void tell_dropped(const struct ws_asked *asked)
{
	struct unwritten u;
	struct gw_reason why;

	(void)gw_refuse(&why, "the answer (%u) was not written: %s",
			(unsigned)asked->answer->status, asked->conn->why);
	unwritten(&u, asked, why.text);
	gw_report_refusal(&u.refusal);
}

static void asked_free(struct ws_asked *asked)
{
	assert(asked->conn->n_asked > 0);
	asked->conn->n_asked--;
	gw_primitive_free(asked->answer);
	free(asked);
}

/* It waits to be written no more. */
static void answer_unqueue(struct ws_asked *asked)
{
	struct ws_conn *c = asked->conn;

	assert(c->answers == asked);
	assert(c->n_answer_bytes >= asked->n_bytes);
	c->answers = asked->next;
	if (!c->answers) {
		c->last_answer = &c->answers;
	}
	c->n_answer_bytes -= asked->n_bytes;
	ws_conn_owe(c);
}

void ws_conn_drop_asked(struct ws_conn *c)
{
	while (c->asked) {
		struct ws_asked *asked = c->asked;

		c->asked = asked->next;
		gw_exchange_abandon(asked->x);
		asked_free(asked);
	}
	while (c->answers) {
		struct ws_asked *asked = c->answers;

		answer_unqueue(asked);
		tell_dropped(asked);
		asked_free(asked);
	}
}

static void answer_queue(struct ws_conn *c, struct ws_asked *asked)
{
	assert(asked->answer && !asked->x && !*c->last_answer);
	asked->n_bytes = ws_message_size(asked->answer);
	asked->next = NULL;
	*c->last_answer = asked;
	c->last_answer = &asked->next;
	c->n_answer_bytes += asked->n_bytes;
	ws_conn_owe(c);
	if (c->n_answer_bytes > ws_conf(c->ws)->limits.queue_bytes) {
		ws_conn_close(c, WS_CODE_POLICY,
			      "the peer does not read its answers");
	}
	ws_conn_kick(c);
}

void ws_conn_reply(struct gw_exchange *x)
{
	struct ws_asked *asked = x->asker.native;
	struct ws_conn *c = asked->conn;

	assert(asked->x == x && !asked->answer && *asked->link == asked);
	*asked->link = asked->next;
	if (asked->next) {
		asked->next->link = asked->link;
	}
	asked->x = NULL;
	if (gw_primitive_is_silent(x->request)) {
		asked_free(asked);
		ws_conn_kick(c);
		return;
	}
	asked->answer = gw_take(&x->answer);
	if (!asked->answer) {
		asked_free(asked);
		ws_conn_broke(c, "short of memory");
		return;
	}
	asked->op = x->request->op;
	asked->from = gw_arena_str(asked->answer->arena, x->request->from);
	asked->to = gw_arena_str(asked->answer->arena, x->request->to);
	answer_queue(c, asked);
}

void ws_conn_answer(struct ws_conn *c, struct gw_primitive *answer)
{
	struct ws_asked *asked = answer ? calloc(1, sizeof(*asked)) : NULL;

	if (!asked) {
		gw_primitive_free(answer);
		return;
	}
	asked->conn = c;
	asked->answer = answer;
	c->n_asked++;
	answer_queue(c, asked);
}

static size_t message_max(const struct ws_conn *c)
{
	size_t max = ws_message_max(c->ws);
	size_t theirs = c->profile->ws.message_bytes;

	return theirs > 0 && theirs < max ? theirs : max;
}

/* Whether the message behind begin fits; if not, it is taken back. */
static bool fits(const struct ws_conn *c, struct gw_buf *buf, size_t begin)
{
	if (!gw_buf_is_short(buf) && buf->len - begin <= message_max(c)) {
		gw_wire_tell(&(struct gw_wire){
			.topic = "ws",
			.body = { buf->at + begin, buf->len - begin } });
		return true;
	}
	buf->len = begin;
	buf->is_short = false;
	return false;
}

/* Append an answer.  NULL, or why this connection cannot carry it. */
static const char *answer_add(struct ws_conn *c, struct gw_buf *buf,
			      const struct gw_primitive *a)
{
	size_t begin = buf->len;

	if (a->media == GW_MEDIA_XML) {
		return "content in XML cannot be part of a message";
	}
	ws_message_put_answer(buf, a, c->profile, c->asker.media);
	return fits(c, buf, begin) ? NULL
				   : "it is larger than a message may be here";
}

static enum next answer_write(struct ws_conn *c, struct gw_buf *buf)
{
	struct ws_asked *asked = c->answers;
	const char *wrong = answer_add(c, buf, asked->answer);

	if (wrong) {
		struct unwritten u;
		struct gw_primitive *e = NULL;

		unwritten(&u, asked, wrong);
		e = gw_report_unwritable(&u.refusal, asked->answer);
		wrong = e ? answer_add(c, buf, e) : wrong;
		gw_primitive_free(e);
	}
	answer_unqueue(asked);
	asked_free(asked);
	if (c->is_paused) {
		c->heard_ms = ws_now_ms(c->ws); // it takes what we write
	}
	return wrong ? NEXT_FAILED : NEXT_WROTE;
}

/* Its own id while that is free, else another (TS-0004 7.1.7). */
static int take_id(struct ws_conn *c, struct ws_sent *sent)
{
	struct gw_relay *relay = c->ws->binding->relay;
	struct ws_entry *e = &sent->entry;
	struct gw_str id = sent->x->request->id;
	int64_t now_ms = ws_now_ms(c->ws);
	int error = -EEXIST;

	if (id.len > 0 && id.len <= WS_KEPT_ID_MAX &&
	    ws_pending_may_keep(&c->pending, now_ms)) {
		error = ws_pending_add(&c->pending, e, id,
				       gw_exchange_id_hash(sent->x), now_ms);
	}
	e->is_minted = error == -EEXIST || error == -ENOSPC;
	while (error == -EEXIST || error == -ENOSPC) {
		id = gw_mint_next(&c->mint, sent->minted);
		error = ws_pending_add(&c->pending, e, id,
				       gw_relay_hash(relay, id.at, id.len),
				       now_ms);
	}
	if (e->is_minted && !error) {
		gw_exchange_is_sent_as(sent->x, id);
	}
	return error;
}

static void too_large(struct ws_conn *c, struct ws_sent *sent)
{
	char why[96];

	(void)snprintf(why, sizeof(why),
		       "the message is larger than the %zu bytes that the next "
		       "hop takes",
		       message_max(c));
	fail(sent, GW_STATUS_BAD_REQUEST, why);
}

static enum next request_write(struct ws_conn *c, struct gw_buf *buf,
			       struct ws_sent *sent)
{
	struct gw_exchange *x = sent->x;
	size_t begin = buf->len;
	struct gw_reason why = { "" };
	enum gw_status status = gw_content_become(x->request, c->asker.media,
						  &why);

	assert(!sent->is_written && x->sent == sent);
	gw_turns_take(&c->waiting, &sent->turn);
	if (status != GW_STATUS_NONE) {
		fail(sent, status, why.text);
		return NEXT_FAILED;
	}
	if (take_id(c, sent)) {
		fail(sent, GW_STATUS_INTERNAL_SERVER_ERROR,
		     "the gateway is short of memory");
		return NEXT_FAILED;
	}
	ws_message_put_request(buf, x, sent->entry.id, c->profile,
			       c->asker.media);
	if (!fits(c, buf, begin)) {
		ws_pending_answered(&c->pending, &sent->entry,
				    ws_now_ms(c->ws));
		too_large(c, sent);
		return NEXT_FAILED;
	}
	sent->is_written = true;
	gw_exchange_is_written(x);
	ws_pace_wrote(&c->pace, &sent->entry, now_of(c));
	return NEXT_WROTE;
}

/* True when the time has come; else the alarm is set for it. */
static bool is_time(struct ws_conn *c, int64_t wait_ms)
{
	if (wait_ms > 0) {
		ws_conn_look_at(c, ws_now_ms(c->ws) + wait_ms);
	}
	return wait_ms == 0;
}

static enum next write_one(struct ws_conn *c, struct gw_buf *buf)
{
	struct ws_sent *sent = sent_of(gw_turns_first(&c->waiting));
	enum next next = NEXT_NONE;

	if (c->answers && is_time(c, ws_pace_wait_ms(&c->pace, now_of(c)))) {
		next = answer_write(c, buf);
		if (next == NEXT_WROTE) {
			ws_pace_wrote(&c->pace, NULL, now_of(c));
		}
		return next;
	}
	if (!c->answers && sent &&
	    is_time(c, ws_pace_request_wait_ms(&c->pace, &c->pending,
					       now_of(c)))) {
		return request_write(c, buf, sent);
	}
	return NEXT_NONE;
}

enum ws_opcode ws_conn_opcode(const struct ws_conn *c)
{
	return gw_content_is_text(c->asker.media) ? WS_TEXT : WS_BINARY;
}

bool ws_conn_next(struct ws_conn *c, struct gw_buf *buf)
{
	enum next next = NEXT_FAILED;

	if (!c->is_open || c->is_closing || c->is_broken) {
		return false;
	}
	while (next == NEXT_FAILED) {
		next = write_one(c, buf);
	}
	return next == NEXT_WROTE;
}
