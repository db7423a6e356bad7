/*
 * Registration - the gateway's own <remoteCSE> at its registrars.
 *
 *	            link up, or time to check
 *	  IDLE ------------------------------> LOOKING (RETRIEVE own csr)
 *	   ^                                     |            |
 *	   | 2000: it is there                   |            | it is not
 *	   +-------------------------------------+            v
 *	   +------------------------------------------ ASKING (CREATE csr)
 *	     2001; or try again after a back-off
 *
 * A registrar forgets registrees on its own account (ACME when one check
 * fails), so the gateway looks after its resource and renews it
 * (TS-0004 7.4.4).
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "core/back_off.h"
#include "core/codec/content.h"
#include "core/codec/document.h"
#include "core/lib/arena.h"
#include "core/lib/log.h"
#include "core/profile.h"
#include "core/relay_state.h"

#define GW_LOG_TOPIC "registration"
#define LIMIT_BYTES ((size_t)8 * 1024)
#define RELEASE "3"

/* What is refused in the same way again and again is tried as seldom as this
 * many times timeouts.retry_max. */
#define SLOWEST 20

enum state {
	IDLE,
	LOOKING,
	ASKING,
};

struct gw_registration {
	struct gw_cse *cse;
	struct gw_relay *relay;
	struct gw_registration *next;
	struct gw_timer timer;
	struct gw_exchange *exchange; // open; NULL when IDLE
	enum state state;
	bool is_registered;
	unsigned n_failures;
	uint64_t n_requests;

	/* How it was refused last, and how often so since it was told. */
	struct gw_reason refusal; // empty: not
	unsigned n_repeats;
};

/* The CSE-ID without its slash names the resource, too. */
static const char *stem(const struct gw_registration *r)
{
	return r->relay->conf->node.cse_id + 1;
}

static struct gw_primitive *new_request(struct gw_registration *r,
					enum gw_op op)
{
	struct gw_primitive *p = gw_primitive_new(LIMIT_BYTES, LIMIT_BYTES);
	const struct gw_conf_cse *conf = r->cse->conf;
	struct gw_arena *a = p ? p->arena : NULL;

	if (!p) {
		return NULL;
	}
	r->n_requests++;
	p->op = op;
	p->id = gw_arena_print(
		a, "%s-%llx-%llu", stem(r),
		(unsigned long long)gw_loop_random(r->relay->loop),
		(unsigned long long)r->n_requests);
	p->from = gw_arena_str(a, gw_str_from(r->relay->conf->node.cse_id));
	p->release = GW_STR(RELEASE);
	p->needs_status_only = true;
	p->to = gw_arena_print(a, "%s%s/%s%s%s", conf->sp_id ? conf->sp_id : "",
			       conf->id, conf->name,
			       op == GW_OP_CREATE ? "" : "/",
			       op == GW_OP_CREATE ? "" : stem(r));
	return p;
}

/* Where the registrar reaches us: an empty list when it cannot. */
static bool add_points_of_access(cJSON *list, const struct gw_cse *cse)
{
	struct gw_str url = cse->conf->profile->poa == GW_POA_EACH
				    ? poa_base(cse)
				    : relay_address(cse->via, cse);

	return list &&
	       (!gw_str_is_present(url) || gw_document_append(list, url));
}

/* The attributes of <remoteCSE> (TS-0001 9.6.4).  Identifiers are absolute
 * across the border of two providers (TS-0001 7.2). */
static bool describe(cJSON *csr, const struct gw_registration *r,
		     struct gw_arena *a)
{
	static const char *const releases[] = { "2a", "3", "4", NULL };
	const struct gw_conf_node *node = &r->relay->conf->node;
	const char *sp = r->cse->conf->sp_id && node->sp_id ? node->sp_id : "";
	struct gw_str id = gw_arena_print(a, "%s%s", sp, node->cse_id);
	struct gw_str base = gw_arena_print(a, "%s%s/%s", sp, node->cse_id,
					    node->name);

	return cJSON_AddStringToObject(csr, "rn", stem(r)) &&
	       gw_document_add(csr, "cb", base) &&
	       gw_document_add(csr, "csi", id) &&
	       cJSON_AddNumberToObject(csr, "cst", GW_CSE_TYPE_MN) &&
	       cJSON_AddBoolToObject(csr, "rr", true) &&
	       gw_document_add_list(csr, "srv", releases) &&
	       add_points_of_access(cJSON_AddArrayToObject(csr, "poa"), r->cse);
}

