/*
 * Sandbox world - a relay whose only CSE is a sandbox.
 */

#include "tests/unit/sandbox/sandbox_world.h"

#include <stdio.h>
#include <stdlib.h>

#include "bindings/sandbox/sandbox.h"
#include "core/codec/codec_json.h"
#include "core/lib/buf.h"
#include "core/profile.h"

static struct world *world_of(struct gw_binding *b)
{
	return gw_container(b->loop, struct world, loop.base);
}

static char *print(const struct gw_primitive *p)
{
	struct gw_buf buf;
	struct gw_codec_hop hop = { 0 };
	char *text = NULL;

	gw_buf_init(&buf, 0, WORLD_TEXT_MAX - 1);
	gw_codec_json_encode(&buf, p, &hop);
	assert_false(gw_buf_is_short(&buf));
	text = gw_str_dup(gw_buf_str(&buf));
	gw_buf_deinit(&buf);
	assert_non_null(text);
	return text;
}

static void near_send(struct gw_binding *b, struct gw_exchange *x)
{
	struct world *w = world_of(b);

	assert_true(w->n_sent < WORLD_SENT_MAX);
	w->sent[w->n_sent] = print(x->request);
	w->open[w->n_sent] = x;
	w->n_sent++;
}

static void near_forget(struct gw_binding *b, struct gw_exchange *x)
{
	struct world *w = world_of(b);

	for (size_t i = 0; i < w->n_sent; i++) {
		if (w->open[i] == x) {
			w->open[i] = NULL;
		}
	}
}

static void near_reply(struct gw_binding *b, struct gw_exchange *x)
{
	struct world *w = world_of(b);
	char *text = print(x->answer);

	w->n_replies++;
	w->status = (int)x->answer->status;
	(void)snprintf(w->answer, sizeof(w->answer), "%s", text);
	free(text);
}

static int near_start(struct gw_binding *b)
{
	return 0;
}

static void near_stop(struct gw_binding *b)
{
}

static const char *const near_schemes[] = { "near", NULL };

static const struct gw_binding_ops near_ops = {
	.name = "near-side",
	.schemes = near_schemes,
	.start = near_start,
	.stop = near_stop,
	.send = near_send,
	.forget = near_forget,
	.reply = near_reply,
};

int world_setup_as(void **state, world_adjust_fn *adjust)
{
	static const struct gw_binding_ops *const bindings[] = { &near_ops,
								 &sandbox_ops,
								 NULL };
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	fake_loop_init(&w->loop);
	gw_conf_init(&w->conf);
	gw_conf_cse_init(&w->cse);
	w->conf.node.cse_id = "/id-front";
	w->conf.cses = &w->cse;
	w->conf.n_cses = 1;
	w->conf.limits.content_bytes = (size_t)32 * 1024;
	w->cse.id = "/id-sandbox";
	w->cse.name = "sandbox";
	w->cse.url = "sandbox:";
	w->cse.profile = gw_profile_find(GW_STR("sandbox"));
	w->cse.is_default = true;
	w->obeys = GW_STATUS_OK;
	adjust(w);
	w->relay = gw_relay_new(&w->loop.base, &w->conf, bindings);
	assert_non_null(w->relay);
	assert_int_equal(gw_relay_start(w->relay), 0);
	settle(w);
	*state = w;
	return 0;
}

static void as_it_is(struct world *w)
{
}

int world_setup(void **state)
{
	return world_setup_as(state, as_it_is);
}

int world_teardown(void **state)
{
	struct world *w = *state;

	gw_relay_free(w->relay);
	fake_loop_deinit(&w->loop);
	for (size_t i = 0; i < w->n_sent; i++) {
		free(w->sent[i]);
	}
	free(w);
	return 0;
}

void ae_answers(struct world *w, size_t i, enum gw_status status)
{
	struct gw_exchange *x = w->open[i];

	assert_non_null(x);
	w->open[i] = NULL;
	gw_exchange_answer(x, gw_primitive_new_answer(x->request, status));
	fake_loop_turn(&w->loop);
}

