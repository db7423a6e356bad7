/*
 * Random primitives - of what every binding has a place for.
 */

#include "tests/contract/random_primitive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/content.h"

#define ARENA_BYTES ((size_t)1 << 20)
#define DEPTH_MAX 4

static unsigned below(struct random *r, unsigned n)
{
	/* xorshift64* */
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (unsigned)((r->state * 0x2545f4914f6cdd1dULL) >> 33) % n;
}

static const char *pick(struct random *r, const char *const *words, size_t n)
{
	return words[below(r, (unsigned)n)];
}

#define PICK(r, words) pick((r), (words), sizeof(words) / sizeof(*(words)))

static void put_text(struct random *r, struct gw_buf *buf)
{
	static const char *const pieces[] = {
		"a",
		"Z9",
		" ",
		"\\\"",
		"\\\\",
		"/",
		"\xc3\xa9",
		"\xe2\x82\xac",
		"\xf0\x9f\x98\x80",
		"\\n",
		"+",
		"&",
		"=",
		"%",
		"{}",
		",",
		"long words follow each other",
	};

	gw_buf_add_char(buf, '"');
	for (unsigned n = below(r, 6); n > 0; n--) {
		gw_buf_print(buf, "%s", PICK(r, pieces));
	}
	gw_buf_add_char(buf, '"');
}

static void put_scalar(struct random *r, struct gw_buf *buf)
{
	static const char *const words[] = {
		"true",
		"false",
		"null",
		"0",
		"-1",
		"9007199254740993",
		"1.5",
		"-0.25",
		"0.1",
		"1e+300",
		"18446744073709551615",
		"123456789012345678901234567890",
		"3.14159265358979323846",
	};

	if (below(r, 2)) {
		put_text(r, buf);
	} else {
		gw_buf_print(buf, "%s", PICK(r, words));
	}
}

/* What is open: how each level ends, and how many entries it has. */
struct nest {
	char ends[DEPTH_MAX + 1];
	unsigned counts[DEPTH_MAX + 1];
	unsigned depth;
};

static void open_level(struct nest *nest, struct gw_buf *buf, bool is_object)
{
	nest->ends[++nest->depth] = is_object ? '}' : ']';
	nest->counts[nest->depth] = 0;
	gw_buf_add_char(buf, is_object ? '{' : '[');
}

static void put_entry(struct random *r, struct gw_buf *buf, struct nest *nest)
{
	unsigned i = nest->counts[nest->depth]++;

	gw_buf_print(buf, "%s", i > 0 ? "," : "");
	if (nest->ends[nest->depth] == '}') {
		gw_buf_print(buf, "\"n%u\":", i);
	}
	if (nest->depth < DEPTH_MAX && below(r, 4) == 0) {
		open_level(nest, buf, below(r, 2));
	} else {
		put_scalar(r, buf);
	}
}

/* An object of scalars and, not too deep, of objects and lists. */
static void put_value(struct random *r, struct gw_buf *buf)
{
	struct nest nest = { .ends = "}" };

	gw_buf_add_char(buf, '{');
	for (unsigned left = below(r, 12) + 1; left > 0; left--) {
		put_entry(r, buf, &nest);
		if (nest.depth > 0 && below(r, 3) == 0) {
			gw_buf_add_char(buf, nest.ends[nest.depth--]);
		}
	}
	for (unsigned d = nest.depth + 1; d > 0; d--) {
		gw_buf_add_char(buf, nest.ends[d - 1]);
	}
}

static void set_content(struct random *r, struct gw_primitive *p)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, ARENA_BYTES);
	gw_buf_print(&buf, "{\"m2m:cin\":");
	put_value(r, &buf);
	gw_buf_add_char(&buf, '}');
	assert_false(gw_buf_is_short(&buf));
	p->content = gw_arena_bytes(p->arena, gw_buf_bytes(&buf));
	p->media = GW_MEDIA_JSON;
}

static void add(struct random *r, struct gw_primitive *p, const char *name,
		const char *value)
{
	if (below(r, 3) == 0) {
		gw_primitive_add(p, gw_str_from(name), gw_str_from(value));
	}
}

static struct gw_primitive *new_primitive(void)
{
	struct gw_primitive *p = gw_primitive_new(4096, ARENA_BYTES);

	assert_non_null(p);
	return p;
}

static void add_params(struct random *r, struct gw_primitive *p)
{
	static const char *const fcs[] = {
		"{\"fu\":1,\"ty\":[2,3,4],\"lim\":7}",
		"{\"lbl\":[\"k:v\",\"two words\"],\"stb\":3}",
		"{\"crb\":\"20260101T000000\",\"lvl\":2,\"ofst\":1}",
	};
	static const char *const numbers[] = { "0", "1", "2", "4", "7" };

	add(r, p, "ot", "\"20261125T030000\"");
	add(r, p, "rqet", "\"20991231T235959\"");
	add(r, p, "rset", "\"20991231T235958\"");
	add(r, p, "oet", "\"20991126T000000\"");
	add(r, p, "ec", "4");
	add(r, p, "gid", "\"g-1\"");
	add(r, p, "vsi", "\"plugfest\"");
	add(r, p, "rcn", PICK(r, numbers));
	if (p->op == GW_OP_RETRIEVE) {
		add(r, p, "fc", PICK(r, fcs));
		add(r, p, "drt", "2");
	}
}

