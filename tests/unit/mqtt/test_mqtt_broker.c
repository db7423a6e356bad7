/* When a broker that is away is tried again. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_broker.h"
#include "bindings/mqtt/mqtt_event.h"
#include "bindings/mqtt/mqtt_send.h"
#include "bindings/mqtt/mqtt_state.h"
#include "tests/support/fake_world.h"

#define HOUR_MS 3600000

/* A request that waits does not wait longer than this. */
#define IMPATIENCE_MS 1000

static struct fake_world w;
static struct gw_binding binding;
static struct mqtt_state mqtt;
static struct mqtt_broker broker;
static struct mqtt_sent request;

static void ended(struct mqtt_outbox *o, const struct mqtt_out *out,
		  enum mqtt_end end, const char *why)
{
}

static void fired(struct gw_timer *t)
{
	fail_msg("the broker is tried");
}

/* One that was lost, and is tried again in an hour. */
static int set_up(void **state)
{
	fake_world_init(&w, NULL);
	binding = (struct gw_binding){ .relay = w.relay };
	mqtt = (struct mqtt_state){ .binding = &binding, .loop = &w.loop.base };
	broker = (struct mqtt_broker){
		.mqtt = &mqtt,
		.state = MQTT_BROKER_DOWN,
		.next_ms = gw_loop_now_ms(&w.loop.base) + HOUR_MS,
		.timer.fire = fired,
	};
	mqtt_outbox_init(&broker.outbox, w.relay, ended);
	gw_timer_set(&w.loop.base, &broker.timer, broker.next_ms);
	return 0;
}

static int tear_down(void **state)
{
	gw_timer_clear(&w.loop.base, &broker.timer);
	mqtt_outbox_fail_requests(&broker.outbox, "");
	mqtt_outbox_deinit(&broker.outbox, NULL);
	fake_world_deinit(&w);
	return 0;
}

static void publish(struct mqtt_sent *sent)
{
	struct mqtt_out *out = mqtt_out_new(
		GW_STR("t"), (struct gw_bytes){ (const uint8_t *)"", 1 });

	assert_non_null(out);
	out->sent = sent;
	mqtt_broker_publish(&broker, out);
}

static void a_request_pulls_the_next_attempt_forward(void **state)
{
	publish(&request);
	assert_int_equal(broker.timer.at_ms,
			 gw_loop_now_ms(&w.loop.base) + IMPATIENCE_MS);
}

static void an_answer_waits_as_long_as_it_takes(void **state)
{
	int64_t at_ms = broker.timer.at_ms;

	publish(NULL);
	assert_int_equal(broker.timer.at_ms, at_ms);
}

static void one_more_request_does_not_put_it_off(void **state)
{
	int64_t at_ms = gw_loop_now_ms(&w.loop.base) + IMPATIENCE_MS;

	for (size_t i = 0; i < 9; i++) {
		publish(&request);
		assert_int_equal(broker.timer.at_ms, at_ms);
		fake_loop_pass(&w.loop, IMPATIENCE_MS / 10);
	}
}

static void an_attempt_that_is_near_stays(void **state)
{
	broker.next_ms = gw_loop_now_ms(&w.loop.base) + 10;
	publish(&request);
	assert_int_equal(broker.timer.at_ms, broker.next_ms);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_request_pulls_the_next_attempt_forward),
		CLAIM(an_answer_waits_as_long_as_it_takes),
		CLAIM(one_more_request_does_not_put_it_off),
		CLAIM(an_attempt_that_is_near_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