void settle(struct world *w)
{
	fake_loop_turn(&w->loop);
	for (size_t i = 0; w->obeys != GW_STATUS_NONE && i < w->n_sent; i++) {
		if (w->open[i]) {
			ae_answers(w, i, w->obeys);
		}
	}
}

/* Single quotes to double ones, in memory the caller frees. */
static char *quoted(const char *text)
{
	char *copy = gw_str_dup(gw_str_from(text));

	assert_non_null(copy);
	for (char *at = copy; *at; at++) {
		if (*at == '\'') {
			*at = '"';
		}
	}
	return copy;
}

static struct gw_exchange *start(struct world *w, const char *request)
{
	char *text = quoted(request);
	struct gw_primitive *p = NULL;
	struct gw_reason why;
	struct gw_exchange *x = NULL;
	struct gw_asker asker = {
		.binding = gw_relay_binding(w->relay, GW_STR("near")),
		.host = GW_STR("192.0.2.9"),
	};

	if (gw_codec_json_decode(&p, &why, gw_str_from(text), WORLD_TEXT_MAX) !=
	    GW_STATUS_NONE) {
		fail_msg("%s: %s", why.text, text);
	}
	free(text);
	w->status = 0;
	w->answer[0] = '\0';
	assert_int_equal(gw_exchange_open(&x, w->relay, &asker, p), 0);
	settle(w);
	return x;
}

int ask(struct world *w, const char *request)
{
	(void)start(w, request);
	return w->status;
}

int ask_with(struct world *w, const char *format, const char *text)
{
	const char *gap = strstr(format, "%s");
	size_t size = strlen(format) + strlen(text) + 1;
	char *request = malloc(size);
	int status = 0;

	assert_non_null(gap);
	assert_non_null(request);
	(void)snprintf(request, size, "%.*s%s%s", (int)(gap - format), format,
		       text, gap + 2);
	status = ask(w, request);
	free(request);
	return status;
}

struct gw_exchange *ask_and_wait(struct world *w, const char *request)
{
	struct gw_exchange *x = start(w, request);

	assert_int_equal(w->status, 0);
	return x;
}

static bool holds(const char *where, const char *what)
{
	char *text = quoted(what);
	bool found = strstr(where, text) != NULL;

	free(text);
	return found;
}

static void expect(const char *where, const char *what, bool is_wanted)
{
	if (holds(where, what) != is_wanted) {
		print_message("# %s %s: %s\n", is_wanted ? "not" : "unexpected",
			      what, where);
		fail();
	}
}

void assert_says(const struct world *w, const char *text)
{
	expect(w->answer, text, true);
}

void assert_silent(const struct world *w, const char *text)
{
	expect(w->answer, text, false);
}

void assert_told(const struct world *w, size_t i, const char *text)
{
	expect(i < w->n_sent ? w->sent[i] : "nothing", text, true);
}

void assert_untold(const struct world *w, size_t i, const char *text)
{
	expect(i < w->n_sent ? w->sent[i] : "nothing", text, false);
}

void take_text(const struct world *w, char *text, size_t size, const char *name)
{
	char key[64];
	const char *at = NULL;
	size_t n = 0;

	(void)snprintf(key, sizeof(key), "\"%s\":\"", name);
	at = strstr(w->answer, key);
	assert_non_null(at);
	at += strlen(key);
	n = strcspn(at, "\"");
	assert_true(n < size);
	memcpy(text, at, n);
	text[n] = '\0';
}

void register_ae(struct world *w, const char *name)
{
	char request[512];

	(void)snprintf(request, sizeof(request),
		       "{'op':1,'to':'sandbox','fr':'C%s','rqi':'1','rvi':'3',"
		       "'ty':2,'pc':{'m2m:ae':{'rn':'%s','api':'N.x',"
		       "'rr':true,'srv':['3'],'poa':['near://%s']}}}",
		       name, name, name);
	assert_int_equal(ask(w, request), 2001);
}

void make_container(struct world *w, const char *attributes)
{
	register_ae(w, "one");
	assert_int_equal(
		ask_with(w,
			 "{'op':1,'to':'sandbox/one','fr':'Cone','rqi':'2',"
			 "'rvi':'3','ty':3,'pc':{'m2m:cnt':{'rn':'c'%s}}}",
			 attributes),
		2001);
}
