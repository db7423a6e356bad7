/* Names of subprotocols, URLs, and the table of names that peers choose. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/ws/ws_map.h"
#include "bindings/ws/ws_names.h"
#include "bindings/ws/ws_url.h"

static void expect_media(const char *name, enum gw_media media)
{
	assert_int_equal(ws_map_media(gw_str_from(name)), media);
}

static void every_spelling_is_known(void **state)
{
	expect_media("oneM2M.json", GW_MEDIA_JSON);
	expect_media("oneM2M.R2.0.json", GW_MEDIA_JSON);
	expect_media("onem2m.json", GW_MEDIA_JSON);
	expect_media("onem2m.r2.0.json", GW_MEDIA_JSON);
	expect_media("oneM2M.cbor", GW_MEDIA_CBOR);
	expect_media("oneM2M.R2.0.cbor", GW_MEDIA_CBOR);
	expect_media("onem2m.cbor", GW_MEDIA_CBOR);
	expect_media("onem2m.r2.0.cbor", GW_MEDIA_CBOR);
	expect_media("oneM2M.JSON", GW_MEDIA_NONE);
	expect_media("oneM2M.xml", GW_MEDIA_NONE);
	expect_media("", GW_MEDIA_NONE);
	assert_string_equal(ws_map_subprotocol(0), "oneM2M.json");
}

static void one_known_name_in_a_list_is_enough(void **state)
{
	assert_true(
		gw_str_is(ws_map_known(GW_STR("oneM2M.json")), "oneM2M.json"));
	assert_true(gw_str_is(ws_map_known(GW_STR("chat,  oneM2M.R2.0.json")),
			      "oneM2M.R2.0.json"));
	assert_true(gw_str_is(ws_map_known(GW_STR("onem2m.json ,chat")),
			      "onem2m.json"));
	assert_true(gw_str_is(ws_map_known(GW_STR("a/b, oneM2M.cbor")),
			      "oneM2M.cbor"));
	assert_false(
		gw_str_is_present(ws_map_known(GW_STR("chat, superchat"))));
}

static void the_first_known_name_counts(void **state)
{
	assert_true(gw_str_is(ws_map_known(GW_STR("oneM2M.cbor, oneM2M.json")),
			      "oneM2M.cbor"));
}

/* RFC 9110 5.6.1.2 */
static void empty_elements_of_a_list_are_passed_over(void **state)
{
	assert_true(gw_str_is(ws_map_known(GW_STR(",, oneM2M.json ,")),
			      "oneM2M.json"));
	assert_false(gw_str_is_present(ws_map_known(GW_STR(""))));
	assert_false(gw_str_is_present(ws_map_known(GW_STR(", ,"))));
}

static void a_list_must_be_one(void **state)
{
	static const struct gw_str none[] = {
		GW_STR("oneM2M.json, a b"),
		GW_STR("oneM2M.json, \"x\""),
		{ "oneM2M.json,\0", 13 },
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		assert_false(gw_str_is_present(ws_map_known(none[i])));
	}
}

static void a_url_comes_apart(void **state)
{
	struct ws_url url;

	assert_true(ws_url_parse(&url, GW_STR("ws://cse.example")));
	assert_true(gw_str_is(url.host, "cse.example"));
	assert_true(gw_str_is(url.path, "/"));
	assert_int_equal(url.port, 80);
	assert_false(url.is_secure);
	assert_true(ws_url_parse(&url, GW_STR("WSS://h:8443/a/b?c=d")));
	assert_true(gw_str_is(url.authority, "h:8443"));
	assert_true(gw_str_is(url.path, "/a/b?c=d"));
	assert_int_equal(url.port, 8443);
	assert_true(url.is_secure);
	assert_true(ws_url_parse(&url, GW_STR("wss://[::1]")));
	assert_true(gw_str_is(url.host, "::1"));
	assert_true(gw_str_is(url.authority, "[::1]"));
	assert_int_equal(url.port, 443);
	assert_true(ws_url_parse(&url, GW_STR("ws://[fe80::1]:81/")));
	assert_int_equal(url.port, 81);
}

static void what_is_no_url_is_refused(void **state)
{
	const char *const bad[] = {
		"",          "ws:",       "ws://",      "ws:///x",
		"http://h",  "ws://h:0",  "ws://h:",    "ws://h:65536",
		"ws://h:8x", "ws://[::1", "ws://[]",    "ws://[::1]x",
		"ws://u@h",  "ws://h /",  "ws://h/\r",  "ws://h/#f",
		"ws://h\\x", "ws://h?q",  "ws://h:1?q",
	};
	struct ws_url url;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(ws_url_parse(&url, gw_str_from(bad[i])));
	}
}

static void a_name_lives_as_long_as_it_is_used(void **state)
{
	struct ws_names names = { 0 };
	struct ws_name *a = NULL;

	assert_null(ws_names_find(&names, GW_STR("a"), 1));
	a = ws_names_use(&names, GW_STR("a"), 1);
	assert_non_null(a);
	assert_ptr_equal(ws_names_use(&names, GW_STR("a"), 1), a);
	assert_int_equal(a->n_users, 2);
	ws_names_unuse(&names, a);
	assert_ptr_equal(ws_names_find(&names, GW_STR("a"), 1), a);
	ws_names_unuse(&names, a);
	assert_null(ws_names_find(&names, GW_STR("a"), 1));
	assert_null(names.table.slots);
}

/* Names of one hash, and of few hashes, are told apart. */
static void names_that_collide_are_told_apart(void **state)
{
	enum {
		N = 500
	};
	struct ws_names names = { 0 };
	struct ws_name *all[N] = { 0 };
	char text[16];

	for (size_t i = 0; i < N; i++) {
		int len = snprintf(text, sizeof(text), "n%zu", i);

		all[i] = ws_names_use(
			&names, (struct gw_str){ text, (size_t)len }, i % 7);
		assert_non_null(all[i]);
	}
	for (size_t i = 0; i < N; i++) {
		int len = snprintf(text, sizeof(text), "n%zu", i);

		assert_ptr_equal(
			ws_names_find(&names,
				      (struct gw_str){ text, (size_t)len },
				      i % 7),
			all[i]);
		ws_names_unuse(&names, all[i]);
	}
	assert_int_equal(names.table.n_entries, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_is_known),
		cmocka_unit_test(one_known_name_in_a_list_is_enough),
		cmocka_unit_test(the_first_known_name_counts),
		cmocka_unit_test(empty_elements_of_a_list_are_passed_over),
		cmocka_unit_test(a_list_must_be_one),
		cmocka_unit_test(a_url_comes_apart),
		cmocka_unit_test(what_is_no_url_is_refused),
		cmocka_unit_test(a_name_lives_as_long_as_it_is_used),
		cmocka_unit_test(names_that_collide_are_told_apart),
	};

	return cmocka_run_group_tests_name("ws_map", tests, NULL, NULL);
}
