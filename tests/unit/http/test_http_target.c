#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "bindings/http/http_target.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "tests/unit/http/http_rig.h"

/* Every field of the table: how it is written, and what it is in a
 * primitive. */
static const struct {
	const char *text;
	const char *param;
	const char *json;
} fields[] = {
	{ "rp=P1Y2M", "rp", "\"P1Y2M\"" },
	{ "rp=5000", "rp", "5000" },
	{ "rcn=4", "rcn", "4" },
	{ "drt=2", "drt", "2" },
	{ "da=true", "da", "true" },
	{ "tqi=false", "tqi", "false" },
	{ "asi=true", "asi", "true" },
	{ "auri=true", "auri", "true" },
	{ "sqi=true", "sqi", "true" },
	{ "rids=a+b", "rids", "[\"a\",\"b\"]" },
	{ "tids=a", "tids", "[\"a\"]" },
	{ "ltids=a+b", "ltids", "[\"a\",\"b\"]" },
	{ "crb=20260101T000000", "fc", "{\"crb\":\"20260101T000000\"}" },
	{ "cra=20260101T000000,5", "fc", "{\"cra\":\"20260101T000000,5\"}" },
	{ "ms=a", "fc", "{\"ms\":\"a\"}" },
	{ "us=a", "fc", "{\"us\":\"a\"}" },
	{ "exb=a", "fc", "{\"exb\":\"a\"}" },
	{ "exa=a", "fc", "{\"exa\":\"a\"}" },
	{ "sts=1", "fc", "{\"sts\":1}" },
	{ "stb=1", "fc", "{\"stb\":1}" },
	{ "sza=1", "fc", "{\"sza\":1}" },
	{ "szb=1", "fc", "{\"szb\":1}" },
	{ "lim=1", "fc", "{\"lim\":1}" },
	{ "lvl=1", "fc", "{\"lvl\":1}" },
	{ "ofst=1", "fc", "{\"ofst\":1}" },
	{ "fu=1", "fc", "{\"fu\":1}" },
	{ "fo=2", "fc", "{\"fo\":2}" },
	{ "cfs=1", "fc", "{\"cfs\":1}" },
	{ "cfq=a%20%3D%20b", "fc", "{\"cfq\":\"a = b\"}" },
	{ "lbl=a+b", "fc", "{\"lbl\":[\"a\",\"b\"]}" },
	{ "cty=text/plain", "fc", "{\"cty\":[\"text/plain\"]}" },
	{ "ty=2+3+4", "fc", "{\"ty\":[2,3,4]}" },
	{ "smf=SELECT%20?x%2B1", "fc", "{\"smf\":[\"SELECT ?x+1\"]}" },
	{ "lbq=a", "fc", "{\"lbq\":\"a\"}" },
	{ "arp=a/b", "fc", "{\"arp\":\"a/b\"}" },
	{ "clbl=a+b", "fc", "{\"clbl\":[\"a\",\"b\"]}" },
	{ "palb=a", "fc", "{\"palb\":[\"a\"]}" },
	{ "chty=3+4", "fc", "{\"chty\":[3,4]}" },
	{ "pty=3", "fc", "{\"pty\":[3]}" },
	{ "gmty=1", "fc", "{\"gmty\":1}" },
	{ "geom=x", "fc", "{\"geom\":\"x\"}" },
	{ "gsf=1", "fc", "{\"gsf\":1}" },
	{ "aq=x", "fc", "{\"aq\":\"x\"}" },
	{ "ops=1", "fc", "{\"ops\":1}" },
	{ "gq=x", "fc", "{\"gq\":\"x\"}" },
	{ "cr=Sam", "fc", "{\"atr\":[{\"nm\":\"cr\",\"val\":\"Sam\"}]}" },
	{ "c.cnf=a*&c.x=1", "fc",
	  "{\"catr\":[{\"nm\":\"cnf\",\"val\":\"a*\"},"
	  "{\"nm\":\"x\",\"val\":\"1\"}]}" },
	{ "p.rn=a", "fc", "{\"patr\":[{\"nm\":\"rn\",\"val\":\"a\"}]}" },
	{ "fu=1&ty=3&lbl=a+b&lim=5&cr=Sam", "fc",
	  "{\"fu\":1,\"ty\":[3],\"lbl\":[\"a\",\"b\"],\"lim\":5,"
	  "\"atr\":[{\"nm\":\"cr\",\"val\":\"Sam\"}]}" },
};

