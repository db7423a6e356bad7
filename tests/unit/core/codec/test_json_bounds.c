#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "core/lib/buf.h"
#include "tests/unit/core/codec/json_claims.h"

static void a_name_that_stands_twice_is_refused(void **state)
{
	json_refused("{\"fr\":1,\"fr\":2}", "a member name stands twice", 8);
	json_refused("{\"\":1,\"\":2}", "a member name stands twice", 6);
	json_refused("[{\"a\":{\"b\":1,\"c\":2,\"b\":3}}]",
		     "a member name stands twice", 19);
	json_refused("{\"0123456789abcdef\":1,\"0123456789abcdef\":2}",
		     "a member name stands twice", 22);
}

static void a_name_that_stands_twice_by_an_escape_is_refused(void **state)
{
	json_refused("{\"fr\":1,\"\\u0066r\":2}", "a member name stands twice",
		     8);
	json_refused("{\"\\u0066r\":1,\"fr\":2}", "a member name stands twice",
		     13);
	json_refused("{\"\\u0066r\":1,\"\\u0066\\u0072\":2}",
		     "a member name stands twice", 13);
	json_refused("{\"/\":1,\"\\/\":2}", "a member name stands twice", 7);
	json_refused("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}",
		     "a member name stands twice", 10);
	json_refused(
		"{\"01234567\xc3\xa9\":1,\"\\u0030123456\\u0037\\u00e9\":2}",
		"a member name stands twice", 16);
	json_passes("{\"fr\":1,\"\\u0066R\":2,\"f\":3,\"r\":4}");
}

static void equal_names_in_different_objects_pass(void **state)
{
	json_passes("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}");
	json_passes("{\"a\":1,\"A\":2,\"aa\":3,\"a \":4}");
}

static void an_empty_name_passes(void **state)
{
	json_passes("{\"\":1}");
}

static void values_nest_32_deep_and_no_deeper(void **state)
{
	static const char opens[] = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";
	static const char closes[] = "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]";
	char text[128];

	(void)snprintf(text, sizeof(text), "%.32s0%.32s", opens, closes);
	json_passes_text(gw_str_from(text));
	(void)snprintf(text, sizeof(text), "%.33s0%.33s", opens, closes);
	json_refused(text, "values are nested too deeply", 32);
}

static void objects_nest_32_deep_and_no_deeper(void **state)
{
	char text[512] = { 0 };

	for (size_t i = 0; i < 32; i++) {
		memcpy(text + 5 * i, "{\"a\":", 5);
	}
	(void)snprintf(text + 160, sizeof(text) - 160,
		       "0}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}");
	json_passes_text(gw_str_from(text));
	memcpy(text + 160, "[]", 2);
	json_refused(text, "values are nested too deeply", 160);
}

static void a_million_brackets_cost_no_stack(void **state)
{
	char *text = test_malloc(1000000);

	memset(text, '[', 1000000);
	json_refused_text((struct gw_str){ .at = text, .len = 1000000 },
			  "values are nested too deeply", 32);
	test_free(text);
}

/* An object with members "0":0 and so on. */
static struct gw_str object_of(struct gw_buf *buf, unsigned n)
{
	gw_buf_init(buf, 0, (size_t)32 << 20);
	for (unsigned i = 0; i < n; i++) {
		gw_buf_print(buf, "%c\"%u\":%u", i == 0 ? '{' : ',', i, i);
	}
	gw_buf_add_char(buf, '}');
	return gw_buf_str(buf);
}

static void an_object_has_1024_members_and_no_more(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf full;
	gw_cleanup(gw_buf_deinit) struct gw_buf over;
	struct gw_json_error error;

	json_passes_text(object_of(&full, 1024));
	assert_false(json_scans(object_of(&over, 1025), &error));
	assert_string_equal(error.reason, "an object has too many members");
	assert_int_equal(error.at, gw_buf_str(&full).len);
}

static void a_million_names_are_refused(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	struct gw_json_error error;

	assert_false(json_scans(object_of(&buf, 1000000), &error));
	assert_string_equal(error.reason, "an object has too many members");
}

