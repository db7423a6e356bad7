/*
 * Conn - a connection that carries primitives, whichever end opened it.
 *
 * Life and time: opening, pings, retiring, goodbye, loss.  ws_send.c writes,
 * ws_receive.c reads.
 *
 *	          opened()         close()            lost()
 *	(not open) ------> OPEN --------> CLOSING ------------> (not open)
 *	                    |   wire->close()    wire->kill()
 *	                    |                    after CLOSE_MS
 *	                    '------------- lost() ------------^
 */

#include "bindings/ws/ws_conn.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "bindings/ws/ws_state.h"

/* How long a peer may take to say goodbye as well. */
#define CLOSE_MS 1000

/* How often it is looked whether one that is not read has gone. */
#define LEFT_MS 1000

/* Nobody is pinged because of others sooner after he was heard. */
#define HEARD_MS 1000

static const char NOT_READING[] = "the peer does not read its answers";

static void work(struct gw_task *t);
static void alarm_fired(struct gw_timer *t);

void ws_conn_init(struct ws_conn *c, struct ws_state *ws,
		  const struct ws_owner_ops *owner, size_t n_used_max)
{
	*c = (struct ws_conn){ .ws = ws, .owner = owner };
	gw_turns_init(&c->waiting);
	c->last_answer = &c->answers;
	c->work.run = work;
	c->alarm.fire = alarm_fired;
	ws_pending_init(&c->pending, n_used_max);
}

void ws_conn_deinit(struct ws_conn *c)
{
	gw_loop_undefer(c->ws->loop, &c->work);
	gw_timer_clear(c->ws->loop, &c->alarm);
	ws_conn_drop_rx(c);
	ws_conn_drop_asked(c);
	assert(!c->pending.oldest && c->n_answer_bytes == 0);
	gw_turns_deinit(&c->waiting);
	gw_memory_give(c->ws->binding->relay, &c->load);
	ws_pending_deinit(&c->pending);
}

void ws_conn_opened(struct ws_conn *c, struct lws *wsi)
{
	int64_t now_ms = ws_now_ms(c->ws);
	const char *cse_id = ws_conf(c->ws)->node.cse_id;

	assert(!c->is_open && !c->is_closing && !c->has_closed);
	assert(c->wire && c->profile && !c->pending.oldest);
	c->wsi = wsi;
	c->is_open = true;
	c->is_broken = false; // by the handshake
	c->heard_ms = now_ms;
	c->is_pinged = false;
	c->is_doubted = false;
	c->doubt_by_ms = 0;
	c->is_paused = false;
	c->has_left = false;
	c->has_message = false;
	c->peer_code = 0;
	c->why[0] = '\0';
	c->pace.has_written = false;
	c->pace.last = NULL;
	gw_mint_init(&c->mint,
		     gw_str_from(cse_id[0] == '/' ? cse_id + 1 : cse_id),
		     gw_loop_random(c->ws->loop));
	if (c->ping_ms > 0) {
		ws_conn_look_at(c, now_ms + c->ping_ms);
	}
	ws_conn_kick(c);
}

/* Whoever waits for an answer is told what we know about the end. */
static void fail_flying(struct ws_conn *c)
{
	char text[sizeof(c->why) + 64];

	(void)snprintf(text, sizeof(text),
		       "connection lost before the answer: %s", c->why);
	ws_conn_fail_flying(c, text);
}

void ws_conn_lost(struct ws_conn *c, const char *why)
{
	assert(c->is_open);
	if (c->why[0] == '\0') {
		(void)snprintf(c->why, sizeof(c->why), "%s", why);
	}
	gw_loop_undefer(c->ws->loop, &c->work);
	gw_timer_clear(c->ws->loop, &c->alarm);
	c->wsi = NULL;
	c->is_open = false;
	c->is_broken = false;
	c->is_closing = false;
	c->has_closed = false;
	ws_conn_drop_rx(c);
	ws_conn_drop_asked(c);
	fail_flying(c);
	assert(!c->pending.oldest && c->n_asked == 0);
	c->owner->lost(c, c->why);
}

void ws_conn_kick(struct ws_conn *c)
{
	gw_loop_defer(c->ws->loop, &c->work);
}

void ws_conn_look_at(struct ws_conn *c, int64_t at_ms)
{
	if (gw_timer_is_set(&c->alarm) && c->alarm.at_ms <= at_ms) {
		return;
	}
	gw_timer_set(c->ws->loop, &c->alarm, at_ms);
}

