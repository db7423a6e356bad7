/*
 * Containers and their instances (TS-0004 7.4.6, 7.4.7).
 */

#include "tests/unit/sandbox/sandbox_world.h"

#include <stdio.h>

#define C "'to':'sandbox/one/c','fr':'Cone','rqi':'1','rvi':'3'"
#define LA "'to':'sandbox/one/c/la','fr':'Cone','rqi':'1','rvi':'3'"
#define OL "'to':'sandbox/one/c/ol','fr':'Cone','rqi':'1','rvi':'3'"

static void add(struct world *w, const char *con)
{
	assert_int_equal(
		ask_with(w, "{'op':1," C ",'ty':4,'pc':{'m2m:cin':{'con':%s}}}",
			 con),
		2001);
}

static void a_container_counts_its_instances(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	add(w, "'four'");
	add(w, "'sixsix'");
	assert_says(w, "'cs':6");
	assert_int_equal(ask(w, "{'op':2," C "}"), 2000);
	assert_says(w, "'cni':2");
	assert_says(w, "'cbs':10");
	assert_says(w, "'st':2");
}

static void la_is_the_newest_and_ol_the_oldest(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	add(w, "'first'");
	add(w, "'last'");
	assert_int_equal(ask(w, "{'op':2," LA "}"), 2000);
	assert_says(w, "'con':'last'");
	assert_int_equal(ask(w, "{'op':2," OL "}"), 2000);
	assert_says(w, "'con':'first'");
	assert_int_equal(ask(w, "{'op':4," LA "}"), 2002);
	assert_int_equal(ask(w, "{'op':2," LA "}"), 2000);
	assert_says(w, "'con':'first'");
}

static void an_empty_container_has_no_newest_instance(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	assert_int_equal(ask(w, "{'op':2," LA "}"), 4004);
	assert_int_equal(ask(w, "{'op':4," OL "}"), 4004);
}

static void nothing_is_made_or_changed_at_la(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	add(w, "'x'");
	assert_int_equal(ask(w, "{'op':3," LA ",'pc':{'m2m:cin':{}}}"), 4005);
	assert_int_equal(
		ask(w, "{'op':1," LA ",'ty':4,'pc':{'m2m:cin':{'con':'x'}}}"),
		4005);
}

static void the_oldest_goes_when_mni_is_reached(void **state)
{
	struct world *w = *state;

	make_container(w, ",'mni':2");
	add(w, "'1'");
	add(w, "'2'");
	add(w, "'3'");
	assert_int_equal(ask(w, "{'op':2," OL "}"), 2000);
	assert_says(w, "'con':'2'");
	assert_int_equal(ask(w, "{'op':2," C "}"), 2000);
	assert_says(w, "'cni':2");
}

static void the_oldest_goes_when_mbs_is_reached(void **state)
{
	struct world *w = *state;

	make_container(w, ",'mbs':10");
	add(w, "'aaaa'");
	add(w, "'bbbb'");
	add(w, "'cccc'");
	assert_int_equal(ask(w, "{'op':2," C "}"), 2000);
	assert_says(w, "'cni':2");
	assert_says(w, "'cbs':8");
}

static void an_instance_larger_than_mbs_is_not_acceptable(void **state)
{
	struct world *w = *state;

	make_container(w, ",'mbs':3");
	assert_int_equal(
		ask(w, "{'op':1," C ",'ty':4,'pc':{'m2m:cin':{'con':'abcd'}}}"),
		5207);
	add(w, "'abc'");
}

static void a_lowered_mni_drops_the_oldest(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	add(w, "'1'");
	add(w, "'2'");
	assert_int_equal(ask(w, "{'op':3," C ",'pc':{'m2m:cnt':{'mni':1}}}"),
			 2004);
	assert_says(w, "'cni':1");
	assert_int_equal(ask(w, "{'op':2," OL "}"), 2000);
	assert_says(w, "'con':'2'");
}

static void an_instance_is_gone_after_mia_seconds(void **state)
{
	struct world *w = *state;

	make_container(w, ",'mia':10");
	add(w, "'1'");
	fake_loop_pass(&w->loop, 9000);
	assert_int_equal(ask(w, "{'op':2," LA "}"), 2000);
	fake_loop_pass(&w->loop, 2000);
	assert_int_equal(ask(w, "{'op':2," LA "}"), 4004);
}

