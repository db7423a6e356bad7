#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/coap/coap_map.h"
#include "bindings/coap/coap_url.h"

static void no_number_means_two_options(void **state)
{
	for (int i = 0; i < COAP_N_PARAMS; i++) {
		const struct coap_param *p = coap_param((enum coap_param_id)i);

		assert_int_equal(coap_param_of_number(p->number), i);
		if (p->legacy_number) {
			assert_int_equal(coap_param_of_number(p->legacy_number),
					 i);
		}
		assert_int_equal(p->number & 3, 3); // critical and unsafe
	}
	assert_int_equal(coap_param_of_number(258), COAP_N_PARAMS);
	assert_int_equal(coap_param_of_number(11), COAP_N_PARAMS);
	assert_int_equal(coap_param_of_number(65001), COAP_N_PARAMS);
}

/* TS-0008 table 6.2.4-1, and what peers do for the codes of later releases; the
 * code is class * 100 + detail.  For 1000 the table has nothing. */
static const struct {
	int status;
	int code;
} codes[] = {
	{ 1000, 204 }, { 1001, 201 }, { 1002, 201 }, { 2000, 205 },
	{ 2001, 201 }, { 2002, 202 }, { 2004, 204 }, { 4000, 400 },
	{ 4001, 501 }, { 4004, 404 }, { 4005, 405 }, { 4008, 504 },
	{ 4015, 415 }, { 4101, 403 }, { 4102, 400 }, { 4103, 403 },
	{ 4104, 400 }, { 4105, 403 }, { 4106, 403 }, { 4107, 403 },
	{ 4108, 403 }, { 4109, 403 }, { 4110, 400 }, { 4111, 403 },
	{ 4112, 403 }, { 4113, 403 }, { 4114, 403 }, { 4115, 403 },
	{ 4116, 403 }, { 4117, 403 }, { 4118, 404 }, { 4119, 404 },
	{ 4120, 402 }, { 4121, 404 }, { 4122, 402 }, { 4123, 400 },
	{ 4124, 400 }, { 4125, 501 }, { 4126, 403 }, { 4127, 403 },
	{ 4128, 403 }, { 4130, 404 }, { 4131, 400 }, { 4132, 404 },
	{ 4133, 400 }, { 4134, 400 }, { 4135, 403 }, { 4136, 403 },
	{ 4137, 400 }, { 4138, 403 }, { 4139, 403 }, { 4140, 403 },
	{ 4142, 400 }, { 4143, 400 }, { 5000, 500 }, { 5001, 501 },
	{ 5103, 404 }, { 5105, 403 }, { 5106, 400 }, { 5107, 404 },
	{ 5203, 403 }, { 5204, 500 }, { 5205, 403 }, { 5206, 501 },
	{ 5207, 406 }, { 5208, 403 }, { 5209, 500 }, { 5210, 500 },
	{ 5211, 500 }, { 5212, 500 }, { 5214, 403 }, { 5215, 403 },
	{ 5216, 500 }, { 5217, 500 }, { 5218, 403 }, { 5219, 400 },
	{ 5220, 400 }, { 5221, 500 }, { 5222, 403 }, { 6003, 404 },
	{ 6005, 404 }, { 6010, 400 }, { 6020, 500 }, { 6021, 500 },
	{ 6022, 400 }, { 6023, 400 }, { 6024, 400 }, { 6025, 500 },
	{ 6026, 500 }, { 6028, 400 }, { 6029, 400 }, { 6030, 504 },
	{ 6031, 504 }, { 6033, 503 }, { 6034, 403 },
};

#define N_CODES (sizeof(codes) / sizeof(*codes))

static uint8_t code_of(int status, enum gw_op op)
{
	return coap_code_of((enum gw_status)status, op);
}

static void each_status_has_the_code_of_the_table(void **state)
{
	for (size_t i = 0; i < N_CODES; i++) {
		uint8_t code = code_of(codes[i].status, GW_OP_RETRIEVE);

		if ((code >> 5) * 100 + (code & 31) != codes[i].code) {
			print_error("%d is %d.%02d\n", codes[i].status,
				    code >> 5, code & 31);
			fail();
		}
	}
}

static void the_table_has_each_status_once(void **state)
{
	static const int statuses[] = {
#define GW_STATUS(name, number) (number),
#include "core/status.def"
#undef GW_STATUS
	};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		size_t n = 0;

		for (size_t row = 0; row < N_CODES; row++) {
			n += codes[row].status == statuses[i] ? 1 : 0;
		}
		assert_int_equal(n, 1);
	}
	assert_int_equal(sizeof(statuses) / sizeof(*statuses), N_CODES);
}

/* Only 2000 depends on the operation: what has no content is a change. */
static void a_success_without_content_is_a_change(void **state)
{
	assert_int_equal(code_of(2000, GW_OP_NOTIFY), COAP_CODE(2, 4));
	assert_int_equal(code_of(2000, GW_OP_DELETE), COAP_CODE(2, 4));
	assert_int_equal(code_of(2001, GW_OP_NOTIFY), COAP_CODE(2, 1));
}

