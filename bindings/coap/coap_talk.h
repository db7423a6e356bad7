#pragma once

/*
 * Talk - the messages of one request: its blocks and those of its answer, Echo,
 * and the other option numbers.
 *
 *	coap_talk_begin()
 *	    |
 *	    v        MORE, ANEW
 *	coap_talk_write() <----- coap_talk_take() ----> ANSWER, FAIL
 *	    |                      ^  | WAIT
 *	    '--- the other side ---'<-'
 *
 * Pure: it says what is to be done next, and whoever has it sends.
 */

#include "bindings/coap/coap_block.h"
#include "bindings/coap/coap_encode.h"

/* Most bytes of a message that coap_talk_write() writes. */
#define COAP_TALK_BYTES_MAX (COAP_MESSAGE_BYTES_MAX + 64)

/* Longest value of Echo (RFC 9175 2.2.1). */
#define COAP_TALK_ECHO_BYTES_MAX 40

struct coap_talk {
	struct gw_primitive *request; // borrowed
	struct coap_hop hop;          // what it points at is borrowed, too
	size_t content_bytes;         // most that an answer may have
	struct coap_message *message; // in the arena of the request
	struct gw_bytes payload;
	struct coap_block block1; // of the payload: the one that is due
	uint32_t block2; // number of the block of the answer that is due
	unsigned block2_size;
	struct gw_buf body; // of an answer in blocks
	bool has_echoed;
	bool has_flipped; // the other option numbers were tried
	uint8_t echo[COAP_TALK_ECHO_BYTES_MAX];
	size_t echo_len;
};

/* What is to be done after a message of the other side. */
enum coap_talk_step {
	COAP_TALK_WAIT,   // nothing: it comes late
	COAP_TALK_MORE,   // send the next message, with the same token
	COAP_TALK_ANEW,   // send it as a new request, with another token
	COAP_TALK_ANSWER, // it is over, with an answer
	COAP_TALK_FAIL,   // it is over, without one
};

/* How it ended.  The caller clears it; it is filled in at the end only. */
struct coap_talk_end {
	struct gw_primitive *answer; // of ANSWER: the caller's
	enum gw_status status;       // of FAIL
	struct gw_reason why;
	bool has_dialect; // the answer tells which option numbers it has,
	bool is_legacy;   // and these are those of the old texts
};

/* Encode a request; t is zeroed, but for request, hop and content_bytes.
 * Returns GW_STATUS_NONE, or the status that tells why not, with *why filled
 * in. */
enum gw_status coap_talk_begin(struct coap_talk *t,
			       struct gw_reason *why) GW_MUST_CHECK;

/* One that has not begun is fine. */
void coap_talk_deinit(struct coap_talk *t);

/* Write the message that is due: the same one each time until
 * coap_talk_take().  Returns its bytes; 0: it cannot be written. */
size_t coap_talk_write(struct coap_talk *t, uint8_t at[COAP_TALK_BYTES_MAX],
		       uint16_t id, uint64_t token);

/* An answer to the last message has come.  Its payload may be replaced. */
enum coap_talk_step coap_talk_take(struct coap_talk *t,
				   struct coap_talk_end *end,
				   struct coap_message *m) GW_MUST_CHECK;