void ws_conn_heard(struct ws_conn *c)
{
	c->heard_ms = ws_now_ms(c->ws);
	c->is_pinged = false;
	c->is_doubted = false;
	c->doubt_by_ms = 0;
}

void ws_conn_doubt(struct ws_conn *c)
{
	int64_t now_ms = ws_now_ms(c->ws);

	if (!c->is_open || c->is_closing || c->doubt_by_ms > 0) {
		return;
	}
	c->is_doubted = true;
	c->doubt_by_ms = now_ms + WS_DOUBT_MS;
	ws_conn_look_at(c, c->doubt_by_ms);
	ws_conn_kick(c);
}

void ws_conn_broke(struct ws_conn *c, const char *why)
{
	if (!c->is_broken) {
		c->is_broken = true;
		(void)snprintf(c->why, sizeof(c->why), "%s", why);
		ws_conn_kick(c);
	}
}

void ws_conn_close(struct ws_conn *c, enum ws_code code, const char *why)
{
	if (!c->is_open || c->is_closing) {
		return;
	}
	c->is_closing = true;
	c->code = code;
	(void)snprintf(c->why, sizeof(c->why), "%s", why);
	ws_conn_drop_rx(c);
	ws_conn_kick(c);
}

void ws_conn_peer_closed(struct ws_conn *c, unsigned code, struct gw_str reason)
{
	c->close_by_ms = ws_now_ms(c->ws) + CLOSE_MS;
	ws_conn_look_at(c, c->close_by_ms);
	if (c->has_closed) {
		return;
	}
	c->peer_code = c->is_closing ? 0 : code;
	c->is_closing = true;
	c->has_closed = true;
	(void)snprintf(c->why, sizeof(c->why),
		       "the peer said goodbye (%u)%s" GW_STR_FMT, code,
		       reason.len > 0 ? " " : "", GW_STR_ARG(reason));
	ws_conn_drop_rx(c);
	fail_flying(c);
}

void ws_conn_end(struct ws_conn *c)
{
	c->close_by_ms = ws_now_ms(c->ws);
	ws_conn_kick(c);
}

void ws_conn_retire(struct ws_conn *c, enum ws_code code, int64_t silent_ms)
{
	c->is_retiring = true;
	c->retire_code = code;
	c->retire_after_ms = silent_ms;
	ws_conn_kick(c);
}

/* Whether somebody waits for an answer to what is in flight. */
static bool is_awaited(const struct ws_conn *c)
{
	for (const struct ws_entry *e = c->pending.oldest; e; e = e->newer) {
		const struct ws_sent *sent = (const struct ws_sent *)e;

		if (!sent->x->is_abandoned) {
			return true;
		}
	}
	return false;
}

bool ws_conn_is_quiet(const struct ws_conn *c)
{
	return c->waiting.n_waiting == 0 && !c->asked && !c->answers &&
	       !c->is_receiving && !is_awaited(c);
}

void ws_conn_bye(struct ws_conn *c)
{
	if (!c->is_open || c->is_broken || c->has_closed) {
		return;
	}
	if (!c->is_closing) {
		c->wire->flush(c);
	}
	c->has_closed = true;
	if (!c->is_broken) {
		c->wire->bye(c, WS_CODE_AWAY);
	}
}

static void say_goodbye(struct ws_conn *c)
{
	int64_t now_ms = ws_now_ms(c->ws);

	assert(c->is_open && c->is_closing);
	if (!c->has_closed) {
		/* What is received from now on is not read any more. */
		fail_flying(c);
		c->has_closed = true;
		c->close_by_ms = now_ms + CLOSE_MS;
		ws_conn_look_at(c, c->close_by_ms);
		c->wire->close(c, c->code);
		return;
	}
	if (now_ms >= c->close_by_ms) {
		c->wire->kill(c);
		return;
	}
	ws_conn_look_at(c, c->close_by_ms);
}

/* True when there is nothing left to do but to close. */
static bool has_retired(struct ws_conn *c)
{
	int64_t at_ms = c->heard_ms + c->retire_after_ms;

	if (!c->is_retiring || c->is_closing || !ws_conn_is_quiet(c)) {
		return c->is_closing;
	}
	if (ws_now_ms(c->ws) < at_ms) {
		ws_conn_look_at(c, at_ms);
		return false;
	}
	ws_conn_close(c, c->retire_code, "no longer needed");
	return true;
}

