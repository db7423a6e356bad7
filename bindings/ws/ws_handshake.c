/*
 * Handshake - how a link begins (TS-0020 6.2.2, RFC 6455 4.1).
 */

#include "bindings/ws/ws_handshake.h"

#include <errno.h>
#include <stdio.h>

#include <libwebsockets.h>

#include "bindings/ws/ws_map.h"
#include "bindings/ws/ws_url.h"
#include "core/conf.h"
#include "core/lib/buf.h"

#define SHA1_BYTES 20
#define ACCEPT_BYTES 40 // more than its base64 and a terminator need
#define SWITCHING 101

/* The headers of an answer that decide. */
struct answer {
	unsigned status;
	struct gw_str upgrade;
	struct gw_str connection;
	struct gw_str accept;
	struct gw_str protocol;
	struct gw_str extensions;
};

void ws_handshake_key(char key[WS_KEY_BYTES],
		      const uint8_t nonce[WS_NONCE_BYTES])
{
	(void)lws_b64_encode_string((const char *)nonce, WS_NONCE_BYTES, key,
				    WS_KEY_BYTES);
}

bool ws_handshake_is_clean(struct gw_str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if (c < ' ' || c == 0x7f) {
			return false;
		}
	}
	return true;
}

static void header(struct gw_buf *buf, const char *name, struct gw_str value)
{
	if (gw_str_is_present(value) && ws_handshake_is_clean(value)) {
		gw_buf_add_str(buf, gw_str_from(name));
		gw_buf_lit(buf, ": ");
		gw_buf_add_str(buf, value);
		gw_buf_lit(buf, "\r\n");
	}
}

char *ws_handshake_headers(const struct gw_conf_cse *conf)
{
	struct gw_buf lines;
	char *text = NULL;

	gw_buf_init(&lines, 0, WS_HEADERS_MAX);
	header(&lines, "Authorization", gw_str_from(conf->authorization));
	for (size_t i = 0; i < conf->headers.n; i++) {
		struct gw_str line = gw_str_from(conf->headers.at[i]);

		if (ws_handshake_is_clean(line)) {
			gw_buf_add_str(&lines, line);
			gw_buf_lit(&lines, "\r\n");
		}
	}
	if (!gw_buf_is_short(&lines)) {
		text = gw_str_dup(gw_buf_str(&lines));
	}
	gw_buf_deinit(&lines);
	return text;
}

void ws_handshake_ask(struct gw_buf *buf, const struct ws_dial *dial,
		      const char *key)
{
	gw_buf_lit(buf, "GET ");
	gw_buf_add_str(buf, dial->url->path);
	gw_buf_lit(buf, " HTTP/1.1\r\n");
	header(buf, "Host", dial->url->authority);
	gw_buf_lit(buf, "Upgrade: websocket\r\n"
			"Connection: Upgrade\r\n"
			"Sec-WebSocket-Version: 13\r\n");
	header(buf, "Sec-WebSocket-Protocol",
	       gw_str_from(ws_map_offer(dial->media)));
	header(buf, "Sec-WebSocket-Key", gw_str_from(key));
	header(buf, "X-M2M-Origin", dial->origin);
	gw_buf_add_str(buf, dial->headers);
	gw_buf_lit(buf, "\r\n");
}

/* "HTTP/1.1 101 Switching Protocols" */
static unsigned status_of(struct gw_str line)
{
	static const struct gw_str version = { "HTTP/1.1 ", 9 };
	uint64_t status = 0;

	if (!gw_str_starts(line, version)) {
		return 0;
	}
	line = gw_str_skip(line, version.len);
	if (!gw_str_number(&status, gw_str_head(line, gw_str_find(line, ' ')),
			   999)) {
		return 0;
	}
	return (unsigned)status;
}

static struct gw_str line_cut(struct gw_str *rest)
{
	struct gw_str line = gw_str_cut(rest, '\n');

	if (line.len > 0 && line.at[line.len - 1] == '\r') {
		line.len--;
	}
	return line;
}

static bool has_token(struct gw_str list, struct gw_str wanted)
{
	while (gw_str_is_present(list)) {
		if (gw_str_eq_nocase(ws_map_element(&list), wanted)) {
			return true;
		}
	}
	return false;
}

