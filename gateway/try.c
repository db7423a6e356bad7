/*
 * Try - whether the CSEs and brokers of a configuration answer.
 *
 * Each trial is a relay of its own, made of what the configuration says of one
 * CSE or one broker, so that what goes wrong with one of them is its own.
 */

#include "gateway/try.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/binding.h"
#include "core/codec/content.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/lib/arena.h"
#include "core/lib/loop.h"
#include "core/profile.h"
#include "core/relay.h"
#include "gateway/builtin.h"
#include "gateway/config_check.h"
#include "gateway/loop.h"

#define ROOM_BYTES ((size_t)1024)
#define REQUEST_BYTES ((size_t)16 * 1024)
#define RELEASE GW_STR("3")
#define ID_BYTES 128

/* How often a broker is looked at. */
#define LOOK_MS 20

struct trial {
	FILE *to;
	struct gw_conf conf;
	const struct gw_conf_cse *cse; // NULL: of a broker
	struct gw_loop *loop;
	struct gw_relay *relay;
	struct gw_timer timer;
	int64_t begun_ms;
	bool has_answered;
};

/* --- What an answer says. */

static void print_profile(const struct trial *t, const struct gw_exchange *x)
{
	const struct gw_profile *seen = gw_profile_seen(x->request, x->answer);

	if (seen && seen != t->cse->profile) {
		(void)fprintf(t->to,
			      "    it answers as CSEs of profile %s do, and "
			      "not %s\n",
			      seen->name, t->cse->profile->name);
	}
}

/* A JSON string as it may be shown: with its escapes, if it holds what moves a
 * cursor. */
static struct gw_str shown(struct gw_arena *a, struct gw_str json)
{
	struct gw_str text = gw_json_text(a, json);

	return gw_str_printable(text) == text.len ? text : json;
}

/* The csi in the answer, as JSON; absent when there is none. */
static struct gw_str csi_of(const struct gw_primitive *answer)
{
	struct gw_json_member root;
	struct gw_json_member csi;

	if (answer->media != GW_MEDIA_JSON ||
	    !gw_primitive_resource(&root, answer) ||
	    !gw_json_get(&csi, root.value, GW_STR("csi")) ||
	    csi.type != GW_JSON_STRING) {
		return (struct gw_str){ 0 };
	}
	return csi.value;
}

/* Whether it is the one that it should be; one that does not say is. */
static bool print_csi(const struct trial *t, const struct gw_primitive *answer)
{
	struct gw_str csi = csi_of(answer);
	struct gw_arena *a = answer->arena;
	bool is_right = csi.len == 0 ||
			gw_str_is(gw_json_text(a, csi), t->cse->id);

	if (!is_right) {
		(void)fprintf(t->to,
			      "    it is " GW_STR_FMT ", and not %s (csi)\n",
			      GW_STR_ARG(shown(a, csi)), t->cse->id);
	} else if (csi.len > 0) {
		(void)fprintf(t->to, "    it is %s (csi)\n", t->cse->id);
	} else if (gw_status_is_success(answer->status)) {
		(void)fprintf(t->to, "    it does not say who it is (csi)\n");
	}
	return is_right;
}

/* What the other side, or the gateway, says of itself. */
static void print_reason(const struct trial *t, struct gw_exchange *x)
{
	struct gw_str dbg = gw_content_root(x->answer, GW_STR("m2m:dbg"));

	if (gw_json_type_of(dbg) == GW_JSON_STRING) {
		dbg = shown(x->answer->arena, dbg);
	}
	if (dbg.len > 0) {
		(void)fprintf(t->to, ": " GW_STR_FMT, GW_STR_ARG(dbg));
	}
	(void)fprintf(t->to, "\n");
}

static void print_answer(struct gw_binding *b, struct gw_exchange *x)
{
	struct trial *t = x->asker.native;

	(void)fprintf(t->to,
		      "  %s%s at %s: ", t->cse->sp_id ? t->cse->sp_id : "",
		      t->cse->id, t->cse->url);
	if (x->answer) {
		(void)fprintf(t->to, "%s %d %s in %" PRId64 " ms",
			      x->is_answered ? "answers" : "no answer,",
			      (int)x->answer->status,
			      gw_status_name(x->answer->status),
			      gw_loop_now_ms(t->loop) - t->begun_ms);
		print_reason(t, x);
	} else {
		(void)fprintf(t->to, "no answer: %s\n", strerror(ENOMEM));
	}
	if (x->answer && x->is_answered) {
		t->has_answered = print_csi(t, x->answer);
		print_profile(t, x);
	}
	(void)fflush(t->to);
	gw_uv_loop_stop(t->loop);
}

static const struct gw_binding_ops try_ops = {
	.name = "try",
	.reply = print_answer,
};

/* --- A CSE. */

static struct gw_primitive *make_request(const struct trial *t)
{
	struct gw_primitive *p = gw_primitive_new(ROOM_BYTES, REQUEST_BYTES);

	if (!p) {
		return NULL;
	}
	p->op = GW_OP_RETRIEVE;
	p->to = gw_arena_print(p->arena, "%s%s/%s",
			       t->cse->sp_id ? t->cse->sp_id : "", t->cse->id,
			       t->cse->name);
	p->from = gw_str_from(t->conf.node.cse_id);
	p->release = RELEASE;
	p->id = gw_arena_print(p->arena, "try-%016llx",
			       (unsigned long long)gw_loop_random(t->loop));
	return p;
}