/* What is only ever read. */
static const struct {
	const char *text;
	const char *param;
	const char *json;
} tolerated[] = {
	{ "ty=2&ty=3+4", "fc", "{\"ty\":[2,3,4]}" },
	{ "lbl=a&lim=5&lbl=b", "fc", "{\"lbl\":[\"a\",\"b\"],\"lim\":5}" },
	{ "lbl=a%2Bb+c", "fc", "{\"lbl\":[\"a+b\",\"c\"]}" },
	{ "lbl=a%20b", "fc", "{\"lbl\":[\"a b\"]}" },
	{ "lbl=", "fc", "{\"lbl\":[]}" },
	{ "cfq=a+b", "fc", "{\"cfq\":\"a b\"}" },
	{ "da=1", "da", "true" },
	{ "da=0", "da", "false" },
	{ "da=True", "da", "true" },
	{ "&&rcn=1&", "rcn", "1" },
	{ "rcn=007", "rcn", "7" },
	{ "rcn=-1", "rcn", "-1" },
	{ "rn=%C3%A9", "fc",
	  "{\"atr\":[{\"nm\":\"rn\",\"val\":\"\xc3\xa9\"}]}" },
	{ "rn=a%22%5C", "fc",
	  "{\"atr\":[{\"nm\":\"rn\",\"val\":\"a\\\"\\\\\"}]}" },
	{ "cr=A+B", "fc",
	  "{\"atr\":[{\"nm\":\"cr\",\"val\":\"A\"},"
	  "{\"nm\":\"cr\",\"val\":\"B\"}]}" },
};

static struct gw_primitive *read(const char *text)
{
	struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");
	struct gw_query query = { 0 };
	struct gw_reason why = { "" };

	assert_int_equal(http_query_read(p, &query, &why, gw_str_from(text)),
			 GW_STATUS_NONE);
	return p;
}

static void each_field_becomes_its_parameter(void **state)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct gw_primitive *p = read(fields[i].text);

		rig_expect_param(p, fields[i].param, fields[i].json);
		assert_null(p->params->next);
		gw_primitive_free(p);
	}
}

static void other_spellings_are_read_too(void **state)
{
	for (size_t i = 0; i < sizeof(tolerated) / sizeof(tolerated[0]); i++) {
		struct gw_primitive *p = read(tolerated[i].text);

		rig_expect_param(p, tolerated[i].param, tolerated[i].json);
		gw_primitive_free(p);
	}
}

static void is_written_as(const struct gw_primitive *p, const char *wanted)
{
	struct gw_reason why = { "" };
	struct gw_buf buf;

	gw_buf_init(&buf, 0, 4096);
	assert_int_equal(
		http_query_write(&buf, &why, p, (struct gw_str){ 0 }, '?'),
		GW_STATUS_NONE);
	rig_expect_text(gw_buf_str(&buf), wanted);
	gw_buf_deinit(&buf);
}

static void each_parameter_becomes_its_field(void **state)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");
		char wanted[128];

		rig_param(p, fields[i].param, fields[i].json);
		(void)snprintf(wanted, sizeof(wanted), "?%s", fields[i].text);
		is_written_as(p, wanted);
		gw_primitive_free(p);
	}
}

static void filters_written_as_plain_members_become_fields(void **state)
{
	struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");

	rig_param(p, "rt", "{\"rtv\":2,\"nu\":[\"http://x\"]}");
	rig_param(p, "rcn", "4.0");
	rig_param(p, "fc",
		  "{ \"cr\" : \"Sam\", \"st\":3, \"or\":[\"a\",\"b\"]}");
	rig_param(p, "ec", "2");
	is_written_as(p, "?rt=2&rcn=4.0&cr=Sam&st=3&or=a+b");
	gw_primitive_free(p);
}

static void the_response_type_and_the_attributes_are_handed_out(void **state)
{
	struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");
	struct gw_query query = { 0 };
	struct gw_reason why = { "" };

	assert_int_equal(
		http_query_read(p, &query, &why, GW_STR("rt=5&atrl=lbl")),
		GW_STATUS_NONE);
	rig_expect_text(query.response_type, "5");
	rig_expect_text(query.attribute, "lbl");
	query = (struct gw_query){ 0 };
	assert_int_equal(
		http_query_read(p, &query, &why, GW_STR("atrl=lbl+rn&atrl=et")),
		GW_STATUS_NONE);
	rig_expect_text(query.attributes, "[\"lbl\",\"rn\",\"et\"]");
	assert_int_equal(query.attribute.len, 0);
	assert_null(p->params);
	gw_primitive_free(p);
}

static void what_is_ill_formed_is_refused(void **state)
{
	static const char *const bad[] = {
		"lim=5&lim=6",
		"lim=many",
		"da=maybe",
		"ty=3+cnt",
		"lim=99999999999999999999",
		"rcn=1&rcn=1",
		"rt=1&rt=2",
		"=5",
		"atr=x",
		"c.=x",
		"p.=x",
		"a=%",
		"a=%4",
		"a=%zz",
		"a=%00",
		"a=%ff",
		"%00=x",
		"a=%0b",
		"a%0a=b",
		"a=%7f",
		"a=%c0%80",
		"a=\x01",
		"a=%ed%a0%80",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");
		struct gw_query query = { 0 };
		struct gw_reason why = { "" };

		assert_int_equal(
			http_query_read(p, &query, &why, gw_str_from(bad[i])),
			GW_STATUS_BAD_REQUEST);
		assert_true(why.text[0] != '\0');
		gw_primitive_free(p);
	}
}

