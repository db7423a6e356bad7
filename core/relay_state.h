#pragma once

/*
 * Relay state - what the files of the relay share with each other, and with
 * nobody else.
 */

#include "core/binding.h"
#include "core/codec/codec_json.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/lib/hash.h"
#include "core/lib/loop.h"
#include "core/registry.h"
#include "core/relay.h"
#include "core/route.h"

struct gw_arena;
struct gw_registration;

struct gw_relay {
	struct gw_loop *loop;
	const struct gw_conf *conf;
	struct gw_binding **bindings; // owned, n_bindings of them
	size_t n_bindings;
	struct gw_cse **cses; // owned; they stay where they are
	size_t n_cses;
	struct gw_registry *registry;
	struct gw_counts counts;
	struct gw_hash_key key;
	struct gw_exchange *open; // all that are not freed
	size_t n_open;
	struct gw_exchange *ready; // answered, oldest first
	struct gw_exchange **last_ready;
	struct gw_task reply_task;
	struct gw_binding *self; // asks for the gateway itself
	struct gw_registration *registrations;
	size_t n_started;   // bindings that stop() is due to
	int64_t started_ms; // wall clock
	bool is_draining;
	bool is_started;
};

/* exchange.c */
void exchange_reply_all(struct gw_task *t);
void exchange_fail_all(struct gw_relay *relay);

/* learn.c: what a request asks to be changed, and what its answer shows. */
enum gw_status learn_request(struct gw_exchange *x,
			     struct gw_reason *why) GW_MUST_CHECK;
void learn_answer(struct gw_exchange *x);

/* poa.c: points of access of a registration that passes through. */
bool poa_may_stand_in(const struct gw_primitive *p);
int poa_replace(struct gw_exchange *x) GW_MUST_CHECK;
void poa_restore(struct gw_exchange *x);

/* What stands for us in a poa at this CSE: a JSON array, or absent. */
struct gw_str poa_of_gateway(struct gw_arena *a, const struct gw_cse *cse);

/* route.c: the SP-ID of the provider that a CSE belongs to, by the
 * configuration; absent when that is our own and has none. */
struct gw_str route_provider(const struct gw_relay *relay,
			     const struct gw_cse *cse);

/* The default CSE, or NULL. */
struct gw_cse *route_default(const struct gw_relay *relay);

/* The CSE of the configuration that a request comes from over a protocol
 * without links; NULL: from somebody else. */
struct gw_cse *route_speaker(const struct gw_exchange *x);

/* node.c: requests to the gateway itself. */
void node_answer(struct gw_exchange *x);

/* registration.c: the gateway's own registration.  settle() begins what the
 * configuration wants now, and ends the rest. */
int registration_settle(struct gw_relay *relay) GW_MUST_CHECK;
void registration_drain(struct gw_relay *relay);
void registration_stop(struct gw_relay *relay);
void registration_link_up(struct gw_relay *relay, struct gw_cse *cse);
gw_binding_reply_fn registration_reply;
