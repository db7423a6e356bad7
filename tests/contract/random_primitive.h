#pragma once

/*
 * Random primitives - of what every binding has a place for.
 *
 * Values are written the one way that all bindings write them: times are whole
 * seconds, numbers as CBOR reads them back.
 */

#include <stdint.h>

#include "core/primitive.h"

/* A small generator, so that a seed says everything. */
struct random {
	uint64_t state;
};

struct gw_primitive *random_request(struct random *r);
struct gw_primitive *random_answer(struct random *r, enum gw_op op);

/* A copy in an arena of its own. */
struct gw_primitive *random_copy(const struct gw_primitive *p);

/* Fail the test unless got says what was sent: `to` and `fr` of an answer and
 * the id on a hop are the hop's own. */
void random_expect_same(const struct gw_primitive *sent,
			const struct gw_primitive *got);

/* Whether two JSON texts are the same, members in any order. */
bool same_json(struct gw_str a, struct gw_str b);
