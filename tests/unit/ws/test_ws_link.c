/* Links toward a CSE, on real sockets: opened, kept, lost and opened again. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "bindings/ws/ws_link.h"
#include "core/cse.h"
#include "core/lib/loop.h"
#include "core/profile.h"
#include "tests/unit/ws/wire_rig.h"

#define FIN_TEXT 0x81
#define TEXT 1
#define CLOSE 8
#define PING 0x89
#define PONG 10

static struct rig rig;
static struct party cse;

static int set_up(void **state)
{
	rig_init(&rig, NULL);
	return 0;
}

static int tear_down(void **state)
{
	party_close(&rig, &cse);
	rig_deinit(&rig);
	return 0;
}

static void use_acme(struct rig *r)
{
	r->cse.profile = gw_profile_find(GW_STR("acme"));
	r->cse.lacks_own_id_link = true;
}

static int set_up_acme(void **state)
{
	rig_init(&rig, use_acme);
	return 0;
}

static void hurry(struct rig *r)
{
	r->conf.timeouts.connect_ms = 30;
	r->cse.ping_ms = 30;
}

static int set_up_hurried(void **state)
{
	rig_init(&rig, hurry);
	return 0;
}

static void with_authorization(struct rig *r)
{
	static const char *headers[] = { "X-API-Key: k", "X-B:c" };

	(void)snprintf(r->url, sizeof(r->url), "ws://localhost:%u/path?q",
		       r->cse_port);
	r->cse.authorization = "Bearer secret";
	r->cse.headers = (struct gw_conf_texts){ headers, 2 };
}

static int set_up_authorized(void **state)
{
	rig_init(&rig, with_authorization);
	return 0;
}

static void open_link(void)
{
	rig_ask(&rig, "first", "C1");
	party_accept(&rig, &cse);
	party_welcome(&rig, &cse);
	party_expects(&rig, &cse, "\"rqi\":\"first\"");
	party_says(&cse, "{\"rsc\":2000,\"rqi\":\"first\"}");
	rig_is_answered(&rig, 0, "first", GW_STATUS_OK);
}

static void a_request_opens_the_link(void **state)
{
	rig_ask(&rig, "r1", "C1");
	party_accept(&rig, &cse);
	assert_int_equal(strncmp(cse.hello, "GET / HTTP/1.1\r\n", 16), 0);
	assert_non_null(strstr(cse.hello, "\r\nX-M2M-Origin: /id-gw\r\n"));
	assert_non_null(strstr(cse.hello,
			       "\r\nSec-WebSocket-Protocol: oneM2M.json, "
			       "oneM2M.R2.0.json\r\n"));
	assert_null(strstr(cse.hello, "\r\nOrigin:"));
	assert_null(strstr(cse.hello, "Extensions"));
	party_welcome(&rig, &cse);
	party_expects(&rig, &cse, "\"to\":\"cse-in/a\"");
	party_says(&cse, "{\"rsc\":2000,\"rqi\":\"r1\",\"pc\":{\"a\":1.0}}");
	rig_is_answered(&rig, 0, "r1", GW_STATUS_OK);
	assert_string_equal(rig.replies[0].content, "{\"a\":1.0}");
}

static void the_configuration_may_add_a_path_and_credentials(void **state)
{
	rig_ask(&rig, "r1", "C1");
	party_accept(&rig, &cse);
	assert_int_equal(strncmp(cse.hello, "GET /path?q HTTP/1.1\r\n", 22), 0);
	assert_non_null(strstr(cse.hello, "\r\nAuthorization: Bearer secret\r\n"
					  "X-API-Key: k\r\nX-B:c\r\n"));
	assert_non_null(strstr(cse.hello, "\r\nHost: localhost:"));
}

static void a_registree_keeps_the_link_open(void **state)
{
	rig_join(&rig, "C1");
	party_accept(&rig, &cse);
	party_welcome(&rig, &cse);
	party_close(&rig, &cse);
	party_accept(&rig, &cse);
	assert_non_null(strstr(cse.hello, "X-M2M-Origin: /id-gw"));
}

static void awake(struct gw_timer *t)
{
}

/* Turn the loop until the clock has gone on. */
static void let_time_pass(void)
{
	struct gw_timer timer = { .fire = awake };
	int64_t then_ms = gw_loop_now_ms(rig.loop) + 5;

	gw_timer_set(rig.loop, &timer, then_ms);
	rig_until(&rig, gw_loop_now_ms(rig.loop) >= then_ms);
	gw_timer_clear(rig.loop, &timer);
}

