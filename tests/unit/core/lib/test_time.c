#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <time.h>

#include "core/lib/arena.h"
#include "core/lib/time.h"

#define DAY_S INT64_C(86400)
#define NONE INT64_MIN

static int64_t parsed(const char *text)
{
	int64_t ms = NONE;

	return gw_time_parse(&ms, gw_str_from(text)) ? ms : NONE;
}

static void assert_prints(int64_t ms, const char *text)
{
	gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(64, 64);
	struct gw_str printed = gw_time_print(a, ms);

	assert_int_equal(printed.len, 15);
	assert_memory_equal(printed.at, text, 15);
}

static void a_timestamp_is_milliseconds_since_1970(void **state)
{
	assert_int_equal(parsed("19700101T000000"), 0);
	assert_int_equal(parsed("20000301T000000"), 951868800000);
	assert_int_equal(parsed("20260102T030405"), 1767323045000);
	assert_int_equal(parsed("20380119T031408"), 2147483648000);
	assert_int_equal(parsed("19691231T235959"), -1000);
}

static void a_fraction_is_padded_to_its_places(void **state)
{
	assert_int_equal(parsed("19700101T000000,5"), 500);
	assert_int_equal(parsed("19700101T000000,05"), 50);
	assert_int_equal(parsed("19700101T000000,50"), 500);
	assert_int_equal(parsed("19700101T000000,123"), 123);
	assert_int_equal(parsed("19700101T000000,123456"), 123);
	assert_int_equal(parsed("19700101T000000,000999"), 0);
	assert_int_equal(parsed("19700101T000000,1000"), 100);
}

static void a_date_that_does_not_exist_is_refused(void **state)
{
	static const char *const bad[] = {
		"20260001T000000", "20261301T000000", "20260100T000000",
		"20260132T000000", "20260431T000000", "20260229T000000",
		"19000229T000000", "21000229T000000", "20240230T000000",
		"00000101T000000",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(parsed(bad[i]), NONE);
	}
	assert_int_not_equal(parsed("20240229T000000"), NONE);
	assert_int_not_equal(parsed("20000229T000000"), NONE);
}

static void a_time_of_day_that_does_not_exist_is_refused(void **state)
{
	assert_int_equal(parsed("20260101T240000"), NONE);
	assert_int_equal(parsed("20260101T006000"), NONE);
	assert_int_equal(parsed("20260101T000060"), NONE);
	assert_int_equal(parsed("20260101T235961"), NONE);
}

static void a_leap_second_is_the_first_second_of_the_next_day(void **state)
{
	assert_int_equal(parsed("20161231T235960"), parsed("20170101T000000"));
}

static void what_is_no_timestamp_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"20260101",
		"20260101T00000",
		"20260101t000000",
		"20260101 000000",
		"2026-01-01T00:00:00",
		"20260101T000000Z",
		"20260101T000000.5",
		"20260101T000000,",
		"20260101T000000,1234567",
		"20260101T000000,1x",
		"20260101T000000,-1",
		"+0260101T000000",
		"2026 101T000000",
		" 20260101T000000",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(parsed(bad[i]), NONE);
	}
	assert_false(gw_time_parse(&(int64_t){ 0 }, (struct gw_str){ 0 }));
}

/* The C library is the oracle; noon keeps clear of any rounding. */
static void assert_day_prints_as_the_library_does(struct gw_arena *a,
						  int64_t day)
{
	time_t s = (time_t)(day * DAY_S + DAY_S / 2);
	struct tm tm = { 0 };
	char expected[32];
	struct gw_str printed = gw_time_print(a, (int64_t)s * 1000);
	int64_t ms = NONE;

	assert_non_null(gmtime_r(&s, &tm));
	(void)snprintf(expected, sizeof(expected), "%04d%02d%02dT120000",
		       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	assert_true(gw_str_is(printed, expected));
	assert_true(gw_time_parse(&ms, printed));
	assert_int_equal(ms, (int64_t)s * 1000);
}

static void days_of_all_four_digit_years_print_and_parse(void **state)
{
	const int64_t first = -719162; // 00010101
	const int64_t last = 2932896;  // 99991231

	/* A prime step meets every day of the month and of leap cycles. */
	for (int64_t day = first; day <= last; day += 29) {
		gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(
			64, 64);

		assert_day_prints_as_the_library_does(a, day);
	}
}

static void seconds_of_a_day_print_and_parse(void **state)
{
	for (int64_t s = -DAY_S; s < DAY_S; s += 7) {
		gw_cleanup(gw_arena_freep) struct gw_arena *a = gw_arena_new(
			64, 64);
		int64_t ms = NONE;

		assert_true(gw_time_parse(&ms, gw_time_print(a, s * 1000)));
		assert_int_equal(ms, s * 1000);
	}
}

static void a_printed_time_loses_its_fraction_toward_the_past(void **state)
{
	assert_prints(1999, "19700101T000001");
	assert_prints(-1, "19691231T235959");
}

static void a_time_beyond_four_digit_years_prints_as_the_nearest(void **state)
{
	assert_prints(INT64_MAX, "99991231T235959");
	assert_prints(INT64_MIN, "00010101T000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timestamp_is_milliseconds_since_1970),
		cmocka_unit_test(a_fraction_is_padded_to_its_places),
		cmocka_unit_test(a_date_that_does_not_exist_is_refused),
		cmocka_unit_test(a_time_of_day_that_does_not_exist_is_refused),
		cmocka_unit_test(
			a_leap_second_is_the_first_second_of_the_next_day),
		cmocka_unit_test(what_is_no_timestamp_is_refused),
		cmocka_unit_test(days_of_all_four_digit_years_print_and_parse),
		cmocka_unit_test(seconds_of_a_day_print_and_parse),
		cmocka_unit_test(
			a_printed_time_loses_its_fraction_toward_the_past),
		cmocka_unit_test(
			a_time_beyond_four_digit_years_prints_as_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
