#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/conf.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_is_a_switch_an_address_and_a_port),
		cmocka_unit_test(how_much_a_listener_takes_does_not_move_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
