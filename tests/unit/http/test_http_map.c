#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bindings/http/http_accept.h"
#include "bindings/http/http_map.h"

static struct gw_str in_capitals(char *room, struct gw_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (c >= 'a' && c <= 'z') {
			c = (char)(c - 'a' + 'A');
		}
		room[i] = c;
	}
	return (struct gw_str){ room, name.len };
}

static void every_header_is_found_in_any_case(void **state)
{
	char room[64];

	for (int i = 0; i < HTTP_N_HEADERS; i++) {
		struct gw_str name = http_header((enum http_header_id)i)->name;

		assert_int_equal(http_header_find(name), i);
		assert_int_equal(http_header_find(in_capitals(room, name)), i);
	}
	assert_int_equal(http_header_find(GW_STR("X-M2M-NM")), HTTP_N_HEADERS);
	assert_int_equal(http_header_find(GW_STR("")), HTTP_N_HEADERS);
}

static void the_aliases_of_peers_are_read(void **state)
{
	assert_int_equal(http_header_find(GW_STR("x-m2m-cnst")), HTTP_CNST);
	assert_int_equal(http_header_find(GW_STR("X-M2M-CNOT")), HTTP_CNOT);
	assert_int_equal(http_header_find(GW_STR("X-M2M-RQET")), HTTP_RQET);
	assert_int_equal(http_header_find(GW_STR("X-M2M-RSET")), HTTP_RSET);
}

static void
a_parameter_leads_to_its_header_and_only_where_it_may_stand(void **state)
{
	for (int i = HTTP_TOKENS; i < HTTP_N_HEADERS; i++) {
		const struct http_header *h = http_header(
			(enum http_header_id)i);
		bool is_asked = (h->where & HTTP_IN_REQUEST) != 0;
		bool is_answered = (h->where & HTTP_IN_ANSWER) != 0;

		assert_int_equal(http_header_of(h->param, HTTP_IN_REQUEST),
				 is_asked ? i : HTTP_N_HEADERS);
		assert_int_equal(http_header_of(h->param, HTTP_IN_ANSWER),
				 is_answered ? i : HTTP_N_HEADERS);
	}
}

static void a_header_that_stands_twice_is_noticed(void **state)
{
	struct http_values values = { 0 };
	struct http_field id = { GW_STR("X-M2M-RI"), GW_STR(" 1\t") };
	struct http_field other = { GW_STR("X-Other"), GW_STR("1") };
	struct http_field accept = { GW_STR("Accept"), GW_STR("a/b") };

	assert_true(http_values_take(&values, id));
	assert_true(gw_str_is(values.of[HTTP_ID], "1"));
	assert_false(http_values_take(&values, id));
	assert_true(http_values_take(&values, other));
	assert_true(http_values_take(&values, other));
	for (size_t i = 0; i < HTTP_ACCEPT_LINES_MAX; i++) {
		assert_true(http_values_take(&values, accept));
	}
	assert_false(http_values_take(&values, accept));
}

static void an_alias_beside_its_header_is_noticed(void **state)
{
	struct http_values values = { 0 };
	struct http_field cts = { GW_STR("X-M2M-CTS"), GW_STR("1") };
	struct http_field cnst = { GW_STR("X-M2M-CNST"), GW_STR("2") };

	assert_true(http_values_take(&values, cts));
	assert_false(http_values_take(&values, cnst));
}

/* The columns of TS-0009 table 6.3.2-1, each row once more by hand. */
static const struct {
	int rsc;
	unsigned http;
} rows[] = {
	{ 1000, 202 }, { 1001, 202 }, { 1002, 202 }, { 2000, 200 },
	{ 2001, 201 }, { 2002, 200 }, { 2004, 200 }, { 4000, 400 },
	{ 4001, 501 }, { 4004, 404 }, { 4005, 405 }, { 4008, 504 },
	{ 4015, 415 }, { 4101, 403 }, { 4102, 400 }, { 4103, 403 },
	{ 4104, 409 }, { 4105, 409 }, { 4106, 403 }, { 4107, 403 },
	{ 4108, 403 }, { 4109, 403 }, { 4110, 400 }, { 4111, 403 },
	{ 4112, 403 }, { 4113, 403 }, { 4114, 403 }, { 4115, 403 },
	{ 4116, 403 }, { 4117, 403 }, { 4118, 404 }, { 4119, 404 },
	{ 4120, 400 }, { 4121, 404 }, { 4122, 400 }, { 4123, 400 },
	{ 4124, 409 }, { 4125, 501 }, { 4126, 403 }, { 4127, 403 },
	{ 4128, 403 }, { 4143, 400 }, { 5000, 500 }, { 5001, 501 },
	{ 5103, 404 }, { 5105, 403 }, { 5106, 409 }, { 5107, 404 },
	{ 5203, 403 }, { 5204, 500 }, { 5205, 403 }, { 5206, 501 },
	{ 5207, 406 }, { 5208, 403 }, { 5209, 500 }, { 5210, 500 },
	{ 5211, 500 }, { 5212, 500 }, { 5214, 403 }, { 5215, 403 },
	{ 5216, 500 }, { 5217, 500 }, { 5218, 403 }, { 5219, 409 },
	{ 5220, 409 }, { 5221, 500 }, { 5222, 403 }, { 6003, 404 },
	{ 6005, 404 }, { 6010, 400 }, { 6020, 500 }, { 6021, 500 },
	{ 6022, 400 }, { 6023, 400 }, { 6024, 400 }, { 6025, 500 },
	{ 6026, 500 }, { 6028, 409 }, { 6029, 409 }, { 6030, 504 },
	{ 6031, 504 },
};

