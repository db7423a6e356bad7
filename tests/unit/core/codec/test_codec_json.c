#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/codec/codec_json.h"
#include "core/lib/arena.h"
#include "tests/unit/core/codec/json_claims.h"

#define LIMIT_BYTES ((size_t)1 << 20)

/* The head of a request, to which a test adds what it is about. */
#define RETRIEVE \
	"{\"op\":2,\"to\":\"cb\",\"fr\":\"Cae\",\"rqi\":\"r1\",\"rvi\":\"3\""

static const struct gw_codec_hop same = { 0 };

static void crosses_as(const char *text, const char *json)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = json_primitive(
		text);

	json_written(p, &same, json);
}

static void crosses(const char *text)
{
	crosses_as(text, text);
}

/* Refused, and what is left of it is a request with this id that can be
 * answered. */
static void refused_to(const char *text, const char *reason, const char *id)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
	struct gw_reason why = { 0 };

	assert_int_equal(
		gw_codec_json_decode(&p, &why, gw_str_from(text), LIMIT_BYTES),
		GW_STATUS_BAD_REQUEST);
	assert_string_equal(why.text, reason);
	assert_non_null(p);
	assert_true(gw_primitive_is_request(p));
	assert_true(gw_str_is(p->id, id));
	assert_null(p->from.at);
	assert_null(p->to.at);
	assert_null(p->params);
	assert_null(p->content.at);
	assert_int_equal(p->type, 0);
}

/* Refused, and nobody may be answered. */
static void refused(const char *text, const char *reason)
{
	struct gw_primitive *p = NULL;
	struct gw_reason why = { 0 };

	assert_int_equal(
		gw_codec_json_decode(&p, &why, gw_str_from(text), LIMIT_BYTES),
		GW_STATUS_BAD_REQUEST);
	assert_string_equal(why.text, reason);
	assert_null(p);
}

static void a_request_is_read_into_its_fields(void **state)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = json_primitive(
		"{\"op\":1,\"to\":\"/id-in/cb\",\"fr\":\"Cae\",\"rqi\":\"r1\","
		"\"rvi\":\"2a\",\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":1}}}");

	assert_int_equal(p->op, GW_OP_CREATE);
	assert_int_equal(p->status, GW_STATUS_NONE);
	assert_int_equal(p->type, 4);
	assert_true(gw_str_is(p->to, "/id-in/cb"));
	assert_true(gw_str_is(p->from, "Cae"));
	assert_true(gw_str_is(p->id, "r1"));
	assert_true(gw_str_is(p->release, "2a"));
	assert_null(p->params);
	assert_int_equal(p->media, GW_MEDIA_JSON);
	assert_true(
		gw_str_is(gw_str_of(p->content), "{\"m2m:cin\":{\"con\":1}}"));
}

static void an_answer_is_read_into_its_fields(void **state)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = json_primitive(
		"{\"rsc\":2001,\"rqi\":\"r1\",\"rvi\":\"4\"}");

	assert_int_equal(p->op, GW_OP_NONE);
	assert_int_equal(p->status, GW_STATUS_CREATED);
	assert_true(gw_str_is(p->id, "r1"));
	assert_true(gw_str_is(p->release, "4"));
	assert_null(p->to.at);
	assert_null(p->from.at);
	assert_null(p->content.at);
	assert_int_equal(p->media, GW_MEDIA_NONE);
}

static void a_primitive_outlives_the_text_it_was_read_from(void **state)
{
	char text[] = RETRIEVE ",\"rcn\":1,\"a\\u0062\":[2],\"pc\":{\"x\":1}}";
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = json_primitive(
		text);

	memset(text, 'x', sizeof(text));
	json_written(p, &same,
		     RETRIEVE ",\"rcn\":1,\"ab\":[2],\"pc\":{\"x\":1}}");
}

