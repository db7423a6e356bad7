#pragma once

/*
 * Relay state - what the files of the relay share with each other, and with
 * nobody else.
 */

#include "core/account.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/lib/hash.h"
#include "core/lib/loop.h"
#include "core/lib/mint.h"
#include "core/names.h"
#include "core/registry.h"
#include "core/relay.h"
#include "core/report.h"
#include "core/route.h"

struct gw_net_end;
struct gw_registration;

/* What this gateway is: cseTypeID (TS-0004 6.3.4.2.2). */
#define GW_CSE_TYPE_MN 2

/* Exchanges that take their next step, oldest first. */
struct gw_road {
	struct gw_exchange *first;
	struct gw_exchange **last;
	struct gw_task task; // path_walk()

	/* Of the one that takes its step: good from the step that finds it to
	 * the one that sends, between which no other takes any. */
	struct gw_route route;
};

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
	struct gw_exchange *open;    // all that are not freed
	struct gw_accounts accounts; // of open requests
	struct gw_accounts memory;   // of bytes (core/memory.h)
	struct gw_names *names;
	struct gw_road road;
	struct gw_table laps; // of exchanges that are out (lap.c)
	struct gw_mint mint;  // of rqi of our own, for what is sent on
	struct gw_report report;
	struct gw_binding *self; // asks and answers for the gateway itself
	struct gw_registration *registrations;
	size_t n_started;   // bindings that stop() is due to
	int64_t started_ms; // wall clock
	bool is_draining;
	bool is_started;
};

/* relay.c: whether a binding can send; and what its address() says, absent
 * where it has none.  Both take NULL for no binding. */
bool relay_can_send(const struct gw_binding *b);
struct gw_str relay_address(struct gw_binding *b, const struct gw_cse *cse);

/* Whether a numeric address is in a network that any listener trusts. */
bool relay_trusts(const struct gw_relay *relay, struct gw_str host);

/* path.c: let each exchange that is queued go on as far as it goes. */
gw_task_fn path_walk;

/* exchange.c: the oldest that is queued, or NULL. */
struct gw_exchange *exchange_take_queued(struct gw_relay *relay);

/* Give it an answer that core has made, when no hop has it. */
void exchange_end(struct gw_exchange *x, enum gw_status status,
		  const char *reason);

/* Take it, or all, back from the hop that has it, with such an answer. */
void exchange_recall(struct gw_exchange *x, enum gw_status status,
		     const char *reason);
void exchange_recall_all(struct gw_relay *relay, enum gw_status status,
			 const char *reason);

void exchange_free(struct gw_exchange *x);

/* Take a place among those that are open, for its asker.  Returns NONE; or 5103
 * with x->why filled in. */
enum gw_status exchange_take_place(struct gw_exchange *x) GW_MUST_CHECK;

/* Charge what it holds now.  Returns as exchange_take_place(). */
enum gw_status exchange_take_memory(struct gw_exchange *x) GW_MUST_CHECK;

/* The content of its request is not needed any more: it is freed where that is
 * worth it. */
void exchange_drop_content(struct gw_exchange *x);

/* Its answer, which core has made, says that there is no room: who asked may
 * try again soon. */
void exchange_is_overload(struct gw_exchange *x);

/* When it is looked at again while it is SENT, if nothing happens. */
int64_t exchange_patience_ms(const struct gw_exchange *x);

/* report.c: tell of an exchange that ends, where the configuration wants that;
 * and tell and forget all that was left out. */
void report_exchange(struct gw_exchange *x);
void report_end(struct gw_relay *relay);

/* reach.c: look at the points of access that a registree has given anew; an
 * exchange was answered by its hop; or it was not reached, as far as known. */
void reach_check(const struct gw_relay *relay, struct gw_arena *a,
		 const struct gw_registree *r);
void reach_heard(const struct gw_exchange *x);
void reach_lost(const struct gw_exchange *x, const char *why);

/* lap.c: begin: the other side has it from now on, as it is sent; end: not any
 * more.  It may not have begun. */
void lap_begin(struct gw_exchange *x);
void lap_end(struct gw_exchange *x);

/* Whether it may take the route that is found, where it is what we have sent
 * ourselves: NONE; or 4004, with x->why.  One that may just look like that goes
 * under an rqi of our own. */
enum gw_status lap_judge(struct gw_exchange *x) GW_MUST_CHECK;

/* Another rqi than it was given, copied; and that one back, if it has another.
 */
void lap_rename(struct gw_exchange *x, struct gw_str id);
void lap_restore(struct gw_exchange *x);

/* border.c: set x->hop.from, as the route that is found asks for it. */
void border_cross(struct gw_exchange *x);

/* learn.c: what a request asks to be changed, and what its answer shows. */
enum gw_status learn_request(struct gw_exchange *x,
			     struct gw_reason *why) GW_MUST_CHECK;
void learn_answer(struct gw_exchange *x);

/* poa.c: points of access of a registration that passes through. */
bool poa_may_stand_in(const struct gw_primitive *p);
int poa_replace(struct gw_exchange *x) GW_MUST_CHECK;
void poa_restore(struct gw_exchange *x);

/* Where this CSE reaches us back, as it is told; absent: nowhere, or it knows.
 * And an AE of ours, if it has to be told whom it notifies by that. */