static void an_array_has_any_number_of_elements(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, (size_t)1 << 20);
	gw_buf_lit(&buf, "[0");
	for (unsigned i = 0; i < 100000; i++) {
		gw_buf_lit(&buf, ",1");
	}
	gw_buf_lit(&buf, "]");
	json_passes_text(gw_buf_str(&buf));
}

static void full_objects_may_nest(void **state)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, (size_t)8 << 20);
	for (unsigned depth = 0; depth < 32; depth++) {
		for (unsigned i = 0; i < 1023; i++) {
			gw_buf_print(&buf, "%c\"%u\":%u", i == 0 ? '{' : ',', i,
				     i);
		}
		gw_buf_lit(&buf, ",\"in\":");
	}
	gw_buf_lit(&buf, "0}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}");
	json_passes_text(gw_buf_str(&buf));
}

/* n members, of which the one at `again` has the name of the one at `first`. */
static size_t print_twice(char *text, unsigned n, unsigned first,
			  unsigned again)
{
	size_t at = 0;
	size_t len = 0;

	for (unsigned i = 0; i < n; i++) {
		at = i == again ? len + 1 : at;
		len += (size_t)sprintf(text + len, "%c\"%03u\":1",
				       i == 0 ? '{' : ',',
				       i == again ? first : i);
	}
	(void)sprintf(text + len, "}");
	return at;
}

static void refuses_twice_at_every_place(unsigned n)
{
	char text[512];

	for (unsigned first = 0; first < n - 1; first++) {
		for (unsigned i = first + 1; i < n; i++) {
			size_t at = print_twice(text, n, first, i);

			json_refused(text, "a member name stands twice", at);
		}
	}
}

static void two_equal_names_are_found_wherever_they_stand(void **state)
{
	for (unsigned n = 2; n <= 40; n++) {
		refuses_twice_at_every_place(n);
	}
}

static void long_names_that_differ_at_one_place_pass(void **state)
{
	for (size_t len = 1; len <= 40; len++) {
		for (size_t at = 0; at < len; at++) {
			char text[128];
			char name[48] = { 0 };
			char other[48] = { 0 };

			memset(name, 'x', len);
			memset(other, 'x', len);
			other[at] = 'y';
			(void)snprintf(text, sizeof(text),
				       "{\"%s\":1,\"%s\":2}", name, other);
			json_passes_text(gw_str_from(text));
			(void)snprintf(text, sizeof(text),
				       "{\"%s\":1,\"%sx\":2}", name, name);
			json_passes_text(gw_str_from(text));
		}
	}
}

static void more_members_than_asked_for_are_refused(void **state)
{
	struct gw_json_member members[2];
	struct gw_json_error error;
	size_t n = 7;

	assert_false(gw_json_scan(GW_STR("{\"a\":1,\"b\":{\"x\":1,\"y\":2},"
					 "\"c\":3}"),
				  members, 2, &n, &error));
	assert_string_equal(error.reason, "the object has too many members");
	assert_int_equal(n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_that_stands_twice_is_refused),
		cmocka_unit_test(
			a_name_that_stands_twice_by_an_escape_is_refused),
		cmocka_unit_test(equal_names_in_different_objects_pass),
		cmocka_unit_test(an_empty_name_passes),
		cmocka_unit_test(values_nest_32_deep_and_no_deeper),
		cmocka_unit_test(objects_nest_32_deep_and_no_deeper),
		cmocka_unit_test(a_million_brackets_cost_no_stack),
		cmocka_unit_test(an_object_has_1024_members_and_no_more),
		cmocka_unit_test(a_million_names_are_refused),
		cmocka_unit_test(an_array_has_any_number_of_elements),
		cmocka_unit_test(full_objects_may_nest),
		cmocka_unit_test(two_equal_names_are_found_wherever_they_stand),
		cmocka_unit_test(long_names_that_differ_at_one_place_pass),
		cmocka_unit_test(more_members_than_asked_for_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