static void members_are_written_in_one_order(void **state)
{
	crosses_as("{\"pc\":{\"a\":1},\"z\":1,\"ty\":4,\"rvi\":\"3\",\"b\":2,"
		   "\"rqi\":\"r1\",\"fr\":\"Cae\",\"to\":\"cb\",\"op\":1}",
		   "{\"op\":1,\"to\":\"cb\",\"fr\":\"Cae\",\"rqi\":\"r1\","
		   "\"rvi\":\"3\",\"ty\":4,\"z\":1,\"b\":2,\"pc\":{\"a\":1}}");
	crosses_as("{\"pc\":{},\"rqi\":\"r1\",\"x\":true,\"rsc\":2000}",
		   "{\"rsc\":2000,\"rqi\":\"r1\",\"x\":true,\"pc\":{}}");
}

static void what_is_absent_stays_absent(void **state)
{
	crosses("{\"op\":2,\"to\":\"cb\",\"rqi\":\"r1\"}");
	crosses("{\"rsc\":2000}");
	crosses("{\"op\":1,\"to\":\"cb\",\"fr\":\"\",\"rqi\":\"r1\",\"rvi\":\"\"}");
}

static void a_parameter_that_is_null_is_absent(void **state)
{
	crosses_as("{\"op\":1,\"to\":\"cb\",\"fr\":null,\"rqi\":\"r1\","
		   "\"rvi\":null,\"ty\":null,\"rsc\":null,\"fc\":null,"
		   "\"rcn\":null,\"rt\":null,\"ot\":null,\"x\":null,"
		   "\"pc\":null}",
		   "{\"op\":1,\"to\":\"cb\",\"rqi\":\"r1\"}");
	crosses_as("{\"op\":null,\"rsc\":2000,\"to\":null,\"fr\":null,"
		   "\"rqi\":null,\"rvi\":null,\"ty\":null,\"ot\":null,"
		   "\"pc\":null}",
		   "{\"rsc\":2000}");
	crosses("{\"rsc\":2000,\"x\":[null],\"pc\":{\"a\":null}}");
}

static void every_parameter_of_a_request_crosses(void **state)
{
	crosses(RETRIEVE
		",\"ty\":3,\"ot\":\"20260101T000000\",\"rqet\":5000,"
		"\"rset\":\"20260101T000000,5\",\"oet\":\"1\",\"rt\":{\"rtv\":2,"
		"\"nu\":[]},\"rp\":\"PT1H\",\"rcn\":4,\"ec\":100,\"da\":true,"
		"\"gid\":\"g\",\"fc\":{\"fu\":1,\"lbl\":[\"a\",\"b\"]},\"drt\":2,"
		"\"rids\":[\"r\"],\"tkns\":[\"a.b.c\"],\"tids\":[\"t\"],"
		"\"ltids\":[],\"tqi\":false,\"grtm\":[\"/x\"],\"asi\":true,"
		"\"aus\":[\"s\"],\"auri\":false,\"sqi\":true,\"vsi\":\"v\","
		"\"omr\":[\"o\"],\"prpi\":\"p\",\"msu\":\"m\","
		"\"pc\":{\"m2m:cnt\":{}}}");
}

static void every_parameter_of_an_answer_crosses(void **state)
{
	crosses("{\"rsc\":2000,\"to\":\"Cae\",\"fr\":\"/id-in\",\"rqi\":\"r1\","
		"\"rvi\":\"4\",\"ty\":3,\"ot\":\"20260101T000000\","
		"\"rset\":\"1\",\"ec\":2,\"vsi\":\"v\",\"cnst\":1,\"cnot\":12,"
		"\"ati\":{\"ltia\":[{\"lti\":\"l\",\"tkid\":\"t\"}]},"
		"\"tqf\":{\"dgt\":[]},\"asri\":true,\"drt\":1,\"rcn\":1,"
		"\"pc\":{\"m2m:cb\":{}}}");
}

static void an_unknown_parameter_crosses_as_it_was_written(void **state)
{
	crosses(RETRIEVE ",\"x\":{ \"a\" : [ 1.0 , -0 ] },"
			 "\"y\":18446744073709551616,\"z\":\"\\u00e9\\/\","
			 "\"\":false}");
}

