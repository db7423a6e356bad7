#pragma once

/*
 * Random - random primitives, and what each hop must make of them.
 *
 * The generator makes every parameter of TS-0004, unknown ones, and now and
 * then values that are hard to carry.  The oracle knows from the READMEs of the
 * bindings what has a place and what cannot be written: either a primitive
 * crosses as the oracle says, or it must be refused.
 */

#include <stdint.h>

#include "core/primitive.h"

struct chain_end;

/* A small generator, so that a seed says everything. */
struct random {
	uint64_t state;
};

void random_seed(struct random *r, uint64_t seed);
unsigned random_below(struct random *r, unsigned n);
bool random_once_in(struct random *r, unsigned n);

/* How the value of a parameter looks. */
enum random_shape {
	RANDOM_TEXT,
	RANDOM_STAMP, // a time that is never relative
	RANDOM_TIME,
	RANDOM_NUMBER,
	RANDOM_BOOLEAN,
	RANDOM_TEXTS,
	RANDOM_TOKENS,        // ati
	RANDOM_RESPONSE_TYPE, // rt
	RANDOM_FILTERS,       // fc
	RANDOM_ANY,
};

/* How a binding that writes no whole primitives carries a parameter. */
enum random_way {
	RANDOM_STAYS, // it has no place there
	RANDOM_LINE,  // a header or an option
	RANDOM_QUERY,
	RANDOM_BODY, // tqf
};

enum {
	RANDOM_IN_REQUEST = 1,
	RANDOM_IN_ANSWER = 2
};

struct random_param {
	const char *name;
	enum random_shape shape;
	enum random_way http;
	enum random_way coap;
	unsigned where;
};

/* All parameters without a field of their own, ended by a NULL name. */
extern const struct random_param random_params[];

/* The row of a parameter; one that is not known stays. */
const struct random_param *random_param(struct gw_str name);

/* The fields of fc. */
struct random_filter {
	const char *name;
	enum random_shape shape; // ANY: a list of {nm,val}
	bool is_list;
};

extern const struct random_filter random_filters[];

/* Whether a name is one of those, or could be taken for one (c.x, p.x, atr). */
bool random_is_filter(const char *name);

/* A value of that shape as JSON, appended to buf.  A hostile one may be hard or
 * impossible to carry. */
struct gw_buf;
void random_put(struct random *r, struct gw_buf *buf, enum random_shape shape,
		bool is_hostile);

struct gw_primitive *random_request(struct random *r, unsigned long n);
struct gw_primitive *random_answer(struct random *r);

/* A copy in an arena of its own. */
struct gw_primitive *random_copy(const struct gw_primitive *p);

/* Make of p what arrives behind a hop over this binding.  False when it has to
 * be refused there. */
bool random_cross(struct gw_primitive *p, const struct chain_end *end);

/* The same for what any relay checks before it sends a request. */
bool random_is_accepted(const struct gw_primitive *p);

/* When a request was asked and when it had arrived, for what became absolute on
 * the way. */
struct random_span {
	int64_t from_ms;
	int64_t to_ms;
};

/* Fail the test unless got says what was expected.  `to` and `fr` of an answer
 * are the hop's own.  is_exact: content has the same bytes, else the same
 * meaning. */
void random_expect_same(const struct gw_primitive *expected,
			const struct gw_primitive *got, bool is_exact,
			struct random_span span);

/* Show a person what it is. */
void random_print(const struct gw_primitive *p);

/* Whether two JSON texts are the same, members in any order. */
bool same_json(struct gw_str a, struct gw_str b);
