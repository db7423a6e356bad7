/*
 * Matrix - each binding to each binding, in each serialisation.
 *
 * What a request and an answer say is compared at the other end of two hops.
 * MATRIX_RANDOM sets how many random primitives go through each pair.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/content.h"
#include "tests/contract/chain.h"
#include "tests/contract/random_primitive.h"

#define MIB ((size_t)1024 * 1024)
#define ARENA_BYTES (16 * MIB)
#define RANDOM_FEW 25
#define SEED 20261125

/* One cell: two bindings and how content is written on either hop. */
struct cell {
	const struct chain_end *left;
	const struct chain_end *right;
	enum gw_media media_left;
	enum gw_media media_right;
};

static struct chain chain;

static const struct cell *cell_of(void **state)
{
	return *state;
}

static int set_up(void **state)
{
	const struct cell *cell = cell_of(state);

	chain_start(&chain, cell->left, cell->media_left, cell->right,
		    cell->media_right);
	return 0;
}

static int tear_down(void **state)
{
	chain_stop(&chain);
	return 0;
}

static struct gw_primitive *new_primitive(void)
{
	struct gw_primitive *p = gw_primitive_new(2048, ARENA_BYTES);

	assert_non_null(p);
	return p;
}

static void set_content(struct gw_primitive *p, const char *json)
{
	p->media = GW_MEDIA_JSON;
	p->content = gw_bytes_of(gw_str_from(json));
}

static struct gw_primitive *request(enum gw_op op, const char *json)
{
	struct gw_primitive *p = new_primitive();

	p->op = op;
	p->id = GW_STR("r1");
	p->from = GW_STR("Cdev");
	p->to = GW_STR("cse-in/ae/cnt");
	p->release = GW_STR("3");
	if (json) {
		set_content(p, json);
	}
	return p;
}

static struct gw_primitive *answer(int status, const char *json)
{
	struct gw_primitive *p = new_primitive();

	p->status = (enum gw_status)status;
	p->release = GW_STR("3");
	if (json) {
		set_content(p, json);
	}
	return p;
}

static void expect_content(const struct gw_primitive *got, const char *json)
{
	struct gw_primitive copy = *got;
	struct gw_reason why = { "" };

	if (!json) {
		assert_int_equal(got->content.len, 0);
		return;
	}
	assert_int_equal(gw_content_become(&copy, GW_MEDIA_JSON, &why),
			 GW_STATUS_NONE);
	assert_int_equal(copy.content.len, strlen(json));
	assert_memory_equal(copy.content.at, json, copy.content.len);
}

/* One exchange from end to end; NULL is no content. */
static void exchange(const struct cell *cell, enum gw_op op, const char *asks,
		     int status, const char *answers)
{
	struct gw_primitive *p = request(op, asks);
	const struct gw_primitive *got = NULL;

	p->type = op == GW_OP_CREATE ? 4 : 0;
	got = chain_ask(&chain, p);
	assert_non_null(got);
	assert_int_equal(got->op, op);
	assert_int_equal(got->type, op == GW_OP_CREATE ? 4 : 0);
	assert_true(gw_str_is(got->from, "Cdev"));
	assert_true(gw_str_is(got->to, "cse-in/ae/cnt"));
	assert_true(gw_str_is(got->release, "3"));
	expect_content(got, asks);
	assert_int_equal(got->media, asks ? cell->media_right : GW_MEDIA_NONE);
	got = chain_answer(&chain, answer(status, answers));
	assert_int_equal(got->status, status);
	assert_true(gw_str_is(got->id, "r1"));
	expect_content(got, answers);
	assert_int_equal(got->media,
			 answers ? cell->media_left : GW_MEDIA_NONE);
}

static void each_operation_crosses(void **state)
{
	exchange(cell_of(state), GW_OP_CREATE,
		 "{\"m2m:cin\":{\"con\":\"21.5\"}}", 2001,
		 "{\"m2m:cin\":{\"ri\":\"c1\",\"cs\":4,\"st\":-1}}");
	exchange(cell_of(state), GW_OP_RETRIEVE, NULL, 2000,
		 "{\"m2m:cnt\":{\"cni\":9007199254740993,\"lbl\":[\"a\"]}}");
	exchange(cell_of(state), GW_OP_UPDATE, "{\"m2m:cnt\":{\"lbl\":null}}",
		 2004, "{\"m2m:cnt\":{\"mni\":10}}");
	exchange(cell_of(state), GW_OP_DELETE, NULL, 2002, NULL);
	exchange(cell_of(state), GW_OP_NOTIFY,
		 "{\"m2m:sgn\":{\"nev\":{\"rep\":{\"m2m:cin\":{\"con\":1.5}},"
		 "\"net\":3},\"sur\":\"/id-in/sub\"}}",
		 2000, NULL);
	exchange(cell_of(state), GW_OP_NOTIFY, "{\"m2m:sgn\":{\"vrq\":true}}",
		 2000, NULL);
	exchange(cell_of(state), GW_OP_RETRIEVE, NULL, 2000, NULL);
}