static void content_crosses_byte_for_byte(void **state)
{
	static const char *const contents[] = {
		"{ \"m2m:cin\" :\t{ \"con\" : 1.0 } }",
		"{\"a\":9007199254740993,\"b\":3.14159265358979323846264338}",
		"{\"a\":\"\\u0041\\/\\ud83d\\ude00\",\"b\":\"\xf0\x9f\x98\x80\"}",
		"{\"a\":1e5,\"b\":1E+05,\"c\":-0.0}",
		"{\"m2m:rsp\":{\"rsc\":2000,\"pc\":{}}}",
		"\"to parsing error\"",
		"[1,2]",
		"17",
		"true",
		"{}",
	};

	for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), RETRIEVE ",\"pc\":%s}",
			       contents[i]);
		crosses(text);
		(void)snprintf(text, sizeof(text),
			       "{\"rsc\":2000,\"rqi\":\"r1\",\"pc\":%s}",
			       contents[i]);
		crosses(text);
	}
}

static void numbers_may_be_floats_or_strings_of_digits(void **state)
{
	crosses_as("{\"rsc\":2000.0,\"rqi\":\"r1\",\"ty\":\"3\"}",
		   "{\"rsc\":2000,\"rqi\":\"r1\",\"ty\":3}");
	crosses_as("{\"rsc\":\"2000\",\"rqi\":\"r1\",\"ty\":3.0}",
		   "{\"rsc\":2000,\"rqi\":\"r1\",\"ty\":3}");
	crosses_as("{\"op\":\"1\",\"to\":\"cb\",\"rqi\":\"r1\",\"ty\":4e0}",
		   "{\"op\":1,\"to\":\"cb\",\"rqi\":\"r1\",\"ty\":4}");
}

static void a_status_without_a_name_crosses(void **state)
{
	crosses("{\"rsc\":4999,\"rqi\":\"r1\"}");
	crosses("{\"rsc\":6999,\"rqi\":\"r1\"}");
}

static void a_numeric_id_of_an_answer_is_its_text(void **state)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = json_primitive(
		"{\"rsc\":2000,\"rqi\":1234567890123456789}");

	assert_true(gw_str_is(p->id, "1234567890123456789"));
}

static void a_number_that_is_no_integer_is_refused_to_its_sender(void **state)
{
	static const char *const ids[] = { "1.0", "1e5", "-1.5E+3" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		char text[64];

		(void)snprintf(text, sizeof(text),
			       "{\"op\":2,\"to\":\"cb\",\"rqi\":%s}", ids[i]);
		refused_to(text, "rqi is no string", ids[i]);
	}
}

static void an_answer_may_be_without_an_id(void **state)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = json_primitive(
		"{\"rsc\":2000.0,\"rvi\":\"3\",\"pc\":{}}");
	gw_cleanup(gw_primitive_freep) struct gw_primitive *empty = json_primitive(
		"{\"rsc\":4000,\"rqi\":\"\",\"rvi\":\"2a\",\"pc\":\"to parsing "
		"error\"}");

	assert_null(p->id.at);
	assert_null(empty->id.at);
}

static void a_lone_wrapper_is_taken_off(void **state)
{
	crosses_as("{\"m2m:rqp\":" RETRIEVE "}}", RETRIEVE "}");
	crosses_as(" { \"m2m:rsp\" : {\"rsc\":2000,\"rqi\":\"r1\"} } ",
		   "{\"rsc\":2000,\"rqi\":\"r1\"}");
	crosses_as("{\"m2m:\\u0072qp\":" RETRIEVE "}}", RETRIEVE "}");
}

static void only_one_wrapper_of_an_object_is_taken_off(void **state)
{
	static const char reason[] = "op or rsc must be present";

	refused("{\"m2m:rqp\":{\"m2m:rqp\":" RETRIEVE "}}}", reason);
	refused("{\"m2m:rqp\":" RETRIEVE "},\"x\":1}", reason);
	refused("{\"m2m:rqp\":[" RETRIEVE "}]}", reason);
	refused("{\"m2m:req\":" RETRIEVE "}}", reason);
}

