#pragma once

/*
 * Door - what a handshake must look like to be let in, and what is said to the
 * others (TS-0020 6.2.2 and 6.2.3, RFC 6455 4.2).
 *
 * Pure.
 */

#include <stddef.h>

#include "core/lib/str.h"

struct gw_conf_listen;
struct gw_net_end;

/* The longest X-M2M-Origin that is taken. */
#define WS_NAME_MAX 200

/* Room for a refusal as it is sent. */
#define WS_DOOR_TEXT_BYTES 512

struct ws_refusal {
	unsigned status;  // of HTTP; 0: let in
	const char *body; // a sentence for a person
};

/* Judge the whole head of a handshake that came to this end of ours.  name gets
 * X-M2M-Origin, or becomes empty. */
struct ws_refusal ws_door_judge(struct gw_str head,
				const struct gw_conf_listen *conf,
				const struct gw_net_end *at,
				char name[WS_NAME_MAX + 1]);

/* The answer that refuses; returns its length. */
size_t ws_door_print(char to[WS_DOOR_TEXT_BYTES], struct ws_refusal refusal);