static void a_query_is_bounded(void **state)
{
	char many[(GW_QUERY_FIELDS_MAX + 1) * 4 + 1];
	char long_one[20000];
	struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");
	struct gw_query query = { 0 };
	struct gw_reason why = { "" };

	many[0] = '\0';
	for (int i = 0; i <= GW_QUERY_FIELDS_MAX; i++) {
		memcpy(many + (size_t)i * 4, "a=1&", 5);
	}
	assert_int_equal(http_query_read(p, &query, &why, gw_str_from(many)),
			 GW_STATUS_BAD_REQUEST);
	memset(long_one, '+', sizeof(long_one) - 1);
	memset(long_one, 'a', 1000);
	long_one[1000] = '=';
	long_one[sizeof(long_one) - 1] = '\0';
	assert_int_equal(
		http_query_read(p, &query, &why, gw_str_from(long_one)),
		GW_STATUS_BAD_REQUEST);
	gw_primitive_free(p);
}

static void what_no_query_can_say_is_refused(void **state)
{
	static const char *const bad[] = {
		"{\"crb\":{}}",
		"{\"crb\":[null]}",
		"{\"crb\":[\"a\"]}",
		"{\"lbl\":[\"\"]}",
		"{\"lbl\":[[\"a\"]]}",
		"{\"atr\":{}}",
		"{\"atr\":[{\"nm\":\"x\"}]}",
		"{\"atr\":[{\"nm\":3,\"val\":\"x\"}]}",
		"{\"atr\":[{\"nm\":\"lim\",\"val\":\"x\"}]}",
		"{\"atr\":[{\"nm\":\"c.x\",\"val\":\"x\"}]}",
		"{\"atr\":[{\"nm\":\"atr\",\"val\":\"x\"}]}",
		"{\"cr\":{}}",
		"{\"rcn\":1}",
		"[]",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");
		struct gw_reason why = { "" };
		struct gw_buf buf;

		gw_buf_init(&buf, 0, 4096);
		rig_param(p, "fc", bad[i]);
		assert_int_equal(http_query_write(&buf, &why, p,
						  (struct gw_str){ 0 }, '?'),
				 GW_STATUS_BAD_REQUEST);
		gw_buf_deinit(&buf);
		gw_primitive_free(p);
	}
}

/* Any text that a primitive may hold. */
static void texts_survive_the_way_there_and_back(void **state)
{
	static const char *const texts[] = {
		"a",        "a b",   "a+b", "a&b=c",     "100%", "#x?y",
		"\xc3\xa9", "\"q\\", "~*'", "a;b,c:d@e", "/",    "%41",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct gw_primitive *p = rig_primitive(GW_OP_RETRIEVE, "cse");
		struct gw_primitive *back = rig_primitive(GW_OP_RETRIEVE,
							  "cse");
		struct gw_query query = { 0 };
		struct gw_reason why = { "" };
		struct gw_str quoted = gw_json_quote(p->arena,
						     gw_str_from(texts[i]));
		struct gw_str fc = gw_arena_print(
			p->arena,
			"{\"lbl\":[" GW_STR_FMT ",\"z\"],\"cfq\":" GW_STR_FMT
			",\"atr\":[{\"nm\":" GW_STR_FMT ",\"val\":" GW_STR_FMT
			"}]}",
			GW_STR_ARG(quoted), GW_STR_ARG(quoted),
			GW_STR_ARG(quoted), GW_STR_ARG(quoted));
		struct gw_buf buf;

		gw_buf_init(&buf, 0, 4096);
		gw_primitive_add(p, GW_STR("fc"), fc);
		assert_int_equal(http_query_write(&buf, &why, p,
						  (struct gw_str){ 0 }, '?'),
				 GW_STATUS_NONE);
		assert_int_equal(
			http_query_read(back, &query, &why,
					gw_str_skip(gw_buf_str(&buf), 1)),
			GW_STATUS_NONE);
		assert_true(
			gw_str_eq(gw_primitive_get(back, GW_STR("fc")), fc));
		gw_buf_deinit(&buf);
		gw_primitive_free(p);
		gw_primitive_free(back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_becomes_its_parameter),
		cmocka_unit_test(other_spellings_are_read_too),
		cmocka_unit_test(each_parameter_becomes_its_field),
		cmocka_unit_test(
			filters_written_as_plain_members_become_fields),
		cmocka_unit_test(
			the_response_type_and_the_attributes_are_handed_out),
		cmocka_unit_test(what_is_ill_formed_is_refused),
		cmocka_unit_test(a_query_is_bounded),
		cmocka_unit_test(what_no_query_can_say_is_refused),
		cmocka_unit_test(texts_survive_the_way_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