static void discovery_crosses_with_its_lists(void **state)
{
	static const char fc[] =
		"{\"fu\":1,\"ty\":[2,3],\"lbl\":[\"a b\",\"c\"],\"lim\":10,"
		"\"crb\":\"20260101T000000\"}";
	struct gw_primitive *p = request(GW_OP_RETRIEVE, NULL);
	const struct gw_primitive *got = NULL;
	gw_cleanup(gw_buf_deinit) struct gw_buf list;

	gw_primitive_add(p, GW_STR("fc"), gw_str_from(fc));
	gw_primitive_add(p, GW_STR("drt"), GW_STR("2"));
	gw_primitive_add(p, GW_STR("rcn"), GW_STR("6"));
	got = chain_ask(&chain, p);
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
	got = chain_answer(&chain, answer(2000, gw_buf_str(&list).at));
	expect_content(got, gw_buf_str(&list).at);
}

static void attributes_are_retrieved_by_name(void **state)
{
	struct gw_primitive *p = request(GW_OP_RETRIEVE,
					 "{\"m2m:atrl\":[\"lbl\",\"et\"]}");

	expect_content(chain_ask(&chain, p), "{\"m2m:atrl\":[\"lbl\",\"et\"]}");
	(void)chain_answer(&chain, answer(2000, "{\"m2m:cnt\":{\"lbl\":[]}}"));
}

static void each_address_scope_crosses(void **state)
{
	static const char *const targets[] = {
		"cse-in",  "/id-in/cse-in/ae", "//sp.x/id-in/cse-in/a.b~c",
		"-/ae/la", "cse-in/ae%20b",
	};

	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct gw_primitive *p = request(GW_OP_RETRIEVE, NULL);
		const struct gw_primitive *got = NULL;

		p->to = gw_str_from(targets[i]);
		got = chain_ask(&chain, p);
		assert_non_null(got);
		assert_true(gw_str_is(got->to, targets[i]));
		(void)chain_answer(&chain, answer(2000, NULL));
	}
}

static void non_blocking_requests_cross(void **state)
{
	struct gw_primitive *p = request(GW_OP_RETRIEVE, NULL);
	const struct gw_primitive *got = NULL;

	gw_primitive_add(p, GW_STR("rt"), GW_STR("{\"rtv\":1}"));
	got = chain_ask(&chain, p);
	assert_non_null(got);
	assert_int_equal(got->op, GW_OP_RETRIEVE);
	assert_true(same_json(gw_primitive_get(got, GW_STR("rt")),
			      GW_STR("{\"rtv\":1}")));
	got = chain_answer(&chain,
			   answer(1001, "{\"m2m:uri\":\"cse-in/req1\"}"));
	assert_int_equal(got->status, 1001);
	expect_content(got, "{\"m2m:uri\":\"cse-in/req1\"}");
	p = request(GW_OP_UPDATE, "{\"m2m:cnt\":{\"mni\":3}}");
	gw_primitive_add(
		p, GW_STR("rt"),
		GW_STR("{\"rtv\":2,\"nu\":[\"http://127.0.0.1:9/n\"]}"));
	got = chain_ask(&chain, p);
	assert_non_null(got);
	assert_int_equal(got->op, GW_OP_UPDATE);
	assert_true(same_json(
		gw_primitive_get(got, GW_STR("rt")),
		GW_STR("{\"rtv\":2,\"nu\":[\"http://127.0.0.1:9/n\"]}")));
	got = chain_answer(&chain, answer(1002, NULL));
	assert_int_equal(got->status, 1002);
	exchange(cell_of(state), GW_OP_NOTIFY,
		 "{\"m2m:rsp\":{\"rsc\":2000,\"rqi\":\"r1\",\"pc\":{}}}", 2000,
		 NULL);
}

static void each_class_of_error_crosses(void **state)
{
	static const int statuses[] = {
		4000, 4001, 4004, 4005, 4008, 4015, 4102, 4103, 4105,
		4117, 4120, 4128, 4999, 5000, 5001, 5103, 5105, 5106,
		5107, 5203, 5206, 5207, 5999, 6003, 6010, 6031, 1000,
	};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		exchange(cell_of(state), GW_OP_RETRIEVE, NULL, statuses[i],
			 "{\"m2m:dbg\":\"because \\\"so\\\"\"}");
		exchange(cell_of(state), GW_OP_DELETE, NULL, statuses[i], NULL);
	}
}

