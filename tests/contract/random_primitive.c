/*
 * Random - requests and answers.
 *
 * Most of a primitive can be carried by all bindings; about every second has
 * one value or shape that is hard for one of them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "tests/contract/random.h"

#define ARENA_BYTES ((size_t)1 << 20)

/* So much of all parameters fits into the options of a datagram, beside one
 * that is long. */
#define PARAMS_BYTES_MAX 350

#define PICK(r, words) \
	((words)[random_below((r), sizeof(words) / sizeof(*(words)))])

static struct gw_primitive *new_primitive(void)
{
	struct gw_primitive *p = gw_primitive_new(4096, ARENA_BYTES);

	assert_non_null(p);
	return p;
}

/* A value of that shape in the arena. */
static struct gw_str value(struct random *r, struct gw_primitive *p,
			   enum random_shape shape, bool is_hostile)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, ARENA_BYTES);
	random_put(r, &buf, shape, is_hostile);
	assert_false(gw_buf_is_short(&buf));
	return gw_arena_str(p->arena, gw_buf_str(&buf));
}

static void set_content(struct random *r, struct gw_primitive *p,
			bool is_hostile)
{
	struct gw_str any = value(r, p, RANDOM_ANY, is_hostile);

	p->content = gw_bytes_of(gw_arena_print(
		p->arena, "{\"m2m:cin\":" GW_STR_FMT "}", GW_STR_ARG(any)));
	p->media = GW_MEDIA_JSON;
}

static void set_text(struct gw_primitive *p, const char *json)
{
	p->content = gw_bytes_of(gw_str_from(json));
	p->media = GW_MEDIA_JSON;
}

/* Token request information belongs to refusals (TS-0004 7.1.2). */
static bool is_misplaced(const struct gw_primitive *p,
			 const struct random_param *row)
{
	return row->http == RANDOM_BODY && gw_status_is_success(p->status);
}

static void add_params(struct random *r, struct gw_primitive *p, unsigned where)
{
	size_t left = PARAMS_BYTES_MAX;
	size_t n_rows = 0;
	size_t hostile_at = 0;

	while (random_params[n_rows].name) {
		n_rows++;
	}
	hostile_at = random_once_in(r, 2) ? random_below(r, (unsigned)n_rows)
					  : n_rows;
	for (const struct random_param *row = random_params; row->name; row++) {
		bool is_hostile = row == random_params + hostile_at;
		struct gw_str json = { 0 };

		if ((row->where & where) == 0 || is_misplaced(p, row) ||
		    (!is_hostile && !random_once_in(r, 6))) {
			continue;
		}
		json = value(r, p, row->shape, is_hostile);
		if (!is_hostile && json.len > left) {
			continue;
		}
		left -= is_hostile ? 0 : json.len;
		gw_primitive_add(p, gw_str_from(row->name), json);
	}
}

static struct gw_str target(struct random *r)
{
	static const char *const tame[] = {
		"cse-in",
		"cse-in/ae/cnt",
		"/id-in/cse-in/x",
		"-/la",
		"-",
		"-/ae/pc",
		"//sp.x/id-in/cse-in/y",
		"cse-in/a.b_c~d",
		"/id-in/cnt00001",
		"cnt00001",
		"cse-in/ae/cnt#lbl",
		"~",
		"cse-in/a%20b",
	};
	static const char *const hostile[] = {
		"",
		"/",
		"//",
		"cse-in/a b",
		"cse-in/\xc3\xa9",
		"cse-in/a\nb",
		"cse-in/a\x01",
		"cse-in//x",
		"cse-in/x/",
		"cse-in/./x",
		"cse-in/../x",
		"~/id-in/x",
		"_/sp.y/id-in/x",
		"cse-in/x#",
		"#lbl",
		"cse-in#a#b",
		"cse-in/a?b=c&d+e",
		"cse-in/\"<>\\^`{|}",
		"cse-in/%2F%00%",
		"/id-in/~/x",
		"//sp.x/id-in//",
	};

