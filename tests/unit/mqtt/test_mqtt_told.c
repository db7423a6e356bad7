/* Who is told that what they send cannot be read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_told.h"

static void a_peer_is_told_once_a_second(void **state)
{
	struct mqtt_told t = { 0 };

	assert_true(mqtt_told_again(&t, 7, 0));
	assert_false(mqtt_told_again(&t, 7, 0));
	assert_false(mqtt_told_again(&t, 7, MQTT_TOLD_MS - 1));
	assert_true(mqtt_told_again(&t, 7, MQTT_TOLD_MS));
	assert_false(mqtt_told_again(&t, 7, MQTT_TOLD_MS));
}

static void one_that_goes_on_keeps_no_other_quiet(void **state)
{
	struct mqtt_told t = { 0 };

	assert_true(mqtt_told_again(&t, 7, 0));
	for (unsigned i = 0; i < 1000; i++) {
		assert_false(mqtt_told_again(&t, 7, 1));
	}
	for (uint64_t i = 1; i < MQTT_TOLD_PEERS; i++) {
		assert_true(mqtt_told_again(&t, 7 + i * MQTT_TOLD_PEERS, 1));
	}
	assert_false(mqtt_told_again(&t, 8, 1));
	assert_true(mqtt_told_again(&t, 8, MQTT_TOLD_MS));
}

static void however_many_there_are_they_are_told_slowly(void **state)
{
	struct mqtt_told t = { 0 };
	unsigned n = 0;

	for (uint64_t hash = 0; hash < 100000; hash++) {
		n += mqtt_told_again(&t, hash, 5) ? 1 : 0;
	}
	assert_int_equal(n, MQTT_TOLD_PEERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_peer_is_told_once_a_second),
		cmocka_unit_test(one_that_goes_on_keeps_no_other_quiet),
		cmocka_unit_test(however_many_there_are_they_are_told_slowly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
