/* A section of the configuration, and as whom we come to its broker. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_account.h"
#include "core/conf.h"

static struct gw_conf conf;
static struct gw_conf_broker section;
static struct mqtt_account account;

static int set_up(void **state)
{
	gw_conf_init(&conf);
	gw_conf_broker_init(&section);
	section.url = "mqtt://broker.example:1884/site/a";
	section.user = "u";
	section.password = "p";
	return mqtt_account_init(&account, &conf, &section);
}

static int tear_down(void **state)
{
	mqtt_account_deinit(&account);
	return 0;
}

static void a_section_becomes_a_client(void **state)
{
	assert_string_equal(account.client.uri, "tcp://broker.example:1884");
	assert_string_equal(account.client.client_id, "C::m2mgate");
	assert_string_equal(account.client.user, "u");
	assert_string_equal(account.client.password, "p");
	assert_null(account.client.ca_file);
	assert_false(account.client.is_secure);
	assert_true(gw_str_is(account.prefix, "site/a"));
}

/* As whom a client comes to this url. */
static void comes_to(const char *url, const char *uri)
{
	struct mqtt_account other;

	section.url = url;
	assert_int_equal(mqtt_account_init(&other, &conf, &section), 0);
	assert_string_equal(other.client.uri, uri);
	mqtt_account_deinit(&other);
}

static void an_address_is_written_as_paho_reads_it(void **state)
{
	comes_to("mqtts://broker.example", "ssl://broker.example:8883");
	comes_to("mqtt://[2001:db8::1]", "tcp://[2001:db8::1]:1883");
	comes_to("mqtt://192.0.2.1/x", "tcp://192.0.2.1:1883");
}

static void times_are_rounded_up_to_seconds(void **state)
{
	struct mqtt_account other;

	section.keep_alive_ms = 1001;
	conf.timeouts.connect_ms = 1;
	assert_int_equal(mqtt_account_init(&other, &conf, &section), 0);
	assert_int_equal(other.client.keep_alive_s, 2);
	assert_int_equal(other.client.connect_s, 1);
	mqtt_account_deinit(&other);
}

static void a_repetition_comes_within_two_seconds(void **state)
{
	struct gw_conf_broker plain;
	struct mqtt_account other;

	gw_conf_broker_init(&plain);
	plain.url = "mqtt://h";
	assert_int_equal(mqtt_account_init(&other, &conf, &plain), 0);
	assert_int_equal(other.repeat_ms, 2000);
	mqtt_account_deinit(&other);
	plain.repeat_ms = 0;
	assert_int_equal(mqtt_account_init(&other, &conf, &plain), 0);
	assert_int_equal(other.repeat_ms, 0);
	mqtt_account_deinit(&other);
}

static void an_account_outlives_its_section(void **state)
{
	char url[] = "mqtt://h/a";
	char user[] = "someone";
	struct mqtt_account other;

	section.url = url;
	section.user = user;
	assert_int_equal(mqtt_account_init(&other, &conf, &section), 0);
	memset(url, 'x', sizeof(url) - 1);
	memset(user, 'x', sizeof(user) - 1);
	assert_string_equal(other.text, "mqtt://h/a");
	assert_true(gw_str_is(other.prefix, "a"));
	assert_string_equal(other.client.user, "someone");
	mqtt_account_deinit(&other);
}

static void a_url_that_is_none_leaves_nothing(void **state)
{
	struct mqtt_account other;

	section.url = "http://h";
	assert_int_equal(mqtt_account_init(&other, &conf, &section), -EINVAL);
	mqtt_account_deinit(&other);
	assert_null(other.arena);
	mqtt_account_deinit(&other);
}

static bool is_of(const char *url)
{
	section.url = url;
	return mqtt_account_is_of(&account, &section);
}

static void a_section_is_of_its_broker_and_prefix(void **state)
{
	assert_true(is_of("mqtt://broker.example:1884/site/a"));
	assert_true(is_of("mqtt://broker.example:1884/site/a/"));
	assert_true(is_of("mqtt://other:pw@broker.example:1884/site/a"));
	assert_false(is_of("mqtt://broker.example:1884/site"));
	assert_false(is_of("mqtt://broker.example:1884"));
	assert_false(is_of("mqtt://broker.example/site/a"));
	assert_false(is_of("mqtt://broker.example.org:1884/site/a"));
	assert_false(is_of("http://broker.example:1884/site/a"));
}

/* Whether the connection can stay when the configuration becomes so. */
static bool can_stay(void)
{
	struct mqtt_account other;
	bool is_same = false;

	assert_int_equal(mqtt_account_init(&other, &conf, &section), 0);
	is_same = mqtt_account_is_same(&account, &other);
	assert_int_equal(mqtt_account_is_same(&other, &account), is_same);
	mqtt_account_deinit(&other);
	return is_same;
}

static void what_a_connection_depends_on_makes_a_new_one(void **state)
{
	const struct gw_conf_broker was = section;
	const struct gw_conf conf_was = conf;

	assert_true(can_stay());
#define CHANGED(change)                   \
	do {                              \
		section = was;            \
		conf = conf_was;          \
		change;                   \
		assert_false(can_stay()); \
	} while (0)
	CHANGED(section.user = "v");
	CHANGED(section.user = NULL);
	CHANGED(section.password = "q");
	CHANGED(section.password = NULL);
	CHANGED(section.client_id = "x");
	CHANGED(section.ca_file = "/ca");
	CHANGED(section.certificate_file = "/cert");
	CHANGED(section.key_file = "/key");
	CHANGED(section.version = GW_MQTT_5);
	CHANGED(section.keep_alive_ms += 1000);
	CHANGED(section.url = "mqtts://broker.example:1884/site/a");
	CHANGED(conf.timeouts.connect_ms += 1000);
	CHANGED(conf.limits.content_bytes++);
	CHANGED(conf.limits.queue_bytes++);
	CHANGED(conf.node.cse_id = "/other");
#undef CHANGED
}

static void what_it_does_not_depend_on_lets_it_stay(void **state)
{
	conf.limits.registrees++;
	conf.timeouts.request_ms++;
	section.url = "mqtt://broker.example:1884/another/prefix";
	section.repeat_ms++;
	assert_true(can_stay());
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_section_becomes_a_client),
		CLAIM(an_address_is_written_as_paho_reads_it),
		CLAIM(times_are_rounded_up_to_seconds),
		CLAIM(a_repetition_comes_within_two_seconds),
		CLAIM(an_account_outlives_its_section),
		CLAIM(a_url_that_is_none_leaves_nothing),
		CLAIM(a_section_is_of_its_broker_and_prefix),
		CLAIM(what_a_connection_depends_on_makes_a_new_one),
		CLAIM(what_it_does_not_depend_on_lets_it_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
