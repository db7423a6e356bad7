/* Frames of RFC 6455, as a client reads and writes them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bindings/ws/ws_frame.h"
#include "core/lib/buf.h"

#define BYTES(...)                                            \
	((struct gw_bytes){ (const uint8_t[]){ __VA_ARGS__ }, \
			    sizeof((const uint8_t[]){ __VA_ARGS__ }) })

static struct ws_reader reader(void)
{
	return (struct ws_reader){ .message_max = 1 << 20 };
}

static void expect_broken(struct gw_bytes input, enum ws_code wanted)
{
	struct ws_reader r = reader();
	struct ws_piece piece;
	enum ws_code code = WS_CODE_NONE;
	enum ws_read read = WS_READ_PIECE;

	while (read == WS_READ_PIECE) {
		read = ws_frame_read(&r, &input, &piece, &code);
	}
	assert_int_equal(read, WS_READ_BROKEN);
	assert_int_equal(code, wanted);
}

static void a_whole_frame_is_a_slice_of_the_input(void **state)
{
	struct gw_bytes input = BYTES(0x81, 3, 'a', 'b', 'c', 0x81, 1, 'd');
	const uint8_t *begin = input.at;
	struct ws_reader r = reader();
	struct ws_piece piece;
	enum ws_code code;

	assert_int_equal(ws_frame_read(&r, &input, &piece, &code),
			 WS_READ_PIECE);
	assert_ptr_equal(piece.payload.at, begin + 2);
	assert_int_equal(piece.payload.len, 3);
	assert_int_equal(piece.opcode, WS_TEXT);
	assert_true(piece.ends_message);
	assert_int_equal(ws_frame_read(&r, &input, &piece, &code),
			 WS_READ_PIECE);
	assert_int_equal(piece.payload.len, 1);
	assert_int_equal(ws_frame_read(&r, &input, &piece, &code),
			 WS_READ_MORE);
	assert_int_equal(input.len, 0);
}

/* What was read so far. */
struct seen {
	char text[8];
	size_t n_pings;
	size_t n_frames;
	size_t n_messages;
};

static void note(struct seen *seen, const struct ws_piece *piece)
{
	if (piece->opcode == WS_PING) {
		seen->n_pings++;
		assert_int_equal(piece->payload.at[0], 'p');
		return;
	}
	assert_int_equal(piece->opcode, WS_BINARY);
	strncat(seen->text, (const char *)piece->payload.at,
		piece->payload.len);
	seen->n_frames += piece->ends_frame;
	seen->n_messages += piece->ends_message;
}

/* Two fragments with a ping between them, byte by byte. */
static void fragments_and_control_frames_interleave(void **state)
{
	struct gw_bytes all = BYTES(0x02, 2, 'a', 'b', 0x89, 1, 'p', 0x80, 126,
				    0, 1, 'c');
	struct ws_reader r = reader();
	struct seen seen = { .n_pings = 0 };
	struct ws_piece piece;
	enum ws_code code;

	for (size_t i = 0; i < all.len; i++) {
		struct gw_bytes one = { all.at + i, 1 };

		while (ws_frame_read(&r, &one, &piece, &code) ==
		       WS_READ_PIECE) {
			note(&seen, &piece);
		}
	}
	assert_string_equal(seen.text, "abc");
	assert_int_equal(seen.n_pings, 1);
	assert_int_equal(seen.n_frames, 2);
	assert_int_equal(seen.n_messages, 1);
}

static void empty_frames_are_frames(void **state)
{
	struct gw_bytes input = BYTES(0x81, 0, 0x89, 0, 0x88, 0);
	struct ws_reader r = reader();
	struct ws_piece piece;
	enum ws_code code;

	assert_int_equal(ws_frame_read(&r, &input, &piece, &code),
			 WS_READ_PIECE);
	assert_true(piece.ends_message && piece.payload.len == 0);
	assert_int_equal(ws_frame_read(&r, &input, &piece, &code),
			 WS_READ_PIECE);
	assert_int_equal(piece.opcode, WS_PING);
	assert_int_equal(ws_frame_read(&r, &input, &piece, &code),
			 WS_READ_PIECE);
	assert_int_equal(piece.opcode, WS_CLOSE);
	assert_int_equal(ws_frame_read(&r, &input, &piece, &code),
			 WS_READ_MORE);
}

