#pragma once

/*
 * Chain - three relays in one process, so that a primitive crosses two
 * bindings over real sockets and comes back.
 *
 *	asker -> near ==left==> middle ==right==> far -> CSE
 *
 * near sends over the left binding, middle listens to it and sends over the
 * right one, far listens to that.  The asker and the CSE are bindings of the
 * test that only write down what they are handed.
 */

#include <stdint.h>

#include "core/binding.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/relay.h"
#include "core/timer.h"

struct mosquitto_process;

/* A binding that can be either end of a hop. */
struct chain_end {
	const struct gw_binding_ops *ops;
	const char *scheme;

	/* Whether it writes whole primitives, so that every parameter has a
	 * place; the others leave behind what nobody knows. */
	bool carries_all;
};

/* All of them, ended by a NULL ops. */
extern const struct chain_end chain_ends[];

struct chain_conf {
	struct gw_conf conf;
	struct gw_conf_cse cse;
	struct gw_conf_broker brokers[2];
	const char *serves[1];
};

/* Where two relays meet: one listens, or both are at a broker. */
struct chain_hop {
	const struct chain_end *end;
	uint16_t port;
	char url[64];
	struct mosquitto_process *broker; // NULL: none
};

struct chain {
	struct gw_loop *loop;
	struct chain_hop left;
	struct chain_hop right;
	struct chain_conf confs[3];
	struct gw_relay *near;
	struct gw_relay *middle;
	struct gw_relay *far;

	struct gw_exchange *asked;   // at the CSE, not yet answered
	struct gw_primitive *answer; // the asker's, the newest
	size_t n_events;             // asked and answered so far
	struct gw_timer patience;
	bool is_late;
	bool is_warming_up;
};

/* Start a chain whose hops write content this way. */
void chain_start(struct chain *c, const struct chain_end *left,
		 const struct chain_end *right, enum gw_media media_left,
		 enum gw_media media_right);
void chain_stop(struct chain *c);

/* Send a request, which is taken, and wait until the CSE has it.  NULL when the
 * asker was answered before that. */
struct gw_primitive *chain_ask(struct chain *c, struct gw_primitive *p);

/* Answer it, which takes the answer, and wait until the asker has it. */
const struct gw_primitive *chain_answer(struct chain *c,
					struct gw_primitive *answer);

/* Send a request that never gets to the CSE, and wait for its answer. */
const struct gw_primitive *chain_refused(struct chain *c,
					 struct gw_primitive *p);
