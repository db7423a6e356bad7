/*
 * Contract of the sandbox - what core/binding.h promises, asked of a binding
 * that answers itself.
 *
 * What stays open there is a long poll: RETRIEVE of pcu, which is answered when
 * somebody notifies its AE.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/sandbox/sandbox.h"
#include "tests/contract/contract.h"

static struct gw_primitive *request(enum gw_op op, const char *to,
				    const char *json)
{
	struct gw_primitive *p = new_request(0);

	p->op = op;
	p->type = 0;
	p->from = GW_STR("Cae");
	p->to = gw_str_from(to);
	if (json) {
		p->media = GW_MEDIA_JSON;
		p->content = gw_bytes_of(gw_str_from(json));
	}
	return p;
}

static void expect(struct gw_primitive *p, enum gw_status status)
{
	size_t n_replies = bench.n_replies;

	ask(p);
	await_replies(n_replies + 1);
	assert_int_equal(bench.answer->status, status);
	assert_true(gw_str_is(bench.answer->id, "r1"));
}

static void create(unsigned type, const char *to, const char *json)
{
	struct gw_primitive *p = request(GW_OP_CREATE, to, json);

	p->type = type;
	expect(p, GW_STATUS_CREATED);
}

/* Returns with one poll open, and no answer counted. */
static struct gw_exchange *hold_a_poll(void)
{
	struct gw_exchange *x = NULL;

	create(GW_TYPE_AE, "cse-in",
	       "{\"m2m:ae\":{\"rn\":\"ae\",\"api\":\"N1\",\"rr\":false,"
	       "\"srv\":[\"3\"]}}");
	create(15, "cse-in/ae", "{\"m2m:pch\":{\"rn\":\"p\"}}");
	x = ask(request(GW_OP_RETRIEVE, "cse-in/ae/p/pcu", NULL));
	expect(request(GW_OP_RETRIEVE, "cse-in/ae", NULL), GW_STATUS_OK);
	assert_int_equal(x->state, GW_EXCHANGE_SENT);
	bench.n_replies = 0;
	return x;
}

/* What a poll waits for. */
static void notify(void)
{
	ask(request(GW_OP_NOTIFY, "cse-in/ae",
		    "{\"m2m:sgn\":{\"sur\":\"x\"}}"));
}

static void a_request_is_answered_once(void **state)
{
	expect(request(GW_OP_RETRIEVE, "cse-in", NULL), GW_STATUS_OK);
	expect(request(GW_OP_RETRIEVE, "cse-in/none", NULL),
	       GW_STATUS_NOT_FOUND);
	gw_relay_stop(bench.near);
	assert_int_equal(bench.n_replies, 2);
}

static void an_abandoned_exchange_gets_no_reply(void **state)
{
	gw_exchange_abandon(hold_a_poll());
	notify();
	expect(request(GW_OP_RETRIEVE, "cse-in", NULL), GW_STATUS_OK);
	gw_relay_stop(bench.near);
	assert_int_equal(bench.n_replies, 2); // and that of the notification
}

static void what_is_forgotten_is_not_answered_later(void **state)
{
	expire(hold_a_poll());
	await_replies(1);
	assert_int_equal(bench.answer->status, GW_STATUS_REQUEST_TIMEOUT);
	notify();
	expect(request(GW_OP_RETRIEVE, "cse-in", NULL), GW_STATUS_OK);
	assert_int_equal(bench.n_replies, 2);
}

static void stopping_answers_what_is_open_with_5103(void **state)
{
	hold_a_poll();
	gw_relay_stop(bench.near);
	assert_int_equal(bench.n_replies, 1);
	assert_int_equal(bench.answer->status, GW_STATUS_TARGET_NOT_REACHABLE);
}

static void draining_answers_what_would_hold_it_up(void **state)
{
	hold_a_poll();
	gw_relay_drain(bench.near);
	await_replies(1);
	assert_int_equal(bench.answer->status, GW_STATUS_REQUEST_TIMEOUT);
	assert_true(gw_relay_is_drained(bench.near));
}

static void what_is_open_at_a_reload_is_answered(void **state)
{
	struct gw_conf conf = bench.confs[0].conf;

	hold_a_poll();
	conf.limits.content_bytes = 1024;
	assert_int_equal(gw_relay_reload(bench.near, &conf), 0);
	memset(&bench.confs[0].conf, 0, sizeof(conf));
	notify();
	await_replies(1);
	assert_int_equal(bench.answer->status, GW_STATUS_OK);
	chain_stop(&bench);
}

int main(void)
{
	static const struct chain_end end = {
		.ops = &sandbox_ops,
		.scheme = "sandbox",
		.place = CHAIN_INSIDE,
	};
	struct CMUnitTest tests[] = {
		CONTRACT_CASE(a_request_is_answered_once),
		CONTRACT_CASE(an_abandoned_exchange_gets_no_reply),
		CONTRACT_CASE(what_is_forgotten_is_not_answered_later),
		CONTRACT_CASE(stopping_answers_what_is_open_with_5103),
		CONTRACT_CASE(draining_answers_what_would_hold_it_up),
		CONTRACT_CASE(what_is_open_at_a_reload_is_answered),
		CONTRACT_CASE(what_send_refuses_is_answered_once_from_the_loop),
		CONTRACT_CASE(of_a_thousand_points_of_access_sixteen_are_tried),
		CONTRACT_CASE(content_that_the_hop_does_not_read_is_4015),
		CONTRACT_CASE(content_that_no_message_can_hold_is_4015),
	};

	return contract_run(&end, tests, sizeof(tests) / sizeof(*tests));
}
