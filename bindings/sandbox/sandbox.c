/*
 * Sandbox - a small CSE in memory.
 */

#include "bindings/sandbox/sandbox.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/sandbox/sandbox_call.h"
#include "bindings/sandbox/sandbox_deliver.h"
#include "bindings/sandbox/sandbox_map.h"
#include "core/conf.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/lib/arena.h"
#include "core/lib/log.h"
#include "core/relay.h"

#define GW_LOG_TOPIC "sandbox"

/* cseType of an IN-CSE. */
#define CSE_TYPE "1"

static gw_binding_start_fn start;
static gw_binding_drain_fn drain;
static gw_binding_stop_fn stop;
static gw_binding_reload_fn reload;
static gw_binding_send_fn send_out;
static gw_binding_forget_fn forget;
static gw_binding_reply_fn reply;
static gw_binding_tell_fn tell;

/* The CSEs of one binding. */
struct room {
	struct sandbox *first;
};

const char sandbox_about[] =
	"The sandbox is a small CSE for development. It keeps everything in\n"
	"memory and forgets it when it stops, and it checks no access: whoever\n"
	"reaches it may read, change and delete everything.\n"
	"It knows CSEBase, AE, remoteCSE, container, contentInstance,\n"
	"subscription, pollingChannel and request.\n";

static const char *const schemes[] = { "sandbox", NULL };

const struct gw_binding_ops sandbox_ops = {
	.name = "sandbox",
	.schemes = schemes,
	.media = GW_MEDIA_JSON,
	.state_size = sizeof(struct room),
	.start = start,
	.drain = drain,
	.stop = stop,
	.reload = reload,
	.send = send_out,
	.forget = forget,
	.reply = reply,
	.tell = tell,
};

static void expired(struct sandbox_tree *tree, struct sandbox_node *node)
{
	sandbox_remove(gw_container(tree, struct sandbox, tree), node);
	sandbox_tree_tidy(tree);
}

static int put(struct sandbox_node *base, const char *name, struct gw_str json)
{
	return sandbox_node_put(
		base, sandbox_rule_find(base->type, gw_str_from(name)), json);
}

/* Where this CSE is reached, if a listener says so. */
static struct gw_str poa_of(struct gw_arena *a,
			    const struct gw_conf_listen *listen)
{
	if (!listen->is_on) {
		return (struct gw_str){ 0 };
	}
	if (listen->advertise) {
		return gw_json_quote(a, gw_str_from(listen->advertise));
	}
	if (listen->port == 0 || strcmp(listen->address, "0.0.0.0") == 0 ||
	    strcmp(listen->address, "::") == 0) {
		return (struct gw_str){ 0 };
	}
	return gw_arena_print(a,
			      strchr(listen->address, ':')
				      ? "\"ws://[%s]:%" PRIu16 "\""
				      : "\"ws://%s:%" PRIu16 "\"",
			      listen->address, listen->port);
}

static int describe(struct sandbox *box, struct sandbox_node *base)
{
	struct gw_arena *a = sandbox_tree_scratch(&box->tree);
	struct gw_str poa;
	int err = -ENOMEM;

	if (!a) {
		return err;
	}
	poa = poa_of(a, &box->binding->conf->ws);
	if (gw_str_is_present(poa)) {
		poa = gw_arena_print(a, "[" GW_STR_FMT "]", GW_STR_ARG(poa));
	} else {
		poa = GW_STR("[]");
	}
	err = put(base, "cst", GW_STR(CSE_TYPE));
	err = err ? err : put(base, "csi", gw_json_quote(a, box->csi));
	err = err ? err : put(base, "poa", poa);
	err = err ? err
		  : put(base, "srv",
			GW_STR("[\"1\",\"2\",\"2a\",\"3\",\"4\",\"5\"]"));
	err = err ? err : put(base, "csz", GW_STR("[\"json\"]"));
	return err ? err : put(base, "rr", GW_STR("true"));
}

static int plant(struct sandbox *box)
{
	const struct gw_conf_cse *conf = box->cse->conf;
	struct sandbox_plan plan = {
		.type = sandbox_type_find(SANDBOX_CSE_BASE),
		.id = gw_str_skip(box->csi, 1),
		.name = gw_str_from(conf->name),
	};
	gw_cleanup(sandbox_node_freep) struct sandbox_node *base =
		sandbox_node_new(&box->tree, &plan);

	if (!base || describe(box, base)) {
		return -ENOMEM;
	}
	sandbox_tree_add(gw_take(&base), NULL);
	sandbox_tree_tidy(&box->tree);
	return 0;
}

