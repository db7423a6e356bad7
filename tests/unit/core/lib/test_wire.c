/*
 * Wire: messages are told whole, and secrets are not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/lib/log.h"
#include "core/lib/wire.h"

static char told[512];

static void keep(const struct gw_log_record *r)
{
	assert_int_equal(r->level, GW_LOG_DEBUG);
	(void)snprintf(told, sizeof(told), "%s %s %s", r->topic, r->event,
		       r->message);
}

static void expect(const char *head, struct gw_bytes body, const char *wanted)
{
	told[0] = '\0';
	gw_wire_tell(&(struct gw_wire){ .topic = "http",
					.is_received = true,
					.head = gw_str_from(head),
					.body = body });
	assert_string_equal(told, wanted);
}

static struct gw_bytes text(const char *t)
{
	return gw_bytes_of(gw_str_from(t));
}

static void head_and_body_are_told_as_they_are(void **state)
{
	gw_log_use(keep, GW_LOG_DEBUG);
	expect("GET / HTTP/1.1\r\nA: b\r\n\r\n", text("{}"),
	       "http received GET / HTTP/1.1\nA: b\n\n{}");
	expect(NULL, text("{}"), "http received {}");
	expect("PUBLISH /t", (struct gw_bytes){ 0 },
	       "http received PUBLISH /t");
}

static void secrets_are_left_out(void **state)
{
	gw_log_use(keep, GW_LOG_DEBUG);
	expect("authorization: a\nX-API-Key: b\noneM2M-TKNS: c\nSet-Cookie: d",
	       (struct gw_bytes){ 0 },
	       "http received authorization: (not shown)\n"
	       "X-API-Key: (not shown)\noneM2M-TKNS: (not shown)\n"
	       "Set-Cookie: (not shown)");
	expect(NULL, text("{\"tkns\":[]}"),
	       "http received 11 bytes that may hold tokens");
	expect(NULL, text("{\"tkn\\u0073\":[]}"),
	       "http received 16 bytes that may hold tokens");
}

static void what_is_no_text_is_told_by_its_length(void **state)
{
	gw_log_use(keep, GW_LOG_DEBUG);
	expect(NULL, text("\xa1\x61\x61\x01"),
	       "http received 4 bytes that are no text");
}

static void nothing_is_told_above_debug(void **state)
{
	gw_log_use(keep, GW_LOG_INFO);
	assert_false(gw_wire_is_watched());
	expect("GET /", text("{}"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(head_and_body_are_told_as_they_are),
		cmocka_unit_test(secrets_are_left_out),
		cmocka_unit_test(what_is_no_text_is_told_by_its_length),
		cmocka_unit_test(nothing_is_told_above_debug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
