/*
 * What holds for every request (TS-0004 7.2.1), the bounds of the sandbox, and
 * several sandboxes side by side.
 */

#include "tests/unit/sandbox/sandbox_world.h"

#include <stdio.h>

#include "bindings/sandbox/sandbox.h"

#define HEAD "'to':'sandbox','fr':'Cone','rqi':'1'"

static void releases_that_are_served_are_answered_in_kind(void **state)
{
	static const char *const served[] = { "1", "2", "2a", "3", "4", "5" };
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(served) / sizeof(*served); i++) {
		char wanted[32];

		(void)snprintf(wanted, sizeof(wanted), "'rvi':'%s'", served[i]);
		assert_int_equal(
			ask_with(w, "{'op':2," HEAD ",'rvi':'%s'}", served[i]),
			2000);
		assert_says(w, wanted);
	}
}

static void another_release_is_not_supported(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':2," HEAD ",'rvi':'99'}"), 4001);
}

static void a_request_without_rvi_is_release_1(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':2," HEAD "}"), 2000);
	assert_silent(w, "'rvi'");
}

static void an_expired_request_is_not_carried_out(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':2," HEAD ",'rqet':'20200101T000000'}"),
			 4008);
	assert_int_equal(ask(w, "{'op':2," HEAD ",'rset':'20200101T000000'}"),
			 4008);
	assert_int_equal(ask(w, "{'op':2," HEAD ",'rset':'soon'}"), 4000);
	assert_int_equal(ask(w, "{'op':2," HEAD ",'rqet':9000}"), 2000);
}

static void an_execution_time_is_not_implemented(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':2," HEAD ",'oet':'20990101T000000'}"),
			 5001);
}

static void a_type_belongs_to_a_create(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':2," HEAD ",'ty':5}"), 4000);
	assert_int_equal(ask(w, "{'op':1," HEAD ",'pc':{'m2m:cnt':{}}}"), 4000);
}

static void an_identifier_type_is_1_or_2(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':2," HEAD ",'drt':3}"), 4000);
}

static void an_originator_is_an_identifier_of_bounded_length(void **state)
{
	struct world *w = *state;
	char name[160];

	(void)snprintf(name, sizeof(name), "C%0140d", 0);
	assert_int_equal(ask(w, "{'op':2,'to':'sandbox','fr':'a b','rqi':'1'}"),
			 4000);
	assert_int_equal(ask_with(w,
				  "{'op':2,'to':'sandbox','fr':'%s','rqi':'1'}",
				  name),
			 4000);
}

static void an_error_says_why(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':2,'to':'nothing','fr':'C','rqi':'1'}"),
			 4004);
	assert_says(w, "'pc':{'m2m:dbg':'no resource has this address'}");
}

static void
the_text_of_an_originator_is_escaped_where_it_is_written(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'x\\\"y',"
				"'rqi':'1','ty':3,'pc':{'m2m:cnt':{}}}"),
			 2001);
	assert_says(w, "'cr':'x\\\"y'");
}

static void the_memory_of_the_sandbox_is_bounded(void **state)
{
	struct world *w = *state;
	static char con[30001];
	int status = 2001;
	int n = 0;

	make_container(w, "");
	memset(con, 'x', sizeof(con) - 1);
	while (status == 2001 && n < 4000) {
		status = ask_with(w,
				  "{'op':1,'to':'sandbox/one/c','fr':'Cone',"
				  "'rqi':'1','rcn':0,'ty':4,"
				  "'pc':{'m2m:cin':{'con':'%s'}}}",
				  con);
		n++;
	}
	assert_int_equal(status, 5207);
	assert_in_range(n, 2000, 2300);
	assert_int_equal(ask(w, "{'op':4,'to':'Cone','fr':'Cone','rqi':'1'}"),
			 2002);
	make_container(w, "");
}

static void two_sandboxes_know_nothing_of_each_other(void **state)
{
	struct world *w = *state;
	void *other = NULL;

	register_ae(w, "one");
	assert_int_equal(world_setup(&other), 0);
	assert_int_equal(
		ask(other, "{'op':2,'to':'Cone','fr':'Cone','rqi':'1'}"), 4004);
	assert_int_equal(world_teardown(&other), 0);
	assert_int_equal(ask(w, "{'op':2,'to':'Cone','fr':'Cone','rqi':'1'}"),
			 2000);
}

static void a_reload_keeps_the_resources(void **state)
{
	struct world *w = *state;
	char id[] = "/id-sandbox";
	struct gw_conf_cse cses[2] = { w->cse, w->cse };
	struct gw_conf conf = w->conf;

	register_ae(w, "one");
	cses[0].id = id;
	cses[1].id = "/id-new";
	cses[1].is_default = false;
	conf.cses = cses;
	conf.n_cses = 2;
	assert_int_equal(gw_relay_reload(w->relay, &conf), 0);
	assert_int_equal(ask(w, "{'op':2,'to':'/id-sandbox/Cone',"
				"'fr':'Cone','rqi':'1'}"),
			 2000);
	assert_int_equal(ask(w, "{'op':2,'to':'/id-new/sandbox',"
				"'fr':'Cone','rqi':'1'}"),
			 2000);
	assert_says(w, "'csi':'/id-new'");
	/* The new configuration may go once nothing uses it any more. */
	gw_relay_stop(w->relay);
}

static void the_help_says_what_it_is(void **state)
{
	assert_non_null(strstr(sandbox_about, "forgets"));
	assert_non_null(strstr(sandbox_about, "checks no access"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(releases_that_are_served_are_answered_in_kind),
		claim(another_release_is_not_supported),
		claim(a_request_without_rvi_is_release_1),
		claim(an_expired_request_is_not_carried_out),
		claim(an_execution_time_is_not_implemented),
		claim(a_type_belongs_to_a_create),
		claim(an_identifier_type_is_1_or_2),
		claim(an_originator_is_an_identifier_of_bounded_length),
		claim(an_error_says_why),
		claim(the_text_of_an_originator_is_escaped_where_it_is_written),
		claim(the_memory_of_the_sandbox_is_bounded),
		claim(two_sandboxes_know_nothing_of_each_other),
		claim(a_reload_keeps_the_resources),
		cmocka_unit_test(the_help_says_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
