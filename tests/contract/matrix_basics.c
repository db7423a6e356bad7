/*
 * Matrix - operations, addresses, statuses and sizes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/lib/buf.h"
#include "tests/contract/matrix.h"
#include "tests/contract/random.h"

#define MIB ((size_t)1024 * 1024)

void each_operation_crosses(void **state)
{
	matrix_exchange(*state, GW_OP_CREATE,
			"{\"m2m:cin\":{\"con\":\"21.5\"}}", 2001,
			"{\"m2m:cin\":{\"ri\":\"c1\",\"cs\":4,\"st\":-1}}");
	matrix_exchange(
		*state, GW_OP_RETRIEVE, NULL, 2000,
		"{\"m2m:cnt\":{\"cni\":9007199254740993,\"lbl\":[\"a\"]}}");
	matrix_exchange(*state, GW_OP_UPDATE, "{\"m2m:cnt\":{\"lbl\":null}}",
			2004, "{\"m2m:cnt\":{\"mni\":10}}");
	matrix_exchange(*state, GW_OP_DELETE, NULL, 2002, NULL);
	matrix_exchange(
		*state, GW_OP_NOTIFY,
		"{\"m2m:sgn\":{\"nev\":{\"rep\":{\"m2m:cin\":{\"con\":1.5}},"
		"\"net\":3},\"sur\":\"/id-in/sub\"}}",
		2000, NULL);
	matrix_exchange(*state, GW_OP_NOTIFY, "{\"m2m:sgn\":{\"vrq\":true}}",
			2000, NULL);
	matrix_exchange(*state, GW_OP_RETRIEVE, NULL, 2000, NULL);
}

void discovery_crosses_with_its_lists(void **state)
{
	static const char fc[] =
		"{\"fu\":1,\"ty\":[2,3],\"lbl\":[\"a b\",\"c\"],\"lim\":10,"
		"\"crb\":\"20260101T000000\"}";
	struct gw_primitive *p = matrix_request(GW_OP_RETRIEVE, NULL);
	const struct gw_primitive *got = NULL;
	gw_cleanup(gw_buf_deinit) struct gw_buf list;

	gw_primitive_add(p, GW_STR("fc"), gw_str_from(fc));
	gw_primitive_add(p, GW_STR("drt"), GW_STR("2"));
	gw_primitive_add(p, GW_STR("rcn"), GW_STR("6"));
	got = chain_ask(&matrix_chain, p);
	assert_non_null(got);
	assert_true(same_json(gw_primitive_get(got, GW_STR("fc")),
			      gw_str_from(fc)));
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("drt")), "2"));
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("rcn")), "6"));
	gw_buf_init(&list, 0, MIB);
	gw_buf_lit(&list, "{\"m2m:uril\":[\"cse-in/0\"");
	for (int i = 1; i < 1000; i++) {
		gw_buf_print(&list, ",\"cse-in/ae/cnt/%d\"", i);
	}
	gw_buf_lit(&list, "]}");
	gw_buf_add_char(&list, '\0');
	got = chain_answer(&matrix_chain,
			   matrix_answer(2000, gw_buf_str(&list).at));
	matrix_expect_content(got, gw_buf_str(&list).at);
}

void attributes_are_retrieved_by_name(void **state)
{
	struct gw_primitive *p = matrix_request(
		GW_OP_RETRIEVE, "{\"m2m:atrl\":[\"lbl\",\"et\"]}");

	matrix_expect_content(chain_ask(&matrix_chain, p),
			      "{\"m2m:atrl\":[\"lbl\",\"et\"]}");
	(void)chain_answer(&matrix_chain,
			   matrix_answer(2000, "{\"m2m:cnt\":{\"lbl\":[]}}"));
}

void each_address_scope_crosses(void **state)
{
	static const char *const targets[] = {
		"cse-in",
		"/id-in",
		"/id-in/cse-in/ae",
		"//sp.x/id-in/cse-in/a.b~c",
		"//sp.x/id-in/cnt00001",
		"cnt00001",
		"/id-in/cnt00001",
		"-",
		"-/ae/la",
		"cnt00001/la",
		"cse-in/ae/cnt/ol",
		"cse-in/ae/pch/pcu",
		"cse-in/grp/fopt/cnt",
		"cse-in/ae%20b",
		"cse-in/ae#lbl",
		"/id-in/cnt00001#cni",
		"//sp.x/id-in/cse-in/ae#et",
		"-#ri",
	};

	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct gw_primitive *p = matrix_request(GW_OP_RETRIEVE, NULL);
		const struct gw_primitive *got = NULL;

		p->to = gw_str_from(targets[i]);
		got = chain_ask(&matrix_chain, p);
		assert_non_null(got);
		assert_true(gw_str_is(got->to, targets[i]));
		(void)chain_answer(&matrix_chain, matrix_answer(2000, NULL));
	}
}

void each_status_crosses(void **state)
{
	static const int statuses[] = {
#define GW_STATUS(name, number) (number),
#include "core/status.def"
#undef GW_STATUS
		1999, 2999, 4999, 5999, 6999, // and some that have no name
	};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		matrix_exchange(*state, GW_OP_RETRIEVE, NULL, statuses[i],
				"{\"m2m:dbg\":\"because \\\"so\\\"\"}");
		matrix_exchange(*state, GW_OP_DELETE, NULL, statuses[i], NULL);
	}
}

void one_mebibyte_crosses_both_ways(void **state)
{
	struct gw_primitive *p = matrix_request(GW_OP_CREATE, NULL);
	const struct gw_primitive *got = NULL;
	char *text = NULL;

	chain_fill(p, MIB);
	text = strndup((const char *)p->content.at, MIB);
	assert_non_null(text);
	matrix_expect_content(chain_ask(&matrix_chain, p), text);
	p = matrix_answer(2001, NULL);
	chain_fill(p, MIB);
	got = chain_answer(&matrix_chain, p);
	assert_int_equal(got->status, 2001);
	matrix_expect_content(got, text);
	free(text);
}

/* What has no place in a binding stays behind and nothing else does. */
void unknown_parameters_cross_where_they_can(void **state)
{
	const struct cell *cell = *state;
	bool carries_all = cell->left->carries_all && cell->right->carries_all;
	struct gw_primitive *p = matrix_request(GW_OP_CREATE,
						"{\"m2m:cin\":{}}");
	const struct gw_primitive *got = NULL;
	struct gw_primitive *back = matrix_answer(2001, NULL);

	gw_primitive_add(p, GW_STR("rcn"), GW_STR("1"));
	gw_primitive_add(p, GW_STR("zzz"), GW_STR("{\"a\":[1,null]}"));
	gw_primitive_add(p, GW_STR("ec"), GW_STR("4"));
	got = chain_ask(&matrix_chain, p);
	assert_non_null(got);
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("rcn")), "1"));
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("ec")), "4"));
	assert_int_equal(same_json(gw_primitive_get(got, GW_STR("zzz")),
				   GW_STR("{\"a\":[1,null]}")),
			 carries_all);
	gw_primitive_add(back, GW_STR("zzz"), GW_STR("\"x\""));
	gw_primitive_add(back, GW_STR("ot"), GW_STR("\"20261125T030000\""));
	got = chain_answer(&matrix_chain, back);
	assert_int_equal(
		gw_str_is(gw_primitive_get(got, GW_STR("zzz")), "\"x\""),
		carries_all);
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("ot")),
			      "\"20261125T030000\""));
}
