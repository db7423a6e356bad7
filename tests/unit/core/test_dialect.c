/* Dialect: what a CSE needs said otherwise, and says otherwise itself. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/profile.h"
#include "tests/support/fake_world.h"

static struct fake_world w;

static void be_tinyiot(struct fake_world *world)
{
	world->cses[0].profile = gw_profile_find(GW_STR("tinyiot"));
}

static int set_up(void **state)
{
	fake_world_init(&w, be_tinyiot);
	return 0;
}

static void is_asked_for(const char *to, const char *wanted)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", to);
	assert_true(gw_str_is(fake_last(&w)->request->to, wanted));
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void its_own_id_is_left_out_of_targets(void **state)
{
	is_asked_for("/id-in/cse-in/a", "cse-in/a");
	is_asked_for("//sp.a/id-in/cse-in/a", "cse-in/a");
	is_asked_for("/id-in/C1#lbl", "C1#lbl");
	is_asked_for("/id-in", "cse-in");
	is_asked_for("cse-in/a", "cse-in/a");
	is_asked_for("/id-far/x", "/id-far/x");
	is_asked_for("/id-b/cse-in/a", "/id-b/cse-in/a");
	is_asked_for("//sp.c/id-in/x", "//sp.c/id-in/x");
}

static struct gw_str creates(const char *content)
{
	struct gw_asker device = fake_device(&w);
	struct gw_primitive *p = fake_request(GW_OP_CREATE, "C1", "cse-in",
					      content);

	p->type = 3;
	fake_open(&w, &device, p);
	return gw_str_of(fake_last(&w)->request->content);
}

static void what_is_created_without_a_name_is_given_one(void **state)
{
	struct gw_str content = creates("{\"m2m:cnt\":{\"mni\":5}}");

	assert_true(
		gw_str_starts(content, GW_STR("{\"m2m:cnt\":{\"rn\":\"gw-")));
	assert_true(gw_str_ends(content, GW_STR("\",\"mni\":5}}")));
	fake_answer(&w, GW_STATUS_CREATED, NULL);
	content = creates("{\"m2m:cnt\":{}}");
	assert_true(gw_str_ends(content, GW_STR("\"}}")));
	fake_answer(&w, GW_STATUS_CREATED, NULL);
	content = creates("{\"m2m:cnt\":{\"rn\":\"c\"}}");
	assert_true(gw_str_is(content, "{\"m2m:cnt\":{\"rn\":\"c\"}}"));
	fake_answer(&w, GW_STATUS_CREATED, NULL);
}

static void is_shown(const char *answer, const char *wanted)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "cse-in/a");
	fake_answer(&w, GW_STATUS_OK, answer);
	assert_string_equal(w.content, wanted);
}

static void a_general_answer_is_named_by_its_type(void **state)
{
	is_shown("{\"general\":{\"ty\":3,\"rn\":\"a\"}}",
		 "{\"m2m:cnt\":{\"ty\":3,\"rn\":\"a\"}}");
	is_shown("{\"general\":{\"ty\":5.0}}", "{\"m2m:cb\":{\"ty\":5.0}}");
	is_shown("{\"general\":{\"ty\":777}}", "{\"general\":{\"ty\":777}}");
	is_shown("{\"general\":{\"rn\":\"a\"}}",
		 "{\"general\":{\"rn\":\"a\"}}");
	is_shown("{\"general\":[1]}", "{\"general\":[1]}");
	is_shown("{\"m2m:cnt\":{\"ty\":4}}", "{\"m2m:cnt\":{\"ty\":4}}");
}

static void all_others_are_left_alone(void **state)
{
	fake_ask(&w, GW_OP_RETRIEVE, "C1", "/id-b/cse-in/a");
	assert_true(gw_str_is(fake_last(&w)->request->to, "/id-b/cse-in/a"));
	fake_answer(&w, GW_STATUS_OK, "{\"general\":{\"ty\":3}}");
	assert_string_equal(w.content, "{\"general\":{\"ty\":3}}");
}

#define CASE(test) FAKE_TEST_AFTER(test, set_up, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(its_own_id_is_left_out_of_targets),
		CASE(what_is_created_without_a_name_is_given_one),
		CASE(a_general_answer_is_named_by_its_type),
		CASE(all_others_are_left_alone),
	};

	return cmocka_run_group_tests_name("dialect", tests, NULL, NULL);
}
