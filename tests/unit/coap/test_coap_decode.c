#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#include "bindings/coap/coap_decode.h"

#define LIMIT_BYTES ((size_t)1024 * 1024)

struct rig {
	struct coap_message m;
	struct gw_primitive *p;
	struct coap_asked asked;
	struct gw_reason why;
};

static struct rig rig;

static int set_up(void **state)
{
	coap_message_init(&rig.m, COAP_CON, COAP_GET);
	coap_message_add(&rig.m, 11, GW_STR("cse-in"));
	coap_message_add(&rig.m, 283, GW_STR("r1"));
	coap_message_add(&rig.m, 279, GW_STR("Cdev"));
	coap_message_add(&rig.m, 271, GW_STR("3"));
	rig.p = NULL;
	return 0;
}

static int tear_down(void **state)
{
	rig.p = gw_primitive_free(rig.p);
	return 0;
}

static int decode(void)
{
	rig.p = gw_primitive_free(rig.p);
	return (int)coap_decode_request(&rig.p, &rig.asked, &rig.why, &rig.m,
					LIMIT_BYTES);
}

static void query(const char *text)
{
	coap_message_add(&rig.m, 15, gw_str_from(text));
}

static void expect_param(const char *name, const char *json)
{
	struct gw_str value = gw_primitive_get(rig.p, gw_str_from(name));

	if (!gw_str_is(value, json)) {
		print_error("%s is " GW_STR_FMT "\n", name, GW_STR_ARG(value));
	}
	assert_true(gw_str_is(value, json));
}

static void methods_are_operations(void **state)
{
	static const struct {
		const char *op;
		enum gw_op wanted;
		uint8_t code;
		bool has_type;
	} all[] = {
		{ NULL, GW_OP_RETRIEVE, COAP_GET, false },
		{ NULL, GW_OP_DELETE, COAP_DELETE, false },
		{ NULL, GW_OP_CREATE, COAP_POST, true },
		{ NULL, GW_OP_NOTIFY, COAP_POST, false },
		{ "op=2", GW_OP_RETRIEVE, COAP_POST, false },
		{ "op=4", GW_OP_DELETE, COAP_POST, false },
		{ "op=2", GW_OP_RETRIEVE, COAP_GET, false },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		(void)set_up(state);
		rig.m.code = all[i].code;
		if (all[i].has_type) {
			coap_message_add_uint(&rig.m, 267, 4);
		}
		if (all[i].op) {
			query(all[i].op);
		}
		(void)decode();
		assert_int_equal(rig.asked.op, all[i].wanted);
		(void)tear_down(state);
	}
}