static void each_status_code_has_its_http_status(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(http_status_of((enum gw_status)rows[i].rsc),
				 rows[i].http);
	}
}

static void an_unknown_status_code_gets_the_status_of_its_class(void **state)
{
	assert_int_equal(http_status_of((enum gw_status)1999), 202);
	assert_int_equal(http_status_of((enum gw_status)2999), 200);
	assert_int_equal(http_status_of((enum gw_status)4999), 400);
	assert_int_equal(http_status_of((enum gw_status)5999), 500);
	assert_int_equal(http_status_of((enum gw_status)6999), 500);
}

static void an_answer_without_a_code_gets_one(void **state)
{
	static const struct {
		unsigned http;
		enum gw_op op;
		unsigned type;
		int rsc;
	} cases[] = {
		{ 200, GW_OP_RETRIEVE, 0, 2000 },
		{ 200, GW_OP_NOTIFY, 0, 2000 },
		{ 200, GW_OP_UPDATE, 0, 2004 },
		{ 200, GW_OP_DELETE, 0, 2002 },
		{ 204, GW_OP_NOTIFY, 0, 2000 },
		{ 201, GW_OP_CREATE, 0, 2001 },
		{ 202, GW_OP_CREATE, 1, 1001 },
		{ 202, GW_OP_CREATE, 2, 1002 },
		{ 202, GW_OP_CREATE, 0, 1000 },
		{ 201, GW_OP_NOTIFY, 0, 2000 },
		{ 202, GW_OP_NOTIFY, 0, 2000 },
		{ 202, GW_OP_NOTIFY, 3, 2000 },
		{ 202, GW_OP_NOTIFY, 1, 1001 },
		{ 202, GW_OP_NOTIFY, 2, 1002 },
		{ 400, GW_OP_CREATE, 0, 4000 },
		{ 401, GW_OP_CREATE, 0, 4106 },
		{ 403, GW_OP_CREATE, 0, 4103 },
		{ 404, GW_OP_CREATE, 0, 4004 },
		{ 405, GW_OP_CREATE, 0, 4005 },
		{ 406, GW_OP_CREATE, 0, 5207 },
		{ 409, GW_OP_CREATE, 0, 4105 },
		{ 415, GW_OP_CREATE, 0, 4015 },
		{ 500, GW_OP_CREATE, 0, 5000 },
		{ 501, GW_OP_CREATE, 0, 5001 },
		{ 502, GW_OP_CREATE, 0, 5103 },
		{ 503, GW_OP_CREATE, 0, 5103 },
		{ 504, GW_OP_CREATE, 0, 4008 },
		{ 418, GW_OP_CREATE, 0, 4000 },
		{ 599, GW_OP_CREATE, 0, 5000 },
		{ 302, GW_OP_CREATE, 0, 5103 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(http_status_derive(cases[i].http, cases[i].op,
						    cases[i].type),
				 cases[i].rsc);
	}
}

static void methods_and_operations_belong_together(void **state)
{
	assert_int_equal(http_op_of(GW_STR("POST")), GW_OP_CREATE);
	assert_int_equal(http_op_of(GW_STR("GET")), GW_OP_RETRIEVE);
	assert_int_equal(http_op_of(GW_STR("PUT")), GW_OP_UPDATE);
	assert_int_equal(http_op_of(GW_STR("DELETE")), GW_OP_DELETE);
	assert_int_equal(http_op_of(GW_STR("get")), GW_OP_NONE);
	assert_int_equal(http_op_of(GW_STR("PATCH")), GW_OP_NONE);
	assert_string_equal(http_method_of(GW_OP_NOTIFY), "POST");
	assert_string_equal(http_method_of(GW_OP_CREATE), "POST");
	assert_string_equal(http_method_of(GW_OP_DELETE), "DELETE");
}

static void media_types_of_all_families_are_known(void **state)
{
	static const struct {
		const char *name;
		enum gw_media media;
	} cases[] = {
		{ "application/json", GW_MEDIA_JSON },
		{ "Application/JSON", GW_MEDIA_JSON },
		{ "application/vnd.onem2m-res+json", GW_MEDIA_JSON },
		{ "application/vnd.onem2m-ntfy+json", GW_MEDIA_JSON },
		{ "application/vnd.onem2m-ntfy+xml", GW_MEDIA_XML },
		{ "application/xml", GW_MEDIA_XML },
		{ "application/vnd.onem2m-res+cbor", GW_MEDIA_CBOR },
		{ "application/vnd.onem2m-preq+json", GW_MEDIA_NONE },
		{ "text/html", GW_MEDIA_NONE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(http_media_of(gw_str_from(cases[i].name)),
				 cases[i].media);
	}
	assert_string_equal(http_media_name(GW_MEDIA_CBOR), "application/cbor");
	assert_null(http_media_name(GW_MEDIA_NONE));
}

static void a_content_type_is_taken_apart(void **state)
{
	static const char *const texts[] = {
		"application/json;ty=4",
		"application/json; ty=4",
		"application/json ; charset=utf-8 ; TY=\"4\"",
		"application/vnd.onem2m-res+json;ty=4;x",
	};
	struct http_content_type found;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		found = http_content_type(gw_str_from(texts[i]));
		assert_int_equal(found.media, GW_MEDIA_JSON);
		assert_true(gw_str_is(found.type, "4"));
	}
	found = http_content_type(GW_STR("application/json;charset=utf-8"));
	assert_false(gw_str_is_present(found.type));
	assert_false(found.has_types);
	found = http_content_type(GW_STR("application/json;ty=4;TY=4"));
	assert_true(found.has_types);
	found = http_content_type(GW_STR("application/json;ty"));
	assert_true(gw_str_is_present(found.type));
	assert_int_equal(found.type.len, 0);
}

/* What two lines ask for; NONE: nothing that we have. */
static enum gw_media accepted(const char *first, const char *second,
			      enum gw_media otherwise)
{
	const struct gw_str lines[HTTP_ACCEPT_LINES_MAX] = {
		gw_str_from(first),
		gw_str_from(second),
	};
	enum gw_media media = GW_MEDIA_NONE;

	return http_accept(&media, lines, otherwise) ? media : GW_MEDIA_NONE;
}

static void accept_is_weighed(void **state)
{
	static const char *const json[] = {
		"",
		"*/*",
		"application/*;q=0.1",
		"text/html, application/json;q=0.5",
		"text/html,application/xhtml+xml,*/*;q=0.8",
		"application/vnd.onem2m-res+json",
		"application/cbor;q=0.5, application/json",
	};
	static const char *const none[] = {
		"text/html",
		"application/json;q=0",
		"application/json;q=0.000, text/plain",
		"application/xml",
		",",
	};

	for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++) {
		assert_int_equal(accepted(json[i], NULL, GW_MEDIA_NONE),
				 GW_MEDIA_JSON);
	}
	assert_int_equal(accepted("application/cbor, application/json", NULL,
				  GW_MEDIA_NONE),
			 GW_MEDIA_CBOR);
	assert_int_equal(accepted("*/*", NULL, GW_MEDIA_CBOR), GW_MEDIA_CBOR);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(accepted(none[i], NULL, GW_MEDIA_JSON),
				 GW_MEDIA_NONE);
	}
}

