/*
 * Receive - messages put together, read, and given to whom they are for.
 *
 * A message that came whole is read where it lies.  One that comes in pieces
 * is collected up to a bound in bytes, in frames and in time.
 */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "bindings/ws/ws_conn.h"
#include "bindings/ws/ws_message.h"
#include "bindings/ws/ws_state.h"
#include "core/codec/codec.h"
#include "core/codec/content.h"
#include "core/cse.h"
#include "core/lib/log.h"
#include "core/lib/wire.h"
#include "core/profile.h"
#include "core/report.h"

#define GW_LOG_TOPIC "ws"

#define RX_FIRST_BYTES ((size_t)4096)

#define CODE_BYTES 8

/* Frames one message may come in. */
#define RX_FRAMES_MAX 4096

/* Of events that a peer can cause at will, each of so many is logged. */
#define LOG_EACH 1000

/* How often a registree is told that what it sends is unreadable. */
#define TELL_EACH_MS 1000

/* Memory for a look at such a message, beside the message. */
#define WHOLE_BYTES ((size_t)4096)

void ws_conn_drop_rx(struct ws_conn *c)
{
	free(c->rx);
	c->rx = NULL;
	c->n_rx = 0;
	c->rx_size = 0;
	c->n_rx_frames = 0;
	c->is_receiving = false;
	ws_conn_owe(c);
}

static bool is_worth_a_line(uint64_t n)
{
	return n % LOG_EACH == 1;
}

static struct gw_str peer_of(const struct ws_conn *c)
{
	return c->asker.cse ? c->asker.cse->id : c->asker.host;
}

/* A message that came to nothing, with what is known of it. */
static void refused(const struct ws_conn *c, const struct gw_refusal *what)
{
	struct gw_refusal refusal = *what;

	refusal.binding = c->ws->binding;
	refusal.peer = peer_of(c);
	gw_report_refusal(&refusal);
}

/* Of a registree it was meant as a request; a CSE may say anything. */
static void unreadable(struct ws_conn *c, const struct gw_reason *why)
{
	uint64_t n = ++ws_counts(c->ws)->n_unreadable;

	if (!c->asker.cse) {
		refused(c, &(struct gw_refusal){
				   .status = GW_STATUS_BAD_REQUEST,
				   .reason = why->text,
			   });
	} else if (is_worth_a_line(n)) {
		gw_warn("unreadable", "from %s: %s (%llu so far)",
			c->asker.cse->conf->id, why->text,
			(unsigned long long)n);
	}
}

static struct ws_entry *match(struct ws_conn *c, const struct gw_primitive *p)
{
	struct gw_relay *relay = c->ws->binding->relay;

	if (p->id.len > 0) {
		return ws_pending_find(
			&c->pending, p->id,
			gw_relay_hash(relay, p->id.at, p->id.len));
	}
	if (c->profile->ws.has_fifo_answers) {
		return c->pending.oldest;
	}
	/* ACME and Mobius leave the id out where they could not read it. */
	return gw_status_is_success(p->status)
		       ? NULL
		       : ws_pending_only(&c->pending, ws_now_ms(c->ws));
}

/* The request of ours that an answer is for, which is no longer in flight.
 * NULL: none. */
static struct gw_exchange *take_asker(struct ws_conn *c,
				      const struct gw_primitive *p)
{
	struct ws_sent *sent = (struct ws_sent *)match(c, p);
	struct gw_exchange *x = NULL;

	if (!sent) {
		return NULL;
	}
	assert(sent->is_written && sent->conn == c);
	x = sent->x;
	ws_pace_answered(&c->pace, &sent->entry);
	ws_pending_answered(&c->pending, &sent->entry, ws_now_ms(c->ws));
	ws_sent_free(sent);
	if (c->waiting.n_waiting > 0 || c->answers || c->is_retiring ||
	    ws_conn_is_full(c)) {
		ws_conn_kick(c);
	}
	return x;
}

static void answered(struct ws_conn *c, struct gw_primitive *p)
{
	struct gw_exchange *x = take_asker(c, p);

	if (!x) {
		gw_report_stray(&(struct gw_stray){
			.binding = c->ws->binding,
			.peer = peer_of(c),
			.answer = p,
		});
		gw_primitive_free(p);
		return;
	}
	gw_exchange_answer(x, p);
}

