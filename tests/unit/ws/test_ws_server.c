/* Connections of registrees, on real sockets. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "bindings/ws/ws_conn.h"
#include "bindings/ws/ws_context.h"
#include "bindings/ws/ws_knock.h"
#include "bindings/ws/ws_state.h"
#include "core/binding.h"
#include "core/lib/loop.h"
#include "tests/unit/ws/wire_rig.h"

#define TEXT 1
#define CLOSE 8

static struct rig rig;
static struct party guest;
static struct party cse;

static int set_up(void **state)
{
	rig_init(&rig, NULL);
	return 0;
}

static int tear_down(void **state)
{
	party_close(&rig, &guest);
	party_close(&rig, &cse);
	rig_deinit(&rig);
	return 0;
}

static void keep_few(struct rig *r)
{
	r->conf.ws.connections = 2;
	r->conf.limits.share = 1;
}

static int set_up_for_two(void **state)
{
	rig_init(&rig, keep_few);
	return 0;
}

static void keep_few_of_one(struct rig *r)
{
	r->conf.ws.connections_per_address = 1;
}

static int set_up_for_one_address(void **state)
{
	rig_init(&rig, keep_few_of_one);
	return 0;
}

static void hurry(struct rig *r)
{
	r->conf.ws.header_ms = 30;
	r->conf.ws.body_ms = 30;
	r->conf.ws.idle_ms = 30;
}

static int set_up_hurried(void **state)
{
	rig_init(&rig, hurry);
	return 0;
}

static void trust_a_page(struct rig *r)
{
	static const char *pages[] = { "https://good.example" };

	r->conf.ws.allow_origins.at = pages;
	r->conf.ws.allow_origins.n = 1;
}

static int set_up_for_a_page(void **state)
{
	rig_init(&rig, trust_a_page);
	return 0;
}

/* One request, and the status it is refused with; 101 is none. */
static void expect_status(const char *request, unsigned status)
{
	party_connect(&rig, &guest);
	party_write(&guest, request, strlen(request));
	assert_int_equal(party_status(&rig, &guest), status);
	if (status != 101) {
		assert_non_null(strstr(guest.hello, "Content-Length: "));
		party_ends(&rig, &guest);
		assert_true(guest.n_in > 10); // a sentence
	}
	party_close(&rig, &guest);
}

#define LINE "GET /any/path HTTP/1.1\r\n"
#define HOST "Host: gw\r\n"
#define UP "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define ALL LINE HOST UP KEY VERSION
#define PROTOCOL "Sec-WebSocket-Protocol: "

static void what_is_refused_is_told_why(void **state)
{
	expect_status(LINE HOST "\r\n", 426);
	expect_status("POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
		      426);
	expect_status(LINE HOST "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
		      426);
	expect_status(LINE HOST UP KEY "Sec-WebSocket-Version: 8\r\n\r\n", 426);
	expect_status(LINE HOST UP KEY "\r\n", 426);
	expect_status(LINE HOST UP VERSION "\r\n", 400);
	expect_status(LINE HOST UP VERSION "Sec-WebSocket-Key: short\r\n\r\n",
		      400);
	expect_status(LINE UP KEY VERSION "\r\n", 400);
	expect_status(LINE HOST
		      "Upgrade: websocket\r\nConnection: close\r\n" KEY VERSION
		      "\r\n",
		      400);
	expect_status(ALL PROTOCOL "chat\r\n\r\n", 400);
	expect_status(ALL PROTOCOL "oneM2M.xml, oneM2M.CBOR\r\n\r\n", 400);
	expect_status(ALL PROTOCOL "oneM2M.json, a b\r\n\r\n", 400);
	expect_status(ALL PROTOCOL "oneM2M.JSON\r\n\r\n", 400);
	expect_status(ALL "X-M2M-Origin: C 1\r\n\r\n", 400);
	expect_status(ALL "Origin: https://evil.example\r\n\r\n", 403);
	expect_status(ALL PROTOCOL "oneM2M.json,,\r\n\r\n", 101);
	expect_status(ALL "\r\n", 101);
}

/* What libwebsockets would read past. */
static void what_http_refuses_is_refused(void **state)
{
	char text[WS_HEAD_MAX + 64];

	expect_status(ALL "X-M2M-Origin: C1\r\nX-M2M-Origin: C2\r\n\r\n", 400);
	expect_status(ALL HOST "\r\n", 400);
	expect_status("POST / HTTP/1.1\r\n" HOST UP KEY VERSION "\r\n", 400);
	expect_status("GET / HTTP/1.0\r\n" HOST UP KEY VERSION "\r\n", 400);
	expect_status(ALL "X-M2M-: C1\r\n Origin\r\n\r\n", 400);
	expect_status("GET / HTTP/1.1\n" HOST UP KEY VERSION "\n\n", 400);
	expect_status("\x16\x03\x01\x02", 400);
	(void)snprintf(text, sizeof(text), ALL "X-Long: %0*u", WS_HEAD_MAX, 1U);
	expect_status(text, 431);
}