static void accept_may_be_spread_over_lines(void **state)
{
	assert_int_equal(
		accepted("text/html", "application/json", GW_MEDIA_NONE),
		GW_MEDIA_JSON);
	assert_int_equal(accepted("application/json;q=0.5", "application/cbor",
				  GW_MEDIA_NONE),
			 GW_MEDIA_CBOR);
	assert_int_equal(accepted("text/html", "text/plain", GW_MEDIA_JSON),
			 GW_MEDIA_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_header_is_found_in_any_case),
		cmocka_unit_test(the_aliases_of_peers_are_read),
		cmocka_unit_test(
			a_parameter_leads_to_its_header_and_only_where_it_may_stand),
		cmocka_unit_test(a_header_that_stands_twice_is_noticed),
		cmocka_unit_test(an_alias_beside_its_header_is_noticed),
		cmocka_unit_test(each_status_code_has_its_http_status),
		cmocka_unit_test(
			an_unknown_status_code_gets_the_status_of_its_class),
		cmocka_unit_test(an_answer_without_a_code_gets_one),
		cmocka_unit_test(methods_and_operations_belong_together),
		cmocka_unit_test(media_types_of_all_families_are_known),
		cmocka_unit_test(a_content_type_is_taken_apart),
		cmocka_unit_test(accept_is_weighed),
		cmocka_unit_test(accept_may_be_spread_over_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
