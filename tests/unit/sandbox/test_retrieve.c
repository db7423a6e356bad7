/*
 * What can be asked for and how it is named: addresses, rcn, discovery, partial
 * retrieval (TS-0004 6.2.4, 7.3.3).
 */

#include "tests/unit/sandbox/sandbox_world.h"

#include <stdio.h>

#define HEAD "'fr':'Cone','rqi':'1','rvi':'3'"
#define BASE "'to':'sandbox'," HEAD
#define C "'to':'sandbox/one/c'," HEAD

/* Cone with a container c of two instances, and Ctwo. */
static void furnish(struct world *w)
{
	make_container(w, ",'lbl':['hot','key:val'],'or':'x\\\"y'");
	assert_int_equal(ask(w, "{'op':1," C ",'ty':4,'pc':{'m2m:cin':{"
				"'rn':'i1','con':'a','cnf':'text/plain:0'}}}"),
			 2001);
	assert_int_equal(ask(w, "{'op':1," C ",'ty':4,'pc':{'m2m:cin':{"
				"'rn':'i2','con':'longer','lbl':['hot']}}}"),
			 2001);
	register_ae(w, "two");
}

static void the_cse_base_tells_who_it_is(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':2," BASE "}"), 2000);
	assert_says(w, "'rn':'sandbox'");
	assert_says(w, "'ri':'id-sandbox'");
	assert_says(w, "'csi':'/id-sandbox'");
	assert_says(w, "'cst':1");
	assert_says(w, "'srt':[2,3,4,5,15,16,17,23]");
	assert_says(w, "'srv':['1','2','2a','3','4','5']");
	assert_says(w, "'csz':['json']");
	assert_says(w, "'poa':[]");
	assert_says(w, "'ct':'20251009T085320'");
	assert_silent(w, "'pi'");
}

static void every_form_of_an_address_is_understood(void **state)
{
	static const char *const addresses[] = {
		"sandbox/one/c",
		"-/one/c",
		"Cone/c",
		"/id-sandbox/sandbox/one/c",
		"/id-sandbox/-/one/c",
		"/id-sandbox/Cone/c",
		"//sp.example/id-sandbox/sandbox/one/c",
	};
	struct world *w = *state;

	make_container(w, "");
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		assert_int_equal(ask_with(w, "{'op':2,'to':'%s'," HEAD "}",
					  addresses[i]),
				 2000);
		assert_says(w, "'rn':'c'");
	}
	assert_int_equal(ask(w, "{'op':2,'to':'/id-sandbox'," HEAD "}"), 2000);
	assert_says(w, "'rn':'sandbox'");
}

static void what_is_not_here_is_not_found(void **state)
{
	static const char *const addresses[] = {
		"nothing",
		"sandbox/none",
		"sandbox/one/c/d",
		"sandbox/one/la",
		"/id-other/x",
		"sandbox/one/c/la/x",
		"/id-sandbox2/one/c",
	};
	struct world *w = *state;

	furnish(w);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		assert_int_equal(ask_with(w, "{'op':2,'to':'%s'," HEAD "}",
					  addresses[i]),
				 4004);
	}
	assert_int_equal(ask(w, "{'op':2,'to':'sandbox//c'," HEAD "}"), 4000);
	assert_int_equal(ask(w, "{'op':2,'to':'sandbox/'," HEAD "}"), 4000);
}

static void a_create_answers_what_rcn_asks_for(void **state)
{
	struct world *w = *state;

	register_ae(w, "one");
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox/one'," HEAD ",'ty':3,"
				"'rcn':0,'pc':{'m2m:cnt':{'rn':'c0'}}}"),
			 2001);
	assert_silent(w, "'pc'");
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox/one'," HEAD ",'ty':3,"
				"'rcn':2,'pc':{'m2m:cnt':{'rn':'c2'}}}"),
			 2001);
	assert_says(w, "'pc':{'m2m:uri':'sandbox/one/c2'}");
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox/one'," HEAD ",'ty':3,"
				"'rcn':3,'pc':{'m2m:cnt':{'rn':'c3'}}}"),
			 2001);
	assert_says(w, "{'m2m:rce':{'uri':'sandbox/one/c3','m2m:cnt':{'rn':");
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox/one'," HEAD ",'ty':3,"
				"'rcn':9,'pc':{'m2m:cnt':{'rn':'c9',"
				"'lbl':['x']}}}"),
			 2001);
	assert_says(w, "'ri':'cnt");
	assert_silent(w, "'lbl'");
	assert_silent(w, "'rn'");
}

