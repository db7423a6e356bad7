/*
 * Random - which parameters there are, and values of them.
 *
 * Values are written the one way that all bindings write them: numbers as CBOR
 * reads them back, lists without blanks.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "core/lib/buf.h"
#include "tests/contract/random.h"

#define BOTH (RANDOM_IN_REQUEST | RANDOM_IN_ANSWER)
#define ROW(name, shape, http, coap, where)                                   \
	{                                                                     \
		(name), RANDOM_##shape, RANDOM_##http, RANDOM_##coap, (where) \
	}
#define ASK(name, shape, http, coap) \
	ROW(name, shape, http, coap, RANDOM_IN_REQUEST)
#define SAY(name, shape, http, coap) \
	ROW(name, shape, http, coap, RANDOM_IN_ANSWER)

/* TS-0004 tables 7.1.1.1-1 and 7.1.2-1, with the mappings of TS-0009 6.2.2.2
 * and 6.4, TS-0008 6.2.2.3 and 6.2.2.4. */
const struct random_param random_params[] = {
	ROW("ot", STAMP, LINE, LINE, BOTH),
	ASK("rqet", TIME, LINE, LINE),
	ROW("rset", TIME, LINE, LINE, BOTH),
	ASK("oet", TIME, LINE, LINE),
	ASK("rt", RESPONSE_TYPE, LINE, LINE),
	ASK("rp", TIME, QUERY, QUERY),
	ASK("rcn", NUMBER, QUERY, QUERY),
	ROW("ec", NUMBER, LINE, LINE, BOTH),
	ASK("da", BOOLEAN, QUERY, QUERY),
	ASK("gid", TEXT, LINE, LINE),
	ASK("fc", FILTERS, QUERY, QUERY),
	ASK("drt", NUMBER, QUERY, QUERY),
	ASK("rids", TEXTS, QUERY, QUERY),
	ASK("tkns", TEXTS, LINE, QUERY),
	ASK("tids", TEXTS, QUERY, QUERY),
	ASK("ltids", TEXTS, QUERY, QUERY),
	ASK("tqi", BOOLEAN, QUERY, QUERY),
	ASK("grtm", TEXTS, STAYS, LINE),
	ASK("asi", BOOLEAN, QUERY, QUERY),
	ASK("aus", TEXTS, LINE, LINE),
	ASK("auri", BOOLEAN, QUERY, QUERY),
	ASK("sqi", BOOLEAN, QUERY, QUERY),
	ROW("vsi", TEXT, LINE, LINE, BOTH),
	ASK("omr", TEXTS, LINE, LINE),
	ASK("prpi", TEXT, LINE, LINE),
	ASK("msu", TEXT, LINE, LINE),
	SAY("cnst", NUMBER, LINE, LINE),
	SAY("cnot", NUMBER, LINE, LINE),
	SAY("ati", TOKENS, LINE, LINE),
	SAY("asri", BOOLEAN, LINE, LINE),
	SAY("tqf", ANY, BODY, BODY),
	ROW("zzz", ANY, STAYS, STAYS, BOTH),
	ROW("X-M2M-RI", TEXT, STAYS, STAYS, BOTH),
	ROW("na\"me \xc3\xa9\\", ANY, STAYS, STAYS, BOTH),
	{ .name = NULL },
};

