/*
 * Lap: what we have sent is known when it comes back, and nothing else is taken
 * for it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "tests/support/fake_world.h"

#define ELSEWHERE "192.0.2.8"
#define UNKNOWN "/id-unknown/x"

static struct fake_world w;

static struct gw_exchange *comes_from(const char *host, enum gw_op op,
				      const char *from, const char *to,
				      const char *id)
{
	struct gw_asker asker = fake_device(&w);
	struct gw_primitive *p = fake_request(op, from, to, NULL);
	struct gw_exchange *x = NULL;

	asker.host = host ? gw_str_from(host) : asker.host;
	p->id = gw_str_from(id);
	p->type = op == GW_OP_CREATE ? GW_TYPE_AE : 0;
	w.status = GW_STATUS_NONE;
	x = fake_open(&w, &asker, p);
	fake_loop_turn(&w.loop);
	return x;
}

static struct gw_exchange *asks(const char *host, const char *id)
{
	return comes_from(host, GW_OP_RETRIEVE, "C1", UNKNOWN, id);
}

static void comes_down(struct gw_cse *cse, enum gw_op op, const char *from,
		       const char *to)
{
	struct gw_asker asker = fake_cse(&w, cse);

	w.status = GW_STATUS_NONE;
	fake_open(&w, &asker, fake_request(op, from, to, NULL));
	fake_loop_turn(&w.loop);
}

static void is_refused(size_t n_sent)
{
	assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
	assert_non_null(strstr(w.content, "it has come back"));
	assert_int_equal(w.n_sent, n_sent);
}

static void is_sent(size_t n_sent)
{
	assert_int_equal(w.status, GW_STATUS_NONE);
	assert_int_equal(w.n_sent, n_sent);
}

/* The rqi that it goes by, which is one of ours. */
static const char *own_id(char *at, size_t size)
{
	struct gw_str id = fake_last(&w)->request->id;

	assert_true(gw_str_starts(id, GW_STR("id-gw-")));
	assert_true(id.len < size);
	memcpy(at, id.at, id.len);
	at[id.len] = '\0';
	return at;
}

static void answer(size_t i)
{
	struct gw_primitive *p = gw_primitive_new(1024, 4096);

	assert_non_null(p);
	p->status = GW_STATUS_OK;
	gw_exchange_answer(w.sent[i], p);
	fake_loop_turn(&w.loop);
}

static void what_was_sent_is_refused_when_it_comes_back(void **state)
{
	asks(NULL, "r1");
	is_sent(1);
	comes_down(w.b, GW_OP_RETRIEVE, "C1", UNKNOWN);
	is_refused(1);
}

/* Devices that were made from one example have one name and one rqi. */
static void what_another_device_asks_just_the_same_goes_on(void **state)
{
	char id[64];

	asks(NULL, "r1");
	asks(ELSEWHERE, "r1");
	is_sent(2);
	asks(ELSEWHERE, own_id(id, sizeof(id)));
	is_refused(2);
}

/* Here it is written in full, and there it was not. */
static void it_is_known_by_fr_as_it_was_sent(void **state)
{
	comes_down(w.b, GW_OP_RETRIEVE, "C5", UNKNOWN);
	is_sent(1);
	assert_true(gw_str_is(fake_last(&w)->hop.from, "/id-b/C5"));
	asks(ELSEWHERE, "r1");
	is_sent(2);
	comes_down(w.b, GW_OP_RETRIEVE, "/id-b/C5", UNKNOWN);
	is_refused(2);
}

static void an_id_of_the_provider_is_known_in_either_scope(void **state)
{
	comes_from(NULL, GW_OP_RETRIEVE, "S1", UNKNOWN, "r1");
	is_sent(1);
	comes_from(ELSEWHERE, GW_OP_RETRIEVE, "/S1", UNKNOWN, "r1");
	is_refused(1);
}

/* Two CSEs may both have a C1. */
static void a_name_in_another_scope_may_be_that_of_another(void **state)
{
	static const char *const names[] = { "/id-far/C1", "//sp.c/id-in/C1",
					     "//sp.c/C1" };
	char id[80];

	asks(NULL, "r1");
	for (size_t i = 0; i < 3; i++) {
		comes_from(ELSEWHERE, GW_OP_RETRIEVE, names[i], UNKNOWN, "r1");
		is_sent(2 + i);
		own_id(id, sizeof(id));
		comes_from(ELSEWHERE, GW_OP_RETRIEVE, names[i], UNKNOWN, id);
		is_refused(2 + i);
	}
}

static void all_that_differs_is_another(void **state)
{
	asks(NULL, "r1");
	asks(ELSEWHERE, "r2");
	is_sent(2);
	comes_from(ELSEWHERE, GW_OP_DELETE, "C1", UNKNOWN, "r1");
	is_sent(3);
	comes_from(ELSEWHERE, GW_OP_RETRIEVE, "C2", UNKNOWN, "r1");
	is_sent(4);
	comes_from(ELSEWHERE, GW_OP_RETRIEVE, "C1", UNKNOWN "y", "r1");
	is_sent(5);
	comes_from(ELSEWHERE, GW_OP_RETRIEVE, "C1", "/id-b/x", "r1");
	is_sent(6);
}