static void a_retrieve_answers_what_rcn_asks_for(void **state)
{
	struct world *w = *state;

	furnish(w);
	assert_int_equal(ask(w, "{'op':2," C ",'rcn':4}"), 2000);
	assert_says(w, "'cni':2");
	assert_says(w, "'m2m:cin':[{'rn':'i1',");
	assert_int_equal(ask(w, "{'op':2," C ",'rcn':8}"), 2000);
	assert_silent(w, "'cni':2");
	assert_says(w, "{'m2m:cnt':{'m2m:cin':[{'rn':'i1',");
	assert_int_equal(ask(w, "{'op':2," C ",'rcn':5}"), 2000);
	assert_says(w, "'ch':[{'nm':'i1','typ':4,'val':'sandbox/one/c/i1'},"
		       "{'nm':'i2','typ':4,'val':'sandbox/one/c/i2'}]}}");
	assert_int_equal(ask(w, "{'op':2," C ",'rcn':6}"), 2000);
	assert_says(w, "'pc':{'m2m:rrl':{'rrf':[{'nm':'i1','typ':4,");
}

static void a_tree_is_answered_with_all_levels(void **state)
{
	struct world *w = *state;

	furnish(w);
	assert_int_equal(ask(w, "{'op':2,'to':'Cone'," HEAD ",'rcn':4}"), 2000);
	assert_says(w, "'m2m:cnt':[{'rn':'c',");
	assert_says(w, "'m2m:cin':[{'rn':'i1',");
	assert_int_equal(ask(w, "{'op':2,'to':'Cone'," HEAD ",'rcn':4,"
				"'fc':{'lvl':1}}"),
			 2000);
	assert_says(w, "'m2m:cnt':[{'rn':'c',");
	assert_silent(w, "'m2m:cin'");
}

static void an_update_answers_what_rcn_asks_for(void **state)
{
	struct world *w = *state;

	make_container(w, ",'or':'o'");
	assert_int_equal(ask(w, "{'op':3," C ",'rcn':0,"
				"'pc':{'m2m:cnt':{'mni':5}}}"),
			 2004);
	assert_silent(w, "'pc'");
	assert_int_equal(ask(w, "{'op':3," C ",'rcn':9,"
				"'pc':{'m2m:cnt':{'mni':6}}}"),
			 2004);
	assert_says(w, "{'m2m:cnt':{'mni':6,'lt':'20251009T085320','st':2}}");
	assert_int_equal(ask(w, "{'op':3," C ",'pc':{'m2m:cnt':{'mni':7}}}"),
			 2004);
	assert_says(w, "'or':'o'");
}

static void a_delete_answers_what_rcn_asks_for(void **state)
{
	struct world *w = *state;

	furnish(w);
	assert_int_equal(ask(w, "{'op':4,'to':'sandbox/one/c/i1'," HEAD "}"),
			 2002);
	assert_silent(w, "'pc'");
	assert_int_equal(ask(w, "{'op':4," C ",'rcn':4}"), 2002);
	assert_says(w, "'m2m:cin':[{'rn':'i2',");
}

static void an_rcn_that_does_not_fit_is_refused(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	assert_int_equal(ask(w, "{'op':2," C ",'rcn':0}"), 4000);
	assert_int_equal(ask(w, "{'op':2," C ",'rcn':99}"), 4000);
	assert_int_equal(ask(w, "{'op':2," C ",'rcn':'x'}"), 4000);
	assert_int_equal(ask(w, "{'op':2," C ",'rcn':11}"), 4000);
	assert_int_equal(ask(w, "{'op':2," C ",'rcn':7}"), 5001);
	assert_int_equal(ask(w, "{'op':4," C ",'rcn':9}"), 4000);
	assert_int_equal(ask(w, "{'op':3," C ",'rcn':4,'pc':{'m2m:cnt':{}}}"),
			 4000);
}