static void paths_are_addresses(void **state)
{
	static const struct {
		const char *segments[4];
		const char *to;
	} all[] = {
		{ { "a", "b" }, "a/b" },
		{ { "~", "id-in", "a" }, "/id-in/a" },
		{ { "_", "sp.x", "id-in" }, "//sp.x/id-in" },
		{ { "a/b/c" }, "a/b/c" },
		{ { "", "a" }, "a" },
		{ { "/id-in/a/b" }, "/id-in/a/b" },
		{ { "//sp.x/id-in/a" }, "//sp.x/id-in/a" },
		{ { "/_/sp.x/id-in" }, "//sp.x/id-in" },
		{ { "~/id-in/a" }, "/id-in/a" },
		{ { "/~/id-in/a" }, "/id-in/a" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		(void)set_up(state);
		coap_message_remove(&rig.m, 11);
		for (size_t k = 0; k < 4 && all[i].segments[k]; k++) {
			coap_message_add(&rig.m, 11,
					 gw_str_from(all[i].segments[k]));
		}
		assert_int_equal(decode(), GW_STATUS_NONE);
		assert_true(gw_str_is(rig.p->to, all[i].to));
		(void)tear_down(state);
	}
}

static void fields_have_their_types(void **state)
{
	query("rcn=4&da=1");
	query("lbl=a+b%2Bc");
	query("lbl=d");
	query("ty=3+4");
	query("lim=007");
	query("cr=C1");
	query("c.lbl=x");
	query("tkns=t1+t2");
	query("rp=20260101T000000");
	assert_int_equal(decode(), GW_STATUS_NONE);
	expect_param("rcn", "4");
	expect_param("da", "true");
	expect_param("tkns", "[\"t1\",\"t2\"]");
	expect_param("rp", "\"20260101T000000\"");
	expect_param("fc", "{\"lbl\":[\"a\",\"b+c\",\"d\"],\"ty\":[3,4],"
			   "\"lim\":7,\"atr\":[{\"nm\":\"cr\",\"val\":\"C1\"}],"
			   "\"catr\":[{\"nm\":\"lbl\",\"val\":\"x\"}]}");
}

static void a_percent_that_stands_for_nothing_stays(void **state)
{
	query("cr=100%25");
	query("lbl=5%");
	assert_int_equal(decode(), GW_STATUS_NONE);
	expect_param("fc", "{\"atr\":[{\"nm\":\"cr\",\"val\":\"100%\"}],"
			   "\"lbl\":[\"5%\"]}");
}

static void a_refusal_can_be_addressed(void **state)
{
	coap_message_add(&rig.m, 65001, GW_STR(""));
	assert_int_equal(decode(), GW_STATUS_BAD_REQUEST);
	assert_int_equal(rig.asked.code, COAP_BAD_OPTION);
	assert_true(gw_str_is(rig.p->id, "r1"));
	assert_true(gw_primitive_is_request(rig.p));
	assert_string_not_equal(rig.why.text, "");
}

/* RFC 7252 5.5 */
static void a_payload_that_the_method_does_not_have_is_passed_over(void **state)
{
	static const struct {
		uint8_t code;
		uint16_t format;
		const char *payload;
	} all[] = {
		{ COAP_GET, 50, "{}" },
		{ COAP_GET, 50, "{\"rqi\":\"other\",\"pc\":{}}" },
		{ COAP_GET, 0, "text" },
		{ COAP_GET, 10007, "{" },
		{ COAP_DELETE, 50, "{\"m2m:cin\":{}}" },
		{ COAP_DELETE, 42, "\x01" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		coap_message_remove(&rig.m, 12);
		coap_message_add_uint(&rig.m, 12, all[i].format);
		rig.m.code = all[i].code;
		rig.m.payload = gw_bytes_of(gw_str_from(all[i].payload));
		assert_int_equal(decode(), GW_STATUS_NONE);
		assert_int_equal(rig.p->content.len, 0);
		assert_int_equal(rig.p->media, GW_MEDIA_NONE);
		assert_true(gw_str_is(rig.p->id, "r1"));
	}
}

/* An empty list of targets is one, and an empty originator asks for a name. */
static void a_text_that_is_empty_is_absent(void **state)
{
	static const uint16_t numbers[] = { 259, 291, 295, 299, 311, 331,
					    335, 339, 343, 347, 351, 271 };

	coap_message_remove(&rig.m, 271);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		coap_message_add(&rig.m, numbers[i], GW_STR(""));
	}
	assert_int_equal(decode(), GW_STATUS_NONE);
	assert_null(rig.p->params);
	assert_false(gw_str_is_present(rig.p->release));
	coap_message_add(&rig.m, 263, GW_STR(""));
	assert_int_equal(decode(), GW_STATUS_NONE);
	expect_param("rt", "{\"nu\":[]}");
	coap_message_remove(&rig.m, 283);
	coap_message_add(&rig.m, 283, GW_STR(""));
	assert_int_equal(decode(), GW_STATUS_BAD_REQUEST);
}

/* A CREATE with these bytes as oneM2M-TY. */
static int create(struct gw_str type, const char *content)
{
	coap_message_remove(&rig.m, 267);
	coap_message_add(&rig.m, 267, type);
	rig.m.code = COAP_POST;
	rig.m.payload = gw_bytes_of(gw_str_from(content));
	return decode();
}

static void a_digit_as_type_is_judged_by_the_content(void **state)
{
	static const struct {
		struct gw_str type;
		const char *content;
		uint32_t wanted; // 0: refused
	} all[] = {
		{ GW_STR("3"), "{\"m2m:cnt\":{}}", 3 },
		{ GW_STR("3"), "{\"m2m:trac\":{}}", 51 },
		{ GW_STR("3"), "{\"m2m:cin\":{}}", 0 },
		{ GW_STR("3"), "{}", 0 },
		{ GW_STR("2"), "{\"m2m:ae\":{}}", 2 },
		{ GW_STR("0"), "{\"m2m:crs\":{}}", 48 },
		{ GW_STR("0"), "{\"m2m:cnt\":{}}", 0 },
		{ GW_STR("9"), "{\"m2m:grp\":{}}", 9 },
		{ GW_STR("4"), "{\"m2m:cin\":{}}", 4 },
		{ GW_STR("4"), "{\"m2m:new\":{}}", 52 },
		{ GW_STR("\x03"), "{\"m2m:cnt\":{}}", 3 },
		{ GW_STR("\x04"), "{\"m2m:odd\":{}}", 4 },
		{ GW_STR("23"), "{\"m2m:sub\":{}}", 23 },
		{ GW_STR("28"), "{\"cod:color\":{}}", 28 },
		{ GW_STR("\x27\x12"), "{\"m2m:aeA\":{}}", 10002 },
		{ GW_STR("10002"), "{\"m2m:aeA\":{}}", 10002 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		int status = create(all[i].type, all[i].content);

		assert_int_equal(status == GW_STATUS_NONE, all[i].wanted != 0);
		if (all[i].wanted != 0) {
			assert_int_equal(rig.p->type, all[i].wanted);
		}
	}
	assert_int_equal(create(GW_STR("3"), "{\"m2m:cin\":{}}"),
			 GW_STATUS_BAD_REQUEST);
	assert_non_null(strstr(rig.why.text, "51"));
	assert_non_null(strstr(rig.why.text, "'3'"));
}

static void a_digit_as_type_is_judged_in_cbor_too(void **state)
{
	coap_message_add_uint(&rig.m, 12, 60);
	assert_int_equal(create(GW_STR("3"), "\xa1\x67m2m:cnt\xa1\x61x\x01"),
			 GW_STATUS_NONE);
	assert_int_equal(rig.p->type, 3);
	assert_int_equal(create(GW_STR("3"), "\xa1\x68m2m:trac\xa1\x61x\x01"),
			 GW_STATUS_NONE);
	assert_int_equal(rig.p->type, 51);
}

static void both_generations_are_read_and_told_apart(void **state)
{
	assert_int_equal(decode(), GW_STATUS_NONE);
	assert_false(rig.asked.is_legacy);
	assert_true(rig.asked.has_dialect);
	coap_message_remove(&rig.m, 283);
	coap_message_remove(&rig.m, 279);
	coap_message_add(&rig.m, 257, GW_STR("r2"));
	coap_message_add(&rig.m, 256, GW_STR("Cold"));
	coap_message_add(&rig.m, 260, GW_STR("5000"));
	assert_int_equal(decode(), GW_STATUS_NONE);
	assert_true(rig.asked.is_legacy);
	assert_true(gw_str_is(rig.p->id, "r2"));
	assert_true(gw_str_is(rig.p->from, "Cold"));
	expect_param("rqet", "5000");
}

static void what_is_accepted_is_remembered(void **state)
{
	assert_int_equal(decode(), GW_STATUS_NONE);
	assert_int_equal(rig.asked.wants, GW_MEDIA_JSON);
	coap_message_add_uint(&rig.m, 17, 60);
	assert_int_equal(decode(), GW_STATUS_NONE);
	assert_int_equal(rig.asked.wants, GW_MEDIA_CBOR);
	coap_message_remove(&rig.m, 17);
	coap_message_add_uint(&rig.m, 17, 41);
	assert_int_equal(decode(), GW_STATUS_NOT_ACCEPTABLE);
	coap_message_remove(&rig.m, 17);
	coap_message_add_uint(&rig.m, 12, 60);
	rig.m.code = COAP_POST;
	rig.m.payload = gw_bytes_of(GW_STR("\xa1\x61x\x01"));
	assert_int_equal(decode(), GW_STATUS_NONE);
	assert_int_equal(rig.asked.wants, GW_MEDIA_CBOR);
}

static void a_primitive_in_the_payload_is_told_from_content(void **state)
{
	rig.m.code = COAP_POST;
	coap_message_remove(&rig.m, 283);
	rig.m.payload = gw_bytes_of(
		GW_STR(" {\"rqi\":\"r9\",\"pc\":{\"m2m:sgn\":{}}}"));
	assert_int_equal(decode(), GW_STATUS_NONE);
	assert_int_not_equal(rig.asked.whole_format, 0);
	assert_true(gw_str_is(rig.p->id, "r9"));
	assert_true(gw_str_is(rig.p->from, "Cdev"));
	assert_true(gw_str_is(gw_str_of(rig.p->content), "{\"m2m:sgn\":{}}"));
	rig.m.payload = gw_bytes_of(GW_STR("{\"m2m:sgn\":{\"rqi\":1}}"));
	assert_int_equal(decode(), GW_STATUS_BAD_REQUEST); // no rqi
	assert_int_equal(rig.asked.whole_format, 0);
}

/* A POST whose payload is this, in this Content-Format. */
static int decode_whole(uint16_t format, const char *payload)
{
	rig.m.code = COAP_POST;
	coap_message_remove(&rig.m, 12);
	coap_message_add_uint(&rig.m, 12, format);
	rig.m.payload = gw_bytes_of(gw_str_from(payload));
	return decode();
}

static void a_type_in_the_payload_makes_a_create(void **state)
{
	const char *create = "{\"pc\":{\"m2m:cin\":{}},\"fr\":\"Cdev\","
			     "\"rqi\":\"r1\",\"rvi\":\"5\",\"ty\":4}";

	coap_message_remove(&rig.m, 283);
	coap_message_remove(&rig.m, 279);
	coap_message_remove(&rig.m, 271);
	assert_int_equal(decode_whole(50, create), GW_STATUS_NONE);
	assert_int_equal(rig.p->op, GW_OP_CREATE);
	assert_int_equal(rig.asked.op, GW_OP_CREATE);
	assert_int_equal(rig.p->type, 4);
	query("op=5");
	assert_int_equal(decode_whole(50, create), GW_STATUS_NONE);
	assert_int_equal(rig.p->op, GW_OP_NOTIFY);
}

static void what_is_said_twice_must_be_the_same(void **state)
{
	static const struct {
		const char *payload;
		enum gw_status wanted;
	} all[] = {
		{ "{\"rqi\":\"r\\u0031\",\"fr\":\"Cdev\"}", GW_STATUS_NONE },
		{ "{\"rvi\":\"3\",\"ty\":4,\"ec\":2}", GW_STATUS_NONE },
		{ "{\"rqi\":\"r2\"}", GW_STATUS_BAD_REQUEST },
		{ "{\"fr\":\"Cother\"}", GW_STATUS_BAD_REQUEST },
		{ "{\"rvi\":\"5\"}", GW_STATUS_BAD_REQUEST },
		{ "{\"rvi\":\"3\",\"ty\":3}", GW_STATUS_BAD_REQUEST },
		{ "{\"rvi\":\"3\",\"ec\":4}", GW_STATUS_BAD_REQUEST },
		{ "{\"rvi\":\"3\",\"op\":1}", GW_STATUS_BAD_REQUEST },
		{ "{\"rvi\":\"3\",\"to\":\"cse-in\"}", GW_STATUS_BAD_REQUEST },
	};

	coap_message_add_uint(&rig.m, 267, 4);
	coap_message_add_uint(&rig.m, 303, 2);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		rig.why.text[0] = '\0';
		assert_int_equal(decode_whole(10007, all[i].payload),
				 all[i].wanted);
		assert_int_equal(rig.why.text[0] != '\0',
				 all[i].wanted != GW_STATUS_NONE);
	}
}

static void a_bare_notification_is_one_of_subscriptions(void **state)
{
	coap_message_remove(&rig.m, 283);
	coap_message_remove(&rig.m, 279);
	coap_message_remove(&rig.m, 271);
	assert_int_equal(decode_whole(50, "{\"m2m:sgn\":{}}"), GW_STATUS_NONE);
	assert_true(rig.asked.is_bare);
	assert_int_equal(rig.p->op, GW_OP_NOTIFY);
	assert_false(gw_str_is_present(rig.p->release));
	assert_int_equal(decode_whole(50, "{\"m2m:rsp\":{}}"),
			 GW_STATUS_BAD_REQUEST);
	coap_message_add(&rig.m, 279, GW_STR("Cdev"));
	assert_int_equal(decode_whole(50, "{\"m2m:sgn\":{}}"),
			 GW_STATUS_BAD_REQUEST);
}

static void a_wrapped_primitive_is_unwrapped(void **state)
{
	coap_message_remove(&rig.m, 283);
	assert_int_equal(decode_whole(10007, "{\"m2m:rqp\":{\"rqi\":\"r9\","
					     "\"pc\":{\"a\":1}}}"),
			 GW_STATUS_NONE);
	assert_true(gw_str_is(rig.p->id, "r9"));
	assert_true(gw_str_is(rig.p->from, "Cdev"));
	assert_true(gw_str_is(gw_str_of(rig.p->content), "{\"a\":1}"));
	assert_int_equal(decode_whole(10012, "\xa1\x67m2m:rqp\xbf\x63rqi\x62r9"
					     "\x62pc\xa1\x61"
					     "a\x01\xff"),
			 GW_STATUS_NONE);
	assert_true(gw_str_is(rig.p->id, "r9"));
	assert_true(gw_str_is(rig.p->from, "Cdev"));
	assert_int_equal(rig.p->content.len, 4);
}

static void a_primitive_is_answered_as_it_was_asked(void **state)
{
	static const struct {
		uint16_t format; // 0: none
		uint16_t accept;
		uint16_t wanted;
	} all[] = {
		{ 0, 0, 50 },         { 50, 0, 50 },
		{ 10007, 0, 10009 },  { 50, 50, 50 },
		{ 10007, 50, 50 },    { 50, 60, 60 },
		{ 50, 10009, 10009 }, { 10007, 10013, 10013 },
	};

	rig.m.code = COAP_POST;
	rig.m.payload = gw_bytes_of(GW_STR("{\"rvi\":\"3\",\"pc\":{}}"));
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		coap_message_remove(&rig.m, 12);
		coap_message_remove(&rig.m, 17);
		if (all[i].format) {
			coap_message_add_uint(&rig.m, 12, all[i].format);
		}
		if (all[i].accept) {
			coap_message_add_uint(&rig.m, 17, all[i].accept);
		}
		assert_int_equal(decode(), GW_STATUS_NONE);
		assert_int_equal(rig.asked.whole_format, all[i].wanted);
	}
}

