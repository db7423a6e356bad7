#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/http/http_rig.h"

#define CIN "{\"m2m:cin\":{\"con\":\"1\"}}"

static const char *const plain[] = {
	"X-M2M-RI: r1",
	"X-M2M-Origin: C1",
	"X-M2M-RVI: 3",
	NULL,
};

static const char *const create[] = {
	"X-M2M-RI: r1",
	"X-M2M-Origin: C1",
	"Content-Type: application/json;ty=4",
	NULL,
};

static void each_method_is_its_operation(void **state)
{
	static const struct {
		const char *method;
		const char *const *lines;
		const char *body;
		enum gw_op op;
	} cases[] = {
		{ "GET", plain, NULL, GW_OP_RETRIEVE },
		{ "PUT", plain, CIN, GW_OP_UPDATE },
		{ "DELETE", plain, NULL, GW_OP_DELETE },
		{ "POST", plain, CIN, GW_OP_NOTIFY },
		{ "POST", create, CIN, GW_OP_CREATE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig_request r = rig_decode(cases[i].method, "/cse/a",
						  cases[i].lines,
						  cases[i].body);

		assert_int_equal(r.status, GW_STATUS_NONE);
		assert_int_equal(r.p->op, cases[i].op);
		assert_int_equal(r.p->type,
				 cases[i].op == GW_OP_CREATE ? 4 : 0);
		rig_expect_text(r.p->id, "r1");
		rig_expect_text(r.p->from, "C1");
		rig_expect_text(gw_str_of(r.p->content), cases[i].body);
		gw_primitive_free(r.p);
	}
}

static void nothing_at_all_is_no_content(void **state)
{
	static const char *const json[] = {
		"X-M2M-RI: r1",
		"X-M2M-Origin: C1",
		"Content-Type: application/json",
		NULL,
	};
	static const char *const bodies[] = { "{}", "\"\"", " { }\n" };

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		struct rig_request r = rig_decode("GET", "/cse/a", json,
						  bodies[i]);

		assert_int_equal(r.status, GW_STATUS_NONE);
		assert_int_equal(r.p->content.len, 0);
		gw_primitive_free(r.p);
		r = rig_decode("DELETE", "/cse/a", plain, bodies[i]);
		assert_int_equal(r.status, GW_STATUS_NONE);
		gw_primitive_free(r.p);
	}
}

static void an_attribute_list_stays_beside_an_empty_body(void **state)
{
	struct rig_request r = rig_decode("GET", "/cse/a?atrl=lbl+rn", plain,
					  "{}");

	assert_int_equal(r.status, GW_STATUS_NONE);
	rig_expect_text(gw_str_of(r.p->content),
			"{\"m2m:atrl\":[\"lbl\",\"rn\"]}");
	gw_primitive_free(r.p);
}

static void a_mark_in_front_of_content_is_passed_over(void **state)
{
	struct rig_request r = rig_decode("POST", "/cse/a", create,
					  "\xef\xbb\xbf" CIN);

	assert_int_equal(r.status, GW_STATUS_NONE);
	rig_expect_text(gw_str_of(r.p->content), CIN);
	gw_primitive_free(r.p);
}

