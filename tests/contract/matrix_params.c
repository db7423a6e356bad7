/*
 * Matrix - parameters whose value decides what happens.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/deadline.h"
#include "core/lib/arena.h"
#include "core/lib/loop.h"
#include "core/lib/time.h"
#include "tests/contract/matrix.h"
#include "tests/contract/random.h"

static const char *content_for(enum gw_op op)
{
	return op == GW_OP_RETRIEVE || op == GW_OP_DELETE
		       ? NULL
		       : "{\"m2m:cin\":{\"con\":1}}";
}

static struct gw_primitive *request_with(enum gw_op op, const char *name,
					 const char *value)
{
	struct gw_primitive *p = matrix_request(op, content_for(op));

	gw_primitive_add(p, gw_str_from(name), gw_str_from(value));
	return p;
}

static struct gw_str value_of(const struct gw_primitive *p, const char *name)
{
	return gw_primitive_get(p, gw_str_from(name));
}

/* Ask with a parameter, which has to be there at the other end. */
static void ask_with(enum gw_op op, const char *name, const char *value)
{
	const struct gw_primitive *got = chain_ask(
		&matrix_chain, request_with(op, name, value));

	if (!got) {
		matrix_print_answer();
		fail();
		return;
	}
	assert_int_equal(got->op, op);
	matrix_expect_content(got, content_for(op));
	if (!same_json(value_of(got, name), gw_str_from(value))) {
		print_error("%s was %s and is " GW_STR_FMT "\n", name, value,
			    GW_STR_ARG(value_of(got, name)));
		fail();
	}
}

static void answer_with(int status, const char *json)
{
	const struct gw_primitive *got = chain_answer(
		&matrix_chain, matrix_answer(status, json));

	assert_int_equal(got->status, status);
	assert_true(gw_str_is(got->id, "r1"));
	matrix_expect_content(got, json);
}

