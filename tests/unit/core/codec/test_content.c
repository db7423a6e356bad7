/*
 * Content: checked as it comes, and brought into the form that is wanted.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/codec/content.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"

#define CBOR(text) \
	((struct gw_bytes){ (const uint8_t *)(text), sizeof(text) - 1 })

static struct gw_primitive *with(enum gw_media media, struct gw_bytes content)
{
	struct gw_primitive *p = gw_primitive_new(256, 1024);

	assert_non_null(p);
	p->op = GW_OP_CREATE;
	p->media = media;
	p->content = content;
	return p;
}

static enum gw_status become(struct gw_primitive *p, enum gw_media media)
{
	struct gw_reason why = { "" };
	enum gw_status status = gw_content_become(p, media, &why);

	assert_true((status == GW_STATUS_NONE) == (why.text[0] == '\0'));
	return status;
}

static void content_goes_there_and_back(void **state)
{
	const char *json = "{\"m2m:cin\":{\"con\":\"a\\u00e9\",\"n\":-1.5}}";
	struct gw_primitive *p = with(GW_MEDIA_JSON,
				      gw_bytes_of(gw_str_from(json)));

	assert_int_equal(become(p, GW_MEDIA_CBOR), GW_STATUS_NONE);
	assert_int_equal(p->media, GW_MEDIA_CBOR);
	assert_true(gw_content_is_object(p->media, p->content));
	assert_int_equal(become(p, GW_MEDIA_JSON), GW_STATUS_NONE);
	assert_true(
		gw_str_is(gw_str_of(p->content),
			  "{\"m2m:cin\":{\"con\":\"a\xc3\xa9\",\"n\":-1.5}}"));
	gw_primitive_free(p);
}

static void the_same_form_stays_the_same_bytes(void **state)
{
	struct gw_bytes odd = CBOR("\xbf\x41\x61\x18\x01\xff");
	struct gw_primitive *p = with(GW_MEDIA_CBOR, odd);

	assert_int_equal(become(p, GW_MEDIA_CBOR), GW_STATUS_NONE);
	assert_ptr_equal(p->content.at, odd.at);
	assert_int_equal(become(p, GW_MEDIA_NONE), GW_STATUS_NONE);
	assert_ptr_equal(p->content.at, odd.at);
	gw_primitive_free(p);
}

static void what_cannot_be_converted_stays_and_is_told(void **state)
{
	struct gw_primitive *p = with(GW_MEDIA_XML,
				      gw_bytes_of(GW_STR("<a/>")));

	assert_int_equal(become(p, GW_MEDIA_JSON),
			 GW_STATUS_UNSUPPORTED_MEDIA_TYPE);
	assert_int_equal(p->media, GW_MEDIA_XML);
	gw_primitive_free(p);
	p = with(GW_MEDIA_CBOR, CBOR("\xa2\x61\x61\x01\x61\x61\x02"));
	assert_int_equal(become(p, GW_MEDIA_JSON), GW_STATUS_BAD_REQUEST);
	assert_int_equal(p->media, GW_MEDIA_CBOR);
	gw_primitive_free(p);
}

static void what_says_nothing_is_empty(void **state)
{
	static const struct {
		const char *content;
		enum gw_media media;
		bool is_empty;
	} all[] = {
		{ "", GW_MEDIA_JSON, true },
		{ " \n", GW_MEDIA_JSON, true },
		{ "{}", GW_MEDIA_JSON, true },
		{ " { \n} ", GW_MEDIA_JSON, true },
		{ "\xef\xbb\xbf{}", GW_MEDIA_JSON, true },
		{ "\"\"", GW_MEDIA_JSON, true },
		{ "[]", GW_MEDIA_JSON, false },
		{ "{", GW_MEDIA_JSON, false },
		{ "{}{}", GW_MEDIA_JSON, false },
		{ "{\"a\":1}", GW_MEDIA_JSON, false },
		{ "\" \"", GW_MEDIA_JSON, false },
		{ "\xa0", GW_MEDIA_CBOR, true },
		{ "\xbf\xff", GW_MEDIA_CBOR, true },
		{ "\x60", GW_MEDIA_CBOR, true },
		{ "\x80", GW_MEDIA_CBOR, false },
		{ "\xa0\xa0", GW_MEDIA_CBOR, false },
		{ "\xa1\x61\x61\x01", GW_MEDIA_CBOR, false },
		{ "", GW_MEDIA_XML, true },
		{ "<a/>", GW_MEDIA_XML, false },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		assert_int_equal(gw_content_is_empty(all[i].media,
						     gw_bytes_of(gw_str_from(
							     all[i].content))),
				 all[i].is_empty);
	}
}

static void a_mark_and_nuls_are_trimmed_from_json_only(void **state)
{
	static const char text[] = "\xef\xbb\xbf {}\0\n\0";
	const struct gw_bytes all = { (const uint8_t *)text, sizeof(text) - 1 };

	assert_true(gw_str_is(gw_str_of(gw_content_trim(GW_MEDIA_JSON, all)),
			      "{}"));
	assert_int_equal(gw_content_trim(GW_MEDIA_CBOR, all).len, all.len);
	assert_int_equal(gw_content_trim(GW_MEDIA_XML, all).len, all.len);
	assert_int_equal(
		gw_content_trim(GW_MEDIA_JSON, (struct gw_bytes){ all.at, 3 })
			.len,
		0);
}

static void content_is_put_in_the_form_that_is_spoken(void **state)
{
	static const struct {
		enum gw_media from;
		enum gw_media to;
		const char *content;
		const char *wanted; // NULL: there is no way
	} all[] = {
		{ GW_MEDIA_JSON, GW_MEDIA_JSON, " {}", " {}" },
		{ GW_MEDIA_NONE, GW_MEDIA_JSON, "{}", "{}" },
		{ GW_MEDIA_JSON, GW_MEDIA_CBOR, "{\"a\":1}",
		  "\xa1\x61\x61\x01" },
		{ GW_MEDIA_NONE, GW_MEDIA_CBOR, "{\"a\":1}",
		  "\xa1\x61\x61\x01" },
		{ GW_MEDIA_CBOR, GW_MEDIA_JSON, "\xa1\x61\x61\x01",
		  "{\"a\":1}" },
		{ GW_MEDIA_CBOR, GW_MEDIA_CBOR, "\xbf\xff", "\xbf\xff" },
		{ GW_MEDIA_XML, GW_MEDIA_JSON, "<a/>", NULL },
		{ GW_MEDIA_JSON, GW_MEDIA_XML, "{}", NULL },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		gw_cleanup(gw_buf_deinit) struct gw_buf buf;
		struct gw_primitive *p = with(
			all[i].from, gw_bytes_of(gw_str_from(all[i].content)));

		gw_buf_init(&buf, 0, 64);
		gw_content_put(&buf, p, all[i].to);
		gw_primitive_free(p);
		assert_true(gw_buf_is_short(&buf) == !all[i].wanted);
		assert_true(!all[i].wanted ||
			    gw_str_is(gw_buf_str(&buf), all[i].wanted));
	}
}

static void blanks_are_trimmed_where_they_mean_nothing(void **state)
{
	struct gw_bytes text = gw_bytes_of(GW_STR(" \t{ }\r\n"));

	assert_true(gw_str_is(gw_str_of(gw_content_trim(GW_MEDIA_JSON, text)),
			      "{ }"));
	assert_int_equal(gw_content_trim(GW_MEDIA_CBOR, text).len, text.len);
	assert_int_equal(gw_content_trim(GW_MEDIA_NONE, text).len, text.len);
	assert_int_equal(
		gw_content_trim(GW_MEDIA_JSON, gw_bytes_of(GW_STR("  "))).len,
		0);
}

static void the_tqf_of_a_refusal_is_content_and_parameter(void **state)
{
	static const struct {
		enum gw_media media;
		struct gw_bytes content;
	} all[] = {
		{ GW_MEDIA_JSON, CBOR("{\"m2m:tqf\":{\"a\":1}}") },
		{ GW_MEDIA_JSON, CBOR("{ \"m2m:tqf\" : {\"a\":1} }") },
		{ GW_MEDIA_CBOR, CBOR("\xa1\x67m2m:tqf\xa1\x61\x61\x01") },
		{ GW_MEDIA_CBOR, CBOR("\xd9\xd9\xf7\xb8\x01\x78\x07"
				      "m2m:tqf\xa1\x61\x61\x01") },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct gw_primitive *p = with(all[i].media, all[i].content);
		enum gw_media media = GW_MEDIA_NONE;
		struct gw_bytes body;

		p->op = GW_OP_NONE;
		p->status = GW_STATUS_NOT_FOUND;
		gw_content_take_tqf(p);
		assert_true(gw_str_is(gw_primitive_get(p, GW_STR("tqf")),
				      "{\"a\":1}"));
		assert_int_equal(p->content.len, 0);
		assert_int_equal(p->media, GW_MEDIA_NONE);
		body = gw_content_with_tqf(&media, p);
		assert_int_equal(media, GW_MEDIA_JSON);
		assert_true(
			gw_str_is(gw_str_of(body), "{\"m2m:tqf\":{\"a\":1}}"));
		gw_primitive_free(p);
	}
}

static void other_content_is_no_tqf(void **state)
{
	struct gw_bytes tqf = CBOR("{\"m2m:tqf\":{}}");
	struct gw_bytes other = CBOR("{\"m2m:dbg\":\"no\"}");
	enum gw_media media = GW_MEDIA_NONE;
	struct gw_primitive *p = with(GW_MEDIA_JSON, tqf);

	p->status = GW_STATUS_OK;
	gw_content_take_tqf(p);
	assert_ptr_equal(p->content.at, tqf.at);
	p->status = GW_STATUS_NOT_FOUND;
	p->content = other;
	gw_content_take_tqf(p);
	assert_ptr_equal(p->content.at, other.at);
	assert_null(p->params);
	gw_primitive_add(p, GW_STR("tqf"), GW_STR("{}"));
	assert_ptr_equal(gw_content_with_tqf(&media, p).at, other.at);
	assert_int_equal(media, GW_MEDIA_JSON);
	gw_primitive_free(p);
}

static enum gw_status check(enum gw_media media, struct gw_bytes content)
{
	struct gw_reason why = { "" };

	return gw_content_check(&why, media, content);
}

static void a_name_that_stands_twice_is_refused(void **state)
{
	assert_int_equal(check(GW_MEDIA_CBOR, CBOR("\xa1\x61\x61\x01")),
			 GW_STATUS_NONE);
	assert_int_equal(
		check(GW_MEDIA_CBOR, CBOR("\xa2\x61\x61\x01\x61\x61\x02")),
		GW_STATUS_BAD_REQUEST);
	/* As text and as bytes it is the same name. */
	assert_int_equal(
		check(GW_MEDIA_CBOR, CBOR("\xa2\x61\x61\x01\x41\x61\x02")),
		GW_STATUS_BAD_REQUEST);
	assert_int_equal(check(GW_MEDIA_JSON,
			       gw_bytes_of(GW_STR("{\"a\":1,\"\\u0061\":2}"))),
			 GW_STATUS_BAD_REQUEST);
}

