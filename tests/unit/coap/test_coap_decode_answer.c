/* Answers, and what may be wrong with them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/coap/coap_decode.h"

#define RSC 307
#define RQI 283
#define CONTENT_FORMAT 12
#define CONTENT "{\"m2m:cnt\":{}}"

static struct coap_message m;
static struct gw_primitive request;
static struct gw_primitive *p;
static struct gw_reason why;

/* An answer of a oneM2M entity, without content. */
static int set_up(void **state)
{
	request = (struct gw_primitive){ .op = GW_OP_RETRIEVE };
	coap_message_init(&m, COAP_ACK, COAP_CODE(2, 5));
	coap_message_add(&m, RQI, GW_STR("r1"));
	coap_message_add_uint(&m, RSC, 2000);
	return 0;
}

static int tear_down(void **state)
{
	p = gw_primitive_free(p);
	return 0;
}

static enum gw_status decode(const char *payload)
{
	const struct coap_answer answer = {
		.m = &m,
		.request = &request,
		.id = GW_STR("r1"),
		.limit_bytes = 65536,
	};

	p = gw_primitive_free(p);
	why.text[0] = '\0';
	m.payload = gw_bytes_of(gw_str_from(payload));
	return coap_decode_answer(&p, &why, &answer);
}

static void is_refused(const char *payload, enum gw_status status)
{
	assert_int_equal(decode(payload), status);
	assert_null(p);
	assert_string_not_equal(why.text, "");
}

static void an_answer_has_the_id_that_its_request_had(void **state)
{
	assert_int_equal(decode(CONTENT), GW_STATUS_NONE);
	assert_true(gw_str_is(p->id, "r1"));
	assert_true(gw_str_is(gw_str_of(p->content), CONTENT));
	coap_message_remove(&m, RQI);
	assert_int_equal(decode(CONTENT), GW_STATUS_NONE);
	assert_true(gw_str_is(p->id, "r1"));
	coap_message_add(&m, RQI, GW_STR("r2"));
	is_refused(CONTENT, GW_STATUS_BAD_REQUEST);
}

static void a_status_that_is_none_is_derived_from_the_code(void **state)
{
	static const struct {
		const char *value;
		int wanted;
	} all[] = {
		{ "4999", 4999 },          { "999", GW_STATUS_OK },
		{ "10000", GW_STATUS_OK }, { "x", GW_STATUS_OK },
		{ "", GW_STATUS_OK },      { "4294967296", GW_STATUS_OK },
		{ "\x0f\xa4", 4004 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		coap_message_remove(&m, RSC);
		coap_message_add(&m, RSC, gw_str_from(all[i].value));
		assert_int_equal(decode(""), GW_STATUS_NONE);
		assert_int_equal(p->status, all[i].wanted);
	}
}

static void options_that_cannot_be_understood_are_refused(void **state)
{
	coap_message_add(&m, 65001, GW_STR("critical"));
	is_refused("", GW_STATUS_INTERNAL_SERVER_ERROR);
	coap_message_remove(&m, 65001);
	coap_message_add(&m, RQI, GW_STR("r1"));
	is_refused("", GW_STATUS_INTERNAL_SERVER_ERROR);
}

static void a_text_that_is_empty_is_absent(void **state)
{
	static const uint16_t numbers[] = { 259, 271, 275, 279, 295, 327, 331 };

	coap_message_remove(&m, RQI);
	coap_message_add(&m, RQI, GW_STR(""));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		coap_message_add(&m, numbers[i], GW_STR(""));
	}
	assert_int_equal(decode(""), GW_STATUS_NONE);
	assert_null(p->params);
	assert_false(gw_str_is_present(p->release));
	assert_true(gw_str_is(p->id, "r1"));
}

static void more_options_than_there_is_room_for_are_refused(void **state)
{
	for (size_t i = 0; i < COAP_FIELDS_MAX; i++) {
		coap_message_add(&m, 65000, GW_STR("elective"));
	}
	is_refused("", GW_STATUS_INTERNAL_SERVER_ERROR);
}

static void a_onem2m_entity_must_be_readable_and_no_other(void **state)
{
	is_refused("{", GW_STATUS_INTERNAL_SERVER_ERROR);
	coap_message_add_uint(&m, CONTENT_FORMAT, 0);
	is_refused("plain text", GW_STATUS_INTERNAL_SERVER_ERROR);
	assert_non_null(strstr(why.text, "RETRIEVE"));
	coap_message_remove(&m, RSC);
	assert_int_equal(decode("plain text"), GW_STATUS_NONE);
	assert_int_equal(p->content.len, 0);
	assert_int_equal(p->status, GW_STATUS_OK);
}

static void expect_dropped(enum gw_op op, unsigned status)
{
	request.op = op;
	coap_message_remove(&m, RSC);
	coap_message_add_uint(&m, RSC, status);
	assert_int_equal(decode("OK"), GW_STATUS_NONE);
	assert_int_equal(p->status, status);
	assert_int_equal(p->content.len, 0);
	assert_int_equal(p->media, GW_MEDIA_NONE);
	assert_true(p->has_lost_content);
}