/* {"m2m:cin":{"con":"xxx"}} of that many bytes, to be freed. */
static char *large(size_t len)
{
	static const char head[] = "{\"m2m:cin\":{\"con\":\"";
	static const char tail[] = "\"}}";
	char *text = malloc(len + 1);
	size_t i = 0;

	assert_non_null(text);
	memcpy(text, head, sizeof(head) - 1);
	for (i = sizeof(head) - 1; i < len - (sizeof(tail) - 1); i++) {
		text[i] = (char)('a' + i % 26);
	}
	memcpy(text + i, tail, sizeof(tail));
	return text;
}

static void one_mebibyte_crosses_both_ways(void **state)
{
	char *text = large(MIB);

	exchange(cell_of(state), GW_OP_CREATE, text, 2001, text);
	free(text);
}

/* What has no place in a binding stays behind and nothing else does. */
static void unknown_parameters_cross_where_they_can(void **state)
{
	const struct cell *cell = cell_of(state);
	bool carries_all = cell->left->carries_all && cell->right->carries_all;
	struct gw_primitive *p = request(GW_OP_CREATE, "{\"m2m:cin\":{}}");
	const struct gw_primitive *got = NULL;
	struct gw_primitive *back = answer(2001, NULL);

	p->type = 4;
	gw_primitive_add(p, GW_STR("rcn"), GW_STR("1"));
	gw_primitive_add(p, GW_STR("zzz"), GW_STR("{\"a\":[1,null]}"));
	gw_primitive_add(p, GW_STR("ec"), GW_STR("4"));
	got = chain_ask(&chain, p);
	assert_non_null(got);
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("rcn")), "1"));
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("ec")), "4"));
	assert_int_equal(same_json(gw_primitive_get(got, GW_STR("zzz")),
				   GW_STR("{\"a\":[1,null]}")),
			 carries_all);
	gw_primitive_add(back, GW_STR("zzz"), GW_STR("\"x\""));
	gw_primitive_add(back, GW_STR("ot"), GW_STR("\"20261125T030000\""));
	got = chain_answer(&chain, back);
	assert_int_equal(
		gw_str_is(gw_primitive_get(got, GW_STR("zzz")), "\"x\""),
		carries_all);
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("ot")),
			      "\"20261125T030000\""));
}

static unsigned n_random(void)
{
	const char *text = getenv("MATRIX_RANDOM");
	unsigned long n = text ? strtoul(text, NULL, 10) : RANDOM_FEW;

	return n > 0 && n < 100000000 ? (unsigned)n : RANDOM_FEW;
}

static void random_primitives_come_out_the_same(void **state)
{
	struct random random = { .state = SEED };
	unsigned n = n_random();

	for (unsigned i = 0; i < n; i++) {
		struct gw_primitive *p = random_request(&random);
		struct gw_primitive *kept = random_copy(p);
		const struct gw_primitive *got = chain_ask(&chain, p);

		assert_non_null(got);
		random_expect_same(kept, got);
		gw_primitive_free(kept);
		p = random_answer(&random, got->op);
		kept = random_copy(p);
		random_expect_same(kept, chain_answer(&chain, p));
		gw_primitive_free(kept);
	}
}

#define CASE(test) \
	cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, NULL)

static int run(struct cell *cell)
{
	struct CMUnitTest tests[] = {
		CASE(each_operation_crosses),
		CASE(discovery_crosses_with_its_lists),
		CASE(attributes_are_retrieved_by_name),
		CASE(each_address_scope_crosses),
		CASE(non_blocking_requests_cross),
		CASE(each_class_of_error_crosses),
		CASE(one_mebibyte_crosses_both_ways),
		CASE(unknown_parameters_cross_where_they_can),
		CASE(random_primitives_come_out_the_same),
	};

	for (size_t t = 0; t < sizeof(tests) / sizeof(*tests); t++) {
		tests[t].initial_state = cell;
	}
	print_message("# %s, %s -> %s, %s\n", cell->left->scheme,
		      gw_content_name(cell->media_left), cell->right->scheme,
		      gw_content_name(cell->media_right));
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	static const enum gw_media media[] = { GW_MEDIA_JSON, GW_MEDIA_CBOR };
	const struct chain_end *left = argc == 3 ? chain_end_find(argv[1])
						 : NULL;
	const struct chain_end *right = argc == 3 ? chain_end_find(argv[2])
						  : NULL;
	int n_failed = 0;

	if (!left || !right) {
		(void)fprintf(stderr, "usage: test_matrix SCHEME SCHEME\n");
		return 2;
	}
	for (size_t i = 0; i < 4; i++) {
		struct cell cell = { left, right, media[i / 2], media[i % 2] };

		n_failed += run(&cell);
	}
	return n_failed ? 1 : 0;
}
