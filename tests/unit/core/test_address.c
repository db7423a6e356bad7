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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identifiers_fall_into_their_scope),
		cmocka_unit_test(what_is_no_identifier_is_refused),
		cmocka_unit_test(fr_is_a_stem_on_mca),
		cmocka_unit_test(fr_is_sp_relative_on_mcc),
		cmocka_unit_test(fr_is_absolute_on_mcc_prime),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
