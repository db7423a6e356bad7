#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/lib/arena.h"
#include "tests/unit/http/http_rig.h"

#define CIN "{\"m2m:cin\":{\"con\":\"1\"}}"

static const struct http_hop poa = { .url = { "http://h:80/root/", 17 } };

static void give_content(struct gw_primitive *p, const char *content)
{
	p->content = gw_bytes_of(gw_str_from(content));
	p->media = GW_MEDIA_JSON;
}

/* Good until the next call. */
static const struct http_request *written(const struct gw_primitive *p,
					  const struct http_hop *hop)
{
	static struct http_request out;
	struct gw_reason why = { "" };

	assert_int_equal(http_encode_request(&out, &why, p, hop),
			 GW_STATUS_NONE);
	return &out;
}

static void is_not_written(const struct gw_primitive *p,
			   const struct http_hop *hop, enum gw_status status)
{
	struct http_request out;
	struct gw_reason why = { "" };

	assert_int_equal(http_encode_request(&out, &why, p, hop), status);
	assert_true(why.text[0] != '\0');
}

static void each_operation_has_its_method_and_content_type(void **state)
{
	static const struct {
		enum gw_op op;
		const char *method;
		const char *type;
	} cases[] = {
		{ GW_OP_CREATE, "POST", "application/json;ty=4" },
		{ GW_OP_RETRIEVE, "GET", NULL },
		{ GW_OP_UPDATE, "PUT", "application/json" },
		{ GW_OP_DELETE, "DELETE", NULL },
		{ GW_OP_NOTIFY, "POST", "application/json" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gw_primitive *p = rig_primitive(cases[i].op, "cse/a");
		const struct http_request *out = NULL;

		if (cases[i].type) {
			give_content(p, CIN);
		}
		p->type = cases[i].op == GW_OP_CREATE ? 4 : 0;
		p->release = GW_STR("3");
		out = written(p, &poa);
		assert_string_equal(out->method, cases[i].method);
		assert_string_equal(out->url, "http://h:80/root/cse/a");
		assert_string_equal(rig_line(&out->lines, "X-M2M-RI"), "r1");
		assert_string_equal(rig_line(&out->lines, "X-M2M-RVI"), "3");
		assert_string_equal(rig_line(&out->lines, "X-M2M-Origin"),
				    "C1");
		if (cases[i].type) {
			assert_string_equal(
				rig_line(&out->lines, "Content-Type"),
				cases[i].type);
			assert_int_equal(out->body.len, strlen(CIN));
		} else {
			assert_null(rig_line(&out->lines, "Content-Type"));
		}
		gw_primitive_free(p);
	}
}

static void each_scope_has_its_path(void **state)
{
	static const struct {
		const char *to;
		const char *url;
	} cases[] = {
		{ "cse-in/ae1", "http://h:80/root/cse-in/ae1" },
		{ "/id-in/ae1", "http://h:80/root/~/id-in/ae1" },
		{ "//sp.org/id-in/a", "http://h:80/root/_/sp.org/id-in/a" },
		{ "a b\xc3\xa9%?", "http://h:80/root/a%20b%C3%A9%25%3F" },
		{ "cse/a#lbl", "http://h:80/root/cse/a?atrl=lbl" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE,
						       cases[i].to);

		assert_string_equal(written(p, &poa)->url, cases[i].url);
		gw_primitive_free(p);
	}
}

static void a_whole_url_is_the_target_itself(void **state)
{
	static const struct {
		const char *from;
		const char *url;
	} cases[] = {
		{ "http://h/x", "http://h/x" },
		{ "http://h/x?ct=json", "http://h/x" },
		{ "http://h/x?a=1&ct=json&b=2", "http://h/x?a=1&b=2" },
		{ "http://h", "http://h" },
		{ "http://h/x#frag", "http://h/x" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gw_primitive *p = rig_primitive(GW_OP_NOTIFY,
						       cases[i].from);
		struct http_hop hop = { .url = gw_str_from(cases[i].from),
					.is_whole_url = true,
					.from = GW_STR("/id-in") };
		const struct http_request *out = NULL;

		give_content(p, CIN);
		out = written(p, &hop);
		assert_string_equal(out->url, cases[i].url);
		assert_string_equal(rig_line(&out->lines, "X-M2M-Origin"),
				    "/id-in");
		gw_primitive_free(p);
	}
}

static void the_query_of_a_point_of_access_stays_behind_the_path(void **state)
{
	static const struct {
		const char *from;
		const char *url;
	} cases[] = {
		{ "http://h/notify?token=1&x=2",
		  "http://h/notify/C2?token=1&x=2" },
		{ "http://h/notify/?token=1", "http://h/notify/C2?token=1" },
		{ "http://h?token=1#f", "http://h/C2?token=1" },
		{ "http://h/n?ct=json", "http://h/n/C2" },
		{ "http://h/n?a=1&ct=cbor&b=2", "http://h/n/C2?a=1&b=2" },
		{ "http://h/n#f?x", "http://h/n/C2" },
		{ "http://h/n?", "http://h/n/C2" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gw_primitive *p = rig_primitive(GW_OP_NOTIFY, "C2");
		struct http_hop hop = { .url = gw_str_from(cases[i].from) };

		give_content(p, CIN);
		assert_string_equal(written(p, &hop)->url, cases[i].url);
		gw_primitive_free(p);
	}
}

static void parameters_follow_the_query_of_a_point_of_access(void **state)
{
	struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "/id-mn/x");
	struct http_hop hop = { .url = GW_STR("http://h/n?token=1&ct=json") };

	rig_param(p, "rcn", "4");
	assert_string_equal(written(p, &hop)->url,
			    "http://h/n/~/id-mn/x?token=1&rcn=4");
	gw_primitive_free(p);
}

static void parameters_become_headers_and_query(void **state)
{
	struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");
	const struct http_request *out = NULL;

	rig_param(p, "ot", "\"20261123T100000\"");
	rig_param(p, "rqet", "5000");
	rig_param(p, "rset", "\"20261123T100000\"");
	rig_param(p, "oet", "1");
	rig_param(p, "ec", "4");
	rig_param(p, "gid", "\"g\"");
	rig_param(p, "vsi", "\"a\\\"b\"");
	rig_param(p, "aus", "[\"a\",\"b\"]");
	rig_param(p, "tkns", "[\"a.b.c\",\"d\"]");
	rig_param(p, "rt", "{\"rtv\":2,\"nu\":[\"http://x\",\"http://y\"]}");
	rig_param(p, "da", "true");
	rig_param(p, "fc", "{\"ty\":[3,4]}");
	rig_param(p, "unknown", "{\"a\":1}");
	out = written(p, &poa);
	assert_string_equal(out->url,
			    "http://h:80/root/cse?rt=2&da=true&ty=3+4");
	assert_string_equal(rig_line(&out->lines, "X-M2M-OT"),
			    "20261123T100000");
	assert_string_equal(rig_line(&out->lines, "X-M2M-RET"), "5000");
	assert_string_equal(rig_line(&out->lines, "X-M2M-RST"),
			    "20261123T100000");
	assert_string_equal(rig_line(&out->lines, "X-M2M-OET"), "1");
	assert_string_equal(rig_line(&out->lines, "X-M2M-EC"), "4");
	assert_string_equal(rig_line(&out->lines, "X-M2M-GID"), "g");
	assert_string_equal(rig_line(&out->lines, "X-M2M-VSI"), "a\"b");
	assert_string_equal(rig_line(&out->lines, "X-M2M-AS"), "a+b");
	assert_string_equal(rig_line(&out->lines, "Authorization"), "a.b.c+d");
	assert_string_equal(rig_line(&out->lines, "X-M2M-RTU"),
			    "http://x&http://y");
	assert_string_equal(rig_line(&out->lines, "Accept"),
			    "application/json");
	gw_primitive_free(p);
}

static void an_empty_list_of_targets_is_an_empty_header(void **state)
{
	struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");
	const struct http_request *out = NULL;

	rig_param(p, "rt", "{\"rtv\":2,\"nu\":[]}");
	out = written(p, &poa);
	assert_string_equal(rig_line(&out->lines, "X-M2M-RTU"), "");
	gw_primitive_free(p);
}

static void the_list_of_a_partial_retrieve_is_a_field(void **state)
{
	struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");

	give_content(p, "{\"m2m:atrl\":[\"lbl\",\"rn\"]}");
	assert_string_equal(written(p, &poa)->url,
			    "http://h:80/root/cse?atrl=lbl+rn");
	gw_primitive_free(p);
}

static void content_that_has_no_place_is_refused(void **state)
{
	struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");

	give_content(p, CIN);
	is_not_written(p, &poa, GW_STATUS_BAD_REQUEST);
	gw_primitive_free(p);
	p = rig_primitive(GW_OP_DELETE, "cse");
	give_content(p, CIN);
	is_not_written(p, &poa, GW_STATUS_BAD_REQUEST);
	gw_primitive_free(p);
	p = rig_primitive(GW_OP_DELETE, "cse#lbl");
	is_not_written(p, &poa, GW_STATUS_BAD_REQUEST);
	gw_primitive_free(p);
}

static void a_create_without_a_type_does_not_become_a_notify(void **state)
{
	struct gw_primitive *p = rig_primitive(GW_OP_CREATE, "cse");

	p->type = GW_TYPE_NONE;
	give_content(p, CIN);
	is_not_written(p, &poa, GW_STATUS_BAD_REQUEST);
	gw_primitive_free(p);
}

/* T2 of the threat model: a value never becomes a header of its own. */
static void what_is_not_for_a_header_is_refused(void **state)
{
	static const struct {
		const char *param;
		const char *json;
	} cases[] = {
		{ "vsi", "\"a\\r\\nX-M2M-Origin: CAdmin\"" },
		{ "gid", "\"a\\nb\"" },
		{ "ot", "\"\\u0001\"" },
		{ "ot", "{}" },
		{ "tkns", "[\"a+b\"]" },
		{ "tkns", "[\"\"]" },
		{ "tkns", "\"a\"" },
		{ "rt", "{\"nu\":[\"http://x?a&b\"]}" },
		{ "rt", "{\"nu\":[\"a\\r\\nb\"]}" },
	};
	struct gw_primitive *p = NULL;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		p = rig_primitive(GW_OP_RETRIEVE, "cse");
		rig_param(p, cases[i].param, cases[i].json);
		is_not_written(p, &poa, GW_STATUS_BAD_REQUEST);
		gw_primitive_free(p);
	}
	p = rig_primitive(GW_OP_RETRIEVE, "cse");
	p->id = GW_STR("a\r\nb");
	is_not_written(p, &poa, GW_STATUS_BAD_REQUEST);
	p->id = (struct gw_str){ "a\0b", 3 };
	is_not_written(p, &poa, GW_STATUS_BAD_REQUEST);
	gw_primitive_free(p);
}

/* Good until the next call. */
static const struct http_lines *answered(const struct gw_primitive *p,
					 enum gw_op op, const char *content)
{
	static struct http_lines lines;
	struct gw_bytes body = { 0 };
	struct gw_reason why = { "" };

	assert_int_equal(http_encode_answer(&lines, &body, &why, p, op),
			 GW_STATUS_NONE);
	rig_expect_text((struct gw_str){ body.at ? (const char *)body.at : "",
					 body.len },
			content);
	return &lines;
}

static struct gw_primitive *answer(enum gw_status status, const char *content)
{
	struct gw_primitive *p = rig_primitive(GW_OP_NONE, NULL);

	p->status = status;
	p->from = (struct gw_str){ 0 };
	if (content) {
		give_content(p, content);
	}
	return p;
}

static void an_answer_always_has_its_code(void **state)
{
	struct gw_primitive *p = answer((enum gw_status)4999, NULL);
	const struct http_lines *lines = answered(p, GW_OP_RETRIEVE, "");

	assert_string_equal(rig_line(lines, "X-M2M-RSC"), "4999");
	assert_string_equal(rig_line(lines, "X-M2M-RI"), "r1");
	assert_null(rig_line(lines, "X-M2M-RVI"));
	assert_null(rig_line(lines, "X-M2M-Origin"));
	assert_null(rig_line(lines, "Content-Type"));
	gw_primitive_free(p);
}

static void parameters_of_an_answer_become_headers(void **state)
{
	struct gw_primitive *p = answer(GW_STATUS_OK, CIN);
	const struct http_lines *lines = NULL;

	p->from = GW_STR("/id-in");
	p->release = GW_STR("3");
	rig_param(p, "ot", "\"20261123T100000\"");
	rig_param(p, "rset", "1");
	rig_param(p, "ec", "2");
	rig_param(p, "cnst", "1");
	rig_param(p, "cnot", "7");
	rig_param(p, "vsi", "\"v\"");
	rig_param(p, "asri", "true");
	rig_param(p, "ati",
		  "{\"ltia\":[{\"lti\":\"l\",\"tkid\":\"t\"},"
		  "{\"lti\":\"m\",\"tkid\":\"u\"}]}");
	rig_param(p, "drt", "1");
	rig_param(p, "rqet", "1");
	lines = answered(p, GW_OP_RETRIEVE, CIN);
	assert_string_equal(rig_line(lines, "X-M2M-Origin"), "/id-in");
	assert_string_equal(rig_line(lines, "X-M2M-OT"), "20261123T100000");
	assert_string_equal(rig_line(lines, "X-M2M-RST"), "1");
	assert_string_equal(rig_line(lines, "X-M2M-EC"), "2");
	assert_string_equal(rig_line(lines, "X-M2M-CTS"), "1");
	assert_string_equal(rig_line(lines, "X-M2M-CTO"), "7");
	assert_string_equal(rig_line(lines, "X-M2M-VSI"), "v");
	assert_string_equal(rig_line(lines, "X-M2M-ASRI"), "true");
	assert_string_equal(rig_line(lines, "X-M2M-ATI"), "l:t+m:u");
	assert_null(rig_line(lines, "X-M2M-RET"));
	assert_string_equal(rig_line(lines, "Content-Type"),
			    "application/json");
	gw_primitive_free(p);
}

static void what_was_created_has_a_location(void **state)
{
	static const struct {
		enum gw_op op;
		int status;
		const char *content;
		const char *location;
	} cases[] = {
		{ GW_OP_CREATE, 2001, "{\"m2m:uri\":\"cse/a b\"}",
		  "cse/a%20b" },
		{ GW_OP_CREATE, 2001,
		  "{ \"m2m:rce\":{\"uri\":\"cse/a\",\"m2m:ae\":{}}}", "cse/a" },
		{ GW_OP_RETRIEVE, 1001, "{\"m2m:uri\":\"req1\"}", "req1" },
		{ GW_OP_RETRIEVE, 1002, "{\"m2m:uri\":\"req1\"}", "req1" },
		{ GW_OP_RETRIEVE, 2000, "{\"m2m:uri\":\"x\"}", NULL },
		{ GW_OP_CREATE, 2001, "{\"m2m:ae\":{\"uri\":\"x\"}}", NULL },
		{ GW_OP_CREATE, 2001, "{\"m2m:uri\":\"\"}", NULL },
		{ GW_OP_CREATE, 2001, "{\"m2m:uri\":7}", NULL },
		{ GW_OP_CREATE, 2001, "{\"m2m:rce\":{}}", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gw_primitive *p = answer((enum gw_status)cases[i].status,
						cases[i].content);
		const struct http_lines *lines = answered(p, cases[i].op,
							  cases[i].content);
		const char *location = rig_line(lines, "Content-Location");

		if (cases[i].location) {
			assert_non_null(location);
			assert_string_equal(location, cases[i].location);
		} else {
			assert_null(location);
		}
		gw_primitive_free(p);
	}
}

static void token_request_information_is_the_body(void **state)
{
	struct gw_primitive *p = answer(GW_STATUS_ORIGINATOR_HAS_NO_PRIVILEGE,
					NULL);

	rig_param(p, "tqf", "{\"a\":1}");
	answered(p, GW_OP_RETRIEVE, "{\"m2m:tqf\":{\"a\":1}}");
	gw_primitive_free(p);
}

static void an_answer_with_a_line_break_is_refused(void **state)
{
	struct gw_primitive *p = answer(GW_STATUS_OK, NULL);
	struct http_lines lines;
	struct gw_bytes body = { 0 };
	struct gw_reason why = { "" };

	rig_param(p, "vsi", "\"a\\r\\nSet-Cookie: x\"");
	assert_int_equal(
		http_encode_answer(&lines, &body, &why, p, GW_OP_RETRIEVE),
		GW_STATUS_INTERNAL_SERVER_ERROR);
	gw_primitive_free(p);
}

static void what_is_null_is_not_written(void **state)
{
	struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");
	const struct http_request *out = NULL;

	rig_param(p, "rt", "{\"rtv\":null,\"nu\":null}");
	rig_param(p, "fc", "{\"lbl\":null,\"lim\":5,\"cr\":null}");
	out = written(p, &poa);
	assert_string_equal(out->url, "http://h:80/root/cse?lim=5");
	assert_null(rig_line(&out->lines, "X-M2M-RTU"));
	gw_primitive_free(p);
}

/* What was written is read back as it was. */
static void a_request_survives_the_way_there_and_back(void **state)
{
	static const struct {
		const char *name;
		const char *json;
	} params[] = {
		{ "rt", "{\"rtv\":2,\"nu\":[\"http://x/1\"]}" },
		{ "rcn", "4" },
		{ "tqi", "true" },
		{ "rids", "[\"r1\",\"r2\"]" },
		{ "fc", "{\"lbl\":[\"a+b\",\"c d\"],\"lim\":5}" },
		{ "tkns", "[\"a.b.c\"]" },
		{ "ot", "\"20261123T100000\"" },
		{ "rqet", "5000" },
		{ "ec", "2" },
		{ "gid", "\"g\"" },
		{ "vsi", "\"v \\\"w\\\"\"" },
	};
	struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE,
					       "//sp.org/id-in/a b");
	const struct http_request *out = NULL;
	struct rig_request back;
	const char *lines[HTTP_LINES_MAX + 1] = { NULL };

	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		rig_param(p, params[i].name, params[i].json);
	}
	out = written(p, &(struct http_hop){ .url = GW_STR("http://h") });
	for (size_t i = 0; i < out->lines.n; i++) {
		lines[i] = gw_arena_print(p->arena, "%s: %s",
					  out->lines.at[i].name,
					  out->lines.at[i].value)
				   .at;
	}
	back = rig_decode(out->method, out->url + strlen("http://h"), lines,
			  NULL);
	assert_int_equal(back.status, GW_STATUS_NONE);
	rig_expect_text(back.p->to, "//sp.org/id-in/a b");
	rig_expect_text(back.p->from, "C1");
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		rig_expect_param(back.p, params[i].name, params[i].json);
	}
	gw_primitive_free(back.p);
	gw_primitive_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			each_operation_has_its_method_and_content_type),
		cmocka_unit_test(each_scope_has_its_path),
		cmocka_unit_test(a_whole_url_is_the_target_itself),
		cmocka_unit_test(
			the_query_of_a_point_of_access_stays_behind_the_path),
		cmocka_unit_test(
			parameters_follow_the_query_of_a_point_of_access),
		cmocka_unit_test(parameters_become_headers_and_query),
		cmocka_unit_test(an_empty_list_of_targets_is_an_empty_header),
		cmocka_unit_test(the_list_of_a_partial_retrieve_is_a_field),
		cmocka_unit_test(content_that_has_no_place_is_refused),
		cmocka_unit_test(
			a_create_without_a_type_does_not_become_a_notify),
		cmocka_unit_test(what_is_not_for_a_header_is_refused),
		cmocka_unit_test(an_answer_always_has_its_code),
		cmocka_unit_test(parameters_of_an_answer_become_headers),
		cmocka_unit_test(what_was_created_has_a_location),
		cmocka_unit_test(token_request_information_is_the_body),
		cmocka_unit_test(an_answer_with_a_line_break_is_refused),
		cmocka_unit_test(what_is_null_is_not_written),
		cmocka_unit_test(a_request_survives_the_way_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
