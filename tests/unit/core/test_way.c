/* Way: in which order a registree is asked where, and when nobody else is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/fake_world.h"

#define REACH_MS ((int64_t)2000)
#define MINUTE_MS ((int64_t)60 * 1000)

static struct fake_world w;

static struct gw_registree *known(void)
{
	return gw_registry_find(gw_relay_registry(w.relay), w.in, GW_STR("C1"));
}

/* C1 has a connection, over the binding that is named by its schemes "far". */
static void connect(struct gw_peer *peer)
{
	gw_peer_init(gw_relay_registry(w.relay), peer,
		     gw_relay_binding(w.relay, GW_STR("far")),
		     (struct gw_str){ 0 });
	gw_peer_attach(peer, known());
}

static void notify(void)
{
	struct gw_asker in = fake_cse(&w, w.in);

	fake_open(&w, &in, fake_request(GW_OP_NOTIFY, "/id-in", "C1", NULL));
}

static void is_asked_at(const char *url)
{
	assert_true(gw_str_is(fake_last(&w)->hop.url, url));
	assert_null(fake_last(&w)->hop.peer);
}

static void is_asked_over(const struct gw_peer *peer)
{
	assert_ptr_equal(fake_last(&w)->hop.peer, peer);
	assert_ptr_equal(fake_last(&w)->hop.via, peer->via);
}

static void does_not_get_there(void)
{
	gw_exchange_fail(fake_last(&w), GW_STATUS_TARGET_NOT_REACHABLE, "no");
	fake_loop_turn(&w.loop);
}

static void is_confirmed(void)
{
	fake_answer(&w, GW_STATUS_OK, NULL);
	assert_int_equal(w.status, GW_STATUS_OK);
}

static void ends_unreachable(void)
{
	size_t n_sent = w.n_sent;

	fake_loop_turn(&w.loop);
	assert_int_equal(w.n_sent, n_sent);
	assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
}

static void points_of_access_come_in_their_order(void **state)
{
	struct gw_peer peer = { 0 };

	fake_register(&w, "C1",
		      "[\"near://a\",\"far://default\",\"near://b\"]");
	connect(&peer);
	notify();
	is_asked_at("near://a");
	does_not_get_there();
	is_asked_over(&peer);
	does_not_get_there();
	is_asked_at("near://b");
	does_not_get_there();
	ends_unreachable();
	gw_peer_deinit(&peer);
}

static void the_connection_is_the_last_way_if_it_is_not_named(void **state)
{
	struct gw_peer peer = { 0 };

	fake_register(&w, "C1", "[\"near://a\"]");
	connect(&peer);
	notify();
	is_asked_at("near://a");
	does_not_get_there();
	is_asked_over(&peer);
	is_confirmed();
	gw_peer_deinit(&peer);
}

static void who_names_no_point_of_access_has_its_connection(void **state)
{
	struct gw_peer peer = { 0 };

	fake_register(&w, "C1", NULL);
	connect(&peer);
	notify();
	is_asked_over(&peer);
	is_confirmed();
	gw_peer_deinit(&peer);
}

static void nobody_is_connected_to_whose_connection_is_gone(void **state)
{
	struct gw_peer peer = { 0 };

	fake_register(&w, "C1", "[\"near://a\",\"far://default\"]");
	connect(&peer);
	notify();
	is_asked_at("near://a");
	gw_peer_deinit(&peer);
	does_not_get_there();
	ends_unreachable();
}

static void what_may_have_been_delivered_goes_nowhere_else(void **state)
{
	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	notify();
	is_asked_at("near://a");
	gw_exchange_lose(fake_last(&w), "it hung up");
	ends_unreachable();
	assert_string_equal(w.content, "{\"m2m:dbg\":\"it hung up\"}");
	notify();
	is_asked_at("near://a");
	is_confirmed();
}