static void a_discovery_lists_addresses(void **state)
{
	struct world *w = *state;

	furnish(w);
	assert_int_equal(ask(w, "{'op':2," BASE ",'fc':{'fu':1}}"), 2000);
	assert_says(w, "{'m2m:uril':['sandbox/one','sandbox/one/c',"
		       "'sandbox/one/c/i1','sandbox/one/c/i2','sandbox/two']}");
	assert_int_equal(
		ask(w, "{'op':2," BASE ",'drt':2,'fc':{'fu':1,'ty':[2]}}"),
		2000);
	assert_says(w, "{'m2m:uril':['Cone','Ctwo']}");
	assert_int_equal(
		ask(w, "{'op':2," BASE ",'rcn':6,'fc':{'fu':1,'ty':[3]}}"),
		2000);
	assert_says(w, "{'m2m:rrl':{'rrf':[{'nm':'c','typ':3,"
		       "'val':'sandbox/one/c'}]}}");
	assert_int_equal(ask(w, "{'op':2," BASE ",'rcn':4,'fc':{'fu':1}}"),
			 4000);
}

/* Each filter with what it leaves of the five resources. */
static void a_discovery_keeps_to_its_filters(void **state)
{
	static const char *const filters[][2] = {
		{ "'ty':[4]", "['sandbox/one/c/i1','sandbox/one/c/i2']" },
		{ "'ty':2", "['sandbox/one','sandbox/two']" },
		{ "'lbl':['hot']", "['sandbox/one/c','sandbox/one/c/i2']" },
		{ "'lbl':['key:val','no']", "['sandbox/one/c']" },
		{ "'lbl':['key:*']", "['sandbox/one/c']" },
		{ "'lbl':['hot'],'ty':[4]", "['sandbox/one/c/i2']" },
		{ "'lbl':['hot'],'ty':[2],'fo':2",
		  "['sandbox/one','sandbox/one/c','sandbox/one/c/i2',"
		  "'sandbox/two']" },
		{ "'cty':['text/plain:0']", "['sandbox/one/c/i1']" },
		{ "'sza':6", "['sandbox/one/c/i2']" },
		{ "'szb':6", "['sandbox/one/c/i1']" },
		{ "'stb':1", "['sandbox/one/c','sandbox/one/c/i2']" },
		{ "'sts':2", "['sandbox/one/c/i1']" },
		{ "'crb':'20200101T000000'", "[]" },
		{ "'cra':'20990101T000000'", "[]" },
		{ "'ms':'20990101T000000'", "[]" },
		{ "'us':'20200101T000000'", "[]" },
		{ "'exb':'20200101T000000'", "[]" },
		{ "'exa':'20990101T000000'", "[]" },
		{ "'cra':'20200101T000000','ty':[3]", "['sandbox/one/c']" },
		{ "'atr':[{'nm':'rn','val':'two'}]", "['sandbox/two']" },
		{ "'atr':[{'nm':'or','val':'x\\\"y'}]", "['sandbox/one/c']" },
		{ "'rn':'i*'", "['sandbox/one/c/i1','sandbox/one/c/i2']" },
		{ "'cni':2", "['sandbox/one/c']" },
		{ "'cr':'Cone','ty':[3]", "['sandbox/one/c']" },
		{ "'poa':'near://two'", "['sandbox/two']" },
		{ "'unheard':'of'", "[]" },
		{ "'lvl':1", "['sandbox/one','sandbox/two']" },
		{ "'ty':[4],'lvl':2", "[]" },
	};
	struct world *w = *state;

	furnish(w);
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		char wanted[256];

		(void)snprintf(wanted, sizeof(wanted), "{'m2m:uril':%s}",
			       filters[i][1]);
		assert_int_equal(ask_with(w,
					  "{'op':2," BASE ",'fc':{'fu':1,%s}}",
					  filters[i][0]),
				 2000);
		assert_says(w, wanted);
	}
}

static void a_filter_that_cannot_be_read_is_refused(void **state)
{
	static const char *const wrong[] = {
		"'crb':'soon'", "'sts':'x'", "'lim':-1",           "'fu':9",
		"'fo':7",       "'atr':'x'", "'atr':[{'nm':'x'}]", "'lvl':1.5",
	};
	static const char *const not_built[] = {
		"'chty':[3]", "'fo':3", "'clbl':['x']", "'fu':3", "'gmty':1",
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(
			ask_with(w, "{'op':2," BASE ",'fc':{%s}}", wrong[i]),
			4000);
	}
	for (size_t i = 0; i < sizeof(not_built) / sizeof(*not_built); i++) {
		assert_int_equal(ask_with(w, "{'op':2," BASE ",'fc':{%s}}",
					  not_built[i]),
				 5001);
	}
	assert_int_equal(ask(w, "{'op':2," BASE ",'fc':[]}"), 4000);
}

