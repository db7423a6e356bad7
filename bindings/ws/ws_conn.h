#pragma once

/*
 * Conn - a connection that carries primitives, whichever end opened it.
 *
 *	          core                                    peer
 *	send() ----> waiting ----> pending ----------------->
 *	       in turns; 5103      (window, gap)
 *	       above queue_bytes
 *	answer() <---------------- pending <---------------- answer
 *	open()   <---------------- asked   <---------------- request
 *	reply() ---> answers ----- asked ------------------->
 *
 * Requests and answers cross in both directions at the same time (TS-0020
 * 5.2).  A link and the connection of a registree embed one of these; what
 * carries the bytes is a wire.
 *
 * Nothing here ends a connection from inside a call of the wire: what is to be
 * closed is closed by the task, and then the wire tells ws_conn_lost().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bindings/ws/ws_frame.h"
#include "bindings/ws/ws_pace.h"
#include "bindings/ws/ws_pending.h"
#include "core/exchange.h"
#include "core/lib/loop.h"
#include "core/lib/mint.h"
#include "core/lib/timer.h"
#include "core/turns.h"

struct gw_profile;
struct lws;
struct ws_raw;
struct ws_conn;
struct ws_state;

/* What carries the bytes.  Called from the task or a timer, never from inside
 * a call of the library. */
struct ws_wire_ops {
	/* Write what ws_conn_next() gives, until there is no more or the
	 * socket takes no more. */
	void (*flush)(struct ws_conn *c);

	void (*ping)(struct ws_conn *c);

	/* Go on reading, or do not read until then.  And whether the peer is
	 * gone, or says no more, while it is not read.  NULL for connections
	 * that are always read. */
	void (*pause)(struct ws_conn *c, bool is_paused);
	bool (*has_left)(const struct ws_conn *c);

	/* Say goodbye.  The end of the connection is told later. */
	void (*close)(struct ws_conn *c, enum ws_code code);

	/* Say goodbye at once, for a connection that is dropped next. */
	void (*bye)(struct ws_conn *c, enum ws_code code);

	/* End the connection at once: ws_conn_lost() comes from inside. */
	void (*kill)(struct ws_conn *c);
};

struct ws_owner_ops {
	/* The connection has ended; c may be freed here. */
	void (*lost)(struct ws_conn *c, const char *why);

	/* For the end that opens connections: the handshake is done; or the
	 * attempt has failed. */
	void (*up)(struct ws_conn *c, struct lws *wsi);
	void (*refused)(struct ws_conn *c, const char *why);
};

/* A request of ours: waiting to be written, or in flight. */
struct ws_sent {
	struct ws_entry entry; // first: an entry is one of these
	struct ws_conn *conn;
	struct gw_exchange *x;
	struct gw_turn turn; // while it waits
	bool is_written;
	char minted[GW_MINT_BYTES];
};

/* A request of the peer: asked, then answered and waiting to be written. */
struct ws_asked {
	struct ws_conn *conn;
	struct gw_exchange *x;
	struct gw_primitive *answer;
	enum gw_op op;      // of what it answers, as are
	struct gw_str from; // in the arena of the answer
	struct gw_str to;
	size_t n_bytes;
	struct ws_asked *next;
	struct ws_asked **link;
};

struct ws_conn {
	struct ws_state *ws;
	const struct ws_owner_ops *owner;
	const struct ws_wire_ops *wire;
	struct lws *wsi;    // NULL: not connected
	struct ws_raw *raw; // what the raw wire knows about it
	const struct gw_profile *profile;
	struct gw_asker asker; // of all requests that come from here; its media
			       // is how all messages are written

	struct ws_pending pending;
	struct gw_mint mint; // of ids in place of those that are taken
	struct ws_pace pace;

	struct gw_turns waiting; // requests of ours
	struct ws_asked *answers;
	struct ws_asked **last_answer;
	size_t n_answer_bytes;
	struct ws_asked *asked;

	/* Of the peer's, those that are open and the answers that wait.  At so
	 * many it is not read for a while; 0: it always is. */
	size_t n_asked;
	size_t n_asked_max;

	struct gw_load load; // what it holds beside exchanges
	size_t own_bytes;    // of that for the connection itself

	uint8_t *rx; // a message that came in pieces, so far
	size_t n_rx;
	size_t rx_size;
	size_t n_rx_frames;
	bool is_receiving;
	bool is_paused;   // it is not read
	bool has_left;    // but it is gone: that is read
	int64_t rx_by_ms; // when it must be complete
	int64_t rx_ms;    // time a message may take

