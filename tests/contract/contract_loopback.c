/*
 * Contract of the loopback - what only it has: doors, and that it is one
 * binding more than the program lists.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/registry.h"
#include "gateway/builtin.h"
#include "tests/contract/chain_talk.h"
#include "tests/contract/contract.h"

/* Another relay of near's configuration, in the same hall. */
static struct gw_relay *new_near(const struct gw_binding_ops *const *ops)
{
	struct gw_relay *relay = gw_relay_new(bench.loop, &bench.confs[0].conf,
					      ops);

	assert_non_null(relay);
	loopback_enter(&bench.hall,
		       gw_relay_binding(relay, GW_STR("loopback")));
	return relay;
}

static void replace_near(const struct gw_binding_ops *const *ops)
{
	bench.near = gw_relay_free(bench.near);
	bench.near = new_near(ops);
	assert_int_equal(gw_relay_start(bench.near), 0);
}

/* Answer what the far side was asked. */
static void expect_answer_of(size_t n)
{
	struct gw_primitive *p = gw_primitive_new_answer(bench.asked->request,
							 GW_STATUS_OK);

	gw_exchange_answer(gw_take(&bench.asked), p);
	await_replies(n);
	assert_int_equal(bench.answer->status, GW_STATUS_OK);
}

void it_stands_beside_all_others(void **state)
{
	const struct gw_binding_ops *ops[BUILTIN_ROOM] = { &chain_talk_ops };
	size_t n = 1;

	for (size_t i = 0; builtin_bindings[i]; i++) {
		ops[n++] = builtin_bindings[i];
	}
	ops[n] = &loopback_ops;
	assert_true(n + 1 < BUILTIN_ROOM);
	replace_near(ops);
	ask(new_request(100));
	await_asked(1);
	expect_answer_of(1);
}

static const struct gw_binding_ops *const alone[] = {
	&loopback_ops,
	&chain_talk_ops,
	NULL,
};

/* Rather than to go round. */
void what_it_asks_itself_is_4004(void **state)
{
	bench.confs[0].cse.url = "loopback://id-near";
	replace_near(alone);
	ask(new_request(100));
	await_replies(1);
	assert_int_equal(bench.answer->status, GW_STATUS_NOT_FOUND);
	assert_int_equal(gw_relay_counts(bench.near)->n_requests, 2);
}

void a_name_is_taken_once(void **state)
{
	struct gw_relay *second = new_near(alone);

	assert_int_not_equal(gw_relay_start(second), 0);
	gw_relay_free(second);
	ask(new_request(100));
	await_asked(1);
	expect_answer_of(1);
}

/* As the CSE behind the door that it came from. */
void a_whole_url_names_what_is_behind_the_door(void **state)
{
	const struct gw_grant grant = {
		.kind = GW_REGISTREE_AE,
		.id = GW_STR("Cdev"),
		.cse = gw_relay_cse(bench.near, 0),
		.via = gw_relay_binding(bench.near, GW_STR("test")),
		.poa = GW_STR("[\"test:device\"]"),
	};
	struct gw_primitive *p = new_request(0);

	assert_int_equal(
		gw_registry_grant(gw_relay_registry(bench.near), &grant), 0);
	p->op = GW_OP_NOTIFY;
	p->type = 0;
	p->from = GW_STR("/id-in");
	p->to = GW_STR("loopback://id-near/Cdev");
	(void)chain_open(&bench, bench.far, p, NULL);
	await_asked(1);
	assert_true(gw_str_is(bench.asked->request->to, "Cdev"));
	assert_ptr_equal(bench.asked->asker.cse, gw_relay_cse(bench.near, 0));
	expect_answer_of(1);
}
