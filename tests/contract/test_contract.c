/*
 * Contract - what core/binding.h promises, asked of every binding.
 *
 *	asker -> near relay -> binding == socket ==> binding -> far relay -> CSE
 *
 * Both relays run in this process on one loop.  The asker and the CSE are
 * bindings of the test that only write down what they are handed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "bindings/coap/coap.h"
#include "bindings/http/http.h"
#include "bindings/mqtt/mqtt.h"
#include "bindings/ws/ws.h"
#include "core/arena.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/exchange.h"
#include "core/loop.h"
#include "core/profile.h"
#include "core/relay.h"
#include "core/route.h"
#include "gateway/loop.h"
#include "tests/support/free_port.h"
#include "tests/support/mosquitto.h"

#define PATIENCE_MS 20000
#define WARMING_UP_MS 500
#define MIB ((size_t)1024 * 1024)
#define N_ASKED_MAX 50

/* One binding under test. */
struct subject {
	const struct gw_binding_ops *ops;
	const char *scheme;
	size_t listen_offset; // of its section in struct gw_conf
	bool has_broker;      // both sides connect to one, and none listens
};

static struct subject subjects[] = {
	{ &http_ops, "http", offsetof(struct gw_conf, http), false },
	{ &ws_ops, "ws", offsetof(struct gw_conf, ws), false },
	{ &coap_ops, "coap", offsetof(struct gw_conf, coap), false },
	{ &mqtt_ops, "mqtt", 0, true },
};

struct bench {
	struct gw_loop *loop;
	struct gw_conf near_conf;
	struct gw_conf far_conf;
	struct gw_conf_cse near_cse;
	struct gw_conf_cse far_cse;
	struct gw_conf_broker broker; // of both
	struct mosquitto_process *mosquitto;
	struct gw_relay *near;
	struct gw_relay *far;
	char url[64];

	struct gw_exchange *asked; // at the far CSE, the newest
	struct gw_exchange *all_asked[N_ASKED_MAX];
	size_t replies[N_ASKED_MAX];
	size_t n_asked;
	size_t n_forgotten;
	size_t n_replies;
	enum gw_status status;
	size_t answer_bytes;
	char answer_id[64];

	struct gw_timer patience;
	size_t *awaited;
	size_t wanted;
	bool is_late;
	bool is_warming_up;
};

static struct bench bench;

static enum gw_status cse_send(struct gw_binding *b, struct gw_exchange *x)
{
	if (bench.is_warming_up) {
		return GW_STATUS_NOT_FOUND;
	}
	assert_true(bench.n_asked < N_ASKED_MAX);
	bench.asked = x;
	bench.all_asked[bench.n_asked++] = x;
	return GW_STATUS_NONE;
}

static void cse_forget(struct gw_binding *b, struct gw_exchange *x)
{
	bench.asked = NULL;
	bench.n_forgotten++;
}

static void asker_reply(struct gw_binding *b, struct gw_exchange *x)
{
	size_t *lengthp = x->asker.native;

	if (lengthp) {
		*lengthp = x->answer->content.len;
	}
	bench.n_replies++;
	bench.status = x->answer->status;
	bench.answer_bytes = x->answer->content.len;
	(void)snprintf(bench.answer_id, sizeof(bench.answer_id), GW_STR_FMT,
		       GW_STR_ARG(x->answer->id));
}

static const char *const cse_schemes[] = { "test", NULL };
static const struct gw_binding_ops cse_ops = {
	.name = "test",
	.schemes = cse_schemes,
	.send = cse_send,
	.forget = cse_forget,
	.reply = asker_reply,
};

static const struct subject *subject_of(void **state)
{
	return *state;
}

static struct gw_conf_listen *listen_of(struct gw_conf *conf,
					const struct subject *s)
{
	return (struct gw_conf_listen *)(void *)((char *)conf +
						 s->listen_offset);
}

/* The broker, or the section of far's listener. */
static void meet_at(struct gw_conf *conf, const struct subject *s,
		    uint16_t port)
{
	if (s->has_broker) {
		conf->brokers = &bench.broker;
		conf->n_brokers = 1;
		return;
	}
	listen_of(conf, s)->is_on = true;
	listen_of(conf, s)->port = port;
}

