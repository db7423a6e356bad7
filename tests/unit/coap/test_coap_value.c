/* Values of options, and their JSON form. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/coap/coap_value.h"
#include "core/lib/arena.h"

/* A literal that may hold NUL. */
#define BYTES(text) ((struct gw_str){ (text), sizeof(text) - 1 })

static struct gw_arena *arena;

static int set_up(void **state)
{
	arena = gw_arena_new(256, 4096);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	arena = gw_arena_free(arena);
	return 0;
}

static void expect(struct gw_str text, const char *wanted)
{
	if (!wanted) {
		assert_null(text.at);
		return;
	}
	if (!gw_str_is(text, wanted)) {
		print_error("wanted <%s>, got <" GW_STR_FMT ">\n", wanted,
			    GW_STR_ARG(text));
	}
	assert_non_null(text.at);
	assert_true(gw_str_is(text, wanted));
}

static void a_number_is_binary_or_three_digits_and_more(void **state)
{
	static const struct {
		struct gw_str value;
		int64_t wanted; // -1: none
	} all[] = {
		{ { "", 0 }, 0 },
		{ { "\x07", 1 }, 7 },
		{ { "\x00\x07", 2 }, 7 },
		{ { "12", 2 }, 0x3132 },
		{ { "200", 3 }, 200 },
		{ { "20:", 3 }, 0x32303a },
		{ { "2000", 4 }, 2000 },
		{ { "\xff\xff\xff\xff", 4 }, 4294967295 },
		{ { "4294967295", 10 }, 4294967295 },
		{ { "4294967296", 10 }, -1 },
		{ { "99999999999999999999", 20 }, -1 },
		{ { "\x00\x00\x00\x00\x07", 5 }, -1 },
		{ { "-2000", 5 }, -1 },
		{ { "2000 ", 5 }, -1 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		uint32_t n = 99;

		assert_int_equal(coap_value_number(&n, all[i].value),
				 all[i].wanted >= 0);
		assert_int_equal(n, all[i].wanted >= 0 ? all[i].wanted : 99);
	}
}

static void a_value_becomes_json_by_its_form(void **state)
{
	expect(coap_value_read(arena, GW_FORM_NUMBER, BYTES("\x01\x00")),
	       "256");
	expect(coap_value_read(arena, GW_FORM_NUMBER, BYTES("12345")), "12345");
	expect(coap_value_read(arena, GW_FORM_NUMBER, BYTES("12x45")), NULL);
	expect(coap_value_read(arena, GW_FORM_TEXT, BYTES("a\"b\\")),
	       "\"a\\\"b\\\\\"");
	expect(coap_value_read(arena, GW_FORM_BOOLEAN, BYTES("true")), "true");
	expect(coap_value_read(arena, GW_FORM_TEXTS, BYTES("a+b")),
	       "[\"a\",\"b\"]");
}

static void a_list_that_cannot_be_joined_has_no_text(void **state)
{
	expect(coap_value_list(arena, GW_FORM_TEXTS, GW_STR("[\"a\",\"b\"]")),
	       "a+b");
	expect(coap_value_list(arena, GW_FORM_TEXTS, GW_STR("[\"a+b\"]")),
	       NULL);
	expect(coap_value_list(arena, GW_FORM_URIS, GW_STR("[\"a&b\"]")), NULL);
	expect(coap_value_list(arena, GW_FORM_TEXTS, GW_STR("{}")), NULL);
	expect(coap_value_list(arena, GW_FORM_TOKENS,
			       GW_STR("{\"ltia\":[{\"lti\":\"l\",\"tkid\":"
				      "\"t\"}]}")),
	       "l:t");
}

static void a_time_is_rounded_up_to_its_second(void **state)
{
	expect(coap_value_time(arena, GW_STR("\"20000301T000000\""), 0),
	       "20000301T000000");
	expect(coap_value_time(arena, GW_STR("\"20000301T000000,001\""), 0),
	       "20000301T000001");
	expect(coap_value_time(arena, GW_STR("1"), 951868800000),
	       "20000301T000001");
	expect(coap_value_time(arena, GW_STR("0"), 951868800000),
	       "20000301T000000");
	expect(coap_value_time(arena, GW_STR("\"some day\""), 0), "some day");
	expect(coap_value_time(arena, GW_STR("{}"), 0), NULL);
}

static void only_whole_percent_codes_are_resolved(void **state)
{
	static const struct {
		struct gw_str text;
		struct gw_str wanted;
	} all[] = {
		{ { "", 0 }, { "", 0 } },
		{ { "plain", 5 }, { "plain", 5 } },
		{ { "%41%6a%6A", 9 }, { "Ajj", 3 } },
		{ { "%", 1 }, { "%", 1 } },
		{ { "%4", 2 }, { "%4", 2 } },
		{ { "a%4", 3 }, { "a%4", 3 } },
		{ { "%4g%zz", 6 }, { "%4g%zz", 6 } },
		{ { "%%41", 4 }, { "%A", 2 } },
		{ { "%2541", 5 }, { "%41", 3 } },
		{ { "a%00b", 5 }, { "a\0b", 3 } },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct gw_str plain = coap_unescape(arena, all[i].text);

		assert_non_null(plain.at);
		assert_true(gw_str_eq(plain, all[i].wanted));
	}
}

static void what_an_arena_cannot_hold_is_absent(void **state)
{
	struct gw_arena *small = gw_arena_new(16, 16);
	static char text[64];

	memset(text, '%', sizeof(text));
	assert_non_null(small);
	expect(coap_unescape(small, BYTES(text)), NULL);
	gw_arena_free(small);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_number_is_binary_or_three_digits_and_more),
		CLAIM(a_value_becomes_json_by_its_form),
		CLAIM(a_list_that_cannot_be_joined_has_no_text),
		CLAIM(a_time_is_rounded_up_to_its_second),
		CLAIM(only_whole_percent_codes_are_resolved),
		CLAIM(what_an_arena_cannot_hold_is_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