static void an_instance_cannot_be_updated(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	assert_int_equal(ask(w, "{'op':1," C ",'ty':4,'pc':{'m2m:cin':{"
				"'rn':'i','con':'x'}}}"),
			 2001);
	assert_int_equal(
		ask(w, "{'op':3,'to':'sandbox/one/c/i','fr':'Cone','rqi':'1',"
		       "'rvi':'3','pc':{'m2m:cin':{'con':'y'}}}"),
		4005);
}

static void content_comes_back_byte_for_byte(void **state)
{
	static const char *const values[] = {
		"18446744073709551615",
		"0.1000000000000000055511151231257827",
		"'\\u00e4\\ud83d\\ude00\\/\\n'",
		"{'deep':[1.0,{'n':-0}],'e':1E+2}",
		"\"\xf0\x9f\x98\x80\"",
	};
	struct world *w = *state;

	make_container(w, "");
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		char wanted[128];

		(void)snprintf(wanted, sizeof(wanted), "'con':%s", values[i]);
		add(w, values[i]);
		assert_says(w, wanted);
		assert_int_equal(ask(w, "{'op':2," LA "}"), 2000);
		assert_says(w, wanted);
	}
}

static void a_name_is_given_once(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox/one','fr':'Cone',"
				"'rqi':'1','rvi':'3','ty':3,"
				"'pc':{'m2m:cnt':{'rn':'c'}}}"),
			 4105);
}

static void a_name_that_is_none_is_refused(void **state)
{
	static const char *const names[] = {
		"''",    "'-'",   "'la'",      "'pcu'", "'a/b'",
		"'a b'", "'a#b'", "'\\u00e4'", "7",     "null",
	};
	struct world *w = *state;

	make_container(w, "");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_int_equal(ask_with(w,
					  "{'op':1," C ",'ty':3,"
					  "'pc':{'m2m:cnt':{'rn':%s}}}",
					  names[i]),
				 4000);
	}
}

static void a_child_the_parent_may_not_have_is_refused(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'Cone','rqi':'1',"
				"'rvi':'3','ty':4,"
				"'pc':{'m2m:cin':{'con':'x'}}}"),
			 4108);
	assert_int_equal(ask(w, "{'op':1," C ",'ty':15,"
				"'pc':{'m2m:pch':{}}}"),
			 4108);
}

static void a_type_that_is_not_built_is_not_implemented(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'Cone','rqi':'1',"
				"'rvi':'3','ty':9,'pc':{'m2m:grp':{}}}"),
			 5001);
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'Cone','rqi':'1',"
				"'rvi':'3','ty':1,'pc':{'m2m:acp':{}}}"),
			 5001);
}

static void only_the_cse_makes_a_cse_base_or_a_request(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'Cone','rqi':'1',"
				"'rvi':'3','ty':5,'pc':{'m2m:cb':{}}}"),
			 4005);
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'Cone','rqi':'1',"
				"'rvi':'3','ty':17,'pc':{'m2m:req':{}}}"),
			 4005);
}

static void the_cse_base_is_neither_changed_nor_deleted(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':3,'to':'-','fr':'Cone','rqi':'1',"
				"'rvi':'3','pc':{'m2m:cb':{'lbl':['x']}}}"),
			 4005);
	assert_int_equal(
		ask(w, "{'op':4,'to':'-','fr':'Cone','rqi':'1','rvi':'3'}"),
		4005);
}

static void content_of_another_type_is_refused(void **state)
{
	static const char *const contents[] = {
		"{'m2m:ae':{}}",
		"{}",
		"[]",
		"'x'",
		"7",
		"{'m2m:cnt':[]}",
		"{'m2m:cnt':{},'m2m:ae':{}}",
	};
	struct world *w = *state;

	make_container(w, "");
	for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
		assert_int_equal(ask_with(w, "{'op':1," C ",'ty':3,'pc':%s}",
					  contents[i]),
				 4000);
	}
	assert_int_equal(ask(w, "{'op':1," C ",'ty':3}"), 4000);
}

