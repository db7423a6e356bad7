/*
 * Requests that are answered later: non-blocking ones (TS-0001 8.2.1) and long
 * polls (TS-0004 7.4.22, 7.4.23).
 */

#include "tests/unit/sandbox/sandbox_world.h"

#include <stdio.h>

#define HEAD "'fr':'Cone','rqi':'mine','rvi':'3'"
#define C "'to':'sandbox/one/c'," HEAD
#define PCU "'to':'sandbox/one/p/pcu'," HEAD

static void a_synchronous_request_is_stored_with_its_result(void **state)
{
	struct world *w = *state;
	char id[64];

	make_container(w, "");
	assert_int_equal(ask(w, "{'op':2," C ",'rt':{'rtv':1}}"), 1001);
	take_text(w, id, sizeof(id), "m2m:uri");
	assert_int_equal(ask_with(w, "{'op':2,'to':'%s'," HEAD "}", id), 2000);
	assert_says(w, "'m2m:req':{");
	assert_says(w, "'rs':1");
	assert_says(w, "'op':2");
	assert_says(w, "'tg':'sandbox/one/c'");
	assert_says(w, "'or':'Cone'");
	assert_says(w, "'rid':'mine'");
	assert_says(w, "'mi':{'rvi':'3','rt':{'rtv':1}}");
	assert_says(w, "'ors':{'rsc':2000,'rqi':'mine','rvi':'3',"
		       "'pc':{'m2m:cnt':{'rn':'c',");
}

static void a_failed_request_is_stored_as_failed(void **state)
{
	struct world *w = *state;
	char id[64];

	register_ae(w, "one");
	assert_int_equal(
		ask(w, "{'op':2,'to':'sandbox/none'," HEAD ",'rt':{'rtv':1}}"),
		1001);
	take_text(w, id, sizeof(id), "m2m:uri");
	assert_int_equal(ask_with(w, "{'op':2,'to':'%s'," HEAD "}", id), 2000);
	assert_says(w, "'rs':2");
	assert_says(w, "'ors':{'rsc':4004,");
}

static void a_request_that_waits_is_pending(void **state)
{
	struct world *w = *state;
	char id[64];

	make_container(w, "");
	register_ae(w, "two");
	w->obeys = GW_STATUS_NONE;
	assert_int_equal(ask(w, "{'op':1," C ",'ty':23,'rt':{'rtv':1},"
				"'pc':{'m2m:sub':{'nu':['Ctwo']}}}"),
			 1001);
	take_text(w, id, sizeof(id), "m2m:uri");
	assert_int_equal(ask_with(w, "{'op':2,'to':'%s'," HEAD "}", id), 2000);
	assert_says(w, "'rs':3");
	assert_says(w, "'pc':{'m2m:sub':{'nu':['Ctwo']}}");
	ae_answers(w, 0, GW_STATUS_OK);
	assert_int_equal(ask_with(w, "{'op':2,'to':'%s'," HEAD "}", id), 2000);
	assert_says(w, "'rs':1");
	assert_says(w, "'rsc':2001");
}

static void a_stored_request_is_kept_for_a_while(void **state)
{
	struct world *w = *state;
	char id[64];

	make_container(w, "");
	assert_int_equal(ask(w, "{'op':2," C ",'rt':{'rtv':1},'rp':5000}"),
			 1001);
	take_text(w, id, sizeof(id), "m2m:uri");
	fake_loop_pass(&w->loop, 4000);
	assert_int_equal(ask_with(w, "{'op':2,'to':'%s'," HEAD "}", id), 2000);
	fake_loop_pass(&w->loop, 1000);
	assert_int_equal(ask_with(w, "{'op':2,'to':'%s'," HEAD "}", id), 4004);
	assert_int_equal(ask(w, "{'op':2," C ",'rt':{'rtv':1}}"), 1001);
	take_text(w, id, sizeof(id), "m2m:uri");
	assert_int_equal(ask_with(w, "{'op':4,'to':'%s'," HEAD "}", id), 2002);
}

static void an_asynchronous_result_goes_to_the_originator(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	assert_int_equal(ask(w, "{'op':2," C ",'rt':{'rtv':2}}"), 1002);
	assert_int_equal(w->n_sent, 1);
	assert_told(w, 0, "'to':'Cone'");
	assert_told(w, 0, "'pc':{'m2m:rsp':{'rsc':2000,'rqi':'mine',");
}

static void an_asynchronous_result_goes_where_rt_says(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	register_ae(w, "two");
	assert_int_equal(ask(w, "{'op':2," C ",'rt':{'rtv':2,'nu':['Ctwo']}}"),
			 1002);
	assert_int_equal(w->n_sent, 1);
	assert_told(w, 0, "'to':'Ctwo'");
	assert_int_equal(ask(w, "{'op':2," C ",'rt':{'rtv':2,'nu':[]}}"), 1002);
	assert_int_equal(w->n_sent, 1);
}

