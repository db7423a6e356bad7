#pragma once

/*
 * Exchange - one request and its one answer.
 *
 *	   gw_exchange_open()
 *	          |
 *	          v          refused
 *	        ASKED ------------------------.
 *	          |                           |
 *	          | handed to send()          |
 *	          v          answer()         v     reply()
 *	         SENT ---------------------> ENDED ---------> (freed)
 *	        ^    |       deadline         ^
 *	   next |    | fail()                 | no other way is left
 *	    way |    v                        |
 *	        FAILED -----------------------'
 *
 * An exchange that somebody has abandoned goes the same way, but for reply().
 *
 * open(), answer() and fail() only queue: nothing calls back from inside the
 * call that caused it.  The steps that an exchange takes from one state to the
 * next are those of the road, core/path.c.
 *
 * The core owns an exchange from open to freed.  The binding that it was handed
 * to may hold the pointer from then until it answers, fails, or is told to
 * forget().  Loop thread only.
 */

#include <stdbool.h>

#include "core/account.h"
#include "core/address.h"
#include "core/lib/cleanup.h"
#include "core/lib/table.h"
#include "core/lib/timer.h"
#include "core/memory.h"
#include "core/primitive.h"
#include "core/status.h"

struct gw_binding;
struct gw_cse;
struct gw_peer;
struct gw_registree;
struct gw_relay;

enum gw_exchange_state {
	GW_EXCHANGE_ASKED,  // on its way
	GW_EXCHANGE_SENT,   // in the hands of hop.via
	GW_EXCHANGE_FAILED, // hop.via could not deliver it: failure, why
	GW_EXCHANGE_ENDED,  // has its answer, or NULL when memory is short
};

/* The steps of the road (core/path.c), in order. */
enum gw_step {
	GW_STEP_CHECK,
	GW_STEP_ROUTE,
	GW_STEP_BORDER,
	GW_STEP_DELIVER,
	GW_STEP_SEND,
	GW_STEP_NEXT_WAY,
	GW_STEP_LEARN,
	GW_STEP_FIT,
	GW_STEP_REPLY,
	GW_STEP_LEAVE, // none now: it waits for what happens
};

/* What is known of fr beside itself. */
enum gw_claim {
	GW_CLAIM_UNPROVEN,   // nothing
	GW_CLAIM_OF_ANOTHER, // what carries it says that somebody else asks
	GW_CLAIM_TRUE,       // what carries it says the same, or we ask
};

/* Who asks, and how the answer finds its way. */
struct gw_asker {
	/* reply() of this one is called, with what it needs to find its peer
	 * in native. */
	struct gw_binding *binding;
	void *native;

	/* The CSE whose link it came down; NULL: none, and core finds out
	 * whether it is from one that speaks without a link. */
	struct gw_cse *cse;

	/* The connection it came up, if requests can be sent back on it;
	 * NULL: they cannot, or not any more. */
	struct gw_peer *peer;

	/* The CSE it spoke to by name, where it can: what has no CSE in `to` is
	 * meant for that one; NULL: not told. */
	struct gw_cse *at;

	/* Where a registree can be reached back, behind all points of access
	 * that it gives; absent: nowhere. */
	struct gw_str url;

	/* Numeric address of the peer; absent: not known. */
	struct gw_str host;

	/* Who brings it; absent: not known.  Of a peer core takes what that
	 * says. */
	struct gw_str identity;

	/* Whose it is that the gateway holds it; NULL: its own.  Borrowed, but
	 * for an exchange, which uses it as long as it is open. */
	struct gw_account *account;

	/* How the answer's content is to be written; NONE: as it comes. */
	enum gw_media media;

	/* Why nobody here may be meant, for a link that brings what others are
	 * sent, too; NULL: it does not. */
	const char *astray;

	/* Whether the identity is who fr names. */
	enum gw_claim claim;

	/* Its address may be forged.  Then it is no CSE, neither of the
	 * configuration nor registered: what would be done for one is refused,
	 * and wants_proof is set. */
	bool is_unproven;
};

/* A registree of ours that a request is for: its id, "Cxyz" or "/id-mn", the
 * CSE it is registered with, where it was when it last spoke, if that is known,
 * and how it wants content written.  All zero when it is for somebody else. */
struct gw_receiver {
	struct gw_str id;
	struct gw_cse *cse;
	struct gw_str url;
	enum gw_media media;
};

/* Where an exchange is sent next.  url is in the request's arena. */
struct gw_hop {
	struct gw_binding *via;

	/* Toward a CSE of the configuration, or over this connection of a
	 * registree; NULL: not so. */
	struct gw_cse *cse;
	struct gw_peer *peer;

	/* To this point of access; absent: none.  A whole URL is the target
	 * itself: `to` is not added. */
	struct gw_str url;
	bool is_whole_url;

	/* How content is written there: core brings the request's content into
	 * that form before send(), if it is not NONE. */
	enum gw_media media;

	/* fr as it is written on this hop. */
	struct gw_str from;

	/* Connect only to this address, or to what deliver.allow names;
	 * absent: the address is from the configuration. */
	struct gw_str host;

	/* Who asks, when it is registered here.  Only inside send(): a
	 * registree may be gone at any time after. */
	struct gw_registree *originator;