static void one_more_request_does_not_put_an_attempt_off(void **state)
{
	struct ws_link *l = NULL;
	int64_t at_ms = 0;

	open_link();
	l = ((struct ws_cse *)gw_relay_cse(rig.relay, 0)->state)->shared;
	party_close(&rig, &cse);
	rig_until(&rig, l->state == WS_LINK_DOWN);
	l->next_ms = gw_loop_now_ms(rig.loop) + 3600000;
	rig_ask(&rig, "a", "C1");
	rig_until(&rig, gw_timer_is_set(&l->timer));
	at_ms = l->timer.at_ms;
	assert_true(at_ms <= gw_loop_now_ms(rig.loop) + 1000);
	let_time_pass();
	rig_ask(&rig, "b", "C1");
	let_time_pass();
	assert_int_equal(l->timer.at_ms, at_ms);
}

static void a_lost_link_fails_what_is_in_flight(void **state)
{
	open_link();
	rig_ask(&rig, "r1", "C1");
	party_expects(&rig, &cse, "r1");
	party_close(&rig, &cse);
	rig_is_answered(&rig, 1, "r1", GW_STATUS_TARGET_NOT_REACHABLE);
	assert_non_null(strstr(rig.replies[1].content,
			       "connection lost before the answer"));
	rig_ask(&rig, "r2", "C1");
	party_accept(&rig, &cse);
	party_welcome(&rig, &cse);
	party_expects(&rig, &cse, "r2");
}

static void a_refused_handshake_fails_what_waits(void **state)
{
	static const char no[] = "HTTP/1.1 403 Forbidden\r\n\r\n";

	rig_ask(&rig, "r1", "C1");
	party_accept(&rig, &cse);
	party_write(&cse, no, sizeof(no) - 1);
	rig_is_answered(&rig, 0, "r1", GW_STATUS_TARGET_NOT_REACHABLE);
	assert_non_null(strstr(rig.replies[0].content, "HTTP 403"));
	party_ends(&rig, &cse);
}

static void a_cse_that_says_nothing_is_given_up(void **state)
{
	rig_ask(&rig, "r1", "C1");
	party_accept(&rig, &cse);
	rig_is_answered(&rig, 0, "r1", GW_STATUS_TARGET_NOT_REACHABLE);
	assert_non_null(strstr(rig.replies[0].content, "took too long"));
	party_ends(&rig, &cse);
}

static void nobody_there_is_5103(void **state)
{
	rig.listen_watch = gw_loop_unwatch(rig.loop, rig.listen_watch);
	(void)shutdown(rig.listen_fd, SHUT_RDWR);
	rig_ask(&rig, "r1", "C1");
	rig_is_answered(&rig, 0, "r1", GW_STATUS_TARGET_NOT_REACHABLE);
	rig_ask(&rig, "r2", "C1");
	rig_is_answered(&rig, 1, "r2", GW_STATUS_TARGET_NOT_REACHABLE);
}

static void the_answer_may_follow_the_handshake_at_once(void **state)
{
	static const char frame[] = "\x89\x02hi";

	rig_ask(&rig, "r1", "C1");
	party_accept(&rig, &cse);
	party_welcome(&rig, &cse);
	party_write(&cse, frame, sizeof(frame) - 1);
	for (int i = 0; i < 2; i++) {
		unsigned opcode = party_hears(&rig, &cse);

		assert_true(opcode == PONG || opcode == TEXT);
		assert_string_equal(opcode == PONG ? cse.text : "hi", "hi");
	}
}

static void many_answers_may_come_at_once_or_byte_by_byte(void **state)
{
	char all[8192];
	size_t n = 0;

	open_link();
	for (int i = 0; i < 50; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "r%d", i);
		rig_ask(&rig, id, "C1");
		n += (size_t)snprintf(all + n + 2, sizeof(all) - n - 2,
				      "{\"rsc\":2000,\"rqi\":\"r%d\"}", i) +
		     2;
	}
	for (int i = 0; i < 50; i++) {
		party_expects(&rig, &cse, "\"op\":2");
	}
	n = 0;
	for (int i = 0; i < 50; i++) {
		size_t len = strlen(all + n + 2);

		all[n] = (char)FIN_TEXT;
		all[n + 1] = (char)len;
		n += len + 2;
	}
	party_write(&cse, all, n / 2);
	for (size_t i = n / 2; i < n; i++) {
		party_write(&cse, all + i, 1);
		if (i % 16 == 0) {
			rig_turn(&rig, rig_deadline_ms(&rig));
		}
	}
	rig_until(&rig, rig.n_replies == 51);
	for (size_t i = 1; i < 51; i++) {
		assert_int_equal(rig.replies[i].status, GW_STATUS_OK);
	}
}