static void null_removes_an_attribute_that_may_go(void **state)
{
	struct world *w = *state;

	make_container(w, ",'lbl':['a','b']");
	assert_int_equal(ask(w, "{'op':3," C ",'rcn':9,"
				"'pc':{'m2m:cnt':{'lbl':null}}}"),
			 2004);
	assert_says(w, "'lbl':null");
	assert_int_equal(ask(w, "{'op':2," C "}"), 2000);
	assert_silent(w, "'lbl'");
	assert_int_equal(ask(w, "{'op':3,'to':'Cone','fr':'Cone','rqi':'1',"
				"'rvi':'3','pc':{'m2m:ae':{'rr':null}}}"),
			 4000);
}

static void an_attribute_of_the_cse_cannot_be_changed(void **state)
{
	static const char *const attributes[] = {
		"'ri':'x'",
		"'ct':'20200101T000000'",
		"'cni':1",
		"'rn':'x'",
		"'ty':3",
		"'mni':-1",
		"'mni':1.5",
		"'lbl':'x'",
		"'lbl':[1]",
		"'et':'soon'",
		"'et':'20200101T000000'",
	};
	struct world *w = *state;

	make_container(w, "");
	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++) {
		assert_int_equal(
			ask_with(w, "{'op':3," C ",'pc':{'m2m:cnt':{%s}}}",
				 attributes[i]),
			4000);
	}
}

static void announcing_is_not_implemented(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	assert_int_equal(
		ask(w, "{'op':3," C ",'pc':{'m2m:cnt':{'at':['/id-x']}}}"),
		5001);
}

static void a_resource_is_gone_at_its_expiration_time(void **state)
{
	struct world *w = *state;

	/* The test's clock stands at 20251009T085320. */
	make_container(w, ",'et':'20251009T090000'");
	assert_says(w, "'et':'20251009T090000'");
	fake_loop_pass(&w->loop, 360000);
	assert_int_equal(ask(w, "{'op':2," C "}"), 2000);
	fake_loop_pass(&w->loop, 60000);
	assert_int_equal(ask(w, "{'op':2," C "}"), 4004);
}

static void a_far_expiration_time_is_lowered(void **state)
{
	struct world *w = *state;

	make_container(w, ",'et':'20991231T000000'");
	assert_says(w, "'et':'20261009T085320'");
}

static void deleting_takes_everything_below(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	add(w, "'x'");
	assert_int_equal(ask(w, "{'op':4,'to':'Cone','fr':'Cone','rqi':'1',"
				"'rvi':'3'}"),
			 2002);
	assert_int_equal(ask(w, "{'op':2," LA "}"), 4004);
}

static void resources_nest_to_a_bound(void **state)
{
	struct world *w = *state;
	char parent[64] = "sandbox";
	int status = 2001;
	int n = 0;

	while (status == 2001 && n < 100) {
		status = ask_with(w,
				  "{'op':1,'to':'%s','fr':'Cone','rqi':'1',"
				  "'rvi':'3','ty':3,'pc':{'m2m:cnt':{}}}",
				  parent);
		if (status == 2001) {
			take_text(w, parent, sizeof(parent), "ri");
			n++;
		}
	}
	assert_int_equal(status, 5207);
	assert_int_equal(n, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(a_container_counts_its_instances),
		claim(la_is_the_newest_and_ol_the_oldest),
		claim(an_empty_container_has_no_newest_instance),
		claim(nothing_is_made_or_changed_at_la),
		claim(the_oldest_goes_when_mni_is_reached),
		claim(the_oldest_goes_when_mbs_is_reached),
		claim(an_instance_larger_than_mbs_is_not_acceptable),
		claim(a_lowered_mni_drops_the_oldest),
		claim(an_instance_is_gone_after_mia_seconds),
		claim(an_instance_cannot_be_updated),
		claim(content_comes_back_byte_for_byte),
		claim(a_name_is_given_once),
		claim(a_name_that_is_none_is_refused),
		claim(a_child_the_parent_may_not_have_is_refused),
		claim(a_type_that_is_not_built_is_not_implemented),
		claim(only_the_cse_makes_a_cse_base_or_a_request),
		claim(the_cse_base_is_neither_changed_nor_deleted),
		claim(content_of_another_type_is_refused),
		claim(null_removes_an_attribute_that_may_go),
		claim(an_attribute_of_the_cse_cannot_be_changed),
		claim(announcing_is_not_implemented),
		claim(a_resource_is_gone_at_its_expiration_time),
		claim(a_far_expiration_time_is_lowered),
		claim(deleting_takes_everything_below),
		claim(resources_nest_to_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
