/*
 * Config: values that mean nothing, and values that do not go together.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/conf.h"
#include "gateway/config.h"
#include "tests/unit/gateway/config_rig.h"

static void numbers_out_of_range_are_mistakes(void **state)
{
	expect_mistake("listen: { http: { port: 80a } }\n" GOOD_CSE,
		       "F:1: listen.http.port: \"80a\" is no port: 0 to "
		       "65535\n");
	expect_mistake("listen: { http: { connections: 0 } }\n" GOOD_CSE,
		       "F:1: listen.http.connections: \"0\" is no number from "
		       "1 to 1000000\n");
	expect_mistake(GOOD "limits: { exchanges: -1 }\n",
		       "F:5: limits.exchanges: \"-1\" is no number from 1 to "
		       "10000000\n");
	expect_mistake(GOOD "    window: 70000\n",
		       "F:5: cses[0].window: \"70000\" is no number from 0 to "
		       "65535\n");
}

static void durations_carry_units_and_have_bounds(void **state)
{
	expect_mistake(GOOD "timeouts: { request: 10 }\n",
		       "F:5: timeouts.request: \"10\" is no duration such as "
		       "500ms, 30s, 2m or 1h\n");
	expect_mistake(GOOD "timeouts: { request: 10 s }\n",
		       "F:5: timeouts.request: \"10 s\" is no duration such as "
		       "500ms, 30s, 2m or 1h\n");
	expect_mistake(GOOD "timeouts: { request: 0s }\n",
		       "F:5: timeouts.request: \"0s\" is out of range: 1ms to "
		       "24h\n");
	expect_mistake(GOOD "timeouts: { request: 25h }\n",
		       "F:5: timeouts.request: \"25h\" is out of range: 1ms to "
		       "24h\n");
	expect_mistake(GOOD "timeouts: { request: 99999999999999999999h }\n",
		       "F:5: timeouts.request: \"99999999999999999999h\" is "
		       "out of range: 1ms to 24h\n");
	expect_mistake(GOOD "    gap: 2m\n",
		       "F:5: cses[0].gap: \"2m\" is out of range: 0s to "
		       "10s\n");
	expect_mistake(GOOD "timeouts: { retry-min: 2s, retry-max: 1s }\n",
		       "F:5: timeouts.retry-max: 1s is less than retry-min, "
		       "which is 2s\n");
	expect_mistake(GOOD "timeouts: { request: 5s, longest: 4s, poll: 1s "
			    "}\n",
		       "F:5: timeouts.longest: 4s is less than request, which "
		       "is 5s\n");
	expect_mistake(GOOD "timeouts: { longest: 59s }\n",
		       "F:5: timeouts.longest: 59s is less than poll, which is "
		       "1m\n");
}

static void a_share_is_one_in_so_many(void **state)
{
	static const char *const wrong[] = { "8",   "1/0", "1/1001",
					     "2/8", "1/",  "12%" };
	char yaml[256];
	char mistake[256];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		(void)snprintf(yaml, sizeof(yaml),
			       GOOD "limits: { share: %s }\n", wrong[i]);
		(void)snprintf(mistake, sizeof(mistake),
			       "F:5: limits.share: \"%s\" is no share such as "
			       "1/8, and at least 1/1000\n",
			       wrong[i]);
		expect_mistake(yaml, mistake);
	}
}

static void sizes_carry_units_and_have_bounds(void **state)
{
	expect_mistake(GOOD "limits: { content: 1M }\n",
		       "F:5: limits.content: \"1M\" is no size such as 512B, "
		       "64KiB, 1MiB or 2GiB\n");
	expect_mistake(GOOD "limits: { content: 1B }\n",
		       "F:5: limits.content: \"1B\" is out of range: 256B to "
		       "256MiB\n");
	expect_mistake(GOOD "limits: { content: 20MiB }\n",
		       "F:5: limits.queue: 16MiB is less than content, which "
		       "is 20MiB: such a message could never be sent\n");
}

static void identifiers_are_checked(void **state)
{
	expect_mistake("node: { cse-id: /a/b }\n" GOOD,
		       "F:1: node.cse-id: \"/a/b\" is no CSE-ID such as "
		       "/id-in\n");
	expect_mistake("node: { sp-id: /sp }\n" GOOD,
		       "F:1: node.sp-id: \"/sp\" is no M2M-SP-ID such as "
		       "//sp.example\n");
	expect_mistake("node: { name: a/b }\n" GOOD,
		       "F:1: node.name: \"a/b\" is no resource name: letters, "
		       "digits and - . _ ~\n");
}

static void addresses_are_numeric(void **state)
{
	expect_mistake("listen: { http: { address: localhost } }\n" GOOD_CSE,
		       "F:1: listen.http.address: \"localhost\" is no numeric "
		       "address such as 127.0.0.1, 0.0.0.0 or ::1\n");
	expect_mistake("listen: { http: { address: 127.1 } }\n" GOOD_CSE,
		       "F:1: listen.http.address: \"127.1\" is no numeric "
		       "address such as 127.0.0.1, 0.0.0.0 or ::1\n");
}

static void expect_url_mistake(const char *url, const char *reason)
{
	char yaml[512];
	char said[512];

	(void)snprintf(yaml, sizeof(yaml),
		       "listen: { http: {} }\n"
		       "cses: [ { id: /a, url: '%s' } ]\n",
		       url);
	(void)snprintf(said, sizeof(said), "F:2: cses[0].url: \"%s\" %s\n", url,
		       reason);
	expect_mistake(yaml, said);
}

static void urls_are_checked(void **state)
{
	expect_url_mistake("127.0.0.1:8180",
			   "is no URL such as ws://127.0.0.1:8180");
	expect_url_mistake("ftp://a",
			   "has a scheme that nothing here speaks: "
			   "http, https, ws, wss, coap, mqtt or mqtts");
	expect_url_mistake("ws://", "has no host");
	expect_url_mistake("ws://:80", "has no host");
	expect_url_mistake("ws://a:0", "has a port that is none: 1 to 65535");
	expect_url_mistake("ws://a:99999",
			   "has a port that is none: 1 to 65535");
	expect_url_mistake("ws://a:b", "has a port that is none: 1 to 65535");
	expect_url_mistake("ws://::1:80",
			   "has an IPv6 address without brackets");
	expect_url_mistake("ws://a b", "holds a blank or a character that no "
				       "URL holds");
	expect_url_mistake("ws://a/b#c", "holds a fragment (#)");
	expect_url_mistake("ws://a/%4", "holds a % without two hexadecimal "
					"digits behind it");
	expect_url_mistake("sandbox:", "is no URL such as ws://127.0.0.1:8180");
}

/* What the binding would find out when it is too late. */
static void urls_are_judged_by_what_uses_them(void **state)
{
	expect_url_mistake("ws://h?a=b", "has a query but no path: put a / "
					 "before the ?");
	expect_url_mistake("mqtt://h/pre/+/x",
			   "has a path that is no prefix of topics");
	expect_url_mistake("mqtts://h/$SYS",
			   "has a path that is no prefix of topics");
	expect_mistake("listen: { ws: { advertise: 'ws://h?a' } }\n" GOOD_CSE,
		       "F:1: listen.ws.advertise: \"ws://h?a\" has a query "
		       "but no path: put a / before the ?\n");
	expect_mistake("brokers: [ { url: 'mqtt://h/#' } ]\n" GOOD_CSE,
		       "F:1: brokers[0].url: \"mqtt://h/#\" holds a fragment "
		       "(#)\n");
}