/* Where a header of interest is kept; NULL for all others. */
static struct gw_str *field_of(struct answer *a, struct gw_str name)
{
	const struct {
		struct gw_str name;
		struct gw_str *value;
	} fields[] = {
		{ GW_STR("Upgrade"), &a->upgrade },
		{ GW_STR("Connection"), &a->connection },
		{ GW_STR("Sec-WebSocket-Accept"), &a->accept },
		{ GW_STR("Sec-WebSocket-Protocol"), &a->protocol },
		{ GW_STR("Sec-WebSocket-Extensions"), &a->extensions },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (gw_str_eq_nocase(name, fields[i].name)) {
			return fields[i].value;
		}
	}
	return NULL;
}

/* False when a header that may stand only once stands twice. */
static bool field_take(struct answer *a, struct gw_str line)
{
	struct gw_str *field = field_of(a, gw_str_cut(&line, ':'));
	bool is_first = !field || !gw_str_is_present(*field);

	if (field) {
		*field = gw_str_trim(line);
	}
	return is_first;
}

static bool accepts(struct gw_str accept, const char *key)
{
	char text[WS_KEY_BYTES + 40];
	unsigned char hash[SHA1_BYTES];
	char wanted[ACCEPT_BYTES];
	int len = snprintf(text, sizeof(text),
			   "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);

	lws_SHA1((const unsigned char *)text, (size_t)len, hash);
	(void)lws_b64_encode_string((const char *)hash, SHA1_BYTES, wanted,
				    sizeof(wanted));
	return gw_str_is(accept, wanted);
}

static bool is_offered(struct gw_str name, enum gw_media offered)
{
	return has_token(gw_str_from(ws_map_offer(offered)), name) &&
	       ws_map_media(name) != GW_MEDIA_NONE;
}

/* NULL when the answer opens the link (RFC 6455 4.1, the six checks). */
static const char *objection(const struct answer *a, const char *key,
			     enum gw_media offered)
{
	if (!gw_str_eq_nocase(a->upgrade, GW_STR("websocket")) ||
	    !has_token(a->connection, GW_STR("upgrade"))) {
		return "the answer to the handshake is no upgrade";
	}
	if (!accepts(a->accept, key)) {
		return "Sec-WebSocket-Accept does not fit";
	}
	if (gw_str_is_present(a->extensions)) {
		return "the peer uses an extension that was not offered";
	}
	/* tinyIoT names none, and speaks JSON. */
	if (gw_str_is_present(a->protocol) &&
	    !is_offered(a->protocol, offered)) {
		return "the peer chose a subprotocol that was not offered";
	}
	return NULL;
}

static void judge(struct ws_verdict *verdict, struct gw_str head,
		  const char *key, enum gw_media offered)
{
	struct answer a = { 0 };
	const char *why = NULL;

	a.status = status_of(line_cut(&head));
	if (a.status != SWITCHING) {
		(void)snprintf(verdict->reason, sizeof(verdict->reason),
			       a.status ? "the handshake was refused with "
					  "HTTP %u"
					: "the answer is not HTTP/1.1",
			       a.status);
		return;
	}
	while (gw_str_is_present(head) && !why) {
		if (!field_take(&a, line_cut(&head))) {
			why = "a header of the handshake stands twice";
		}
	}
	why = why ? why : objection(&a, key, offered);
	verdict->media = gw_str_is_present(a.protocol)
				 ? ws_map_media(a.protocol)
				 : GW_MEDIA_JSON;
	(void)snprintf(verdict->reason, sizeof(verdict->reason), "%s",
		       why ? why : "");
}

int ws_handshake_judge(struct ws_verdict *verdict, struct gw_str received,
		       const char *key, enum gw_media offered)
{
	static const char mark[] = "\r\n\r\n";
	const char *end = received.len ? memmem(received.at, received.len, mark,
						sizeof(mark) - 1)
				       : NULL;

	*verdict = (struct ws_verdict){ 0 };
	if (!end) {
		if (received.len < WS_ANSWER_MAX) {
			return -EAGAIN;
		}
		(void)snprintf(verdict->reason, sizeof(verdict->reason),
			       "the answer to the handshake is too long");
		return 0;
	}
	verdict->n_used = (size_t)(end - received.at) + sizeof(mark) - 1;
	judge(verdict, gw_str_head(received, (size_t)(end - received.at)), key,
	      offered);
	return 0;
}