static void other_response_types_are_answered_when_done(void **state)
{
	struct world *w = *state;

	make_container(w, "");
	assert_int_equal(ask(w, "{'op':2," C ",'rt':{'rtv':3}}"), 2000);
	assert_int_equal(ask(w, "{'op':2," C ",'rt':{'rtv':4}}"), 2000);
	assert_int_equal(ask(w, "{'op':2," C ",'rt':{'rtv':5}}"), 2000);
	assert_int_equal(ask(w, "{'op':2," C ",'rt':{'rtv':6}}"), 4000);
	assert_int_equal(ask(w, "{'op':2," C ",'rt':1}"), 4000);
}

static void make_channel(struct world *w)
{
	make_container(w, "");
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox/one'," HEAD ",'ty':15,"
				"'pc':{'m2m:pch':{'rn':'p'}}}"),
			 2001);
}

static void notify_one(struct world *w)
{
	(void)ask(w, "{'op':5,'to':'Cone','fr':'Ctwo','rqi':'n','rvi':'3',"
		     "'pc':{'m2m:sgn':{'nev':{}}}}");
}

static void answer_poll(struct world *w, const char *id, int status)
{
	assert_int_equal(ask_with(w,
				  "{'op':5," PCU ",'pc':{'m2m:rsp':{"
				  "'rsc':2000,'rqi':'%s','rvi':'3'}}}",
				  id),
			 status);
}

/* The rqi of the request that the last poll brought. */
static void take_fetched(const struct world *w, char *id, size_t size)
{
	const char *inner = strstr(w->answer, "m2m:rqp");
	const char *at = strstr(inner ? inner : "", "\"rqi\":\"");

	if (!at) {
		fail_msg("nothing was fetched: %s", w->answer);
		return;
	}
	at += strlen("\"rqi\":\"");
	(void)snprintf(id, size, "%.*s", (int)strcspn(at, "\""), at);
}

static void a_poll_fetches_what_waits(void **state)
{
	struct world *w = *state;
	char id[64];

	make_channel(w);
	notify_one(w);
	assert_int_equal(w->status, 0);
	assert_int_equal(w->n_sent, 0);
	assert_int_equal(ask(w, "{'op':2," PCU "}"), 2000);
	assert_says(w, "'pc':{'m2m:rqp':{'op':5,'to':'Cone',");
	assert_says(w, "'m2m:sgn'");
	take_fetched(w, id, sizeof(id));
	answer_poll(w, id, 2000);
	/* Both the poll's answer and the one it carried were given. */
	assert_int_equal(w->n_replies, 6);
}

static void a_poll_waits_for_something_to_fetch(void **state)
{
	struct world *w = *state;

	make_channel(w);
	(void)ask_and_wait(w, "{'op':2," PCU "}");
	notify_one(w);
	assert_int_equal(w->status, 2000);
	assert_says(w, "'m2m:rqp'");
}

static void a_poll_ends_with_4008_when_nothing_comes(void **state)
{
	struct world *w = *state;

	make_channel(w);
	(void)ask_and_wait(w, "{'op':2," PCU ",'rqet':3000}");
	fake_loop_pass(&w->loop, 2900);
	assert_int_equal(w->status, 0);
	fake_loop_pass(&w->loop, 100);
	assert_int_equal(w->status, 4008);
	notify_one(w);
	assert_int_equal(ask(w, "{'op':2," PCU "}"), 2000);
}

static void a_poll_that_nobody_waits_for_gets_nothing(void **state)
{
	struct world *w = *state;
	struct gw_exchange *x = NULL;

	make_channel(w);
	x = ask_and_wait(w, "{'op':2," PCU "}");
	gw_exchange_abandon(x);
	notify_one(w);
	assert_int_equal(ask(w, "{'op':2," PCU "}"), 2000);
	assert_says(w, "'m2m:rqp'");
}

static void notifications_come_through_the_channel(void **state)
{
	struct world *w = *state;

	make_channel(w);
	assert_int_equal(ask(w, "{'op':1," C ",'ty':23,'pc':{'m2m:sub':{"
				"'nu':['Cone'],'enc':{'net':[3]}}}}"),
			 2001);
	assert_int_equal(
		ask(w, "{'op':1," C ",'ty':4,'pc':{'m2m:cin':{'con':'x'}}}"),
		2001);
	assert_int_equal(w->n_sent, 0);
	assert_int_equal(ask(w, "{'op':2," PCU "}"), 2000);
	assert_says(w, "'con':'x'");
}

static void a_request_in_the_channel_expires(void **state)
{
	struct world *w = *state;

	make_channel(w);
	w->conf.timeouts.request_ms = 100000;
	notify_one(w);
	assert_int_equal(w->status, 0);
	fake_loop_pass(&w->loop, 60000);
	assert_int_equal(w->status, 4008);
}

