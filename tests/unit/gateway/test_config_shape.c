/*
 * Config: files that do not look as they should.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/config.h"
#include "tests/unit/gateway/config_rig.h"

static void an_unknown_key_is_told_with_the_known_ones(void **state)
{
	expect_mistake(GOOD "log: { size: 3 }\n",
		       "F:5: log.size: there is no such key; there are level, "
		       "format, requests\n");
	expect_mistake("listen:\n  http:\n    prot: 80\n" GOOD_CSE,
		       "F:3: listen.http.prot: there is no such key; is it "
		       "\"port\"?\n");
	expect_mistake(GOOD "logs: { level: info }\n",
		       "F:5: logs: there is no such key; is it \"log\"?\n");
}

static void all_mistakes_are_told_at_once_in_order(void **state)
{
	expect_mistake("node: { cse-id: gw }\n"
		       "listen:\n"
		       "  http:\n"
		       "    port: 65536\n"
		       "    portt: 1\n"
		       "  tcp: {}\n" GOOD_CSE "    ping: 5\n",
		       "F:1: node.cse-id: \"gw\" is no CSE-ID such as /id-in\n"
		       "F:4: listen.http.port: \"65536\" is no port: 0 to "
		       "65535\n"
		       "F:5: listen.http.portt: there is no such key; is it "
		       "\"port\"?\n"
		       "F:6: listen.tcp: there is no such key; there are http, "
		       "ws, coap\n"
		       "F:10: cses[0].ping: \"5\" is no duration such as "
		       "500ms, 30s, 2m or 1h\n");
}

static void a_key_that_stands_twice_is_a_mistake(void **state)
{
	expect_mistake(GOOD "log:\n  level: info\n  level: debug\n",
		       "F:7: log.level: stands twice, first on line 6\n");
}

static void a_value_of_the_wrong_shape_is_a_mistake(void **state)
{
	expect_mistake(GOOD "log: debug\n",
		       "F:5: log: \"debug\" stands where keys are wanted: "
		       "level, format, requests\n");
	expect_mistake(GOOD "log: [ debug ]\n",
		       "F:5: log: a list stands where keys are wanted: level, "
		       "format, requests\n");
	expect_mistake(GOOD "log:\n  level:\n    debug: true\n",
		       "F:6: log.level: keys stand where one value is "
		       "wanted\n");
	expect_mistake(GOOD "log:\n  level: [ info ]\n",
		       "F:6: log.level: a list stands where one value is "
		       "wanted\n");
	expect_mistake(GOOD "deliver:\n  allow: 10.0.0.0/8\n",
		       "F:6: deliver.allow: \"10.0.0.0/8\" stands where a list "
		       "is wanted: [ 10.0.0.0/8 ]\n");
	expect_mistake("listen: { http: {} }\n"
		       "cses:\n  id: /id-in\n  url: ws://a\n",
		       "F:2: cses: keys stand where a list is wanted: put "
		       "\"- \" before the first key of each entry\n");
	expect_mistake(GOOD "log:\n  level:\n",
		       "F:6: log.level: has no value\n");
}

static void what_is_no_yaml_is_told_with_its_line(void **state)
{
	expect_among(GOOD "log: { level: info\n", "F:6: ");
	expect_among("listen:\n\thttp: {}\n",
		     "F:2: a tab: YAML is indented by blanks only\n");
	expect_among("node: \"\xff\xfe\"\n", "F:1: ");
	expect_mistake("- a\n", "F:1: a list stands where keys are wanted: "
				"node, listen, brokers, cses, providers, "
				"limits, timeouts, deliver, registry, log\n");
	expect_mistake(GOOD "---\n" GOOD,
		       "F:5: a second document begins: there may be one\n");
}

static void aliases_are_refused(void **state)
{
	expect_mistake("node: &a { name: x }\n"
		       "log: *a\n" GOOD,
		       "F:2: log: an alias (*a): write out what it stands "
		       "for\n");
}

static void deep_nesting_is_refused(void **state)
{
	char yaml[20000];

	memset(yaml, '[', sizeof(yaml));
	yaml[sizeof(yaml) - 1] = '\0';
	expect_among(yaml, "F:1: ");
}

static void a_control_character_is_a_mistake(void **state)
{
	expect_mistake(GOOD "registry: { file: \"a\\0b\" }\n",
		       "F:5: registry.file: holds a control character\n");
	expect_mistake(GOOD "registry: { \"a\\nb\": c }\n",
		       "F:5: registry.a?b: there is no such key; there is "
		       "file\n");
}

static void hostile_files_do_no_harm(void **state)
{
	static const char *const yaml[] = {
		"?",
		"? {a: b}\n: c\n",
		"? [listen]\n: c\n",
		"{",
		"}",
		"!!binary x",
		"!<x> { log: !y {} }",
		"<<: { a: b }",
		"cses: [ {}, [], x, , ]",
		"cses: [ [ [ [] ] ] ]",
		"cses: { }",
		"listen: [ { http: {} } ]",
		"a: &a [*a]",
		"%YAML 9.9\n---\na: b",
		"%TAG ! x\n",
		"\"\\u0000\": x",
		"\xef\xbb\xbfx: y",
		"\xff\xfe",
		"a: |\n  b\n  c",
		"a: \"\\x\"",
	};
	struct config_outcome o;

	for (size_t i = 0; i < sizeof(yaml) / sizeof(*yaml); i++) {
		load_config(&o, yaml[i], strlen(yaml[i]));
		assert_true(o.error == 0 || o.error == -EINVAL);
		assert_int_equal(strncmp(o.said, "F:", 2) == 0, o.error != 0);
		o.config = gw_config_free(o.config);
	}
}

static void many_mistakes_are_not_told_without_end(void **state)
{
	struct config_outcome o;
	char yaml[20000] = GOOD;
	size_t n_lines = 0;

	for (int i = 0; i < 1000; i++) {
		size_t len = strlen(yaml);

		(void)snprintf(yaml + len, sizeof(yaml) - len, "key%d: x\n", i);
	}
	load_config(&o, yaml, strlen(yaml));
	assert_int_equal(o.error, -EINVAL);
	for (const char *c = o.said; *c; c++) {
		n_lines += *c == '\n';
	}
	assert_int_equal(n_lines, 51);
	assert_non_null(strstr(o.said, "F: and 950 more mistakes\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unknown_key_is_told_with_the_known_ones),
		cmocka_unit_test(all_mistakes_are_told_at_once_in_order),
		cmocka_unit_test(a_key_that_stands_twice_is_a_mistake),
		cmocka_unit_test(a_value_of_the_wrong_shape_is_a_mistake),
		cmocka_unit_test(what_is_no_yaml_is_told_with_its_line),
		cmocka_unit_test(aliases_are_refused),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(a_control_character_is_a_mistake),
		cmocka_unit_test(hostile_files_do_no_harm),
		cmocka_unit_test(many_mistakes_are_not_told_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