static void a_wrong_url_is_one_mistake(void **state)
{
	expect_mistake("brokers: [ { url: 'mqtt://h/+' } ]\n"
		       "cses: [ { id: /a, url: 'mqtt://h' } ]\n",
		       "F:1: brokers[0].url: \"mqtt://h/+\" has a path that is "
		       "no prefix of topics\n");
	expect_mistake("brokers: [ { url: 'mqtt://h' } ]\n"
		       "cses: [ { id: /a, url: 'mqtt://h:x' } ]\n",
		       "F:2: cses[0].url: \"mqtt://h:x\" has a port that is "
		       "none: 1 to 65535\n");
	expect_mistake("brokers: [ { serves: [ ] } ]\n" GOOD_CSE,
		       "F:1: brokers[0].url: is missing\n");
}

static void no_mistake_shows_what_logs_in(void **state)
{
	expect_mistake("brokers: [ { url: 'mqtt://me:secret@h' } ]\n" GOOD_CSE,
		       "F:1: brokers[0].url: \"mqtt://***@h\" holds a user "
		       "name: use user and password instead\n");
	expect_mistake("brokers: [ { url: 'mqtt://me:sec ret@h' } ]\n" GOOD_CSE,
		       "F:1: brokers[0].url: \"mqtt://***@h\" holds a blank or "
		       "a character that no URL holds\n");
	expect_mistake(
		"listen: { http: { } }\n"
		"cses: [ { id: /a, url: 'ws://me:secret@h' } ]\n",
		"F:2: cses[0].url: \"ws://***@h\" holds a user name: use "
		"authorization instead\n");
	expect_mistake(GOOD "    profile: http://me:secret@h\n",
		       "F:5: cses[0].profile: \"http://***@h\" is none of "
		       "standard, acme, mobius, tinyiot\n");
	expect_among("brokers: [ 'password:secret' ]\n" GOOD_CSE,
		     "F:1: brokers[0]: \"password...\" stands where keys are "
		     "wanted: ");
	expect_mistake(GOOD "deliver:\n  allow: http://me:secret@h\n",
		       "F:6: deliver.allow: \"http...\" stands where a list is "
		       "wanted: [ http://***@h ]\n");
}