static void what_is_answered_is_forgotten(void **state)
{
	asks(NULL, "r1");
	answer(0);
	asks(ELSEWHERE, "r1");
	is_sent(2);
	fake_loop_pass(&w.loop, w.conf.timeouts.request_ms);
	assert_int_equal(w.status, GW_STATUS_REQUEST_TIMEOUT);
	asks(NULL, "r1");
	is_sent(3);
}

static void what_comes_back_for_a_registree_gets_there(void **state)
{
	fake_register(&w, "C1", "[\"near://of-c1\"]");
	comes_down(w.b, GW_OP_NOTIFY, "/id-b", "/id-in/C1");
	is_sent(2);
	assert_ptr_equal(fake_last(&w)->hop.cse, w.in);
	comes_down(w.in, GW_OP_NOTIFY, "/id-b", "/id-in/C1");
	is_sent(3);
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://of-c1"));
}

/* It is the gateway of somebody else that asks us. */
static void a_registree_is_not_sent_the_same_in_a_circle(void **state)
{
	const struct gw_grant g = {
		.kind = GW_REGISTREE_CSE,
		.id = GW_STR("/id-mn"),
		.cse = w.in,
		.poa = GW_STR("[\"near://of-mn\"]"),
		.dcse = GW_STR("[\"/id-below\"]"),
		.via = fake_device(&w).binding,
	};

	assert_int_equal(gw_registry_grant(gw_relay_registry(w.relay), &g), 0);
	comes_down(w.b, GW_OP_RETRIEVE, "/id-far/C1", "/id-below/x");
	is_sent(1);
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://of-mn"));
	comes_down(w.in, GW_OP_RETRIEVE, "/id-far/C1", "/id-below/x");
	is_refused(1);
	comes_down(w.in, GW_OP_RETRIEVE, "/id-far/C1", "/id-mn/x");
	is_sent(2);
}

static void who_repeats_a_request_is_answered_twice(void **state)
{
	char id[80];

	asks(NULL, "r1");
	asks(NULL, "r1");
	is_sent(2);
	own_id(id, sizeof(id));
	answer(1);
	assert_string_equal(w.id, "r1");
	answer(0);
	assert_int_equal(w.n_replies, 2);
	assert_string_equal(w.id, "r1");
}

/* A gateway behind us may share its address with a device. */
static void
what_looks_like_a_repetition_goes_round_no_more_than_once(void **state)
{
	char id[80];

	asks(NULL, "r1");
	asks(NULL, "r1");
	asks(NULL, own_id(id, sizeof(id)));
	is_refused(2);
}

/* All devices may begin with this. */
static void registrations_are_told_apart(void **state)
{
	static const char *const names[] = { "C", "S", NULL };
	char id[80];

	for (size_t i = 0; i < 3; i++) {
		size_t n = 2 * i;

		comes_from(NULL, GW_OP_CREATE, names[i], "cse-in", "1");
		comes_from(ELSEWHERE, GW_OP_CREATE, names[i], "cse-in", "1");
		is_sent(n + 2);
		own_id(id, sizeof(id));
		comes_from("192.0.2.7", GW_OP_CREATE, names[i], "cse-in", id);
		is_refused(n + 2);
	}
}

static void who_comes_again_after_it_has_gone_is_heard(void **state)
{
	gw_exchange_abandon(asks(NULL, "r1"));
	asks(ELSEWHERE, "r1");
	is_sent(2);
}

static void it_is_known_by_the_rqi_that_it_was_sent_with(void **state)
{
	struct gw_exchange *x = asks(NULL, "r1");

	gw_exchange_is_sent_as(x, GW_STR("minted-1"));
	asks(ELSEWHERE, "r1");
	is_sent(2);
	asks(NULL, "minted-1");
	is_refused(2);
	answer(0);
	assert_string_equal(w.id, "r1");
}

static void a_number_comes_back_as_one(void **state)
{
	struct gw_exchange *x = asks(NULL, "17");

	x->request->has_number_id = true;
	gw_exchange_is_sent_as(x, GW_STR("minted-1"));
	assert_false(x->request->has_number_id);
	gw_exchange_is_sent_as(x, GW_STR("minted-2"));
	gw_exchange_fail(x, GW_STATUS_BAD_REQUEST, "no");
	assert_true(gw_str_is(x->request->id, "minted-2"));
	fake_loop_turn(&w.loop);
	assert_string_equal(w.id, "17");
}

#define CASE(test) FAKE_TEST(test, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_sent_is_refused_when_it_comes_back),
		CASE(what_another_device_asks_just_the_same_goes_on),
		CASE(it_is_known_by_fr_as_it_was_sent),
		CASE(an_id_of_the_provider_is_known_in_either_scope),
		CASE(a_name_in_another_scope_may_be_that_of_another),
		CASE(all_that_differs_is_another),
		CASE(what_is_answered_is_forgotten),
		CASE(what_comes_back_for_a_registree_gets_there),
		CASE(a_registree_is_not_sent_the_same_in_a_circle),
		CASE(who_repeats_a_request_is_answered_twice),
		CASE(what_looks_like_a_repetition_goes_round_no_more_than_once),
		CASE(registrations_are_told_apart),
		CASE(who_comes_again_after_it_has_gone_is_heard),
		CASE(it_is_known_by_the_rqi_that_it_was_sent_with),
		CASE(a_number_comes_back_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