	struct gw_task work;
	struct gw_timer alarm;
	int64_t heard_ms; // when the peer last sent anything
	int64_t ping_ms;  // ping after so much silence; 0: never
	bool is_pinged;
	bool is_doubted;     // is to be pinged, however long it is silent
	int64_t doubt_by_ms; // when it must have been heard; 0: not doubted
	bool has_message;    // at least one was received
	int64_t message_ms;  // when the last one was
	int64_t untold_ms;   // not told before that it is unreadable

	bool is_open;
	bool is_broken;  // cannot be written to any more
	bool is_closing; // goodbye is to be said, or was said
	bool has_closed; // goodbye was said
	enum ws_code code;
	unsigned peer_code; // of the goodbye that the peer began with; 0: none
	int64_t close_by_ms;

	bool is_retiring; // to be closed once nothing is open on it
	enum ws_code retire_code;
	int64_t retire_after_ms; // and the peer was silent so long

	char why[128];       // what we know about its end
	const char *opening; // what is done to open it, static; NULL: nothing
};

/* A connection that is not open.  At most n_used_max ids are remembered. */
void ws_conn_init(struct ws_conn *c, struct ws_state *ws,
		  const struct ws_owner_ops *owner, size_t n_used_max);

/* Free what it holds.  It must have been lost, or never opened, and nothing
 * may wait on it. */
void ws_conn_deinit(struct ws_conn *c);

/* The handshake is done: what waits may be written. */
void ws_conn_opened(struct ws_conn *c, struct lws *wsi);

/* For wires: the connection has ended.  What is in flight fails with 5103,
 * what waits keeps waiting, and the owner is told. */
void ws_conn_lost(struct ws_conn *c, const char *why);

/* Queue a request; of many askers each has its turn.  False when it has failed:
 * with 5103 where too much waits, and nobody has more than who asks. */
bool ws_conn_send(struct ws_conn *c, struct gw_exchange *x);

/* As gw_binding_forget_fn, gw_binding_held_fn and gw_binding_reply_fn. */
void ws_conn_forget(struct gw_exchange *x);
bool ws_conn_holds(const struct gw_exchange *x, struct gw_reason *why);
void ws_conn_reply(struct gw_exchange *x);

/* Answer a request that no exchange was opened for.  Takes the answer. */
void ws_conn_answer(struct ws_conn *c, struct gw_primitive *answer);

/* Fail all that waits to be written. */
void ws_conn_fail_waiting(struct ws_conn *c, const char *why);

/* For wires: append the payload of the next message that may be written now.
 * False when there is none. */
bool ws_conn_next(struct ws_conn *c, struct gw_buf *buf);

/* For wires: the frames that messages are written in. */
enum ws_opcode ws_conn_opcode(const struct ws_conn *c);

/* For wires: part of a message was received. */
void ws_conn_take(struct ws_conn *c, const struct ws_piece *piece);

/* For wires: something was received, of whatever kind. */
void ws_conn_heard(struct ws_conn *c);

/* For wires: writing has failed. */
void ws_conn_broke(struct ws_conn *c, const char *why);

/* Do what there is to do, soon. */
void ws_conn_kick(struct ws_conn *c);

/* Look again at this time, or before. */
void ws_conn_look_at(struct ws_conn *c, int64_t at_ms);

/* For wires: the peer has said goodbye.  No answer can come any more, so what
 * is in flight fails at once. */
void ws_conn_peer_closed(struct ws_conn *c, unsigned code,
			 struct gw_str reason);

/* For wires: both sides have said goodbye.  The peer may take its time to close
 * the socket, we do not wait for that. */
void ws_conn_end(struct ws_conn *c);

/* The gateway stops: write what is left to be said, and goodbye, before the
 * connection is dropped. */
void ws_conn_bye(struct ws_conn *c);

/* Give it up unless it is heard within WS_DOUBT_MS; ping it for that. */
#define WS_DOUBT_MS 5000
void ws_conn_doubt(struct ws_conn *c);

/* Say goodbye, soon.  Only the first reason counts. */
void ws_conn_close(struct ws_conn *c, enum ws_code code, const char *why);

/* Say goodbye once nothing is open on it and the peer was silent so long. */
void ws_conn_retire(struct ws_conn *c, enum ws_code code, int64_t silent_ms);

/* Whether the peer has as much open as it may before it is read on. */
bool ws_conn_is_full(const struct ws_conn *c);

/* Whether nothing is open on it, in either direction. */
bool ws_conn_is_quiet(const struct ws_conn *c);

/* For this room's own files: undo a request that left the queue or the table,
 * and forget what was received of a message. */
void ws_sent_free(struct ws_sent *sent);
void ws_conn_drop_rx(struct ws_conn *c);

/* It holds more, or less, than before, which cannot be refused. */
void ws_conn_owe(struct ws_conn *c);
void ws_conn_fail_flying(struct ws_conn *c, const char *why);
void ws_conn_drop_asked(struct ws_conn *c);