static void far_start(const struct subject *s, uint16_t port)
{
	const struct gw_binding_ops *const ops[] = { s->ops, &cse_ops, NULL };

	gw_conf_init(&bench.far_conf);
	gw_conf_cse_init(&bench.far_cse);
	bench.far_cse.id = "/id-in";
	bench.far_cse.url = "test:far";
	bench.far_cse.is_default = true;
	bench.far_conf.cses = &bench.far_cse;
	bench.far_conf.n_cses = 1;
	meet_at(&bench.far_conf, s, port);
	bench.far = gw_relay_new(bench.loop, &bench.far_conf, ops);
	assert_non_null(bench.far);
	assert_int_equal(gw_relay_start(bench.far), 0);
}

static void near_start(const struct subject *s, uint16_t port)
{
	const struct gw_binding_ops *const ops[] = { s->ops, &cse_ops, NULL };

	gw_conf_init(&bench.near_conf);
	gw_conf_cse_init(&bench.near_cse);
	if (s->has_broker) {
		meet_at(&bench.near_conf, s, port);
		/* A topic names who asks, and far takes its word for nobody
		 * else. */
		bench.near_conf.node.cse_id = "/Cdev";
	}
	bench.near_cse.id = "/id-in";
	bench.near_cse.url = bench.url;
	bench.near_cse.is_default = true;
	bench.near_conf.cses = &bench.near_cse;
	bench.near_conf.n_cses = 1;
	bench.near_conf.timeouts.request_ms = PATIENCE_MS;
	bench.far_conf.timeouts.request_ms = PATIENCE_MS;
	bench.near = gw_relay_new(bench.loop, &bench.near_conf, ops);
	assert_non_null(bench.near);
	assert_int_equal(gw_relay_start(bench.near), 0);
}

static void give_up(struct gw_timer *t)
{
	bench.is_late = true;
	gw_uv_loop_stop(bench.loop);
}

static struct gw_timer look_timer;

/* Whether what is awaited has come; asked after every turn. */
static void look(struct gw_timer *t)
{
	if (*bench.awaited >= bench.wanted) {
		gw_uv_loop_stop(bench.loop);
		return;
	}
	assert_int_equal(
		gw_timer_set(bench.loop, t, gw_loop_now_ms(bench.loop) + 1), 0);
}

static void await(size_t *counter, size_t wanted)
{
	bench.awaited = counter;
	bench.wanted = wanted;
	bench.patience.fire = give_up;
	look_timer = (struct gw_timer){ .fire = look };
	assert_int_equal(gw_timer_set(bench.loop, &bench.patience,
				      gw_loop_now_ms(bench.loop) + PATIENCE_MS),
			 0);
	look(&look_timer);
	if (*counter < wanted) {
		gw_uv_loop_run(bench.loop);
	}
	gw_timer_clear(bench.loop, &bench.patience);
	gw_timer_clear(bench.loop, &look_timer);
	assert_false(bench.is_late);
}

/* Content of that many bytes: {"m2m:cin":{"con":"xxx"}}. */
static struct gw_bytes content_of(struct gw_primitive *p, size_t len)
{
	static const char head[] = "{\"m2m:cin\":{\"con\":\"";
	static const char tail[] = "\"}}";
	size_t rest = len - (sizeof(head) - 1) - (sizeof(tail) - 1);
	char *at = gw_arena_alloc(p->arena, len);

	assert_non_null(at);
	memcpy(at, head, sizeof(head) - 1);
	memset(at + sizeof(head) - 1, 'x', rest);
	memcpy(at + len - (sizeof(tail) - 1), tail, sizeof(tail) - 1);
	return (struct gw_bytes){ (uint8_t *)at, len };
}

static struct gw_primitive *new_request(size_t content_bytes)
{
	struct gw_primitive *p = gw_primitive_new(4096, 2 * MIB);

	assert_non_null(p);
	p->op = GW_OP_CREATE;
	p->type = 4;
	p->id = GW_STR("r1");
	p->from = GW_STR("Cdev");
	p->to = GW_STR("cse-in/ae/cnt");
	p->release = GW_STR("3");
	p->media = GW_MEDIA_JSON;
	p->content = content_of(p, content_bytes);
	return p;
}

static struct gw_exchange *ask_for(struct gw_primitive *p, void *native)
{
	const struct gw_asker asker = {
		.binding = gw_relay_binding(bench.near, GW_STR("test")),
		.native = native,
		.host = GW_STR("127.0.0.1"),
	};
	struct gw_exchange *x = NULL;

