/* Answers from HTTP. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/http/http_rig.h"

#define CIN "{\"m2m:cin\":{\"con\":\"1\"}}"

/* An answer to a request of this kind. */
struct answer {
	struct gw_primitive *request;
	struct gw_primitive *p;
	struct gw_reason why;
	enum gw_status status;
};

static struct answer decode_answer_to(struct gw_primitive *request,
				      unsigned status, const char *const *lines,
				      const char *body)
{
	struct answer a = { .request = request };
	struct http_values values = rig_values(lines);
	struct http_answer in = {
		.status = status,
		.values = &values,
		.body = gw_bytes_of(gw_str_from(body ? body : "")),
		.request = a.request,
		.id = GW_STR("r1"),
	};

	a.p = gw_primitive_new(4096, 65536);
	assert_non_null(a.p);
	a.status = http_decode_answer(a.p, &a.why, &in);
	return a;
}

static struct answer decode_answer(enum gw_op op, unsigned status,
				   const char *const *lines, const char *body)
{
	return decode_answer_to(rig_primitive(op, "cse"), status, lines, body);
}

static void answer_free(struct answer a)
{
	gw_primitive_free(a.request);
	gw_primitive_free(a.p);
}

static void each_header_of_an_answer_becomes_its_parameter(void **state)
{
	static const char *const lines[] = {
		"X-M2M-RSC: 2001",
		"X-M2M-RI: r1",
		"X-M2M-RVI: 3",
		"X-M2M-Origin: /id-in",
		"X-M2M-OT: 20261123T100000",
		"X-M2M-RST: 9000",
		"X-M2M-EC: 3",
		"X-M2M-CTS: 1",
		"X-M2M-CTO: 10",
		"X-M2M-ATI: l1:t1 + l2:t2",
		"X-M2M-VSI: v",
		"X-M2M-ASRI: true",
		"X-M2M-GID: dropped",
		"Content-Type: application/json",
		NULL,
	};
	struct answer a = decode_answer(GW_OP_CREATE, 201, lines, CIN);

	assert_int_equal(a.status, GW_STATUS_NONE);
	assert_int_equal(a.p->status, GW_STATUS_CREATED);
	rig_expect_text(a.p->id, "r1");
	rig_expect_text(a.p->from, "/id-in");
	rig_expect_text(a.p->release, "3");
	rig_expect_param(a.p, "ot", "\"20261123T100000\"");
	rig_expect_param(a.p, "rset", "9000");
	rig_expect_param(a.p, "ec", "3");
	rig_expect_param(a.p, "cnst", "1");
	rig_expect_param(a.p, "cnot", "10");
	rig_expect_param(a.p, "ati",
			 "{\"ltia\":[{\"lti\":\"l1\",\"tkid\":\"t1\"},"
			 "{\"lti\":\"l2\",\"tkid\":\"t2\"}]}");
	rig_expect_param(a.p, "vsi", "\"v\"");
	rig_expect_param(a.p, "asri", "true");
	rig_expect_param(a.p, "gid", NULL);
	rig_expect_text(gw_str_of(a.p->content), CIN);
	answer_free(a);
}

static void an_unknown_code_crosses_as_a_number(void **state)
{
	static const char *const lines[] = { "X-M2M-RSC: 4999", "X-M2M-RI: r1",
					     NULL };
	struct answer a = decode_answer(GW_OP_RETRIEVE, 400, lines, NULL);

	assert_int_equal(a.status, GW_STATUS_NONE);
	assert_int_equal(a.p->status, 4999);
	answer_free(a);
}

static void a_receiver_that_is_no_onem2m_entity_is_understood(void **state)
{
	static const char *const html[] = { "Content-Type: text/html", NULL };
	struct answer a = decode_answer(GW_OP_NOTIFY, 200, html, "<p>OK</p>");

	assert_int_equal(a.status, GW_STATUS_NONE);
	assert_int_equal(a.p->status, GW_STATUS_OK);
	rig_expect_text(a.p->id, "r1");
	assert_int_equal(a.p->content.len, 0);
	answer_free(a);
	a = decode_answer(GW_OP_NOTIFY, 404, NULL, "no such page");
	assert_int_equal(a.status, GW_STATUS_NONE);
	assert_int_equal(a.p->status, GW_STATUS_NOT_FOUND);
	answer_free(a);
}

static void an_empty_header_of_an_answer_is_an_absent_one(void **state)
{
	static const char *const lines[] = {
		"X-M2M-RSC:",     "X-M2M-RI:",   "X-M2M-RVI:",  "X-M2M-OT:",
		"X-M2M-RST:",     "X-M2M-EC:",   "X-M2M-ATI:",  "X-M2M-CTS:",
		"X-M2M-CTO:",     "X-M2M-VSI: ", "X-M2M-ASRI:", "X-M2M-Origin:",
		"Content-Type: ", NULL
	};
	struct answer a = decode_answer(GW_OP_RETRIEVE, 200, lines, CIN);

	assert_int_equal(a.status, GW_STATUS_NONE);
	assert_int_equal(a.p->status, GW_STATUS_OK);
	rig_expect_text(a.p->id, "r1");
	rig_expect_text(a.p->from, "");
	assert_null(a.p->release.at);
	assert_null(a.p->params);
	rig_expect_text(gw_str_of(a.p->content), CIN);
	answer_free(a);
}

