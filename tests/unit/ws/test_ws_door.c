/* Which handshakes are let in (RFC 6455 4.2.1, RFC 9112). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "bindings/ws/ws_door.h"
#include "bindings/ws/ws_hello.h"
#include "core/conf.h"
#include "core/lib/buf.h"
#include "core/lib/net.h"

#define LINE "GET /any/path?a=b HTTP/1.1\r\n"
#define HOST "Host: gw\r\n"
#define UP "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define REST HOST UP KEY VERSION
#define ALL LINE REST
#define END "\r\n"

static char name[WS_NAME_MAX + 1];

static struct ws_refusal judged(const char *head, size_t len)
{
	static const struct gw_conf_listen conf;
	static const struct gw_net_end at;

	return ws_door_judge((struct gw_str){ head, len }, &conf, &at, name);
}

#define STATUS(head) judged((head), sizeof(head) - 1).status

static void a_proper_handshake_is_let_in(void **state)
{
	assert_int_equal(STATUS(ALL END), 0);
	assert_string_equal(name, "");
	assert_int_equal(STATUS(ALL "x-m2m-origin: \tCae \r\n" END), 0);
	assert_string_equal(name, "Cae");
	assert_int_equal(STATUS(ALL "X-M2M-Origin: C\r\n" END), 0);
	assert_string_equal(name, "");
	assert_int_equal(STATUS(ALL "X-M2M-Origin:\r\n" END), 0);
	assert_int_equal(STATUS(ALL "Content-Length: 0\r\n" END), 0);
	assert_int_equal(STATUS(ALL "X-Other: a\r\nX-Other: b\r\n" END), 0);
	assert_int_equal(STATUS(LINE HOST
				"Upgrade: WebSocket\r\n"
				"Connection: keep-alive\r\n"
				"Connection: upgrade\r\n" KEY VERSION END),
			 0);
	assert_int_equal(STATUS(ALL
				"Sec-WebSocket-Protocol: chat\r\n"
				"Sec-WebSocket-Protocol: oneM2M.json\r\n" END),
			 0);
}

static void where_hosts_are_named_another_one_is_misdirected(void **state)
{
	static const char head[] = ALL END;
	static const char web_page[] = ALL "Origin: http://evil\r\n" END;
	const char *ours[] = { "gw" };
	const char *others[] = { "other" };
	struct gw_conf_listen conf = { .hosts = { ours, 1 } };
	const struct gw_net_end at = { .port = 8181 };

	assert_int_equal(
		ws_door_judge(gw_str_from(head), &conf, &at, name).status, 0);
	conf.hosts.at = others;
	assert_int_equal(
		ws_door_judge(gw_str_from(head), &conf, &at, name).status, 421);
	assert_int_equal(
		ws_door_judge(gw_str_from(web_page), &conf, &at, name).status,
		403);
}

static void a_header_that_stands_twice_is_refused(void **state)
{
	assert_int_equal(STATUS(ALL "X-M2M-Origin: C1\r\n"
				    "X-M2M-Origin: C2\r\n" END),
			 400);
	assert_int_equal(STATUS(ALL "X-M2M-Origin:\r\nX-M2M-Origin: C\r\n" END),
			 400);
	assert_int_equal(STATUS(ALL HOST END), 400);
	assert_int_equal(STATUS(ALL KEY END), 400);
	assert_int_equal(STATUS(ALL VERSION END), 400);
	assert_int_equal(STATUS(ALL "Upgrade: h2c\r\n" END), 400);
	assert_int_equal(
		STATUS(ALL "Origin: http://a\r\nOrigin: http://a\r\n" END),
		400);
}

static void what_http_would_read_otherwise_is_refused(void **state)
{
	assert_int_equal(STATUS(ALL "X-M2M-Origin: Cv1\0x\r\n" END), 400);
	assert_int_equal(STATUS(ALL "X-Other: a\0\r\n" END), 400);
	assert_int_equal(STATUS(ALL "X-Other: a\rb\r\n" END), 400);
	assert_int_equal(STATUS(ALL "X-M2M-: C1\r\n Origin\r\n" END), 400);
	assert_int_equal(STATUS(ALL "X-M2M-Origin: C1\r\n\tC2\r\n" END), 400);
	assert_int_equal(STATUS(ALL "X-M2M-Origin : C1\r\n" END), 400);
	assert_int_equal(STATUS(ALL ": C1\r\n" END), 400);
	assert_int_equal(STATUS(ALL "X-Other\r\n" END), 400);
	assert_int_equal(STATUS(ALL "X-Other: a\n" END), 400);
	assert_int_equal(STATUS("GET / HTTP/1.1\n" REST END), 400);
	assert_int_equal(STATUS(ALL "\n"), 400);
	assert_int_equal(STATUS(ALL "Content-Length: 5\r\n" END), 400);
	assert_int_equal(STATUS(ALL "Transfer-Encoding: chunked\r\n" END), 400);
}

static void the_request_line_is_that_of_a_handshake(void **state)
{
	assert_int_equal(STATUS("POST / HTTP/1.1\r\n" REST END), 400);
	assert_int_equal(STATUS("get / HTTP/1.1\r\n" REST END), 400);
	assert_int_equal(STATUS("GET / HTTP/1.0\r\n" REST END), 400);
	assert_int_equal(STATUS("GET / HTTP/2.0\r\n" REST END), 505);
	assert_int_equal(STATUS("GET / http/1.1\r\n" REST END), 400);
	assert_int_equal(STATUS("GET /\r\n" REST END), 400);
	assert_int_equal(STATUS("GET  / HTTP/1.1\r\n" REST END), 400);
	assert_int_equal(STATUS("GET / HTTP/1.1 \r\n" REST END), 400);
	assert_int_equal(STATUS("GET /a#b HTTP/1.1\r\n" REST END), 400);
	assert_int_equal(STATUS("GET a HTTP/1.1\r\n" REST END), 400);
	assert_int_equal(STATUS("GET http://gw/ HTTP/1.1\r\n" REST END), 400);
	assert_int_equal(STATUS("G(T / HTTP/1.1\r\n" REST END), 400);
}

static void a_key_is_base64_of_16_bytes(void **state)
{
	static const char *const none[] = {
		"",
		"short",
		"dGhlIHNhbXBsZSBub25jZQ",
		"dGhlIHNhbXBsZSBub25jZQ=x",
		"dGhlIHNhbXBsZSBub25j=Q==",
		"dGhlIHNhb?BsZSBub25jZQ==",
		"dGhlIHNhbXBsZSBub25jZQ===",
		"!!!!!!!!!!!!!!!!!!!!!!!!",
	};
	char head[512];

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		(void)snprintf(head, sizeof(head),
			       LINE HOST UP VERSION
			       "Sec-WebSocket-Key: %s\r\n" END,
			       none[i]);
		assert_int_equal(judged(head, strlen(head)).status, 400);
	}
}

static void a_host_is_named_and_could_be_one(void **state)
{
	assert_int_equal(STATUS(LINE UP KEY VERSION END), 400);
	assert_int_equal(STATUS(LINE "Host:\r\n" UP KEY VERSION END), 400);
	assert_int_equal(STATUS(LINE "Host: a b\r\n" UP KEY VERSION END), 400);
	assert_int_equal(STATUS(LINE "Host: a/b\r\n" UP KEY VERSION END), 400);
	assert_int_equal(STATUS(LINE "Host: a, b\r\n" UP KEY VERSION END), 400);
}

static void a_name_is_one_identifier(void **state)
{
	char head[1024];

	assert_int_equal(STATUS(ALL "X-M2M-Origin: CAE1, CAE2\r\n" END), 400);
	assert_int_equal(STATUS(ALL "X-M2M-Origin: CAE1,CAE2\r\n" END), 400);
	assert_int_equal(STATUS(ALL "X-M2M-Origin: C 1\r\n" END), 400);
	assert_int_equal(STATUS(ALL "X-M2M-Origin: C\xc3\xa9\r\n" END), 400);
	assert_string_equal(name, "");
	(void)snprintf(head, sizeof(head), ALL "X-M2M-Origin: C%0*u\r\n" END,
		       WS_NAME_MAX, 1U);
	assert_int_equal(judged(head, strlen(head)).status, 400);
	(void)snprintf(head, sizeof(head), ALL "X-M2M-Origin: C%0*u\r\n" END,
		       WS_NAME_MAX - 1, 1U);
	assert_int_equal(judged(head, strlen(head)).status, 0);
	assert_int_equal(strlen(name), WS_NAME_MAX);
}

static size_t length_of(const char *text)
{
	return ws_hello_length(gw_str_from(text));
}

static void a_head_ends_with_an_empty_line_of_any_kind(void **state)
{
	assert_int_equal(length_of(""), 0);
	assert_int_equal(length_of("\n"), 0);
	assert_int_equal(length_of("a\r\nb"), 0);
	assert_int_equal(length_of("a\r\n\r"), 0);
	assert_int_equal(length_of("a\r\n\r\n"), 5);
	assert_int_equal(length_of("a\r\n\r\nframes\r\n\r\n"), 5);
	assert_int_equal(length_of("a\n\nb"), 3);
	assert_int_equal(length_of("a\n\r\nb"), 4);
	assert_int_equal(length_of("a\r\n\nb"), 4);
}

static void simplified(const char *head, const char *expected)
{
	struct gw_buf buf;

	gw_buf_init(&buf, 0, 4096);
	ws_hello_simplify(&buf, gw_str_from(head));
	gw_buf_add_char(&buf, '\0');
	assert_string_equal((const char *)gw_buf_bytes(&buf).at, expected);
	gw_buf_deinit(&buf);
}

#define SIMPLE                   \
	"GET / HTTP/1.1\r\n"     \
	"Host: m2mgate\r\n"      \
	"Upgrade: websocket\r\n" \
	"Connection: Upgrade\r\n" VERSION KEY

static void the_library_gets_what_makes_a_handshake(void **state)
{
	simplified(ALL "X-Auth: a\r\nA: b\r\nSec-WebSocket-Protoco: c\r\n" END,
		   SIMPLE END);
	simplified(ALL "Sec-WebSocket-Extensions: permessage-deflate\r\n"
		       "sec-websocket-protocol: ,a/b\r\n"
		       "Sec-WebSocket-Protocol: \r\n"
		       "Sec-WebSocket-Protocol: c, oneM2M.cbor, oneM2M.json\r\n"
		       "Sec-WebSocket-Protocol: oneM2M.json\r\n" END,
		   SIMPLE "Sec-WebSocket-Protocol: oneM2M.cbor\r\n" END);
}

/* Cut anywhere, or without its end, a head is refused and nothing is read
 * beyond it. */
