#pragma once

/*
 * Frame - the framing of RFC 6455, section 5, for the client end.
 *
 * libwebsockets reads what a server sends byte by byte, at about 70
 * instructions each: a message of 450 bytes costs more than half of what a
 * whole exchange through the gateway may cost.  So links carry their frames
 * over a raw connection of libwebsockets, and the frames are read and written
 * here: payload is found as a slice of what was received, and many messages
 * are written at once.
 *
 *	 0                   1                   2                   3
 *	+-+-+-+-+-------+-+-------------+-------------------------------+
 *	|F|R|R|R| opcode|M| length (7)  | length (16 or 64 bits, if     |
 *	|I|S|S|S|  (4)  |A|             | the 7 say 126 or 127)         |
 *	|N|V|V|V|       |S|             |                               |
 *	+-+-+-+-+-------+-+-------------+-------------------------------+
 *	| masking key (4 bytes, if MASK is set)  | payload ...          |
 *	+----------------------------------------+----------------------+
 *
 * Pure: no socket, no clock, no memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/str.h"

struct gw_buf;

enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10,
};

/* Close codes (RFC 6455 7.4.1). */
enum ws_code {
	WS_CODE_NONE = 0,
	WS_CODE_NORMAL = 1000,
	WS_CODE_AWAY = 1001,
	WS_CODE_PROTOCOL = 1002,
	WS_CODE_TEXT = 1007, // text that is no UTF-8
	WS_CODE_POLICY = 1008,
	WS_CODE_TOO_LARGE = 1009,
	WS_CODE_TRY_AGAIN = 1013, // no room now
};

#define WS_HEADER_MAX 14
#define WS_CONTROL_MAX 125

/* What the reader found next. */
struct ws_piece {
	enum ws_opcode opcode;   // TEXT or BINARY for every piece of a message,
				 // else the control frame
	struct gw_bytes payload; // a slice of the input, or of the reader
	bool ends_frame;
	bool ends_message; // always, for a control frame
};

struct ws_reader {
	uint8_t header[WS_HEADER_MAX]; // of the frame being read
	size_t n_header;
	bool is_in_frame; // header read, payload not complete
	enum ws_opcode opcode;
	bool is_final;
	uint64_t left; // payload bytes of this frame still to come

	bool is_in_message;        // a data frame without FIN came before
	enum ws_opcode of_message; // its opcode
	uint64_t n_message;        // payload bytes announced so far
	uint64_t message_max;      // above: WS_CODE_TOO_LARGE

	uint8_t control[WS_CONTROL_MAX];
	size_t n_control;
};

enum ws_read {
	WS_READ_MORE,   // the input is used up
	WS_READ_PIECE,  // *piece is filled in; call again with the rest
	WS_READ_BROKEN, // not WebSocket, or too large: *codep says how to close
};

/* Zeroed is a reader at the start of a stream; set message_max.  Cuts what it
 * uses off the front of *input. */
enum ws_read ws_frame_read(struct ws_reader *r, struct gw_bytes *input,
			   struct ws_piece *piece, enum ws_code *codep);

/* How to answer the payload of a close frame: NONE, as it says; else it is
 * broken (5.5.1, 7.4). */
enum ws_code ws_frame_judge_goodbye(struct gw_bytes payload);

/* Write one masked frame: begin, append the payload to the buffer, end.  A
 * short buffer makes end do nothing.  key is what masks it and has to be
 * unpredictable (RFC 6455 5.3). */
size_t ws_frame_begin(struct gw_buf *buf);
void ws_frame_end(struct gw_buf *buf, size_t begin, enum ws_opcode opcode,
		  uint32_t key);

/* Payload of a close frame: the code, in network order. */
void ws_frame_close_code(uint8_t at[2], enum ws_code code);
