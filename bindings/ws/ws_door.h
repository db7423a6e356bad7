#pragma once

/*
 * Door - what a handshake must look like to be let in, and what is said to the
 * others (TS-0020 6.2.2 and 6.2.3, RFC 6455 4.2).
 */

#include <stdbool.h>
#include <stddef.h>

#include <libwebsockets.h>

struct gw_conf_listen;

/* The longest X-M2M-Origin that is taken. */
#define WS_NAME_MAX 200

struct ws_refusal {
	unsigned status;  // of HTTP; 0: let in
	const char *body; // a sentence for a person
};

/* Judge a handshake whose headers have been read.  name gets X-M2M-Origin, or
 * becomes empty. */
struct ws_refusal ws_door_judge(struct lws *wsi,
				const struct gw_conf_listen *conf,
				char name[WS_NAME_MAX + 1]);

/* Answer with a refusal; the connection is to be closed then. */
void ws_door_refuse(struct lws *wsi, struct ws_refusal refusal);