static void a_handshake_may_come_byte_by_byte(void **state)
{
	static const char text[] = ALL "X-M2M-Origin: C1\r\n\r\n";

	party_connect(&rig, &guest);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		party_write(&guest, text + i, 1);
		(void)uv_run(gw_loop_native(rig.loop), UV_RUN_NOWAIT);
	}
	assert_int_equal(party_status(&rig, &guest), 101);
}

/* What follows the handshake at once is not lost, nor is it waited for. */
static void a_message_may_follow_at_once(void **state)
{
	static const char ask[] = "{\"op\":2,\"to\":\"/id-gw/gw\",\"fr\":"
				  "\"C1\",\"rqi\":\"r1\",\"rvi\":\"3\"}";

	party_connect(&rig, &guest);
	party_write(&guest, ALL "\r\n", strlen(ALL "\r\n"));
	party_says(&guest, ask);
	assert_int_equal(party_status(&rig, &guest), 101);
	party_expects(&rig, &guest, "\"rqi\":\"r1\"");
}

static void one_that_leaves_before_its_handshake_is_forgotten(void **state)
{
	party_connect(&rig, &guest);
	party_write(&guest, "GET / HT", 8);
	assert_int_equal(shutdown(guest.fd, SHUT_WR), 0);
	party_ends(&rig, &guest);
}

/* The library finds out when it answers, and tells of the end turns later. */
static void one_that_resets_behind_its_handshake_is_forgotten(void **state)
{
	const struct linger none = { .l_onoff = 1 };

	for (size_t i = 0; i < 3; i++) {
		party_connect(&rig, &guest);
		party_write(&guest, ALL "\r\n", strlen(ALL "\r\n"));
		assert_int_equal(setsockopt(guest.fd, SOL_SOCKET, SO_LINGER,
					    &none, sizeof(none)),
				 0);
		party_close(&rig, &guest);
		party_hello(&rig, &guest, "");
		assert_int_equal(party_status(&rig, &guest), 101);
		party_close(&rig, &guest);
	}
}

static void refuse(struct ws_conn *c, const char *why)
{
	fail_msg("whoever was given up is told: %s", why);
}

/* As the library would close it when it does not like the head, with nobody
 * left to be told when that is done. */
static void what_the_library_gives_up_is_not_spoken_of_later(void **state)
{
	static const struct ws_owner_ops owner = { .refused = refuse };
	const struct ws_state *ws =
		gw_relay_binding(rig.relay, GW_STR("ws"))->state;
	static struct ws_conn c;
	char text[64];
	int ends[2];

	c.owner = &owner;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_null(ws_context_adopt(ws->context, &c, ends[0],
				     GW_STR(ALL PROTOCOL "a/b\r\n\r\n")));
	while (recv(ends[1], text, sizeof(text), MSG_DONTWAIT) != 0) {
		rig_turn(&rig, rig_deadline_ms(&rig));
	}
	(void)close(ends[1]);
	party_hello(&rig, &guest, "");
	assert_int_equal(party_status(&rig, &guest), 101);
}

static void a_page_that_is_allowed_is_let_in(void **state)
{
	expect_status(ALL "Origin: https://good.example\r\n\r\n", 101);
	expect_status(ALL "Origin: https://good.example.evil\r\n\r\n", 403);
	expect_status(ALL "Origin: null\r\n\r\n", 403);
}

static void every_spelling_of_the_subprotocol_is_echoed(void **state)
{
	static const char *const names[] = { "oneM2M.json", "oneM2M.R2.0.json",
					     "onem2m.json",
					     "onem2m.r2.0.json" };
	char line[128];

	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(line, sizeof(line),
			       "Sec-WebSocket-Protocol: chat, %s\r\n",
			       names[i]);
		party_hello(&rig, &guest, line);
		assert_int_equal(party_status(&rig, &guest), 101);
		(void)snprintf(line, sizeof(line),
			       "\r\nSec-WebSocket-Protocol: %s\r\n", names[i]);
		assert_non_null(strstr(guest.hello, line));
		assert_null(strstr(guest.hello, "Extensions"));
		party_close(&rig, &guest);
	}
}