static void names_and_texts_may_be_written_with_escapes(void **state)
{
	crosses_as(
		"{\"\\u006fp\":2,\"t\\u006f\":\"c\\u0062\",\"\\u0066\\u0072\":"
		"\"\\u0043ae\",\"rq\\u0069\":\"r\\u0031\",\"\\u0072vi\":"
		"\"\\u0033\",\"t\\u0079\":3,\"p\\u0063\":{\"\\u0061\":1},"
		"\"\\u0078\":\"\\u0079\"}",
		RETRIEVE ",\"ty\":3,\"x\":\"\\u0079\",\"pc\":{\"\\u0061\":1}}");
	crosses_as("{\"\\u0072sc\":2000,\"rqi\":\"\\\"\\\\\\u00e9\"}",
		   "{\"rsc\":2000,\"rqi\":\"\\\"\\\\\xc3\xa9\"}");
}

static void what_has_a_status_is_an_answer(void **state)
{
	crosses_as("{\"op\":4,\"rsc\":2002,\"rqi\":\"r1\"}",
		   "{\"rsc\":2002,\"rqi\":\"r1\"}");
	crosses_as("{\"rsc\":2002.0,\"op\":\"DELETE\",\"rqi\":1}",
		   "{\"rsc\":2002,\"rqi\":\"1\"}");
	refused("{\"op\":2,\"rsc\":\"x\",\"to\":\"cb\",\"rqi\":\"r1\"}",
		"rsc is no number that it can be");
}

static void neither_op_nor_rsc_is_refused_and_never_answered(void **state)
{
	refused("{\"to\":\"cb\",\"rqi\":\"r1\"}", "op or rsc must be present");
	refused("{}", "op or rsc must be present");
	refused("{\"op\":null,\"rsc\":null,\"rqi\":\"r1\"}",
		"op or rsc must be present");
}

static void a_refused_answer_is_never_answered(void **state)
{
	refused("{\"rsc\":\"x\",\"rqi\":\"r1\"}",
		"rsc is no number that it can be");
	refused("{\"rsc\":2000,\"rqi\":true}", "rqi is no string");
	refused("{\"rsc\":2000,\"rqi\":\"r\\n1\"}",
		"rqi holds a control character");
	refused("{\"rsc\":2000,\"rqi\":\"r1\",\"ty\":\"AE\"}",
		"ty is no number that it can be");
}

static void a_status_outside_four_digits_is_refused(void **state)
{
	static const char *const bad[] = { "0",    "-1",   "10000", "2000.5",
					   "true", "1e99", "\"\"" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[64];

		(void)snprintf(text, sizeof(text),
			       "{\"rsc\":%s,\"rqi\":\"r1\"}", bad[i]);
		refused(text, "rsc is no number that it can be");
	}
}

static void an_operation_that_does_not_exist_is_refused(void **state)
{
	static const char *const bad[] = { "0",     "6",   "-1", "1.5",
					   "\"C\"", "[1]", "{}" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[64];

		(void)snprintf(text, sizeof(text),
			       "{\"op\":%s,\"to\":\"cb\",\"rqi\":\"r1\"}",
			       bad[i]);
		refused_to(text, "op is no number that it can be", "r1");
	}
}

static void a_resource_type_that_cannot_be_is_refused(void **state)
{
	refused_to(RETRIEVE ",\"ty\":0}", "ty is no number that it can be",
		   "r1");
	refused_to(RETRIEVE ",\"ty\":65536}", "ty is no number that it can be",
		   "r1");
	refused_to(RETRIEVE ",\"ty\":[3]}", "ty is no number that it can be",
		   "r1");
	crosses(RETRIEVE ",\"ty\":65535}");
}

static void a_release_that_is_no_string_is_refused_in_a_request(void **state)
{
	refused_to("{\"op\":2,\"to\":\"cb\",\"rqi\":\"r1\",\"rvi\":3}",
		   "rvi is no string", "r1");
	crosses_as("{\"rsc\":2000,\"rqi\":\"r1\",\"rvi\":3}",
		   "{\"rsc\":2000,\"rqi\":\"r1\",\"rvi\":\"3\"}");
}

static void a_request_without_a_readable_id_is_refused_silently(void **state)
{
	refused("{\"op\":2,\"to\":\"cb\"}", "rqi is missing");
	refused("{\"op\":2,\"to\":\"cb\",\"rqi\":\"\"}", "rqi is missing");
	refused("{\"op\":2,\"to\":\"cb\",\"rqi\":[1]}", "rqi is no string");
	refused("{\"op\":2,\"to\":\"cb\",\"rqi\":null}", "rqi is missing");
	refused("{\"op\":2,\"to\":\"cb\",\"rqi\":\"a\\u0007\"}",
		"rqi holds a control character");
	refused("{\"op\":9,\"to\":\"cb\"}", "op is no number that it can be");
}

