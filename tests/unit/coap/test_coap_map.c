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

static void each_status_has_a_code_of_its_kind(void **state)
{
	for (int n = 1000; n < 7000; n++) {
		uint8_t code = coap_code_of((enum gw_status)n, GW_OP_RETRIEVE);

		assert_true(n < 3000 ? code >> 5 == 2 : code >> 5 >= 4);
	}
	assert_int_equal(coap_code_of(GW_STATUS_OK, GW_OP_RETRIEVE),
			 COAP_CODE(2, 5));
	assert_int_equal(coap_code_of(GW_STATUS_OK, GW_OP_NOTIFY),
			 COAP_CODE(2, 4));
	assert_int_equal(coap_code_of(GW_STATUS_REQUEST_TIMEOUT, GW_OP_UPDATE),
			 COAP_CODE(5, 4));
	assert_int_equal(coap_code_of((enum gw_status)4999, GW_OP_UPDATE),
			 COAP_CODE(4, 0));
	assert_int_equal(coap_code_of((enum gw_status)5999, GW_OP_UPDATE),
			 COAP_CODE(5, 0));
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
		cmocka_unit_test(each_status_has_a_code_of_its_kind),
		cmocka_unit_test(a_code_without_status_stands_for_one),
		cmocka_unit_test(we_write_the_short_formats),
		cmocka_unit_test(urls_are_taken_apart),
		cmocka_unit_test(other_urls_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
