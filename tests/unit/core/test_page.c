/* Which web pages may use a listener, and by which names. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/conf.h"
#include "core/lib/net.h"
#include "core/page.h"

static bool may(const struct gw_conf_listen *conf, const char *at,
		const char *origin)
{
	struct gw_net_end end = { .port = 8181 };

	assert_true(gw_net_address_parse(&end.address, gw_str_from(at)));
	return gw_page_may(conf, &end, gw_str_from(origin));
}

static void who_names_no_page_is_none(void **state)
{
	const struct gw_conf_listen conf = { 0 };

	assert_true(may(&conf, "10.0.0.1", NULL));
	assert_true(may(&conf, "10.0.0.1", ""));
}

static void the_address_that_was_reached_is_our_own(void **state)
{
	const struct gw_conf_listen conf = { 0 };

	assert_true(may(&conf, "10.0.0.1", "http://10.0.0.1:8181"));
	assert_true(may(&conf, "10.0.0.1", "https://10.0.0.1:8181"));
	assert_true(may(&conf, "fd00::1", "http://[fd00::1]:8181"));
	assert_true(may(&conf, "fd00::1", "http://[FD00:0::1]:8181"));
	assert_false(may(&conf, "10.0.0.1", "http://10.0.0.1"));
	assert_false(may(&conf, "10.0.0.1", "http://10.0.0.1:8182"));
	assert_false(may(&conf, "10.0.0.1", "http://10.0.0.2:8181"));
	assert_false(may(&conf, "10.0.0.1", "http://gw:8181"));
}

static void localhost_is_loopback_and_no_other(void **state)
{
	const struct gw_conf_listen conf = { 0 };

	assert_true(may(&conf, "127.0.0.1", "http://localhost:8181"));
	assert_true(may(&conf, "127.3.2.1", "http://LocalHost:8181"));
	assert_true(may(&conf, "::1", "http://localhost:8181"));
	assert_false(may(&conf, "127.0.0.1", "http://localhost"));
	assert_false(may(&conf, "10.0.0.1", "http://localhost:8181"));
	assert_false(may(&conf, "127.0.0.1", "http://localhost.evil:8181"));
}

static void names_of_ours_are_those_that_were_configured(void **state)
{
	const char *names[] = { "gw.local", "gw.lan:80", "[fd00::2]" };
	const struct gw_conf_listen conf = {
		.advertise = "wss://gw.example/path",
		.hosts = { names, 3 },
	};

	assert_true(may(&conf, "10.0.0.1", "https://gw.example"));
	assert_true(may(&conf, "10.0.0.1", "https://gw.example:443"));
	assert_true(may(&conf, "10.0.0.1", "http://gw.local:8181"));
	assert_true(may(&conf, "10.0.0.1", "http://gw.lan"));
	assert_true(may(&conf, "10.0.0.1", "http://[fd00::2]:8181"));
	assert_false(may(&conf, "10.0.0.1", "http://gw.example"));
	assert_false(may(&conf, "10.0.0.1", "http://gw.local"));
	assert_false(may(&conf, "10.0.0.1", "http://gw.lan:8181"));
	assert_false(may(&conf, "10.0.0.1", "http://x.gw.lan"));
}

static bool is_for_us(const struct gw_conf_listen *conf, const char *host)
{
	struct gw_net_end end = { .port = 8181 };

	assert_true(gw_net_address_parse(&end.address, GW_STR("10.0.0.1")));
	return gw_page_is_for_us(conf, &end, gw_str_from(host));
}

static void without_hosts_every_host_is_for_us(void **state)
{
	const struct gw_conf_listen conf = { .advertise = "http://gw.example" };

	assert_true(is_for_us(&conf, "evil.example"));
	assert_true(is_for_us(&conf, ""));
	assert_true(is_for_us(&conf, NULL));
}

static void with_hosts_only_those_and_where_we_are_are_for_us(void **state)
{
	const char *names[] = { "gw.local", "gw.lan:80", "[fd00::2]" };
	const struct gw_conf_listen conf = {
		.advertise = "https://gw.example/path",
		.hosts = { names, 3 },
	};

	assert_true(is_for_us(&conf, "gw.local:8181"));
	assert_true(is_for_us(&conf, "GW.Local"));
	assert_true(is_for_us(&conf, "gw.lan:80"));
	assert_true(is_for_us(&conf, "gw.lan"));
	assert_true(is_for_us(&conf, "gw.example"));
	assert_true(is_for_us(&conf, "gw.example:443"));
	assert_true(is_for_us(&conf, "10.0.0.1:8181"));
	assert_true(is_for_us(&conf, "10.0.0.1"));
	assert_true(is_for_us(&conf, "[::ffff:10.0.0.1]:8181"));
	assert_true(is_for_us(&conf, "[fd00::2]:8181"));
	assert_true(is_for_us(&conf, NULL));
	assert_false(is_for_us(&conf, ""));
	assert_false(is_for_us(&conf, "evil.example"));
	assert_false(is_for_us(&conf, "evil.example:8181"));
	assert_false(is_for_us(&conf, "gw.local.evil.example"));
	assert_false(is_for_us(&conf, "gw.local:8182"));
	assert_false(is_for_us(&conf, "gw.lan:8181"));
	assert_false(is_for_us(&conf, "10.0.0.2:8181"));
	assert_false(is_for_us(&conf, "10.0.0.1:80"));
	assert_false(is_for_us(&conf, "localhost:8181"));
	assert_false(is_for_us(&conf, "gw.local:"));
	assert_false(is_for_us(&conf, "gw.local:x"));
}

static void what_is_no_origin_may_not(void **state)
{
	static const char *const none[] = { "null",
					    "10.0.0.1:8181",
					    "http:10.0.0.1:8181",
					    "http://",
					    "http://10.0.0.1:x",
					    "http://[10.0.0.1]x:8181",
					    "http://10.0.0.1:",
					    "http://10.0.0.1:8181:8181",
					    "http://10.0.0.1:99999" };
	const struct gw_conf_listen conf = { 0 };

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		assert_false(may(&conf, "10.0.0.1", none[i]));
	}
}

static void pages_that_are_allowed_may(void **state)
{
	const char *some[] = { "https://app.example" };
	const char *all[] = { "*" };
	struct gw_conf_listen conf = { .allow_origins = { some, 1 } };

	assert_true(may(&conf, "10.0.0.1", "https://app.example"));
	assert_false(may(&conf, "10.0.0.1", "https://app.example.evil"));
	conf.allow_origins.at = all;
	assert_true(may(&conf, "10.0.0.1", "null"));
}

static void a_host_is_a_name_or_an_address_with_a_port_or_without(void **state)
{
	assert_true(gw_page_is_host(GW_STR("gw.local")));
	assert_true(gw_page_is_host(GW_STR("gw.local:80")));
	assert_true(gw_page_is_host(GW_STR("[::1]:80")));
	assert_false(gw_page_is_host(GW_STR("")));
	assert_false(gw_page_is_host(GW_STR(":80")));
	assert_false(gw_page_is_host(GW_STR("a:b")));
	assert_false(gw_page_is_host(GW_STR("http://a")));
	assert_false(gw_page_is_host(GW_STR("a/b")));
	assert_false(gw_page_is_host(GW_STR("[::1")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_names_no_page_is_none),
		cmocka_unit_test(the_address_that_was_reached_is_our_own),
		cmocka_unit_test(localhost_is_loopback_and_no_other),
		cmocka_unit_test(names_of_ours_are_those_that_were_configured),
		cmocka_unit_test(without_hosts_every_host_is_for_us),
		cmocka_unit_test(
			with_hosts_only_those_and_where_we_are_are_for_us),
		cmocka_unit_test(what_is_no_origin_may_not),
		cmocka_unit_test(pages_that_are_allowed_may),
		cmocka_unit_test(
			a_host_is_a_name_or_an_address_with_a_port_or_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
