/*
 * Subscriptions: verification, and who is told what (TS-0004 7.4.8, 7.5.1.2).
 */

#include "tests/unit/sandbox/sandbox_world.h"

#include <stdio.h>

#define HEAD "'fr':'Cone','rqi':'1','rvi':'3'"
#define C "'to':'sandbox/one/c'," HEAD
#define SUB "'to':'sandbox/one/c/s'," HEAD

static void setup(struct world *w)
{
	make_container(w, "");
	register_ae(w, "two");
}

static int subscribe(struct world *w, const char *attributes)
{
	return ask_with(w,
			"{'op':1," C ",'ty':23,"
			"'pc':{'m2m:sub':{'rn':'s',%s}}}",
			attributes);
}

static void add(struct world *w)
{
	assert_int_equal(
		ask(w, "{'op':1," C ",'ty':4,'pc':{'m2m:cin':{'con':'x'}}}"),
		2001);
}

static void a_creator_that_is_the_target_is_not_verified(void **state)
{
	static const char *const names[] = {
		"'nu':['Cone']",
		"'nu':['/id-sandbox/Cone']",
		"'nu':['sandbox/one']",
	};
	struct world *w = *state;

	setup(w);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_int_equal(subscribe(w, names[i]), 2001);
		assert_int_equal(w->n_sent, 0);
		assert_int_equal(ask(w, "{'op':4," SUB "}"), 2002);
	}
}

static void another_target_is_asked_first(void **state)
{
	struct world *w = *state;
	char id[64];
	char wanted[128];

	setup(w);
	w->obeys = GW_STATUS_NONE;
	assert_int_equal(subscribe(w, "'nu':['Ctwo']"), 0);
	assert_int_equal(w->n_sent, 1);
	assert_told(w, 0, "'op':5");
	assert_told(w, 0, "'to':'Ctwo'");
	assert_told(w, 0, "'fr':'/id-sandbox'");
	assert_told(w, 0, "{'m2m:sgn':{'vrq':true,'sur':'/id-sandbox/sub");
	assert_told(w, 0, "'cr':'Cone'");
	ae_answers(w, 0, GW_STATUS_OK);
	assert_int_equal(w->status, 2001);
	take_text(w, id, sizeof(id), "ri");
	(void)snprintf(wanted, sizeof(wanted), "'sur':'/id-sandbox/%s'", id);
	assert_told(w, 0, wanted);
}

static void a_subscription_that_is_not_verified_does_not_exist(void **state)
{
	struct world *w = *state;

	setup(w);
	w->obeys = GW_STATUS_SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE;
	assert_int_equal(subscribe(w, "'nu':['Ctwo']"), 5204);
	assert_says(w, "4101");
	assert_int_equal(ask(w, "{'op':2," SUB "}"), 4004);
}

static void every_target_is_to_agree(void **state)
{
	struct world *w = *state;

	setup(w);
	register_ae(w, "three");
	w->obeys = GW_STATUS_NONE;
	assert_int_equal(subscribe(w, "'nu':['Ctwo','Cone','Cthree']"), 0);
	assert_int_equal(w->n_sent, 2);
	ae_answers(w, 1, GW_STATUS_OK);
	assert_int_equal(w->status, 0);
	ae_answers(w, 0, GW_STATUS_BAD_REQUEST);
	assert_int_equal(w->status, 5204);
}

static void a_target_that_cannot_be_reached_fails_the_verification(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(subscribe(w, "'nu':['Cnobody']"), 5204);
	assert_int_equal(subscribe(w, "'nu':['void://x/y']"), 5204);
}

static void a_silent_target_ends_the_creation_at_its_deadline(void **state)
{
	struct world *w = *state;

	setup(w);
	w->obeys = GW_STATUS_NONE;
	assert_int_equal(subscribe(w, "'nu':['Ctwo']"), 0);
	fake_loop_pass(&w->loop, w->conf.timeouts.request_ms);
	assert_true(w->status == 4008 || w->status == 5204);
	assert_int_equal(ask(w, "{'op':2," SUB "}"), 4004);
}

static void a_parent_that_went_meanwhile_gets_no_subscription(void **state)
{
	struct world *w = *state;

	setup(w);
	w->obeys = GW_STATUS_NONE;
	assert_int_equal(subscribe(w, "'nu':['Ctwo']"), 0);
	assert_int_equal(ask(w, "{'op':4," C "}"), 2002);
	ae_answers(w, 0, GW_STATUS_OK);
	assert_int_equal(w->status, 4004);
}

