/*
 * Wire - one message as it was written or read.
 */

#include "core/lib/wire.h"

#include "core/lib/buf.h"
#include "core/lib/log.h"

#define MESSAGE_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* Whether the text holds the piece in capitals or small letters. */
static bool has(struct gw_str text, const char *piece)
{
	struct gw_str wanted = gw_str_from(piece);

	for (size_t i = 0; i + wanted.len <= text.len; i++) {
		struct gw_str here = { text.at + i, wanted.len };

		if (gw_str_eq_nocase(here, wanted)) {
			return true;
		}
	}
	return false;
}

/* Whether a header or option with this name is for nobody else's eyes. */
static bool is_secret(struct gw_str name)
{
	static const char *const secrets[] = { "authorization", "cookie",
					       "tkns",          "token",
					       "secret",        "password",
					       "apikey",        "api-key" };

	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
		if (has(name, secrets[i])) {
			return true;
		}
	}
	return false;
}

/* The name may be written with escapes; small letters are \u0061 to \u007a. */
static bool may_have_tokens(struct gw_str body)
{
	return has(body, "tkns") || has(body, "\\u006") || has(body, "\\u007");
}

/* CBOR and the like begin with bytes that no text has, or hold some. */
static bool is_text(struct gw_bytes body)
{
	for (size_t i = 0; i < body.len; i++) {
		uint8_t c = body.at[i];

		if ((c < ' ' && c != '\n' && c != '\r' && c != '\t') ||
		    c == 0x7f || (i == 0 && c >= 0x80 && c != 0xef)) {
			return false;
		}
	}
	return true;
}

static void put_line(struct gw_buf *to, struct gw_str line)
{
	size_t n = gw_str_find(line, ':');

	if (n < line.len && is_secret(gw_str_head(line, n))) {
		gw_buf_add_str(to, gw_str_head(line, n));
		gw_buf_lit(to, ": (not shown)");
	} else {
		gw_buf_add_str(to, line);
	}
}

static void put_head(struct gw_buf *to, struct gw_str head)
{
	while (gw_str_is_present(head)) {
		struct gw_str line = gw_str_cut(&head, '\n');

		if (line.len > 0 && line.at[line.len - 1] == '\r') {
			line.len--;
		}
		if (line.len > 0 && to->len > 0) {
			gw_buf_lit(to, "\n");
		}
		put_line(to, line);
	}
}

static void put_body(struct gw_buf *to, struct gw_bytes body)
{
	if (body.len == 0) {
		return;
	}
	if (to->len > 0) {
		gw_buf_lit(to, "\n\n");
	}
	if (may_have_tokens(gw_str_of(body))) {
		gw_buf_print(to, "%zu bytes that may hold tokens", body.len);
	} else if (!is_text(body)) {
		gw_buf_print(to, "%zu bytes that are no text", body.len);
	} else {
		gw_buf_add(to, body.at, body.len);
	}
}

bool gw_wire_is_watched(void)
{
	return gw_log_wants(GW_LOG_DEBUG);
}

void gw_wire_tell(const struct gw_wire *wire)
{
	struct gw_buf text;

	if (!gw_wire_is_watched()) {
		return;
	}
	gw_buf_init(&text, 0, MESSAGE_BYTES_MAX);
	put_head(&text, wire->head);
	put_body(&text, wire->body);
	gw_buf_add_char(&text, '\0');
	if (!gw_buf_is_short(&text)) {
		gw_log_tell(&(struct gw_log_record){
			.level = GW_LOG_DEBUG,
			.topic = wire->topic,
			.event = wire->is_received ? "received" : "sent",
			.message = (const char *)gw_buf_bytes(&text).at,
		});
	}
	gw_buf_deinit(&text);
}
