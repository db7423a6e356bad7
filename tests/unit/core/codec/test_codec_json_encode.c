/* JSON codec: what a hop may change, and what is written. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "core/codec/codec_json.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "tests/unit/core/codec/json_claims.h"

#define LIMIT_BYTES ((size_t)1 << 20)

/* The head of a request, to which a test adds what it is about. */
#define RETRIEVE \
	"{\"op\":2,\"to\":\"cb\",\"fr\":\"Cae\",\"rqi\":\"r1\",\"rvi\":\"3\""

static const struct gw_codec_hop same = { 0 };

/* Toward the CSE it is the string that the standard wants, and back what it
 * was. */
static void an_integer_as_id_goes_back_as_it_came(void **state)
{
	static const char *const ids[] = { "123456", "0", "-7",
					   "123456789012345678901234567890" };
	const struct gw_codec_hop minted = { .id = GW_STR("9") };

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		char text[128];
		gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
		gw_cleanup(
			gw_primitive_freep) struct gw_primitive *answer = NULL;

		(void)snprintf(text, sizeof(text),
			       "{\"op\":2,\"to\":\"cb\",\"rqi\":%s}", ids[i]);
		p = json_primitive(text);
		assert_true(gw_str_eq(p->id, gw_str_from(ids[i])));
		(void)snprintf(text, sizeof(text),
			       "{\"op\":2,\"to\":\"cb\",\"rqi\":\"%s\"}",
			       ids[i]);
		json_written(p, &same, text);
		answer = gw_primitive_new_answer(p, GW_STATUS_OK);
		(void)snprintf(text, sizeof(text), "{\"rsc\":2000,\"rqi\":%s}",
			       ids[i]);
		json_written(answer, &same, text);
		json_written(answer, &minted, "{\"rsc\":2000,\"rqi\":\"9\"}");
	}
}

static void what_is_left_of_a_refused_request_has_its_number(void **state)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = NULL;
	gw_cleanup(gw_primitive_freep) struct gw_primitive *answer = NULL;
	struct gw_reason why;

	assert_int_equal(gw_codec_json_decode(&p, &why,
					      GW_STR("{\"op\":2,\"rqi\":5}"),
					      LIMIT_BYTES),
			 GW_STATUS_BAD_REQUEST);
	answer = gw_primitive_new_answer(p, GW_STATUS_BAD_REQUEST);
	json_written(answer, &same, "{\"rsc\":4000,\"rqi\":5}");
}

static void a_hop_may_have_its_own_id_and_originator(void **state)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = json_primitive(
		RETRIEVE "}");
	const struct gw_codec_hop hop = { .id = GW_STR("gw/7"),
					  .from = GW_STR("/id-in/Cae") };

	json_written(p, &hop,
		     "{\"op\":2,\"to\":\"cb\",\"fr\":\"/id-in/Cae\","
		     "\"rqi\":\"gw/7\",\"rvi\":\"3\"}");
}

static void an_anonymous_answer_tells_no_to_and_fr(void **state)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *answer =
		json_primitive(
			"{\"rsc\":2000,\"to\":\"a\",\"fr\":\"b\",\"rqi\":\"r1\"}");
	gw_cleanup(gw_primitive_freep) struct gw_primitive *request =
		json_primitive(RETRIEVE "}");
	const struct gw_codec_hop hop = { .is_anonymous = true };

	json_written(answer, &hop, "{\"rsc\":2000,\"rqi\":\"r1\"}");
	json_written(request, &hop, RETRIEVE "}");
}

static void what_is_written_is_escaped(void **state)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p =
		gw_primitive_new(64, 1024);

	p->op = GW_OP_RETRIEVE;
	p->to = GW_STR("a\"b\\c\n");
	p->id = GW_STR("\xff");
	gw_primitive_add(p, GW_STR("n\"x"), GW_STR("1"));
	json_written(p, &same,
		     "{\"op\":2,\"to\":\"a\\\"b\\\\c\\n\",\"rqi\":"
		     "\"\xef\xbf\xbd\",\"n\\\"x\":1}");
}

static void a_primitive_that_does_not_fit_marks_the_buffer_short(void **state)
{
	static const char text[] = RETRIEVE ",\"pc\":{\"a\":1}}";
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = json_primitive(
		text);

	for (size_t limit = 0; limit < sizeof(text); limit++) {
		gw_cleanup(gw_buf_deinit) struct gw_buf buf;

		gw_buf_init(&buf, 0, limit);
		gw_codec_json_encode(&buf, p, &same);
		assert_int_equal(gw_buf_is_short(&buf),
				 limit < sizeof(text) - 1);
	}
}

static void filters_are_made_plain_where_the_hop_asks_for_it(void **state)
{
	static const char text[] = RETRIEVE
		",\"fc\":{\"atr\":[{\"nm\":\"cr\",\"val\":1}]}}";
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = json_primitive(
		text);
	const struct gw_codec_hop hop = { .has_flat_filters = true };

	json_written(p, &same, text);
	json_written(p, &hop, RETRIEVE ",\"fc\":{\"cr\":1}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_integer_as_id_goes_back_as_it_came),
		cmocka_unit_test(
			what_is_left_of_a_refused_request_has_its_number),
		cmocka_unit_test(a_hop_may_have_its_own_id_and_originator),
		cmocka_unit_test(an_anonymous_answer_tells_no_to_and_fr),
		cmocka_unit_test(what_is_written_is_escaped),
		cmocka_unit_test(
			a_primitive_that_does_not_fit_marks_the_buffer_short),
		cmocka_unit_test(
			filters_are_made_plain_where_the_hop_asks_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