static void a_new_child_is_told_with_its_attributes(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(subscribe(w, "'nu':['Cone'],'enc':{'net':[3]}"), 2001);
	add(w);
	assert_int_equal(w->n_sent, 1);
	assert_told(w, 0, "{'m2m:sgn':{'nev':{'rep':{'m2m:cin':{'rn':'cin");
	assert_told(w, 0, "'con':'x'}},'net':3},'sur':'/id-sandbox/sub");
	assert_told(w, 0, "'to':'Cone'");
}

static void a_target_named_by_its_resource_is_told_by_its_id(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(subscribe(w, "'nu':['sandbox/one'],'enc':{'net':[3]}"),
			 2001);
	add(w);
	assert_told(w, 0, "'to':'Cone'");
}

static void only_the_events_asked_for_are_told(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(subscribe(w, "'nu':['Cone'],'enc':{'net':[4]}"), 2001);
	add(w);
	assert_int_equal(w->n_sent, 0);
	assert_int_equal(ask(w, "{'op':4,'to':'sandbox/one/c/la'," HEAD "}"),
			 2002);
	assert_int_equal(w->n_sent, 1);
	assert_told(w, 0, "'net':4");
}

static void only_children_of_the_types_asked_for_are_told(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(
		subscribe(w, "'nu':['Cone'],'enc':{'net':[3],'chty':[3]}"),
		2001);
	add(w);
	assert_int_equal(w->n_sent, 0);
	assert_int_equal(ask(w, "{'op':1," C ",'ty':3,'pc':{'m2m:cnt':{}}}"),
			 2001);
	assert_int_equal(w->n_sent, 1);
}

static void without_criteria_updates_are_told(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(subscribe(w, "'nu':['Cone']"), 2001);
	add(w);
	assert_int_equal(w->n_sent, 0);
	assert_int_equal(ask(w, "{'op':3," C ",'pc':{'m2m:cnt':{'mni':9}}}"),
			 2004);
	assert_int_equal(w->n_sent, 1);
	assert_told(w, 0, "'mni':9");
	assert_told(w, 0, "'net':1");
	assert_told(w, 0, "'rn':'c'");
}

static void modified_attributes_only_are_told_when_asked_for(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(subscribe(w, "'nu':['Cone'],'nct':2"), 2001);
	assert_int_equal(ask(w, "{'op':3," C ",'pc':{'m2m:cnt':{'mni':9}}}"),
			 2004);
	assert_told(w, 0, "'rep':{'m2m:cnt':{'mni':9,'lt':");
	assert_untold(w, 0, "'rn':'c'");
}

static void the_id_only_is_told_when_asked_for(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(
		subscribe(w, "'nu':['Cone'],'nct':3,'enc':{'net':[3]}"), 2001);
	add(w);
	assert_told(w, 0, "'rep':{'m2m:uri':'/id-sandbox/cin");
}

static void updates_of_other_attributes_are_not_told(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(
		subscribe(w, "'nu':['Cone'],'enc':{'net':[1],'atr':['mbs']}"),
		2001);
	assert_int_equal(ask(w, "{'op':3," C ",'pc':{'m2m:cnt':{'mni':9}}}"),
			 2004);
	assert_int_equal(w->n_sent, 0);
	assert_int_equal(ask(w, "{'op':3," C ",'pc':{'m2m:cnt':{'mbs':9}}}"),
			 2004);
	assert_int_equal(w->n_sent, 1);
}

static void the_end_of_a_resource_is_told(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(subscribe(w, "'nu':['Cone'],'enc':{'net':[2]}"), 2001);
	assert_int_equal(ask(w, "{'op':4," C "}"), 2002);
	assert_int_equal(w->n_sent, 1);
	assert_told(w, 0, "'rn':'c'");
	assert_told(w, 0, "'net':2");
}

static void the_end_of_a_subscription_is_told_to_su(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(subscribe(w, "'nu':['Cone'],'su':'Ctwo'"), 2001);
	assert_int_equal(ask(w, "{'op':4," SUB "}"), 2002);
	assert_int_equal(w->n_sent, 1);
	assert_told(w, 0, "'to':'Ctwo'");
	assert_told(w, 0, "{'m2m:sgn':{'sud':true,'sur':'/id-sandbox/sub");
}

static void every_target_is_told(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(subscribe(w, "'nu':['Cone','Ctwo'],'enc':{'net':[3]}"),
			 2001);
	add(w);
	/* The first was the verification of Ctwo. */
	assert_int_equal(w->n_sent, 3);
	assert_told(w, 1, "'to':'Cone'");
	assert_told(w, 2, "'to':'Ctwo'");
}