/* TS-0004 6.3.4.2.6 (rt), 7.3.1.2: nu given, empty and absent differ. */
void each_response_type_crosses(void **state)
{
	static const struct {
		const char *rt;
		int status;
		const char *json;
	} all[] = {
		{ "{\"rtv\":1}", 1001, "{\"m2m:uri\":\"cse-in/req1\"}" },
		{ "{\"rtv\":2,\"nu\":[\"http://127.0.0.1:9/n\",\"Cdev\"]}",
		  1002, NULL },
		{ "{\"rtv\":2,\"nu\":[\"mqtt://h:1/a?ct=cbor\"]}", 1002,
		  "{\"m2m:uri\":\"cse-in/req1\"}" },
		{ "{\"rtv\":2,\"nu\":[]}", 1002, NULL },
		{ "{\"rtv\":2}", 1002, NULL },
		{ "{\"rtv\":3}", 2000, "{\"m2m:cnt\":{}}" },
		{ "{\"rtv\":4}", 1001, "{\"m2m:uri\":\"cse-in/req1\"}" },
		{ "{\"rtv\":4,\"nu\":[\"Cdev\"]}", 2000, "{\"m2m:cnt\":{}}" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		for (int op = GW_OP_CREATE; op <= GW_OP_NOTIFY; op++) {
			ask_with((enum gw_op)op, "rt", all[i].rt);
			answer_with(all[i].status, all[i].json);
		}
	}
	matrix_exchange(*state, GW_OP_NOTIFY,
			"{\"m2m:rsp\":{\"rsc\":2000,\"rqi\":\"r1\",\"pc\":{}}}",
			2000, NULL);
}

/* HTTP answers 204 and CoAP an ACK before the CSE has it; nothing comes back
 * from there, and what is next is not disturbed. */
void no_response_is_asked_for(void **state)
{
	struct chain *c = &matrix_chain;
	size_t n_asked = c->n_asked;
	size_t n_replies = c->n_replies;
	struct gw_exchange *x = chain_open(
		c, c->near, request_with(GW_OP_UPDATE, "rt", "{\"rtv\":5}"),
		NULL);
	const struct gw_primitive *got = NULL;

	chain_await(c, &c->n_asked, n_asked + 1);
	got = c->asked->request;
	assert_int_equal(got->op, GW_OP_UPDATE);
	assert_true(same_json(value_of(got, "rt"), GW_STR("{\"rtv\":5}")));
	if (c->n_replies == n_replies) {
		gw_exchange_abandon(x);
	}
	gw_exchange_answer(gw_take(&c->asked), matrix_answer(2004, NULL));
	n_replies = c->n_replies;
	matrix_exchange(*state, GW_OP_RETRIEVE, NULL, 2000, NULL);
	assert_int_equal(c->n_replies, n_replies + 1);
}

static const char *filter_value(const struct random_filter *f)
{
	if (f->shape == RANDOM_ANY) {
		return "[{\"nm\":\"cr\",\"val\":\"S*m & \\\"Co\\\"=+%\"},"
		       "{\"nm\":\"rn\",\"val\":\"x\"}]";
	}
	if (f->shape == RANDOM_NUMBER) {
		return f->is_list ? "[3,65535]" : "7";
	}
	return f->is_list ? "[\"a b\",\"k:v&w=+%\",\"\xc3\xa9\"]"
			  : "\"20260101T000000 a+b&c=%\"";
}

void each_filter_crosses(void **state)
{
	for (const struct random_filter *f = random_filters; f->name; f++) {
		struct gw_primitive *p = matrix_request(GW_OP_RETRIEVE, NULL);
		struct gw_str fc = gw_arena_print(p->arena, "{\"%s\":%s}",
						  f->name, filter_value(f));
		const struct gw_primitive *got = NULL;
		char text[256];

		gw_primitive_add(p, GW_STR("fc"), fc);
		(void)snprintf(text, sizeof(text), GW_STR_FMT, GW_STR_ARG(fc));
		got = chain_ask(&matrix_chain, p);
		assert_non_null(got);
		assert_true(same_json(value_of(got, "fc"), gw_str_from(text)));
		answer_with(2000, "{\"m2m:uril\":[]}");
	}
}

/* A filter that is a plain member of fc, as ACME writes it, is one by
 * attribute where it cannot stand. */
void filters_of_old_peers_cross(void **state)
{
	const struct cell *cell = *state;
	bool carries_all = cell->left->carries_all && cell->right->carries_all;
	const struct gw_primitive *got = chain_ask(
		&matrix_chain, request_with(GW_OP_RETRIEVE, "fc",
					    "{\"cr\":\"Sam\",\"ty\":[3]}"));

	assert_non_null(got);
	assert_true(same_json(
		value_of(got, "fc"),
		carries_all ? GW_STR("{\"cr\":\"Sam\",\"ty\":[3]}")
			    : GW_STR("{\"atr\":[{\"nm\":\"cr\",\"val\":"
				     "\"Sam\"}],\"ty\":[3]}")));
	answer_with(2000, NULL);
}

static void expect_refused(struct gw_primitive *p, enum gw_status status)
{
	const struct gw_primitive *got = chain_refused(&matrix_chain, p);

	assert_int_equal(got->status, status);
	assert_true(gw_str_is(got->id, "r1"));
	chain_expect_reason(got);
}

void what_has_expired_is_4008(void **state)
{
	static const char *const past[] = { "\"20200101T000000\"",
					    "\"20200101T000000,999\"", "-1",
					    "\"-2000\"", "0" };

	for (size_t i = 0; i < sizeof(past) / sizeof(*past); i++) {
		expect_refused(request_with(GW_OP_RETRIEVE, "rqet", past[i]),
			       GW_STATUS_REQUEST_TIMEOUT);
	}
}

void a_time_that_is_none_crosses(void **state)
{
	const struct cell *cell = *state;
	static const char *const names[] = { "rqet", "rset", "oet" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		ask_with(GW_OP_RETRIEVE, names[i], "\"soon\"");
		answer_with(4000, NULL);
		if (!cell->left->carries_all) {
			expect_refused(request_with(GW_OP_RETRIEVE, names[i],
						    "{\"at\":1}"),
				       GW_STATUS_BAD_REQUEST);
		}
	}
}

static bool is_coap(const struct chain_end *end)
{
	return strcmp(end->scheme, "coap") == 0;
}

/* A deadline is never moved to an earlier time, and by less than a second to a
 * later one: where times have whole seconds. */
void a_near_deadline_is_carried_across(void **state)
{
	const struct cell *cell = *state;
	bool is_rounded = is_coap(cell->left) || is_coap(cell->right);
	int64_t now_ms = gw_loop_wall_ms(matrix_chain.loop);
	struct gw_primitive *p = matrix_request(GW_OP_RETRIEVE, NULL);
	struct gw_str at = gw_time_print(p->arena, now_ms + 20000);
	const struct gw_primitive *got = NULL;
	char rqet[32];
	int64_t ms = 0;

	(void)snprintf(rqet, sizeof(rqet), "\"" GW_STR_FMT "\"",
		       GW_STR_ARG(at));
	gw_primitive_free(p);
	ask_with(GW_OP_RETRIEVE, "rqet", rqet);
	answer_with(2000, NULL);
	if (!is_rounded) {
		ask_with(GW_OP_RETRIEVE, "rqet", "20000");
		answer_with(2000, NULL);
		return;
	}
	got = chain_ask(&matrix_chain,
			request_with(GW_OP_RETRIEVE, "rqet", "20000"));
	assert_non_null(got);
	assert_true(gw_deadline_read(&ms, value_of(got, "rqet"), 0));
	assert_true(ms >= now_ms + 20000);
	assert_true(ms < gw_loop_wall_ms(matrix_chain.loop) + 1 + 21000);
	answer_with(2000, NULL);
}

/* Whether it is refused where it would become another operation or address, or
 * lose something, and crosses where it does not. */
static void cross_or_refuse(const struct cell *cell, struct gw_primitive *p)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *expected =
		random_copy(p);
	bool fits = random_cross(expected, cell->left) &&
		    random_cross(expected, cell->right);
	const struct gw_primitive *got = NULL;

	if (!fits) {
		expect_refused(p, GW_STATUS_BAD_REQUEST);
		return;
	}
	got = chain_ask(&matrix_chain, p);
	assert_non_null(got);
	random_expect_same(expected, got, true, (struct random_span){ 0, 0 });
	answer_with(2000, NULL);
}

void what_would_change_its_meaning_is_refused(void **state)
{
	static const char *const targets[] = { "~/id-in/x", "_/sp.x/id-in/x" };
	struct gw_primitive *p = NULL;

	p = matrix_request(GW_OP_CREATE, content_for(GW_OP_CREATE));
	p->type = 0;
	cross_or_refuse(*state, p);
	p = matrix_request(GW_OP_NOTIFY, content_for(GW_OP_NOTIFY));
	p->type = 4;
	cross_or_refuse(*state, p);
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		p = matrix_request(GW_OP_RETRIEVE, NULL);
		p->to = gw_str_from(targets[i]);
		cross_or_refuse(*state, p);
	}
	cross_or_refuse(*state,
			request_with(GW_OP_RETRIEVE, "vsi", "\" padded \""));
	cross_or_refuse(*state,
			request_with(GW_OP_RETRIEVE, "omr", "[\" a\",\"b\"]"));
	cross_or_refuse(*state,
			request_with(GW_OP_RETRIEVE, "tkns", "[\"a b\"]"));
}
