#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/codec/codec_json.h"
#include "core/lib/arena.h"

static void assert_flat(const char *fc, const char *flat)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 4096);

	assert_true(gw_str_is(gw_codec_flat_filters(a, gw_str_from(fc)), flat));
}

static void filters_by_attribute_become_plain_members(void **state)
{
	assert_flat("{\"fu\":1,\"atr\":[{\"nm\":\"cr\",\"val\":\"Sam\"},"
		    "{\"val\":[1, 2],\"nm\":\"r\\u006e\"}],\"ty\":[3]}",
		    "{\"fu\":1,\"cr\":\"Sam\",\"r\\u006e\":[1, 2],\"ty\":[3]}");
	assert_flat("{\"atr\":[{\"nm\":\"cr\",\"val\":1}]}", "{\"cr\":1}");
	assert_flat("{\"\\u0061tr\":[{\"nm\":\"cr\",\"val\":1}]}",
		    "{\"cr\":1}");
	assert_flat(" { \"atr\" : [ ] } ", "{}");
}

static void filters_that_plain_members_cannot_say_stay(void **state)
{
	static const char *const same_fc[] = {
		"{}",
		"{ \"fu\" : 1 }",
		"{\"atr\":{\"nm\":\"cr\",\"val\":\"Sam\"}}",
		"{\"atr\":\"cr\"}",
		"{\"atr\":[1]}",
		"{\"atr\":[{\"nm\":\"cr\"}]}",
		"{\"atr\":[{\"nm\":1,\"val\":1}]}",
		"{\"ty\":[3],\"atr\":[{\"nm\":\"ty\",\"val\":3}]}",
		"{\"atr\":[{\"nm\":\"l\",\"val\":1},{\"nm\":\"\\u006c\",\"val\":2}]}",
		"[\"atr\"]",
		"1",
	};

	for (size_t i = 0; i < sizeof(same_fc) / sizeof(*same_fc); i++) {
		assert_flat(same_fc[i], same_fc[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_by_attribute_become_plain_members),
		cmocka_unit_test(filters_that_plain_members_cannot_say_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
