/*
 * Hello - the head of a handshake as a registree wrote it (RFC 6455 4.2.1).
 */

#include "bindings/ws/ws_hello.h"

#include <assert.h>

#include "bindings/ws/ws_map.h"
#include "core/lib/buf.h"

size_t ws_hello_length(struct gw_str received)
{
	for (size_t i = 1; i < received.len; i++) {
		bool is_empty_line = received.at[i] == '\n' &&
				     (received.at[i - 1] == '\n' ||
				      (i > 1 && received.at[i - 1] == '\r' &&
				       received.at[i - 2] == '\n'));

		if (is_empty_line) {
			return i + 1;
		}
	}
	return 0;
}

/* Cut a line without its end off the front; absent when that is no CRLF. */
static struct gw_str line_cut(struct gw_str *rest)
{
	size_t n = gw_str_find(*rest, '\n');
	struct gw_str line = gw_str_head(*rest, n);

	if (n == rest->len || n == 0 || line.at[n - 1] != '\r') {
		return (struct gw_str){ 0 };
	}
	*rest = gw_str_skip(*rest, n + 1);
	line.len--;
	return line;
}

static bool has_controls(struct gw_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if ((c < ' ' && c != '\t') || c == 0x7f) {
			return true;
		}
	}
	return false;
}

/* Where a header that may stand only once is kept; NULL for all others. */
static struct gw_str *field_of(struct ws_hello *h, struct gw_str name)
{
	const struct {
		struct gw_str name;
		struct gw_str *value;
	} fields[] = {
		{ GW_STR("Host"), &h->host },
		{ GW_STR("Upgrade"), &h->upgrade },
		{ GW_STR("Sec-WebSocket-Key"), &h->key },
		{ GW_STR("Sec-WebSocket-Version"), &h->ws_version },
		{ GW_STR("Origin"), &h->web_origin },
		{ GW_STR("X-M2M-Origin"), &h->name },
		{ GW_STR("Content-Length"), &h->length },
		{ GW_STR("Transfer-Encoding"), &h->coding },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (gw_str_eq_nocase(name, fields[i].name)) {
			return fields[i].value;
		}
	}
	return NULL;
}

static void take_list(struct ws_hello *h, struct gw_str name,
		      struct gw_str value)
{
	struct gw_str rest = value;

	if (gw_str_eq_nocase(name, GW_STR("Sec-WebSocket-Protocol"))) {
		h->has_protocol = h->has_protocol || value.len > 0;
		if (!gw_str_is_present(h->protocol)) {
			h->protocol = ws_map_known(value);
		}
	}
	if (gw_str_eq_nocase(name, GW_STR("Connection"))) {
		while (gw_str_is_present(rest)) {
			h->is_upgrade = gw_str_eq_nocase(ws_map_element(&rest),
							 GW_STR("upgrade")) ||
					h->is_upgrade;
		}
	}
}

static const char *take_field(struct ws_hello *h, struct gw_str line)
{
	struct gw_str value = line;
	struct gw_str name = gw_str_cut(&value, ':');
	struct gw_str *field = NULL;

	if (!gw_str_is_present(value) || !gw_str_is_token(name)) {
		return "A header is folded or has no proper name.";
	}
	if (has_controls(value)) {
		return "A header holds control characters.";
	}
	value = gw_str_trim(value);
	field = field_of(h, name);
	if (field && gw_str_is_present(*field)) {
		return "A header stands twice.";
	}
	if (field) {
		*field = value.len > 0 ? value : GW_STR("");
	} else {
		take_list(h, name, value);
	}
	return NULL;
}

static bool take_request_line(struct ws_hello *h, struct gw_str line)
{
	h->method = gw_str_cut(&line, ' ');
	h->target = gw_str_cut(&line, ' ');
	h->version = line;
	for (size_t i = 0; i < h->target.len; i++) {
		if (h->target.at[i] < '!' || h->target.at[i] > '~' ||
		    h->target.at[i] == '#') {
			return false;
		}
	}
	return gw_str_is_token(h->method) && h->target.len > 0 &&
	       h->version.len == sizeof("HTTP/1.1") - 1 &&
	       gw_str_starts(h->version, GW_STR("HTTP/")) &&
	       !has_controls(h->version);
}

const char *ws_hello_read(struct ws_hello *h, struct gw_str head)
{
	struct gw_str rest = head;
	struct gw_str line = line_cut(&rest);
	const char *why = NULL;

	*h = (struct ws_hello){ 0 };
	if (!gw_str_is_present(line) || !take_request_line(h, line)) {
		return "The request line is ill-formed.";
	}
	while (!why) {
		line = line_cut(&rest);
		if (!gw_str_is_present(line)) {
			return "A line does not end with CRLF.";
		}
		if (line.len == 0) {
			return NULL;
		}
		why = take_field(h, line);
	}
	return why;
}

void ws_hello_simplify(struct gw_buf *to, struct gw_str head)
{
	struct ws_hello h;
	const char *why = ws_hello_read(&h, head);

	assert(!why);
	gw_buf_lit(to, "GET / HTTP/1.1\r\n"
		       "Host: m2mgate\r\n"
		       "Upgrade: websocket\r\n"
		       "Connection: Upgrade\r\n"
		       "Sec-WebSocket-Version: 13\r\n"
		       "Sec-WebSocket-Key: ");
	gw_buf_add_str(to, h.key);
	if (gw_str_is_present(h.protocol)) {
		gw_buf_lit(to, "\r\nSec-WebSocket-Protocol: ");
		gw_buf_add_str(to, h.protocol);
	}
	gw_buf_lit(to, "\r\n\r\n");
}
