/* Going down, on real sockets: what is owed is told, and nothing else is
 * waited for. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/ws/wire_rig.h"

#define CLOSE 8

static struct rig rig;
static struct party older;
static struct party newer;
static struct party cse;

static int set_up(void **state)
{
	rig_init(&rig, NULL);
	return 0;
}

static int tear_down(void **state)
{
	party_close(&rig, &older);
	party_close(&rig, &newer);
	party_close(&rig, &cse);
	rig_deinit(&rig);
	return 0;
}

static void registers_itself(struct rig *r)
{
	r->cse.registers = true;
	r->conf.timeouts.connect_ms = 600000;
	r->conf.timeouts.request_ms = 600000;
}

static int set_up_registering(void **state)
{
	rig_init(&rig, registers_itself);
	return 0;
}

/* A guest asks the CSE, which has not answered yet. */
static void guest_asks(struct party *guest, const char *id)
{
	char text[256];

	party_hello(&rig, guest, "X-M2M-Origin: /id-mn\r\n");
	(void)snprintf(text, sizeof(text),
		       "{\"op\":2,\"to\":\"/id-in/cse-in/a\",\"fr\":\"/id-mn\","
		       "\"rqi\":\"%s\",\"rvi\":\"3\"}",
		       id);
	party_says(guest, text);
	party_accept(&rig, &cse);
	party_welcome(&rig, &cse);
	party_expects(&rig, &cse, id);
}

static void hears_goodbye(struct party *p)
{
	assert_int_equal(party_hears(&rig, p), CLOSE);
	assert_int_equal(p->code, 1001);
}

/* The older connection is used again when the newer one ends, and still it is
 * to go. */
static void an_heir_is_told_goodbye_too(void **state)
{
	guest_asks(&older, "r1");
	party_hello(&rig, &newer, "X-M2M-Origin: /id-mn\r\n");
	gw_relay_drain(rig.relay);
	hears_goodbye(&newer);
	party_close(&rig, &newer);
	rig_turn(&rig, rig_deadline_ms(&rig));
	party_says(&cse, "{\"rsc\":2000,\"rqi\":\"r1\",\"rvi\":\"3\"}");
	party_expects(&rig, &older, "\"rsc\":2000");
	hears_goodbye(&older);
}

static void at_the_end_a_guest_is_told_what_became_of_its_request(void **state)
{
	guest_asks(&older, "r1");
	gw_relay_stop(rig.relay);
	party_expects(&rig, &older, "\"rsc\":5103");
	assert_non_null(strstr(older.text, "\"rqi\":\"r1\""));
	hears_goodbye(&older);
}

static void at_the_end_a_cse_is_told_what_became_of_its_request(void **state)
{
	party_hello(&rig, &older, "X-M2M-Origin: Cae\r\n");
	party_says(&older,
		   "{\"op\":1,\"to\":\"/id-in\",\"fr\":\"Cae\",\"rqi\":\"r1\","
		   "\"rvi\":\"3\",\"ty\":2,\"pc\":{\"m2m:ae\":{\"rr\":true,"
		   "\"api\":\"N.x\",\"srv\":[\"3\"]}}}");
	party_accept(&rig, &cse);
	party_welcome(&rig, &cse);
	party_expects(&rig, &cse, "\"rqi\":\"r1\"");
	party_says(&cse, "{\"rsc\":2001,\"rqi\":\"r1\",\"rvi\":\"3\",\"pc\":{"
			 "\"m2m:ae\":{\"ri\":\"Cae\",\"aei\":\"Cae\","
			 "\"rn\":\"ae\"}}}");
	party_expects(&rig, &older, "\"rsc\":2001");
	party_says(&cse, "{\"op\":5,\"to\":\"Cae\",\"fr\":\"/id-in\","
			 "\"rqi\":\"n1\",\"rvi\":\"3\",\"pc\":{}}");
	party_expects(&rig, &older, "\"rqi\":\"n1\"");
	gw_relay_stop(rig.relay);
	party_expects(&rig, &cse, "\"rsc\":5103");
	assert_non_null(strstr(cse.text, "\"rqi\":\"n1\""));
	hears_goodbye(&cse);
}

/* The CSE has taken the connection, and says nothing. */
static void a_dialed_link_that_nobody_waits_for_is_given_up(void **state)
{
	party_accept(&rig, &cse);
	gw_relay_drain(rig.relay);
	rig_until(&rig, gw_relay_is_drained(rig.relay));
	party_ends(&rig, &cse);
	assert_int_equal(gw_relay_counts(rig.relay)->n_expired, 0);
}

static void a_dialed_link_that_a_request_waits_for_is_not(void **state)
{
	rig_ask(&rig, "r1", "C1");
	party_accept(&rig, &cse);
	gw_relay_drain(rig.relay);
	assert_false(gw_relay_is_drained(rig.relay));
	party_welcome(&rig, &cse);
	party_expects(&rig, &cse, "r1");
	party_says(&cse, "{\"rsc\":2000,\"rqi\":\"r1\"}");
	rig_is_answered(&rig, 0, "r1", GW_STATUS_OK);
	hears_goodbye(&cse);
}

#define CLAIM(test, before) \
	cmocka_unit_test_setup_teardown(test, before, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(an_heir_is_told_goodbye_too, set_up),
		CLAIM(at_the_end_a_guest_is_told_what_became_of_its_request,
		      set_up),
		CLAIM(at_the_end_a_cse_is_told_what_became_of_its_request,
		      set_up),
		CLAIM(a_dialed_link_that_nobody_waits_for_is_given_up,
		      set_up_registering),
		CLAIM(a_dialed_link_that_a_request_waits_for_is_not, set_up),
	};

	return cmocka_run_group_tests_name("ws_drain", tests, NULL, NULL);
}
