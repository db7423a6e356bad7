#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/primitive.h"
#include "tests/support/fake_world.h"

/* Our provider is //sp.a, with /id-in as default CSE; the other one is //sp.b,
 * and its IN-CSE is called /id-in as well. */
static struct fake_world w;

/* What comes from there arrives at this CSE, in the name of `as`. */
static void crosses(struct gw_cse *from, const char *originator, const char *to,
		    struct gw_cse *cse, const char *as)
{
	struct gw_asker asker = fake_cse(&w, from);

	fake_open(&w, &asker,
		  fake_request(GW_OP_RETRIEVE, originator, to, NULL));
	assert_ptr_equal(fake_last(&w)->hop.cse, cse);
	assert_true(gw_str_is(fake_last(&w)->request->to, to));
	assert_true(gw_str_is(fake_last(&w)->hop.from, as));
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_int_equal(w.status, GW_STATUS_OK);
}

static void two_providers_may_both_have_an_in_cse_of_one_id(void **state)
{
	crosses(w.other, "//sp.b/id-in", "//sp.a/id-in/cse-in", w.in,
		"//sp.b/id-in");
	crosses(w.in, "/id-in/C1", "//sp.b/id-in/cse-in", w.other,
		"//sp.a/id-in/C1");
	crosses(w.other, "//sp.b/id-in/C1", "//sp.a/id-b/x", w.b,
		"//sp.b/id-in/C1");
}

static void who_comes_from_another_provider_is_named_in_full(void **state)
{
	crosses(w.other, "C1", "//sp.a/id-in/x", w.in, "//sp.b/id-in/C1");
	crosses(w.other, "/id-x/C1", "//sp.a/id-in/x", w.in, "//sp.b/id-x/C1");
	crosses(w.other, "/id-in/C1", "//sp.a/id-b/x", w.b, "//sp.b/id-in/C1");
}

static void a_provider_speaks_for_its_own_only(void **state)
{
	static const char *const strangers[] = {
		"//sp.a/id-in/CAdmin",
		"//sp.a/id-in",
		"//sp.c/id-in/C1",
	};
	struct gw_asker other = fake_cse(&w, w.other);

	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		fake_open(&w, &other,
			  fake_request(GW_OP_RETRIEVE, strangers[i],
				       "//sp.a/id-in/cse-in", NULL));
		fake_loop_turn(&w.loop);
		assert_int_equal(w.status,
				 GW_STATUS_ORIGINATOR_NOT_AUTHENTICATED);
	}
	assert_int_equal(w.n_sent, 0);
}