static void an_address_is_found_in_either_form(void **state)
{
	struct gw_primitive *p = with(
		GW_MEDIA_JSON,
		gw_bytes_of(GW_STR("{\"m2m:uri\":\"cse-in/a\\u002fb\"}")));

	assert_true(gw_str_is(gw_content_address(p), "cse-in/a/b"));
	assert_int_equal(become(p, GW_MEDIA_CBOR), GW_STATUS_NONE);
	assert_true(gw_str_is(gw_content_address(p), "cse-in/a/b"));
	assert_int_equal(p->media, GW_MEDIA_CBOR);
	gw_primitive_free(p);
	p = with(GW_MEDIA_JSON,
		 gw_bytes_of(GW_STR("{\"m2m:rce\":{\"uri\":\"x\","
				    "\"m2m:ae\":{}}}")));
	assert_true(gw_str_is(gw_content_address(p), "x"));
	gw_primitive_free(p);
	p = with(GW_MEDIA_JSON, gw_bytes_of(GW_STR("{\"m2m:cin\":{}}")));
	assert_null(gw_content_address(p).at);
	gw_primitive_free(p);
}

static void a_list_of_attributes_is_found_in_either_form(void **state)
{
	struct gw_primitive *p = with(
		GW_MEDIA_JSON,
		gw_bytes_of(GW_STR("{\"m2m:atrl\":[\"lbl\",\"con\"]}")));

	assert_int_equal(become(p, GW_MEDIA_CBOR), GW_STATUS_NONE);
	assert_true(gw_str_is(gw_content_root(p, GW_STR("m2m:atrl")),
			      "[\"lbl\",\"con\"]"));
	gw_primitive_free(p);
}

