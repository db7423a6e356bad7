#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <sys/socket.h>

#include "core/conf.h"
#include "core/cse.h"
#include "core/deliver.h"
#include "core/exchange.h"
#include "core/lib/net.h"

static const char *networks[] = { "10.0.0.0/8" };
static const struct gw_conf_texts allow = { networks, 1 };

static void
delivery_goes_to_the_registering_host_or_an_allowed_network(void **state)
{
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

/* What stands behind a name. */
static const struct sockaddr_storage *found(const char *first,
					    const char *second)
{
	static struct sockaddr_storage all[2];

	assert_true(gw_net_sockaddr(&all[0], first, 0));
	assert_true(gw_net_sockaddr(&all[1], second, 0));
	return all;
}

static void of_many_addresses_the_first_allowed_is_chosen(void **state)
{
	const struct gw_hop hop = { .host = GW_STR("192.0.2.9") };
	const struct sockaddr_storage *all = found("127.0.0.1", "192.0.2.9");

	assert_ptr_equal(gw_deliver_choose(&hop, &allow, all, 2), &all[1]);
	all = found("::ffff:10.1.1.1", "192.0.2.9");
	assert_ptr_equal(gw_deliver_choose(&hop, &allow, all, 2), &all[0]);
}

static void of_addresses_that_are_not_allowed_none_is_chosen(void **state)
{
	const struct gw_hop hop = { .host = GW_STR("192.0.2.9") };
	const struct sockaddr_storage *all = found("::1", "192.0.2.8");
	const struct sockaddr_storage strange = { .ss_family = AF_UNIX };

	assert_null(gw_deliver_choose(&hop, &allow, all, 2));
	assert_null(gw_deliver_choose(&hop, &allow, NULL, 0));
	assert_null(
		gw_deliver_choose(&(struct gw_hop){ 0 }, &allow, &strange, 1));
}

static void a_cse_is_known_to_be_at_all_that_its_name_leads_to(void **state)
{
	const struct gw_conf_cse conf = { 0 };
	struct gw_cse cse = { .conf = &conf };
	const struct gw_hop hop = { .cse = &cse };
	const struct sockaddr_storage *all = found("127.0.0.1", "fd00::9");

	assert_null(gw_deliver_choose(&hop, &allow, NULL, 0));
	assert_int_equal(cse.n_addresses, 0);
	assert_ptr_equal(gw_deliver_choose(&hop, &allow, all, 2), &all[0]);
	assert_true(gw_cse_is_at(&cse, GW_STR("127.0.0.1")));
	assert_true(gw_cse_is_at(&cse, GW_STR("fd00:0::9")));
	assert_false(gw_cse_is_at(&cse, GW_STR("127.0.0.2")));
	assert_false(gw_cse_is_at(&cse, (struct gw_str){ 0 }));
}

static void what_was_found_before_counts_no_more(void **state)
{
	const struct gw_conf_cse conf = { 0 };
	struct gw_cse cse = { .conf = &conf };

	gw_cse_found(&cse, found("192.0.2.1", "192.0.2.2"), 2);
	gw_cse_found(&cse, found("192.0.2.2", "192.0.2.2"), 2);
	gw_cse_found(&cse, NULL, 0);
	gw_cse_found(NULL, found("192.0.2.2", "192.0.2.3"), 2);
	assert_int_equal(cse.n_addresses, 1);
	assert_true(gw_cse_is_at(&cse, GW_STR("192.0.2.2")));
	assert_false(gw_cse_is_at(&cse, GW_STR("192.0.2.1")));
}

static void of_very_many_addresses_the_first_are_known(void **state)
{
	const struct gw_conf_cse conf = { 0 };
	struct gw_cse cse = { .conf = &conf };
	struct sockaddr_storage all[GW_CSE_ADDRESSES_MAX + 1];
	char text[32];

	for (int i = 0; i <= GW_CSE_ADDRESSES_MAX; i++) {
		(void)snprintf(text, sizeof(text), "192.0.2.%d", i);
		assert_true(gw_net_sockaddr(&all[i], text, 0));
	}
	gw_cse_found(&cse, all, GW_CSE_ADDRESSES_MAX + 1);
	assert_int_equal(cse.n_addresses, GW_CSE_ADDRESSES_MAX);
	assert_true(gw_cse_is_at(&cse, GW_STR("192.0.2.0")));
	assert_false(gw_cse_is_at(&cse, gw_str_from(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			delivery_goes_to_the_registering_host_or_an_allowed_network),
		cmocka_unit_test(of_many_addresses_the_first_allowed_is_chosen),
		cmocka_unit_test(
			of_addresses_that_are_not_allowed_none_is_chosen),
		cmocka_unit_test(
			a_cse_is_known_to_be_at_all_that_its_name_leads_to),
		cmocka_unit_test(what_was_found_before_counts_no_more),
		cmocka_unit_test(of_very_many_addresses_the_first_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
