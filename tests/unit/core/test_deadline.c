#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/conf.h"
#include "core/deadline.h"
#include "core/primitive.h"

#define NONE INT64_MIN

static int64_t deadline(const char *text, int64_t now_ms)
{
	int64_t ms = NONE;

	return gw_deadline_read(&ms, gw_str_from(text), now_ms) ? ms : NONE;
}

static void a_relative_deadline_counts_from_now(void **state)
{
	assert_int_equal(deadline("5000", 7), 5007);
	assert_int_equal(deadline("\"5000\"", 7), 5007);
	assert_int_equal(deadline("5000.0", 7), 5007);
	assert_int_equal(deadline("5e3", 7), 5007);
	assert_int_equal(deadline("0", 7), 7);
	assert_int_equal(deadline("-5000", 7), -4993);
	assert_int_equal(deadline("\"-5000\"", 7), -4993);
	assert_int_equal(deadline("\"-0\"", 7), 7);
}

static void a_relative_deadline_beyond_all_times_does_not_wrap(void **state)
{
	const int64_t now_ms = INT64_C(4102444800000);

	assert_true(deadline("9223372036854775807", now_ms) > now_ms);
	assert_true(deadline("-9223372036854775808", now_ms) < 0);
}

static void an_absolute_deadline_is_its_timestamp(void **state)
{
	assert_int_equal(deadline("20000301T000000", 7), 951868800000);
	assert_int_equal(deadline("\"20000301T000000,25\"", 7), 951868800250);
}

static void what_is_no_deadline_is_refused(void **state)
{
	static const char *const bad[] = {
		"",     "\"",     "\"\"",    "soon",    "\"soon\"", "1.5",
		"null", "true",   "{}",      "[5000]",  "\"-\"",    "5000 ",
		"1e99", "0x1000", "\"5e3\"", "\"--5\"",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(deadline(bad[i], 7), NONE);
	}
	assert_false(
		gw_deadline_read(&(int64_t){ 0 }, (struct gw_str){ 0 }, 7));
}

#define WALL_MS INT64_C(1760000000000) /* 2025-10-09, 08:53:20 */
#define DAY_MS ((int64_t)24 * 3600 * 1000)

/* How long a request with this parameter may take; NULL: it has none. */
static int64_t left_with(const char *name, const char *value,
			 int64_t request_ms)
{
	const struct gw_conf_timeouts conf = { .request_ms = request_ms,
					       .longest_ms = DAY_MS };
	struct gw_primitive *p = gw_primitive_new(1024, 4096);
	struct gw_reason why = { "" };
	int64_t left_ms = NONE;

	assert_non_null(p);
	p->op = GW_OP_RETRIEVE;
	if (value) {
		gw_primitive_add(p, gw_str_from(name), gw_str_from(value));
	}
	assert_int_equal(gw_deadline_find(&left_ms, &why, p, &conf, WALL_MS),
			 GW_STATUS_NONE);
	gw_primitive_free(p);
	return left_ms;
}

static int64_t left_of(const char *rqet, int64_t request_ms)
{
	return left_with("rqet", rqet, request_ms);
}

static void the_default_counts_from_the_time_of_execution(void **state)
{
	assert_int_equal(left_with("oet", "11000", 10000), 21000);
	assert_int_equal(left_with("oet", "\"20251009T085331\"", 10000), 21000);
	assert_int_equal(left_with("oet", "9223372036854775807", 10000),
			 DAY_MS);
	assert_int_equal(left_with("oet", "1", INT64_MAX), DAY_MS);
	assert_int_equal(left_with("rset", "11000", 10000), 10000);
}

static void an_rqet_counts_whatever_the_time_of_execution(void **state)
{
	const struct gw_conf_timeouts conf = { .request_ms = 10000,
					       .longest_ms = DAY_MS };
	struct gw_primitive *p = gw_primitive_new(1024, 4096);
	struct gw_reason why = { "" };
	int64_t left_ms = NONE;

	assert_non_null(p);
	p->op = GW_OP_RETRIEVE;
	gw_primitive_add(p, GW_STR("oet"), GW_STR("11000"));
	gw_primitive_add(p, GW_STR("rqet"), GW_STR("15000"));
	assert_int_equal(gw_deadline_find(&left_ms, &why, p, &conf, WALL_MS),
			 GW_STATUS_NONE);
	assert_int_equal(left_ms, 15000);
	gw_primitive_free(p);
}

static void what_cannot_be_read_leaves_the_default(void **state)
{
	static const char *const names[] = { "rqet", "rset", "oet" };
	static const char *const bad[] = { "\"soon\"", "{}", "true", "\"\"" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		for (size_t k = 0; k < sizeof(bad) / sizeof(*bad); k++) {
			assert_int_equal(left_with(names[i], bad[k], 10000),
					 10000);
		}
	}
}

static void nobody_waits_longer_than_a_day(void **state)
{
	assert_int_equal(left_of("86399999", 1), DAY_MS - 1);
	assert_int_equal(left_of("86400000", 1), DAY_MS);
	assert_int_equal(left_of("86400001", 1), DAY_MS);
	assert_int_equal(left_of("9223372036854775807", 1), DAY_MS);
	assert_int_equal(left_of("\"20251010T085319\"", 1), DAY_MS - 1000);
	assert_int_equal(left_of("\"20991231T235959\"", 1), DAY_MS);
	assert_int_equal(left_of(NULL, 1), 1);
	assert_int_equal(left_of(NULL, INT64_MAX), DAY_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_relative_deadline_counts_from_now),
		cmocka_unit_test(
			a_relative_deadline_beyond_all_times_does_not_wrap),
		cmocka_unit_test(an_absolute_deadline_is_its_timestamp),
		cmocka_unit_test(what_is_no_deadline_is_refused),
		cmocka_unit_test(the_default_counts_from_the_time_of_execution),
		cmocka_unit_test(an_rqet_counts_whatever_the_time_of_execution),
		cmocka_unit_test(what_cannot_be_read_leaves_the_default),
		cmocka_unit_test(nobody_waits_longer_than_a_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