/* NULL when memory is short. */
static cJSON *new_csr(const struct gw_registration *r, struct gw_arena *a)
{
	cJSON *document = cJSON_CreateObject();
	cJSON *csr = cJSON_AddObjectToObject(document, "m2m:csr");

	if (!csr || !describe(csr, r, a)) {
		cJSON_Delete(document);
		return NULL;
	}
	return document;
}

static struct gw_primitive *new_create(struct gw_registration *r)
{
	struct gw_primitive *p = new_request(r, GW_OP_CREATE);

	if (!p) {
		return NULL;
	}
	p->type = GW_TYPE_REMOTE_CSE;
	p->media = GW_MEDIA_JSON;
	p->content = gw_bytes_of(
		gw_document_write(p->arena, new_csr(r, p->arena)));
	return p->content.at ? p : gw_primitive_free(p);
}

static void wake_in(struct gw_registration *r, int64_t ms)
{
	struct gw_loop *loop = r->relay->loop;

	gw_timer_set(loop, &r->timer, gw_loop_now_ms(loop) + ms);
}

/* Exponential, with full jitter. */
static void try_later(struct gw_registration *r)
{
	/* The link has its own back-off; a registration waits longer. */
	r->n_failures++;
	wake_in(r, 1 + gw_back_off_ms(r->relay->loop, &r->relay->conf->timeouts,
				      r->n_failures));
}

static void ask(struct gw_registration *r, enum state state)
{
	const struct gw_asker asker = { .binding = r->relay->self,
					.native = r,
					.claim = GW_CLAIM_TRUE };
	struct gw_primitive *p = state == ASKING
					 ? new_create(r)
					 : new_request(r, GW_OP_RETRIEVE);

	assert(r->state == IDLE && !r->exchange);
	r->state = state;
	if (!p || gw_exchange_open(&r->exchange, r->relay, &asker, p)) {
		r->exchange = NULL;
		r->state = IDLE;
		try_later(r);
	}
}

static gw_timer_fn look;

static void look(struct gw_timer *t)
{
	struct gw_registration *r = gw_container(t, struct gw_registration,
						 timer);

	if (r->state == IDLE && !r->relay->is_draining) {
		ask(r, LOOKING);
	}
}

static void registered(struct gw_registration *r)
{
	if (!r->is_registered) {
		gw_info("registered", "%s is registered at " GW_CSE_FMT,
			r->relay->conf->node.cse_id, GW_CSE_ARG(r->cse));
	}
	r->is_registered = true;
	r->n_failures = 0;
	r->refusal.text[0] = '\0';
	if (r->cse->conf->check_ms > 0) {
		wake_in(r, r->cse->conf->check_ms);
	}
}

/* It tells that it has lost us only once it is sure: some CSEs do not show what
 * they have. */
static void gone(struct gw_registration *r)
{
	if (r->is_registered) {
		gw_warn("gone", GW_CSE_FMT " did not know us any more",
			GW_CSE_ARG(r->cse));
	}
	r->is_registered = false;
}

/* How it ended, with what the answer says for a person. */
static struct gw_reason reason_of(const struct gw_exchange *x)
{
	const struct gw_primitive *answer = x->answer;
	struct gw_str text = gw_json_text(
		answer->arena, gw_content_root(answer, GW_STR("m2m:dbg")));
	struct gw_reason why;

	(void)gw_refuse(&why, "%d %s%s" GW_STR_FMT, (int)answer->status,
			gw_status_name(answer->status),
			text.len > 0 ? ": " : "", GW_STR_ARG(text));
	return why;
}

/* One that can never work costs a line, and then less and less. */
static void try_seldom(struct gw_registration *r)
{
	int64_t ms = r->relay->conf->timeouts.retry_max_ms;
	int64_t most_ms = ms * SLOWEST;

	for (unsigned i = 0; i < r->n_repeats && ms < most_ms; i++) {
		ms *= 2;
	}
	ms = (ms < most_ms ? ms : most_ms) / 2;
	wake_in(r, ms + (int64_t)(gw_loop_random(r->relay->loop) %
				  (uint64_t)(ms + 1)));
}

static void refused(struct gw_registration *r, const struct gw_exchange *x)
{
	struct gw_reason why = reason_of(x);

	if (strcmp(r->refusal.text, why.text) == 0) {
		r->n_repeats++;
		try_seldom(r);
		return;
	}
	r->refusal = why;
	r->n_repeats = 0;
	if (x->is_answered) {
		gw_warn("refused", GW_CSE_FMT " refuses to register us: %s",
			GW_CSE_ARG(r->cse), why.text);
	} else {
		gw_warn("failed", "registering at " GW_CSE_FMT " fails: %s",
			GW_CSE_ARG(r->cse), why.text);
	}
	try_later(r);
}