/* An answer that cannot be read, p is what is left of it. */
static void broken(struct ws_conn *c, struct gw_primitive *p,
		   const struct gw_reason *why)
{
	bool has_owner = p->id.len > 0 || c->profile->ws.has_fifo_answers;
	struct gw_exchange *x = has_owner ? take_asker(c, p) : NULL;

	if (x) {
		ws_counts(c->ws)->n_unreadable++;
		gw_exchange_fail(x, p->status, why->text);
	} else {
		unreadable(c, why);
	}
	gw_primitive_free(p);
}

static void asked(struct ws_conn *c, struct gw_primitive *p)
{
	struct ws_asked *a = calloc(1, sizeof(*a));
	struct gw_asker asker = c->asker;

	if (!a) {
		gw_primitive_free(p);
		return;
	}
	a->conn = c;
	a->next = c->asked;
	a->link = &c->asked;
	if (a->next) {
		a->next->link = &a->next;
	}
	c->asked = a;
	asker.native = a;
	if (gw_exchange_open(&a->x, c->ws->binding->relay, &asker, p)) {
		*a->link = a->next;
		if (a->next) {
			a->next->link = a->link;
		}
		free(a);
		return;
	}
	c->n_asked++;
	if (ws_conn_is_full(c)) {
		ws_conn_kick(c);
	}
}

/* Whether what could be read is a request, of which nothing tells whose. */
static bool is_request(struct gw_primitive *whole)
{
	struct gw_reason ignored = { "" };
	struct gw_json_member op;

	return gw_content_become(whole, GW_MEDIA_JSON, &ignored) ==
		       GW_STATUS_NONE &&
	       gw_content_is_object(GW_MEDIA_JSON, whole->content) &&
	       gw_json_get(&op, gw_str_of(whole->content), GW_STR("op"));
}

/* Whether a message that says nothing of whose it is may be answered: it is
 * none at all, or a request. */
static bool may_be_told(struct gw_primitive *whole)
{
	struct gw_reason ignored = { "" };

	return !gw_codec_may_be_answer(whole->content) &&
	       (gw_content_check(&ignored, whole->media, whole->content) !=
			GW_STATUS_NONE ||
		is_request(whole));
}

/* Tell a registree that it cannot be understood, without an id to tell it by,
 * and not for each message of a flood. */
static void complain(struct ws_conn *c, enum gw_media media, struct gw_str text,
		     const struct gw_reason *why)
{
	int64_t now_ms = ws_now_ms(c->ws);
	bool came_in = !c->asker.cse;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *whole = NULL;

	if (!came_in || now_ms < c->untold_ms) {
		return;
	}
	whole = gw_primitive_new(0, WHOLE_BYTES + 4 * text.len);
	if (!whole) {
		return;
	}
	whole->media = media;
	whole->content = gw_bytes_of(text);
	if (may_be_told(whole)) {
		c->untold_ms = now_ms + TELL_EACH_MS;
		ws_conn_answer(c, gw_primitive_new_error(whole,
							 GW_STATUS_BAD_REQUEST,
							 why->text));
	}
}

/* Texts are UTF-8 (RFC 6455 8.1).  What was read as JSON, to its end, is. */
static bool is_broken_text(enum ws_opcode opcode, struct gw_str text)
{
	return opcode == WS_TEXT && !gw_json_is_utf8(text);
}

static void message(struct ws_conn *c, enum ws_opcode opcode,
		    struct gw_str text)
{
	enum gw_media media = gw_codec_media(c->asker.media, gw_bytes_of(text));
	struct gw_primitive *p = NULL;
	enum gw_status status = GW_STATUS_NONE;
	struct gw_reason why = { "" };
	enum gw_message kind = GW_MESSAGE_NOTHING;

	c->has_message = true;
	c->message_ms = ws_now_ms(c->ws);
	gw_wire_tell(&(struct gw_wire){ .topic = "ws",
					.is_received = true,
					.body = gw_bytes_of(text) });
	kind = gw_codec_take(&p, &status, &why, media, gw_bytes_of(text));
	if ((kind == GW_MESSAGE_NOTHING || kind == GW_MESSAGE_BROKEN ||
	     media == GW_MEDIA_CBOR || p->has_lost_content) &&
	    is_broken_text(opcode, text)) {
		gw_primitive_free(p);
		ws_conn_close(c, WS_CODE_TEXT, "a text is no UTF-8");
		return;
	}
	switch (kind) {
	case GW_MESSAGE_REQUEST:
		asked(c, p);
		return;
	case GW_MESSAGE_ANSWER:
		answered(c, p);
		return;
	case GW_MESSAGE_BROKEN:
		broken(c, p, &why);
		return;
	case GW_MESSAGE_REFUSED:
		ws_counts(c->ws)->n_unreadable++;
		refused(c, &(struct gw_refusal){
				   .request = p,
				   .status = status,
				   .reason = why.text,
			   });
		ws_conn_answer(c, gw_primitive_new_error(p, status, why.text));
		gw_primitive_free(p);
		return;
	case GW_MESSAGE_NOTHING:
		unreadable(c, &why);
		complain(c, media, text, &why);
		return;
	}
}