struct gw_str poa_base(const struct gw_cse *cse);
struct gw_str poa_url(struct gw_arena *a, const struct gw_cse *cse,
		      struct gw_str id);

/* Whether the CSE needs to be told no other one for the AE that it has granted
 * this id. */
bool poa_names(const struct gw_exchange *x, struct gw_str id);

/* announce.c: tell its CSE the point of access of an AE, in its name. */
void announce(struct gw_relay *relay, const struct gw_registree *r);
void announce_reply(struct gw_exchange *x);

/* A value of poa as the list that is kept: a text is a list of one; absent for
 * what is neither.  In the arena or a slice. */
struct gw_str poa_list(struct gw_arena *a, struct gw_str value);

/* dialect.c: what a request to x->hop.cse needs said otherwise, NONE or the
 * status to refuse it with, and x->why; and what its answer says otherwise. */
enum gw_status dialect_request(struct gw_exchange *x) GW_MUST_CHECK;
void dialect_answer(struct gw_exchange *x);

/* payer.c: in a pot, the account of who has chosen the URL that x is sent to,
 * for as long as the caller does not leave it.  NULL when memory is short. */
struct gw_account *payer_of(struct gw_accounts *pot,
			    const struct gw_exchange *x) GW_MUST_CHECK;

/* own.c: whether the URL that a CSE notifies leads to a listener of ours, or
 * names somebody at a broker of ours; *targetp is whom, absent when nobody. */
bool own_target(struct gw_str *targetp, const struct gw_exchange *x);

/* Whether what this binding would reach at a host, or at an address, is
 * ourselves: what a listener advertises; and what one is bound to. */
bool own_is_advertised(const struct gw_binding *via, struct gw_str host,
		       uint16_t port);
bool own_is_listener(const struct gw_binding *via, const struct gw_net_end *at);

/* way.c: a way to a registree, or to a URL. */
struct gw_way {
	struct gw_binding *via;
	struct gw_peer *peer; // over this connection; or
	struct gw_str url;    // to this URL
	enum gw_media media;  // how content is written there
	unsigned i_poa;       // its place among the points of access, from 1
};

/* The way that leads to a URL.  False: no binding does, or nobody can write
 * what is taken there. */
bool way_of_url(struct gw_way *way, const struct gw_exchange *x,
		struct gw_str url);
void way_use(struct gw_exchange *x, const struct gw_way *way);

/* The ways to a registree that x->hop.receiver tells of: begin with them; use
 * the next, false when none is left; the one in use surely did not lead there.
 */
void way_begin(struct gw_exchange *x, struct gw_registree *r);
bool way_next(struct gw_exchange *x);
void way_failed(struct gw_exchange *x);

/* cse.c: a CSE of the configuration more; or another configuration of one.
 * Returns 0 or -ENOMEM. */
int cse_add(struct gw_relay *relay,
	    const struct gw_conf_cse *conf) GW_MUST_CHECK;
void cse_use(struct gw_cse *cse, const struct gw_conf_cse *conf);

/* The SP-ID of the provider that a CSE belongs to, by the configuration; absent
 * when that is our own and has none. */
struct gw_str cse_provider(const struct gw_relay *relay,
			   const struct gw_cse *cse);

/* Whether an SP-ID is that of our provider, or of the provider of a CSE; absent
 * is. */
bool cse_is_own_sp(const struct gw_relay *relay, struct gw_str sp);
bool cse_has_sp(const struct gw_relay *relay, const struct gw_cse *cse,
		struct gw_str sp);

/* Whether an address begins with the CSE-ID of a CSE, its provider included
 * where that is said. */
bool cse_is_named(const struct gw_relay *relay, const struct gw_cse *cse,
		  const struct gw_address *by);

/* The default CSE; that of our provider with this id; the one that leads to
 * another provider.  NULL: none. */
struct gw_cse *cse_default(const struct gw_relay *relay);
struct gw_cse *cse_of_id(const struct gw_relay *relay, struct gw_str id);
struct gw_cse *cse_of_provider(const struct gw_relay *relay, struct gw_str sp);

/* speaker.c: find out whether a CSE of the configuration asks (x->asker.cse).
 * NONE, or the status to refuse it with because it says to be who it is not, or
 * has to prove it (x->wants_proof), and x->why. */
enum gw_status speaker_find(struct gw_exchange *x) GW_MUST_CHECK;

/* lookup.c: look for the names in the urls of CSEs that nobody looks for yet;
 * those that were not found are looked for at once.  Returns 0 or -ENOMEM. */
int lookup_settle(struct gw_relay *relay) GW_MUST_CHECK;
void lookup_stop(struct gw_relay *relay);

/* node.c: requests to the gateway itself, as to any other hop. */
gw_binding_send_fn node_send;
gw_binding_forget_fn node_forget;

/* registration.c: the gateway's own registration.  settle() begins what the
 * configuration wants now, and ends the rest. */
int registration_settle(struct gw_relay *relay) GW_MUST_CHECK;
void registration_drain(struct gw_relay *relay);
void registration_stop(struct gw_relay *relay);
void registration_link_up(struct gw_relay *relay, struct gw_cse *cse);
gw_binding_reply_fn registration_reply;
