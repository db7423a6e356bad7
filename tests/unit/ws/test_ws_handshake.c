/* The handshake of the client end (TS-0020 6.2.2, RFC 6455 4.1). */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/ws/ws_handshake.h"
#include "bindings/ws/ws_url.h"
#include "core/lib/buf.h"

/* The example of RFC 6455 1.3. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define SWITCHING "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADE "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
#define GOOD SWITCHING UPGRADE ACCEPT

static struct ws_verdict judged(const char *answer)
{
	struct ws_verdict verdict;

	assert_int_equal(ws_handshake_judge(&verdict, gw_str_from(answer), KEY,
					    GW_MEDIA_JSON),
			 0);
	return verdict;
}

static void expect_refused(const char *answer, const char *why)
{
	struct ws_verdict verdict = judged(answer);

	assert_non_null(strstr(verdict.reason, why));
}

static void the_request_is_what_the_clause_asks_for(void **state)
{
	struct ws_dial dial = {
		.origin = GW_STR("/id-gw"),
		.headers = GW_STR("Authorization: Bearer x\r\nX-Key: y\r\n"),
	};
	struct ws_url url;
	struct gw_buf buf;

	assert_true(ws_url_parse(&url, GW_STR("ws://cse.example:8180")));
	dial.url = &url;
	gw_buf_init(&buf, 0, 4096);
	ws_handshake_ask(&buf, &dial, KEY);
	gw_buf_add_char(&buf, '\0');
	assert_string_equal(
		(const char *)gw_buf_bytes(&buf).at,
		"GET / HTTP/1.1\r\n"
		"Host: cse.example:8180\r\n"
		"Upgrade: websocket\r\n"
		"Connection: Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Protocol: oneM2M.json, oneM2M.R2.0.json\r\n"
		"Sec-WebSocket-Key: " KEY "\r\n"
		"X-M2M-Origin: /id-gw\r\n"
		"Authorization: Bearer x\r\n"
		"X-Key: y\r\n"
		"\r\n");
	gw_buf_deinit(&buf);
}

static void a_value_cannot_add_a_header(void **state)
{
	struct ws_dial dial = { .origin = GW_STR("C1\r\nX: y") };
	struct ws_url url;
	struct gw_buf buf;

	assert_true(ws_url_parse(&url, GW_STR("ws://h")));
	dial.url = &url;
	gw_buf_init(&buf, 0, 4096);
	ws_handshake_ask(&buf, &dial, KEY);
	gw_buf_add_char(&buf, '\0');
	assert_null(strstr((const char *)gw_buf_bytes(&buf).at, "X: y"));
	gw_buf_deinit(&buf);
}

static void a_proper_answer_opens_the_link(void **state)
{
	struct ws_verdict verdict = judged(
		GOOD "Sec-WebSocket-Protocol: oneM2M.json\r\n\r\nframes");

	assert_string_equal(verdict.reason, "");
	assert_int_equal(verdict.n_used, sizeof(GOOD "Sec-WebSocket-Protocol: "
						     "oneM2M.json\r\n\r\n") -
						 1);
	assert_string_equal(judged(GOOD "\r\n").reason, "");
	assert_string_equal(judged(GOOD "sec-websocket-protocol:  "
					"oneM2M.R2.0.json \r\n\r\n")
				    .reason,
			    "");
}

static enum gw_media chosen(const char *protocol, enum gw_media offered)
{
	struct ws_verdict verdict;
	char answer[512];

	(void)snprintf(answer, sizeof(answer),
		       GOOD "Sec-WebSocket-Protocol: %s\r\n\r\n", protocol);
	assert_int_equal(
		ws_handshake_judge(&verdict, gw_str_from(answer), KEY, offered),
		0);
	return verdict.reason[0] ? GW_MEDIA_NONE : verdict.media;
}

static void the_peer_chooses_among_what_was_offered(void **state)
{
	assert_int_equal(chosen("oneM2M.json", GW_MEDIA_JSON), GW_MEDIA_JSON);
	assert_int_equal(chosen("oneM2M.cbor", GW_MEDIA_JSON), GW_MEDIA_NONE);
	assert_int_equal(chosen("oneM2M.cbor", GW_MEDIA_CBOR), GW_MEDIA_CBOR);
	assert_int_equal(chosen("oneM2M.R2.0.cbor", GW_MEDIA_CBOR),
			 GW_MEDIA_CBOR);
	assert_int_equal(chosen("oneM2M.json", GW_MEDIA_CBOR), GW_MEDIA_JSON);
	assert_int_equal(judged(GOOD "\r\n").media, GW_MEDIA_JSON);
}

static void half_an_answer_is_waited_for(void **state)
{
	const char *all = GOOD "\r\n";
	struct ws_verdict verdict;

	for (size_t n = 0; n < strlen(all); n++) {
		assert_int_equal(
			ws_handshake_judge(&verdict,
					   gw_str_head(gw_str_from(all), n),
					   KEY, GW_MEDIA_JSON),
			-EAGAIN);
	}
}

static void an_endless_answer_is_not(void **state)
{
	char *text = malloc(WS_ANSWER_MAX + 1);
	struct ws_verdict verdict;

	assert_non_null(text);
	memset(text, 'x', WS_ANSWER_MAX);
	text[WS_ANSWER_MAX] = '\0';
	verdict = judged(text);
	assert_string_not_equal(verdict.reason, "");
	free(text);
}

static void other_answers_are_refused_with_a_reason(void **state)
{
	expect_refused("HTTP/1.1 403 Forbidden\r\n\r\n", "HTTP 403");
	expect_refused("HTTP/1.1 200 OK\r\n\r\n", "HTTP 200");
	expect_refused("SSH-2.0-OpenSSH\r\n\r\n", "not HTTP");
	expect_refused("HTTP/1.1 abc\r\n\r\n", "not HTTP");
	expect_refused(SWITCHING ACCEPT "\r\n", "no upgrade");
	expect_refused(SWITCHING
		       "Upgrade: h2c\r\nConnection: Upgrade\r\n" ACCEPT "\r\n",
		       "no upgrade");
	expect_refused(SWITCHING UPGRADE "\r\n", "Accept");
	expect_refused(SWITCHING UPGRADE
		       "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"
		       "\r\n",
		       "Accept");
	expect_refused(GOOD ACCEPT "\r\n", "twice");
	expect_refused(GOOD "Sec-WebSocket-Protocol: chat\r\n\r\n",
		       "subprotocol");
	expect_refused(GOOD "Sec-WebSocket-Protocol: \r\n\r\n", "subprotocol");
	expect_refused(GOOD
		       "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
		       "extension");
}

static void a_key_is_the_base64_of_its_nonce(void **state)
{
	char key[WS_KEY_BYTES];

	ws_handshake_key(key, (const uint8_t *)"the sample nonce");
	assert_string_equal(key, KEY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_request_is_what_the_clause_asks_for),
		cmocka_unit_test(a_value_cannot_add_a_header),
		cmocka_unit_test(a_proper_answer_opens_the_link),
		cmocka_unit_test(the_peer_chooses_among_what_was_offered),
		cmocka_unit_test(half_an_answer_is_waited_for),
		cmocka_unit_test(an_endless_answer_is_not),
		cmocka_unit_test(other_answers_are_refused_with_a_reason),
		cmocka_unit_test(a_key_is_the_base64_of_its_nonce),
	};

	return cmocka_run_group_tests_name("ws_handshake", tests, NULL, NULL);
}