static void each_scope_has_its_path(void **state)
{
	static const struct {
		const char *path;
		const char *to; // NULL: refused
	} cases[] = {
		{ "/cse-in/ae1/cnt1", "cse-in/ae1/cnt1" },
		{ "/cin00856", "cin00856" },
		{ "/-/ae1/cnt/la", "-/ae1/cnt/la" },
		{ "/~/CSE178/cin00856", "/CSE178/cin00856" },
		{ "/_/sp.org/CSE178/cin00856", "//sp.org/CSE178/cin00856" },
		{ "/cse-in/", "cse-in/" },
		{ "/~x/a", "~x/a" },
		{ "/a%20b", "a b" },
		{ "/%C3%A9", "\xc3\xa9" },
		{ "/a%23lbl", "a#lbl" },
		{ "/", NULL },
		{ "", NULL },
		{ "*", NULL },
		{ "//sp/x", NULL },
		{ "/~/", NULL },
		{ "/~//x", NULL },
		{ "/%23lbl", NULL },
		{ "/~/%23lbl", NULL },
		{ "/_/%23lbl", NULL },
		{ "/_//x", NULL },
		{ "/_/", NULL },
		{ "/a%00b", NULL },
		{ "/a%0d%0ab", NULL },
		{ "/a%2Fb", NULL },
		{ "/a%ff", NULL },
		{ "/a%4", NULL },
		{ "?a=b", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig_request r = rig_decode("GET", cases[i].path, plain,
						  NULL);

		assert_int_equal(r.status, cases[i].to ? GW_STATUS_NONE
						       : GW_STATUS_BAD_REQUEST);
		rig_expect_text(r.p->to, cases[i].to);
		gw_primitive_free(r.p);
	}
}

static void
one_attribute_belongs_to_the_address_several_are_content(void **state)
{
	struct rig_request r = rig_decode("GET", "/cse/a?atrl=lbl", plain,
					  NULL);

	assert_int_equal(r.status, GW_STATUS_NONE);
	rig_expect_text(r.p->to, "cse/a#lbl");
	assert_int_equal(r.p->content.len, 0);
	gw_primitive_free(r.p);
	r = rig_decode("GET", "/cse/a?atrl=lbl+rn", plain, NULL);
	assert_int_equal(r.status, GW_STATUS_NONE);
	rig_expect_text(r.p->to, "cse/a");
	rig_expect_text(gw_str_of(r.p->content),
			"{\"m2m:atrl\":[\"lbl\",\"rn\"]}");
	assert_int_equal(r.p->media, GW_MEDIA_JSON);
	gw_primitive_free(r.p);
	r = rig_decode("DELETE", "/cse/a?atrl=lbl", plain, NULL);
	assert_int_equal(r.status, GW_STATUS_BAD_REQUEST);
	gw_primitive_free(r.p);
}

/* Each header of TS-0009 6.4 that a request may have. */
static void each_header_becomes_its_parameter(void **state)
{
	static const struct {
		const char *line;
		const char *param;
		const char *json;
	} cases[] = {
		{ "X-M2M-OT: 20261123T100000", "ot", "\"20261123T100000\"" },
		{ "X-M2M-RET: 20261123T100000,5", "rqet",
		  "\"20261123T100000,5\"" },
		{ "X-M2M-RET: 5000", "rqet", "5000" },
		{ "X-M2M-RQET: 5000", "rqet", "5000" },
		{ "X-M2M-RST: 9000", "rset", "9000" },
		{ "x-m2m-rset: 9000", "rset", "9000" },
		{ "X-M2M-OET: 100", "oet", "100" },
		{ "X-M2M-EC: 2", "ec", "2" },
		{ "X-M2M-GID: 77", "gid", "\"77\"" },
		{ "X-M2M-VSI: hop=1; \"x\"", "vsi", "\"hop=1; \\\"x\\\"\"" },
		{ "X-M2M-AS: a.b+ c.d", "aus", "[\"a.b\",\"c.d\"]" },
		{ "X-M2M-OMR: a+b", "omr", "[\"a\",\"b\"]" },
		{ "X-M2M-PRPI: p", "prpi", "\"p\"" },
		{ "X-M2M-MSU: u", "msu", "\"u\"" },
		{ "Authorization: a.b.c+d.e.f", "tkns",
		  "[\"a.b.c\",\"d.e.f\"]" },
		{ "Authorization: a.b.c + d.e.f", "tkns",
		  "[\"a.b.c\",\"d.e.f\"]" },
		{ "Authorization: a.b.c+ d.e.f", "tkns",
		  "[\"a.b.c\",\"d.e.f\"]" },
		{ "Authorization: Bearer abc", "tkns", NULL },
		{ "Authorization: Basic YTpi", "tkns", NULL },
		{ "X-M2M-RTU: http://x/1&http://x/2", "rt",
		  "{\"nu\":[\"http://x/1\",\"http://x/2\"]}" },
		{ "X-M2M-RTU:", "rt", "{\"nu\":[]}" },
		{ "X-M2M-CTS: 1", "cnst", NULL },
		{ "X-M2M-ATI: a:b", "ati", NULL },
		{ "X-M2M-NM: name", "nm", NULL },
		{ "X-M2M-XYZ: name", "xyz", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const lines[] = { "X-M2M-RI: r1",
					      "X-M2M-Origin: C1", cases[i].line,
					      NULL };
		struct rig_request r = rig_decode("GET", "/cse", lines, NULL);

		assert_int_equal(r.status, GW_STATUS_NONE);
		rig_expect_param(r.p, cases[i].param, cases[i].json);
		gw_primitive_free(r.p);
	}
}

static void the_response_type_comes_from_query_and_header(void **state)
{
	static const struct {
		const char *target;
		const char *line;
		const char *json;
	} cases[] = {
		{ "/cse?rt=2", "X-M2M-RTU: http://x/1",
		  "{\"rtv\":2,\"nu\":[\"http://x/1\"]}" },
		{ "/cse?rt=2", "X-M2M-RTU:", "{\"rtv\":2,\"nu\":[]}" },
		{ "/cse?rt=1", NULL, "{\"rtv\":1}" },
		{ "/cse?rt=4", NULL, "{\"rtv\":4}" },
		{ "/cse", NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const lines[] = { "X-M2M-RI: r1",
					      "X-M2M-Origin: C1", cases[i].line,
					      NULL };
		struct rig_request r = rig_decode("GET", cases[i].target, lines,
						  NULL);

		assert_int_equal(r.status, GW_STATUS_NONE);
		rig_expect_param(r.p, "rt", cases[i].json);
		assert_false(gw_primitive_is_silent(r.p));
		gw_primitive_free(r.p);
	}
}

static void rt_5_wants_no_answer(void **state)
{
	struct rig_request r = rig_decode("GET", "/cse?rt=5", plain, NULL);

	assert_int_equal(r.status, GW_STATUS_NONE);
	assert_true(gw_primitive_is_silent(r.p));
	rig_expect_param(r.p, "rt", "{\"rtv\":5}");
	gw_primitive_free(r.p);
}

static void absent_headers_stay_absent(void **state)
{
	static const char *const lines[] = {
		"X-M2M-RI: r1", "Content-Type: application/json;ty=2", NULL
	};
	struct rig_request r = rig_decode("POST", "/cse", lines, CIN);

	assert_int_equal(r.status, GW_STATUS_NONE);
	assert_null(r.p->from.at);
	assert_null(r.p->release.at);
	assert_null(r.p->params);
	gw_primitive_free(r.p);
}

static void is_refused(struct rig_request r, enum gw_status status)
{
	assert_int_equal(r.status, status);
	assert_true(r.why.text[0] != '\0');
	gw_primitive_free(r.p);
}

static void what_is_missing_is_refused(void **state)
{
	static const char *const nameless[] = { "X-M2M-Origin: C1", NULL };
	static const char *const empty[] = { "X-M2M-RI:", "X-M2M-Origin: C1",
					     NULL };
	static const char *const orphan[] = { "X-M2M-RI: r1", NULL };
	static const char *const other_type[] = {
		"X-M2M-RI: r1", "Content-Type: application/json;ty=3", NULL
	};

	static const char *const joined[] = { "X-M2M-RI: r1",
					      "X-M2M-Origin: CAE1, CAE2",
					      NULL };
	static const char *const pasted[] = { "X-M2M-RI: r1",
					      "X-M2M-Origin: CAE1,CAE2", NULL };

	is_refused(rig_decode("GET", "/cse", joined, NULL),
		   GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("GET", "/cse", pasted, NULL),
		   GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("GET", "/cse", nameless, NULL),
		   GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("GET", "/cse", empty, NULL),
		   GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("GET", "/cse", orphan, NULL),
		   GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("POST", "/cse", other_type, CIN),
		   GW_STATUS_BAD_REQUEST);
}

static void a_refusal_knows_the_id_of_its_request(void **state)
{
	struct rig_request r = rig_decode("PATCH", "/cse", plain, NULL);

	assert_int_equal(r.status, GW_STATUS_OPERATION_NOT_ALLOWED);
	rig_expect_text(r.p->id, "r1");
	rig_expect_text(r.p->release, "3");
	gw_primitive_free(r.p);
}

static void ill_formed_headers_are_refused(void **state)
{
	static const char *const latin[] = { "X-M2M-RI: r1",
					     "X-M2M-Origin: \xe9", NULL };
	static const char *const vsi[] = { "X-M2M-RI: r1", "X-M2M-Origin: C1",
					   "X-M2M-VSI: \xff", NULL };
	static const char *const ec[] = { "X-M2M-RI: r1", "X-M2M-Origin: C1",
					  "X-M2M-EC: soon", NULL };
	static const char *const ty[] = { "X-M2M-RI: r1", "X-M2M-Origin: C1",
					  "Content-Type: application/json;ty=x",
					  NULL };
	static const char *const types[] = {
		"X-M2M-RI: r1", "X-M2M-Origin: C1",
		"Content-Type: application/json;ty=4;ty=2", NULL
	};
	static const char *const rtu[] = { "X-M2M-RI: r1", "X-M2M-Origin: C1",
					   "X-M2M-RTU: http://x/\xff", NULL };
	static const char *const html[] = { "X-M2M-RI: r1", "X-M2M-Origin: C1",
					    "Accept: text/html", NULL };

	is_refused(rig_decode("GET", "/cse", latin, NULL),
		   GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("GET", "/cse", vsi, NULL), GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("GET", "/cse", ec, NULL), GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("POST", "/cse", ty, CIN), GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("POST", "/cse", types, CIN),
		   GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("GET", "/cse?rt=2", rtu, NULL),
		   GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("GET", "/cse", html, NULL),
		   GW_STATUS_NOT_ACCEPTABLE);
}

static void content_that_is_no_object_is_refused(void **state)
{
	static const char *const bad[] = {
		"", " ", "[]", "null", "{\"a\"", "{a:1}", "\"", "{\"a\":1}x",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_refused(rig_decode("POST", "/cse", create, bad[i]),
			   GW_STATUS_BAD_REQUEST);
		is_refused(rig_decode("PUT", "/cse", plain, bad[i]),
			   GW_STATUS_BAD_REQUEST);
	}
	is_refused(rig_decode("GET", "/cse", plain, CIN),
		   GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("DELETE", "/cse", plain, CIN),
		   GW_STATUS_BAD_REQUEST);
}

static void blanks_around_content_are_left_behind(void **state)
{
	struct rig_request r = rig_decode("POST", "/cse", create,
					  "\r\n " CIN "\n");

	assert_int_equal(r.status, GW_STATUS_NONE);
	rig_expect_text(gw_str_of(r.p->content), CIN);
	gw_primitive_free(r.p);
}

static void content_of_other_kinds_crosses_as_it_came(void **state)
{
	static const char *const cbor[] = {
		"X-M2M-RI: r1", "X-M2M-Origin: C1",
		"Content-Type: application/cbor;ty=4", NULL
	};
	static const char *const form[] = {
		"X-M2M-RI: r1", "X-M2M-Origin: C1",
		"Content-Type: application/x-www-form-urlencoded", NULL
	};
	struct rig_request r = rig_decode("POST", "/cse", cbor,
					  "\xa1\x61\x61\x02");

	assert_int_equal(r.status, GW_STATUS_NONE);
	assert_int_equal(r.p->media, GW_MEDIA_CBOR);
	rig_expect_text(gw_str_of(r.p->content), "\xa1\x61\x61\x02");
	gw_primitive_free(r.p);
	is_refused(rig_decode("POST", "/cse", cbor, "\xa1\x01\x02"),
		   GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("POST", "/cse", cbor, "\x81\x01"),
		   GW_STATUS_BAD_REQUEST);
	is_refused(rig_decode("POST", "/cse", form, "a=b"),
		   GW_STATUS_UNSUPPORTED_MEDIA_TYPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_method_is_its_operation),
		cmocka_unit_test(nothing_at_all_is_no_content),
		cmocka_unit_test(an_attribute_list_stays_beside_an_empty_body),
		cmocka_unit_test(a_mark_in_front_of_content_is_passed_over),
		cmocka_unit_test(each_scope_has_its_path),
		cmocka_unit_test(
			one_attribute_belongs_to_the_address_several_are_content),
		cmocka_unit_test(each_header_becomes_its_parameter),
		cmocka_unit_test(the_response_type_comes_from_query_and_header),
		cmocka_unit_test(rt_5_wants_no_answer),
		cmocka_unit_test(absent_headers_stay_absent),
		cmocka_unit_test(what_is_missing_is_refused),
		cmocka_unit_test(a_refusal_knows_the_id_of_its_request),
		cmocka_unit_test(ill_formed_headers_are_refused),
		cmocka_unit_test(content_that_is_no_object_is_refused),
		cmocka_unit_test(blanks_around_content_are_left_behind),
		cmocka_unit_test(content_of_other_kinds_crosses_as_it_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