	assert_int_equal(gw_exchange_open(&x, bench.near, &asker, p), 0);
	return x;
}

static struct gw_exchange *ask(struct gw_primitive *p)
{
	return ask_for(p, NULL);
}

static void answer(size_t content_bytes)
{
	struct gw_primitive *p = gw_primitive_new(4096, 2 * MIB);

	assert_non_null(p);
	p->status = GW_STATUS_CREATED;
	p->release = GW_STR("3");
	p->media = GW_MEDIA_JSON;
	p->content = content_of(p, content_bytes);
	gw_exchange_answer(bench.asked, p);
}

/* A broker drops what nobody has subscribed to yet, so ask until far has. */
static void await_connections(void)
{
	size_t n_replies = 0;

	bench.is_warming_up = true;
	bench.near_conf.timeouts.request_ms = WARMING_UP_MS;
	while (bench.status != GW_STATUS_NOT_FOUND) {
		ask(new_request(100));
		await(&bench.n_replies, ++n_replies);
	}
	bench.near_conf.timeouts.request_ms = PATIENCE_MS;
	bench.is_warming_up = false;
	bench.n_replies = 0;
}

static int set_up(void **state)
{
	const struct subject *s = subject_of(state);
	uint16_t port = free_port();

	memset(&bench, 0, sizeof(bench));
	bench.loop = gw_uv_loop_new();
	assert_non_null(bench.loop);
	(void)snprintf(bench.url, sizeof(bench.url), "%s://127.0.0.1:%u",
		       s->scheme, port);
	if (s->has_broker) {
		gw_conf_broker_init(&bench.broker);
		bench.broker.url = bench.url;
		bench.mosquitto = mosquitto_start(port);
		assert_non_null(bench.mosquitto);
	}
	far_start(s, port);
	near_start(s, port);
	if (s->has_broker) {
		await_connections();
	}
	return 0;
}

static int tear_down(void **state)
{
	bench.near = gw_relay_free(bench.near);
	bench.far = gw_relay_free(bench.far);
	bench.loop = gw_uv_loop_free(bench.loop);
	if (bench.mosquitto) {
		mosquitto_await_threads();
		bench.mosquitto = mosquitto_stop(bench.mosquitto);
	}
	return 0;
}

static void a_request_arrives_whole_and_is_answered_once(void **state)
{
	struct gw_primitive *p = new_request(300);
	const struct gw_primitive *got = NULL;

	gw_primitive_add(p, GW_STR("rcn"), GW_STR("3"));
	gw_primitive_add(p, GW_STR("ot"), GW_STR("\"20260101T000000\""));
	ask(p);
	await(&bench.n_asked, 1);
	got = bench.asked->request;
	assert_int_equal(got->op, GW_OP_CREATE);
	assert_int_equal(got->type, 4);
	assert_true(gw_str_is(got->from, "Cdev"));
	assert_true(gw_str_is(got->to, "cse-in/ae/cnt"));
	assert_true(gw_str_is(got->release, "3"));
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("rcn")), "3"));
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("ot")),
			      "\"20260101T000000\""));
	assert_int_equal(got->content.len, 300);
	answer(200);
	await(&bench.n_replies, 1);
	assert_int_equal(bench.status, GW_STATUS_CREATED);
	assert_int_equal(bench.answer_bytes, 200);
	assert_string_equal(bench.answer_id, "r1");
}

static void a_content_of_nearly_one_mib_crosses_both_ways(void **state)
{
	size_t len = MIB - 64;

	ask(new_request(len));
	await(&bench.n_asked, 1);
	assert_int_equal(bench.asked->request->content.len, len);
	answer(len);
	await(&bench.n_replies, 1);
	assert_int_equal(bench.answer_bytes, len);
}

static void an_answer_after_the_deadline_is_dropped(void **state)
{
	struct gw_primitive *p = new_request(100);

	bench.near_conf.timeouts.request_ms = 100;
	ask(p);
	await(&bench.n_asked, 1);
	await(&bench.n_replies, 1);
	assert_int_equal(bench.status, GW_STATUS_REQUEST_TIMEOUT);
	if (bench.asked) {
		answer(100);
	}
	bench.near_conf.timeouts.request_ms = PATIENCE_MS;
	ask(new_request(100));
	await(&bench.n_asked, 2);
	answer(150);
	await(&bench.n_replies, 2);
	assert_int_equal(bench.status, GW_STATUS_CREATED);
	assert_int_equal(bench.answer_bytes, 150);
}