/* Whether nothing has come from the CSE, which whoever sends to it tells. */
static bool is_out_of_reach(enum gw_status status)
{
	return status == GW_STATUS_TARGET_NOT_REACHABLE ||
	       status == GW_STATUS_REQUEST_TIMEOUT;
}

static void looked(struct gw_registration *r, const struct gw_exchange *x)
{
	if (x->answer->status == GW_STATUS_OK) {
		registered(r);
	} else if (is_out_of_reach(x->answer->status)) {
		try_later(r);
	} else if (!x->is_answered) {
		refused(r, x);
	} else {
		ask(r, ASKING);
	}
}

static void asked(struct gw_registration *r, const struct gw_exchange *x)
{
	enum gw_status status = x->answer->status;

	if (status == GW_STATUS_CONFLICT ||
	    status == GW_STATUS_ORIGINATOR_HAS_ALREADY_REGISTERED) {
		registered(r);
		return;
	}
	if (!x->is_answered && is_out_of_reach(status)) {
		try_later(r);
		return;
	}
	gone(r);
	if (status == GW_STATUS_CREATED) {
		registered(r);
	} else {
		refused(r, x);
	}
}

void registration_reply(struct gw_binding *b, struct gw_exchange *x)
{
	struct gw_registration *r = x->asker.native;
	enum state state = r->state;

	assert(r->exchange == x && state != IDLE);
	r->exchange = NULL;
	r->state = IDLE;
	if (b->relay->is_draining) {
		return;
	}
	if (!x->answer) {
		try_later(r);
		return;
	}
	if (state == LOOKING) {
		looked(r, x);
	} else {
		asked(r, x);
	}
}

static struct gw_registration **find(struct gw_relay *relay,
				     const struct gw_cse *cse)
{
	struct gw_registration **at = &relay->registrations;

	while (*at && (*at)->cse != cse) {
		at = &(*at)->next;
	}
	return at;
}

static int begin(struct gw_registration **at, struct gw_relay *relay,
		 struct gw_cse *cse)
{
	struct gw_registration *r = calloc(1, sizeof(*r));

	if (!r) {
		return -ENOMEM;
	}
	*r = (struct gw_registration){ .cse = cse,
				       .relay = relay,
				       .timer.fire = look };
	*at = r;
	if (cse->via && cse->via->ops->wanted) {
		cse->via->ops->wanted(cse->via, cse);
	}
	wake_in(r, 0);
	return 0;
}

/* What it asked has an answer that is of no use to anybody. */
static void end(struct gw_registration **at)
{
	struct gw_registration *r = *at;

	assert((r->state == IDLE) == !r->exchange);
	*at = r->next;
	gw_timer_clear(r->relay->loop, &r->timer);
	if (r->exchange) {
		gw_exchange_abandon(r->exchange);
	}
	free(r);
}

/* Another configuration may be what it takes. */
static void try_again(struct gw_registration *r)
{
	if (r->state == IDLE && r->refusal.text[0]) {
		r->refusal.text[0] = '\0';
		wake_in(r, 0);
	}
}

int registration_settle(struct gw_relay *relay)
{
	int error = 0;

	for (size_t i = 0; i < relay->n_cses && !error; i++) {
		struct gw_cse *cse = relay->cses[i];
		struct gw_registration **at = find(relay, cse);

		if (cse->conf->registers && !*at) {
			error = begin(at, relay, cse);
		} else if (!cse->conf->registers && *at) {
			end(at);
		} else if (*at) {
			try_again(*at);
		}
	}
	return error;
}

/* Nothing is to wait for the answer, nor for a link that leads to it. */
void registration_drain(struct gw_relay *relay)
{
	struct gw_registration *r = relay->registrations;

	for (; r; r = r->next) {
		struct gw_exchange *x = r->exchange;

		if (x && x->state == GW_EXCHANGE_SENT) {
			exchange_recall(x, GW_STATUS_TARGET_NOT_REACHABLE,
					"the gateway is going down");
		}
	}
}

void registration_stop(struct gw_relay *relay)
{
	while (relay->registrations) {
		end(&relay->registrations);
	}
}

/* What a registrar forgot while the link was down is noticed at once. */
void registration_link_up(struct gw_relay *relay, struct gw_cse *cse)
{
	struct gw_registration *r = *find(relay, cse);

	if (r && r->state == IDLE) {
		wake_in(r, 0);
	}
}