static void one_that_failed_is_asked_last_for_five_minutes(void **state)
{
	struct gw_peer peer = { 0 };

	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	connect(&peer);
	notify();
	does_not_get_there();
	is_asked_at("near://b");
	is_confirmed();
	fake_loop_pass(&w.loop, 5 * MINUTE_MS - 1);
	notify();
	is_asked_at("near://b");
	does_not_get_there();
	is_asked_over(&peer);
	does_not_get_there();
	is_asked_at("near://a");
	is_confirmed();
	fake_loop_pass(&w.loop, 1);
	notify();
	is_asked_at("near://a");
	is_confirmed();
	gw_peer_deinit(&peer);
}

static void new_points_of_access_have_not_failed(void **state)
{
	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	notify();
	does_not_get_there();
	is_asked_at("near://b");
	assert_int_equal(gw_registry_set_poa(gw_relay_registry(w.relay),
					     known(), GW_STR("[\"near://c\"]")),
			 0);
	does_not_get_there();
	ends_unreachable();
	notify();
	is_asked_at("near://c");
	is_confirmed();
}

static void two_seconds_are_enough_where_there_is_another_way(void **state)
{
	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	w.is_held = true;
	notify();
	is_asked_at("near://a");
	fake_loop_pass(&w.loop, REACH_MS - 1);
	is_asked_at("near://a");
	fake_loop_pass(&w.loop, 1);
	is_asked_at("near://b");
	assert_int_equal(w.n_forgotten, 1);
	fake_loop_pass(&w.loop, 2 * REACH_MS);
	is_asked_at("near://b");
	is_confirmed();
}

static void
who_is_not_reached_in_time_is_told_with_what_it_waited_for(void **state)
{
	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	w.is_held = true;
	w.waits_for = "its name is looked up";
	notify();
	is_asked_at("near://a");
	fake_loop_pass(&w.loop, REACH_MS);
	is_asked_at("near://b");
	assert_string_equal(fake_last(&w)->why.text,
			    "there is another way, and its name is looked up");
	is_confirmed();
}

static void what_has_begun_to_be_delivered_has_its_time(void **state)
{
	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	notify();
	fake_loop_turn(&w.loop);
	fake_loop_pass(&w.loop, w.conf.timeouts.request_ms - 1);
	is_asked_at("near://a");
	assert_int_equal(w.n_forgotten, 0);
	fake_loop_pass(&w.loop, 1);
	assert_int_equal(w.n_forgotten, 1);
	assert_int_equal(w.status, GW_STATUS_REQUEST_TIMEOUT);
}

/* Whose last way needs what the gateway has no more of at the moment. */
static void where_there_is_no_room_that_is_the_answer(void **state)
{
	fake_register(&w, "C1", "[\"near://a\",\"near://b\"]");
	for (int i = 0; i < 2; i++) {
		notify();
		is_asked_at("near://a");
		fake_last(&w)->is_crowded_out = true;
		gw_exchange_fail(fake_last(&w), GW_STATUS_TARGET_NOT_REACHABLE,
				 "it has its share");
		is_asked_at("near://b");
		fake_last(&w)->is_crowded_out = i == 1;
		gw_exchange_fail(fake_last(&w), GW_STATUS_TARGET_NOT_REACHABLE,
				 "nobody is there");
		fake_loop_turn(&w.loop);
		assert_int_equal(w.status, GW_STATUS_TARGET_NOT_REACHABLE);
		assert_int_equal(w.is_overload, i == 1);
	}
}

#define CASE(test) FAKE_TEST(test, w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(points_of_access_come_in_their_order),
		CASE(the_connection_is_the_last_way_if_it_is_not_named),
		CASE(who_names_no_point_of_access_has_its_connection),
		CASE(nobody_is_connected_to_whose_connection_is_gone),
		CASE(what_may_have_been_delivered_goes_nowhere_else),
		CASE(one_that_failed_is_asked_last_for_five_minutes),
		CASE(new_points_of_access_have_not_failed),
		CASE(two_seconds_are_enough_where_there_is_another_way),
		CASE(who_is_not_reached_in_time_is_told_with_what_it_waited_for),
		CASE(what_has_begun_to_be_delivered_has_its_time),
		CASE(where_there_is_no_room_that_is_the_answer),
	};

	return cmocka_run_group_tests_name("way", tests, NULL, NULL);
}
