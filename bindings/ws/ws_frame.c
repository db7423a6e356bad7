/*
 * Frame - the framing of RFC 6455, section 5, for the client end.
 */

#include "bindings/ws/ws_frame.h"

#include <assert.h>
#include <endian.h>

#include "core/codec/json.h"
#include "core/lib/buf.h"

#define FIN 0x80U
#define RESERVED 0x70U
#define OPCODE 0x0fU
#define MASK 0x80U
#define LENGTH 0x7fU
#define LENGTH_16 126U
#define LENGTH_64 127U
#define CONTROL 0x08U

/* What most messages need before their payload: two bytes, a length of 16
 * bits, the key. */
#define USUAL_HEADER 8

/* Bytes of header needed, as far as those that are there can tell. */
static size_t header_size(const struct ws_reader *r)
{
	size_t n = 2;

	if (r->n_header < n) {
		return n;
	}
	switch (r->header[1] & LENGTH) {
	case LENGTH_16:
		return n + 2;
	case LENGTH_64:
		return n + 8;
	default:
		return n;
	}
}

static bool header_fill(struct ws_reader *r, struct gw_bytes *input)
{
	while (r->n_header < header_size(r)) {
		if (input->len == 0) {
			return false;
		}
		r->header[r->n_header++] = *input->at++;
		input->len--;
	}
	return true;
}

static uint64_t header_length(const struct ws_reader *r)
{
	uint64_t n = 0;

	if (r->n_header == 2) {
		return r->header[1] & LENGTH;
	}
	for (size_t i = 2; i < r->n_header; i++) {
		n = n << 8 | r->header[i];
	}
	return n;
}

static enum ws_code control_begin(struct ws_reader *r)
{
	if (!r->is_final || r->left > WS_CONTROL_MAX) {
		return WS_CODE_PROTOCOL;
	}
	r->n_control = 0;
	return r->opcode <= WS_PONG ? WS_CODE_NONE : WS_CODE_PROTOCOL;
}

static enum ws_code data_begin(struct ws_reader *r)
{
	/* A message begins where none is open, and only there (5.4). */
	if ((r->opcode == WS_CONTINUATION) != r->is_in_message ||
	    r->opcode > WS_BINARY) {
		return WS_CODE_PROTOCOL;
	}
	if (r->opcode != WS_CONTINUATION) {
		r->of_message = r->opcode;
		r->n_message = 0;
	}
	if (r->n_message > r->message_max ||
	    r->left > r->message_max - r->n_message) {
		return WS_CODE_TOO_LARGE;
	}
	r->n_message += r->left;
	r->is_in_message = !r->is_final;
	return WS_CODE_NONE;
}

static enum ws_code frame_begin(struct ws_reader *r)
{
	uint8_t first = r->header[0];

	r->left = header_length(r);
	r->n_header = 0;
	r->is_in_frame = true;
	r->opcode = (enum ws_opcode)(first & OPCODE);
	r->is_final = first & FIN;
	/* No extension was agreed on, and a server does not mask (5.1, 5.2). */
	if ((first & RESERVED) || (r->header[1] & MASK) || r->left >> 63) {
		return WS_CODE_PROTOCOL;
	}
	return first & CONTROL ? control_begin(r) : data_begin(r);
}

/* One that may stand in a close frame (7.4). */
static bool is_code(unsigned code)
{
	if (code >= 3000) {
		return code <= 4999;
	}
	return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
}

/* Nothing, or a code and a reason (5.5.1). */
enum ws_code ws_frame_judge_goodbye(struct gw_bytes payload)
{
	if (payload.len == 0) {
		return WS_CODE_NONE;
	}
	if (payload.len == 1 ||
	    !is_code((unsigned)payload.at[0] << 8 | payload.at[1])) {
		return WS_CODE_PROTOCOL;
	}
	return gw_json_is_utf8(gw_str_skip(gw_str_of(payload), 2))
		       ? WS_CODE_NONE
		       : WS_CODE_TEXT;
}

