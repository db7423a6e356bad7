#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/conf.h"
#include "core/deliver.h"

static void
delivery_goes_to_the_registering_host_or_an_allowed_network(void **state)
{
	const char *networks[] = { "10.0.0.0/8" };
	const struct gw_conf_texts allow = { networks, 1 };

	assert_true(gw_deliver_may(GW_STR("192.0.2.9"), &allow,
				   GW_STR("192.0.2.9")));
	assert_true(gw_deliver_may(GW_STR("192.0.2.9"), &allow,
				   GW_STR("10.1.1.1")));
	assert_false(gw_deliver_may(GW_STR("192.0.2.9"), &allow,
				    GW_STR("127.0.0.1")));
	assert_false(gw_deliver_may(GW_STR(""), &allow, GW_STR("192.0.2.9")));
	assert_true(gw_deliver_may((struct gw_str){ 0 }, &allow,
				   GW_STR("127.0.0.1")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			delivery_goes_to_the_registering_host_or_an_allowed_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
