/*
 * Matrix - several at a time, the way back, and nobody there.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/contract/matrix.h"
#include "tests/support/mosquitto.h"

static struct gw_primitive *sized_answer(size_t len)
{
	struct gw_primitive *p = matrix_answer(2000, NULL);

	chain_fill(p, len);
	return p;
}

/* Two that ask at the same time by the same id each get their own answer. */
void the_same_rqi_twice_is_two_exchanges(void **state)
{
	struct chain *c = &matrix_chain;
	struct gw_exchange *asked[2];
	size_t lengths[2] = { 0, 0 };
	size_t n_asked = c->n_asked;
	size_t n_replies = c->n_replies;
	struct gw_primitive *p = NULL;

	for (size_t i = 0; i < 2; i++) {
		p = matrix_request(GW_OP_RETRIEVE, NULL);
		p->to = i == 0 ? GW_STR("cse-in/a") : GW_STR("cse-in/b");
		(void)chain_open(c, c->near, p, &lengths[i]);
	}
	chain_await(c, &c->n_asked, n_asked + 2);
	for (size_t i = 0; i < 2; i++) {
		asked[i] = c->all_asked[(n_asked + i) % CHAIN_ASKED_MAX];
	}
	c->asked = NULL;
	for (size_t i = 2; i > 0; i--) {
		bool is_a = gw_str_is(asked[i - 1]->request->to, "cse-in/a");

		gw_exchange_answer(asked[i - 1], sized_answer(is_a ? 50 : 90));
		chain_await(c, &c->n_replies, n_replies + 3 - i);
		assert_true(gw_str_is(c->answer->id, "r1"));
	}
	assert_in_range(lengths[0], 40, 50);
	assert_in_range(lengths[1], 80, 90);
}

struct registree {
	const char *from;
	unsigned type;
	const char *asks;
	const char *answers;
	const char *to; // as its CSE names it
};

static void register_at_the_cse(const struct registree *r)
{
	struct gw_primitive *p = matrix_request(GW_OP_CREATE, r->asks);
	const struct gw_primitive *got = NULL;

	p->from = gw_str_from(r->from);
	p->type = r->type;
	p->to = GW_STR("cse-in");
	got = chain_ask(&matrix_chain, p);
	if (!got) {
		matrix_print_answer();
		fail();
	}
	got = chain_answer(&matrix_chain, matrix_answer(2001, r->answers));
	assert_int_equal(got->status, 2001);
}

static void notify(const struct registree *r, const char *json, int status,
		   const char *answers)
{
	struct gw_primitive *p = matrix_request(GW_OP_NOTIFY, json);
	const struct gw_primitive *got = NULL;

	p->from = GW_STR("/id-in");
	p->to = gw_str_from(r->to);
	got = chain_ask_back(&matrix_chain, p);
	if (!got) {
		matrix_print_answer();
		fail();
		return;
	}
	assert_int_equal(got->op, GW_OP_NOTIFY);
	assert_true(gw_str_is(got->from, "/id-in"));
	assert_true(gw_str_is(got->to, r->to));
	matrix_expect_content(got, json);
	got = chain_answer(&matrix_chain, matrix_answer(status, answers));
	assert_int_equal(got->status, status);
	assert_true(gw_str_is(got->id, "r1"));
	matrix_expect_content(got, answers);
}

static void deliver_to(const struct registree *r)
{
	register_at_the_cse(r);
	notify(r, "{\"m2m:sgn\":{\"vrq\":true,\"sur\":\"/id-in/sub\"}}", 2000,
	       NULL);
	notify(r,
	       "{\"m2m:sgn\":{\"nev\":{\"rep\":{\"m2m:cin\":{\"con\":1.5}},"
	       "\"net\":3},\"sur\":\"/id-in/sub\"}}",
	       2000, NULL);
	notify(r, "{\"m2m:sgn\":{\"vrq\":true,\"sur\":\"/id-in/sub\"}}", 4103,
	       "{\"m2m:dbg\":\"not from you\"}");
}

/* Registered through both relays, notified back through both: the CSE's side is
 * right, the device's left. */
void a_registree_is_reached_through_its_poa(void **state)
{
	static const struct registree ae = {
		"Cdel",
		GW_TYPE_AE,
		"{\"m2m:ae\":{\"api\":\"N1\",\"rr\":true,"
		"\"poa\":[\"test:device\"]}}",
		"{\"m2m:ae\":{\"ri\":\"Cdel\",\"aei\":\"Cdel\","
		"\"rn\":\"del\"}}",
		"Cdel",
	};
	static const struct registree cse = {
		"/id-dev",
		GW_TYPE_REMOTE_CSE,
		"{\"m2m:csr\":{\"csi\":\"/id-dev\",\"cb\":\"/id-dev/base\","
		"\"rr\":true,\"poa\":[\"test:device\"]}}",
		"{\"m2m:csr\":{\"ri\":\"csr1\",\"csi\":\"/id-dev\","
		"\"rn\":\"dev\"}}",
		"/id-dev",
	};

	deliver_to(&cse);
	deliver_to(&ae);
}

/* The last of a chain: what is behind the right hop goes away. */
void an_unreachable_target_is_5103(void **state)
{
	struct chain *c = &matrix_chain;
	const struct gw_primitive *got = NULL;
	bool has_broker = c->right.broker != NULL;

	c->right.broker = mosquitto_stop(c->right.broker);
	if (has_broker) {
		chain_await(c, &c->n_lost, 2); // middle and far
	} else {
		gw_relay_stop(c->far);
	}
	got = chain_refused(c, matrix_request(GW_OP_RETRIEVE, NULL));
	assert_int_equal(got->status, GW_STATUS_TARGET_NOT_REACHABLE);
	assert_true(gw_str_is(got->id, "r1"));
	chain_expect_reason(got);
	chain_stop(c);
}
