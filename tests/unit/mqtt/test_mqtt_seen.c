/* Messages that came, and may come once more. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_seen.h"

#define NOW 1000

/* What the caller says. */
#define AGE 2000

static struct mqtt_out *new_answer(size_t len)
{
	char *payload = calloc(1, len);
	struct mqtt_out *out = mqtt_out_new(
		GW_STR("t"), (struct gw_bytes){ (uint8_t *)payload, len });

	free(payload);
	assert_non_null(out);
	return out;
}

static void one_in_flight_is_known(void **state)
{
	struct mqtt_seen s = { 0 };
	struct mqtt_seen_message *holder = NULL;
	const struct mqtt_seen_message *m = NULL;

	assert_null(mqtt_seen_find(&s, 7, AGE, NOW));
	mqtt_seen_add(&s, 7, NOW, &holder);
	m = mqtt_seen_find(&s, 7, AGE, NOW + 10 * AGE);
	assert_ptr_equal(m, holder);
	assert_null(m->answer);
	assert_null(mqtt_seen_find(&s, 8, AGE, NOW));
	mqtt_seen_deinit(&s);
	assert_null(holder);
}

static void an_answer_is_kept_for_a_while(void **state)
{
	struct mqtt_seen s = { 0 };
	struct mqtt_seen_message *holder = NULL;
	struct mqtt_out *out = new_answer(10);

	mqtt_seen_add(&s, 7, NOW, &holder);
	mqtt_seen_answered(&s, &holder, out);
	assert_null(holder);
	assert_non_null(mqtt_seen_find(&s, 7, AGE, NOW + AGE - 1)->answer);
	assert_null(mqtt_seen_find(&s, 7, AGE, NOW + AGE));
	assert_non_null(mqtt_seen_find(&s, 7, MQTT_SEEN_MARKED_MS, NOW + AGE));
	assert_null(mqtt_seen_find(&s, 7, MQTT_SEEN_MARKED_MS,
				   NOW + MQTT_SEEN_MARKED_MS));
	assert_int_equal(s.messages.n_entries, 0);
	assert_int_equal(s.n_bytes, 0);
	mqtt_out_free(out);
	mqtt_seen_deinit(&s);
}

static void messages_are_bounded(void **state)
{
	struct mqtt_seen s = { 0 };
	struct mqtt_seen_message *first = NULL;
	struct mqtt_seen_message *holder = NULL;

	mqtt_seen_add(&s, 0, NOW, &first);
	for (uint64_t i = 1; i <= MQTT_SEEN_MAX; i++) {
		mqtt_seen_add(&s, i, NOW, &holder);
		mqtt_seen_answered(&s, &holder, NULL);
	}
	assert_null(first);
	assert_null(mqtt_seen_find(&s, 0, AGE, NOW));
	assert_non_null(mqtt_seen_find(&s, 1, AGE, NOW));
	assert_int_equal(s.messages.n_entries, MQTT_SEEN_MAX);
	mqtt_seen_answered(&s, &first, NULL);
	mqtt_seen_deinit(&s);
}

static void answers_are_bounded(void **state)
{
	struct mqtt_seen s = { 0 };
	struct mqtt_seen_message *holder = NULL;
	struct mqtt_out *out = new_answer(MQTT_SEEN_ANSWER_MAX);

	for (uint64_t i = 0; i < 1000; i++) {
		mqtt_seen_add(&s, i, NOW, &holder);
		mqtt_seen_answered(&s, &holder, out);
		assert_true(s.n_bytes <= MQTT_SEEN_BYTES);
	}
	assert_non_null(mqtt_seen_find(&s, 999, AGE, NOW)->answer);
	mqtt_out_free(out);
	mqtt_seen_deinit(&s);
}