static struct gw_primitive *answer_of(uint8_t code, const char *payload)
{
	static struct gw_primitive request = { .op = GW_OP_RETRIEVE };
	struct gw_primitive *p = NULL;
	struct coap_answer answer = {
		.m = &rig.m,
		.request = &request,
		.id = GW_STR("r1"),
		.limit_bytes = LIMIT_BYTES,
	};

	coap_message_remove(&rig.m, 11);
	rig.m.code = code;
	rig.m.payload = gw_bytes_of(gw_str_from(payload));
	return coap_decode_answer(&p, &rig.why, &answer) == GW_STATUS_NONE
		       ? p
		       : NULL;
}

static void answers_are_read(void **state)
{
	coap_message_add_uint(&rig.m, 307, 2000);
	coap_message_add_uint(&rig.m, 323, 1);
	coap_message_add(&rig.m, 327, GW_STR("l1:t1+l2:t2"));
	coap_message_add(&rig.m, 275, GW_STR("true"));
	rig.p = answer_of(COAP_CODE(2, 5), "{\"m2m:cnt\":{}}");
	assert_non_null(rig.p);
	assert_int_equal(rig.p->status, 2000);
	expect_param("cnst", "1");
	expect_param("asri", "true");
	expect_param("ati", "{\"ltia\":[{\"lti\":\"l1\",\"tkid\":\"t1\"},"
			    "{\"lti\":\"l2\",\"tkid\":\"t2\"}]}");
}