static void a_request_without_a_target_is_refused(void **state)
{
	refused_to("{\"op\":2,\"rqi\":\"r1\",\"rvi\":\"3\"}", "to is missing",
		   "r1");
}

static void an_identifier_with_a_control_character_is_refused(void **state)
{
	static const char *const bad[] = { "\\r\\n",  "\\u0001", "\\t",
					   "\\u001f", "\\u007f", "\x7f" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[128];

		(void)snprintf(text, sizeof(text),
			       "{\"op\":2,\"rqi\":\"r1\",\"to\":\"cb%sx\"}",
			       bad[i]);
		refused_to(text, "to holds a control character", "r1");
		(void)snprintf(text, sizeof(text),
			       "{\"op\":2,\"rqi\":\"r1\",\"to\":\"cb\","
			       "\"fr\":\"a%sb\"}",
			       bad[i]);
		refused_to(text, "fr holds a control character", "r1");
		(void)snprintf(text, sizeof(text),
			       "{\"op\":2,\"rqi\":\"r1\",\"to\":\"cb\","
			       "\"rvi\":\"3%s\"}",
			       bad[i]);
		refused_to(text, "rvi holds a control character", "r1");
	}
}

static void an_identifier_that_is_no_string_is_refused(void **state)
{
	refused_to("{\"op\":2,\"rqi\":\"r1\",\"to\":7}", "to is no string",
		   "r1");
	refused_to("{\"op\":2,\"rqi\":\"r1\",\"to\":null}", "to is missing",
		   "r1");
	refused_to("{\"op\":2,\"rqi\":\"r1\",\"to\":\"cb\",\"fr\":[\"C\"]}",
		   "fr is no string", "r1");
}

static void what_is_left_of_a_refused_request_tells_its_release(void **state)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
	struct gw_reason why;
	char text[] = "{\"op\":5,\"rqi\":\"r\\u0031\",\"rvi\":\"2\\u0061\"}";

	assert_int_equal(
		gw_codec_json_decode(&p, &why, gw_str_from(text), LIMIT_BYTES),
		GW_STATUS_BAD_REQUEST);
	memset(text, 'x', sizeof(text));
	assert_int_equal(p->op, GW_OP_NOTIFY);
	assert_true(gw_str_is(p->id, "r1"));
	assert_true(gw_str_is(p->release, "2a"));
}

static void bad_json_is_refused_with_reason_and_place(void **state)
{
	refused("", "the text ends too soon, at byte 0");
	refused("[]", "this is no JSON object, at byte 0");
	refused("{\"op\":01}", "a number has a leading zero, at byte 6");
	refused("{\"fr\":\"a\",\"\\u0066r\":\"b\"}",
		"a member name stands twice, at byte 10");
	refused("{\"pc\":\"\\u0000\"}", "a string holds NUL, at byte 7");
	refused("WebSocket server is not running",
		"this is no JSON object, at byte 0");
}

static size_t print_members(char *text, size_t size, unsigned n)
{
	size_t len = (size_t)snprintf(text, size, "{\"rsc\":2000");

	for (unsigned i = 1; i < n; i++) {
		len += (size_t)snprintf(text + len, size - len, ",\"x%u\":%u",
					i, i);
	}
	return len + (size_t)snprintf(text + len, size - len, "}");
}

static void a_primitive_has_64_members_and_no_more(void **state)
{
	char text[1024];

	(void)print_members(text, sizeof(text), 64);
	crosses(text);
	(void)print_members(text, sizeof(text), 65);
	refused(text, "the object has too many members, at byte 567");
}

static void a_primitive_beyond_its_limit_is_refused_and_answered(void **state)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
	struct gw_reason why;
	char text[600];

	(void)snprintf(text, sizeof(text), RETRIEVE ",\"pc\":\"%0400d\"}", 0);
	assert_int_equal(gw_codec_json_decode(&p, &why, gw_str_from(text), 100),
			 GW_STATUS_BAD_REQUEST);
	assert_string_equal(why.text, "the primitive is too large");
	assert_non_null(p);
	assert_true(gw_str_is(p->id, "r1"));
}

