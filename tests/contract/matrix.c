/*
 * Matrix - what the tests of each pair of bindings have in common.
 */

#include "tests/contract/matrix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/codec/content.h"

#define ARENA_BYTES ((size_t)16 * 1024 * 1024)

struct chain matrix_chain;

/* A chain goes from test to test; what one has left open takes it along. */
int matrix_set_up(void **state)
{
	const struct cell *cell = *state;

	if (!chain_is_idle(&matrix_chain)) {
		chain_stop(&matrix_chain);
		chain_start(&matrix_chain, cell->left, cell->media_left,
			    cell->right, cell->media_right);
	}
	return 0;
}

static struct gw_primitive *new_primitive(const char *json)
{
	struct gw_primitive *p = gw_primitive_new(2048, ARENA_BYTES);

	assert_non_null(p);
	p->release = GW_STR("3");
	if (json) {
		p->media = GW_MEDIA_JSON;
		p->content = gw_bytes_of(gw_str_from(json));
	}
	return p;
}

struct gw_primitive *matrix_request(enum gw_op op, const char *json)
{
	struct gw_primitive *p = new_primitive(json);

	p->op = op;
	p->type = op == GW_OP_CREATE ? 4 : 0;
	p->id = GW_STR("r1");
	p->from = GW_STR("Cdev");
	p->to = GW_STR("cse-in/ae/cnt");
	return p;
}

struct gw_primitive *matrix_answer(int status, const char *json)
{
	struct gw_primitive *p = new_primitive(json);

	p->status = (enum gw_status)status;
	return p;
}

void matrix_expect_content(const struct gw_primitive *got, const char *json)
{
	struct gw_primitive copy = { 0 };
	struct gw_reason why = { "" };

	assert_non_null(got);
	copy = *got;
	if (!json) {
		assert_int_equal(got->content.len, 0);
		return;
	}
	assert_int_equal(gw_content_become(&copy, GW_MEDIA_JSON, &why),
			 GW_STATUS_NONE);
	assert_int_equal(copy.content.len, strlen(json));
	assert_memory_equal(copy.content.at, json, copy.content.len);
}

void matrix_print_answer(void)
{
	const struct gw_primitive *got = matrix_chain.answer;

	print_error("the answer is %d " GW_STR_FMT "\n", (int)got->status,
		    GW_STR_ARG(gw_str_of(got->content)));
}

void matrix_exchange(const struct cell *cell, enum gw_op op, const char *asks,
		     int status, const char *answers)
{
	const struct gw_primitive *got = chain_ask(&matrix_chain,
						   matrix_request(op, asks));

	assert_non_null(got);
	assert_int_equal(got->op, op);
	assert_int_equal(got->type, op == GW_OP_CREATE ? 4 : 0);
	assert_true(gw_str_is(got->from, "Cdev"));
	assert_true(gw_str_is(got->to, "cse-in/ae/cnt"));
	assert_true(gw_str_is(got->release, "3"));
	matrix_expect_content(got, asks);
	assert_int_equal(got->media, asks ? cell->media_right : GW_MEDIA_NONE);
	got = chain_answer(&matrix_chain, matrix_answer(status, answers));
	assert_int_equal(got->status, status);
	assert_true(gw_str_is(got->id, "r1"));
	matrix_expect_content(got, answers);
	assert_int_equal(got->media,
			 answers ? cell->media_left : GW_MEDIA_NONE);
}
