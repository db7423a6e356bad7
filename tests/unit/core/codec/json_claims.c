/*
 * JSON claims - what tests of the scanner and the codec say about a text.
 */

#include "tests/unit/core/codec/json_claims.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/lib/buf.h"

/* cJSON reads no longer number. */
#define CJSON_NUMBER_MAX 62

#define LIMIT_BYTES ((size_t)1 << 20)

bool json_scans(struct gw_str text, struct gw_json_error *error)
{
	char *copy = test_malloc(text.len + (text.len == 0));
	struct gw_str own = { .at = copy, .len = text.len };
	bool is_good = false;

	memcpy(copy, text.at, text.len);
	is_good = gw_json_scan(own, NULL, 0, NULL, error);
	test_free(copy);
	return is_good;
}

static bool has_long_number(struct gw_str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n <= CJSON_NUMBER_MAX; i++) {
		n = strchr("+-.eE0123456789", text.at[i]) ? n + 1 : 0;
	}
	return n > CJSON_NUMBER_MAX;
}

/* A second reader must not see another thing in what we let pass. */
static bool cjson_takes(struct gw_str text)
{
	char *copy = gw_str_dup(text);
	cJSON *tree = cJSON_ParseWithLengthOpts(copy, text.len + 1, NULL, true);
	bool is_good = tree != NULL || has_long_number(text);

	cJSON_Delete(tree);
	free(copy);
	return is_good;
}

void json_passes_text(struct gw_str text)
{
	struct gw_json_error error = { 0 };

	if (!json_scans(text, &error)) {
		fail_msg(GW_STR_FMT ": %s at %zu", GW_STR_ARG(text),
			 error.reason, error.at);
	}
	assert_true(cjson_takes(text));
}

void json_passes(const char *value)
{
	char text[256];
	struct gw_json_member member;
	struct gw_json_error error;
	size_t n = 0;

	json_passes_text(gw_str_from(value));
	(void)snprintf(text, sizeof(text), " { \"pc\" : %s } ", value);
	assert_true(gw_json_scan(gw_str_from(text), &member, 1, &n, &error));
	assert_int_equal(n, 1);
	assert_true(gw_str_is(member.name, "pc"));
	assert_true(gw_str_is(member.value, value));
	assert_ptr_equal(member.value.at, strstr(text, " : ") + 3);
}

void json_refused_text(struct gw_str text, const char *reason, size_t at)
{
	struct gw_json_error error = { 0 };

	if (json_scans(text, &error)) {
		fail_msg(GW_STR_FMT " passes", GW_STR_ARG(text));
	}
	assert_string_equal(error.reason, reason);
	assert_int_equal(error.at, at);
	assert_false(error.is_short);
}

void json_refused(const char *text, const char *reason, size_t at)
{
	json_refused_text(gw_str_from(text), reason, at);
}

struct gw_primitive *json_primitive(const char *text)
{
	struct gw_primitive *p = NULL;
	struct gw_reason why = { 0 };
	enum gw_status status = gw_codec_json_decode(
		&p, &why, gw_str_from(text), LIMIT_BYTES);

	if (status != GW_STATUS_NONE) {
		gw_primitive_free(p);
		fail_msg("%s: %s", text, why.text);
	}
	assert_non_null(p);
	return p;
}

void json_written(const struct gw_primitive *p, const struct gw_codec_hop *hop,
		  const char *json)
{
	gw_cleanup(gw_buf_deinit) struct gw_buf buf;
	struct gw_str text = { 0 };

	gw_buf_init(&buf, 0, LIMIT_BYTES);
	gw_codec_json_encode(&buf, p, hop);
	assert_false(gw_buf_is_short(&buf));
	text = gw_buf_str(&buf);
	assert_int_equal(text.len, strlen(json));
	assert_memory_equal(text.at, json, text.len);
}
