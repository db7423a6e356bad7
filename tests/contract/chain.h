#pragma once

/*
 * Chain - two or three relays in one process, so that a primitive crosses one
 * binding or two over real sockets and comes back.
 *
 *	asker -> near ==left==> middle ==right==> far -> CSE
 *	asker -> near ==left==> far -> CSE
 *	asker -> near -> a binding that answers itself
 *
 * near sends over the left binding, middle listens to it and sends over the
 * right one, far listens to that.  The asker and the CSE are bindings of the
 * test that only write down what they are handed.  Each relay also listens
 * where the one behind it may deliver, so that either may ask.
 */

#include <stdint.h>

#include "bindings/loopback/loopback.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/lib/timer.h"
#include "core/relay.h"

#define CHAIN_ASKED_MAX 50
#define CHAIN_PATIENCE_MS 30000
#define CHAIN_ENDS 5

struct mosquitto_process;

/* Where the two ends of a hop meet. */
enum chain_place {
	CHAIN_LISTENER, // one connects to where the other listens
	CHAIN_BROKER,   // both connect to a broker
	CHAIN_HALL,     // in this process
	CHAIN_INSIDE,   // nowhere: the binding answers itself, so that
			// near is the only relay
};

/* A binding that can be either end of a hop. */
struct chain_end {
	const struct gw_binding_ops *ops;
	const char *scheme;

	/* How it begins when it tells where it listens. */
	const char *listens_as;
	size_t listen_offset; // of its section in struct gw_conf

	enum chain_place place;

	/* Whether it writes whole primitives, so that every parameter has a
	 * place; the others leave behind what nobody knows. */
	bool carries_all;

	/* Whether it counts answers that come when nobody waits any more; the
	 * others take back what they asked. */
	bool counts_late;

	/* Whether what is to be sent may wait for its connection. */
	bool has_queue;
};

extern const struct chain_end chain_ends[CHAIN_ENDS];

/* The one of that scheme, or NULL. */
const struct chain_end *chain_end_find(const char *scheme);

/* How a relay listens over a binding that does. */
struct gw_conf_listen *chain_listen(struct gw_conf *conf,
				    const struct chain_end *end);

struct chain_conf {
	struct gw_conf conf;
	struct gw_conf_cse cse;
	struct gw_conf_broker brokers[2];
	const char *serves[1];
	const char *allowed[1];
	char addresses[CHAIN_ENDS][64];
};

/* Where two relays meet: one listens, or both are at a broker. */
struct chain_hop {
	const struct chain_end *end; // NULL: there is no such hop
	enum gw_media media;         // how content is written on it
	char url[64];
	struct mosquitto_process *broker; // NULL: none
};

struct chain {
	struct gw_loop *loop;
	struct loopback_hall hall;
	struct chain_hop left;
	struct chain_hop right;
	struct chain_conf confs[3];
	struct gw_binding_ops watched; // near's left binding, looked at
	struct gw_relay *near;
	struct gw_relay *middle; // NULL: near leads to far
	struct gw_relay *far;

	struct gw_exchange *asked; // the newest that is not answered
	struct gw_exchange *all_asked[CHAIN_ASKED_MAX];
	size_t n_asked;
	size_t n_forgotten;
	size_t n_replies;
	size_t n_events;             // asked and answered
	size_t n_turns;              // that somebody looked again
	size_t n_sends;              // near was to send over its left hop
	size_t n_refused;            // and it failed before it returned
	size_t n_inside;             // such calls that are running now
	size_t n_nested;             // those that began inside another
	size_t n_up;                 // relays that are at their broker
	size_t n_lost;               // and that have lost it
	struct gw_primitive *answer; // the asker's, the newest

	struct gw_timer patience;
	const size_t *awaited;
	size_t wanted;
	bool is_late;

	bool has_brokers;
};

/* The AEs that whoever sends has brought to whoever listens, where that
 * matters: over MQTT a CSE may speak for no others.  Ends with NULL. */
extern const char *const chain_brought[];

/* Start a chain of hops over these bindings that write content this way.  With
 * right NULL there is one hop. */
void chain_start(struct chain *c, const struct chain_end *left,
		 enum gw_media media_left, const struct chain_end *right,
		 enum gw_media media_right);

/* One that was never started is fine. */
void chain_stop(struct chain *c);

/* Whether nothing is open, so that another test may go on with it. */
bool chain_is_idle(const struct chain *c);

/* Open an exchange at one end, which takes the request.  lengthp, a size_t,
 * is told how long the content of its answer is; may be NULL. */
struct gw_exchange *chain_open(struct chain *c, struct gw_relay *relay,
			       struct gw_primitive *p, void *lengthp);

/* Run the loop until one of the counters above is as high as that. */
void chain_await(struct chain *c, const size_t *counter, size_t wanted);

/* Send a request, which is taken, and wait until the CSE has it.  NULL when the
 * asker was answered before that. */
struct gw_primitive *chain_ask(struct chain *c, struct gw_primitive *p);

/* The same from the other end: the CSE asks, and the asker of above is asked.
 */
struct gw_primitive *chain_ask_back(struct chain *c, struct gw_primitive *p);

/* Answer it, which takes the answer, and wait until the asker has it. */
const struct gw_primitive *chain_answer(struct chain *c,
					struct gw_primitive *answer);

/* Send a request that never gets to the CSE, and wait for its answer. */
const struct gw_primitive *chain_refused(struct chain *c,
					 struct gw_primitive *p);

/* A refusal tells a person why (m2m:dbg). */
void chain_expect_reason(const struct gw_primitive *got);

/* {"m2m:cin":{"con":"abc.."}} of that many bytes, in the primitive's arena. */
void chain_fill(struct gw_primitive *p, size_t len);
