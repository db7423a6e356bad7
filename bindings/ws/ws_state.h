#pragma once

/*
 * State - what all files of this room share.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/account.h"
#include "core/binding.h"
#include "core/conf.h"
#include "core/lib/buf.h"
#include "core/lib/loop.h"
#include "core/lib/table.h"
#include "core/relay.h"

struct lws_context;
struct lws_vhost;
struct ws_link;
struct ws_server;
struct ws_context;

/* Messages are written in batches of about so many bytes, and read so many
 * bytes at a time. */
#define WS_BATCH_BYTES ((size_t)64 << 10)

/* What a message may need besides its content: names, addresses, braces. */
#define WS_ENVELOPE_BYTES ((size_t)64 << 10)

#define WS_KEYS 32

struct ws_state {
	struct gw_binding *binding;
	struct gw_loop *loop;
	struct ws_context *context; // the context of libwebsockets
	struct ws_server *server;   // NULL: does not listen
	struct ws_link *links;
	struct gw_table registrees; // that have a link of their own: it
	struct gw_accounts places;  // of those links, while they are open
	size_t n_open;              // links that are open or being opened
	uint64_t n_held_back;       // attempts above limits.links
	struct gw_buf out; // what is being written, whichever connection
	bool is_draining;

	uint32_t keys[WS_KEYS]; // for masking, not used yet
	size_t n_keys;
};

static inline const struct gw_conf *ws_conf(const struct ws_state *ws)
{
	return ws->binding->conf;
}

static inline struct gw_counts *ws_counts(const struct ws_state *ws)
{
	return gw_relay_counts(ws->binding->relay);
}

static inline int64_t ws_now_ms(const struct ws_state *ws)
{
	return gw_loop_now_ms(ws->loop);
}

/* A new key to mask one frame with. */
uint32_t ws_state_key(struct ws_state *ws);

/* Bytes of the largest message, read or written. */
static inline size_t ws_message_max(const struct ws_state *ws)
{
	return ws_conf(ws)->limits.content_bytes + WS_ENVELOPE_BYTES;
}

/* Bytes of the largest batch of messages that is written at once. */
static inline size_t ws_batch_max(const struct ws_state *ws)
{
	return ws_message_max(ws) + 2 * WS_BATCH_BYTES;
}
