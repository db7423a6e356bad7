/* Own: a notification at a URL of our own is for whom its path names. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/fake_world.h"

static struct fake_world w;
static struct gw_conf_broker broker;

static void listen_and_have_a_broker(struct fake_world *world)
{
	world->conf.http.is_on = true;
	world->conf.http.advertise = "near://gw.example:8080/base";
	world->conf.ws.is_on = true;
	world->conf.ws.advertise = "far://[2001:db8::1]:81/";
	gw_conf_broker_init(&broker);
	broker.url = "mqtt://broker.example/pre";
	world->conf.brokers = &broker;
	world->conf.n_brokers = 1;
}

static int set_up(void **state)
{
	fake_world_init(&w, listen_and_have_a_broker);
	fake_register(&w, "C1", "[\"near://of-c1\"]");
	w.n_sent = 0;
	return 0;
}

static void notifies(const char *to)
{
	struct gw_asker in = fake_cse(&w, w.in);

	w.status = GW_STATUS_NONE;
	fake_open(&w, &in, fake_request(GW_OP_NOTIFY, "/id-in", to, NULL));
	fake_loop_turn(&w.loop);
}

static void reaches_c1(const char *url, const char *to)
{
	notifies(url);
	assert_true(gw_str_is(fake_last(&w)->hop.url, "near://of-c1"));
	assert_false(fake_last(&w)->hop.is_whole_url);
	assert_true(gw_str_is(fake_last(&w)->request->to, to));
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_int_equal(w.status, GW_STATUS_OK);
}

static void the_path_behind_our_listener_is_the_target(void **state)
{
	reaches_c1("near://gw.example:8080/base/C1", "C1");
	reaches_c1("NEAR://GW.example:8080/base/C1?ct=json#f", "C1");
	reaches_c1("near://gw.example:8080/base/~/id-in/C1", "/id-in/C1");
	reaches_c1("near://gw.example:8080/base/cse-in/C1-name",
		   "cse-in/C1-name");
	reaches_c1("far://[2001:db8::1]:81/C1", "C1");
	reaches_c1("far://user@[2001:db8::1]:81/C1", "C1");
}

static void is_for_nobody(const char *url)
{
	size_t n_sent = w.n_sent;

	notifies(url);
	assert_int_equal(w.status, GW_STATUS_NOT_FOUND);
	assert_int_equal(w.n_sent, n_sent);
}

static void a_url_of_ours_that_names_nobody_is_4004(void **state)
{
	is_for_nobody("near://gw.example:8080/base/C2");
	is_for_nobody("near://gw.example:8080/base/");
	is_for_nobody("near://gw.example:8080/base");
	is_for_nobody("near://gw.example:8080/base/near://x/y");
	is_for_nobody("far://[2001:db8::1]:81");
	is_for_nobody("mqtt://broker.example/pre/C2");
}

static void whom_a_url_at_a_broker_of_ours_names_is_the_target(void **state)
{
	reaches_c1("mqtt://broker.example/pre/C1", "C1");
	reaches_c1("mqtt://broker.example:1883/pre/C1?ct=json", "C1");
	reaches_c1("mqtt://broker.example/pre/cse-in/C1-name",
		   "cse-in/C1-name");
}

static void is_asked_as_it_is(const char *url)
{
	notifies(url);
	assert_true(gw_str_is(fake_last(&w)->hop.url, url));
	assert_true(fake_last(&w)->hop.is_whole_url);
	fake_answer(&w, GW_STATUS_OK, NULL);
}

static void all_others_are_asked_as_they_are(void **state)
{
	is_asked_as_it_is("near://gw.example:8081/base/C1");
	is_asked_as_it_is("near://gw.example/base/C1");
	is_asked_as_it_is("near://other.example:8080/base/C1");
	is_asked_as_it_is("near://gw.example:8080/basement/C1");
	is_asked_as_it_is("near://gw.example:8080/C1");
	is_asked_as_it_is("far://gw.example:8080/base/C1");
}

#define CASE(test) FAKE_TEST_AFTER(test, set_up, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_path_behind_our_listener_is_the_target),
		CASE(a_url_of_ours_that_names_nobody_is_4004),
		CASE(whom_a_url_at_a_broker_of_ours_names_is_the_target),
		CASE(all_others_are_asked_as_they_are),
	};

	return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
