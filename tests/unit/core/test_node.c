/*
 * Node: the CSEBase of the gateway itself.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/fake_world.h"

static struct fake_world world;

static void advertises(struct fake_world *w)
{
	w->conf.http.is_on = true;
	w->conf.http.advertise = "http://gw.example:8080";
	w->conf.coap.is_on = true;
	w->conf.ws.is_on = true;
	w->conf.ws.advertise = "ws://gw.example";
}

static int set_up_advertising(void **state)
{
	fake_world_init(&world, advertises);
	return 0;
}

static void advertises_what_is_off(struct fake_world *w)
{
	w->conf.coap.advertise = "coap://gw.example";
}

static int set_up_without_listener(void **state)
{
	fake_world_init(&world, advertises_what_is_off);
	return 0;
}

static void says(const char *part)
{
	fake_ask(&world, GW_OP_RETRIEVE, "C1", "/id-gw");
	fake_loop_turn(&world.loop);
	assert_int_equal(world.status, GW_STATUS_OK);
	if (!strstr(world.content, part)) {
		fail_msg("%s is not in %s", part, world.content);
	}
}

/* spec/websocket.md 3: a CSE with a server lists its URI. */
static void it_lists_what_its_listeners_advertise(void **state)
{
	says("\"poa\":[\"http://gw.example:8080\",\"ws://gw.example\"]");
}

static void it_lists_nothing_that_is_not_advertised(void **state)
{
	says("\"poa\":[]");
}

#define CLAIM(test, before) FAKE_TEST_AFTER(test, before, world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(it_lists_what_its_listeners_advertise,
		      set_up_advertising),
		CLAIM(it_lists_nothing_that_is_not_advertised, fake_set_up),
		CLAIM(it_lists_nothing_that_is_not_advertised,
		      set_up_without_listener),
	};

	return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
