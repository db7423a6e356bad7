/* Requests whose answers are still to come. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_pending.h"

#define N 1000

static void an_answer_finds_its_request(void **state)
{
	struct mqtt_pending p;
	struct mqtt_entry entries[N] = { 0 };
	char ids[N][GW_MINT_BYTES];

	mqtt_pending_init(&p, GW_STR("id-gw"), 42);
	for (size_t i = 0; i < N; i++) {
		assert_true(gw_str_is(mqtt_pending_add(&p, &entries[i], ids[i]),
				      ids[i]));
	}
	for (size_t i = 0; i < N; i++) {
		assert_ptr_equal(mqtt_pending_find(&p, gw_str_from(ids[i])),
				 &entries[i]);
	}
	for (size_t i = 0; i < N; i++) {
		assert_non_null(mqtt_pending_any(&p));
		mqtt_pending_remove(&p, &entries[i]);
		mqtt_pending_remove(&p, &entries[i]);
		assert_null(mqtt_pending_find(&p, gw_str_from(ids[i])));
	}
	assert_null(mqtt_pending_any(&p));
	mqtt_pending_deinit(&p);
}

static void an_id_is_never_used_again(void **state)
{
	struct mqtt_pending p;
	struct mqtt_entry e = { 0 };
	char first[GW_MINT_BYTES];
	char second[GW_MINT_BYTES];

	mqtt_pending_init(&p, GW_STR("id-gw"), 42);
	assert_true(gw_str_is(mqtt_pending_add(&p, &e, first), first));
	mqtt_pending_remove(&p, &e);
	assert_true(gw_str_is(mqtt_pending_add(&p, &e, second), second));
	assert_string_not_equal(first, second);
	assert_null(mqtt_pending_find(&p, gw_str_from(first)));
	mqtt_pending_remove(&p, &e);
	mqtt_pending_deinit(&p);
}

static void what_was_not_minted_here_finds_nobody(void **state)
{
	struct mqtt_pending p;
	struct mqtt_pending other;
	struct mqtt_entry e = { 0 };
	struct mqtt_entry f = { 0 };
	char id[GW_MINT_BYTES];
	char foreign[GW_MINT_BYTES];

	mqtt_pending_init(&p, GW_STR("id-gw"), 42);
	mqtt_pending_init(&other, GW_STR("id-gw"), 43);
	assert_null(mqtt_pending_find(&p, GW_STR("1")));
	assert_true(gw_str_is(mqtt_pending_add(&p, &e, id), id));
	assert_true(gw_str_is(mqtt_pending_add(&other, &f, foreign), foreign));
	assert_null(mqtt_pending_find(&p, gw_str_from(foreign)));
	assert_null(mqtt_pending_find(&p, GW_STR("1")));
	assert_null(mqtt_pending_find(&p, GW_STR("")));
	assert_null(mqtt_pending_find(&p, GW_STR("id-gw-")));
	mqtt_pending_remove(&p, &e);
	mqtt_pending_deinit(&p);
	mqtt_pending_remove(&other, &f);
	mqtt_pending_deinit(&other);
}

static void a_long_stem_is_cut(void **state)
{
	struct mqtt_pending p;
	struct mqtt_entry e = { 0 };
	char stem[200];
	char id[GW_MINT_BYTES];

	memset(stem, 'x', sizeof(stem));
	mqtt_pending_init(&p, (struct gw_str){ stem, sizeof(stem) }, 1);
	assert_true(gw_str_is(mqtt_pending_add(&p, &e, id), id));
	assert_ptr_equal(mqtt_pending_find(&p, gw_str_from(id)), &e);
	mqtt_pending_remove(&p, &e);
	mqtt_pending_deinit(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_finds_its_request),
		cmocka_unit_test(an_id_is_never_used_again),
		cmocka_unit_test(what_was_not_minted_here_finds_nobody),
		cmocka_unit_test(a_long_stem_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
