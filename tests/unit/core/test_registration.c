/*
 * Registration: when the gateway registers itself, and when no more.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/fake_world.h"

#define CHECK_MS 1000

static struct fake_world world;

/* What a reload brings. */
static struct gw_conf now;
static struct gw_conf_cse cses[4];

static void registers_at_first(struct fake_world *w)
{
	w->cses[0].registers = true;
	w->cses[0].check_ms = CHECK_MS;
}

static int set_up_registering(void **state)
{
	fake_world_init(&world, registers_at_first);
	fake_loop_pass(&world.loop, 1);
	return 0;
}

static void reload(size_t i, bool registers)
{
	now = world.conf;
	now.cses = cses;
	now.n_cses = i < 3 ? 3 : 4;
	memcpy(cses, world.cses, sizeof(world.cses));
	cses[3] = cses[1];
	cses[3].id = "/id-new";
	cses[i].registers = registers;
	assert_int_equal(gw_relay_reload(world.relay, &now), 0);
	fake_loop_pass(&world.loop, 1);
}

static void asked_for(const char *to)
{
	assert_true(gw_str_is(fake_last(&world)->request->to, to));
}

static void a_reload_begins_a_registration(void **state)
{
	assert_int_equal(world.n_sent, 0);
	reload(1, true);
	assert_int_equal(world.n_sent, 1);
	asked_for("/id-b/cse-in/id-gw");
	fake_answer(&world, GW_STATUS_NOT_FOUND, NULL);
	assert_int_equal(world.n_sent, 2);
	asked_for("/id-b/cse-in");
}

static void a_reload_that_changes_nothing_asks_nothing(void **state)
{
	fake_answer(&world, GW_STATUS_OK, NULL);
	assert_int_equal(world.n_sent, 1);
	reload(0, true);
	assert_int_equal(world.n_sent, 1);
}

static void a_new_cse_is_registered_at(void **state)
{
	reload(3, true);
	assert_int_equal(world.n_sent, 1);
	asked_for("/id-new/cse-in/id-gw");
}

static void a_reload_ends_a_registration(void **state)
{
	fake_answer(&world, GW_STATUS_OK, NULL);
	fake_loop_pass(&world.loop, CHECK_MS);
	assert_int_equal(world.n_sent, 2);
	fake_answer(&world, GW_STATUS_OK, NULL);
	reload(0, false);
	fake_loop_pass(&world.loop, (int64_t)10 * CHECK_MS);
	assert_int_equal(world.n_sent, 2);
}

static void a_reload_ends_one_that_is_on_its_way(void **state)
{
	assert_int_equal(world.n_sent, 1);
	reload(0, false);
	fake_answer(&world, GW_STATUS_NOT_FOUND, NULL);
	fake_loop_pass(&world.loop, (int64_t)10 * CHECK_MS);
	assert_int_equal(world.n_sent, 1);
}

static void going_down_does_not_wait_for_it(void **state)
{
	assert_int_equal(world.n_sent, 1);
	gw_relay_drain(world.relay);
	assert_int_equal(world.n_forgotten, 1);
	fake_loop_turn(&world.loop);
	assert_true(gw_relay_is_drained(world.relay));
	fake_loop_pass(&world.loop, (int64_t)10 * CHECK_MS);
	assert_int_equal(world.n_sent, 1);
}

/* How often it is asked for within so long. */
static size_t asked_within(int64_t ms)
{
	size_t n = world.n_sent;

	fake_loop_pass(&world.loop, ms);
	return world.n_sent - n;
}

static void refuse(enum gw_status status, const char *reason)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "{\"m2m:dbg\":\"%s\"}", reason);
	fake_answer(&world, GW_STATUS_NOT_FOUND, NULL);
	fake_answer(&world, status, text);
}

/* Let the time of the next attempt come.  Returns when that was. */
static int64_t wait_for_attempt(void)
{
	int64_t began = world.loop.now_ms;
	size_t n = world.n_sent;

	while (world.n_sent == n) {
		fake_loop_pass(&world.loop, 100);
	}
	return world.loop.now_ms - began;
}

static void what_is_refused_again_and_again_is_tried_seldom(void **state)
{
	int64_t most_ms = 20 * world.conf.timeouts.retry_max_ms;
	int64_t last_ms = 0;

	for (size_t i = 0; i < 10; i++) {
		refuse(GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE, "no");
		last_ms = wait_for_attempt();
		assert_true(last_ms <= most_ms + 100);
	}
	assert_true(last_ms >= most_ms / 2);
}

static void another_refusal_is_tried_soon(void **state)
{
	for (size_t i = 0; i < 5; i++) {
		refuse(GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE, "no");
		(void)wait_for_attempt();
	}
	refuse(GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE, "not yet");
	assert_true(wait_for_attempt() <=
		    world.conf.timeouts.retry_max_ms + 100);
}

static void a_reload_tries_what_was_refused_at_once(void **state)
{
	for (size_t i = 0; i < 5; i++) {
		refuse(GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE, "no");
		(void)wait_for_attempt();
	}
	refuse(GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE, "no");
	assert_int_equal(asked_within(1), 0);
	reload(0, true);
	asked_for("/id-in/cse-in/id-gw");
}

/* What it does not show, and does not create either, is there. */
static void a_cse_may_hide_what_it_has(void **state)
{
	refuse(GW_STATUS_CONFLICT, "there it is");
	assert_true(wait_for_attempt() >= CHECK_MS);
	refuse(GW_STATUS_ORIGINATOR_HAS_ALREADY_REGISTERED, "there it is");
	assert_true(wait_for_attempt() >= CHECK_MS);
}

/* The far side cannot be understood: nothing is known to be lost. */
static void a_failure_of_ours_does_not_register_anew(void **state)
{
	fake_answer(&world, GW_STATUS_OK, NULL);
	(void)wait_for_attempt();
	for (size_t i = 0; i < 3; i++) {
		gw_exchange_fail(fake_last(&world),
				 GW_STATUS_INTERNAL_SERVER_ERROR, "unreadable");
		(void)wait_for_attempt();
		asked_for("/id-in/cse-in/id-gw");
	}
}

static void only_the_status_of_the_answer_is_of_use(void **state)
{
	assert_true(fake_last(&world)->request->needs_status_only);
	fake_answer(&world, GW_STATUS_NOT_FOUND, NULL);
	assert_int_equal(fake_last(&world)->request->op, GW_OP_CREATE);
	assert_true(fake_last(&world)->request->needs_status_only);
}

#define CLAIM(test, before) FAKE_TEST_AFTER(test, before, world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_reload_begins_a_registration, fake_set_up),
		CLAIM(a_reload_that_changes_nothing_asks_nothing,
		      set_up_registering),
		CLAIM(a_new_cse_is_registered_at, fake_set_up),
		CLAIM(a_reload_ends_a_registration, set_up_registering),
		CLAIM(a_reload_ends_one_that_is_on_its_way, set_up_registering),
		CLAIM(going_down_does_not_wait_for_it, set_up_registering),
		CLAIM(what_is_refused_again_and_again_is_tried_seldom,
		      set_up_registering),
		CLAIM(another_refusal_is_tried_soon, set_up_registering),
		CLAIM(a_reload_tries_what_was_refused_at_once,
		      set_up_registering),
		CLAIM(a_cse_may_hide_what_it_has, set_up_registering),
		CLAIM(a_failure_of_ours_does_not_register_anew,
		      set_up_registering),
		CLAIM(only_the_status_of_the_answer_is_of_use,
		      set_up_registering),
	};

	return cmocka_run_group_tests_name("registration", tests, NULL, NULL);
}
