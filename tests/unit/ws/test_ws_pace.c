/* When a message may be written: window and gap, with a clock of our own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/ws/ws_pace.h"
#include "core/conf.h"
#include "core/profile.h"

static struct ws_now at(int64_t ms)
{
	return (struct ws_now){ .turn_ms = ms, .fresh_ms = ms };
}

static void fly(struct ws_pace *pace, struct ws_pending *p, struct ws_entry *e,
		struct gw_str id, int64_t ms)
{
	assert_int_equal(
		ws_pending_add(p, e, id, (uint64_t)id.at[0] * 7919, ms), 0);
	ws_pace_wrote(pace, e, at(ms));
}

static void the_standard_does_not_wait(void **state)
{
	struct ws_pace pace = { 0 };
	struct ws_pending p;
	struct ws_entry e[2] = { 0 };

	ws_pending_init(&p, 16);
	ws_pace_set(&pace, gw_profile_find(GW_STR("standard")), NULL);
	fly(&pace, &p, &e[0], GW_STR("a"), 1000);
	assert_int_equal(ws_pace_request_wait_ms(&pace, &p, at(1000)), 0);
	fly(&pace, &p, &e[1], GW_STR("b"), 1000);
	assert_int_equal(ws_pace_wait_ms(&pace, at(1000)), 0);
	ws_pending_deinit(&p);
}

static void a_gap_is_kept_between_two_messages(void **state)
{
	struct ws_pace pace = { .gap_ms = 6 };

	assert_int_equal(ws_pace_wait_ms(&pace, at(1000)), 0);
	ws_pace_wrote(&pace, NULL, at(1000));
	assert_int_equal(ws_pace_wait_ms(&pace, at(1001)), 5);
	assert_int_equal(ws_pace_wait_ms(&pace, at(1005)), 1);
	assert_int_equal(ws_pace_wait_ms(&pace, at(1006)), 0);
}

static void an_answer_lifts_the_gap(void **state)
{
	struct ws_pace pace = { .gap_ms = 6 };
	struct ws_entry e = { 0 };

	ws_pace_wrote(&pace, &e, at(1000));
	ws_pace_answered(&pace, &e);
	assert_int_equal(ws_pace_wait_ms(&pace, at(1000)), 0);
}

static void an_answer_to_an_earlier_request_does_not(void **state)
{
	struct ws_pace pace = { .gap_ms = 6 };
	struct ws_entry first = { 0 };
	struct ws_entry second = { 0 };

	ws_pace_wrote(&pace, &first, at(1000));
	ws_pace_wrote(&pace, &second, at(1010));
	ws_pace_answered(&pace, &first);
	assert_int_equal(ws_pace_wait_ms(&pace, at(1012)), 4);
}

static void a_forgotten_request_is_not_taken_for_another(void **state)
{
	struct ws_pace pace = { .gap_ms = 6 };
	struct ws_entry e = { 0 };

	ws_pace_wrote(&pace, &e, at(1000));
	ws_pace_forget(&pace, &e);
	ws_pace_answered(&pace, &e);
	assert_int_equal(ws_pace_wait_ms(&pace, at(1002)), 4);
}

static void a_clock_set_back_costs_one_gap(void **state)
{
	struct ws_pace pace = { .gap_ms = 6 };

	ws_pace_wrote(&pace, NULL, at(100000));
	assert_int_equal(ws_pace_wait_ms(&pace, at(50)), 6);
	assert_int_equal(ws_pace_wait_ms(&pace, at(56)), 0);
}

static void a_window_holds_back_requests(void **state)
{
	struct ws_pace pace = { .window = 1 };
	struct ws_pending p;
	struct ws_entry e = { 0 };

	ws_pending_init(&p, 16);
	fly(&pace, &p, &e, GW_STR("a"), 1000);
	assert_int_equal(ws_pace_request_wait_ms(&pace, &p, at(9000)), -1);
	assert_int_equal(ws_pace_wait_ms(&pace, at(1000)), 0);
	ws_pending_answered(&p, &e, 9000);
	assert_int_equal(ws_pace_request_wait_ms(&pace, &p, at(9000)), 0);
	ws_pending_deinit(&p);
}

static void a_settled_request_opens_the_window(void **state)
{
	struct ws_pace pace = { .window = 1, .settle_ms = 250, .gap_ms = 6 };
	struct ws_pending p;
	struct ws_entry e = { 0 };

	ws_pending_init(&p, 16);
	fly(&pace, &p, &e, GW_STR("a"), 1000);
	assert_int_equal(ws_pace_request_wait_ms(&pace, &p, at(1100)), 150);
	assert_int_equal(ws_pace_request_wait_ms(&pace, &p, at(1250)), 0);
	/* An answer of ours meanwhile still needs its gap. */
	ws_pace_wrote(&pace, NULL, at(1249));
	assert_int_equal(ws_pace_request_wait_ms(&pace, &p, at(1250)), 5);
	ws_pending_deinit(&p);
}

static void the_configuration_overrides_the_profile(void **state)
{
	struct ws_pace pace = { 0 };
	struct gw_conf_cse conf;

	gw_conf_cse_init(&conf);
	ws_pace_set(&pace, gw_profile_find(GW_STR("acme")), &conf);
	assert_int_equal(pace.window, 1);
	assert_int_equal(pace.gap_ms, 6);
	conf.window = 0;
	conf.gap_ms = 20;
	ws_pace_set(&pace, gw_profile_find(GW_STR("acme")), &conf);
	assert_int_equal(pace.window, 0);
	assert_int_equal(pace.gap_ms, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_standard_does_not_wait),
		cmocka_unit_test(a_gap_is_kept_between_two_messages),
		cmocka_unit_test(an_answer_lifts_the_gap),
		cmocka_unit_test(an_answer_to_an_earlier_request_does_not),
		cmocka_unit_test(a_forgotten_request_is_not_taken_for_another),
		cmocka_unit_test(a_clock_set_back_costs_one_gap),
		cmocka_unit_test(a_window_holds_back_requests),
		cmocka_unit_test(a_settled_request_opens_the_window),
		cmocka_unit_test(the_configuration_overrides_the_profile),
	};

	return cmocka_run_group_tests_name("ws_pace", tests, NULL, NULL);
}