static enum ws_read control_read(struct ws_reader *r, struct gw_bytes part,
				 struct ws_piece *piece, enum ws_code *codep)
{
	assert(part.len <= sizeof(r->control) - r->n_control);
	if (part.len > 0) {
		memcpy(r->control + r->n_control, part.at, part.len);
		r->n_control += part.len;
	}
	if (r->left > 0) {
		return WS_READ_MORE;
	}
	if (r->opcode == WS_CLOSE) {
		*codep = ws_frame_judge_goodbye(
			(struct gw_bytes){ r->control, r->n_control });
	}
	if (r->opcode == WS_CLOSE && *codep != WS_CODE_NONE) {
		return WS_READ_BROKEN;
	}
	r->is_in_frame = false;
	*piece = (struct ws_piece){
		.opcode = r->opcode,
		.payload = { r->control, r->n_control },
		.ends_frame = true,
		.ends_message = true,
	};
	return WS_READ_PIECE;
}

enum ws_read ws_frame_read(struct ws_reader *r, struct gw_bytes *input,
			   struct ws_piece *piece, enum ws_code *codep)
{
	struct gw_bytes part = { 0 };

	if (!r->is_in_frame) {
		if (!header_fill(r, input)) {
			return WS_READ_MORE;
		}
		*codep = frame_begin(r);
		if (*codep != WS_CODE_NONE) {
			return WS_READ_BROKEN;
		}
	}
	part = *input;
	if (part.len > r->left) {
		part.len = (size_t)r->left;
	}
	if (part.len == 0 && r->left > 0) {
		return WS_READ_MORE;
	}
	input->at += part.len;
	input->len -= part.len;
	r->left -= part.len;
	if (r->opcode & CONTROL) {
		return control_read(r, part, piece, codep);
	}
	r->is_in_frame = r->left > 0;
	*piece = (struct ws_piece){
		.opcode = r->of_message,
		.payload = part,
		.ends_frame = r->left == 0,
		.ends_message = r->left == 0 && r->is_final,
	};
	return WS_READ_PIECE;
}

/* Eight bytes at a time; key is in the order of memory. */
static void mask(uint8_t *at, size_t len, uint32_t key)
{
	uint64_t wide = (uint64_t)key << 32 | key;
	uint8_t bytes[4];

	while (len >= sizeof(wide)) {
		uint64_t word = 0;

		memcpy(&word, at, sizeof(word));
		word ^= wide;
		memcpy(at, &word, sizeof(word));
		at += sizeof(word);
		len -= sizeof(word);
	}
	memcpy(bytes, &key, sizeof(bytes));
	for (size_t i = 0; i < len; i++) {
		at[i] ^= bytes[i & 3];
	}
}

static size_t header_write(uint8_t *at, uint64_t len, enum ws_opcode opcode)
{
	uint16_t len16 = htobe16((uint16_t)len);
	uint64_t len64 = htobe64(len);

	at[0] = (uint8_t)(FIN | (unsigned)opcode);
	if (len < LENGTH_16) {
		at[1] = (uint8_t)(MASK | len);
		return 2;
	}
	if (len <= UINT16_MAX) {
		at[1] = MASK | LENGTH_16;
		memcpy(at + 2, &len16, sizeof(len16));
		return 2 + sizeof(len16);
	}
	at[1] = MASK | LENGTH_64;
	memcpy(at + 2, &len64, sizeof(len64));
	return 2 + sizeof(len64);
}

size_t ws_frame_begin(struct gw_buf *buf)
{
	size_t begin = buf->len;

	if (gw_buf_reserve(buf, USUAL_HEADER)) {
		buf->len += USUAL_HEADER;
	}
	return begin;
}

void ws_frame_end(struct gw_buf *buf, size_t begin, enum ws_opcode opcode,
		  uint32_t key)
{
	uint8_t header[WS_HEADER_MAX];
	size_t len = 0;
	size_t n = 0;

	if (gw_buf_is_short(buf)) {
		return;
	}
	assert(buf->len >= begin + USUAL_HEADER);
	len = buf->len - begin - USUAL_HEADER;
	n = header_write(header, len, opcode);
	memcpy(header + n, &key, sizeof(key));
	n += sizeof(key);
	if (n > USUAL_HEADER && !gw_buf_reserve(buf, n - USUAL_HEADER)) {
		return;
	}
	if (n != USUAL_HEADER) {
		memmove(buf->at + begin + n, buf->at + begin + USUAL_HEADER,
			len);
	}
	memcpy(buf->at + begin, header, n);
	mask(buf->at + begin + n, len, key);
	buf->len = begin + n + len;
}

void ws_frame_close_code(uint8_t at[2], enum ws_code code)
{
	at[0] = (uint8_t)((unsigned)code >> 8);
	at[1] = (uint8_t)code;
}