/* RFC 3986 3.1 */
static void schemes_have_no_case(void **state)
{
	struct config_outcome o;
	const struct gw_conf *conf = expect_good(
		&o, "listen: { http: { advertise: 'HTTP://a' } }\n"
		    "cses: [ { id: /a, url: 'WS://a' } ]\n");

	assert_string_equal(conf->cses[0].url, "WS://a");
	gw_config_free(o.config);
}

static void advertised_urls_fit_their_listener(void **state)
{
	expect_mistake("listen: { http: { advertise: 'ws://a' } }\n" GOOD_CSE,
		       "F:1: listen.http.advertise: \"ws://a\" has a scheme "
		       "that nothing here speaks: http or https\n");
	expect_mistake("listen: { ws: { advertise: 'http://a' } }\n" GOOD_CSE,
		       "F:1: listen.ws.advertise: \"http://a\" has a scheme "
		       "that nothing here speaks: ws or wss\n");
}

static void words_are_told_with_what_is_allowed(void **state)
{
	expect_mistake(GOOD "    profile: acmee\n",
		       "F:5: cses[0].profile: \"acmee\" is none of standard, "
		       "acme, mobius, tinyiot\n");
	expect_mistake(GOOD "    profile: sandbox\n",
		       "F:5: cses[0].profile: \"sandbox\" is none of standard, "
		       "acme, mobius, tinyiot\n");
	expect_mistake(GOOD "    link: both\n",
		       "F:5: cses[0].link: \"both\" is none of shared, "
		       "per-originator\n");
	expect_mistake(GOOD "    own-id-link: on\n",
		       "F:5: cses[0].own-id-link: \"on\" is none of auto, "
		       "off\n");
	expect_mistake(GOOD "    register: yes\n",
		       "F:5: cses[0].register: \"yes\" is none of true, "
		       "false\n");
	expect_mistake(GOOD "log: { level: loud, format: xml }\n",
		       "F:5: log.level: \"loud\" is none of error, warn, info, "
		       "debug\n"
		       "F:5: log.format: \"xml\" is none of text, json\n");
}

