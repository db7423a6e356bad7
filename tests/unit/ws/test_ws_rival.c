/* Whether another gateway holds the CSE's own id, with a clock of our own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/ws/ws_rival.h"

#define MINUTE ((int64_t)60000)
#define SUSPECT WS_RIVAL_SUSPECT_MS

/* It is taken from us at this time; how long we leave it alone. */
static unsigned lose_it(struct ws_rival *r, int64_t open_ms, int64_t now_ms)
{
	ws_rival_closed(r, open_ms, now_ms);
	assert_true(r->is_suspected);
	assert_int_equal(r->until_ms, now_ms + SUSPECT);
	return ws_rival_judge(r, true, now_ms + SUSPECT);
}

static void a_holder_is_left_alone_for_1_2_4_to_60_minutes(void **state)
{
	static const unsigned minutes[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	struct ws_rival r = { 0 };
	int64_t now_ms = 0;

	for (size_t i = 0; i < sizeof(minutes) / sizeof(*minutes); i++) {
		assert_int_equal(lose_it(&r, MINUTE, now_ms), minutes[i]);
		assert_false(r.is_suspected);
		assert_true(ws_rival_holds(&r, r.until_ms - 1));
		assert_false(ws_rival_holds(&r, r.until_ms));
		assert_int_equal(r.until_ms,
				 now_ms + SUSPECT + minutes[i] * MINUTE);
		now_ms = r.until_ms + MINUTE;
	}
}

static void who_held_it_for_two_hours_begins_anew(void **state)
{
	struct ws_rival r = { 0 };

	assert_int_equal(lose_it(&r, 0, 0), 1);
	assert_int_equal(lose_it(&r, 120 * MINUTE, 200 * MINUTE), 2);
	assert_int_equal(lose_it(&r, 120 * MINUTE + 1, 400 * MINUTE), 1);
}

static void a_cse_that_closes_its_other_links_before_is_no_rival(void **state)
{
	struct ws_rival r = { 0 };

	ws_rival_other_lost(&r, 1000);
	ws_rival_closed(&r, MINUTE, 1000 + SUSPECT - 1);
	assert_false(r.is_suspected);
	assert_true(r.until_ms <= 1000);
	ws_rival_closed(&r, MINUTE, 1000 + SUSPECT);
	assert_true(r.is_suspected);
}

static void a_cse_that_closes_its_other_links_after_is_no_rival(void **state)
{
	struct ws_rival r = { 0 };

	ws_rival_closed(&r, MINUTE, 1000);
	ws_rival_other_lost(&r, 1010);
	assert_false(r.is_suspected);
	assert_int_equal(r.until_ms, 1010);
	assert_int_equal(r.n_minutes, 0);
}

static void
other_links_that_are_lost_later_do_not_shorten_the_wait(void **state)
{
	struct ws_rival r = { 0 };

	(void)lose_it(&r, 0, 0);
	ws_rival_other_lost(&r, SUSPECT + 1);
	assert_int_equal(r.until_ms, SUSPECT + MINUTE);
}

static void without_another_open_link_nothing_can_be_said(void **state)
{
	struct ws_rival r = { 0 };

	ws_rival_closed(&r, MINUTE, 0);
	assert_int_equal(ws_rival_judge(&r, false, SUSPECT), 0);
	assert_false(r.is_suspected);
	assert_int_equal(r.until_ms, SUSPECT);
	assert_int_equal(r.n_minutes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_holder_is_left_alone_for_1_2_4_to_60_minutes),
		cmocka_unit_test(who_held_it_for_two_hours_begins_anew),
		cmocka_unit_test(
			a_cse_that_closes_its_other_links_before_is_no_rival),
		cmocka_unit_test(
			a_cse_that_closes_its_other_links_after_is_no_rival),
		cmocka_unit_test(
			other_links_that_are_lost_later_do_not_shorten_the_wait),
		cmocka_unit_test(without_another_open_link_nothing_can_be_said),
	};

	return cmocka_run_group_tests_name("ws_rival", tests, NULL, NULL);
}