static size_t held(const struct ws_conn *c)
{
	return c->own_bytes + c->rx_size + c->n_answer_bytes;
}

void ws_conn_owe(struct ws_conn *c)
{
	gw_memory_owe(c->ws->binding->relay, &c->load, c->asker.account,
		      held(c));
}

/* Whether so many bytes more may be held.  What a CSE says, which may be an
 * answer, is always read. */
static bool may_hold(struct ws_conn *c, size_t n)
{
	struct gw_reason why;

	return c->asker.cse ||
	       gw_memory_take(c->ws->binding->relay, &c->load, c->asker.account,
			      held(c) + n, &why) == GW_STATUS_NONE;
}

static bool rx_grow(struct ws_conn *c, size_t need)
{
	size_t size = c->rx_size ? c->rx_size : RX_FIRST_BYTES;
	uint8_t *rx = NULL;

	if (need <= c->rx_size) {
		return true;
	}
	while (size < need) {
		size *= 2;
	}
	rx = may_hold(c, size - c->rx_size) ? realloc(c->rx, size) : NULL;
	if (rx) {
		c->rx = rx;
		c->rx_size = size;
	}
	ws_conn_owe(c);
	return rx != NULL;
}

/* Keep a piece until the rest has come.  Returns NONE, or why that is too
 * much. */
static enum ws_code collect(struct ws_conn *c, const struct ws_piece *piece)
{
	size_t len = piece->payload.len;
	size_t max = ws_message_max(c->ws);

	if (!c->is_receiving) {
		c->is_receiving = true;
		c->rx_by_ms = ws_now_ms(c->ws) + c->rx_ms;
		ws_conn_look_at(c, c->rx_by_ms);
	}
	c->n_rx_frames += piece->ends_frame ? 1 : 0;
	if (c->n_rx_frames > RX_FRAMES_MAX || c->n_rx > max ||
	    len > max - c->n_rx) {
		return WS_CODE_TOO_LARGE;
	}
	if (!rx_grow(c, c->n_rx + len)) {
		return WS_CODE_TRY_AGAIN;
	}
	if (len > 0) {
		memcpy(c->rx + c->n_rx, piece->payload.at, len);
		c->n_rx += len;
	}
	assert(c->n_rx <= c->rx_size);
	return WS_CODE_NONE;
}

/* The end of a link is told as such. */
static void cannot_keep(struct ws_conn *c, enum ws_code close_code)
{
	bool is_full = close_code == WS_CODE_TRY_AGAIN;
	const char *why = is_full ? "there is no room for a message now "
				    "(limits.memory)"
				  : "a message is too large or in too many "
				    "pieces";
	char code[CODE_BYTES];

	(void)snprintf(code, sizeof(code), "%d", (int)close_code);
	if (!c->asker.cse) {
		refused(c,
			&(struct gw_refusal){
				.status =
					is_full ? GW_STATUS_TARGET_NOT_REACHABLE
						: GW_STATUS_BAD_REQUEST,
				.code = code,
				.reason = why,
			});
	}
	ws_conn_close(c, close_code, why);
}

void ws_conn_take(struct ws_conn *c, const struct ws_piece *piece)
{
	enum ws_code wrong = WS_CODE_NONE;

	if (c->is_closing || c->is_broken) {
		return;
	}
	if (piece->ends_message && !c->is_receiving) {
		message(c, piece->opcode,
			piece->payload.len > 0 ? gw_str_of(piece->payload)
					       : GW_STR(""));
		return;
	}
	wrong = collect(c, piece);
	if (wrong != WS_CODE_NONE) {
		cannot_keep(c, wrong);
		return;
	}
	if (piece->ends_message) {
		uint8_t *rx = gw_take(&c->rx);
		struct gw_str text = { rx ? (const char *)rx : "", c->n_rx };

		ws_conn_drop_rx(c);
		message(c, piece->opcode, text);
		free(rx);
	}
}