static void a_new_target_is_verified_when_nu_changes(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(subscribe(w, "'nu':['Cone']"), 2001);
	w->obeys = GW_STATUS_NONE;
	assert_int_equal(ask(w, "{'op':3," SUB ",'pc':{'m2m:sub':{"
				"'nu':['Cone','Ctwo']}}}"),
			 0);
	assert_told(w, 0, "'vrq':true");
	ae_answers(w, 0, GW_STATUS_OK);
	assert_int_equal(w->status, 2004);
	assert_int_equal(ask(w, "{'op':3," SUB ",'pc':{'m2m:sub':{"
				"'nu':['Ctwo']}}}"),
			 2004);
}

static void a_subscription_that_cannot_be_read_is_refused(void **state)
{
	static const struct {
		const char *attributes;
		int status;
	} wrong[] = {
		{ "'enc':{}", 4000 },
		{ "'nu':'Cone'", 4000 },
		{ "'nu':[]", 4102 },
		{ "'nu':['']", 4102 },
		{ "'nu':['Cone'],'enc':{'net':[0]}", 4000 },
		{ "'nu':['Cone'],'enc':{'net':3}", 4000 },
		{ "'nu':['Cone'],'enc':{'net':[5]}", 5001 },
		{ "'nu':['Cone'],'enc':{'sza':5}", 5001 },
		{ "'nu':['Cone'],'nct':4", 5001 },
		{ "'nu':['Cone'],'bn':{'num':2}", 5001 },
		{ "'nu':['near://x?ct=xml']", 5001 },
	};
	struct world *w = *state;

	setup(w);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(subscribe(w, wrong[i].attributes),
				 wrong[i].status);
	}
}

static void a_resource_has_a_bounded_number_of_subscriptions(void **state)
{
	struct world *w = *state;

	setup(w);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(ask(w, "{'op':1," C ",'ty':23,'rcn':0,"
					"'pc':{'m2m:sub':{'nu':['Cone']}}}"),
				 2001);
	}
	assert_int_equal(subscribe(w, "'nu':['Cone']"), 5207);
}

static void a_relay_may_stop_while_a_verification_waits(void **state)
{
	struct world *w = *state;

	setup(w);
	w->obeys = GW_STATUS_NONE;
	assert_int_equal(subscribe(w, "'nu':['Ctwo']"), 0);
	gw_relay_stop(w->relay);
	assert_int_equal(w->status, 5103);
}

static void a_notify_to_an_ae_is_passed_on(void **state)
{
	struct world *w = *state;

	setup(w);
	assert_int_equal(ask(w, "{'op':5,'to':'sandbox/two','fr':'Cone',"
				"'rqi':'mine','rvi':'3','pc':{'m2m:sgn':{"
				"'nev':{'net':1}}}}"),
			 2000);
	assert_told(w, 0, "'to':'Ctwo'");
	assert_told(w, 0, "'fr':'/id-sandbox/Cone'");
	assert_told(w, 0, "'m2m:sgn'");
	assert_says(w, "'rqi':'mine'");
	assert_int_equal(ask(w, "{'op':5,'to':'sandbox/one/c','fr':'Cone',"
				"'rqi':'1','rvi':'3','pc':{'m2m:sgn':{}}}"),
			 4005);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(a_creator_that_is_the_target_is_not_verified),
		claim(another_target_is_asked_first),
		claim(a_subscription_that_is_not_verified_does_not_exist),
		claim(every_target_is_to_agree),
		claim(a_target_that_cannot_be_reached_fails_the_verification),
		claim(a_silent_target_ends_the_creation_at_its_deadline),
		claim(a_parent_that_went_meanwhile_gets_no_subscription),
		claim(a_new_child_is_told_with_its_attributes),
		claim(a_target_named_by_its_resource_is_told_by_its_id),
		claim(only_the_events_asked_for_are_told),
		claim(only_children_of_the_types_asked_for_are_told),
		claim(without_criteria_updates_are_told),
		claim(modified_attributes_only_are_told_when_asked_for),
		claim(the_id_only_is_told_when_asked_for),
		claim(updates_of_other_attributes_are_not_told),
		claim(the_end_of_a_resource_is_told),
		claim(the_end_of_a_subscription_is_told_to_su),
		claim(every_target_is_told),
		claim(a_new_target_is_verified_when_nu_changes),
		claim(a_subscription_that_cannot_be_read_is_refused),
		claim(a_resource_has_a_bounded_number_of_subscriptions),
		claim(a_relay_may_stop_while_a_verification_waits),
		claim(a_notify_to_an_ae_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
