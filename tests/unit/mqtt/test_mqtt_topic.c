/* Topics of oneM2M and the identifiers in them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_topic.h"
#include "core/address.h"
#include "core/lib/buf.h"

static const struct gw_home home = { .cse = { "/id-in", 6 },
				     .sp = { "//sp.org", 8 } };

static void a_topic_is_taken_apart_and_written_again(void **state)
{
	static const char *const topics[] = {
		"/oneM2M/req/C1/id-in/json",
		"/oneM2M/resp/id-in/id-in:C1/cbor",
		"/oneM2M/reg_req/33-abc/id-in/json",
		"/oneM2M/reg_resp/33-abc/id-in",
		"/oneM2M/req/:a.org:in-a/:b.org:in-b/json",
	};
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 1024);
	for (size_t i = 0; i < sizeof(topics) / sizeof(*topics); i++) {
		struct mqtt_topic t;

		assert_true(mqtt_topic_parse(&t, GW_STR(""),
					     gw_str_from(topics[i])));
		gw_buf_clear(&buf);
		mqtt_topic_print(&buf, GW_STR(""), &t);
		assert_true(gw_str_is(gw_buf_str(&buf), topics[i]));
	}
}

static void the_levels_are_known_by_their_place(void **state)
{
	struct mqtt_topic t;

	assert_true(mqtt_topic_parse(&t, GW_STR("a/b"),
				     GW_STR("a/b/oneM2M/req/C1/id-in/json")));
	assert_int_equal(t.kind, MQTT_REQ);
	assert_true(gw_str_is(t.originator, "C1"));
	assert_true(gw_str_is(t.receiver, "id-in"));
	assert_true(gw_str_is(t.type, "json"));
	assert_true(mqtt_topic_parse(&t, GW_STR(""),
				     GW_STR("/oneM2M/req/C1/id-in")));
	assert_false(gw_str_is_present(t.type));
}

static void other_topics_are_none(void **state)
{
	static const char *const topics[] = {
		"",
		"/",
		"oneM2M/req/C1/id-in/json",
		"//oneM2M/req/C1/id-in/json",
		"/onem2m/req/C1/id-in/json",
		"/oneM2M/request/C1/id-in/json",
		"/oneM2M/req/C1",
		"/oneM2M/req/C1/",
		"/oneM2M/req//id-in/json",
		"/oneM2M/req/C1/id-in/",
		"/oneM2M/req/C1/id-in/json/x",
		"/oneM2M/req/C 1/id-in/json",
		"/oneM2M/req/+/id-in/json",
		"/oneM2M/req/C\xc3\xa4/id-in/json",
		"x/oneM2M/req/C1/id-in/json",
	};
	struct mqtt_topic t;

	for (size_t i = 0; i < sizeof(topics) / sizeof(*topics); i++) {
		assert_false(mqtt_topic_parse(&t, GW_STR(""),
					      gw_str_from(topics[i])));
	}
	assert_false(mqtt_topic_parse(&t, GW_STR("a"),
				      GW_STR("/oneM2M/req/C1/id-in/json")));
}

static void an_id_is_bounded(void **state)
{
	char text[MQTT_LEVEL_MAX + 64];
	struct mqtt_topic t;
	int len = snprintf(text, sizeof(text), "/oneM2M/req/%0*d/id-in/json",
			   MQTT_LEVEL_MAX, 1);

	assert_true(mqtt_topic_parse(&t, GW_STR(""),
				     (struct gw_str){ text, (size_t)len }));
	len = snprintf(text, sizeof(text), "/oneM2M/req/%0*d/id-in/json",
		       MQTT_LEVEL_MAX + 1, 1);
	assert_false(mqtt_topic_parse(&t, GW_STR(""),
				      (struct gw_str){ text, (size_t)len }));
}

static void only_plain_topics_may_be_published_to(void **state)
{
	assert_true(mqtt_topic_is_plain(GW_STR("a/b c")));
	assert_true(mqtt_topic_is_plain(GW_STR("/\xc3\xa4/\xe2\x82\xac")));
	assert_false(mqtt_topic_is_plain(GW_STR("")));
	assert_false(mqtt_topic_is_plain(GW_STR("a/+")));
	assert_false(mqtt_topic_is_plain(GW_STR("a/#")));
	assert_false(mqtt_topic_is_plain(GW_STR("$SYS/x")));
	assert_false(mqtt_topic_is_plain(GW_STR("a\0b")));
	assert_false(mqtt_topic_is_plain(GW_STR("a\nb")));
	assert_false(mqtt_topic_is_plain(GW_STR("\xff")));
	assert_false(mqtt_topic_is_plain(GW_STR("\xc3")));
	assert_false(mqtt_topic_is_plain(GW_STR("\xc0\x80")));
	assert_false(mqtt_topic_is_plain(GW_STR("\xed\xa0\x80")));
	assert_false(mqtt_topic_is_plain(GW_STR("\xf4\x90\x80\x80")));
}

static void expect_level(const char *id, const char *level)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 2048);
	assert_true(mqtt_level_print_at(&buf, gw_str_from(id), &home) ==
		    (level != NULL));
	assert_true(gw_str_is(gw_buf_str(&buf), level ? level : ""));
}

static void ids_of_each_scope_have_a_level(void **state)
{
	expect_level("/id-in", "id-in");
	expect_level("C1", "id-in:C1");
	expect_level("S77", "S77");
	expect_level("/id-mn/C1", "id-mn:C1");
	expect_level("//sp.org/in-cse", ":sp.org:in-cse");
	expect_level("C+", NULL);
	expect_level("C#", NULL);
	expect_level("C:1", NULL);
	expect_level("", NULL);
}

static bool is(const char *level, const char *id)
{
	return mqtt_level_is(gw_str_from(level), gw_str_from(id), &home);
}

static void all_forms_of_an_id_are_the_same(void **state)
{
	assert_true(is("C1", "C1"));
	assert_true(is("C1", "/id-in/C1"));
	assert_true(is("id-in:C1", "C1"));
	assert_true(is("id-in:C1", "//sp.org/id-in/C1"));
	assert_true(is(":sp.org:id-in:C1", "C1"));
	assert_true(is("id-mn", "/id-mn"));
	assert_true(is("S77", "/S77"));
	assert_true(is("id-in", "/id-in"));
	assert_false(is("C1", "C11"));
	assert_false(is("C1", "/id-mn/C1"));
	assert_false(is("id-mn:C1", "C1"));
	assert_false(is("id-in2:C1", "C1"));
	assert_false(is(":other.org:id-in:C1", "C1"));
}

static bool speaks(const char *level, const char *from)
{
	return mqtt_level_speaks_for(gw_str_from(level), gw_str_from(from),
				     &home);
}

static void a_cse_speaks_for_its_aes_and_an_ae_for_itself(void **state)
{
	assert_true(speaks("C1", "/id-in/C1"));
	assert_true(speaks("id-mn", "/id-mn/C5"));
	assert_true(speaks("id-mn", "//sp.org/id-mn/C5"));
	assert_true(speaks(":b.org:in-b", "//b.org/id-mn/C5"));
	assert_true(speaks(":b.org:in-b", "//b.org/in-b"));
	assert_false(speaks("id-mn", "/id-mn2/C5"));
	assert_false(speaks("id-mn", "C5"));
	assert_false(speaks("C1", "C2"));
	assert_false(speaks(":b.org:in-b", "//c.org/in-b"));
	assert_false(speaks(":b.org:in-b", "/in-b"));
	assert_false(speaks(":b.org:in-b:C1", "//b.org/in-b/C2"));
	assert_true(speaks(":b.org:in-b:C1", "//b.org/in-b/C1"));
	assert_false(speaks("C1", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_topic_is_taken_apart_and_written_again),
		cmocka_unit_test(the_levels_are_known_by_their_place),
		cmocka_unit_test(other_topics_are_none),
		cmocka_unit_test(an_id_is_bounded),
		cmocka_unit_test(only_plain_topics_may_be_published_to),
		cmocka_unit_test(ids_of_each_scope_have_a_level),
		cmocka_unit_test(all_forms_of_an_id_are_the_same),
		cmocka_unit_test(a_cse_speaks_for_its_aes_and_an_ae_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
