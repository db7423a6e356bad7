#pragma once

/*
 * Relay - one gateway: the context that everything hangs on.
 *
 * There are no globals: several relays live in one process side by side.
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/binding.h"
#include "core/lib/cleanup.h"
#include "core/lib/str.h"

struct gw_account;
struct gw_accounts;
struct gw_binding;
struct gw_binding_ops;
struct gw_charge;
struct gw_conf;
struct gw_conf_listen;
struct gw_cse;
struct gw_loop;
struct gw_registry;
struct gw_relay;

/* What happened so far.  Each request is in one of answers, refused, expired
 * and unreachable, or is open. */
struct gw_counts {
	uint64_t n_requests;    // that could be read, and our own
	uint64_t n_answers;     // answered by the other side
	uint64_t n_refused;     // answered by us: no route, full, given up for
				// somebody else, cannot be written, ...
	uint64_t n_expired;     // ended at the deadline
	uint64_t n_unreachable; // ended because nobody could be reached
	uint64_t n_own;         // points of access, and URLs to notify,
				// that turned out to be our own
	uint64_t n_abandoned;   // nobody waited for the answer
	uint64_t n_unmatched;   // answers that match nothing: late, doubled,
				// invented
	uint64_t n_unreadable;  // messages that are no primitive, or say
				// too little without their content, and
				// handshakes that are refused
	uint64_t n_lost_contents; // answers taken without their content,
				  // which is unreadable, or has no room
};

/* A gateway that uses these bindings, ended by NULL.  conf and loop are
 * borrowed and outlive it.  NULL when memory is short. */
struct gw_relay *
gw_relay_new(struct gw_loop *loop, const struct gw_conf *conf,
	     const struct gw_binding_ops *const *bindings) GW_MUST_CHECK;

/* Stops it first, if that was not done.  NULL is fine.  Returns NULL. */
struct gw_relay *gw_relay_free(struct gw_relay *relay);

/* Start all bindings, and register where the configuration says so.  Returns 0
 * or a negative errno, already logged; gw_relay_stop() is still needed. */
int gw_relay_start(struct gw_relay *relay) GW_MUST_CHECK;

/* Begin to go down: new requests are refused with 5103, what is open may still
 * be answered.  Then ask gw_relay_is_drained() each turn, until it is or
 * timeouts.drain_ms have passed. */
void gw_relay_drain(struct gw_relay *relay);
bool gw_relay_is_drained(struct gw_relay *relay);

/* Fail what is open with 5103, let the bindings reply, stop them. */
void gw_relay_stop(struct gw_relay *relay);

/* Use another configuration from now on; the old one may be freed afterwards.
 * Listeners and node identity do not change while running: the log tells.
 * Returns 0, or a negative errno, already logged, with the old configuration
 * still in use. */
int gw_relay_reload(struct gw_relay *relay,
		    const struct gw_conf *conf) GW_MUST_CHECK;

struct gw_loop *gw_relay_loop(const struct gw_relay *relay);
const struct gw_conf *gw_relay_conf(const struct gw_relay *relay);
struct gw_registry *gw_relay_registry(const struct gw_relay *relay);
struct gw_accounts *gw_relay_accounts(struct gw_relay *relay);

/* A pot for the connections of a listener, told of as "what", and one more of a
 * numeric address that came there, by the configuration as it is now.  False
 * when there is no place for it, with nothing taken. */
void gw_relay_open_sockets(const struct gw_relay *relay,
			   struct gw_accounts *sockets, const char *what);
bool gw_relay_take_socket(const struct gw_relay *relay,
			  struct gw_accounts *sockets, struct gw_charge *charge,
			  const struct gw_conf_listen *at,
			  struct gw_str address) GW_MUST_CHECK;

/* The account (core/account.h) of a numeric address that came to a listener,
 * for as long as the caller does not leave it.  NULL when memory is short. */
struct gw_account *gw_relay_account(struct gw_relay *relay,
				    const struct gw_conf_listen *at,
				    struct gw_str address) GW_MUST_CHECK;

/* The same of one connection of that address, or of one end of it. */
struct gw_account *gw_relay_account_new(struct gw_relay *relay,
					const struct gw_conf_listen *at,
					struct gw_str address) GW_MUST_CHECK;

struct gw_counts *gw_relay_counts(struct gw_relay *relay);

/* The i-th CSE of the configuration, or NULL behind the last. */
struct gw_cse *gw_relay_cse(const struct gw_relay *relay, size_t i);

/* The binding whose name, or one of whose schemes, this is; else NULL. */
struct gw_binding *gw_relay_binding(const struct gw_relay *relay,
				    struct gw_str name);
struct gw_binding *gw_relay_binding_for(const struct gw_relay *relay,
					struct gw_str url);

/* Let the i-th binding tell what it has (core/binding.h), if it tells anything.
 * Returns its name, or NULL behind the last that is started. */
const char *gw_relay_tell(const struct gw_relay *relay, size_t i,
			  gw_say_fn *say, void *arg);

/* A binding tells that a link to this CSE has come up: requests of our own,
 * such as the registration, may now be sent. */
void gw_relay_link_up(struct gw_relay *relay, struct gw_cse *cse);

/* A keyed hash for tables of names that peers choose. */
uint64_t gw_relay_hash(const struct gw_relay *relay, const void *at,
		       size_t len);
