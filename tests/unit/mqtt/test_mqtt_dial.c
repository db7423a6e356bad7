/* Dial: a broker whose name is not found is not connected to. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bindings/mqtt/mqtt_dial.h"
#include "core/relay_state.h"
#include "tests/support/fake_world.h"

#define NAME "broker.example"

static struct fake_world w;
static struct mqtt_dial dial;
static char told[256]; // why it has failed
static size_t n_told;

static void failed(struct mqtt_dial *d, const char *why)
{
	assert_ptr_equal(d, &dial);
	n_told++;
	(void)snprintf(told, sizeof(told), "%s", why);
}

static void have_names(struct fake_world *world)
{
	world->loop.has_names = true;
}

static int set_up(void **state)
{
	n_told = 0;
	fake_world_init(&w, have_names);
	mqtt_dial_init(&dial, w.relay, failed);
	mqtt_dial_start(&dial, NULL, GW_STR(NAME), 0);
	return 0;
}

static int tear_down(void **state)
{
	mqtt_dial_stop(&dial);
	return fake_tear_down(state);
}

static void a_name_that_is_not_found_is_told(void **state)
{
	assert_int_equal(n_told, 0);
	assert_true(fake_loop_find(&w.loop, NAME, NULL, -ENOENT));
	assert_int_equal(n_told, 1);
	assert_non_null(strstr(told, "is not known to the name server"));
	fake_loop_pass(&w.loop, 2 * w.conf.timeouts.connect_ms);
	assert_int_equal(n_told, 1);
}

static void patience_with_the_name_server_ends(void **state)
{
	fake_loop_pass(&w.loop, w.conf.timeouts.connect_ms - 1);
	assert_int_equal(n_told, 0);
	fake_loop_pass(&w.loop, 1);
	assert_int_equal(n_told, 1);
	assert_non_null(strstr(told, "in time"));
	assert_true(fake_loop_find(&w.loop, NAME, "192.0.2.1", 0));
	assert_int_equal(n_told, 1);
}

/* No client is there, which would be told to connect. */
static void one_that_is_stopped_connects_nowhere(void **state)
{
	mqtt_dial_stop(&dial);
	assert_true(fake_loop_find(&w.loop, NAME, "192.0.2.1", 0));
	fake_loop_pass(&w.loop, 2 * w.conf.timeouts.connect_ms);
	assert_int_equal(n_told, 0);
}

static void two_attempts_share_a_look_up(void **state)
{
	mqtt_dial_stop(&dial);
	mqtt_dial_start(&dial, NULL, GW_STR(NAME), 1);
	assert_int_equal(w.loop.n_looked_up, 1);
	assert_true(fake_loop_find(&w.loop, NAME, NULL, -EAGAIN));
	assert_int_equal(n_told, 1);
}

#define CASE(test) \
	cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, &w)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_name_that_is_not_found_is_told),
		CASE(patience_with_the_name_server_ends),
		CASE(one_that_is_stopped_connects_nowhere),
		CASE(two_attempts_share_a_look_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