static void an_abandoned_exchange_gets_no_reply(void **state)
{
	gw_exchange_abandon(ask(new_request(100)));
	await(&bench.n_asked, 1);
	answer(100);
	ask(new_request(100));
	await(&bench.n_asked, 2);
	answer(100);
	await(&bench.n_replies, 1);
	assert_int_equal(bench.n_replies, 1);
}

static void answer_all_backwards(const size_t *lengths)
{
	for (size_t i = bench.n_asked; i > 0; i--) {
		bench.asked = bench.all_asked[i - 1];
		answer(lengths[i - 1] * 2);
	}
}

static void many_with_one_rqi_each_get_their_own_answer(void **state)
{
	size_t lengths[N_ASKED_MAX];

	for (size_t i = 0; i < N_ASKED_MAX; i++) {
		bench.replies[i] = 0;
		ask_for(new_request(100 + i), &bench.replies[i]);
	}
	await(&bench.n_asked, N_ASKED_MAX);
	for (size_t i = 0; i < N_ASKED_MAX; i++) {
		lengths[i] = bench.all_asked[i]->request->content.len;
	}
	answer_all_backwards(lengths);
	await(&bench.n_replies, N_ASKED_MAX);
	for (size_t i = 0; i < N_ASKED_MAX; i++) {
		assert_int_equal(bench.replies[i], 2 * (100 + i));
	}
}

static void stopping_answers_what_is_open_with_5103(void **state)
{
	ask(new_request(100));
	await(&bench.n_asked, 1);
	gw_relay_stop(bench.near);
	assert_int_equal(bench.n_replies, 1);
	assert_int_equal(bench.status, GW_STATUS_TARGET_NOT_REACHABLE);
}

static void a_far_side_that_goes_is_5103_or_4008(void **state)
{
	ask(new_request(100));
	await(&bench.n_asked, 1);
	gw_relay_stop(bench.far);
	await(&bench.n_replies, 1);
	assert_true(bench.status == GW_STATUS_TARGET_NOT_REACHABLE ||
		    bench.status == GW_STATUS_REQUEST_TIMEOUT);
}

static void a_listener_that_cannot_start_stops_cleanly(void **state)
{
	const struct subject *s = subject_of(state);
	const struct gw_binding_ops *const ops[] = { s->ops, NULL };
	struct gw_relay *second = NULL;
	struct gw_conf conf = bench.far_conf;

	conf.n_cses = 0;
	listen_of(&conf, s)->address = "192.0.2.1";
	second = gw_relay_new(bench.loop, &conf, ops);
	assert_non_null(second);
	assert_int_not_equal(gw_relay_start(second), 0);
	gw_relay_free(second);
}

#define N_SUBJECTS (sizeof(subjects) / sizeof(*subjects))
#define CASE(test) \
	cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, NULL)

int main(int argc, char **argv)
{
	struct CMUnitTest tests[] = {
		CASE(a_request_arrives_whole_and_is_answered_once),
		CASE(a_content_of_nearly_one_mib_crosses_both_ways),
		CASE(an_answer_after_the_deadline_is_dropped),
		CASE(an_abandoned_exchange_gets_no_reply),
		CASE(many_with_one_rqi_each_get_their_own_answer),
		CASE(stopping_answers_what_is_open_with_5103),
		CASE(a_far_side_that_goes_is_5103_or_4008),
		CASE(a_listener_that_cannot_start_stops_cleanly),
	};
	const size_t n_tests = sizeof(tests) / sizeof(*tests);

	for (size_t i = 0; i < N_SUBJECTS; i++) {
		if (argc != 2 || strcmp(argv[1], subjects[i].scheme) != 0) {
			continue;
		}
		for (size_t t = 0; t < n_tests; t++) {
			tests[t].initial_state = &subjects[i];
		}
		/* The last is about listeners, and a broker has none of ours. */
		return _cmocka_run_group_tests(
			subjects[i].scheme, tests,
			n_tests - (subjects[i].has_broker ? 1 : 0), NULL, NULL);
	}
	(void)fprintf(stderr, "usage: test_contract http|ws|coap|mqtt\n");
	return 2;
}
