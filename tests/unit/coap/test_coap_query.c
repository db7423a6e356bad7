/* Parameters in Uri-Query options. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "bindings/coap/coap_query.h"
#include "core/lib/arena.h"

#define URI_QUERY 15

static struct gw_primitive *written;
static struct gw_primitive *got;
static struct coap_message message;
static struct gw_reason why;

static struct gw_primitive *new_retrieve(void)
{
	struct gw_primitive *p = gw_primitive_new(1024, 65536);

	assert_non_null(p);
	p->op = GW_OP_RETRIEVE;
	return p;
}

static int set_up(void **state)
{
	written = new_retrieve();
	got = new_retrieve();
	coap_message_init(&message, COAP_CON, COAP_GET);
	why.text[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	written = gw_primitive_free(written);
	got = gw_primitive_free(got);
	return 0;
}

static enum gw_status write_query(bool is_joined)
{
	const struct coap_query_style style = { .is_joined = is_joined };

	return coap_query_write(&message, &why, written, &style);
}

static enum gw_status read_query(void)
{
	struct gw_query query = { 0 };

	return coap_query_read(got, &query, &why, &message);
}

static void has(const char *name, const char *json)
{
	struct gw_str value = gw_primitive_get(got, gw_str_from(name));

	if (!gw_str_is(value, json)) {
		print_error("%s is " GW_STR_FMT "\n", name, GW_STR_ARG(value));
	}
	assert_true(gw_str_is(value, json));
}

static void letters_that_part_fields_come_back(bool is_joined, size_t n_options)
{
	static const char fc[] = "{\"lbl\":[\"a+b&c=d%e\",\"f\"],\"lim\":7}";

	gw_primitive_add(written, GW_STR("rcn"), GW_STR("4"));
	gw_primitive_add(written, GW_STR("fc"), gw_str_from(fc));
	assert_int_equal(write_query(is_joined), GW_STATUS_NONE);
	assert_int_equal(message.n_fields, n_options);
	assert_int_equal(read_query(), GW_STATUS_NONE);
	has("rcn", "4");
	has("fc", fc);
}

static void a_field_is_an_option(void **state)
{
	letters_that_part_fields_come_back(false, 3);
}

static void all_fields_are_one_option_for_peers_who_want_that(void **state)
{
	letters_that_part_fields_come_back(true, 1);
}

static void nothing_to_say_is_no_option(void **state)
{
	assert_int_equal(write_query(false), GW_STATUS_NONE);
	assert_int_equal(write_query(true), GW_STATUS_NONE);
	assert_int_equal(message.n_fields, 0);
	assert_int_equal(read_query(), GW_STATUS_NONE);
	assert_null(got->params);
}

/* {"lbl":["xxx..."]}: "lbl=" and so many letters. */
static enum gw_status write_label(int n, bool is_joined)
{
	char fc[512];

	(void)snprintf(fc, sizeof(fc), "{\"lbl\":[\"%0*d\"]}", n, 1);
	gw_primitive_add(written, GW_STR("fc"),
			 gw_arena_str(written->arena, gw_str_from(fc)));
	return write_query(is_joined);
}

static void a_field_that_fits_into_an_option_is_written(void **state)
{
	assert_int_equal(write_label(255 - 4, false), GW_STATUS_NONE);
	assert_int_equal(message.fields[0].value.len, 255);
}

static void a_field_that_is_longer_than_an_option_is_refused(void **state)
{
	assert_int_equal(write_label(256 - 4, false), GW_STATUS_BAD_REQUEST);
	assert_string_not_equal(why.text, "");
}

static void fields_that_are_longer_together_are_refused(void **state)
{
	gw_primitive_add(written, GW_STR("rcn"), GW_STR("4"));
	assert_int_equal(write_label(255 - 4, true), GW_STATUS_BAD_REQUEST);
	assert_string_not_equal(why.text, "");
}

static void a_text_may_have_lines(void **state)
{
	coap_message_add(&message, URI_QUERY, GW_STR("smf=a%0D%0A%09b"));
	coap_message_add(&message, URI_QUERY, GW_STR("smf=c\n\td"));
	assert_int_equal(read_query(), GW_STATUS_NONE);
	assert_true(gw_str_is(gw_primitive_get(got, GW_STR("fc")),
			      "{\"smf\":[\"a\\r\\n\\tb\",\"c\\n\\td\"]}"));
}

static void what_is_no_text_is_refused(void **state)
{
	static const char *const all[] = {
		"lbl=%00", "lbl=a%0Bb", "lbl%0A=a",
		"lbl=%ff", "%00=1",     "lbl=%C0%AF",
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		(void)tear_down(state);
		(void)set_up(state);
		coap_message_add(&message, URI_QUERY, gw_str_from(all[i]));
		assert_int_equal(read_query(), GW_STATUS_BAD_REQUEST);
		assert_string_not_equal(why.text, "");
	}
}

static void as_many_options_as_a_message_has_are_read(void **state)
{
	for (size_t i = 0; i < COAP_FIELDS_MAX; i++) {
		coap_message_add(&message, URI_QUERY, GW_STR("lbl=a"));
	}
	assert_false(message.is_short);
	assert_int_equal(read_query(), GW_STATUS_NONE);
	assert_int_equal(gw_primitive_get(got, GW_STR("fc")).len,
			 sizeof("{\"lbl\":[]}") - 1 +
				 (size_t)COAP_FIELDS_MAX * 4 - 1);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_field_is_an_option),
		CLAIM(all_fields_are_one_option_for_peers_who_want_that),
		CLAIM(nothing_to_say_is_no_option),
		CLAIM(a_field_that_fits_into_an_option_is_written),
		CLAIM(a_field_that_is_longer_than_an_option_is_refused),
		CLAIM(fields_that_are_longer_together_are_refused),
		CLAIM(a_text_may_have_lines),
		CLAIM(what_is_no_text_is_refused),
		CLAIM(as_many_options_as_a_message_has_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
