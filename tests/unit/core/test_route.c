/*
 * Route: whom a CSE means by the path of what it hosts.
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

#define CASE(test) FAKE_TEST_AFTER(test, fake_set_up_b_near, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_cse_notifies_by_the_path_of_what_it_hosts),
		CASE(nothing_else_of_it_is_asked_by_that_path),
		CASE(nobody_else_reaches_it_by_that_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