struct gw_primitive *random_request(struct random *r)
{
	static const char *const targets[] = {
		"cse-in", "cse-in/ae/cnt",         "/id-in/cse-in/x",
		"-/la",   "//sp.x/id-in/cse-in/y", "cse-in/a.b_c~d",
	};
	static const char *const releases[] = { "2a", "3", "4" };
	struct gw_primitive *p = new_primitive();

	p->op = (enum gw_op)(1 + below(r, 5));
	p->type = p->op == GW_OP_CREATE ? 3 + below(r, 2) : 0;
	p->id = gw_arena_print(p->arena, "r-%u", below(r, 1000000));
	p->from = gw_str_from(below(r, 2) ? "Cdev" : "Sdev2");
	p->to = gw_str_from(PICK(r, targets));
	p->release = gw_str_from(PICK(r, releases));
	add_params(r, p);
	if (p->op == GW_OP_CREATE || p->op == GW_OP_UPDATE ||
	    p->op == GW_OP_NOTIFY) {
		set_content(r, p);
	}
	return p;
}

struct gw_primitive *random_answer(struct random *r, enum gw_op op)
{
	static const int statuses[] = { 2000, 2001, 2002, 2004, 4000,
					4004, 4103, 5000, 5207 };
	struct gw_primitive *p = new_primitive();

	p->status = (enum gw_status)statuses[below(r, 9)];
	p->release = GW_STR("3");
	add(r, p, "ot", "\"20261125T030001\"");
	add(r, p, "rset", "\"20991231T235958\"");
	add(r, p, "cnst", "1");
	add(r, p, "cnot", "17");
	if (op == GW_OP_NOTIFY && gw_status_is_success(p->status)) {
		return p;
	}
	if (below(r, 4) != 0) {
		set_content(r, p);
	}
	return p;
}

struct gw_primitive *random_copy(const struct gw_primitive *p)
{
	struct gw_primitive *copy = new_primitive();

	copy->op = p->op;
	copy->status = p->status;
	copy->type = p->type;
	copy->media = p->media;
	copy->from = gw_arena_str(copy->arena, p->from);
	copy->to = gw_arena_str(copy->arena, p->to);
	copy->release = gw_arena_str(copy->arena, p->release);
	copy->content = gw_arena_bytes(copy->arena, p->content);
	for (const struct gw_param *param = p->params; param;
	     param = param->next) {
		gw_primitive_add(copy, gw_arena_str(copy->arena, param->name),
				 gw_arena_str(copy->arena, param->value));
	}
	assert_false(gw_arena_is_short(copy->arena));
	return copy;
}

bool same_json(struct gw_str a, struct gw_str b)
{
	cJSON *left = a.at ? cJSON_ParseWithLength(a.at, a.len) : NULL;
	cJSON *right = b.at ? cJSON_ParseWithLength(b.at, b.len) : NULL;
	bool is_same = left && right && cJSON_Compare(left, right, 1);

	cJSON_Delete(left);
	cJSON_Delete(right);
	return is_same;
}

static void expect_params(const struct gw_primitive *sent,
			  const struct gw_primitive *got)
{
	size_t n = 0;

	for (const struct gw_param *param = sent->params; param;
	     param = param->next) {
		struct gw_str value = gw_primitive_get(got, param->name);

		if (!same_json(param->value, value)) {
			print_error(GW_STR_FMT " was " GW_STR_FMT
					       " and is " GW_STR_FMT "\n",
				    GW_STR_ARG(param->name),
				    GW_STR_ARG(param->value),
				    GW_STR_ARG(value));
			fail();
		}
		n++;
	}
	for (const struct gw_param *param = got->params; param;
	     param = param->next) {
		n--;
	}
	assert_int_equal(n, 0);
}

static void expect_text(struct gw_str sent, struct gw_str got)
{
	if (!gw_str_eq(sent, got)) {
		print_error(GW_STR_FMT " is " GW_STR_FMT "\n", GW_STR_ARG(sent),
			    GW_STR_ARG(got));
		fail();
	}
}

void random_expect_same(const struct gw_primitive *sent,
			const struct gw_primitive *got)
{
	struct gw_primitive copy = *got;
	struct gw_reason why = { "" };

	assert_int_equal(got->op, sent->op);
	assert_int_equal(got->status, sent->status);
	assert_int_equal(got->type, sent->type);
	expect_text(sent->release, got->release);
	if (gw_primitive_is_request(sent)) {
		expect_text(sent->from, got->from);
		expect_text(sent->to, got->to);
	}
	expect_params(sent, got);
	assert_int_equal(gw_content_become(&copy, GW_MEDIA_JSON, &why),
			 GW_STATUS_NONE);
	expect_text(gw_str_of(sent->content), gw_str_of(copy.content));
}