static void a_limited_list_says_where_to_go_on(void **state)
{
	struct world *w = *state;

	furnish(w);
	assert_int_equal(ask(w, "{'op':2," BASE ",'fc':{'fu':1,'lim':2}}"),
			 2000);
	assert_says(w, "{'m2m:uril':['sandbox/one','sandbox/one/c']}");
	assert_says(w, "'cnst':1");
	assert_says(w, "'cnot':2");
	assert_int_equal(
		ask(w, "{'op':2," BASE ",'fc':{'fu':1,'lim':9,'ofst':2}}"),
		2000);
	assert_says(w, "{'m2m:uril':['sandbox/one/c/i1','sandbox/one/c/i2',"
		       "'sandbox/two']}");
	assert_silent(w, "'cnst'");
	assert_int_equal(ask(w, "{'op':2," C ",'rcn':4,'fc':{'lim':1}}"), 2000);
	assert_says(w, "'rn':'i1'");
	assert_silent(w, "'rn':'i2'");
	assert_says(w, "'cnot':1");
}

static void an_answer_that_grows_too_large_is_cut(void **state)
{
	struct world *w = *state;
	char con[4096];

	make_container(w, "");
	(void)snprintf(con, sizeof(con), "%4000d", 0);
	for (int i = 0; i < 12; i++) {
		assert_int_equal(ask_with(w,
					  "{'op':1," C ",'ty':4,'rcn':0,'pc':{"
					  "'m2m:cin':{'con':'%s'}}}",
					  con),
				 2001);
	}
	assert_int_equal(ask(w, "{'op':2," C ",'rcn':4}"), 2000);
	assert_says(w, "'cnst':1");
	assert_says(w, "'cnot':7");
	assert_int_equal(ask(w, "{'op':2," C ",'rcn':4,'fc':{'ofst':7}}"),
			 2000);
	assert_silent(w, "'cnst'");
	assert_int_equal(ask(w, "{'op':2,'to':'sandbox/one'," HEAD ",'rcn':4}"),
			 5207);
}

static void a_condition_that_is_not_met_is_not_found(void **state)
{
	struct world *w = *state;

	furnish(w);
	assert_int_equal(ask(w, "{'op':2," C ",'fc':{'lbl':['cold']}}"), 4004);
	assert_int_equal(ask(w, "{'op':2," C ",'fc':{'lbl':['hot']}}"), 2000);
}

static void single_attributes_can_be_retrieved(void **state)
{
	struct world *w = *state;

	furnish(w);
	assert_int_equal(ask(w, "{'op':2,'to':'sandbox/one/c#lbl'," HEAD "}"),
			 2000);
	assert_says(w, "'pc':{'m2m:cnt':{'lbl':['hot','key:val']}}");
	assert_int_equal(
		ask(w, "{'op':2," C ",'pc':{'m2m:atrl':['cni','or']}}"), 2000);
	assert_says(w, "'pc':{'m2m:cnt':{'cni':2,'or':'x\\\"y'}}");
	assert_int_equal(ask(w, "{'op':2,'to':'sandbox/one/c#mni'," HEAD "}"),
			 4004);
	assert_int_equal(ask(w, "{'op':2,'to':'sandbox/one/c#nope'," HEAD "}"),
			 4000);
	assert_int_equal(ask(w, "{'op':4,'to':'sandbox/one/c#lbl'," HEAD "}"),
			 4000);
	assert_int_equal(ask(w, "{'op':2," C ",'pc':{'m2m:cnt':{}}}"), 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(the_cse_base_tells_who_it_is),
		claim(every_form_of_an_address_is_understood),
		claim(what_is_not_here_is_not_found),
		claim(a_create_answers_what_rcn_asks_for),
		claim(a_retrieve_answers_what_rcn_asks_for),
		claim(a_tree_is_answered_with_all_levels),
		claim(an_update_answers_what_rcn_asks_for),
		claim(a_delete_answers_what_rcn_asks_for),
		claim(an_rcn_that_does_not_fit_is_refused),
		claim(a_discovery_lists_addresses),
		claim(a_discovery_keeps_to_its_filters),
		claim(a_filter_that_cannot_be_read_is_refused),
		claim(a_limited_list_says_where_to_go_on),
		claim(an_answer_that_grows_too_large_is_cut),
		claim(a_condition_that_is_not_met_is_not_found),
		claim(single_attributes_can_be_retrieved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