static void one_too_many_is_told_503(void **state)
{
	struct party more[2];

	party_hello(&rig, &guest, "");
	party_hello(&rig, &more[0], "");
	party_hello(&rig, &more[1], "");
	assert_int_equal(party_status(&rig, &guest), 101);
	assert_int_equal(party_status(&rig, &more[0]), 101);
	assert_int_equal(party_status(&rig, &more[1]), 503);
	/* When one leaves there is room again. */
	party_close(&rig, &more[0]);
	party_close(&rig, &more[1]);
	do {
		party_hello(&rig, &more[0], "");
		if (party_status(&rig, &more[0]) == 101) {
			break;
		}
		party_close(&rig, &more[0]);
	} while (true);
	party_close(&rig, &more[0]);
}

static void one_too_many_of_an_address_is_told_503(void **state)
{
	struct party more;

	party_hello(&rig, &guest, "");
	party_hello(&rig, &more, "");
	assert_int_equal(party_status(&rig, &guest), 101);
	assert_int_equal(party_status(&rig, &more), 503);
	party_close(&rig, &more);
}

static void a_slow_handshake_is_cut(void **state)
{
	party_connect(&rig, &guest);
	party_write(&guest, "GET / HT", 8);
	party_ends(&rig, &guest);
}

static void a_slow_message_is_cut_with_1008(void **state)
{
	party_hello(&rig, &guest, "");
	party_frame(&guest, 0x01, "{", 1);
	while (party_hears(&rig, &guest) != CLOSE) {
	}
	assert_int_equal(guest.code, 1008);
}

static void a_silent_guest_is_pinged_and_given_up(void **state)
{
	party_hello(&rig, &guest, "");
	assert_int_equal(party_hears(&rig, &guest), 9);
	party_ends(&rig, &guest);
}

static void a_large_message_is_cut_with_1009(void **state)
{
	char *text = calloc(1, 3 << 20);

	assert_non_null(text);
	party_hello(&rig, &guest, "");
	for (int i = 0; i < 30; i++) {
		party_frame(&guest, i == 0 ? 0x01 : 0x00, text, 60000);
		rig_turn(&rig, rig_deadline_ms(&rig));
	}
	assert_int_equal(party_hears(&rig, &guest), CLOSE);
	assert_int_equal(guest.code, 1009);
	free(text);
}

static void a_request_is_answered_where_it_came_from(void **state)
{
	party_hello(&rig, &guest, "X-M2M-Origin: C1\r\n");
	party_says(&guest, "{\"op\":2,\"to\":\"/id-gw/gw\",\"fr\":\"C1\","
			   "\"rqi\":\"r1\",\"rvi\":\"3\"}");
	party_expects(&rig, &guest, "\"rqi\":\"r1\"");
	party_says(&guest, "{\"op\":2,\"rqi\":\"r2\",\"to\":1}");
	party_expects(&rig, &guest, "\"rsc\":4000");
}

/* Register through us, then be notified by the CSE on the same connection. */
static void a_registree_is_notified_on_its_connection(void **state)
{
	party_hello(&rig, &guest, "X-M2M-Origin: Cae\r\n");
	party_says(&guest,
		   "{\"op\":1,\"to\":\"/id-in\",\"fr\":\"Cae\",\"rqi\":\"r1\","
		   "\"rvi\":\"3\",\"ty\":2,\"pc\":{\"m2m:ae\":{\"rr\":true,"
		   "\"api\":\"N.x\",\"srv\":[\"3\"]}}}");
	party_accept(&rig, &cse);
	party_welcome(&rig, &cse);
	party_expects(&rig, &cse, "\"rqi\":\"r1\"");
	party_says(&cse, "{\"rsc\":2001,\"rqi\":\"r1\",\"rvi\":\"3\",\"pc\":{"
			 "\"m2m:ae\":{\"ri\":\"Cae\",\"aei\":\"Cae\","
			 "\"rn\":\"ae\"}}}");
	party_expects(&rig, &guest, "\"rsc\":2001");
	party_says(&cse, "{\"op\":5,\"to\":\"Cae\",\"fr\":\"/id-in\","
			 "\"rqi\":\"n1\",\"rvi\":\"3\",\"pc\":{\"m2m:sgn\":{"
			 "\"vrq\":true}}}");
	party_expects(&rig, &guest, "\"rqi\":\"n1\"");
	assert_non_null(strstr(guest.text, "{\"m2m:sgn\":{\"vrq\":true}}"));
	party_says(&guest, "{\"rsc\":2000,\"rqi\":\"n1\",\"rvi\":\"3\"}");
	party_expects(&rig, &cse, "\"rsc\":2000");
	/* On a new connection of that name it is still reached. */
	party_close(&rig, &guest);
	party_hello(&rig, &guest, "X-M2M-Origin: Cae\r\n");
	party_says(&cse, "{\"op\":5,\"to\":\"Cae\",\"fr\":\"/id-in\","
			 "\"rqi\":\"n2\",\"rvi\":\"3\",\"pc\":{\"m2m:sgn\":{"
			 "}}}");
	party_expects(&rig, &guest, "\"rqi\":\"n2\"");
	/* Gone before it answered. */
	party_close(&rig, &guest);
	party_expects(&rig, &cse, "\"rqi\":\"n2\"");
	assert_non_null(strstr(cse.text, "\"rsc\":5103"));
}

