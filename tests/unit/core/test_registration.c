/*
 * Registration: when the gateway registers itself, and when no more.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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
	};

	return cmocka_run_group_tests_name("registration", tests, NULL, NULL);
}