static void a_registree_hears_of_the_other_provider_in_full(void **state)
{
	struct gw_asker other = fake_cse(&w, w.other);
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(
		GW_OP_CREATE, "/id-mn", "cse-in",
		"{\"m2m:csr\":{\"csi\":\"/id-mn\",\"poa\":[\"near://mn\"]}}");

	p->type = GW_TYPE_REMOTE_CSE;
	fake_open(&w, &device, p);
	fake_answer(&w, GW_STATUS_CREATED,
		    "{\"m2m:csr\":{\"csi\":\"/id-mn\"}}");
	fake_open(&w, &other,
		  fake_request(GW_OP_RETRIEVE, "/id-in/C1", "//sp.a/id-mn/x",
			       NULL));
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://mn"));
	assert_true(gw_str_is(fake_last(&w)->hop.from, "//sp.b/id-in/C1"));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

/* An AE may register with the IN-CSE of the other provider through us. */
static void an_ae_of_another_provider_is_at_home_there(void **state)
{
	struct gw_asker device = fake_device(&w);
	struct gw_asker other = fake_cse(&w, w.other);
	struct gw_primitive *p = fake_request(
		GW_OP_CREATE, "C1", "//sp.b/id-in/cse-in",
		"{\"m2m:ae\":{\"poa\":[\"near://ae\"]}}");

	p->type = GW_TYPE_AE;
	fake_open(&w, &device, p);
	assert_ptr_equal(fake_last(&w)->hop.cse, w.other);
	assert_true(gw_str_is(fake_last(&w)->hop.from, "C1"));
	fake_answer(&w, GW_STATUS_CREATED, "{\"m2m:ae\":{\"aei\":\"C1\"}}");
	fake_open(
		&w, &other,
		fake_request(GW_OP_NOTIFY, "/id-in", "//sp.b/id-in/C1", NULL));
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://ae"));
	assert_true(gw_str_is(fake_last(&w)->hop.from, "/id-in"));
	fake_answer(&w, GW_STATUS_OK, NULL);
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "//sp.a/id-in/x");
	assert_true(gw_str_is(fake_last(&w)->hop.from, "//sp.b/id-in/C1"));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void a_stranger_is_none_of_the_other_provider(void **state)
{
	fake_ask(&w, GW_OP_RETRIEVE, "CAdmin", "//sp.b/id-in/x");
	assert_ptr_equal(fake_last(&w)->hop.cse, w.other);
	assert_true(gw_str_is(fake_last(&w)->hop.from, "//sp.a/id-in/CAdmin"));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void register_there(struct fake_world *world)
{
	world->cses[2].registers = true;
}

static bool sends(const char *text)
{
	struct gw_bytes content = fake_last(&w)->request->content;

	return memmem(content.at, content.len, text, strlen(text)) != NULL;
}

static void the_gateway_registers_with_another_provider_in_full(void **state)
{
	fake_world_deinit(&w);
	fake_world_init(&w, register_there);
	fake_loop_pass(&w.loop, 0);
	assert_ptr_equal(fake_last(&w)->hop.cse, w.other);
	assert_true(gw_str_is(fake_last(&w)->request->to,
			      "//sp.b/id-in/cse-in/id-gw"));
	fake_answer(&w, GW_STATUS_NOT_FOUND, NULL);
	assert_true(
		gw_str_is(fake_last(&w)->request->to, "//sp.b/id-in/cse-in"));
	assert_true(gw_str_is(fake_last(&w)->hop.from, "//sp.a/id-gw"));
	assert_true(sends("\"csi\":\"//sp.a/id-gw\""));
	assert_true(sends("\"cb\":\"//sp.a/id-gw/m2mgate\""));
	fake_answer(&w, GW_STATUS_CREATED, NULL);
}

static void ask_with(const char *name, const char *value, const char *ot)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_RETRIEVE, "C1", "cse-in/a",
					      NULL);

	w.status = GW_STATUS_NONE;
	w.n_sent = 0;
	gw_primitive_add(p, gw_str_from(name), gw_str_from(value));
	if (ot) {
		gw_primitive_add(p, GW_STR("ot"), gw_str_from(ot));
	}
	fake_open(&w, &device, p);
	fake_loop_turn(&w.loop);
}

static void is_late(const char *name, const char *value, const char *ot)
{
	ask_with(name, value, ot);
	assert_int_equal(w.status, GW_STATUS_REQUEST_TIMEOUT);
	assert_int_equal(w.n_sent, 0);
}

static void is_in_time(const char *name, const char *value, const char *ot)
{
	ask_with(name, value, ot);
	assert_int_equal(w.n_sent, 1);
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_int_equal(w.status, GW_STATUS_OK);
}

static void what_has_expired_in_any_way_goes_no_further(void **state)
{
	is_late("rset", "\"20200101T000000\"", NULL);
	is_late("oet", "\"20200101T000000\"", NULL);
	is_late("oet", "0", NULL);
	is_late("oet", "\"-1\"", NULL);
	is_late("rqet", "\"-2000\"", NULL);
	is_late("rset", "\"-2000\"", NULL);
	is_in_time("rset", "\"20990101T000000\"", NULL);
	is_in_time("oet", "1000", NULL);
	is_in_time("rset", "\"whenever\"", NULL);
	is_in_time("rqet", "\"whenever\"", NULL);
	is_in_time("oet", "\"whenever\"", NULL);
}

/* The clock of the fake loop stands at 2025-10-09, 08:53:20. */
static void relative_times_count_from_the_originating_timestamp(void **state)
{
	is_late("rqet", "5000", "\"20200101T000000\"");
	is_late("rset", "5000", "\"20251009T085310\"");
	is_in_time("rqet", "5000", "\"20251009T085318\"");
	is_in_time("rqet", "5000", "\"some day\"");
	ask_with("rqet", "5000", "\"20251009T085318\"");
	fake_loop_pass(&w.loop, 2999);
	assert_int_equal(w.status, GW_STATUS_NONE);
	fake_loop_pass(&w.loop, 1);
	assert_int_equal(w.status, GW_STATUS_REQUEST_TIMEOUT);
}

#define CASE(test) FAKE_TEST(test, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(two_providers_may_both_have_an_in_cse_of_one_id),
		CASE(who_comes_from_another_provider_is_named_in_full),
		CASE(a_provider_speaks_for_its_own_only),
		CASE(a_registree_hears_of_the_other_provider_in_full),
		CASE(an_ae_of_another_provider_is_at_home_there),
		CASE(a_stranger_is_none_of_the_other_provider),
		CASE(the_gateway_registers_with_another_provider_in_full),
		CASE(what_has_expired_in_any_way_goes_no_further),
		CASE(relative_times_count_from_the_originating_timestamp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
