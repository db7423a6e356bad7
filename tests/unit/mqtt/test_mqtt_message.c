/* How one primitive is written as one payload. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/mqtt/mqtt_message.h"

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
		cmocka_unit_test(a_primitive_takes_the_form_of_its_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