/* Texts of the configuration, which a reload replaces. */
static void name_box(struct sandbox *box, const struct gw_conf *conf)
{
	struct gw_cse *cse = box->cse;

	box->csi = cse->id;
	box->sp = gw_str_is_present(cse->sp) ? cse->sp
					     : gw_str_from(conf->node.sp_id);
}

static int open_box(struct gw_binding *b, struct gw_cse *cse)
{
	struct room *room = b->state;
	struct sandbox *box = calloc(1, sizeof(*box));
	int err = 0;

	if (!box) {
		return -ENOMEM;
	}
	assert(cse->via == b && !cse->state);
	box->binding = b;
	box->cse = cse;
	name_box(box, b->conf);
	TAILQ_INIT(&box->calls);
	TAILQ_INIT(&box->ready);
	TAILQ_INIT(&box->sends);
	sandbox_tree_init(&box->tree, b->loop, expired);
	box->next = room->first;
	room->first = box;
	err = plant(box);
	if (err) {
		gw_error("no-memory", "memory is short for the sandbox");
		return err;
	}
	cse->state = box;
	gw_info("ready",
		"CSE " GW_STR_FMT
		" is in memory: it forgets all, and checks no access",
		GW_STR_ARG(box->csi));
	return 0;
}

/* A CSE for every entry of the configuration that has none yet. */
static int start(struct gw_binding *b)
{
	struct gw_cse *cse = NULL;
	int err = 0;

	for (size_t i = 0; !err && (cse = gw_relay_cse(b->relay, i)); i++) {
		if (cse->via == b && !cse->state) {
			err = open_box(b, cse);
		}
	}
	return err;
}

static int reload(struct gw_binding *b, const struct gw_conf *conf)
{
	struct room *room = b->state;
	int err = start(b);

	for (struct sandbox *box = room->first; box; box = box->next) {
		name_box(box, conf);
	}
	return err;
}

/* A long poll would keep the process alive for as long as it may wait. */
static void drain_box(struct sandbox *box)
{
	struct sandbox_call *call = NULL;
	struct sandbox_call *next = NULL;

	for (call = TAILQ_FIRST(&box->calls); call; call = next) {
		next = TAILQ_NEXT(call, all);
		if (call->queue && call->queue != &box->ready) {
			sandbox_call_finish(
				call,
				sandbox_refuse(call, GW_STATUS_REQUEST_TIMEOUT,
					       "the CSE is going down"));
		}
	}
}

static void drain(struct gw_binding *b)
{
	const struct room *room = b->state;

	for (struct sandbox *box = room->first; box; box = box->next) {
		drain_box(box);
	}
}

static void close_box(struct sandbox *box)
{
	gw_loop_undefer(box->tree.loop, &box->work);
	sandbox_deliver_stop(box);
	while (!TAILQ_EMPTY(&box->calls)) {
		sandbox_call_free(TAILQ_FIRST(&box->calls));
	}
	assert(TAILQ_EMPTY(&box->calls) && TAILQ_EMPTY(&box->ready));
	assert(TAILQ_EMPTY(&box->sends));
	if (box->cse->state == box) {
		box->cse->state = NULL;
	}
	sandbox_tree_deinit(&box->tree);
	free(box);
}

static void stop(struct gw_binding *b)
{
	struct room *room = b->state;

	while (room->first) {
		struct sandbox *box = room->first;

		room->first = box->next;
		close_box(box);
	}
}

static void send_out(struct gw_binding *b, struct gw_exchange *x)
{
	struct gw_cse *cse = x->hop.cse;

	if (!cse || !cse->state) {
		gw_exchange_fail(x, GW_STATUS_TARGET_NOT_REACHABLE,
				 "no sandbox is there");
	} else if (sandbox_call_take(cse->state, x)) {
		gw_exchange_fail(x, GW_STATUS_INTERNAL_SERVER_ERROR,
				 "the gateway is short of memory");
	}
}

static void forget(struct gw_binding *b, struct gw_exchange *x)
{
	if (x->sent) {
		sandbox_call_free(x->sent);
	}
}

static void reply(struct gw_binding *b, struct gw_exchange *x)
{
	struct sandbox_send *s = x->asker.native;
	struct sandbox *box = s->box;

	assert(box->binding == b);

	sandbox_deliver_end(s, &x->answer);
	sandbox_tree_tidy(&box->tree);
}

static void tell(struct gw_binding *b, gw_say_fn *say, void *arg)
{
	const struct room *room = b->state;

	for (struct sandbox *box = room->first; box; box = box->next) {
		say(arg, "resources", box->tree.n_nodes);
	}
}