static void an_answer_to_another_request_is_refused(void **state)
{
	coap_message_remove(&rig.m, 283);
	coap_message_add(&rig.m, 283, GW_STR("other"));
	assert_null(answer_of(COAP_CODE(2, 5), ""));
}

static void an_answer_of_somebody_else_is_a_status(void **state)
{
	coap_message_init(&rig.m, COAP_ACK, COAP_EMPTY);
	rig.p = answer_of(COAP_CODE(4, 4), "not JSON");
	assert_non_null(rig.p);
	assert_int_equal(rig.p->status, GW_STATUS_NOT_FOUND);
	assert_int_equal(rig.p->content.len, 0);
}

/* The sanitizer sees who reads what is not there. */
static void behind_an_option_without_bytes_nothing_is_read(void **state)
{
	static const uint16_t numbers[] = { 11,  12,  15,  17,  23,  27,  252,
					    256, 257, 259, 263, 265, 267, 271,
					    279, 283, 291, 303, 307, 331 };
	char *one = malloc(1);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		(void)set_up(state);
		rig.m.code = COAP_POST;
		coap_message_add(&rig.m, 256, GW_STR("Cold"));
		coap_message_add(&rig.m, numbers[i],
				 (struct gw_str){ one + 1, 0 });
		(void)decode();
		assert_non_null(rig.p);
		(void)tear_down(state);
	}
	free(one);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(methods_are_operations),
		TEST(paths_are_addresses),
		TEST(fields_have_their_types),
		TEST(a_percent_that_stands_for_nothing_stays),
		TEST(a_refusal_can_be_addressed),
		TEST(a_payload_that_the_method_does_not_have_is_passed_over),
		TEST(a_text_that_is_empty_is_absent),
		TEST(a_digit_as_type_is_judged_by_the_content),
		TEST(a_digit_as_type_is_judged_in_cbor_too),
		TEST(both_generations_are_read_and_told_apart),
		TEST(what_is_accepted_is_remembered),
		TEST(a_primitive_in_the_payload_is_told_from_content),
		TEST(a_type_in_the_payload_makes_a_create),
		TEST(what_is_said_twice_must_be_the_same),
		TEST(a_bare_notification_is_one_of_subscriptions),
		TEST(a_wrapped_primitive_is_unwrapped),
		TEST(a_primitive_is_answered_as_it_was_asked),
		TEST(answers_are_read),
		TEST(an_answer_to_another_request_is_refused),
		TEST(an_answer_of_somebody_else_is_a_status),
		TEST(behind_an_option_without_bytes_nothing_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
