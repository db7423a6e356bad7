/*
 * Life - a relay from its beginning to its end.
 */

#include "core/relay.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "core/lib/log.h"
#include "core/profile.h"
#include "core/relay_state.h"

#define GW_LOG_TOPIC "relay"

/* What the gateway asks for itself, or for an AE. */
static void self_reply(struct gw_binding *b, struct gw_exchange *x)
{
	if (x->asker.native) {
		registration_reply(b, x);
	} else {
		announce_reply(x);
	}
}

/* The gateway itself, which asks its registrars, and is asked by them. */
static const struct gw_binding_ops self_ops = {
	.name = "self",
	.send = node_send,
	.forget = node_forget,
	.reply = self_reply,
};

static struct gw_binding *binding_free(struct gw_binding *b)
{
	if (b) {
		free(b->state);
		free(b);
	}
	return NULL;
}

static struct gw_binding *binding_new(struct gw_relay *relay,
				      const struct gw_binding_ops *ops)
{
	struct gw_binding *b = calloc(1, sizeof(*b));

	assert(ops->name && ops->reply);
	assert(!ops->send || ops->forget);
	assert(!ops->schemes || ops->send);
	if (!b) {
		return NULL;
	}
	*b = (struct gw_binding){
		.ops = ops,
		.relay = relay,
		.loop = relay->loop,
		.conf = relay->conf,
		.state = calloc(1, ops->state_size + 1),
	};
	return b->state ? b : binding_free(b);
}

static int add_binding(struct gw_relay *relay, const struct gw_binding_ops *ops)
{
	struct gw_binding **more = realloc(relay->bindings,
					   (relay->n_bindings + 1) *
						   sizeof(struct gw_binding *));

	if (!more) {
		return -ENOMEM;
	}
	relay->bindings = more;
	relay->bindings[relay->n_bindings] = binding_new(relay, ops);
	if (!relay->bindings[relay->n_bindings]) {
		return -ENOMEM;
	}
	relay->n_bindings++;
	return 0;
}

static int fill(struct gw_relay *relay,
		const struct gw_binding_ops *const *bindings)
{
	int error = 0;

	relay->registry = gw_registry_new(relay);
	relay->self = binding_new(relay, &self_ops);
	relay->names = gw_names_new(relay);
	if (!relay->registry || !relay->self || !relay->names) {
		return -ENOMEM;
	}
	for (; *bindings && !error; bindings++) {
		error = add_binding(relay, *bindings);
	}
	for (size_t i = 0; i < relay->conf->n_cses && !error; i++) {
		error = cse_add(relay, &relay->conf->cses[i]);
	}
	return error;
}

static void bound_accounts(struct gw_relay *relay)
{
	relay->accounts.size = relay->conf->limits.exchanges;
	relay->accounts.share = relay->conf->limits.share;
	relay->memory.size = relay->conf->limits.memory_bytes;
	relay->memory.share = relay->conf->limits.share;
}

static void init_accounts(struct gw_relay *relay)
{
	relay->accounts.key = relay->key;
	relay->accounts.what = "open requests (limits.exchanges)";
	gw_accounts_init(&relay->accounts);
	relay->memory.key = relay->key;
	relay->memory.what = "bytes (limits.memory)";
	gw_accounts_init(&relay->memory);
	bound_accounts(relay);
}

GW_DEFINE_CLEANUP(struct gw_relay, gw_relay_free);

struct gw_relay *gw_relay_new(struct gw_loop *loop, const struct gw_conf *conf,
			      const struct gw_binding_ops *const *bindings)
{
	gw_cleanup(gw_relay_freep) struct gw_relay *relay = calloc(
		1, sizeof(*relay));
	struct gw_str id = gw_str_from(conf->node.cse_id);

	if (!relay) {
		return NULL;
	}
	relay->loop = loop;
	relay->conf = conf;
	relay->road.last = &relay->road.first;
	relay->road.task.run = path_walk;
	relay->key.a = gw_loop_random(loop);
	relay->key.b = gw_loop_random(loop);
	gw_mint_init(&relay->mint,
		     gw_str_skip(id, gw_str_starts(id, GW_STR("/"))),
		     gw_loop_random(loop));
	relay->started_ms = gw_loop_wall_ms(loop);
	init_accounts(relay);
	return fill(relay, bindings) ? NULL : gw_take(&relay);
}

struct gw_relay *gw_relay_free(struct gw_relay *relay)
{
	if (!relay) {
		return NULL;
	}
	gw_relay_stop(relay);
	assert(!relay->open && !relay->road.first);
	relay->registry = gw_registry_free(relay->registry);
	relay->names = gw_names_free(relay->names);
	for (size_t i = 0; i < relay->n_cses; i++) {
		free(relay->cses[i]);
	}
	for (size_t i = 0; i < relay->n_bindings; i++) {
		binding_free(relay->bindings[i]);
	}
	binding_free(relay->self);
	gw_accounts_deinit(&relay->accounts);
	gw_accounts_deinit(&relay->memory);
	gw_table_deinit(&relay->laps);
	free(relay->cses);
	free(relay->bindings);
	free(relay);
	return NULL;
}

static int settle(struct gw_relay *relay)
{
	int error = lookup_settle(relay);

	return error ? error : registration_settle(relay);
}