static void an_answer_to_another_request_is_refused(void **state)
{
	static const char *const lines[] = { "X-M2M-RSC: 2000", "X-M2M-RI: r2",
					     NULL };
	struct answer a = decode_answer(GW_OP_NOTIFY, 200, lines, NULL);

	assert_int_equal(a.status, GW_STATUS_BAD_REQUEST);
	rig_expect_text(a.p->id, "r1");
	answer_free(a);
}

static void an_unreadable_answer_is_refused(void **state)
{
	static const char *const lines[] = { "X-M2M-RSC: 2000",
					     "Content-Type: application/json",
					     NULL };
	struct answer a = decode_answer(GW_OP_RETRIEVE, 200, lines, "{");

	assert_int_equal(a.status, GW_STATUS_INTERNAL_SERVER_ERROR);
	answer_free(a);
}

/* A relay carries nothing whose form it cannot tell to the next one. */
static void an_answer_of_no_known_type_is_refused(void **state)
{
	static const char *const lines[] = { "X-M2M-RSC: 2000", "X-M2M-RI: r1",
					     "Content-Type: text/html", NULL };
	struct answer a = decode_answer(GW_OP_RETRIEVE, 200, lines,
					"<p>OK</p>");

	assert_int_equal(a.status, GW_STATUS_INTERNAL_SERVER_ERROR);
	assert_int_equal(a.p->content.len, 0);
	assert_non_null(strstr(a.why.text, "RETRIEVE"));
	answer_free(a);
	a = decode_answer(GW_OP_RETRIEVE, 200, lines, NULL);
	assert_int_equal(a.status, GW_STATUS_NONE);
	answer_free(a);
}

/* An answer of this status to such a request, with text that is no content. */
static void expect_dropped(enum gw_op op, unsigned http, const char *rsc)
{
	static const char *const types[] = { "Content-Type: text/html",
					     "Content-Type: application/json" };

	for (size_t i = 0; i < 2; i++) {
		const char *const lines[] = { rsc, "X-M2M-RI: r1", types[i],
					      NULL };
		struct answer a = decode_answer(op, http, lines, "OK");

		assert_int_equal(a.status, GW_STATUS_NONE);
		assert_int_equal(a.p->content.len, 0);
		assert_int_equal(a.p->media, GW_MEDIA_NONE);
		assert_true(a.p->has_lost_content);
		answer_free(a);
	}
}

static void
where_the_status_says_all_an_unreadable_body_is_dropped(void **state)
{
	expect_dropped(GW_OP_NOTIFY, 200, "X-M2M-RSC: 2000");
	expect_dropped(GW_OP_DELETE, 200, "X-M2M-RSC: 2002");
	expect_dropped(GW_OP_RETRIEVE, 404, "X-M2M-RSC: 4004");
	expect_dropped(GW_OP_CREATE, 409, "X-M2M-RSC: 4105");
	expect_dropped(GW_OP_UPDATE, 500, "X-M2M-RSC: 5000");
}

/* As tinyIoT writes csi twice into the registration that it grants. */
static void who_needs_the_status_only_gets_it(void **state)
{
	static const char *const lines[] = { "X-M2M-RSC: 2001", "X-M2M-RI: r1",
					     NULL };
	static const char twice[] = "{\"m2m:csr\":{\"csi\":1,\"csi\":1}}";
	struct gw_primitive *request = rig_primitive(GW_OP_CREATE, "cse");
	struct answer a = decode_answer(GW_OP_CREATE, 201, lines, twice);

	assert_int_equal(a.status, GW_STATUS_INTERNAL_SERVER_ERROR);
	answer_free(a);
	request->needs_status_only = true;
	a = decode_answer_to(request, 201, lines, twice);
	assert_int_equal(a.status, GW_STATUS_NONE);
	assert_int_equal(a.p->status, GW_STATUS_CREATED);
	assert_true(a.p->has_lost_content);
	answer_free(a);
}

static void token_request_information_is_a_parameter(void **state)
{
	static const char *const lines[] = { "X-M2M-RSC: 4103", "X-M2M-RI: r1",
					     NULL };
	struct answer a = decode_answer(GW_OP_RETRIEVE, 403, lines,
					"{\"m2m:tqf\":{\"a\":1}}");

	assert_int_equal(a.status, GW_STATUS_NONE);
	rig_expect_param(a.p, "tqf", "{\"a\":1}");
	assert_int_equal(a.p->content.len, 0);
	answer_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_header_of_an_answer_is_an_absent_one),
		cmocka_unit_test(
			each_header_of_an_answer_becomes_its_parameter),
		cmocka_unit_test(an_unknown_code_crosses_as_a_number),
		cmocka_unit_test(
			a_receiver_that_is_no_onem2m_entity_is_understood),
		cmocka_unit_test(an_answer_to_another_request_is_refused),
		cmocka_unit_test(an_unreadable_answer_is_refused),
		cmocka_unit_test(an_answer_of_no_known_type_is_refused),
		cmocka_unit_test(
			where_the_status_says_all_an_unreadable_body_is_dropped),
		cmocka_unit_test(who_needs_the_status_only_gets_it),
		cmocka_unit_test(token_request_information_is_a_parameter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
