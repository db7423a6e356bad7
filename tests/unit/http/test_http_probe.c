#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <microhttpd.h>

#include "bindings/http/http_probe.h"
#include "core/lib/str.h"

static bool takes_all(enum http_guard_way way, const char *at, size_t len)
{
	return true;
}

static bool takes_nothing(enum http_guard_way way, const char *at, size_t len)
{
	return false;
}

/* Whether a piece of text stands in a request, which may hold a NUL. */
static bool has(const char *at, size_t len, const char *piece)
{
	return memmem(at, len, piece, strlen(piece)) != NULL;
}

/* A reader that knows the rules, but for one. */
static bool is_clean(const char *at, size_t len, const char *but)
{
	static const char *const wrong[] = {
		"1.1\nHost",   "b\nX-B",  "\r\n c",
		"X-A : ",      "POST  /", "/p q",
		"\r\n\r\n2\n", "{}\n",    "Host: a\r\nHost: a",
	};

	if (memchr(at, '\0', len)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (has(at, len, wrong[i]) && strcmp(wrong[i], but) != 0) {
			return false;
		}
	}
	return true;
}

static bool knows_when_strict(enum http_guard_way way, const char *at,
			      size_t len)
{
	return is_clean(at, len, way == HTTP_GUARD_STRICT ? "" : "{}\n");
}

static bool knows_the_layout(enum http_guard_way way, const char *at,
			     size_t len)
{
	return is_clean(at, len, way == HTTP_GUARD_LAYOUT ? "" : "\r\n c");
}

static bool folds_lines(enum http_guard_way way, const char *at, size_t len)
{
	return is_clean(at, len, "\r\n c");
}

static void a_library_that_takes_all_or_nothing_is_not_understood(void **state)
{
	assert_int_equal(http_probe_with(takes_all), HTTP_GUARD_NONE);
	assert_int_equal(http_probe_with(takes_nothing), HTTP_GUARD_NONE);
}

static void one_rule_that_it_does_not_keep_is_enough(void **state)
{
	assert_int_equal(http_probe_with(folds_lines), HTTP_GUARD_NONE);
}

static void the_way_that_tells_all_apart_is_taken(void **state)
{
	assert_int_equal(http_probe_with(knows_when_strict), HTTP_GUARD_STRICT);
	assert_int_equal(http_probe_with(knows_the_layout), HTTP_GUARD_LAYOUT);
}

static void the_library_at_hand_is_understood(void **state)
{
	bool is_old = gw_str_starts(gw_str_from(MHD_get_version()),
				    GW_STR("0."));

	assert_int_equal(http_probe(),
			 is_old ? HTTP_GUARD_LAYOUT : HTTP_GUARD_STRICT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_library_that_takes_all_or_nothing_is_not_understood),
		cmocka_unit_test(one_rule_that_it_does_not_keep_is_enough),
		cmocka_unit_test(the_way_that_tells_all_apart_is_taken),
		cmocka_unit_test(the_library_at_hand_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
