#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/lib/mint.h"

static void minted_ids_carry_the_stem_and_never_repeat(void **state)
{
	struct gw_mint m;
	struct gw_str a = { 0 };
	char one[GW_MINT_BYTES];
	char two[GW_MINT_BYTES];

	gw_mint_init(&m, GW_STR("a-stem-that-is-longer-than-anybody-needs"),
		     UINT64_MAX);
	m.n_minted = UINT64_MAX - 3;
	a = gw_mint_next(&m, one);
	assert_int_equal(a.len, strlen(one));
	a = gw_mint_next(&m, two);
	assert_int_equal(a.len, strlen(two));
	assert_string_not_equal(one, two);
	gw_mint_init(&m, GW_STR("gw"), 7);
	assert_true(gw_str_starts(gw_mint_next(&m, one), GW_STR("gw-7000")));
}

static void an_absent_stem_is_no_stem(void **state)
{
	struct gw_mint m;
	char id[GW_MINT_BYTES];

	gw_mint_init(&m, (struct gw_str){ 0 }, 35);
	assert_true(gw_str_is(gw_mint_next(&m, id), "-z00000000000-1"));
}

static void a_minted_id_tells_its_number(void **state)
{
	struct gw_mint m;
	char id[GW_MINT_BYTES];
	uint64_t number = 0;

	gw_mint_init(&m, GW_STR("gw"), 42);
	assert_true(gw_mint_number(&number, &m, gw_mint_next(&m, id)));
	assert_int_equal(number, 1);
	m.n_minted = UINT64_MAX - 1;
	assert_true(gw_mint_number(&number, &m, gw_mint_next(&m, id)));
	assert_int_equal(number, UINT64_MAX);
}

static void an_id_of_somebody_else_has_no_number(void **state)
{
	struct gw_mint m;
	struct gw_mint other;
	char id[GW_MINT_BYTES];
	uint64_t number = 7;

	gw_mint_init(&m, GW_STR("gw"), 42);
	gw_mint_init(&other, GW_STR("gw"), 43);
	assert_false(gw_mint_number(&number, &m, gw_mint_next(&other, id)));
	assert_false(gw_mint_number(&number, &m, GW_STR("")));
	assert_false(gw_mint_number(&number, &m, GW_STR("1")));
	m.n_minted = 0;
	assert_false(gw_mint_number(&number, &m,
				    (struct gw_str){ m.prefix, m.prefix_len }));
	assert_int_equal(number, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minted_ids_carry_the_stem_and_never_repeat),
		cmocka_unit_test(an_absent_stem_is_no_stem),
		cmocka_unit_test(a_minted_id_tells_its_number),
		cmocka_unit_test(an_id_of_somebody_else_has_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