static void only_the_owner_uses_its_channel(void **state)
{
	struct world *w = *state;

	make_channel(w);
	assert_int_equal(ask(w, "{'op':2,'to':'sandbox/one/p/pcu',"
				"'fr':'Ctwo','rqi':'1','rvi':'3'}"),
			 4103);
	assert_int_equal(ask(w, "{'op':5,'to':'sandbox/one/p/pcu',"
				"'fr':'Ctwo','rqi':'1','rvi':'3',"
				"'pc':{'m2m:rsp':{'rsc':2000,'rqi':'1'}}}"),
			 4103);
	register_ae(w, "two");
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox/two'," HEAD ",'ty':15,"
				"'pc':{'m2m:pch':{}}}"),
			 4103);
}

static void an_answer_to_nothing_is_not_found(void **state)
{
	struct world *w = *state;

	make_channel(w);
	answer_poll(w, "unheard", 4004);
	assert_int_equal(ask(w, "{'op':5," PCU ",'pc':{'m2m:sgn':{}}}"), 4000);
	assert_int_equal(ask(w, "{'op':5," PCU ",'pc':{'m2m:rsp':{'op':1}}}"),
			 4000);
	assert_int_equal(ask(w, "{'op':3," PCU ",'pc':{'m2m:pch':{}}}"), 4005);
	assert_int_equal(ask(w, "{'op':4," PCU "}"), 4005);
}

static void an_entity_has_one_channel(void **state)
{
	struct world *w = *state;

	make_channel(w);
	assert_int_equal(ask(w, "{'op':1,'to':'sandbox/one'," HEAD ",'ty':15,"
				"'pc':{'m2m:pch':{}}}"),
			 4105);
}

static void a_deleted_channel_fails_what_is_in_it(void **state)
{
	struct world *w = *state;

	make_channel(w);
	notify_one(w);
	assert_int_equal(ask(w, "{'op':4,'to':'sandbox/one/p'," HEAD "}"),
			 2002);
	assert_int_equal(w->n_replies, 5);
	notify_one(w);
	assert_int_equal(w->n_sent, 1);
}

static void a_deleted_channel_ends_its_polls(void **state)
{
	struct world *w = *state;

	make_channel(w);
	(void)ask_and_wait(w, "{'op':2," PCU "}");
	assert_int_equal(ask(w, "{'op':4,'to':'Cone'," HEAD "}"), 2002);
	assert_int_equal(w->n_replies, 5);
}

static void a_channel_holds_a_bounded_number_of_polls(void **state)
{
	struct world *w = *state;

	make_channel(w);
	for (int i = 0; i < 8; i++) {
		(void)ask_and_wait(w, "{'op':2," PCU "}");
	}
	assert_int_equal(ask(w, "{'op':2," PCU "}"), 5207);
}

static void a_channel_holds_a_bounded_number_of_requests(void **state)
{
	struct world *w = *state;

	make_channel(w);
	for (int i = 0; i < 100; i++) {
		notify_one(w);
		assert_int_equal(w->status, 0);
	}
	notify_one(w);
	assert_int_equal(w->status, 5103);
}

static void polls_end_when_the_process_goes_down(void **state)
{
	struct world *w = *state;

	make_channel(w);
	(void)ask_and_wait(w, "{'op':2," PCU "}");
	gw_relay_drain(w->relay);
	settle(w);
	assert_int_equal(w->status, 4008);
	assert_true(gw_relay_is_drained(w->relay));
}

static void a_poll_is_a_blocking_request(void **state)
{
	struct world *w = *state;
	char id[64];

	make_channel(w);
	assert_int_equal(ask(w, "{'op':2," PCU ",'rt':{'rtv':1}}"), 1001);
	take_text(w, id, sizeof(id), "m2m:uri");
	assert_int_equal(ask_with(w, "{'op':2,'to':'%s'," HEAD "}", id), 2000);
	assert_says(w, "'rsc':4000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(a_synchronous_request_is_stored_with_its_result),
		claim(a_failed_request_is_stored_as_failed),
		claim(a_request_that_waits_is_pending),
		claim(a_stored_request_is_kept_for_a_while),
		claim(an_asynchronous_result_goes_to_the_originator),
		claim(an_asynchronous_result_goes_where_rt_says),
		claim(other_response_types_are_answered_when_done),
		claim(a_poll_fetches_what_waits),
		claim(a_poll_waits_for_something_to_fetch),
		claim(a_poll_ends_with_4008_when_nothing_comes),
		claim(a_poll_that_nobody_waits_for_gets_nothing),
		claim(notifications_come_through_the_channel),
		claim(a_request_in_the_channel_expires),
		claim(only_the_owner_uses_its_channel),
		claim(an_answer_to_nothing_is_not_found),
		claim(an_entity_has_one_channel),
		claim(a_deleted_channel_fails_what_is_in_it),
		claim(a_deleted_channel_ends_its_polls),
		claim(a_channel_holds_a_bounded_number_of_polls),
		claim(a_channel_holds_a_bounded_number_of_requests),
		claim(polls_end_when_the_process_goes_down),
		claim(a_poll_is_a_blocking_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
