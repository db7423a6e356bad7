/*
 * Random - whether what arrived is what was expected.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/codec/codec_json.h"
#include "core/codec/content.h"
#include "core/lib/arena.h"
#include "core/lib/buf.h"
#include "core/lib/time.h"
#include "tests/contract/random.h"

#define TEXT_BYTES_MAX ((size_t)16 << 20)

void random_print(const struct gw_primitive *p)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;

	gw_buf_init(&buf, 0, TEXT_BYTES_MAX);
	gw_codec_json_encode(&buf, p, &(struct gw_codec_hop){ 0 });
	print_error(GW_STR_FMT "\n", GW_STR_ARG(gw_buf_str(&buf)));
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

/* A relative time that became absolute: it counts from when the hop sent it, to
 * the next second. */
static bool is_between(struct gw_str offset, struct gw_str got,
		       struct random_span span)
{
	long long ms = strtoll(offset.at, NULL, 10);
	struct gw_str text = { .at = got.at + 1, .len = got.len - 2 };
	int64_t at_ms = 0;

	return got.len > 2 && gw_time_parse(&at_ms, text) &&
	       at_ms >= span.from_ms + ms && at_ms < span.to_ms + ms + 1000;
}

static bool is_same_param(struct gw_str expected, struct gw_str got,
			  struct random_span span)
{
	bool is_whole = true;

	for (size_t i = 0; i < expected.len; i++) {
		is_whole = is_whole && expected.at[i] >= '0' &&
			   expected.at[i] <= '9';
	}

	if (expected.at[0] == '+') {
		return is_between(expected, got, span);
	}
	/* cJSON has no more than a double. */
	return is_whole ? gw_str_eq(expected, got) : same_json(expected, got);
}

static void expect_params(const struct gw_primitive *expected,
			  const struct gw_primitive *got,
			  struct random_span span)
{
	size_t n = 0;

	for (const struct gw_param *param = expected->params; param;
	     param = param->next) {
		struct gw_str value = gw_primitive_get(got, param->name);

		if (!is_same_param(param->value, value, span)) {
			print_error("%s: " GW_STR_FMT " should be " GW_STR_FMT
				    " and is " GW_STR_FMT "\n",
				    expected->op ? "request" : "answer",
				    GW_STR_ARG(param->name),
				    GW_STR_ARG(param->value),
				    GW_STR_ARG(value));
			fail();
		}
		n++;
	}
	for (const struct gw_param *param = got->params; param;
	     param = param->next) {
		if (!gw_str_is_present(
			    gw_primitive_get(expected, param->name))) {
			print_error(GW_STR_FMT " came from nowhere\n",
				    GW_STR_ARG(param->name));
			fail();
		}
		n--;
	}
	assert_int_equal(n, 0);
}

static void expect_text(const char *what, struct gw_str expected,
			struct gw_str got)
{
	bool is_same = gw_str_is_present(expected) == gw_str_is_present(got) &&
		       gw_str_eq(expected, got);

	if (!is_same) {
		print_error("%s should be " GW_STR_FMT " and is " GW_STR_FMT
			    "\n",
			    what, GW_STR_ARG(expected), GW_STR_ARG(got));
		fail();
	}
}

static unsigned unit_at(const char *at)
{
	char digits[5] = { at[0], at[1], at[2], at[3] };

	return (unsigned)strtoul(digits, NULL, 16);
}

static void put_letter(struct gw_buf *buf, unsigned c)
{
	if (c < 0x20 || c == '"' || c == '\\') {
		gw_buf_print(buf, "\\u%04x", c);
	} else if (c < 0x80) {
		gw_buf_add_char(buf, (char)c);
	} else if (c < 0x800) {
		gw_buf_add_char(buf, (char)(0xc0 | c >> 6));
		gw_buf_add_char(buf, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		gw_buf_add_char(buf, (char)(0xe0 | c >> 12));
		gw_buf_add_char(buf, (char)(0x80 | (c >> 6 & 0x3f)));
		gw_buf_add_char(buf, (char)(0x80 | (c & 0x3f)));
	} else {
		gw_buf_add_char(buf, (char)(0xf0 | c >> 18));
		gw_buf_add_char(buf, (char)(0x80 | (c >> 12 & 0x3f)));
		gw_buf_add_char(buf, (char)(0x80 | (c >> 6 & 0x3f)));
		gw_buf_add_char(buf, (char)(0x80 | (c & 0x3f)));
	}
}

/* One escape, of which at is the letter behind the backslash.  Returns how many
 * bytes it has from there. */
static size_t put_escape(struct gw_buf *buf, const char *at)
{
	static const char letters[] = "bfnrt";
	static const char values[] = "\b\f\n\r\t";
	const char *letter = strchr(letters, *at);
	unsigned c = 0;

	if (*at != 'u') {
		put_letter(buf, letter ? (unsigned)values[letter - letters]
				       : (unsigned)*at);
		return 1;
	}
	c = unit_at(at + 1);
	if (c >= 0xd800 && c < 0xdc00) {
		c = 0x10000 + ((c - 0xd800) << 10) + (unit_at(at + 7) - 0xdc00);
		put_letter(buf, c);
		return 11;
	}
	put_letter(buf, c);
	return 5;
}

/* JSON with each letter of its texts written in one way; numbers stay. */
static void put_plain(struct gw_buf *buf, struct gw_str json)
{
	for (size_t i = 0; i < json.len; i++) {
		if (json.at[i] == '\\') {
			i += put_escape(buf, json.at + i + 1);
		} else {
			gw_buf_add_char(buf, json.at[i]);
		}
	}
}

static void expect_content(const struct gw_primitive *expected,
			   const struct gw_primitive *got, bool is_exact)
{
	struct gw_primitive copy = *got;
	struct gw_reason why = { "" };
	gw_cleanup(gw_buf_deinit) struct gw_buf left;
	gw_cleanup(gw_buf_deinit) struct gw_buf right;

	gw_buf_init(&left, 0, TEXT_BYTES_MAX);
	gw_buf_init(&right, 0, TEXT_BYTES_MAX);
	assert_int_equal(gw_content_become(&copy, GW_MEDIA_JSON, &why),
			 GW_STATUS_NONE);
	if (is_exact) {
		expect_text("pc", gw_str_of(expected->content),
			    gw_str_of(copy.content));
		return;
	}
	put_plain(&left, gw_str_of(expected->content));
	put_plain(&right, gw_str_of(copy.content));
	expect_text("pc", gw_buf_str(&left), gw_buf_str(&right));
}

void random_expect_same(const struct gw_primitive *expected,
			const struct gw_primitive *got, bool is_exact,
			struct random_span span)
{
	assert_int_equal(got->op, expected->op);
	assert_int_equal(got->status, expected->status);
	assert_int_equal(got->type, expected->type);
	expect_text("rvi", expected->release, got->release);
	if (gw_primitive_is_request(expected)) {
		expect_text("fr", expected->from, got->from);
		expect_text("to", expected->to, got->to);
	}
	expect_params(expected, got, span);
	expect_content(expected, got, is_exact);
}
