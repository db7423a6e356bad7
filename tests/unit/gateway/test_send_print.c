/*
 * Send print: answers as a person reads them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/primitive.h"
#include "gateway/send_print.h"

static void expect(const struct gw_primitive *p, const char *wanted)
{
	char *said = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&said, &n);

	assert_non_null(to);
	gw_send_print(to, p);
	assert_int_equal(fclose(to), 0);
	assert_string_equal(said, wanted);
	free(said);
}

static struct gw_primitive *answer(const char *content, enum gw_media media)
{
	struct gw_primitive *p = gw_primitive_new(1024, 65536);

	assert_non_null(p);
	p->status = GW_STATUS_OK;
	p->content = gw_bytes_of(gw_str_from(content));
	p->media = media;
	return p;
}

static void expect_json(const char *content, const char *wanted)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = answer(
		content, GW_MEDIA_JSON);

	expect(p, wanted);
}

static void status_and_parameters_come_first(void **state)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = answer(
		NULL, GW_MEDIA_NONE);

	p->status = GW_STATUS_NOT_FOUND;
	gw_primitive_add(p, GW_STR("ot"), GW_STR("\"20261123T100000\""));
	expect(p, "4004 NOT_FOUND\not: \"20261123T100000\"\n");
}

static void content_stands_one_member_a_line(void **state)
{
	expect_json("{\"m2m:cin\":{\"con\":[1,{\"a\":null}],\"lbl\":[]},"
		    "\"x\":{}}",
		    "2000 OK\n"
		    "{\n"
		    "    \"m2m:cin\": {\n"
		    "        \"con\": [\n"
		    "            1,\n"
		    "            {\n"
		    "                \"a\": null\n"
		    "            }\n"
		    "        ],\n"
		    "        \"lbl\": []\n"
		    "    },\n"
		    "    \"x\": {}\n"
		    "}\n");
	expect_json("\"text\"", "2000 OK\n\"text\"\n");
}

static void values_are_printed_as_they_came(void **state)
{
	expect_json("{\"a\":9007199254740993,\"b\":1.0,\"c\":\"\\u00e4\\n\"}",
		    "2000 OK\n"
		    "{\n"
		    "    \"a\": 9007199254740993,\n"
		    "    \"b\": 1.0,\n"
		    "    \"c\": \"\\u00e4\\n\"\n"
		    "}\n");
}

static void what_is_no_json_is_printed_as_it_came(void **state)
{
	gw_cleanup(gw_primitive_freep) struct gw_primitive *p = answer(
		"<m2m:cb/>", GW_MEDIA_XML);

	expect(p, "2000 OK\n<m2m:cb/>\n");
}

static void the_wire_stands_behind_marks_without_controls(void **state)
{
	char *said = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&said, &n);

	assert_non_null(to);
	gw_send_print_wire(to, false, "GET /\na: \xc3\xa4\n\n{}");
	gw_send_print_wire(to, true, "x\x1b[2Jy\xc2\x9bz\x9b");
	assert_int_equal(fclose(to), 0);
	assert_string_equal(said, "> GET /\n> a: \xc3\xa4\n> \n> {}\n\n"
				  "< x\\x1b[2Jy\xc2\\x9bz\\x9b\n\n");
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_and_parameters_come_first),
		cmocka_unit_test(content_stands_one_member_a_line),
		cmocka_unit_test(values_are_printed_as_they_came),
		cmocka_unit_test(what_is_no_json_is_printed_as_it_came),
		cmocka_unit_test(the_wire_stands_behind_marks_without_controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
