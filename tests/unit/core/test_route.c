/*
 * Route: whom a CSE means by the path of what it hosts, and that nothing goes
 * back to the CSE that has passed it on.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/fake_world.h"

static struct fake_world w;

static const char *const paths[] = {
	"cse-in/nn",       "-/nn",       "id-b/nn",
	"/id-b/cse-in/nn", "/id-b/-/nn", "//sp.a/id-b/cse-in/nn",
	"/id-b/ae17",      "ae17",
};

#define N_PATHS (sizeof(paths) / sizeof(*paths))

static void asks_at(struct gw_cse *cse, enum gw_op op, const char *to)
{
	struct gw_asker asker = cse ? fake_cse(&w, cse) : fake_device(&w);
	const char *from = cse == w.b ? "/id-b" : "/id-in";

	w.status = GW_STATUS_NONE;
	fake_open(&w, &asker, fake_request(op, cse ? from : "C1", to, NULL));
	fake_loop_turn(&w.loop);
}

static void a_cse_notifies_by_the_path_of_what_it_hosts(void **state)
{
	for (size_t i = 0; i < N_PATHS; i++) {
		asks_at(w.b, GW_OP_NOTIFY, paths[i]);
		assert_true(gw_str_is(fake_last(&w)->hop.url, "near://of-c1"));
		assert_true(gw_str_is(fake_last(&w)->request->to, paths[i]));
		fake_answer(&w, GW_STATUS_OK, NULL);
	}
}

/* What it hosts is not at the registree. */
static void nothing_else_of_it_is_asked_by_that_path(void **state)
{
	static const enum gw_op ops[] = { GW_OP_CREATE, GW_OP_RETRIEVE,
					  GW_OP_UPDATE, GW_OP_DELETE };

	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops) * N_PATHS; i++) {
		asks_at(w.b, ops[i / N_PATHS], paths[i % N_PATHS]);
		assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
	}
	asks_at(w.b, GW_OP_NOTIFY, "cse-in/nn/cnt");
	assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
	assert_int_equal(w.n_sent, 0);
}

static void nobody_else_reaches_it_by_that_path(void **state)
{
	asks_at(w.in, GW_OP_NOTIFY, "cse-in/nn");
	assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
	asks_at(w.in, GW_OP_NOTIFY, "/id-b/cse-in/nn");
	assert_ptr_equal(fake_last(&w)->hop.cse, w.b);
	fake_answer(&w, GW_STATUS_OK, NULL);
	for (size_t i = 0; i < N_PATHS; i++) {
		asks_at(NULL, GW_OP_NOTIFY, paths[i]);
		assert_ptr_equal(fake_last(&w)->hop.cse, w.b);
		fake_answer(&w, GW_STATUS_OK, NULL);
	}
}

/* The default CSE is at an address that is known, and asks from there over
 * another protocol than the one that leads to it. */
static void have_in_known(struct fake_world *world)
{
	world->cses[0].url = "far://" FAKE_B ":8080/in";
}

static int set_up_in_known(void **state)
{
	fake_world_init(*state, have_in_known);
	return 0;
}

static void comes_from_in(const char *from, const char *to, enum gw_claim claim)
{
	struct gw_asker asker = fake_device(&w);

	asker.host = GW_STR(FAKE_B);
	asker.claim = claim;
	w.status = GW_STATUS_NONE;
	fake_open(&w, &asker, fake_request(GW_OP_RETRIEVE, from, to, NULL));
	fake_loop_turn(&w.loop);
}

static void what_the_default_cse_passes_on_does_not_go_back_to_it(void **state)
{
	static const char *const from[] = { "/id-in", "/id-in/C7",
					    "//sp.a/id-in/C7" };
	static const char *const to[] = { "/id-unknown/x", "/S77",
					  "//sp.a/id-unknown/x",
					  "//sp.c/id-in/x" };

	for (size_t i = 0; i < 12; i++) {
		comes_from_in(from[i / 4], to[i % 4], GW_CLAIM_UNPROVEN);
		assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
	}
	assert_int_equal(w.n_sent, 0);
}

static void is_passed_to(struct gw_cse *cse)
{
	assert_ptr_equal(fake_last(&w)->hop.cse, cse);
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_int_equal(w.status, GW_STATUS_OK);
}

static void all_else_beside_it_is_passed_on(void **state)
{
	comes_from_in("C7", "/id-unknown/x", GW_CLAIM_UNPROVEN);
	is_passed_to(w.in);
	comes_from_in("/id-mn/C7", "/id-unknown/x", GW_CLAIM_UNPROVEN);
	is_passed_to(w.in);
	comes_from_in("/id-in/C7", "/id-b/x", GW_CLAIM_UNPROVEN);
	is_passed_to(w.b);
	comes_from_in("/id-in/C7", "//sp.b/id-in/x", GW_CLAIM_UNPROVEN);
	is_passed_to(w.other);
	comes_from_in("/id-in/C7", "/id-in/x", GW_CLAIM_UNPROVEN);
	is_passed_to(w.in);
	comes_from_in("/id-in/C7", "x", GW_CLAIM_UNPROVEN);
	is_passed_to(w.in);
	comes_from_in("/id-in/C7", "/id-unknown/x", GW_CLAIM_TRUE);
	is_passed_to(w.in);
}

#define CASE(test) FAKE_TEST_AFTER(test, fake_set_up_b_near, w)
#define CASE_IN(test) FAKE_TEST_AFTER(test, set_up_in_known, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_cse_notifies_by_the_path_of_what_it_hosts),
		CASE(nothing_else_of_it_is_asked_by_that_path),
		CASE(nobody_else_reaches_it_by_that_path),
		CASE_IN(what_the_default_cse_passes_on_does_not_go_back_to_it),
		CASE_IN(all_else_beside_it_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
