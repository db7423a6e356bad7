/*
 * Who registers as what: <AE> and <remoteCSE> (TS-0004 7.4.4, 7.4.5).
 */

#include "tests/unit/sandbox/sandbox_world.h"

#define AE "'pc':{'m2m:ae':{'api':'N.x','rr':false,'srv':['3']}}"

static void an_ae_without_fr_is_given_a_c_stem(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','rqi':'1','rvi':'3',"
				"'ty':2," AE "}"),
			 2001);
	assert_says(w, "'aei':'C");
	assert_says(w, "'ri':'C");
}

static void an_ae_that_says_c_or_s_is_given_such_a_stem(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'C','rqi':'1',"
				"'rvi':'3','ty':2," AE "}"),
			 2001);
	assert_says(w, "'aei':'C");
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'S','rqi':'1',"
				"'rvi':'3','ty':2," AE "}"),
			 2001);
	assert_says(w, "'aei':'S");
}

static void an_ae_that_names_its_stem_keeps_it(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':1,'to':'-','fr':'Cme','rqi':'1',"
				"'rvi':'3','ty':2," AE "}"),
			 2001);
	assert_says(w, "'aei':'Cme'");
	assert_says(w, "'pi':'id-sandbox'");
}

static void a_stem_registers_once(void **state)
{
	struct world *w = *state;

	register_ae(w, "one");
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'Cone','rqi':'1',"
				"'rvi':'3','ty':2," AE "}"),
			 4117);
}

static void an_ae_with_another_kind_of_originator_is_refused(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'admin','rqi':'1',"
				"'rvi':'3','ty':2," AE "}"),
			 4000);
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'/id-mn/C1',"
				"'rqi':'1','rvi':'3','ty':2," AE "}"),
			 4000);
}

static void an_ae_says_api_rr_and_srv(void **state)
{
	static const char *const wrong[] = {
		"{'rr':true,'srv':['3']}",
		"{'api':'N.x','srv':['3']}",
		"{'api':'N.x','rr':true}",
		"{'api':'x.y','rr':true,'srv':['3']}",
		"{'api':'N.x','rr':'true','srv':['3']}",
		"{'api':'N.x','rr':true,'srv':'3'}",
		"{'api':'N.x','rr':true,'srv':['3'],'aei':'Cx'}",
		"{'api':'N.x','rr':true,'srv':['3'],'nonsense':1}",
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(
			ask_with(w,
				 "{'op':1,'to':'sandbox','fr':'C','rqi':'1',"
				 "'rvi':'3','ty':2,'pc':{'m2m:ae':%s}}",
				 wrong[i]),
			4000);
		assert_says(w, "'m2m:dbg':");
	}
}

static void an_ae_without_a_release_in_srv_is_unacceptable(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'C','rqi':'1',"
				"'rvi':'3','ty':2,'pc':{'m2m:ae':{'api':'N.x',"
				"'rr':true,'srv':[]}}}"),
			 4102);
}

static void an_ae_registers_below_the_cse_base_only(void **state)
{
	struct world *w = *state;

	register_ae(w, "one");
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox/one','fr':'C',"
				"'rqi':'1','rvi':'3','ty':2," AE "}"),
			 4108);
}

static void only_an_ae_that_registers_may_leave_fr_out(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':2,'to':'sandbox','rqi':'1','rvi':'3'}"),
			 4000);
}

static void a_point_of_access_is_kept_and_can_be_changed(void **state)
{
	struct world *w = *state;

	register_ae(w, "one");
	assert_says(w, "'poa':['near://one']");
	assert_int_equal(ask(w, "{'op':3,'to':'Cone','fr':'Cone','rqi':'1',"
				"'rvi':'3','pc':{'m2m:ae':{"
				"'poa':['near://two']}}}"),
			 2004);
	assert_says(w, "'poa':['near://two']");
}

static void a_deleted_ae_may_register_again(void **state)
{
	struct world *w = *state;

	register_ae(w, "one");
	assert_int_equal(ask(w, "{'op':4,'to':'sandbox/one','fr':'Cone',"
				"'rqi':'1','rvi':'3'}"),
			 2002);
	assert_int_equal(ask(w, "{'op':2,'to':'Cone','fr':'Cone','rqi':'1',"
				"'rvi':'3'}"),
			 4004);
	register_ae(w, "one");
}

#define CSR                                                        \
	"'pc':{'m2m:csr':{'cb':'/id-mn/mn','rr':true,'srv':['3']," \
	"'csi':'/wrong'}}"

static void a_cse_is_known_by_its_originator(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'/id-mn',"
				"'rqi':'1','rvi':'3','ty':16," CSR "}"),
			 2001);
	assert_says(w, "'csi':'/id-mn'");
	assert_says(w, "'rn':'id-mn'");
	assert_int_equal(ask(w, "{'op':2,'to':'sandbox/id-mn','fr':'/id-mn',"
				"'rqi':'1','rvi':'3'}"),
			 2000);
	assert_int_equal(ask(w, "{'op':3,'to':'sandbox/id-mn','fr':'/id-mn',"
				"'rqi':'1','rvi':'3','pc':{'m2m:csr':{"
				"'dcse':['/id-asn']}}}"),
			 2004);
	assert_says(w, "'dcse':['/id-asn']");
	assert_int_equal(ask(w, "{'op':4,'to':'sandbox/id-mn','fr':'/id-mn',"
				"'rqi':'1','rvi':'3'}"),
			 2002);
}

static void a_cse_registers_once(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'/id-mn',"
				"'rqi':'1','rvi':'3','ty':16," CSR "}"),
			 2001);
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'/id-mn',"
				"'rqi':'1','rvi':'3','ty':16," CSR "}"),
			 4117);
}

static void an_ae_is_no_remote_cse(void **state)
{
	struct world *w = *state;

	assert_int_equal(ask(w, "{'op':1,'to':'sandbox','fr':'Cone',"
				"'rqi':'1','rvi':'3','ty':16," CSR "}"),
			 4005);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(an_ae_without_fr_is_given_a_c_stem),
		claim(an_ae_that_says_c_or_s_is_given_such_a_stem),
		claim(an_ae_that_names_its_stem_keeps_it),
		claim(a_stem_registers_once),
		claim(an_ae_with_another_kind_of_originator_is_refused),
		claim(an_ae_says_api_rr_and_srv),
		claim(an_ae_without_a_release_in_srv_is_unacceptable),
		claim(an_ae_registers_below_the_cse_base_only),
		claim(only_an_ae_that_registers_may_leave_fr_out),
		claim(a_point_of_access_is_kept_and_can_be_changed),
		claim(a_deleted_ae_may_register_again),
		claim(a_cse_is_known_by_its_originator),
		claim(a_cse_registers_once),
		claim(an_ae_is_no_remote_cse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
