/* A new configuration, on real sockets: what was opened before obeys it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/lib/loop.h"
#include "tests/unit/ws/wire_rig.h"

#define TEXT 1
#define CLOSE 8

/* More than all that was allowed at first, envelope included. */
#define MUCH ((size_t)400 << 10)

static struct rig rig;
static struct gw_conf now;
static struct party guest;
static struct party cse;

static void begin_small(struct rig *r)
{
	r->conf.limits.content_bytes = (size_t)64 << 10;
	r->conf.limits.queue_bytes = (size_t)4 << 20;
}

static int set_up(void **state)
{
	rig_init(&rig, begin_small);
	return 0;
}

static int tear_down(void **state)
{
	party_close(&rig, &guest);
	party_close(&rig, &cse);
	rig_deinit(&rig);
	return 0;
}

static void reload(size_t content_bytes)
{
	now = rig.conf;
	now.limits.content_bytes = content_bytes;
	assert_int_equal(gw_relay_reload(rig.relay, &now), 0);
}

static void open_both(void)
{
	party_hello(&rig, &guest, "X-M2M-Origin: C1\r\n");
	rig_ask(&rig, "first", "C1");
	party_accept(&rig, &cse);
	party_welcome(&rig, &cse);
	party_expects(&rig, &cse, "\"rqi\":\"first\"");
	party_says(&cse, "{\"rsc\":2000,\"rqi\":\"first\"}");
	rig_is_answered(&rig, 0, "first", GW_STATUS_OK);
}

/* Much text between these two. */
static char *much(const char *before, const char *after)
{
	size_t n = strlen(before);
	char *text = malloc(n + MUCH + strlen(after) + 1);

	assert_non_null(text);
	memcpy(text, before, n);
	memset(text + n, 'x', MUCH);
	memcpy(text + n + MUCH, after, strlen(after) + 1);
	return text;
}

static void an_open_link_and_a_guest_take_larger_messages(void **state)
{
	char *asked = much("{\"op\":3,\"to\":\"/id-in/cse-in/a\",\"fr\":\"C1\","
			   "\"rqi\":\"r1\",\"rvi\":\"3\",\"pc\":{\"a\":\"",
			   "\"}}");
	char *answered = much("{\"rsc\":2004,\"rqi\":\"r1\",\"rvi\":\"3\","
			      "\"pc\":{\"b\":\"",
			      "\"}}");

	open_both();
	reload((size_t)1 << 20);
	party_says(&guest, asked);
	assert_int_equal(party_hears(&rig, &cse), TEXT);
	assert_true(cse.len > MUCH);
	party_says(&cse, answered);
	assert_int_equal(party_hears(&rig, &guest), TEXT);
	assert_true(guest.len > MUCH);
	free(asked);
	free(answered);
}

static void an_open_link_refuses_what_has_become_too_large(void **state)
{
	char *text = much("{\"rsc\":2000,\"rqi\":\"x\",\"pc\":\"", "\"}");

	reload((size_t)1 << 20);
	open_both();
	reload((size_t)64 << 10);
	party_says(&cse, text);
	assert_int_equal(party_hears(&rig, &cse), CLOSE);
	assert_int_equal(cse.code, 1009);
	free(text);
}

/* What came so far is more than all that is allowed now. */
static void a_message_in_progress_stays_bounded(void **state)
{
	char *text = much("", "");

	reload((size_t)1 << 20);
	open_both();
	party_frame(&guest, 0x01, text, MUCH);
	party_frame(&cse, 0x01, text, MUCH);
	for (int i = 0; i < 20; i++) {
		rig_turn(&rig, rig_deadline_ms(&rig));
	}
	reload((size_t)64 << 10);
	party_frame(&guest, 0x00, "x", 1);
	assert_int_equal(party_hears(&rig, &guest), CLOSE);
	assert_int_equal(guest.code, 1009);
	party_frame(&cse, 0x00, "x", 1);
	assert_int_equal(party_hears(&rig, &cse), CLOSE);
	assert_int_equal(cse.code, 1009);
	free(text);
}

static void a_link_is_kept_only_while_we_register(void **state)
{
	now = rig.conf;
	rig.cse.registers = true;
	assert_int_equal(gw_relay_reload(rig.relay, &now), 0);
	party_accept(&rig, &cse);
	party_welcome(&rig, &cse);
	party_expects(&rig, &cse, "\"to\":\"/id-in/cse-in/id-gw\"");
	rig.cse.registers = false;
	assert_int_equal(gw_relay_reload(rig.relay, &rig.conf), 0);
	party_close(&rig, &cse);
	rig_until(&rig, gw_relay_counts(rig.relay)->n_abandoned == 1);
	gw_relay_drain(rig.relay);
	rig_until(&rig, gw_relay_is_drained(rig.relay));
	assert_int_equal(rig.waiting_fd, -1);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(an_open_link_and_a_guest_take_larger_messages),
		CLAIM(an_open_link_refuses_what_has_become_too_large),
		CLAIM(a_message_in_progress_stays_bounded),
		CLAIM(a_link_is_kept_only_while_we_register),
	};

	return cmocka_run_group_tests_name("ws_reload", tests, NULL, NULL);
}