static int ask(struct trial *t)
{
	struct gw_asker asker = { .native = t,
				  .media = GW_MEDIA_JSON,
				  .claim = GW_CLAIM_TRUE };
	struct gw_primitive *request = make_request(t);
	struct gw_exchange *x = NULL;
	int error = 0;

	if (!request) {
		return -ENOMEM;
	}
	asker.binding = gw_relay_binding(t->relay, GW_STR("try"));
	error = gw_exchange_open(&x, t->relay, &asker, request);
	if (!error) {
		gw_uv_loop_run(t->loop);
	}
	return error;
}

/* --- A broker. */

static void say(void *arg, const char *what, uint64_t n)
{
	struct trial *t = arg;

	t->has_answered |= strcmp(what, "up") == 0 && n > 0;
}

/* Nobody tells from outside when a broker is ready, so it is looked at. */
static void look(struct gw_timer *timer)
{
	struct trial *t = gw_container(timer, struct trial, timer);
	int64_t ms = gw_loop_now_ms(t->loop) - t->begun_ms;

	for (size_t i = 0; gw_relay_tell(t->relay, i, say, t); i++) {
	}
	if (t->has_answered || ms > t->conf.timeouts.connect_ms) {
		(void)fprintf(t->to,
			      "  the broker at %s: %s in %" PRId64 " ms\n",
			      t->conf.brokers->url,
			      t->has_answered ? "answers" : "no answer", ms);
		(void)fflush(t->to);
		gw_uv_loop_stop(t->loop);
		return;
	}
	gw_timer_set(t->loop, timer, gw_loop_now_ms(t->loop) + LOOK_MS);
}

static void wait_for_broker(struct trial *t)
{
	t->timer.fire = look;
	gw_timer_set(t->loop, &t->timer, t->begun_ms + LOOK_MS);
	gw_uv_loop_run(t->loop);
}

/* --- One after the other. */

static int run(struct trial *t)
{
	const struct gw_binding_ops *bindings[BUILTIN_ROOM];
	int error = 0;

	builtin_and(bindings, &try_ops);
	t->relay = gw_relay_new(t->loop, &t->conf, bindings);
	if (!t->relay) {
		return -ENOMEM;
	}
	error = gw_relay_start(t->relay);
	t->begun_ms = gw_loop_now_ms(t->loop);
	if (!error && t->cse) {
		error = ask(t);
	} else if (!error) {
		wait_for_broker(t);
	}
	t->relay = gw_relay_free(t->relay);
	return error;
}

/* What a broker knows the running gateway by is not taken from it. */
static void rename_client(struct gw_conf_broker *broker, char id[ID_BYTES],
			  const struct gw_conf *conf)
{
	(void)snprintf(id, ID_BYTES, "%s-try",
		       broker->client_id ? broker->client_id
					 : conf->node.cse_id + 1);
	broker->client_id = id;
}

/* One CSE with the brokers that may lead to it, or one broker alone. */
static bool try_one(FILE *to, const struct gw_conf *conf,
		    const struct gw_conf_cse *cse,
		    const struct gw_conf_broker *broker, struct gw_loop *loop)
{
	struct trial t = { .to = to, .conf = *conf, .loop = loop };
	struct gw_conf_cse one_cse = { .id = NULL };
	struct gw_conf_broker one_broker = { .url = NULL };
	const char *name = NULL;
	char id[ID_BYTES];
	int error = 0;

	t.conf.http.is_on = t.conf.ws.is_on = t.conf.coap.is_on = false;
	t.conf.told = GW_TOLD_NONE;
	t.conf.n_cses = cse ? 1 : 0;
	t.conf.n_brokers = broker ? 1 : 0;
	if (broker) {
		one_broker = *broker;
		one_broker.serves = (struct gw_conf_texts){ 0 };
		rename_client(&one_broker, id, conf);
		t.conf.brokers = &one_broker;
		name = one_broker.url;
	}
	if (cse) {
		one_cse = *cse;
		one_cse.is_default = true;
		one_cse.registers = false;
		t.conf.cses = &one_cse;
		t.cse = &one_cse;
		name = one_cse.id;
	}
	error = run(&t);
	if (error) {
		(void)fprintf(to, "  %s: %s\n", name, strerror(-error));
	}
	return !error && t.has_answered;
}

/* The broker that leads to a CSE; NULL: none does. */
static const struct gw_conf_broker *broker_of(const struct gw_conf *conf,
					      const struct gw_conf_cse *cse)
{
	for (size_t i = 0; i < conf->n_brokers; i++) {
		if (gw_config_is_behind(cse, &conf->brokers[i])) {
			return &conf->brokers[i];
		}
	}
	return NULL;
}

bool gw_try(FILE *to, const struct gw_conf *conf, struct gw_loop *loop)
{
	bool is_good = true;

	for (size_t i = 0; i < conf->n_brokers; i++) {
		is_good &= try_one(to, conf, NULL, &conf->brokers[i], loop);
	}
	for (size_t i = 0; i < conf->n_cses; i++) {
		const struct gw_conf_cse *cse = &conf->cses[i];

		is_good &= try_one(to, conf, cse, broker_of(conf, cse), loop);
	}
	return is_good;
}
