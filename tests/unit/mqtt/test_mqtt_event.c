/* What one thread makes and another uses: all of it is a copy. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_event.h"

static void a_publication_has_copies_of_its_own(void **state)
{
	char topic[] = "/oneM2M/req/C1/id-in/json";
	uint8_t payload[] = { 'a', 0, 'b' };
	struct mqtt_out *out = mqtt_out_new(
		gw_str_from(topic),
		(struct gw_bytes){ payload, sizeof(payload) });

	assert_non_null(out);
	memset(topic, 'x', sizeof(topic) - 1);
	memset(payload, 'x', sizeof(payload));
	assert_string_equal(out->topic, "/oneM2M/req/C1/id-in/json");
	assert_int_equal(out->payload.len, 3);
	assert_memory_equal(out->payload.at, "a\0b", 3);
	assert_ptr_equal(out->data, out->payload.at);
	assert_true(out->n_bytes >= sizeof(topic) - 1 + sizeof(payload));
	mqtt_out_free(out);
}

static void a_topic_that_is_a_slice_is_terminated(void **state)
{
	struct mqtt_out *out = mqtt_out_new(
		gw_str_head(GW_STR("topic and more"), 5),
		(struct gw_bytes){ 0 });

	assert_non_null(out);
	assert_string_equal(out->topic, "topic");
	assert_int_equal(out->payload.len, 0);
	mqtt_out_free(out);
}

static void what_does_not_expire_has_for_ever(void **state)
{
	struct mqtt_out *out = mqtt_out_new(GW_STR("t"),
					    (struct gw_bytes){ 0 });

	assert_non_null(out);
	assert_true(mqtt_out_left_ms(out) == INT64_MAX);
	mqtt_out_expire_in(out, (int64_t)3600 * 1000);
	assert_true(mqtt_out_left_ms(out) > 0);
	assert_true(mqtt_out_left_ms(out) <= (int64_t)3600 * 1000);
	mqtt_out_expire_in(out, -1);
	assert_true(mqtt_out_left_ms(out) < 0);
	mqtt_out_free(out);
}

static void an_event_has_copies_of_its_own(void **state)
{
	char topic[] = "t/1";
	uint8_t payload[] = { 0, 1 };
	struct mqtt_event *e = mqtt_event_new(
		MQTT_MESSAGE, gw_str_from(topic),
		(struct gw_bytes){ payload, sizeof(payload) });

	assert_non_null(e);
	memset(topic, 'x', sizeof(topic) - 1);
	memset(payload, 'x', sizeof(payload));
	assert_int_equal(e->kind, MQTT_MESSAGE);
	assert_true(gw_str_is(e->topic, "t/1"));
	assert_memory_equal(e->payload.at, "\0\1", 2);
	assert_null(mqtt_event_free(e));
}

static void an_event_owns_its_publication(void **state)
{
	struct mqtt_event *e = mqtt_event_new(
		MQTT_PUBLISHED, (struct gw_str){ 0 }, (struct gw_bytes){ 0 });

	assert_non_null(e);
	assert_int_equal(e->topic.len, 0);
	e->out = mqtt_out_new(GW_STR("t"), (struct gw_bytes){ 0 });
	assert_null(mqtt_event_free(e)); // and nothing leaks
	assert_null(mqtt_event_free(NULL));
	assert_null(mqtt_out_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_publication_has_copies_of_its_own),
		cmocka_unit_test(a_topic_that_is_a_slice_is_terminated),
		cmocka_unit_test(what_does_not_expire_has_for_ever),
		cmocka_unit_test(an_event_has_copies_of_its_own),
		cmocka_unit_test(an_event_owns_its_publication),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
