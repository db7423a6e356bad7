/*
 * Fuzz target: what a server may send on a link, byte for byte - the answer to
 * the handshake, and frames.
 *
 * However a stream is cut, the same pieces of the same messages are found.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/ws/ws_frame.h"
#include "bindings/ws/ws_handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a reader made of a stream. */
struct seen {
	uint64_t hash; // of payload and opcodes
	size_t n_messages;
	size_t n_controls;
	enum ws_code code;
};

static void mix(struct seen *seen, uint8_t byte)
{
	seen->hash = (seen->hash ^ byte) * 1099511628211ULL;
}

static void note(struct seen *seen, const struct ws_piece *piece)
{
	for (size_t i = 0; i < piece->payload.len; i++) {
		mix(seen, piece->payload.at[i]);
	}
	if (piece->opcode >= WS_CLOSE) {
		assert(piece->payload.len <= WS_CONTROL_MAX);
		seen->n_controls++;
		return;
	}
	assert(piece->opcode == WS_TEXT || piece->opcode == WS_BINARY);
	if (piece->ends_message) {
		mix(seen, (uint8_t)piece->opcode);
		seen->n_messages++;
	}
}

static void read_part(struct ws_reader *r, struct gw_bytes part,
		      struct seen *seen)
{
	enum ws_read read = WS_READ_PIECE;
	struct ws_piece piece;

	while (read == WS_READ_PIECE) {
		read = ws_frame_read(r, &part, &piece, &seen->code);
		if (read == WS_READ_PIECE) {
			note(seen, &piece);
		}
	}
	assert(read == WS_READ_BROKEN || part.len == 0);
}

static struct seen read_in_steps(struct gw_bytes all, size_t step)
{
	struct ws_reader r = { .message_max = 1 << 16 };
	struct seen seen = { .hash = 1 };

	while (all.len > 0 && seen.code == WS_CODE_NONE) {
		struct gw_bytes part = { all.at,
					 all.len < step ? all.len : step };

		all.at += part.len;
		all.len -= part.len;
		read_part(&r, part, &seen);
	}
	return seen;
}

static bool is_same(const struct seen *a, const struct seen *b)
{
	return a->hash == b->hash && a->n_messages == b->n_messages &&
	       a->n_controls == b->n_controls && a->code == b->code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gw_bytes all = { data, size };
	struct seen whole = read_in_steps(all, size + 1);
	struct seen bytes = read_in_steps(all, 1);
	struct seen steps = read_in_steps(all, 7);
	struct ws_verdict verdict;

	assert(is_same(&whole, &bytes));
	assert(is_same(&whole, &steps));
	if (ws_handshake_judge(&verdict, gw_str_of(all),
			       "dGhlIHNhbXBsZSBub25jZQ==", GW_MEDIA_CBOR) ==
	    0) {
		assert(verdict.n_used <= size);
	}
	return 0;
}
