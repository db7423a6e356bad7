/* Descriptors: what peers make the gateway open leaves it some for itself. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/conf.h"
#include "core/profile.h"
#include "gateway/descriptors.h"

static struct gw_conf conf;
static struct gw_conf_cse cse;

static int set_up(void **state)
{
	gw_conf_init(&conf);
	gw_conf_cse_init(&cse);
	conf.cses = &cse;
	conf.n_cses = 1;
	conf.http.is_on = true;
	conf.ws.is_on = true;
	return 0;
}

/* All that can be open at one time, the gateway's own not counted. */
static size_t opened(void)
{
	size_t told = 1 + conf.ws.connections / 8;

	told = told < 64 ? told : 64;
	return conf.http.connections + conf.ws.connections + told +
	       2 * conf.limits.outgoing;
}

static void bounds_that_fit_stay(void **state)
{
	gw_descriptors_fit(&conf, 100000);
	assert_int_equal(conf.http.connections, 20000);
	assert_int_equal(conf.ws.connections, 20000);
	assert_int_equal(conf.limits.outgoing, 1000);
	assert_int_equal(conf.limits.links, 10000);
	assert_int_equal(conf.limits.descriptors_wanted, 0);
}

static void with_64_some_are_left_for_the_gateway(void **state)
{
	gw_descriptors_fit(&conf, 64);
	assert_true(opened() <= 64 - 40);
	assert_true(conf.http.connections >= 4);
	assert_true(conf.ws.connections >= 4);
	assert_true(conf.limits.outgoing >= 4);
	assert_true(conf.limits.descriptors_wanted > 42000);
}

static void what_is_small_stays_as_it_is(void **state)
{
	conf.limits.outgoing = 10;
	gw_descriptors_fit(&conf, 1064);
	assert_int_equal(conf.limits.outgoing, 10);
	assert_true(conf.http.connections > 450);
	assert_true(conf.ws.connections > 400);
	assert_true(opened() <= 1064 - 40);
}

static void a_listener_that_is_off_needs_none(void **state)
{
	conf.ws.is_on = false;
	gw_descriptors_fit(&conf, 22040 + 84);
	assert_int_equal(conf.http.connections, 20000);
	assert_int_equal(conf.limits.descriptors_wanted, 0);
}

static void links_count_where_each_originator_has_one(void **state)
{
	cse.profile = gw_profile_find(GW_STR("acme"));
	gw_descriptors_fit(&conf, 1000);
	assert_true(conf.limits.links < 300);
	cse.link = GW_LINK_SHARED;
	conf.limits.links = 10000;
	gw_descriptors_fit(&conf, 1000);
	assert_int_equal(conf.limits.links, 10000);
}

static void with_hardly_any_each_bound_is_one(void **state)
{
	gw_descriptors_fit(&conf, 3);
	assert_int_equal(conf.http.connections, 1);
	assert_int_equal(conf.ws.connections, 1);
	assert_int_equal(conf.limits.outgoing, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(bounds_that_fit_stay, set_up),
		cmocka_unit_test_setup(with_64_some_are_left_for_the_gateway,
				       set_up),
		cmocka_unit_test_setup(what_is_small_stays_as_it_is, set_up),
		cmocka_unit_test_setup(a_listener_that_is_off_needs_none,
				       set_up),
		cmocka_unit_test_setup(
			links_count_where_each_originator_has_one, set_up),
		cmocka_unit_test_setup(with_hardly_any_each_bound_is_one,
				       set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
