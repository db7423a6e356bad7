#pragma once

/*
 * Binding - one protocol, made to look like all the others.
 *
 * A binding turns native messages into primitives and back.  It knows its
 * library and the headers in core/; it knows no other binding.
 *
 * To write one, fill in a struct gw_binding_ops: name and reply always, send
 * and forget together, schemes where a URL leads to it.  bindings/loopback is
 * the shortest, and bindings/README.md lists every place that has to know of a
 * new one; tests/contract asks of it what is promised here, once it has a row
 * there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"
#include "core/primitive.h"
#include "core/status.h"

struct gw_binding;
struct gw_conf;
struct gw_cse;
struct gw_exchange;
struct gw_loop;
struct gw_net_end;
struct gw_peer;
struct gw_registree;
struct gw_relay;

typedef int gw_binding_start_fn(struct gw_binding *b);
typedef void gw_binding_drain_fn(struct gw_binding *b);
typedef void gw_binding_stop_fn(struct gw_binding *b);
typedef int gw_binding_reload_fn(struct gw_binding *b,
				 const struct gw_conf *conf);
typedef void gw_binding_send_fn(struct gw_binding *b, struct gw_exchange *x);
typedef void gw_binding_forget_fn(struct gw_binding *b, struct gw_exchange *x);
typedef bool gw_binding_held_fn(struct gw_binding *b,
				const struct gw_exchange *x,
				struct gw_reason *why);
typedef void gw_binding_reply_fn(struct gw_binding *b, struct gw_exchange *x);
typedef void gw_binding_registree_fn(struct gw_binding *b,
				     struct gw_registree *r);
typedef void gw_binding_peer_fn(struct gw_peer *peer);
typedef void gw_binding_cse_fn(struct gw_binding *b, struct gw_cse *cse);
typedef struct gw_str gw_binding_address_fn(struct gw_binding *b,
					    const struct gw_cse *cse);

typedef bool gw_binding_listens_fn(struct gw_binding *b, struct gw_net_end *at);

/* One number that a binding tells of itself, such as how many "connections". */
typedef void gw_say_fn(void *arg, const char *what, uint64_t n);
typedef void gw_binding_tell_fn(struct gw_binding *b, gw_say_fn *say,
				void *arg);

typedef void gw_binding_code_fn(char *text, size_t size, enum gw_status status,
				enum gw_op op);

/* Every call below comes from the loop thread, one at a time. */
struct gw_binding_ops {
	/* name: the word used in logs and in the configuration. */
	const char *name;

	/* schemes: URL schemes it can send to, ended by NULL: "ws", "wss".
	 * NULL for a protocol that only listens. */
	const char *const *schemes;

	/* wrong_url: what is wrong with the URL of a CSE or a broker that has
	 * one of these schemes, as the end of a sentence such as "has no host";
	 * NULL when it can be used.  Optional: every URL can be. */
	const char *(*wrong_url)(struct gw_str url);

	/* objection: why nobody is ever asked at a point of access of one of
	 * these schemes; NULL when somebody may be.  Optional: then it is
	 * core/deliver.h that decides. */
	const char *(*objection)(struct gw_binding *b, struct gw_str url);

	/* media: how content must be written in all that is sent, or NONE.
	 * Core brings it into that form, else into x->hop.media, and refuses
	 * with 4015 what it cannot.  A binding that writes whole primitives
	 * may carry content of another form by its codec. */
	enum gw_media media;

	/* is_two_way: a CSE asks back on the connection that led to it.  Its
	 * address() names that, and is nothing to connect to; nor is the point
	 * of access of a registree, which opens its connection itself. */
	bool is_two_way;

	/* is_datagram: it speaks over UDP, and not over TCP: who listens at a
	 * port of the one is not who listens at that of the other. */
	bool is_datagram;

	/* state_size: bytes of private state.  The core allocates it zeroed
	 * before start() and frees it after stop(). */
	size_t state_size;

	/* start: open sockets and hang them into b->loop.  Returns 0 or a
	 * negative errno, already logged.  The core calls stop() after a
	 * failed start() too, so start() need not undo anything itself. */
	gw_binding_start_fn *start;

