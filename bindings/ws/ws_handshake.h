#pragma once

/*
 * Handshake - how a link begins (TS-0020 6.2.2, RFC 6455 4.1).
 *
 * The request that the client end writes, and the check of what comes back.
 * Pure, but for the hash that libwebsockets lends.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lib/cleanup.h"
#include "core/lib/str.h"
#include "core/primitive.h"

struct gw_buf;
struct gw_conf_cse;
struct ws_url;

#define WS_NONCE_BYTES 16
#define WS_KEY_BYTES 32 // more than its base64 and a terminator need

/* An answer with longer headers is refused. */
#define WS_ANSWER_MAX 8192

/* Most that the configuration may add to a request. */
#define WS_HEADERS_MAX ((size_t)32 * 1024)

/* What opening one connection takes. */
struct ws_dial {
	const struct ws_url *url;
	const char *address;   // numeric; the name was looked up before
	struct gw_str origin;  // X-M2M-Origin
	struct gw_str headers; // further lines, each with its end
	enum gw_media media;   // what is offered first
};

/* The key that goes with 16 random bytes. */
void ws_handshake_key(char key[WS_KEY_BYTES],
		      const uint8_t nonce[WS_NONCE_BYTES]);

/* Whether a text may stand in a header line. */
bool ws_handshake_is_clean(struct gw_str value);

/* The lines that the configuration adds to a handshake, each with its end; the
 * caller's to free.  NULL when memory is short. */
char *ws_handshake_headers(const struct gw_conf_cse *conf) GW_MUST_CHECK;

/* Append the request, with such a key. */
void ws_handshake_ask(struct gw_buf *buf, const struct ws_dial *dial,
		      const char *key);

/* What a handshake came to. */
struct ws_verdict {
	size_t n_used;       // bytes of the answer; what follows are frames
	enum gw_media media; // how messages are written
	char reason[96];     // why it is refused; empty when it is not
};

/* Judge what was received so far as the answer.  Returns 0 when the answer is
 * complete, with the verdict filled in, or -EAGAIN when more must come. */
int ws_handshake_judge(struct ws_verdict *verdict, struct gw_str received,
		       const char *key, enum gw_media offered) GW_MUST_CHECK;
