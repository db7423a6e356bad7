/* Addresses of MQTT: brokers, prefixes, receivers, whole topics. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_url.h"
#include "core/lib/buf.h"

static void a_url_is_taken_apart(void **state)
{
	struct mqtt_url url;

	assert_true(mqtt_url_parse(
		&url, GW_STR("mqtts://u:p@h.org:99/a/b/?ct=json#id-in:C1")));
	assert_true(url.is_secure);
	assert_true(gw_str_is(url.host, "h.org"));
	assert_int_equal(url.port, 99);
	assert_true(gw_str_is(url.path, "/a/b/"));
	assert_true(gw_str_is(url.form, "id-in:C1"));
	assert_true(gw_str_is(mqtt_url_prefix(&url), "a/b"));
}

static void ports_have_defaults(void **state)
{
	struct mqtt_url url;

	assert_true(mqtt_url_parse(&url, GW_STR("mqtt://h")));
	assert_int_equal(url.port, 1883);
	assert_false(gw_str_is_present(url.path));
	assert_true(mqtt_url_parse(&url, GW_STR("MQTTS://[::1]/")));
	assert_int_equal(url.port, 8883);
	assert_true(gw_str_is(url.host, "::1"));
	assert_true(mqtt_url_parse(&url, GW_STR("mqtt://[::1]:7")));
	assert_int_equal(url.port, 7);
}

static void other_urls_are_none(void **state)
{
	static const char *const urls[] = {
		"",
		"mqtt",
		"mqtt:",
		"mqtt:/h",
		"mqtt://",
		"mqtt:///x",
		"http://h",
		"mqtt://h:0",
		"mqtt://h:x",
		"mqtt://h:",
		"mqtt://@",
		"mqtt://h:65536",
		"mqtt://[::1",
		"mqtt://[]:1",
		"mqtt://:1",
		"mqtt://h/%",
		"mqtt://h/%4",
		"mqtt://h/%4x",
	};
	struct mqtt_url url;

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		assert_false(mqtt_url_parse(&url, gw_str_from(urls[i])));
	}
}

static void a_broker_is_known_by_host_and_port(void **state)
{
	struct mqtt_url a;
	struct mqtt_url b;

	assert_true(mqtt_url_parse(&a, GW_STR("mqtt://Host:1883/x")));
	assert_true(mqtt_url_parse(&b, GW_STR("mqtt://host")));
	assert_true(mqtt_url_is_same_broker(&a, &b));
	assert_true(mqtt_url_parse(&b, GW_STR("mqtts://host:1883")));
	assert_false(mqtt_url_is_same_broker(&a, &b));
	assert_true(mqtt_url_parse(&b, GW_STR("mqtt://host:1884")));
	assert_false(mqtt_url_is_same_broker(&a, &b));
}

static void expect_receiver(const char *text, const char *receiver)
{
	struct mqtt_url url;

	assert_true(mqtt_url_parse(&url, gw_str_from(text)));
	assert_true(gw_str_eq(mqtt_url_receiver(&url), gw_str_from(receiver)));
}

static void a_poa_may_name_the_receiver(void **state)
{
	expect_receiver("mqtt://h//C1", "C1");
	expect_receiver("mqtt://h///id-in/C1", "C1");
	expect_receiver("mqtt://h/C1", NULL);
	expect_receiver("mqtt://h", NULL);
	expect_receiver("mqtt://h//", NULL);
	expect_receiver("mqtt://h//a/b", NULL);
}

static void expect_topic(const char *text, const char *topic)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	struct mqtt_url url;

	gw_buf_init(&buf, 0, 256);
	assert_true(mqtt_url_parse(&url, gw_str_from(text)));
	assert_true(mqtt_url_topic(&buf, &url) == (topic != NULL));
	assert_true(gw_str_is(gw_buf_str(&buf), topic ? topic : ""));
}

static void a_path_may_be_a_whole_topic(void **state)
{
	expect_topic("mqtt://h/a/b", "a/b");
	expect_topic("mqtt://h//a", "/a");
	expect_topic("mqtt://h/a%2fb%20c?ct=cbor", "a/b c");
	expect_topic("mqtt://h", NULL);
	expect_topic("mqtt://h/", NULL);
	expect_topic("mqtt://h/a%2B", NULL);
	expect_topic("mqtt://h/a%00", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_is_taken_apart),
		cmocka_unit_test(ports_have_defaults),
		cmocka_unit_test(other_urls_are_none),
		cmocka_unit_test(a_broker_is_known_by_host_and_port),
		cmocka_unit_test(a_poa_may_name_the_receiver),
		cmocka_unit_test(a_path_may_be_a_whole_topic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