int gw_relay_start(struct gw_relay *relay)
{
	assert(!relay->is_started);
	relay->is_started = true;
	for (size_t i = 0; i < relay->n_bindings; i++) {
		struct gw_binding *b = relay->bindings[i];
		int error = b->ops->start ? b->ops->start(b) : 0;

		assert(b->conf == relay->conf);
		relay->n_started = i + 1;
		if (error) {
			return error;
		}
	}
	return settle(relay);
}

void gw_relay_drain(struct gw_relay *relay)
{
	relay->is_draining = true;
	lookup_stop(relay);
	registration_drain(relay);
	for (size_t i = 0; i < relay->n_started; i++) {
		struct gw_binding *b = relay->bindings[i];

		if (b->ops->drain) {
			b->ops->drain(b);
		}
	}
}

/* Each binding is asked each time: some say goodbye only then. */
bool gw_relay_is_drained(struct gw_relay *relay)
{
	bool is_drained = relay->road.first == NULL;

	for (size_t i = 0; i < relay->n_started; i++) {
		struct gw_binding *b = relay->bindings[i];

		if (b->ops->is_drained && !b->ops->is_drained(b)) {
			is_drained = false;
		}
	}
	return is_drained;
}

void gw_relay_stop(struct gw_relay *relay)
{
	if (!relay->is_started) {
		return;
	}
	relay->is_started = false;
	relay->is_draining = true;
	lookup_stop(relay);
	registration_stop(relay);
	exchange_recall_all(relay, GW_STATUS_TARGET_NOT_REACHABLE,
			    "the gateway is going down");
	path_walk(&relay->road.task);
	for (size_t i = relay->n_started; i > 0; i--) {
		struct gw_binding *b = relay->bindings[i - 1];

		if (b->ops->stop) {
			b->ops->stop(b);
		}
	}
	relay->n_started = 0;
	path_walk(&relay->road.task);
	gw_loop_undefer(relay->loop, &relay->road.task);
	report_end(relay);
	assert(!relay->open);
}

static const struct gw_conf_cse *same_cse(const struct gw_conf *conf,
					  const struct gw_cse *cse)
{
	for (size_t i = 0; i < conf->n_cses; i++) {
		const struct gw_conf_cse *c = &conf->cses[i];

		if (gw_str_is(cse->id, c->id) && gw_str_is(cse->url, c->url) &&
		    gw_str_eq(cse->sp, gw_str_from(c->sp_id))) {
			return c;
		}
	}
	return NULL;
}

static bool is_known(const struct gw_relay *relay,
		     const struct gw_conf_cse *conf)
{
	for (size_t i = 0; i < relay->n_cses; i++) {
		const struct gw_cse *cse = relay->cses[i];

		if (gw_str_is(cse->id, conf->id) &&
		    gw_str_eq(cse->sp, gw_str_from(conf->sp_id))) {
			return true;
		}
	}
	return false;
}

static bool is_same_node(const struct gw_conf *a, const struct gw_conf *b)
{
	return gw_str_is(gw_str_from(a->node.cse_id), b->node.cse_id) &&
	       gw_str_is(gw_str_from(a->node.name), b->node.name) &&
	       gw_str_eq(gw_str_from(a->node.sp_id),
			 gw_str_from(b->node.sp_id));
}

static bool may_become(const struct gw_relay *relay, const struct gw_conf *conf)
{
	if (!is_same_node(relay->conf, conf)) {
		gw_error("reload-refused",
			 "the node section cannot change while running");
		return false;
	}
	for (size_t i = 0; i < relay->n_cses; i++) {
		if (!same_cse(conf, relay->cses[i])) {
			gw_error("reload-refused",
				 GW_CSE_FMT " cannot be removed or moved while "
					    "running",
				 GW_CSE_ARG(relay->cses[i]));
			return false;
		}
	}
	return true;
}

/* All new CSEs, or none. */
static int add_new(struct gw_relay *relay, const struct gw_conf *conf)
{
	size_t n_before = relay->n_cses;
	int error = 0;

	for (size_t i = 0; i < conf->n_cses && !error; i++) {
		if (!is_known(relay, &conf->cses[i])) {
			error = cse_add(relay, &conf->cses[i]);
		}
	}
	while (error && relay->n_cses > n_before) {
		free(relay->cses[--relay->n_cses]);
	}
	if (error) {
		gw_error("reload-refused", "memory is short");
	}
	return error;
}

int gw_relay_reload(struct gw_relay *relay, const struct gw_conf *conf)
{
	int error = may_become(relay, conf) ? add_new(relay, conf) : -EINVAL;

	if (error) {
		return error;
	}
	for (size_t i = 0; i < relay->n_cses; i++) {
		const struct gw_conf_cse *same = same_cse(conf, relay->cses[i]);

		assert(same);
		cse_use(relay->cses[i], same);
	}
	relay->conf = conf;
	bound_accounts(relay);
	gw_names_settle(relay->names, conf);
	for (size_t i = 0; i < relay->n_bindings; i++) {
		struct gw_binding *b = relay->bindings[i];

		if (b->ops->reload && b->ops->reload(b, conf)) {
			gw_warn("reload-incomplete", "%s keeps what it had",
				b->ops->name);
		}
		b->conf = conf;
	}
	relay->self->conf = conf;
	if (relay->is_started && settle(relay)) {
		gw_warn("reload-incomplete",
			"memory is short: not all names and registrations are "
			"looked after");
	}
	return 0;
}

void gw_relay_link_up(struct gw_relay *relay, struct gw_cse *cse)
{
	registration_link_up(relay, cse);
}
