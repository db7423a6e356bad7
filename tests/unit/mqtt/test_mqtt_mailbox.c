/* Events from several threads, taken by one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>

#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_mailbox.h"

#define N_THREADS 4
#define N_EACH 5000
#define MAX_BYTES 1000

static struct mqtt_event *new_event(int code, size_t len)
{
	char text[256] = { 0 };
	struct mqtt_event *e = mqtt_event_new(
		MQTT_MESSAGE, GW_STR("t"),
		(struct gw_bytes){ (uint8_t *)text, len });

	assert_non_null(e);
	e->code = code;
	return e;
}

static bool is_readable(const struct mqtt_mailbox *mb, int patience_ms)
{
	struct pollfd fd = { .fd = mb->wake_fd, .events = POLLIN };

	return poll(&fd, 1, patience_ms) == 1;
}

static void events_come_out_in_their_order(void **state)
{
	struct mqtt_mailbox mb;
	struct mqtt_event *e = NULL;

	assert_int_equal(mqtt_mailbox_init(&mb, MAX_BYTES), 0);
	assert_false(is_readable(&mb, 0));
	for (int i = 0; i < 3; i++) {
		assert_true(mqtt_mailbox_put(&mb, new_event(i, 10)));
	}
	assert_true(is_readable(&mb, 0));
	e = mqtt_mailbox_take(&mb);
	assert_false(is_readable(&mb, 0));
	for (int i = 0; i < 3; i++) {
		struct mqtt_event *next = e->next;

		assert_int_equal(e->code, i);
		mqtt_event_free(e);
		e = next;
	}
	assert_null(e);
	assert_null(mqtt_mailbox_take(&mb));
	mqtt_mailbox_deinit(&mb);
}

static void one_that_is_too_large_fits_into_an_empty_one(void **state)
{
	struct mqtt_mailbox mb;

	assert_int_equal(mqtt_mailbox_init(&mb, 100), 0);
	assert_true(mqtt_mailbox_put(&mb, new_event(1, 200)));
	mqtt_mailbox_deinit(&mb);
}

static struct mqtt_event *new_patient_event(size_t len)
{
	struct mqtt_event *e = new_event(0, 0);
	char payload[MAX_BYTES] = { 0 };

	e->out = mqtt_out_new(GW_STR("t"),
			      (struct gw_bytes){ (uint8_t *)payload, len });
	assert_non_null(e->out);
	e->is_patient = true;
	return e;
}

static void free_taken(struct mqtt_mailbox *mb)
{
	struct mqtt_event *e = mqtt_mailbox_take(mb);

	while (e) {
		struct mqtt_event *next = e->next;

		mqtt_event_free(e);
		e = next;
	}
}

static void much_memory_is_not_waited_for(void **state)
{
	struct mqtt_mailbox mb;

	assert_int_equal(mqtt_mailbox_init(&mb, (size_t)10 * MAX_BYTES), 0);
	assert_true(mqtt_mailbox_put(&mb, new_patient_event(MAX_BYTES)));
	assert_false(is_readable(&mb, 0));
	assert_true(mqtt_mailbox_put(&mb, new_patient_event(MAX_BYTES)));
	assert_true(mqtt_mailbox_put(&mb, new_patient_event(MAX_BYTES)));
	assert_true(is_readable(&mb, 0));
	free_taken(&mb);
	assert_true(mqtt_mailbox_put(&mb, new_patient_event(MAX_BYTES)));
	assert_false(is_readable(&mb, 0));
	mqtt_mailbox_deinit(&mb);
}

static void a_closed_one_takes_nothing(void **state)
{
	struct mqtt_mailbox mb;

	assert_int_equal(mqtt_mailbox_init(&mb, MAX_BYTES), 0);
	assert_true(mqtt_mailbox_put(&mb, new_event(1, 10)));
	mqtt_mailbox_close(&mb);
	assert_null(mqtt_mailbox_take(&mb));
	assert_false(mqtt_mailbox_put(&mb, new_event(1, 10)));
	mqtt_mailbox_deinit(&mb);
}

static void *put_many(void *arg)
{
	struct mqtt_mailbox *mb = arg;

	for (int i = 0; i < N_EACH; i++) {
		(void)mqtt_mailbox_put(mb, new_event(i, 100));
	}
	return NULL;
}

static void many_threads_lose_nothing_and_wait_for_room(void **state)
{
	struct mqtt_mailbox mb;
	pthread_t threads[N_THREADS];
	size_t n = 0;

	assert_int_equal(mqtt_mailbox_init(&mb, MAX_BYTES), 0);
	for (size_t i = 0; i < N_THREADS; i++) {
		assert_int_equal(
			pthread_create(&threads[i], NULL, put_many, &mb), 0);
	}
	while (n < (size_t)N_THREADS * N_EACH) {
		size_t n_bytes = 0;
		struct mqtt_event *e = NULL;

		assert_true(is_readable(&mb, 20000));
		e = mqtt_mailbox_take(&mb);
		while (e) {
			struct mqtt_event *next = e->next;

			n_bytes += e->topic.len + e->payload.len;
			n++;
			mqtt_event_free(e);
			e = next;
		}
		assert_true(n_bytes <= MAX_BYTES);
	}
	for (size_t i = 0; i < N_THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	mqtt_mailbox_deinit(&mb);
}

static void closing_frees_who_waits(void **state)
{
	struct mqtt_mailbox mb;
	pthread_t threads[N_THREADS];

	assert_int_equal(mqtt_mailbox_init(&mb, MAX_BYTES), 0);
	for (size_t i = 0; i < N_THREADS; i++) {
		assert_int_equal(
			pthread_create(&threads[i], NULL, put_many, &mb), 0);
	}
	assert_true(is_readable(&mb, 20000));
	mqtt_mailbox_close(&mb);
	for (size_t i = 0; i < N_THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	mqtt_mailbox_deinit(&mb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_out_in_their_order),
		cmocka_unit_test(one_that_is_too_large_fits_into_an_empty_one),
		cmocka_unit_test(much_memory_is_not_waited_for),
		cmocka_unit_test(a_closed_one_takes_nothing),
		cmocka_unit_test(many_threads_lose_nothing_and_wait_for_room),
		cmocka_unit_test(closing_frees_who_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