	/* The registree it is for. */
	struct gw_receiver receiver;
};

/* The ways to that registree (core/way.c). */
struct gw_ways {
	struct gw_str poa;        // its points of access, as it gave them
	struct gw_json_walk left; // those that were not looked at yet,
	unsigned i_next;          // and the place of the first of them
	uint32_t failed;          // those that were not reached lately
	unsigned turn;            // which kind of way is due
	unsigned n_tried;
	unsigned i_poa;     // place of the one in use, from 1; 0: it is none
	bool has_connected; // its connection was tried
	bool has_been_there;
	bool has_more; // than the one in use
};

struct gw_exchange {
	enum gw_exchange_state state;
	enum gw_step step;         // that it takes next, while it is queued
	enum gw_media media_given; // how the content was written as it came
	enum gw_status failure;    // why it failed, or is refused, with .why
	bool is_abandoned;         // nobody waits for the answer
	bool is_on_connection;     // it came up one that requests go back on
	bool is_crowded_out;       // what it needs or waited for has no room
	bool is_lost;              // it may have been delivered all the same
	bool is_answered;          // by the other side, and not by us
	bool wants_proof;          // refused, for asker.is_unproven only
	bool has_replaced_poa;
	bool has_number_given; // id_given was a number
	struct gw_relay *relay;
	struct gw_primitive *request; // owned
	struct gw_primitive *answer;  // owned; NULL until ENDED
	struct gw_address from;       // request->from, taken apart
	struct gw_address to;         // request->to
	struct gw_asker asker;

	/* Who is behind it in the queue of the road, while it is in there. */
	struct gw_exchange *next;

	struct gw_hop hop; // where it goes; .via is NULL until SENT

	/* Among what is out (core/lap.c). */
	struct gw_table_entry lap;

	/* rqi as it was given; absent while request->id is just that. */
	struct gw_str id_given;

	struct gw_reason why;

	/* Set while SENT; on the loop's clock. */
	struct gw_timer deadline;
	int64_t deadline_ms;
	int64_t opened_ms;

	/* For hop.via: its own handle while SENT. */
	void *sent;

	struct gw_ways ways;

	struct gw_charge place; // among the exchanges that are open
	struct gw_load load;    // the bytes of its messages, and its own

	/* poa of a registration before we replaced it; absent: it had none. */
	struct gw_str poa_given;

	/* Among all of the relay, with who points at us there. */
	struct gw_exchange *after;
	struct gw_exchange **link;
};

/*
 * Hand a request to the core.
 *
 * Takes the request, also on failure; *asker is copied.  On success *xp names
 * the exchange until reply() returns or gw_exchange_abandon() is called.
 * Nothing else happens before this returns.  Returns 0 or -ENOMEM; a refusal is
 * an answer like any other.
 */
int gw_exchange_open(struct gw_exchange **xp, struct gw_relay *relay,
		     const struct gw_asker *asker,
		     struct gw_primitive *request) GW_MUST_CHECK;

/* Finish an exchange.  Takes the answer.  Called once, by whoever it was handed
 * to, from inside send() or later.  The core restores rqi.  reply() follows
 * from the loop.  NULL, when memory is short, fails the exchange with 5000. */
void gw_exchange_answer(struct gw_exchange *x, struct gw_primitive *answer);

/* Finish an exchange with a status and a reason for a person (m2m:dbg, copied),
 * when there is no answer to carry.  Called in place of gw_exchange_answer().
 * 5103 says that surely nobody has got the request: core tries the next point
 * of access, so the exchange may come back to a send(), from the loop. */
void gw_exchange_fail(struct gw_exchange *x, enum gw_status status,
		      const char *reason);

/* The same with 5103 for a request that somebody may have got, whose answer
 * will not come: nobody else is asked. */
void gw_exchange_lose(struct gw_exchange *x, const char *reason);

/* The same with 5103 for a request that waits and has no room any more, because
 * too much does: who asked is told that it may try again soon. */
void gw_exchange_crowd_out(struct gw_exchange *x, const char *reason);

/* For is_held() of a binding: the request was sent at this time of the loop's
 * clock, and has no answer yet. */
void gw_exchange_is_out(struct gw_reason *why, const struct gw_exchange *x,
			int64_t sent_ms);

/* For whoever it was handed to: all of the request is written, and will not be
 * written again.  Large content is freed, unless there is another way to go. */
void gw_exchange_is_written(struct gw_exchange *x);

/* For whoever it was handed to: it goes out under another rqi than that of
 * request->id, which becomes that one (copied) until the other side is through
 * with it.  Whoever asked gets its own back. */
void gw_exchange_is_sent_as(struct gw_exchange *x, struct gw_str id);

/* gw_relay_hash() of request->id. */
uint64_t gw_exchange_id_hash(const struct gw_exchange *x);

/* So many bytes of its answer have come and are kept elsewhere until all is
 * there.  False when that is too much: then it is to be failed with 5103. */
bool gw_exchange_receives(struct gw_exchange *x, size_t n_bytes) GW_MUST_CHECK;

/* Nobody waits for the answer: the asker's peer went away, or wants none.  The
 * request goes on, reply() will not come, and neither side uses the other any
 * more: not the asker x, and core not the asker's peer. */
void gw_exchange_abandon(struct gw_exchange *x);
