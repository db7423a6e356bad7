#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "bindings/coap/coap_encode.h"
#include "bindings/coap/coap_url.h"
#include "core/lib/arena.h"

#define NOW_MS 1760000000000 // 20251009T085320

struct rig {
	struct gw_primitive *p;
	struct coap_url url;
	struct coap_hop hop;
	struct coap_message m;
	struct gw_bytes payload;
	struct gw_reason why;
	char text[512];
};

static struct rig rig;

static int set_up(void **state)
{
	rig.p = gw_primitive_new(4096, (size_t)1 << 20);
	assert_non_null(rig.p);
	rig.p->op = GW_OP_RETRIEVE;
	rig.p->id = GW_STR("r1");
	rig.p->from = GW_STR("Cdev");
	rig.p->to = GW_STR("cse-in");
	rig.p->release = GW_STR("3");
	assert_true(coap_url_parse(&rig.url, GW_STR("coap://10.0.0.1")));
	rig.hop = (struct coap_hop){ .url = &rig.url, .now_ms = NOW_MS };
	return 0;
}

static int tear_down(void **state)
{
	rig.p = gw_primitive_free(rig.p);
	return 0;
}

static int encode(void)
{
	coap_message_init(&rig.m, COAP_CON, COAP_EMPTY);
	return (int)coap_encode_request(&rig.m, &rig.payload, &rig.why, rig.p,
					&rig.hop);
}

/* All options of a number, joined by '|'. */
static const char *all(uint16_t number)
{
	size_t n = 0;

	rig.text[0] = '\0';
	for (size_t i = 0; i < rig.m.n_fields; i++) {
		const struct coap_field *f = &rig.m.fields[i];

		if (f->number == number) {
			n += (size_t)snprintf(rig.text + n,
					      sizeof(rig.text) - n,
					      "%s" GW_STR_FMT, n > 0 ? "|" : "",
					      GW_STR_ARG(f->value));
		}
	}
	return rig.text;
}

static void param(const char *name, const char *json)
{
	gw_primitive_add(rig.p, gw_str_from(name), gw_str_from(json));
}

static void operations_are_methods(void **state)
{
	static const uint8_t codes[] = { [GW_OP_CREATE] = COAP_POST,
					 [GW_OP_RETRIEVE] = COAP_GET,
					 [GW_OP_UPDATE] = COAP_PUT,
					 [GW_OP_DELETE] = COAP_DELETE,
					 [GW_OP_NOTIFY] = COAP_POST };

	for (enum gw_op op = GW_OP_CREATE; op <= GW_OP_NOTIFY; op++) {
		rig.p->op = op;
		rig.p->type = op == GW_OP_CREATE ? 4 : 0;
		assert_int_equal(encode(), GW_STATUS_NONE);
		assert_int_equal(rig.m.code, codes[op]);
		assert_string_equal(all(15), "");
	}
}

static void non_blocking_requests_tell_their_operation(void **state)
{
	param("rt", "{\"rtv\":2,\"nu\":[\"coap://a\",\"http://b\"]}");
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_int_equal(rig.m.code, COAP_POST);
	assert_string_equal(all(15), "op=2|rt=2");
	assert_string_equal(all(263), "coap://a&http://b");
	rig.hop.ignores_op = true;
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_int_equal(rig.m.code, COAP_GET);
	assert_string_equal(all(15), "rt=2");
}

static void addresses_are_paths(void **state)
{
	rig.p->to = GW_STR("//sp.x/id-in/a");
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_string_equal(all(11), "_|sp.x|id-in|a");
	rig.p->to = GW_STR("/id-in/a#lbl");
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_string_equal(all(11), "~|id-in|a");
	assert_string_equal(all(15), "atrl=lbl");
	rig.p->to = GW_STR("a/../b");
	assert_int_equal(encode(), GW_STATUS_BAD_REQUEST);
}

static void the_path_of_a_point_of_access_goes_first(void **state)
{
	assert_true(coap_url_parse(&rig.url, GW_STR("coap://node/p%2Fq/r")));
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_string_equal(all(3), "node");
	assert_string_equal(all(11), "p/q|r|cse-in");
}

static void its_query_is_kept_and_what_it_says_of_content_is_not(void **state)
{
	rig.p->op = GW_OP_NOTIFY;
	rig.p->to = GW_STR("C2");
	assert_true(coap_url_parse(
		&rig.url, GW_STR("coap://10.0.0.1/n?token=1&ct=cbor&x=2#f")));
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_string_equal(all(11), "n|C2");
	assert_string_equal(all(15), "token=1|x=2");
}

static void times_are_absolute_and_without_fraction(void **state)
{
	param("rqet", "1500");
	param("rset", "\"20300101T000000,500000\"");
	param("ot", "\"20300101T000000\"");
	param("oet", "\"soon\"");
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_string_equal(all(291), "20251009T085322");
	assert_string_equal(all(295), "20300101T000001");
	assert_string_equal(all(259), "20300101T000000");
	assert_string_equal(all(299), "soon");
}