static void
where_the_status_says_all_an_unreadable_body_is_dropped(void **state)
{
	expect_dropped(GW_OP_NOTIFY, 2000);
	expect_dropped(GW_OP_DELETE, 2002);
	expect_dropped(GW_OP_RETRIEVE, 4004);
	expect_dropped(GW_OP_CREATE, 4105);
	coap_message_add_uint(&m, CONTENT_FORMAT, 0);
	expect_dropped(GW_OP_UPDATE, 5000);
	expect_dropped(GW_OP_NOTIFY, 2000);
}

static void who_needs_the_status_only_gets_it(void **state)
{
	static const char twice[] = "{\"m2m:csr\":{\"csi\":1,\"csi\":1}}";

	is_refused(twice, GW_STATUS_INTERNAL_SERVER_ERROR);
	request.needs_status_only = true;
	assert_int_equal(decode(twice), GW_STATUS_NONE);
	assert_int_equal(p->status, GW_STATUS_OK);
	assert_true(p->has_lost_content);
}

static void token_request_information_is_a_parameter(void **state)
{
	coap_message_remove(&m, RSC);
	coap_message_add_uint(&m, RSC, 4103);
	assert_int_equal(decode("{\"m2m:tqf\":{\"a\":1}}"), GW_STATUS_NONE);
	assert_true(gw_str_is(gw_primitive_get(p, GW_STR("tqf")), "{\"a\":1}"));
	assert_int_equal(p->content.len, 0);
	coap_message_add_uint(&m, CONTENT_FORMAT, 60);
	assert_int_equal(decode("\xa1\x67m2m:tqf\xa1\x61"
				"a\x01"),
			 GW_STATUS_NONE);
	assert_true(gw_str_is(gw_primitive_get(p, GW_STR("tqf")), "{\"a\":1}"));
}

static void a_success_with_that_name_is_content(void **state)
{
	assert_int_equal(decode("{\"m2m:tqf\":{}}"), GW_STATUS_NONE);
	assert_null(gw_primitive_get(p, GW_STR("tqf")).at);
	assert_true(gw_str_is(gw_str_of(p->content), "{\"m2m:tqf\":{}}"));
}

static void a_whole_primitive_must_be_an_answer(void **state)
{
	coap_message_remove(&m, RQI);
	coap_message_remove(&m, RSC);
	assert_int_equal(
		decode("{\"rsc\":4004,\"rqi\":\"r1\",\"pc\":" CONTENT "}"),
		GW_STATUS_NONE);
	assert_int_equal(p->status, GW_STATUS_NOT_FOUND);
	assert_true(gw_str_is(gw_str_of(p->content), CONTENT));
	is_refused("{\"rsc\":99,\"rqi\":\"r1\"}",
		   GW_STATUS_INTERNAL_SERVER_ERROR);
	is_refused("{\"rsc\":2000,\"rqi\":\"r2\"}", GW_STATUS_BAD_REQUEST);
	assert_int_equal(decode("{\"op\":2,\"rsc\":2000,\"to\":\"x\","
				"\"rqi\":\"r1\"}"),
			 GW_STATUS_NONE);
	assert_int_equal(p->op, GW_OP_NONE);
	assert_int_equal(p->status, GW_STATUS_OK);
}

static void
where_the_status_says_all_an_unreadable_primitive_is_dropped(void **state)
{
	static const char bad[] = "{\"rsc\":99,\"rqi\":\"r1\"}";

	is_refused(bad, GW_STATUS_INTERNAL_SERVER_ERROR);
	request.op = GW_OP_NOTIFY;
	assert_int_equal(decode(bad), GW_STATUS_NONE);
	assert_int_equal(p->status, GW_STATUS_OK);
	assert_true(p->has_lost_content);
	coap_message_remove(&m, RSC);
	m.code = COAP_CODE(4, 4);
	request.op = GW_OP_RETRIEVE;
	assert_int_equal(decode(bad), GW_STATUS_NONE);
	assert_int_equal(p->status, GW_STATUS_NOT_FOUND);
	assert_true(p->has_lost_content);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(an_answer_has_the_id_that_its_request_had),
		CLAIM(a_status_that_is_none_is_derived_from_the_code),
		CLAIM(options_that_cannot_be_understood_are_refused),
		CLAIM(a_text_that_is_empty_is_absent),
		CLAIM(more_options_than_there_is_room_for_are_refused),
		CLAIM(a_onem2m_entity_must_be_readable_and_no_other),
		CLAIM(where_the_status_says_all_an_unreadable_body_is_dropped),
		CLAIM(who_needs_the_status_only_gets_it),
		CLAIM(token_request_information_is_a_parameter),
		CLAIM(a_success_with_that_name_is_content),
		CLAIM(a_whole_primitive_must_be_an_answer),
		CLAIM(where_the_status_says_all_an_unreadable_primitive_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
