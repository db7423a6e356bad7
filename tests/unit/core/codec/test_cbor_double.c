#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec/cbor_double.h"
#include "tests/unit/core/codec/dice.h"

#define N_RANDOM 60000

static uint64_t dice = 88172645463325252;

static uint64_t roll(void)
{
	return dice_roll(&dice);
}

static double double_of(uint64_t bits)
{
	double d = 0;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

/* The C library is right, and slow. */
static void is_written(double d)
{
	char text[CBOR_DOUBLE_BYTES];
	char wanted[CBOR_DOUBLE_BYTES];
	size_t len = cbor_double_write(text, d);

	for (int precision = 15; precision <= 17; precision++) {
		(void)snprintf(wanted, sizeof(wanted), "%.*g", precision, d);
		if (strtod(wanted, NULL) == d) {
			break;
		}
	}
	assert_string_equal(text, wanted);
	assert_int_equal(len, strlen(wanted));
}

static void are_written(double d)
{
	for (int i = -2; i <= 2; i++) {
		double near = d;

		for (int n = 0; n < abs(i); n++) {
			near = nextafter(near, i < 0 ? -INFINITY : INFINITY);
		}
		if (isfinite(near)) {
			is_written(near);
			is_written(-near);
		}
	}
}

static void what_is_at_an_edge_is_written_to_its_last_digit(void **state)
{
	static const double edges[] = {
		0,
		0.1,
		0.5,
		1,
		9.5,
		1e15,
		1e16,
		1e17,
		1e-4,
		1e-5,
		1e22,
		1e23,
		9007199254740993.0,
		DBL_MAX,
		DBL_MIN,
		DBL_TRUE_MIN,
		DBL_EPSILON,
		123456789012345680.0,
		5e-310,
		999999999999999.9,
	};

	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++) {
		are_written(edges[i]);
	}
	for (int two = -1074; two < 1024; two++) {
		are_written(ldexp(1, two));
	}
	for (int ten = -323; ten <= 308; ten++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "1e%d", ten);
		are_written(strtod(text, NULL));
	}
}

static void any_double_is_written_to_its_last_digit(void **state)
{
	for (int i = 0; i < N_RANDOM; i++) {
		double d = double_of(roll());

		if (isfinite(d)) {
			is_written(d);
		}
		is_written((double)(int64_t)(roll() % 2000000) / 1000);
		is_written((double)(roll() >> 40) *
			   ldexp(1, (int)(roll() % 200) - 100));
	}
}

/* What it cannot tell it leaves to the C library; what it tells is right. */
static bool is_read(uint64_t digits, int64_t exponent)
{
	char text[64];
	double d = 0;

	if (!cbor_double_read(&d, digits, exponent)) {
		return false;
	}
	(void)snprintf(text, sizeof(text), "%" PRIu64 "e%" PRId64, digits,
		       exponent);
	assert_true(d == strtod(text, NULL));
	return true;
}

static void digits_are_read_as_the_nearest_double(void **state)
{
	bool is_there = is_read(1, 0); // where the compiler has 128 bits
	int n_read = 0;

	for (int i = 0; i < N_RANDOM; i++) {
		n_read += is_read(roll() >> (roll() % 60),
				  (int64_t)(roll() % 560) - 300);
	}
	assert_true(is_there ? n_read > N_RANDOM * 9 / 10 : n_read == 0);
	assert_int_equal(is_read(UINT64_MAX, 0), is_there);
	assert_int_equal(is_read(17976931348623157, 291), is_there);
	(void)is_read(22250738585072011, -324);
	assert_int_equal(is_read(9007199254740993, 0), is_there);
	for (int exponent = -345; exponent < 308; exponent++) {
		n_read = is_read(1, exponent) + is_read(5, exponent);
		assert_true(exponent < -323 || n_read == 2 * is_there);
	}
}

/* A double in the middle of two texts, and a text in the middle of two doubles:
 * the even one. */
static void what_lies_in_the_middle_is_written_to_its_last_digit(void **state)
{
	for (int i = 0; i < N_RANDOM; i++) {
		double d = (double)(roll() >> 14 | 1); // 50 bits

		is_written(d / 8);
		is_written(d / 16);
		is_written((double)(roll() >> (11 + roll() % 4)));
		is_written((double)(1000000000000005 + 10 * (roll() % 100)));
		is_written(double_of(roll() % 0x7c00 << 42));
	}
}

static void what_is_no_usual_double_is_left_to_others(void **state)
{
	double d = 0;

	assert_false(cbor_double_read(&d, 0, 0));
	assert_false(cbor_double_read(&d, 1, 309));
	assert_false(cbor_double_read(&d, 1, -360));
	assert_false(cbor_double_read(&d, UINT64_MAX, 290));
	assert_false(cbor_double_read(&d, 1, INT64_MAX));
	assert_false(cbor_double_read(&d, 1, INT64_MIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_at_an_edge_is_written_to_its_last_digit),
		cmocka_unit_test(any_double_is_written_to_its_last_digit),
		cmocka_unit_test(
			what_lies_in_the_middle_is_written_to_its_last_digit),
		cmocka_unit_test(digits_are_read_as_the_nearest_double),
		cmocka_unit_test(what_is_no_usual_double_is_left_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
