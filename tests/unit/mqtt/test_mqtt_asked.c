/* Requests of peers, and the topics of their answers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_asked.h"
#include "bindings/mqtt/mqtt_broker.h"
#include "bindings/mqtt/mqtt_state.h"
#include "bindings/mqtt/mqtt_topic.h"

static struct mqtt_state mqtt;
static struct mqtt_broker broker;

static int set_up(void **state)
{
	mqtt = (struct mqtt_state){ 0 };
	gw_buf_init(&mqtt.topic, 0, 128);
	broker = (struct mqtt_broker){ .mqtt = &mqtt };
	return 0;
}

static int tear_down(void **state)
{
	mqtt_asked_drop_all(&broker);
	assert_null(broker.asked);
	gw_buf_deinit(&mqtt.topic);
	return 0;
}

/* A request on this topic, which lives no longer than the call. */
static struct mqtt_asked *asked_on(const char *text)
{
	char copy[256];
	struct mqtt_topic topic;
	struct mqtt_asked *asked = NULL;
	size_t len = strlen(text);

	assert_true(len < sizeof(copy));
	memcpy(copy, text, len + 1);
	assert_true(mqtt_topic_parse(&topic, broker.account.prefix,
				     gw_str_from(copy)));
	asked = mqtt_asked_new(&broker, &topic);
	memset(copy, 'x', sizeof(copy));
	return asked;
}

static void is_answered_on(const char *request, const char *wanted)
{
	struct mqtt_asked *asked = asked_on(request);

	assert_non_null(asked);
	assert_true(gw_str_is((struct gw_str){ asked->topic, asked->topic_len },
			      wanted));
}

static void an_answer_goes_back_with_the_same_levels(void **state)
{
	is_answered_on("/oneM2M/req/C1/id-in/json",
		       "/oneM2M/resp/C1/id-in/json");
	is_answered_on("/oneM2M/req/id-in:C1/:sp.a:id-in/cbor",
		       "/oneM2M/resp/id-in:C1/:sp.a:id-in/cbor");
	is_answered_on("/oneM2M/reg_req/C1/id-in/json",
		       "/oneM2M/reg_resp/C1/id-in/json");
	is_answered_on("/oneM2M/req/C1/id-in", "/oneM2M/resp/C1/id-in");
}

static void an_answer_stays_below_the_prefix(void **state)
{
	broker.account.prefix = GW_STR("site/a");
	is_answered_on("site/a/oneM2M/req/C1/id-in/json",
		       "site/a/oneM2M/resp/C1/id-in/json");
}

static void a_topic_that_is_too_long_is_none(void **state)
{
	gw_buf_deinit(&mqtt.topic);
	gw_buf_init(&mqtt.topic, 0, 16);
	assert_null(asked_on("/oneM2M/req/C1/id-in/json"));
	assert_null(broker.asked);
}

static void each_is_freed_by_itself(void **state)
{
	struct mqtt_asked *asked[3] = { NULL };

	for (size_t i = 0; i < 3; i++) {
		asked[i] = asked_on("/oneM2M/req/C1/id-in/json");
		assert_non_null(asked[i]);
	}
	mqtt_asked_free(asked[1]);
	mqtt_asked_free(asked[2]);
	assert_ptr_equal(broker.asked, asked[0]);
	assert_null(asked[0]->next);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(an_answer_goes_back_with_the_same_levels),
		CLAIM(an_answer_stays_below_the_prefix),
		CLAIM(a_topic_that_is_too_long_is_none),
		CLAIM(each_is_freed_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