static void lists_are_checked_entry_by_entry(void **state)
{
	expect_mistake(GOOD "deliver:\n  allow:\n    - 10.0.0.0/8\n"
			    "    - 10.0.0.0/33\n",
		       "F:8: deliver.allow[1]: \"10.0.0.0/33\" is no network "
		       "such as 10.0.0.0/8 or fd00::/8\n");
	expect_mistake("listen:\n  coap:\n    trust: [ a.lan ]\n" GOOD_CSE,
		       "F:3: listen.coap.trust[0]: \"a.lan\" is no network "
		       "such as 10.0.0.0/8 or fd00::/8\n");
	expect_mistake(
		"cses:\n  - { id: /a, url: 'ws://a', from: [ b.lan ] }\n",
		"F:2: cses[0].from[0]: \"b.lan\" is no network such as "
		"10.0.0.0/8 or fd00::/8\n");
	expect_mistake("listen:\n  http:\n    allow-origins:\n"
		       "      - https://a/\n" GOOD_CSE,
		       "F:4: listen.http.allow-origins[0]: \"https://a/\" is "
		       "no origin such as https://app.example, and not "
		       "\"*\"\n");
	expect_mistake("listen:\n  ws:\n    hosts:\n"
		       "      - http://a\n" GOOD_CSE,
		       "F:4: listen.ws.hosts[0]: \"http://a\" is no host such "
		       "as gw.example:8080\n");
	/* Browsers write it in lower case. */
	expect_mistake("listen:\n  http:\n    allow-origins:\n"
		       "      - HTTPS://a\n" GOOD_CSE,
		       "F:4: listen.http.allow-origins[0]: \"HTTPS://a\" is "
		       "no origin such as https://app.example, and not "
		       "\"*\"\n");
}

static void a_header_stays_one_line(void **state)
{
	expect_mistake(GOOD "    authorization: \"Bearer \xc3\xa4\"\n",
		       "F:5: cses[0].authorization: holds what no header may "
		       "hold\n");
	expect_mistake(GOOD "    authorization: \"a\\r\\nX: y\"\n",
		       "F:5: cses[0].authorization: holds a control "
		       "character\n");
	expect_mistake(GOOD "    authorization: ''\n",
		       "F:5: cses[0].authorization: has no value\n");
}

static void expect_bad_header(const char *header, const char *reason)
{
	char yaml[512];
	char mistake[256];

	(void)snprintf(yaml, sizeof(yaml), GOOD "    headers: [ %s ]\n",
		       header);
	(void)snprintf(mistake, sizeof(mistake),
		       "F:5: cses[0].headers[0]: %s\n", reason);
	expect_mistake(yaml, mistake);
}

static void a_header_has_a_name_and_a_value(void **state)
{
	static const char *const none[] = { "X-API-Key", "'X-API-Key: '",
					    "'X Key: a'", "': a'" };
	static const char *const own[] = { "'Host: a'", "'authorization: a'",
					   "'Content-Language: a'",
					   "'X-M2M-Origin: CAdmin'",
					   "'sec-websocket-key: a'" };

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		expect_bad_header(none[i],
				  "is no header such as \"X-API-Key: abc\"");
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		expect_bad_header(own[i],
				  "is a header that the gateway writes itself");
	}
	expect_bad_header("\"X-A: \xc3\xa4\"", "holds what no header may hold");
}

static void what_must_be_given_is_missed(void **state)
{
	expect_mistake("listen: { http: {} }\n"
		       "cses:\n  - { id: /a, url: 'ws://a', default: true }\n"
		       "  -\n    name: b\n",
		       "F:5: cses[1].id: is missing\n"
		       "F:5: cses[1].url: is missing\n");
	expect_mistake("listen: { http: {} }\n"
		       "providers:\n  - { id: /a, url: 'ws://a' }\n",
		       "F:3: providers[0].sp-id: is missing: it names the "
		       "provider\n");
}

