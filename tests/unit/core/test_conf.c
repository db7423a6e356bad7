#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/conf.h"
#include "core/lib/net.h"

static const struct gw_conf_listen here = {
	.is_on = true,
	.address = "192.0.2.1",
	.port = 8080,
};

static void a_place_is_a_switch_an_address_and_a_port(void **state)
{
	const char address[] = "192.0.2.1";
	struct gw_conf_listen other = here;

	other.address = address;
	assert_true(gw_conf_is_same_place(&here, &other));
	other.port = 8081;
	assert_false(gw_conf_is_same_place(&here, &other));
	other = here;
	other.address = "192.0.2.10";
	assert_false(gw_conf_is_same_place(&here, &other));
	other = here;
	other.is_on = false;
	assert_false(gw_conf_is_same_place(&here, &other));
	assert_false(gw_conf_is_same_place(&other, &here));
}

static void how_much_a_listener_takes_does_not_move_it(void **state)
{
	struct gw_conf_listen other = here;

	other.connections = 1;
	other.idle_ms = 1;
	other.advertise = "http://example.org";
	assert_true(gw_conf_is_same_place(&here, &other));
}

static bool is_in(const char *address)
{
	static const char *texts[] = { "10.1.0.0/16", "fd00::/8", "192.0.2.7" };
	const struct gw_conf_texts networks = { texts, 3 };
	struct gw_net_address a;

	assert_true(gw_net_address_parse(&a, gw_str_from(address)));
	return gw_conf_networks_have(&networks, &a);
}

static void an_address_is_in_one_of_the_networks_or_not(void **state)
{
	const struct gw_conf_texts none = { NULL, 0 };
	struct gw_net_address a = { { 0 } };

	assert_true(is_in("10.1.255.1"));
	assert_true(is_in("fd12::1"));
	assert_true(is_in("192.0.2.7"));
	assert_false(is_in("10.2.0.1"));
	assert_false(is_in("fe80::1"));
	assert_false(is_in("192.0.2.8"));
	assert_false(gw_conf_networks_have(&none, &a));
}

/* ACME waits 10 s when it verifies a subscription, and has to tell how that
 * went. */
static void a_request_outlives_what_a_cse_waits_for_in_turn(void **state)
{
	struct gw_conf conf;

	gw_conf_init(&conf);
	assert_int_equal(conf.timeouts.request_ms, 12000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_is_a_switch_an_address_and_a_port),
		cmocka_unit_test(an_address_is_in_one_of_the_networks_or_not),
		cmocka_unit_test(how_much_a_listener_takes_does_not_move_it),
		cmocka_unit_test(
			a_request_outlives_what_a_cse_waits_for_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