static void a_request_from_the_cse_is_answered_on_the_link(void **state)
{
	open_link();
	party_says(&cse, "{\"op\":2,\"to\":\"/id-gw/gw\",\"fr\":\"/id-in\","
			 "\"rqi\":\"n1\",\"rvi\":\"3\"}");
	party_expects(&rig, &cse, "\"rqi\":\"n1\"");
	assert_non_null(strstr(cse.text, "\"rsc\":"));
}

static void nonsense_is_counted_and_survived(void **state)
{
	open_link();
	party_says(&cse, "WebSocket server is not running");
	party_frame(&cse, 0x82, "\xff\x00\x01", 3);
	party_says(&cse, "{\"rsc\":2000,\"rqi\":\"nobody\"}");
	rig_ask(&rig, "r1", "C1");
	party_expects(&rig, &cse, "r1");
	party_says(&cse, "{\"rsc\":2000,\"rqi\":\"r1\"}");
	rig_is_answered(&rig, 1, "r1", GW_STATUS_OK);
	assert_int_equal(gw_relay_counts(rig.relay)->n_unreadable, 2);
	assert_int_equal(gw_relay_counts(rig.relay)->n_unmatched, 1);
}

static void a_message_that_is_too_large_closes_with_1009(void **state)
{
	/* The length alone is enough. */
	static const unsigned char header[] = { FIN_TEXT, 127, 0, 0, 0,
						0,        1,   0, 0, 0 };

	open_link();
	party_write(&cse, header, sizeof(header));
	assert_int_equal(party_hears(&rig, &cse), CLOSE);
	assert_int_equal(cse.code, 1009);
	party_frame(&cse, 0x88, "\x03\xf1", 2);
	party_ends(&rig, &cse);
}

static void text_that_is_no_utf_8_closes_with_1007(void **state)
{
	static const char text[] = "{\"rsc\":2000,\"rqi\":\"\xff\"}";

	open_link();
	party_frame(&cse, FIN_TEXT, text, sizeof(text) - 1);
	assert_int_equal(party_hears(&rig, &cse), CLOSE);
	assert_int_equal(cse.code, 1007);
}

static void a_goodbye_of_one_byte_closes_with_1002(void **state)
{
	open_link();
	party_frame(&cse, 0x88, "\x03", 1);
	assert_int_equal(party_hears(&rig, &cse), CLOSE);
	assert_int_equal(cse.code, 1002);
}

static void a_broken_frame_closes_with_1002(void **state)
{
	open_link();
	party_write(&cse, "\xf1\x00", 2);
	assert_int_equal(party_hears(&rig, &cse), CLOSE);
	assert_int_equal(cse.code, 1002);
}

static void a_goodbye_is_returned(void **state)
{
	open_link();
	party_frame(&cse, 0x88, "\x03\xe9going", 7);
	assert_int_equal(party_hears(&rig, &cse), CLOSE);
	assert_int_equal(cse.code, 1001);
	party_close(&rig, &cse);
	rig_ask(&rig, "r1", "C1");
	party_accept(&rig, &cse);
}

/* A CSE whose queue is full reads our goodbye much later. */
static void a_goodbye_fails_what_is_in_flight_at_once(void **state)
{
	open_link();
	rig_ask(&rig, "r1", "C1");
	party_expects(&rig, &cse, "r1");
	party_frame(&cse, 0x88, "\x03\xe8", 2);
	rig_is_answered(&rig, 1, "r1", GW_STATUS_TARGET_NOT_REACHABLE);
	rig_ask(&rig, "r2", "C1");
	party_close(&rig, &cse);
	party_accept(&rig, &cse);
}

static void a_silent_cse_is_pinged_and_given_up(void **state)
{
	open_link();
	do {
		party_hears(&rig, &cse);
	} while (cse.opcode != 9);
	party_ends(&rig, &cse);
}

static void draining_answers_what_is_open_and_closes_with_1001(void **state)
{
	open_link();
	rig_ask(&rig, "r1", "C1");
	party_expects(&rig, &cse, "r1");
	gw_relay_drain(rig.relay);
	assert_false(gw_relay_is_drained(rig.relay));
	party_says(&cse, "{\"rsc\":2000,\"rqi\":\"r1\"}");
	rig_is_answered(&rig, 1, "r1", GW_STATUS_OK);
	assert_int_equal(party_hears(&rig, &cse), CLOSE);
	assert_int_equal(cse.code, 1001);
	party_frame(&cse, 0x88, "\x03\xe9", 2);
	rig_until(&rig, gw_relay_is_drained(rig.relay));
}