static void a_head_may_be_cut_anywhere(void **state)
{
	static const char head[] = ALL "X-M2M-Origin: C1\r\n" END;

	for (size_t i = 0; i < sizeof(head) - 1; i++) {
		char *cut = test_malloc(i + 1);

		memcpy(cut, head, i);
		assert_int_not_equal(judged(cut, i).status, 0);
		test_free(cut);
	}
}

static void a_refusal_says_what_to_do(void **state)
{
	char text[WS_DOOR_TEXT_BYTES];
	const struct ws_refusal old = { 426, "why" };

	text[ws_door_print(text, old)] = '\0';
	assert_non_null(strstr(text, "HTTP/1.1 426 Upgrade Required\r\n"));
	assert_non_null(strstr(text, "Sec-WebSocket-Version: 13\r\n"));
	assert_non_null(strstr(text, "\r\n\r\nwhy\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_proper_handshake_is_let_in),
		cmocka_unit_test(
			where_hosts_are_named_another_one_is_misdirected),
		cmocka_unit_test(a_header_that_stands_twice_is_refused),
		cmocka_unit_test(what_http_would_read_otherwise_is_refused),
		cmocka_unit_test(the_request_line_is_that_of_a_handshake),
		cmocka_unit_test(a_key_is_base64_of_16_bytes),
		cmocka_unit_test(a_host_is_named_and_could_be_one),
		cmocka_unit_test(a_name_is_one_identifier),
		cmocka_unit_test(a_head_ends_with_an_empty_line_of_any_kind),
		cmocka_unit_test(the_library_gets_what_makes_a_handshake),
		cmocka_unit_test(a_head_may_be_cut_anywhere),
		cmocka_unit_test(a_refusal_says_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