static void what_is_no_frame_breaks_the_stream(void **state)
{
	expect_broken(BYTES(0xc1, 0), WS_CODE_PROTOCOL);       // reserved bit
	expect_broken(BYTES(0x83, 0), WS_CODE_PROTOCOL);       // opcode 3
	expect_broken(BYTES(0x8b, 0), WS_CODE_PROTOCOL);       // opcode 11
	expect_broken(BYTES(0x81, 0x81, 0), WS_CODE_PROTOCOL); // masked
	expect_broken(BYTES(0x09, 0), WS_CODE_PROTOCOL);       // ping in parts
	expect_broken(BYTES(0x89, 126, 0, 126), WS_CODE_PROTOCOL); // too long
	expect_broken(BYTES(0x80, 0), WS_CODE_PROTOCOL); // nothing to go on
	expect_broken(BYTES(0x01, 0, 0x81, 0), WS_CODE_PROTOCOL); // two at once
	expect_broken(BYTES(0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0),
		      WS_CODE_PROTOCOL);                    // negative length
	expect_broken(BYTES(0x88, 1, 3), WS_CODE_PROTOCOL); // half a code
	expect_broken(BYTES(0x88, 2, 3, 0xee), WS_CODE_PROTOCOL);    // 1006
	expect_broken(BYTES(0x88, 2, 0x13, 0x88), WS_CODE_PROTOCOL); // 5000
	expect_broken(BYTES(0x88, 2, 255, 255), WS_CODE_PROTOCOL);
	expect_broken(BYTES(0x88, 3, 3, 0xe8, 0xff), WS_CODE_TEXT);
}

static void a_length_above_the_bound_is_refused_at_once(void **state)
{
	expect_broken(BYTES(0x81, 127, 0, 0, 0, 0, 0, 0x10, 0, 1),
		      WS_CODE_TOO_LARGE);
	expect_broken(BYTES(0x81, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255),
		      WS_CODE_TOO_LARGE);
}

static void fragments_together_may_not_pass_the_bound(void **state)
{
	struct gw_bytes input = BYTES(0x01, 3, 'a', 'b', 'c', 0x80, 2, 'd');
	struct ws_reader r = { .message_max = 4 };
	struct ws_piece piece;
	enum ws_code code;

	assert_int_equal(ws_frame_read(&r, &input, &piece, &code),
			 WS_READ_PIECE);
	assert_int_equal(ws_frame_read(&r, &input, &piece, &code),
			 WS_READ_BROKEN);
	assert_int_equal(code, WS_CODE_TOO_LARGE);
}

/* What a server would make of it. */
static size_t unmask(const uint8_t *at, uint8_t *out)
{
	size_t n = 2;
	uint64_t len = at[1] & 0x7f;
	const uint8_t *key = NULL;

	assert_true(at[1] & 0x80);
	if (len >= 126) {
		size_t wide = len == 126 ? 2 : 8;

		len = 0;
		for (size_t i = 0; i < wide; i++) {
			len = len << 8 | at[n++];
		}
	}
	key = at + n;
	n += 4;
	for (size_t i = 0; i < len; i++) {
		out[i] = at[n + i] ^ key[i & 3];
	}
	return (size_t)len;
}

static void what_is_written_can_be_unmasked(void **state)
{
	const size_t lengths[] = { 0,   1,   7,     8,     125,
				   126, 300, 65535, 65536, 70001 };
	uint8_t *text = malloc(70001);
	uint8_t *back = malloc(70001);
	struct gw_buf buf;

	assert_true(text && back);
	for (size_t i = 0; i < 70001; i++) {
		text[i] = (uint8_t)(i * 31);
	}
	gw_buf_init(&buf, 16, 1 << 20);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		size_t begin = ws_frame_begin(&buf);

		gw_buf_add(&buf, text, lengths[i]);
		ws_frame_end(&buf, begin, WS_TEXT, 0x12345678);
		assert_false(gw_buf_is_short(&buf));
		assert_int_equal(buf.at[begin], 0x81);
		assert_int_equal(unmask(buf.at + begin, back), lengths[i]);
		assert_memory_equal(back, text, lengths[i]);
	}
	gw_buf_deinit(&buf);
	free(text);
	free(back);
}

static void a_short_buffer_stays_as_it_is(void **state)
{
	struct gw_buf buf;
	size_t begin = 0;

	gw_buf_init(&buf, 0, 16);
	begin = ws_frame_begin(&buf);
	gw_buf_add(&buf, "0123456789", 10);
	ws_frame_end(&buf, begin, WS_TEXT, 1);
	assert_true(gw_buf_is_short(&buf));
	gw_buf_deinit(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_frame_is_a_slice_of_the_input),
		cmocka_unit_test(fragments_and_control_frames_interleave),
		cmocka_unit_test(empty_frames_are_frames),
		cmocka_unit_test(what_is_no_frame_breaks_the_stream),
		cmocka_unit_test(a_length_above_the_bound_is_refused_at_once),
		cmocka_unit_test(fragments_together_may_not_pass_the_bound),
		cmocka_unit_test(what_is_written_can_be_unmasked),
		cmocka_unit_test(a_short_buffer_stays_as_it_is),
	};

	return cmocka_run_group_tests_name("ws_frame", tests, NULL, NULL);
}
