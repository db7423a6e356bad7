#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/codec/codec_json.h"
#include "core/lib/arena.h"

static void assert_becomes(const char *fc, const struct gw_codec_hop *hop,
			   const char *wanted)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 4096);

	assert_true(
		gw_str_is(gw_codec_filters(a, gw_str_from(fc), hop), wanted));
}

static void assert_flat(const char *fc, const char *flat)
{
	assert_becomes(fc, &(struct gw_codec_hop){ .has_flat_filters = true },
		       flat);
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

static void a_single_semantic_filter_becomes_a_text(void **state)
{
	static const struct gw_codec_hop hop = { .has_single_smf = true };
	static const struct gw_codec_hop both = { .has_single_smf = true,
						  .has_flat_filters = true };
	static const char two[] =
		"{\"smf\":[\"a\"],\"atr\":[{\"nm\":\"l\",\"val\":1},"
		"{\"nm\":\"l\",\"val\":2}]}";

	assert_becomes("{\"fu\":1,\"smf\":[ \"a\\nb\" ],\"ty\":[3]}", &hop,
		       "{\"fu\":1,\"smf\":\"a\\nb\",\"ty\":[3]}");
	assert_becomes("{\"smf\":[\"a\",\"b\"]}", &hop,
		       "{\"smf\":[\"a\",\"b\"]}");
	assert_becomes("{\"smf\":[]}", &hop, "{\"smf\":[]}");
	assert_becomes("{\"smf\":\"a\"}", &hop, "{\"smf\":\"a\"}");
	assert_becomes("{\"smf\":[\"a\"],\"lbl\":[\"b\"]}", &both,
		       "{\"smf\":\"a\",\"lbl\":[\"b\"]}");
	assert_becomes("{\"smf\":[\"a\"],\"atr\":[{\"nm\":\"l\",\"val\":1}]}",
		       &both, "{\"smf\":\"a\",\"l\":1}");
	/* What atr cannot say is no reason to leave smf as it is. */
	assert_becomes(two, &both,
		       "{\"smf\":\"a\",\"atr\":[{\"nm\":\"l\",\"val\":1},"
		       "{\"nm\":\"l\",\"val\":2}]}");
	assert_flat("{\"smf\":[\"a\"]}", "{\"smf\":[\"a\"]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_by_attribute_become_plain_members),
		cmocka_unit_test(filters_that_plain_members_cannot_say_stay),
		cmocka_unit_test(a_single_semantic_filter_becomes_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