static void queries_are_written_in_both_forms(void **state)
{
	param("fc", "{\"ty\":[3,4],\"lbl\":[\"a+b\",\"c&d\"],"
		    "\"atr\":[{\"nm\":\"cr\",\"val\":\"x=y\"}],\"or\":\"z\"}");
	param("rcn", "4");
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_string_equal(all(15), "ty=3+4|lbl=a%2Bb+c%26d|cr=x%3Dy|or=z|"
				     "rcn=4");
	rig.hop.has_joined_query = true;
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_string_equal(all(15), "ty=3+4&lbl=a%2Bb+c%26d&cr=x%3Dy&or=z&"
				     "rcn=4");
}

static void what_is_null_is_not_written(void **state)
{
	param("rt", "{\"rtv\":null,\"nu\":null}");
	param("fc", "{\"lbl\":null,\"lim\":5,\"cr\":null}");
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_string_equal(all(15), "lim=5");
	assert_string_equal(all(263), "");
}

static void legacy_peers_get_the_old_numbers(void **state)
{
	rig.hop.is_legacy = true;
	param("ec", "4");
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_string_equal(all(257), "r1");
	assert_string_equal(all(256), "Cdev");
	assert_string_equal(all(264), "\x04");
	assert_string_equal(all(283), "");
}

static void what_has_no_form_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *json;
	} bad[] = {
		{ "ec", "\"text\"" },
		{ "ec", "-1" },
		{ "gid", "{}" },
		{ "gid", "\"a\\nb\"" },
		{ "aus", "[\"a+b\"]" },
		{ "aus", "\"a\"" },
		{ "fc", "[]" },
		{ "fc", "{\"lim\":[1]}" },
		{ "fc", "{\"atr\":[{\"nm\":\"ty\",\"val\":\"3\"}]}" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		param(bad[i].name, bad[i].json);
		assert_int_equal(encode(), GW_STATUS_BAD_REQUEST);
		(void)tear_down(state);
		(void)set_up(state);
	}
	rig.p->op = GW_OP_DELETE;
	rig.p->media = GW_MEDIA_JSON;
	rig.p->content = gw_bytes_of(GW_STR("{}"));
	assert_int_equal(encode(), GW_STATUS_BAD_REQUEST);
}

static void parameters_that_fill_a_datagram_are_refused(void **state)
{
	char *at = gw_arena_alloc(rig.p->arena, 258);

	assert_non_null(at);
	memset(at, 'x', 258);
	at[0] = at[257] = '"';
	rig.p->id = (struct gw_str){ at + 1, 256 };
	assert_int_equal(encode(), GW_STATUS_BAD_REQUEST);
	rig.p->id = (struct gw_str){ at + 1, 255 };
	rig.p->from = rig.p->id;
	assert_int_equal(encode(), GW_STATUS_NONE);
	at[256] = '"';
	gw_primitive_add(rig.p, GW_STR("gid"), (struct gw_str){ at, 257 });
	gw_primitive_add(rig.p, GW_STR("vsi"), (struct gw_str){ at, 257 });
	assert_int_equal(encode(), GW_STATUS_BAD_REQUEST);
}

static void a_type_makes_no_create_of_a_notification(void **state)
{
	rig.p->op = GW_OP_NOTIFY;
	rig.p->type = 4;
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_string_equal(all(15), "op=5");
	assert_string_equal(all(267), "\x04");
	rig.hop.ignores_op = true;
	assert_int_equal(encode(), GW_STATUS_BAD_REQUEST);
	rig.p->op = GW_OP_CREATE;
	assert_int_equal(encode(), GW_STATUS_NONE);
	assert_string_equal(all(15), "");
	assert_string_equal(all(267), "\x04");
}

static void an_answer_tells_its_status_and_its_place(void **state)
{
	struct coap_asked asked = { .op = GW_OP_CREATE };
	uint32_t status = 0;

	rig.p->op = GW_OP_NONE;
	rig.p->status = GW_STATUS_CREATED;
	rig.p->media = GW_MEDIA_JSON;
	rig.p->content = gw_bytes_of(GW_STR("{\"m2m:uri\":\"cse-in/x\"}"));
	coap_message_init(&rig.m, COAP_ACK, COAP_EMPTY);
	assert_int_equal(coap_encode_answer(&rig.m, &rig.payload, &rig.why,
					    rig.p, &asked),
			 GW_STATUS_NONE);
	assert_int_equal(rig.m.code, COAP_CODE(2, 1));
	assert_true(coap_message_get_uint(&status, &rig.m, 307));
	assert_int_equal(status, 2001);
	assert_string_equal(all(8), "cse-in|x");
	assert_string_equal(all(283), "r1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(operations_are_methods),
		TEST(non_blocking_requests_tell_their_operation),
		TEST(addresses_are_paths),
		TEST(the_path_of_a_point_of_access_goes_first),
		TEST(its_query_is_kept_and_what_it_says_of_content_is_not),
		TEST(its_query_is_kept_and_what_it_says_of_content_is_not),
		TEST(times_are_absolute_and_without_fraction),
		TEST(queries_are_written_in_both_forms),
		TEST(what_is_null_is_not_written),
		TEST(legacy_peers_get_the_old_numbers),
		TEST(what_has_no_form_is_refused),
		TEST(parameters_that_fill_a_datagram_are_refused),
		TEST(a_type_makes_no_create_of_a_notification),
		TEST(an_answer_tells_its_status_and_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