/* Large content stands apart from the rest, so that it can be freed first. */
static void large_content_leaves_when_it_is_dropped(void **state)
{
	static char text[20000];
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
	size_t held = 0;
	int n = snprintf(
		text, sizeof(text),
		"{\"op\":1,\"rqi\":\"r1\",\"x\":[1],\"pc\":{\"m2m:cin\":"
		"{\"con\":\"%015000d\"}},\"to\":\"c\\u0062\","
		"\"y\":\"after\",\"fr\":\"Cae\"}",
		7);

	assert_in_range(n, 15000, sizeof(text) - 1);
	p = json_primitive(text);
	assert_true(gw_str_starts(gw_str_of(p->content),
				  GW_STR("{\"m2m:cin\":{\"con\":\"000")));
	assert_int_equal(p->content.at[p->content.len - 1], '}');
	held = gw_arena_bytes_held(p->arena);
	gw_arena_drop(p->arena, p->content.at);
	p->content = (struct gw_bytes){ 0 };
	assert_in_range(gw_arena_bytes_held(p->arena), 1, held - 15000);
	assert_true(gw_str_is(p->to, "cb"));
	assert_true(gw_str_is(p->from, "Cae"));
	assert_true(gw_str_is(gw_primitive_get(p, GW_STR("x")), "[1]"));
	assert_true(gw_str_is(gw_primitive_get(p, GW_STR("y")), "\"after\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read_into_its_fields),
		cmocka_unit_test(an_answer_is_read_into_its_fields),
		cmocka_unit_test(
			a_primitive_outlives_the_text_it_was_read_from),
		cmocka_unit_test(members_are_written_in_one_order),
		cmocka_unit_test(what_is_absent_stays_absent),
		cmocka_unit_test(large_content_leaves_when_it_is_dropped),
		cmocka_unit_test(a_parameter_that_is_null_is_absent),
		cmocka_unit_test(every_parameter_of_a_request_crosses),
		cmocka_unit_test(every_parameter_of_an_answer_crosses),
		cmocka_unit_test(
			an_unknown_parameter_crosses_as_it_was_written),
		cmocka_unit_test(content_crosses_byte_for_byte),
		cmocka_unit_test(numbers_may_be_floats_or_strings_of_digits),
		cmocka_unit_test(a_status_without_a_name_crosses),
		cmocka_unit_test(a_numeric_id_of_an_answer_is_its_text),
		cmocka_unit_test(
			a_number_that_is_no_integer_is_refused_to_its_sender),
		cmocka_unit_test(an_answer_may_be_without_an_id),
		cmocka_unit_test(a_lone_wrapper_is_taken_off),
		cmocka_unit_test(only_one_wrapper_of_an_object_is_taken_off),
		cmocka_unit_test(names_and_texts_may_be_written_with_escapes),
		cmocka_unit_test(what_has_a_status_is_an_answer),
		cmocka_unit_test(
			neither_op_nor_rsc_is_refused_and_never_answered),
		cmocka_unit_test(a_refused_answer_is_never_answered),
		cmocka_unit_test(a_status_outside_four_digits_is_refused),
		cmocka_unit_test(an_operation_that_does_not_exist_is_refused),
		cmocka_unit_test(a_resource_type_that_cannot_be_is_refused),
		cmocka_unit_test(
			a_release_that_is_no_string_is_refused_in_a_request),
		cmocka_unit_test(
			a_request_without_a_readable_id_is_refused_silently),
		cmocka_unit_test(a_request_without_a_target_is_refused),
		cmocka_unit_test(
			an_identifier_with_a_control_character_is_refused),
		cmocka_unit_test(an_identifier_that_is_no_string_is_refused),
		cmocka_unit_test(
			what_is_left_of_a_refused_request_tells_its_release),
		cmocka_unit_test(bad_json_is_refused_with_reason_and_place),
		cmocka_unit_test(a_primitive_has_64_members_and_no_more),
		cmocka_unit_test(
			a_primitive_beyond_its_limit_is_refused_and_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