/* TS-0004 filterCriteria, and what later releases add. */
const struct random_filter random_filters[] = {
	{ "crb", RANDOM_TEXT, false },    { "cra", RANDOM_TEXT, false },
	{ "ms", RANDOM_TEXT, false },     { "us", RANDOM_TEXT, false },
	{ "exb", RANDOM_TEXT, false },    { "exa", RANDOM_TEXT, false },
	{ "sts", RANDOM_NUMBER, false },  { "stb", RANDOM_NUMBER, false },
	{ "sza", RANDOM_NUMBER, false },  { "szb", RANDOM_NUMBER, false },
	{ "lim", RANDOM_NUMBER, false },  { "lvl", RANDOM_NUMBER, false },
	{ "ofst", RANDOM_NUMBER, false }, { "fu", RANDOM_NUMBER, false },
	{ "fo", RANDOM_NUMBER, false },   { "cfs", RANDOM_NUMBER, false },
	{ "lbq", RANDOM_TEXT, false },    { "cfq", RANDOM_TEXT, false },
	{ "arp", RANDOM_TEXT, false },    { "lbl", RANDOM_TEXT, true },
	{ "clbl", RANDOM_TEXT, true },    { "palb", RANDOM_TEXT, true },
	{ "cty", RANDOM_TEXT, true },     { "smf", RANDOM_TEXT, true },
	{ "ty", RANDOM_NUMBER, true },    { "chty", RANDOM_NUMBER, true },
	{ "pty", RANDOM_NUMBER, true },   { "atr", RANDOM_ANY, true },
	{ "catr", RANDOM_ANY, true },     { "patr", RANDOM_ANY, true },
	{ "gmty", RANDOM_NUMBER, false }, { "geom", RANDOM_TEXT, false },
	{ "gsf", RANDOM_NUMBER, false },  { "aq", RANDOM_TEXT, false },
	{ "ops", RANDOM_NUMBER, false },  { .name = NULL },
};

void random_seed(struct random *r, uint64_t seed)
{
	/* splitmix64: neighbours have nothing in common, and none is 0. */
	uint64_t z = seed + 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	r->state = (z ^ (z >> 31)) | 1;
}

unsigned random_below(struct random *r, unsigned n)
{
	/* xorshift64* */
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (unsigned)((r->state * 0x2545f4914f6cdd1dULL) >> 33) % n;
}

bool random_once_in(struct random *r, unsigned n)
{
	return random_below(r, n) == 0;
}

const struct random_param *random_param(struct gw_str name)
{
	const struct random_param *row = random_params;

	while (row->name && !gw_str_is(name, row->name)) {
		row++;
	}
	return row;
}