static void expect_goodbye(const char *payload, size_t len, unsigned code)
{
	party_hello(&rig, &guest, "");
	party_frame(&guest, 0x88, payload, len);
	assert_int_equal(party_hears(&rig, &guest), CLOSE);
	assert_int_equal(guest.code, code);
	party_ends(&rig, &guest);
	party_close(&rig, &guest);
}

static void a_goodbye_that_is_none_is_not_returned(void **state)
{
	expect_goodbye("\x03\xe8", 2, 1000);
	expect_goodbye("\x0b\xb8why", 5, 3000);
	expect_goodbye("\x03", 1, 1002);
	expect_goodbye("\x13\x88", 2, 1002);
	expect_goodbye("\xff\xff", 2, 1002);
	expect_goodbye("\x03\xed", 2, 1002);
	/* The library does not say anything at all to a reason that is no text.
	 */
	party_hello(&rig, &guest, "");
	party_frame(&guest, 0x88, "\x03\xe8\xff", 3);
	party_ends(&rig, &guest);
}

static void text_that_is_no_utf_8_closes_with_1007(void **state)
{
	party_hello(&rig, &guest, "");
	party_frame(&guest, 0x81, "\xff", 1);
	assert_int_equal(party_hears(&rig, &guest), CLOSE);
	assert_int_equal(guest.code, 1007);
}

static void draining_closes_with_1001_and_takes_nobody(void **state)
{
	party_hello(&rig, &guest, "");
	assert_int_equal(party_status(&rig, &guest), 101);
	gw_relay_drain(rig.relay);
	assert_int_equal(party_hears(&rig, &guest), CLOSE);
	assert_int_equal(guest.code, 1001);
	party_frame(&guest, 0x88, "\x03\xe9", 2);
	rig_until(&rig, gw_relay_is_drained(rig.relay));
}

static void stopping_says_goodbye(void **state)
{
	party_hello(&rig, &guest, "");
	assert_int_equal(party_status(&rig, &guest), 101);
	gw_relay_stop(rig.relay);
	assert_int_equal(party_hears(&rig, &guest), CLOSE);
	assert_int_equal(guest.code, 1001);
}

#define CLAIM(test, before) \
	cmocka_unit_test_setup_teardown(test, before, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(what_is_refused_is_told_why, set_up),
		CLAIM(what_http_refuses_is_refused, set_up),
		CLAIM(a_handshake_may_come_byte_by_byte, set_up),
		CLAIM(a_message_may_follow_at_once, set_up),
		CLAIM(one_that_leaves_before_its_handshake_is_forgotten,
		      set_up),
		CLAIM(one_that_resets_behind_its_handshake_is_forgotten,
		      set_up),
		CLAIM(what_the_library_gives_up_is_not_spoken_of_later, set_up),
		CLAIM(a_page_that_is_allowed_is_let_in, set_up_for_a_page),
		CLAIM(every_spelling_of_the_subprotocol_is_echoed, set_up),
		CLAIM(one_too_many_is_told_503, set_up_for_two),
		CLAIM(one_too_many_of_an_address_is_told_503,
		      set_up_for_one_address),
		CLAIM(a_slow_handshake_is_cut, set_up_hurried),
		CLAIM(a_slow_message_is_cut_with_1008, set_up_hurried),
		CLAIM(a_silent_guest_is_pinged_and_given_up, set_up_hurried),
		CLAIM(a_large_message_is_cut_with_1009, set_up),
		CLAIM(a_request_is_answered_where_it_came_from, set_up),
		CLAIM(a_registree_is_notified_on_its_connection, set_up),
		CLAIM(a_goodbye_that_is_none_is_not_returned, set_up),
		CLAIM(text_that_is_no_utf_8_closes_with_1007, set_up),
		CLAIM(draining_closes_with_1001_and_takes_nobody, set_up),
		CLAIM(stopping_says_goodbye, set_up),
	};

	return cmocka_run_group_tests_name("ws_server", tests, NULL, NULL);
}
