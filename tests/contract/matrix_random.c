/*
 * Matrix - random primitives: each crosses as the oracle says, or is refused.
 *
 * MATRIX_RANDOM is how many go through a pair.  MATRIX_SEED is the seed of the
 * first; each has its own, one more than the one before, and a failure tells
 * which.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "bindings/mqtt/mqtt.h"
#include "bindings/ws/ws.h"
#include "core/lib/loop.h"
#include "tests/contract/matrix.h"
#include "tests/contract/random.h"

#define RANDOM_FEW 400
#define RANDOM_MOST 100000000
#define N_CELLS 4

/* The seed of what is crossing; 0: nothing is. */
static unsigned long long seed_now;

static unsigned long n_random(void)
{
	const char *text = getenv("MATRIX_RANDOM");
	unsigned long n = text ? strtoul(text, NULL, 10) : RANDOM_FEW;

	return ((n > 0 && n < RANDOM_MOST ? n : RANDOM_FEW) + N_CELLS - 1) /
	       N_CELLS;
}

static unsigned long long first_seed(void)
{
	const char *text = getenv("MATRIX_SEED");

	return text ? strtoull(text, NULL, 10) : 1 + arc4random();
}

int matrix_tell_seed(void **state)
{
	if (seed_now) {
		print_error("again with MATRIX_RANDOM=1 MATRIX_SEED=%llu\n",
			    seed_now);
		seed_now = 0;
	}
	return 0;
}

static bool mints_ids(const struct chain_end *end)
{
	return end->ops == &ws_ops || end->ops == &mqtt_ops;
}

/* The id of a request stays what it is, or is one of a relay's own. */
static void expect_id(const struct cell *cell, struct gw_str sent,
		      struct gw_str got)
{
	bool is_own = gw_str_starts(got, GW_STR("id-near-")) ||
		      gw_str_starts(got, GW_STR("id-middle-"));

	if (!gw_str_eq(sent, got)) {
		assert_true(is_own);
		assert_true(mints_ids(cell->left) || mints_ids(cell->right));
	}
}

static void expect_refusal(struct gw_str id, const struct gw_primitive *sent)
{
	const struct gw_primitive *got = matrix_chain.answer;

	if (matrix_chain.asked || got->status < 4000 || got->status > 5999 ||
	    got->params) {
		print_error("this should have been refused: ");
		random_print(sent);
	}
	assert_null(matrix_chain.asked);

	assert_in_range(got->status, 4000, 5999);
	chain_expect_reason(got);
	assert_true(gw_str_eq(got->id, id));
}

static bool crosses(struct gw_primitive *p, const struct chain_end *first,
		    const struct chain_end *second)
{
	return random_cross(p, first) && random_cross(p, second);
}

static struct random_span span_since(int64_t from_ms)
{
	return (struct random_span){ from_ms,
				     gw_loop_wall_ms(matrix_chain.loop) + 1 };
}

/* The same bytes are promised when content is written one way all along. */
static bool is_exact(const struct cell *cell)
{
	return cell->media_left == GW_MEDIA_JSON &&
	       cell->media_right == GW_MEDIA_JSON;
}

static void send_answer(const struct cell *cell, struct random *r,
			struct gw_str id)
{
	struct gw_primitive *p = random_answer(r);
	gw_cleanup(gw_primitive_freep) struct gw_primitive *expected =
		random_copy(p);
	gw_cleanup(gw_primitive_freep) struct gw_primitive *sent = random_copy(
		p);
	bool fits = crosses(expected, cell->right, cell->left);
	int64_t from_ms = gw_loop_wall_ms(matrix_chain.loop);
	const struct gw_primitive *got = chain_answer(&matrix_chain, p);

	if (fits) {
		random_expect_same(expected, got, is_exact(cell),
				   span_since(from_ms));
		assert_true(gw_str_eq(got->id, id));
	} else {
		expect_refusal(id, sent);
	}
}

static void send_one(const struct cell *cell, unsigned long long seed)
{
	struct random r;
	struct gw_primitive *p = NULL;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *sent = NULL;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *expected = NULL;
	const struct gw_primitive *got = NULL;
	int64_t from_ms = gw_loop_wall_ms(matrix_chain.loop);
	bool fits = false;

	random_seed(&r, seed);
	p = random_request(&r, (unsigned long)seed);
	sent = random_copy(p);
	expected = random_copy(p);
	fits = random_is_accepted(expected) &&
	       crosses(expected, cell->left, cell->right);
	got = chain_ask(&matrix_chain, p);
	if (!fits) {
		expect_refusal(sent->id, sent);
		return;
	}
	if (!got) {
		matrix_print_answer();
		random_print(sent);
		fail();
		return;
	}
	random_expect_same(expected, got, is_exact(cell), span_since(from_ms));
	expect_id(cell, sent->id, got->id);
	send_answer(cell, &r, sent->id);
}

void random_primitives_cross_or_are_refused(void **state)
{
	const struct cell *cell = *state;
	unsigned long long seed = first_seed();
	unsigned long n = n_random();

	print_message("# %lu random primitives from MATRIX_SEED=%llu on\n", n,
		      seed);
	for (unsigned long i = 0; i < n; i++) {
		seed_now = seed + i;
		send_one(cell, seed_now);
	}
	seed_now = 0;
}
