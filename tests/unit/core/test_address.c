#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/address.h"
#include "core/lib/arena.h"

static void parses(const char *text, enum gw_scope scope, const char *sp,
		   const char *cse, const char *rest)
{
	struct gw_address a;

	assert_true(gw_address_parse(&a, gw_str_from(text)));
	assert_int_equal(a.scope, scope);
	assert_true(gw_str_is(a.sp, sp));
	assert_true(gw_str_is(a.cse, cse));
	assert_true(gw_str_is(a.rest, rest));
}

static void identifiers_fall_into_their_scope(void **state)
{
	parses("cse-in/ae1", GW_SCOPE_CSE_RELATIVE, "", "", "cse-in/ae1");
	parses("-", GW_SCOPE_CSE_RELATIVE, "", "", "-");
	parses("/id-in", GW_SCOPE_SP_RELATIVE, "", "/id-in", "");
	parses("/id-in/-/a", GW_SCOPE_SP_RELATIVE, "", "/id-in", "-/a");
	parses("//sp.org/id-in/x/y", GW_SCOPE_ABSOLUTE, "//sp.org", "/id-in",
	       "x/y");
	parses("//sp.org", GW_SCOPE_ABSOLUTE, "//sp.org", "", "");
	parses("http://h:1/x", GW_SCOPE_URL, "", "", "http://h:1/x");
	parses("cnt#lbl", GW_SCOPE_CSE_RELATIVE, "", "", "cnt#lbl");
}

static void what_is_no_identifier_is_refused(void **state)
{
	static const char *const bad[] = { "",      "a b",      "a\r\nb",
					   "/",     "//",       "///",
					   "//sp/", "\xc3\xa4", "//sp//x" };
	struct gw_address a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(gw_address_parse(&a, gw_str_from(bad[i])));
		assert_int_equal(a.scope, GW_SCOPE_NONE);
		assert_true(gw_str_is(a.text, bad[i]));
	}
}

static void rescopes(const char *from, enum gw_border border,
		     const char *expected)
{
	const struct gw_home home = { GW_STR("/id-in"), GW_STR("//sp.a") };
	struct gw_arena *arena = gw_arena_new(256, 1024);
	struct gw_address a;

	(void)gw_address_parse(&a, gw_str_from(from));
	assert_true(gw_str_is(gw_address_rescope(arena, &a, border, &home),
			      expected));
	gw_arena_free(arena);
}

static void fr_is_a_stem_on_mca(void **state)
{
	rescopes("C1", GW_BORDER_MCA, "C1");
	rescopes("/id-in/C1", GW_BORDER_MCA, "C1");
	rescopes("//sp.a/id-in/C1", GW_BORDER_MCA, "C1");
	rescopes("/S7", GW_BORDER_MCA, "S7");
	rescopes("/id-in2/C1", GW_BORDER_MCA, "/id-in2/C1");
	rescopes("/id-mn", GW_BORDER_MCA, "/id-mn");
	rescopes("C", GW_BORDER_MCA, "C");
	rescopes("", GW_BORDER_MCA, "");
}

static void fr_is_sp_relative_on_mcc(void **state)
{
	rescopes("C1", GW_BORDER_MCC, "/id-in/C1");
	rescopes("S7", GW_BORDER_MCC, "/S7");
	rescopes("/id-mn/C1", GW_BORDER_MCC, "/id-mn/C1");
	rescopes("//sp.a/id-mn/C1", GW_BORDER_MCC, "/id-mn/C1");
	rescopes("//sp.b/id-in/C1", GW_BORDER_MCC, "//sp.b/id-in/C1");
}

static void fr_is_absolute_on_mcc_prime(void **state)
{
	rescopes("C1", GW_BORDER_MCCP, "//sp.a/id-in/C1");
	rescopes("S7", GW_BORDER_MCCP, "//sp.a/S7");
	rescopes("/id-in", GW_BORDER_MCCP, "//sp.a/id-in");
	rescopes("//sp.b/id-x", GW_BORDER_MCCP, "//sp.b/id-x");
}

static void a_path_and_an_address_name_each_other(void **state)
{
	static const struct {
		const char *to;
		const char *path;
	} all[] = {
		{ "cse-in", "/cse-in" },
		{ "cse-in/ae1", "/cse-in/ae1" },
		{ "/id-in", "/~/id-in" },
		{ "/id-in/cse-in/ae1", "/~/id-in/cse-in/ae1" },
		{ "//sp.org/id-in/ae1", "/_/sp.org/id-in/ae1" },
		{ "~x/y", "/~x/y" },
	};
	struct gw_arena *arena = gw_arena_new(256, 1024);

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct gw_str mark;
		struct gw_str segments;
		struct gw_str path;

		assert_true(gw_address_to_path(&mark, &segments,
					       gw_str_from(all[i].to)));
		path = gw_str_is_present(mark)
			       ? gw_arena_print(
					 arena, "/" GW_STR_FMT "/" GW_STR_FMT,
					 GW_STR_ARG(mark), GW_STR_ARG(segments))
			       : gw_arena_print(arena, "/" GW_STR_FMT,
						GW_STR_ARG(segments));
		assert_true(gw_str_is(path, all[i].path));
		assert_true(gw_address_is_marked(path) ==
			    gw_str_is_present(mark));
		assert_true(
			gw_str_is(gw_address_of_path(arena, path), all[i].to));
	}
	gw_arena_free(arena);
}

static void a_path_without_a_name_is_no_address(void **state)
{
	static const char *const bad[] = {
		"",    "/",    "//",    "//x",  "/#lbl",  "/~/",     "/~//x",
		"/_/", "/_//", "/_/#a", "/~/#", "cse-in", "~/id-in",
	};
	struct gw_arena *arena = gw_arena_new(256, 1024);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_null(gw_address_of_path(arena, gw_str_from(bad[i])).at);
	}
	gw_arena_free(arena);
}

static void what_would_be_read_as_another_address_has_no_path(void **state)
{
	struct gw_str mark;
	struct gw_str segments;

	assert_false(gw_address_to_path(&mark, &segments, GW_STR("~/x")));
	assert_false(gw_address_to_path(&mark, &segments, GW_STR("_/x/y")));
}

static void an_attribute_is_no_part_of_the_path(void **state)
{
	struct gw_str to = GW_STR("/id-in/ae1#lbl");
	struct gw_str mark;
	struct gw_str segments;

	assert_true(gw_address_to_path(&mark, &segments, to));
	assert_true(gw_str_is(segments, "id-in/ae1"));
	assert_true(gw_str_is(gw_address_attribute(to), "lbl"));
	assert_true(gw_str_is_present(gw_address_attribute(GW_STR("a#"))));
	assert_null(gw_address_attribute(GW_STR("a")).at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identifiers_fall_into_their_scope),
		cmocka_unit_test(what_is_no_identifier_is_refused),
		cmocka_unit_test(fr_is_a_stem_on_mca),
		cmocka_unit_test(fr_is_sp_relative_on_mcc),
		cmocka_unit_test(fr_is_absolute_on_mcc_prime),
		cmocka_unit_test(a_path_and_an_address_name_each_other),
		cmocka_unit_test(a_path_without_a_name_is_no_address),
		cmocka_unit_test(
			what_would_be_read_as_another_address_has_no_path),
		cmocka_unit_test(an_attribute_is_no_part_of_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