/* The names of the query that are no filters (TS-0009 table 6.2.2.2-1). */
bool random_is_filter(const char *name)
{
	static const char *const others[] = {
		"rt",  "rp",   "op",   "rcn",  "drt",  "da",    "tqi", "asi",
		"sqi", "auri", "rids", "tkns", "tids", "ltids", "gq",  "atrl",
	};

	for (const struct random_filter *f = random_filters; f->name; f++) {
		if (strcmp(f->name, name) == 0 && strlen(name) < 5 &&
		    strcmp(name, "catr") != 0 && strcmp(name, "patr") != 0) {
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (strcmp(others[i], name) == 0) {
			return true;
		}
	}
	return strncmp(name, "c.", 2) == 0 || strncmp(name, "p.", 2) == 0;
}

#define PICK(r, words) \
	((words)[random_below((r), sizeof(words) / sizeof(*(words)))])

static void put_pieces(struct random *r, struct gw_buf *buf, bool is_hostile)
{
	static const char *const tame[] = {
		"a", "Z9", "-", ".", "_~", "/", "\xc3\xa9", "x y", "%41", ":",
	};
	static const char *const hostile[] = {
		" ",
		"\\\"",
		"\\\\",
		"&",
		"=",
		"+",
		"#",
		"?",
		"%",
		"%2F",
		"\\n",
		"\\r",
		"\\t",
		"\\u0001",
		"\x7f",
		"\\u00e9",
		"\\/",
		"\\ud83d\\ude00",
		"\xf0\x9f\x98\x80",
		"\xe2\x82\xac",
		"{}",
		",",
		";",
		"'",
		"<>",
		"\\u0085",
	};

	gw_buf_print(buf, "%s", PICK(r, tame));
	for (unsigned n = random_below(r, 4); n > 0; n--) {
		gw_buf_print(buf, "%s",
			     is_hostile ? PICK(r, hostile) : PICK(r, tame));
	}
	if (is_hostile && random_once_in(r, 6)) {
		unsigned n = 240 + random_below(r, 60);

		gw_buf_print(buf, "%0*u", (int)n, 7U);
	}
}

static void put_text(struct random *r, struct gw_buf *buf, bool is_hostile)
{
	gw_buf_add_char(buf, '"');
	if (is_hostile && random_once_in(r, 8)) {
		gw_buf_add_char(buf, ' ');
	}
	if (!is_hostile || !random_once_in(r, 8)) {
		put_pieces(r, buf, is_hostile);
	}
	gw_buf_add_char(buf, '"');
}

static void put_stamp(struct random *r, struct gw_buf *buf, bool is_hostile)
{
	static const char *const tame[] = {
		"\"20991231T235958\"",
		"\"21000228T235959\"",
		"\"20991231T235958,000000\"",
	};
	static const char *const hostile[] = {
		"\"20991231T235959,5\"",
		"\"21000228T235959,001\"",
		"\"20991231T235958,999999\"",
	};

	gw_buf_print(buf, "%s", is_hostile ? PICK(r, hostile) : PICK(r, tame));
}

static void put_time(struct random *r, struct gw_buf *buf, bool is_hostile)
{
	static const char *const relative[] = { "600000", "86400000" };

	if (is_hostile && random_once_in(r, 2)) {
		gw_buf_print(buf, "%s", PICK(r, relative));
	} else {
		put_stamp(r, buf, is_hostile);
	}
}

static void put_number(struct random *r, struct gw_buf *buf, bool is_hostile)
{
	static const char *const tame[] = { "0",  "1",   "2",     "7",
					    "48", "999", "12336", "65535" };
	static const char *const hostile[] = {
		"65536",
		"-1",

		"1.5",
		"1e+300",
		"9223372036854775807",
		"18446744073709551615",
	};

	gw_buf_print(buf, "%s", is_hostile ? PICK(r, hostile) : PICK(r, tame));
}

static void put_list(struct random *r, struct gw_buf *buf,
		     enum random_shape shape, bool is_hostile)
{
	unsigned n = is_hostile && random_once_in(r, 4)
			     ? 0
			     : 1 + random_below(r, 3);

	gw_buf_add_char(buf, '[');
	for (unsigned i = 0; i < n; i++) {
		gw_buf_print(buf, "%s", i > 0 ? "," : "");
		random_put(r, buf, shape, is_hostile && i == 0);
	}
	gw_buf_add_char(buf, ']');
}

static void put_tokens(struct random *r, struct gw_buf *buf, bool is_hostile)
{
	unsigned n = 1 + random_below(r, 2);

	gw_buf_lit(buf, "{\"ltia\":[");
	for (unsigned i = 0; i < n; i++) {
		gw_buf_print(buf, "%s{\"lti\":", i > 0 ? "," : "");
		gw_buf_print(buf, "\"l%u\"", i);
		gw_buf_lit(buf, ",\"tkid\":");
		put_text(r, buf, is_hostile);
		gw_buf_add_char(buf, '}');
	}
	gw_buf_lit(buf, "]}");
}

static void put_response_type(struct random *r, struct gw_buf *buf,
			      bool is_hostile)
{
	unsigned type = 1 + random_below(r, 4);

	gw_buf_print(buf, "{\"rtv\":%u", type);
	if (type == 2 && random_once_in(r, 2)) {
		gw_buf_lit(buf, ",\"nu\":");
		put_list(r, buf, RANDOM_TEXT, is_hostile);
	}
	gw_buf_add_char(buf, '}');
}

static void put_attributes(struct random *r, struct gw_buf *buf,
			   bool is_hostile)
{
	static const char *const names[] = { "cr", "rn", "aei", "cnd" };
	static const char *const hostile[] = { "lim", "atr", "c.x",   "",
					       "a=b", "a b", "na+me", "\\n" };
	unsigned n = 1 + random_below(r, 2);

	gw_buf_add_char(buf, '[');
	for (unsigned i = 0; i < n; i++) {
		gw_buf_print(buf, "%s{\"nm\":\"%s\",\"val\":", i > 0 ? "," : "",
			     is_hostile && random_once_in(r, 2)
				     ? PICK(r, hostile)
				     : PICK(r, names));
		put_text(r, buf, is_hostile);
		gw_buf_add_char(buf, '}');
	}
	gw_buf_add_char(buf, ']');
}

static void put_filters(struct random *r, struct gw_buf *buf, bool is_hostile)
{
	unsigned n = 0;

	gw_buf_add_char(buf, '{');
	for (const struct random_filter *f = random_filters; f->name; f++) {
		if (!random_once_in(r, 8) && (f[1].name || n > 0)) {
			continue;
		}
		gw_buf_print(buf, "%s\"%s\":", n++ > 0 ? "," : "", f->name);
		if (f->shape == RANDOM_ANY) {
			put_attributes(r, buf, is_hostile);
		} else if (f->is_list) {
			put_list(r, buf, f->shape, is_hostile);
		} else {
			random_put(r, buf, f->shape, is_hostile);
		}
	}
	gw_buf_add_char(buf, '}');
}

/* What is open: how each level ends, and how many entries it has. */
#define DEPTH_MAX 4
struct nest {
	char ends[DEPTH_MAX + 1];
	unsigned counts[DEPTH_MAX + 1];
	unsigned depth;
};

static void put_scalar(struct random *r, struct gw_buf *buf, bool is_hostile)
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

	if (random_once_in(r, 2)) {
		put_text(r, buf, is_hostile);
	} else {
		gw_buf_print(buf, "%s", PICK(r, words));
	}
}