	/* drain: the gateway goes down.  Take no new requests; say goodbye on
	 * connections once nothing is open on them.  Optional. */
	gw_binding_drain_fn *drain;

	/* is_drained is asked again and again after drain(): whether nothing is
	 * left to send or to close.  Optional: NULL is always drained. */
	bool (*is_drained)(struct gw_binding *b);

	/* stop: release everything.  Must cope with a start() that got only
	 * half way.  May not block.  Exchanges still open are failed and
	 * forgotten by the core before this is called. */
	gw_binding_stop_fn *stop;

	/* reload: conf replaces b->conf.  Take over what can change while
	 * running; log what cannot.  Optional. */
	gw_binding_reload_fn *reload;

	/* send: carry x->request out to x->hop.  Optional: NULL for a protocol
	 * that only listens.  gw_exchange_answer() or _fail() is to be called
	 * exactly once, from inside or later, unless forget() comes first:
	 * both only queue.  From then on the binding may not use x. */
	gw_binding_send_fn *send;

	/* forget: the deadline of an exchange that it has has passed, or the
	 * gateway goes down.  Drop every pointer to x; a late native answer is
	 * to be thrown away.  Required when send is given. */
	gw_binding_forget_fn *forget;

	/* is_held: whether surely nothing of an exchange that it has was
	 * delivered yet: a name is looked up, a connection opened, or its turn
	 * has not come.  In either case it says why it is not answered yet, as
	 * in "its connection is not open yet"; *why holds what is said where
	 * nothing is known.  Core asks at the deadline, and when there is
	 * another way, and may forget() it then.  Optional: NULL is never. */
	gw_binding_held_fn *is_held;

	/* reply: give x->answer to whoever x->asker.native names.  x and all in
	 * it are borrowed and gone when reply() returns; a binding that needs
	 * the answer longer moves it out with gw_take(&x->answer).  NULL: there
	 * was not even memory for a refusal, and who asked is to see that
	 * nothing comes any more.  Where x->wants_proof is set, nothing was
	 * done, and a binding that can have an address proved asks for that
	 * in place of the answer. */
	gw_binding_reply_fn *reply;

	/* joined, left: a registree of a CSE that this binding leads to became
	 * known, or is about to be freed.  For links per originator.
	 * Optional. */
	gw_binding_registree_fn *joined;
	gw_binding_registree_fn *left;

	/* doubt: another connection says to be who is reached over this one.
	 * Find out soon whether anybody is there, and end it when nobody is.
	 * May not call back from inside.  Optional. */
	gw_binding_peer_fn *doubt;

	/* address: the URL at which this CSE reaches the gateway back, for the
	 * poa of registrations; cse NULL: at which anybody reaches the
	 * listener.  It lives as long as b->conf.  Absent: none.  Optional. */
	gw_binding_address_fn *address;

	/* listens: where it listens, as the system has it, whatever advertise
	 * says; false: nowhere.  Nothing is ever delivered to there.
	 * Optional. */
	gw_binding_listens_fn *listens;

	/* wanted: the gateway wants to be reachable from a CSE that this
	 * binding leads to, so its link is to be kept open.  Optional. */
	gw_binding_cse_fn *wanted;

	/* code: how it says a status to who asked for op, such as "404" or
	 * "4.04", for the log; at most size bytes with the terminator.
	 * Optional. */
	gw_binding_code_fn *code;

	/* overload: the same of what it says when there is no room
	 * (is_overload of an answer), whatever the status.  NULL: nothing
	 * else. */
	const char *overload;

	/* tell: say what it has at this moment, for whoever runs the gateway;
	 * only between start() and stop().  Optional. */
	gw_binding_tell_fn *tell;
};

/* One running instance of a binding. */
struct gw_binding {
	const struct gw_binding_ops *ops;
	struct gw_relay *relay;     // borrowed
	struct gw_loop *loop;       // borrowed
	const struct gw_conf *conf; // borrowed; replaced by a reload
	void *state;                // ops->state_size bytes
};

/* Whether a URL of this scheme leads to such bindings. */
bool gw_binding_sends_to(const struct gw_binding_ops *ops,
			 struct gw_str scheme);
