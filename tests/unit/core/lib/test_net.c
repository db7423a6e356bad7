#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>

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

static bool is_unspecified(const char *text)
{
	struct gw_net_address a;

	assert_true(gw_net_address_parse(&a, gw_str_from(text)));
	return gw_net_is_unspecified(&a);
}

static void all_addresses_are_written_as_none(void **state)
{
	assert_true(is_unspecified("0.0.0.0"));
	assert_true(is_unspecified("::"));
	assert_true(is_unspecified("::ffff:0.0.0.0"));
	assert_false(is_unspecified("0.0.0.1"));
	assert_false(is_unspecified("::1"));
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

static const struct {
	const char *written;
	const char *shown;
	int family;
} sockets[] = {
	{ "192.0.2.1", "192.0.2.1", AF_INET },
	{ "0.0.0.0", "0.0.0.0", AF_INET },
	{ "::", "::", AF_INET6 },
	{ "2001:DB8:0:0::1", "2001:db8::1", AF_INET6 },
	{ "::ffff:192.0.2.1", "192.0.2.1", AF_INET6 },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", AF_INET6 },
};

static void expect_home(const char *address, const char *home)
{
	char text[GW_NET_HOME_BYTES];

	gw_net_print_home(text, gw_str_from(address));
	assert_string_equal(text, home);
}

static void who_has_an_address_of_ipv6_has_its_network(void **state)
{
	expect_home("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64");
	expect_home("::1", "::/64");
	expect_home("192.0.2.1", "192.0.2.1");
	expect_home("::ffff:192.0.2.1", "192.0.2.1");
	expect_home("C1", "C1");
	expect_home("", "");
	expect_home(NULL, "");
	expect_home("0123456789012345678901234567890123456789012345678901234567"
		    "890123456789",
		    "0123456789012345678901234567890123456789012345678901234567"
		    "89012");
}

static void an_address_goes_into_a_socket_and_comes_back(void **state)
{
	for (size_t i = 0; i < sizeof(sockets) / sizeof(*sockets); i++) {
		struct sockaddr_storage at;
		struct gw_net_end end;
		char text[GW_NET_TEXT_BYTES];

		assert_true(gw_net_sockaddr(&at, sockets[i].written, 5683));
		assert_int_equal(at.ss_family, sockets[i].family);
		assert_int_equal(gw_net_sockaddr_bytes(&at),
				 at.ss_family == AF_INET
					 ? sizeof(struct sockaddr_in)
					 : sizeof(struct sockaddr_in6));
		assert_true(gw_net_end_of(&end, (struct sockaddr *)&at));
		assert_int_equal(end.port, 5683);
		gw_net_address_print(text, &end.address);
		assert_string_equal(text, sockets[i].shown);
		assert_true(gw_net_print_of(text, (struct sockaddr *)&at));
		assert_string_equal(text, sockets[i].shown);
	}
}

static void a_socket_address_gets_another_port(void **state)
{
	for (size_t i = 0; i < sizeof(sockets) / sizeof(*sockets); i++) {
		struct sockaddr_storage at;
		struct gw_net_end before;
		struct gw_net_end after;

		assert_true(gw_net_sockaddr(&at, sockets[i].written, 0));
		assert_true(gw_net_end_of(&before, (struct sockaddr *)&at));
		gw_net_set_port(&at, 65535);
		assert_true(gw_net_end_of(&after, (struct sockaddr *)&at));
		assert_int_equal(after.port, 65535);
		assert_true(gw_net_address_eq(&before.address, &after.address));
	}
}

static void what_is_no_address_goes_into_no_socket(void **state)
{
	static const char *const bad[] = { "",       "localhost", "10.0.0",
					   "0x7f.1", "::1%lo",    "[::1]" };
	struct sockaddr_storage at;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(gw_net_sockaddr(&at, bad[i], 80));
	}
}

static void a_socket_of_another_family_has_no_end(void **state)
{
	struct sockaddr at = { .sa_family = AF_UNIX };
	struct gw_net_end end = { .port = 7 };
	char text[GW_NET_TEXT_BYTES] = "x";

	assert_false(gw_net_end_of(&end, &at));
	assert_int_equal(end.port, 7);
	assert_false(gw_net_print_of(text, &at));
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_has_its_addresses_and_no_others),
		cmocka_unit_test(a_mapped_address_is_the_ipv4_address),
		cmocka_unit_test(all_addresses_are_written_as_none),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(who_has_an_address_of_ipv6_has_its_network),
		cmocka_unit_test(an_address_goes_into_a_socket_and_comes_back),
		cmocka_unit_test(a_socket_address_gets_another_port),
		cmocka_unit_test(what_is_no_address_goes_into_no_socket),
		cmocka_unit_test(a_socket_of_another_family_has_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