static void an_unknown_status_has_the_code_of_its_class(void **state)
{
	static const struct {
		int status;
		uint8_t code;
	} all[] = {
		{ 1999, COAP_CODE(2, 4) }, { 2999, COAP_CODE(2, 4) },
		{ 4129, COAP_CODE(4, 0) }, { 4999, COAP_CODE(4, 0) },
		{ 5999, COAP_CODE(5, 0) }, { 6999, COAP_CODE(5, 0) },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		assert_int_equal(code_of(all[i].status, GW_OP_UPDATE),
				 all[i].code);
	}
}

static void a_code_without_status_stands_for_one(void **state)
{
	static const struct {
		uint8_t code;
		enum gw_op op;
		unsigned response_type;
		int status;
	} all[] = {
		{ COAP_CODE(2, 1), GW_OP_CREATE, 0, 2001 },
		{ COAP_CODE(2, 2), GW_OP_DELETE, 0, 2002 },
		{ COAP_CODE(2, 4), GW_OP_UPDATE, 0, 2004 },
		{ COAP_CODE(2, 4), GW_OP_NOTIFY, 0, 2000 },
		{ COAP_CODE(2, 5), GW_OP_NOTIFY, 0, 2000 },
		{ COAP_CODE(2, 1), GW_OP_NOTIFY, 0, 2000 },
		{ COAP_CODE(2, 2), GW_OP_NOTIFY, 0, 2000 },
		{ COAP_CODE(2, 1), GW_OP_NOTIFY, 1, 1001 },
		{ COAP_CODE(2, 1), GW_OP_RETRIEVE, 1, 1001 },
		{ COAP_CODE(2, 4), GW_OP_RETRIEVE, 2, 1002 },
		{ COAP_CODE(4, 2), GW_OP_NOTIFY, 0, 4000 },
		{ COAP_CODE(4, 8), GW_OP_NOTIFY, 0, 4000 },
		{ COAP_CODE(4, 13), GW_OP_NOTIFY, 0, 4000 },
		{ COAP_CODE(5, 2), GW_OP_NOTIFY, 0, 5103 },
		{ COAP_CODE(5, 3), GW_OP_NOTIFY, 0, 5103 },
		{ COAP_CODE(5, 4), GW_OP_NOTIFY, 0, 4008 },
		{ COAP_CODE(4, 31), GW_OP_NOTIFY, 0, 4000 },
		{ COAP_CODE(5, 31), GW_OP_NOTIFY, 0, 5000 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		assert_int_equal(coap_code_derive(all[i].code, all[i].op,
						  all[i].response_type),
				 all[i].status);
	}
}

static void we_write_the_short_formats(void **state)
{
	struct coap_format f;

	assert_int_equal(coap_format_of(GW_MEDIA_JSON), 50);
	assert_int_equal(coap_format_of(GW_MEDIA_CBOR), 60);
	assert_int_equal(coap_format_of_whole(GW_MEDIA_CBOR), 10013);
	assert_true(coap_format_find(&f, 10015) && f.media == GW_MEDIA_JSON &&
		    !f.is_whole);
	assert_true(coap_format_find(&f, 10012) && f.media == GW_MEDIA_CBOR &&
		    f.is_whole);
	assert_false(coap_format_find(&f, 0));
	assert_false(coap_format_find(&f, 42));
}

static void urls_are_taken_apart(void **state)
{
	struct coap_url url;

	assert_true(coap_url_parse(&url, GW_STR("coap://10.0.0.1")));
	assert_string_equal(url.host, "10.0.0.1");
	assert_int_equal(url.port, COAP_PORT);
	assert_false(url.is_name);
	assert_int_equal(url.path.len, 0);
	assert_true(coap_url_parse(&url,
				   GW_STR("COAP://[fd00::1]:61616/a/b?c=d#e")));
	assert_string_equal(url.host, "fd00::1");
	assert_int_equal(url.port, 61616);
	assert_true(gw_str_is(url.path, "/a/b"));
	assert_true(gw_str_is(url.query, "c=d"));
	assert_true(coap_url_parse(&url, GW_STR("coap://node-1.lan:5683/")));
	assert_true(url.is_name);
}

static void other_urls_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"coap:",
		"coap://",
		"coaps://h",
		"http://h",
		"coap://user@h",
		"coap://h:0",
		"coap://h:65536",
		"coap://h:x",
		"coap://[::1",
		"coap://[::1]x",
		"coap://[name]",
		"coap://a b",
		"coap://%31",
	};
	struct coap_url url;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(coap_url_parse(&url, gw_str_from(bad[i])));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_number_means_two_options),
		cmocka_unit_test(each_status_has_the_code_of_the_table),
		cmocka_unit_test(the_table_has_each_status_once),
		cmocka_unit_test(a_success_without_content_is_a_change),
		cmocka_unit_test(an_unknown_status_has_the_code_of_its_class),
		cmocka_unit_test(a_code_without_status_stands_for_one),
		cmocka_unit_test(we_write_the_short_formats),
		cmocka_unit_test(urls_are_taken_apart),
		cmocka_unit_test(other_urls_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