/* A repetition that got nothing would go on getting nothing. */
static void one_whose_answer_is_not_kept_is_forgotten(void **state)
{
	struct mqtt_seen s = { 0 };
	struct mqtt_seen_message *holder = NULL;
	struct mqtt_seen_message *waits = NULL;
	struct mqtt_out *out = new_answer(MQTT_SEEN_ANSWER_MAX);
	struct mqtt_out *large = new_answer(MQTT_SEEN_ANSWER_MAX + 1);

	mqtt_seen_add(&s, 5000, NOW, &waits);
	for (uint64_t i = 0; i < 1000; i++) {
		mqtt_seen_add(&s, i, NOW, &holder);
		mqtt_seen_answered(&s, &holder, out);
	}
	assert_null(mqtt_seen_find(&s, 0, AGE, NOW));
	assert_ptr_equal(mqtt_seen_find(&s, 5000, AGE, NOW), waits);
	mqtt_seen_answered(&s, &waits, out);
	assert_null(mqtt_seen_find(&s, 5000, AGE, NOW));
	mqtt_seen_add(&s, 5001, NOW, &holder);
	mqtt_seen_answered(&s, &holder, large);
	assert_null(mqtt_seen_find(&s, 5001, AGE, NOW));
	mqtt_seen_add(&s, 5002, NOW, &holder);
	mqtt_seen_forget(&s, &holder);
	assert_null(holder);
	assert_null(mqtt_seen_find(&s, 5002, AGE, NOW));
	mqtt_seen_forget(&s, &holder);
	mqtt_seen_add(&s, 5003, NOW, &holder);
	mqtt_seen_answered(&s, &holder, NULL);
	assert_non_null(mqtt_seen_find(&s, 5003, AGE, NOW));
	mqtt_out_free(out);
	mqtt_out_free(large);
	mqtt_seen_deinit(&s);
}

static void one_copy_of_an_answer_is_on_its_way(void **state)
{
	struct mqtt_seen s = { 0 };
	struct mqtt_seen_message *m = NULL;
	struct mqtt_out *out = new_answer(10);
	struct mqtt_out *again = NULL;

	mqtt_seen_add(&s, 7, NOW, &m);
	assert_null(mqtt_seen_repeat(m));
	mqtt_seen_answered(&s, &m, out);
	m = mqtt_seen_find(&s, 7, AGE, NOW);
	assert_null(mqtt_seen_repeat(m));
	mqtt_seen_arrived(&s, out);
	again = mqtt_seen_repeat(m);
	assert_non_null(again);
	assert_null(mqtt_seen_repeat(m));
	mqtt_seen_deinit(&s);
	mqtt_seen_arrived(&s, again);
	mqtt_out_free(again);
	mqtt_out_free(out);
}

/* Whoever writes the same bytes over and over is one message, whose answer is
 * the newest. */
static void a_new_one_takes_the_place_of_the_old(void **state)
{
	struct mqtt_seen s = { 0 };
	struct mqtt_seen_message *m = NULL;
	struct mqtt_out *first = new_answer(10);
	struct mqtt_out *second = new_answer(20);
	struct mqtt_out *again = NULL;

	mqtt_seen_add(&s, 7, NOW, &m);
	mqtt_seen_answered(&s, &m, first);
	mqtt_seen_add(&s, 7, NOW + AGE, &m);
	assert_int_equal(s.messages.n_entries, 1);
	assert_int_equal(s.n_bytes, 0);
	mqtt_seen_answered(&s, &m, second);
	m = mqtt_seen_find(&s, 7, AGE, NOW + AGE);
	mqtt_seen_arrived(&s, first);
	assert_null(mqtt_seen_repeat(m));
	mqtt_seen_arrived(&s, second);
	again = mqtt_seen_repeat(m);
	assert_non_null(again);
	assert_int_equal(again->payload.len, 20);
	mqtt_out_free(first);
	mqtt_out_free(second);
	mqtt_out_free(again);
	mqtt_seen_deinit(&s);
}

static void one_that_is_the_same_for_no_time_is_so_while_it_waits(void **state)
{
	struct mqtt_seen s = { 0 };
	struct mqtt_seen_message *m = NULL;

	mqtt_seen_add(&s, 7, NOW, &m);
	assert_ptr_equal(mqtt_seen_find(&s, 7, 0, NOW), m);
	mqtt_seen_answered(&s, &m, NULL);
	assert_null(mqtt_seen_find(&s, 7, 0, NOW));
	assert_non_null(mqtt_seen_find(&s, 7, MQTT_SEEN_MARKED_MS, NOW));
	mqtt_seen_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_in_flight_is_known),
		cmocka_unit_test(an_answer_is_kept_for_a_while),
		cmocka_unit_test(messages_are_bounded),
		cmocka_unit_test(answers_are_bounded),
		cmocka_unit_test(one_whose_answer_is_not_kept_is_forgotten),
		cmocka_unit_test(one_copy_of_an_answer_is_on_its_way),
		cmocka_unit_test(a_new_one_takes_the_place_of_the_old),
		cmocka_unit_test(
			one_that_is_the_same_for_no_time_is_so_while_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