static void stopping_says_goodbye_although_something_is_open(void **state)
{
	open_link();
	rig_ask(&rig, "r1", "C1");
	party_expects(&rig, &cse, "r1");
	gw_relay_stop(rig.relay);
	assert_int_equal(party_hears(&rig, &cse), CLOSE);
	assert_int_equal(cse.code, 1001);
	rig_is_answered(&rig, 1, "r1", GW_STATUS_TARGET_NOT_REACHABLE);
}

static void each_registree_of_acme_has_a_link_of_its_own(void **state)
{
	struct party own = { .fd = -1 };

	rig_join(&rig, "C1");
	party_accept(&rig, &own);
	assert_non_null(strstr(own.hello, "X-M2M-Origin: C1\r\n"));
	party_welcome(&rig, &own);
	rig_ask(&rig, "r1", "C1");
	party_expects(&rig, &own, "r1");
	/* Who is not registered takes the shared link. */
	rig_ask(&rig, "r2", "C2");
	party_accept(&rig, &cse);
	assert_non_null(strstr(cse.hello, "X-M2M-Origin: /id-gw\r\n"));
	party_welcome(&rig, &cse);
	party_expects(&rig, &cse, "r2");
	/* When it leaves, its link is closed, after the answer. */
	gw_registry_forget(gw_relay_registry(rig.relay),
			   gw_registry_find(gw_relay_registry(rig.relay),
					    gw_relay_cse(rig.relay, 0),
					    GW_STR("C1")));
	party_says(&own, "{\"rsc\":2000,\"rqi\":\"r1\"}");
	rig_is_answered(&rig, 0, "r1", GW_STATUS_OK);
	assert_int_equal(party_hears(&rig, &own), CLOSE);
	assert_int_equal(own.code, 1000);
	party_close(&rig, &own);
}

/* A CSE that does not read while it writes must not stop us from reading. */
static void a_choked_link_is_still_read(void **state)
{
	enum {
		N = 200
	};
	static char text[65536];

	open_link();
	memset(text, ' ', sizeof(text) - 1);
	(void)snprintf(text, sizeof(text),
		       "{\"rsc\":2000,\"rqi\":\"x\",\"pc\":");
	text[strlen(text)] = '"';
	text[65533] = '"';
	text[65534] = '}';
	text[65535] = '\0';
	for (size_t i = 0; i < N; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "r%zu", i);
		rig_ask(&rig, id, "C1");
	}
	for (size_t i = 0; i < 40; i++) {
		party_says(&cse, text);
		rig_turn(&rig, rig_deadline_ms(&rig));
	}
	rig_until(&rig, gw_relay_counts(rig.relay)->n_unmatched == 40);
}

#define CLAIM(test, before) \
	cmocka_unit_test_setup_teardown(test, before, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(a_request_opens_the_link, set_up),
		CLAIM(the_configuration_may_add_a_path_and_credentials,
		      set_up_authorized),
		CLAIM(a_registree_keeps_the_link_open, set_up),
		CLAIM(one_more_request_does_not_put_an_attempt_off, set_up),
		CLAIM(a_lost_link_fails_what_is_in_flight, set_up),
		CLAIM(a_refused_handshake_fails_what_waits, set_up),
		CLAIM(a_cse_that_says_nothing_is_given_up, set_up_hurried),
		CLAIM(nobody_there_is_5103, set_up),
		CLAIM(the_answer_may_follow_the_handshake_at_once, set_up),
		CLAIM(many_answers_may_come_at_once_or_byte_by_byte, set_up),
		CLAIM(a_request_from_the_cse_is_answered_on_the_link, set_up),
		CLAIM(nonsense_is_counted_and_survived, set_up),
		CLAIM(a_message_that_is_too_large_closes_with_1009, set_up),
		CLAIM(text_that_is_no_utf_8_closes_with_1007, set_up),
		CLAIM(a_goodbye_of_one_byte_closes_with_1002, set_up),
		CLAIM(a_broken_frame_closes_with_1002, set_up),
		CLAIM(a_goodbye_is_returned, set_up),
		CLAIM(a_goodbye_fails_what_is_in_flight_at_once, set_up),
		CLAIM(a_silent_cse_is_pinged_and_given_up, set_up_hurried),
		CLAIM(draining_answers_what_is_open_and_closes_with_1001,
		      set_up),
		CLAIM(stopping_says_goodbye_although_something_is_open, set_up),
		CLAIM(each_registree_of_acme_has_a_link_of_its_own,
		      set_up_acme),
		CLAIM(a_choked_link_is_still_read, set_up),
	};

	return cmocka_run_group_tests_name("ws_link", tests, NULL, NULL);
}