static void names_and_types_are_known(void **state)
{
	static const struct {
		const char *type;
		enum gw_media media;
	} types[] = {
		{ "application/json", GW_MEDIA_JSON },
		{ "application/cbor", GW_MEDIA_CBOR },
		{ "application/vnd.onem2m-res+cbor", GW_MEDIA_CBOR },
		{ "application/vnd.onem2m-ntfy+json; v=1", GW_MEDIA_JSON },
		{ "application/vnd.onem2m-prsp+xml", GW_MEDIA_XML },
		{ "text/json", GW_MEDIA_NONE },
		{ "application/", GW_MEDIA_NONE },
		{ "", GW_MEDIA_NONE },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		assert_int_equal(
			gw_content_media_of_type(gw_str_from(types[i].type)),
			types[i].media);
	}
	assert_int_equal(gw_content_media(GW_STR("json")), GW_MEDIA_JSON);
	assert_int_equal(gw_content_media(GW_STR("")), GW_MEDIA_NONE);
	assert_string_equal(gw_content_name(GW_MEDIA_CBOR), "cbor");
	assert_null(gw_content_name(GW_MEDIA_NONE));
}

static void a_url_tells_which_serialisation_is_taken_there(void **state)
{
	static const struct {
		const char *url;
		enum gw_media media;
		bool is_known;
	} cases[] = {
		{ "http://h/p?x=1&ct=cbor#f", GW_MEDIA_CBOR, true },
		{ "http://h?ct=json&x=1", GW_MEDIA_JSON, true },
		{ "http://h/?act=xml", GW_MEDIA_NONE, true },
		{ "http://h/#?ct=xml", GW_MEDIA_NONE, true },
		{ "http://h", GW_MEDIA_NONE, true },
		{ "http://h?ct=yaml", GW_MEDIA_NONE, false },
		{ "http://h?ct=", GW_MEDIA_NONE, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum gw_media media = GW_MEDIA_XML;

		assert_int_equal(gw_content_media_of_url(
					 &media, gw_str_from(cases[i].url)),
				 cases[i].is_known);
		assert_int_equal(media, cases[i].media);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_goes_there_and_back),
		cmocka_unit_test(the_same_form_stays_the_same_bytes),
		cmocka_unit_test(what_cannot_be_converted_stays_and_is_told),
		cmocka_unit_test(what_says_nothing_is_empty),
		cmocka_unit_test(a_mark_and_nuls_are_trimmed_from_json_only),
		cmocka_unit_test(content_is_put_in_the_form_that_is_spoken),
		cmocka_unit_test(blanks_are_trimmed_where_they_mean_nothing),
		cmocka_unit_test(
			a_url_tells_which_serialisation_is_taken_there),
		cmocka_unit_test(the_tqf_of_a_refusal_is_content_and_parameter),
		cmocka_unit_test(other_content_is_no_tqf),
		cmocka_unit_test(a_name_that_stands_twice_is_refused),
		cmocka_unit_test(an_address_is_found_in_either_form),
		cmocka_unit_test(a_list_of_attributes_is_found_in_either_form),
		cmocka_unit_test(names_and_types_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