static void put_entry(struct random *r, struct gw_buf *buf, struct nest *nest,
		      bool is_hostile)
{
	unsigned i = nest->counts[nest->depth]++;

	gw_buf_print(buf, "%s", i > 0 ? "," : "");
	if (nest->ends[nest->depth] == '}') {
		gw_buf_print(buf, "\"n%u\":", i);
	}
	if (nest->depth < DEPTH_MAX && random_once_in(r, 4)) {
		bool is_object = random_once_in(r, 2);

		nest->ends[++nest->depth] = is_object ? '}' : ']';
		nest->counts[nest->depth] = 0;
		gw_buf_add_char(buf, is_object ? '{' : '[');
	} else {
		put_scalar(r, buf, is_hostile);
	}
}

/* An object of scalars and, not too deep, of objects and lists. */
static void put_any(struct random *r, struct gw_buf *buf, bool is_hostile)
{
	struct nest nest = { .ends = "}" };

	gw_buf_add_char(buf, '{');
	for (unsigned left = random_below(r, 12) + 1; left > 0; left--) {
		put_entry(r, buf, &nest, is_hostile);
		if (nest.depth > 0 && random_once_in(r, 3)) {
			gw_buf_add_char(buf, nest.ends[nest.depth--]);
		}
	}
	for (unsigned d = nest.depth + 1; d > 0; d--) {
		gw_buf_add_char(buf, nest.ends[d - 1]);
	}
}

void random_put(struct random *r, struct gw_buf *buf, enum random_shape shape,
		bool is_hostile)
{
	switch (shape) {
	case RANDOM_TEXT:
		put_text(r, buf, is_hostile);
		break;
	case RANDOM_STAMP:
		put_stamp(r, buf, is_hostile);
		break;
	case RANDOM_TIME:
		put_time(r, buf, is_hostile);
		break;
	case RANDOM_NUMBER:
		put_number(r, buf, is_hostile);
		break;
	case RANDOM_BOOLEAN:
		gw_buf_print(buf, "%s",
			     random_once_in(r, 2) ? "true" : "false");
		break;
	case RANDOM_TEXTS:
		put_list(r, buf, RANDOM_TEXT, is_hostile);
		break;
	case RANDOM_TOKENS:
		put_tokens(r, buf, is_hostile);
		break;
	case RANDOM_RESPONSE_TYPE:
		put_response_type(r, buf, is_hostile);
		break;
	case RANDOM_FILTERS:
		put_filters(r, buf, is_hostile);
		break;
	default:
		put_any(r, buf, is_hostile);
		break;
	}
}