	return gw_str_from(random_once_in(r, 8) ? PICK(r, hostile)
						: PICK(r, tame));
}

static struct gw_str originator(struct random *r)
{
	static const char *const tame[] = { "Cdev", "Sdev2", "C-._~9" };
	static const char *const hostile[] = {
		"Xdev",   "C\xc3\xa9", "C a", " Cdev", "Cdev ", "C\ndev",
		"C\rdev", "C%41",      "C+#", "C\x7f", "C\tx",  "C&=;,\"\\",
	};

	return gw_str_from(random_once_in(r, 16) ? PICK(r, hostile)
						 : PICK(r, tame));
}

/* Never the same twice, so that no hop needs another one. */
static struct gw_str identifier(struct random *r, struct gw_primitive *p,
				unsigned long n)
{
	static const char *const hostile[] = {
		"r/+#%%&=", "r\xc3\xa9", "r ", "r \"\\", "{}",
	};

	if (random_once_in(r, 30)) {
		return gw_arena_print(p->arena, "%0*lu",
				      250 + (int)random_below(r, 10), n);
	}
	return gw_arena_print(p->arena, "%s%lu%s",
			      random_once_in(r, 16) ? PICK(r, hostile) : "r-",
			      n, random_once_in(r, 40) ? " " : "");
}

static struct gw_str release(struct random *r)
{
	static const char *const tame[] = { "1", "2", "2a", "3", "4", "5" };
	static const char *const hostile[] = { "9z+&", " 3", "3\n",
					       "\xc3\xa9" };

	if (random_once_in(r, 10)) {
		return (struct gw_str){ 0 };
	}
	return gw_str_from(random_once_in(r, 30) ? PICK(r, hostile)
						 : PICK(r, tame));
}

static void set_type(struct random *r, struct gw_primitive *p)
{
	static const unsigned types[] = { 1,  3,  4,   9,     23,   28,
					  48, 58, 999, 10003, 65535 };
	bool is_create = p->op == GW_OP_CREATE;

	p->type = is_create != random_once_in(r, 25) ? PICK(r, types) : 0;
}

static void set_request_content(struct random *r, struct gw_primitive *p)
{
	static const char *const odd[] = {
		"[1,2]",
		"\"text\"",
		"5",
		"{}",
		"{\"m2m:atrl\":[\"lbl\",\"et\",\"a+b\"]}",
		"{\"m2m:atrl\":[\"lbl\"]}",
		"{\"m2m:cin\":{},\"m2m:cnt\":{}}",
	};
	bool has_content = p->op == GW_OP_CREATE || p->op == GW_OP_UPDATE ||
			   p->op == GW_OP_NOTIFY;

	if (random_once_in(r, 20)) {
		set_text(p, PICK(r, odd));
	} else if (has_content != random_once_in(r, 40)) {
		set_content(r, p, random_once_in(r, 4));
	}
}

struct gw_primitive *random_request(struct random *r, unsigned long n)
{
	struct gw_primitive *p = new_primitive();

	p->op = (enum gw_op)(1 + random_below(r, 5));
	set_type(r, p);
	p->id = identifier(r, p, n);
	p->from = originator(r);
	p->to = target(r);
	p->release = release(r);
	add_params(r, p, RANDOM_IN_REQUEST);
	set_request_content(r, p);
	assert_false(gw_arena_is_short(p->arena));
	return p;
}

struct gw_primitive *random_answer(struct random *r)
{
	static const int statuses[] = {
#define GW_STATUS(name, number) (number),
#include "core/status.def"
#undef GW_STATUS
		1999, 2999, 4999, 5999, 6999, 7777, 9999,
	};
	struct gw_primitive *p = new_primitive();

	p->status = (enum gw_status)(random_once_in(r, 2) ? 2000
							  : PICK(r, statuses));
	p->release = GW_STR("3");
	add_params(r, p, RANDOM_IN_ANSWER);
	if (!random_once_in(r, 3)) {
		set_content(r, p, random_once_in(r, 4));
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
	copy->id = gw_arena_str(copy->arena, p->id);
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
