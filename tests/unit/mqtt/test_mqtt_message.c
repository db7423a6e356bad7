/* One primitive as one payload. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_message.h"
#include "core/lib/buf.h"

static struct gw_bytes bytes_of(const char *text)
{
	return gw_bytes_of(gw_str_from(text));
}

static void the_type_says_how_it_is_written(void **state)
{
	const struct gw_str none = { 0 };
	const struct gw_bytes map = { (const uint8_t *)"\xa1\x01\x02", 3 };

	assert_int_equal(mqtt_message_media(GW_STR("json"), map),
			 GW_MEDIA_JSON);
	assert_int_equal(mqtt_message_media(GW_STR("cbor"), bytes_of("{}")),
			 GW_MEDIA_CBOR);
	assert_int_equal(mqtt_message_media(GW_STR("xml"), bytes_of("<a/>")),
			 GW_MEDIA_NONE);
	assert_int_equal(mqtt_message_media(GW_STR("x"), bytes_of("{}")),
			 GW_MEDIA_NONE);
	assert_int_equal(mqtt_message_media(none, bytes_of(" {}")),
			 GW_MEDIA_JSON);
	assert_int_equal(mqtt_message_media(none, map), GW_MEDIA_CBOR);
	assert_int_equal(mqtt_message_media(none, bytes_of("")), GW_MEDIA_JSON);
}

static enum mqtt_content decode(enum gw_media media, struct gw_bytes payload)
{
	struct gw_primitive *p = NULL;
	struct gw_reason why = { "" };
	enum gw_status status = GW_STATUS_NONE;
	enum mqtt_content content = mqtt_message_decode(&p, &status, &why,
							media, payload);

	assert_true((content == MQTT_IS_NOTHING) == (p == NULL));
	gw_primitive_free(p);
	return content;
}

static void only_requests_may_be_answered(void **state)
{
	assert_int_equal(
		decode(GW_MEDIA_JSON,
		       bytes_of("{\"op\":2,\"to\":\"x\",\"rqi\":\"1\"}")),
		MQTT_IS_REQUEST);
	assert_int_equal(
		decode(GW_MEDIA_JSON, bytes_of("{\"op\":2,\"rqi\":\"1\"}")),
		MQTT_IS_REFUSED);
	assert_int_equal(
		decode(GW_MEDIA_JSON, bytes_of("{\"rsc\":2000,\"rqi\":\"1\"}")),
		MQTT_IS_ANSWER);
	assert_int_equal(decode(GW_MEDIA_JSON, bytes_of("{\"rqi\":\"1\"}")),
			 MQTT_IS_NOTHING);
	assert_int_equal(decode(GW_MEDIA_JSON, bytes_of("")), MQTT_IS_NOTHING);
	assert_int_equal(decode(GW_MEDIA_CBOR, bytes_of("{}")),
			 MQTT_IS_NOTHING);
}

static void what_is_written_is_read_again(void **state)
{
	const enum gw_media all[] = { GW_MEDIA_JSON, GW_MEDIA_CBOR };
	const struct gw_codec_hop hop = { .id = GW_STR("new") };
	struct gw_primitive *p = NULL;
	struct gw_reason why = { "" };
	enum gw_status status = GW_STATUS_NONE;
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, 4096);
	for (size_t i = 0; i < 2; i++) {
		struct gw_primitive *request = gw_primitive_new(512, 4096);

		assert_non_null(request);
		request->op = GW_OP_RETRIEVE;
		request->id = GW_STR("old");
		request->to = GW_STR("cse-in");
		request->from = GW_STR("C1");
		gw_buf_clear(&buf);
		mqtt_message_encode(&buf, all[i], request, &hop);
		gw_primitive_free(request);
		assert_int_equal(mqtt_message_decode(&p, &status, &why, all[i],
						     gw_buf_bytes(&buf)),
				 MQTT_IS_REQUEST);
		assert_true(gw_str_is(p->id, "new"));
		assert_true(gw_str_is(p->to, "cse-in"));
		gw_primitive_free(p);
	}
}

static void a_primitive_takes_the_form_of_its_content(void **state)
{
	struct gw_primitive p = { 0 };

	assert_int_equal(mqtt_message_form(&p, GW_MEDIA_NONE), GW_MEDIA_JSON);
	assert_int_equal(mqtt_message_form(&p, GW_MEDIA_CBOR), GW_MEDIA_CBOR);
	assert_int_equal(mqtt_message_form(&p, GW_MEDIA_XML), GW_MEDIA_JSON);
	p.content = bytes_of("x");
	p.media = GW_MEDIA_CBOR;
	assert_int_equal(mqtt_message_form(&p, GW_MEDIA_JSON), GW_MEDIA_CBOR);
	p.media = GW_MEDIA_XML;
	assert_int_equal(mqtt_message_form(&p, GW_MEDIA_JSON), GW_MEDIA_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_type_says_how_it_is_written),
		cmocka_unit_test(only_requests_may_be_answered),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(a_primitive_takes_the_form_of_its_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
