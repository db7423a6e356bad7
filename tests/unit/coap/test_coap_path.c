/* Paths in options, and the addresses that they are. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/coap/coap_path.h"
#include "core/address.h"
#include "core/lib/arena.h"

#define URI_PATH 11
#define URI_QUERY 15
#define SEGMENTS_MAX 5

static struct gw_arena *arena;
static struct coap_message message;

static int set_up(void **state)
{
	arena = gw_arena_new(1024, 16384);
	coap_message_init(&message, COAP_CON, COAP_GET);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	arena = gw_arena_free(arena);
	return 0;
}

/* Options joined by '|', as they stand in the message. */
static void has_options(uint16_t number, const char *wanted)
{
	char text[1024] = "";
	size_t len = 0;

	for (size_t i = 0; i < message.n_fields; i++) {
		struct gw_str value = message.fields[i].value;

		assert_int_equal(message.fields[i].number, number);
		assert_true(len + value.len + 2 < sizeof(text));
		if (i > 0) {
			text[len++] = '|';
		}
		memcpy(text + len, value.at, value.len);
		len += value.len;
	}
	assert_string_equal(text, wanted);
}

static void what_names_nothing_is_no_address(void **state)
{
	static const char *const all[][SEGMENTS_MAX] = {
		{ NULL },          { "" },          { "", "" },
		{ "/" },           { "~", "" },     { "_", "" },
		{ "~", "/id-in" }, { "~", "#lbl" }, { "_", "#lbl" },
		{ "#lbl" },        { "", "#lbl" },  { "/#lbl" },
		{ "//#lbl" },      { "///a" },      { "a\nb" },
		{ "a", "\x7f" },   { "\xff" },      { "\xc0\xaf" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		(void)tear_down(state);
		(void)set_up(state);
		for (size_t k = 0; k < SEGMENTS_MAX && all[i][k]; k++) {
			coap_message_add(&message, URI_PATH,
					 gw_str_from(all[i][k]));
		}
		assert_null(coap_path_read(arena, &message).at);
	}
}

/* An address, the options that it is, and the address that these are. */
static void an_address_comes_back_from_its_options(void **state)
{
	static const struct {
		const char *to;
		const char *segments; // NULL: cannot be written
	} all[] = {
		{ "cse-in/ae1", "cse-in|ae1" },
		{ "/id-in/cse-in/ae1", "~|id-in|cse-in|ae1" },
		{ "/id-in", "~|id-in" },
		{ "//sp.org/id-in/ae1", "_|sp.org|id-in|ae1" },
		{ "-/ae1", "-|ae1" },
		{ "a/~/b", "a|~|b" },
		{ "~a", "~a" },
		{ "a/", "a|" },
		{ "~/id-in/a", NULL },
		{ "_/sp.org/id-in/a", NULL },
		{ "a/../b", NULL },
		{ "a/./b", NULL },
		{ "..", NULL },
		{ "/id-in/..", NULL },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct gw_str to = gw_str_from(all[i].to);

		(void)tear_down(state);
		(void)set_up(state);
		assert_int_equal(coap_path_write(&message, to),
				 all[i].segments != NULL);
		if (all[i].segments) {
			has_options(URI_PATH, all[i].segments);
			assert_true(
				gw_str_eq(coap_path_read(arena, &message), to));
		}
	}
}

static void the_attribute_is_no_part_of_the_path(void **state)
{
	assert_true(coap_path_write(&message, GW_STR("cse-in/ae1#lbl")));
	has_options(URI_PATH, "cse-in|ae1");
	assert_true(gw_str_is(gw_address_attribute(GW_STR("a#lbl")), "lbl"));
	assert_true(gw_str_is(gw_address_attribute(GW_STR("a#l#b")), "l#b"));
	assert_true(gw_str_is_present(gw_address_attribute(GW_STR("a#"))));
	assert_null(gw_address_attribute(GW_STR("a")).at);
}

static void a_segment_has_at_most_255_bytes(void **state)
{
	static char to[2 + 256];

	memset(to, 'x', sizeof(to));
	to[1] = '/';
	assert_true(coap_path_write(&message, (struct gw_str){ to, 2 + 255 }));
	assert_false(coap_path_write(&message, (struct gw_str){ to, 2 + 256 }));
	assert_true(coap_path_add_segments(&message, arena,
					   (struct gw_str){ to, 2 + 255 }));
	assert_false(coap_path_add_segments(&message, arena,
					    (struct gw_str){ to, 2 + 256 }));
}

static void the_path_of_a_url_is_parted_before_it_is_unescaped(void **state)
{
	assert_true(coap_path_add_segments(&message, arena,
					   GW_STR("/a%2Fb/c%20d//e")));
	has_options(URI_PATH, "a/b|c d||e");
}

static void nothing_in_a_url_leads_up(void **state)
{
	assert_false(coap_path_add_segments(&message, arena, GW_STR("/..")));
	assert_false(coap_path_add_segments(&message, arena, GW_STR("a/./b")));
	assert_false(
		coap_path_add_segments(&message, arena, GW_STR("/a/%2e%2E/b")));
	assert_false(coap_path_add_segments(&message, arena, GW_STR("/%2E")));
	assert_true(coap_path_add_segments(&message, arena, GW_STR("/...")));
}

static void the_query_of_a_url_is_one_option_a_field(void **state)
{
	assert_true(coap_path_add_fields(&message, arena,
					 GW_STR("a=1&&b=%26%3d&c")));
	has_options(URI_QUERY, "a=1|b=&=|c");
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(what_names_nothing_is_no_address),
		CLAIM(an_address_comes_back_from_its_options),
		CLAIM(the_attribute_is_no_part_of_the_path),
		CLAIM(a_segment_has_at_most_255_bytes),
		CLAIM(the_path_of_a_url_is_parted_before_it_is_unescaped),
		CLAIM(nothing_in_a_url_leads_up),
		CLAIM(the_query_of_a_url_is_one_option_a_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