static void ping_doubted(struct ws_conn *c)
{
	if (ws_now_ms(c->ws) < c->heard_ms + HEARD_MS) {
		ws_conn_look_at(c, c->heard_ms + HEARD_MS);
		return;
	}
	c->is_doubted = false;
	c->wire->ping(c);
}

/* --- When the peer is not read for a while. */

bool ws_conn_is_full(const struct ws_conn *c)
{
	return c->n_asked_max > 0 && c->n_asked >= c->n_asked_max;
}

/* Whoever has much open is read on when half of it is answered.  Answers to
 * requests of ours come the same way: while one is awaited all is read, or two
 * gateways could wait for each other. */
static bool is_to_pause(const struct ws_conn *c)
{
	if (c->n_asked_max == 0 || c->has_left || c->is_closing ||
	    c->is_broken || c->pending.oldest || c->doubt_by_ms > 0) {
		return false;
	}
	return c->is_paused ? c->n_asked > c->n_asked_max / 2
			    : ws_conn_is_full(c);
}

static void settle_reading(struct ws_conn *c)
{
	int64_t now_ms = ws_now_ms(c->ws);

	if (c->is_paused == is_to_pause(c)) {
		return;
	}
	c->is_paused = !c->is_paused;
	c->heard_ms = now_ms;
	c->is_pinged = false;
	c->rx_by_ms = now_ms + c->rx_ms;
	c->wire->pause(c, c->is_paused);
	ws_conn_look_at(c, now_ms + (c->is_paused ? LEFT_MS : c->rx_ms));
}

/* One that is not read cannot say that it goes; and while it is we who owe it
 * something it has nothing to say. */
static void look_at_paused(struct ws_conn *c, int64_t now_ms)
{
	if (!c->is_paused) {
		return;
	}
	if (c->asked) {
		c->heard_ms = now_ms;
	}
	c->has_left = c->wire->has_left(c);
	ws_conn_look_at(c, now_ms + LEFT_MS);
}

static void work(struct gw_task *t)
{
	struct ws_conn *c = gw_container(t, struct ws_conn, work);

	if (!c->is_open) {
		return;
	}
	if (c->is_broken) {
		c->wire->kill(c);
		return;
	}
	if (!c->is_closing) {
		c->wire->flush(c);
	}
	settle_reading(c);
	if (c->is_doubted && !c->is_broken && !c->is_closing) {
		ping_doubted(c);
	}
	if (!c->is_broken && has_retired(c)) {
		say_goodbye(c);
	}
}

/* Ping a silent peer; give up one that does not answer, or does not take its
 * answers. */
static void look_at_silence(struct ws_conn *c, int64_t now_ms)
{
	bool has_more = c->is_pinged || c->is_paused;
	int64_t patience_ms = has_more ? 2 * c->ping_ms : c->ping_ms;

	if (c->ping_ms <= 0) {
		return;
	}
	if (now_ms < c->heard_ms + patience_ms) {
		ws_conn_look_at(c, c->heard_ms + patience_ms);
		return;
	}
	if (has_more) {
		ws_conn_broke(c, c->is_paused ? NOT_READING
					      : "the peer does not answer a "
						"ping");
		return;
	}
	c->is_pinged = true;
	ws_conn_look_at(c, now_ms + c->ping_ms);
	ws_pending_tidy(&c->pending, now_ms);
	c->wire->ping(c);
}

/* Give up one that was asked whether it is still there, and is not. */
static void look_at_doubt(struct ws_conn *c, int64_t now_ms)
{
	if (c->doubt_by_ms == 0) {
		return;
	}
	if (now_ms < c->doubt_by_ms) {
		ws_conn_look_at(c, c->doubt_by_ms);
		return;
	}
	ws_conn_broke(c, "the peer does not answer a ping");
}

static void alarm_fired(struct gw_timer *t)
{
	struct ws_conn *c = gw_container(t, struct ws_conn, alarm);
	int64_t now_ms = ws_now_ms(c->ws);

	if (!c->is_open) {
		return;
	}
	look_at_paused(c, now_ms);
	look_at_silence(c, now_ms);
	look_at_doubt(c, now_ms);
	if (c->is_receiving && !c->is_paused && now_ms >= c->rx_by_ms) {
		ws_conn_close(c, WS_CODE_POLICY, "a message took too long");
	} else if (c->is_receiving && !c->is_paused) {
		ws_conn_look_at(c, c->rx_by_ms);
	}
	ws_conn_kick(c);
}
