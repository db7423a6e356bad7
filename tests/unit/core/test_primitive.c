/* What a primitive says of itself. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/primitive.h"

static unsigned response_type(const char *rt)
{
	struct gw_primitive *p = gw_primitive_new(512, 4096);
	unsigned type = 0;

	assert_non_null(p);
	if (rt) {
		gw_primitive_add(p, GW_STR("rt"), gw_str_from(rt));
	}
	type = gw_primitive_response_type(p);
	assert_true(gw_primitive_is_silent(p) == (type == 5));
	gw_primitive_free(p);
	return type;
}

static void the_response_type_is_read_whichever_way_it_is_written(void **state)
{
	assert_int_equal(response_type("{\"rtv\":1}"), 1);
	assert_int_equal(response_type("{\"nu\":[\"x\"],\"rtv\":2}"), 2);
	assert_int_equal(response_type("{\"rtv\":5}"), 5);
	assert_int_equal(response_type("{\"rtv\":5.0}"), 5);
	assert_int_equal(response_type("5"), 5);
	assert_int_equal(response_type("9"), 9);
}

static void what_is_no_response_type_is_none(void **state)
{
	static const char *const wrong[] = {
		NULL,
		"{}",
		"{\"nu\":[\"x\"]}",
		"{\"rtv\":0}",
		"{\"rtv\":10}",
		"{\"rtv\":-5}",
		"{\"rtv\":[5]}",
		"{\"x\":5}",
		"[5]",
		"true",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(response_type(wrong[i]), 0);
	}
}

static void a_type_has_the_name_of_its_content(void **state)
{
	assert_true(gw_str_is(gw_type_root(1), "m2m:acp"));
	assert_true(gw_str_is(gw_type_root(GW_TYPE_AE), "m2m:ae"));
	assert_true(gw_str_is(gw_type_root(GW_TYPE_REMOTE_CSE), "m2m:csr"));
	assert_true(gw_str_is(gw_type_root(51), "m2m:trac"));
}

static void a_type_that_is_not_known_has_no_name(void **state)
{
	static const int64_t unknown[] = { INT64_MIN, -2,    0,
					   10,        10002, INT64_MAX };

	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		assert_false(gw_str_is_present(gw_type_root(unknown[i])));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_response_type_is_read_whichever_way_it_is_written),
		cmocka_unit_test(what_is_no_response_type_is_none),
		cmocka_unit_test(a_type_has_the_name_of_its_content),
		cmocka_unit_test(a_type_that_is_not_known_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
