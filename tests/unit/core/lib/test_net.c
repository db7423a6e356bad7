#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/lib/net.h"

static bool has(const char *network, const char *address)
{
	struct gw_net net;
	struct gw_net_address a;

	assert_true(gw_net_parse(&net, gw_str_from(network)));
	assert_true(gw_net_address_parse(&a, gw_str_from(address)));
	return gw_net_has(&net, &a);
}

static void a_network_has_its_addresses_and_no_others(void **state)
{
	assert_true(has("10.0.0.0/8", "10.255.1.2"));
	assert_false(has("10.0.0.0/8", "11.0.0.1"));
	assert_true(has("192.0.2.128/25", "192.0.2.129"));
	assert_false(has("192.0.2.128/25", "192.0.2.127"));
	assert_true(has("127.0.0.1", "127.0.0.1"));
	assert_false(has("127.0.0.1", "127.0.0.2"));
	assert_true(has("0.0.0.0/0", "8.8.8.8"));
	assert_false(has("0.0.0.0/0", "2001:db8::1"));
	assert_true(has("fd00::/8", "fd12::1"));
	assert_false(has("fd00::/8", "fe12::1"));
	assert_true(has("::1", "::1"));
}

static void a_mapped_address_is_the_ipv4_address(void **state)
{
	assert_true(has("127.0.0.0/8", "::ffff:127.0.0.1"));
}

static void what_is_no_network_is_refused(void **state)
{
	static const char *const bad[] = { "",           "10.0.0.0/33",
					   "10.0.0",     "localhost",
					   "::1/129",    "0177.0.0.1",
					   "1.2.3.4/",   "1.2.3.4/x",
					   "2130706433", "1.2.3.4/-1" };
	struct gw_net net;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(gw_net_parse(&net, gw_str_from(bad[i])));
	}
}

static void the_host_of_a_url_is_found(void **state)
{
	static const struct {
		const char *url;
		const char *host; // NULL: none
	} cases[] = {
		{ "ws://192.0.2.1:8180", "192.0.2.1" },
		{ "http://cse.example/root", "cse.example" },
		{ "coap://[2001:db8::1]:5683/x", "2001:db8::1" },
		{ "http://[::1]", "::1" },
		{ "http://[::1", "::1" },
		{ "http://", "" },
		{ "http:x", NULL },
		{ "x", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct gw_str host = gw_net_host_of_url(
			gw_str_from(cases[i].url));

		assert_true(gw_str_is(host, cases[i].host));
		assert_int_equal(gw_str_is_present(host),
				 cases[i].host != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_has_its_addresses_and_no_others),
		cmocka_unit_test(a_mapped_address_is_the_ipv4_address),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(the_host_of_a_url_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