static void what_does_not_go_together_is_told(void **state)
{
	expect_mistake(
		"listen: { http: {} }\ncses:\n"
		"  - { id: /a, url: 'ws://a', default: true }\n"
		"  - { id: /b, url: 'ws://b', default: true }\n",
		"F:4: cses[1].default: cses[0] is the default already\n");
	expect_mistake("listen: { http: {} }\ncses:\n"
		       "  - { id: /a, url: 'ws://a', default: true }\n"
		       "  - { id: /a, url: 'ws://b' }\n",
		       "F:4: cses[1].id: /a is the id of cses[0] too\n");
	expect_mistake("node: { cse-id: /a }\nlisten: { http: {} }\ncses:\n"
		       "  - { id: /a, url: 'ws://a' }\n",
		       "F:4: cses[0].id: /a is the gateway itself "
		       "(node.cse-id)\n");
	expect_mistake(GOOD "    sp-id: //b\n",
		       "F:5: cses[0].sp-id: a CSE of another provider stands "
		       "under providers\n");
	expect_mistake("node: { sp-id: //b }\n" GOOD
		       "providers: [ { sp-id: //b, id: /a, url: 'ws://a' } ]\n",
		       "F:6: providers[0].sp-id: //b is our own provider "
		       "(node.sp-id): its CSEs stand under cses\n");
}

static void one_of_many_is_the_default(void **state)
{
	expect_mistake("listen: { http: {} }\ncses:\n"
		       "  - { id: /a, url: 'ws://a' }\n"
		       "  - { id: /b, url: 'ws://b' }\n",
		       "F:2: cses: none is the default one: give one of them "
		       "\"default: true\"\n");
	expect_mistake("listen: { http: {} }\nproviders:\n"
		       "  - { sp-id: //b, id: /a, url: 'ws://a' }\n"
		       "  - { sp-id: //c, id: /a, url: 'ws://c' }\n",
		       "F:2: providers: none is the default one: give one of "
		       "them \"default: true\"\n");
}

static void two_listeners_need_two_ports(void **state)
{
	struct config_outcome o;

	expect_mistake("listen:\n  http: { port: 8080 }\n"
		       "  ws: { port: 8080 }\n" GOOD_CSE,
		       "F:3: listen.ws.port: 8080 is the port of listen.http "
		       "too\n");
	expect_mistake("listen:\n  http: { port: 80, address: 0.0.0.0 }\n"
		       "  ws: { port: 80, address: 127.0.0.1 }\n" GOOD_CSE,
		       "F:3: listen.ws.port: 80 is the port of listen.http "
		       "too\n");
	expect_good(&o, "listen:\n  http: { port: 0 }\n"
			"  ws: { port: 0 }\n" GOOD_CSE);
	gw_config_free(o.config);
	expect_good(&o, "listen:\n  http: { port: 80, address: 127.0.0.1 }\n"
			"  ws: { port: 80, address: 127.0.0.2 }\n"
			"  coap: { port: 80 }\n" GOOD_CSE);
	gw_config_free(o.config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_out_of_range_are_mistakes),
		cmocka_unit_test(durations_carry_units_and_have_bounds),
		cmocka_unit_test(a_share_is_one_in_so_many),
		cmocka_unit_test(sizes_carry_units_and_have_bounds),
		cmocka_unit_test(identifiers_are_checked),
		cmocka_unit_test(addresses_are_numeric),
		cmocka_unit_test(urls_are_checked),
		cmocka_unit_test(urls_are_judged_by_what_uses_them),
		cmocka_unit_test(a_wrong_url_is_one_mistake),
		cmocka_unit_test(no_mistake_shows_what_logs_in),
		cmocka_unit_test(schemes_have_no_case),
		cmocka_unit_test(advertised_urls_fit_their_listener),
		cmocka_unit_test(words_are_told_with_what_is_allowed),
		cmocka_unit_test(lists_are_checked_entry_by_entry),
		cmocka_unit_test(a_header_stays_one_line),
		cmocka_unit_test(a_header_has_a_name_and_a_value),
		cmocka_unit_test(what_must_be_given_is_missed),
		cmocka_unit_test(what_does_not_go_together_is_told),
		cmocka_unit_test(one_of_many_is_the_default),
		cmocka_unit_test(two_listeners_need_two_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
