#pragma once

/*
 * Wire rig - a gateway with the WebSocket binding on a real loop, and peers
 * that the test plays byte by byte: a CSE it leads to, and registrees.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/conf.h"
#include "core/cse.h"
#include "core/exchange.h"
#include "core/registry.h"
#include "core/relay.h"

#define RIG_REPLIES_MAX 256
#define RIG_IN_MAX ((size_t)4 << 20)

/* One end of a TCP connection, held by the test. */
struct party {
	int fd; // -1: none
	struct gw_watch *watch;
	char *in; // received and not used yet
	size_t n_in;
	bool is_ended;    // the other side has closed
	bool masks;       // what it says, as clients do
	char hello[2048]; // the handshake that was received
	char text[4096];  // the last message, unmasked, cut to fit
	unsigned opcode;  // of the last frame
	size_t len;       // of the last message
	unsigned code;    // of the last close frame
};

struct reply {
	enum gw_status status;
	char id[64];
	char content[512];
};

struct rig {
	struct gw_loop *loop;
	struct gw_conf conf;
	struct gw_conf_cse cse;
	struct gw_relay *relay;
	char url[64];

	int listen_fd; // of the CSE
	struct gw_watch *listen_watch;
	int waiting_fd; // accepted by nobody yet; -1: none
	unsigned cse_port;
	unsigned port; // of the gateway

	struct reply replies[RIG_REPLIES_MAX];
	size_t n_replies;
};

/* adjust may change the configuration before the start; may be NULL. */
typedef void rig_adjust_fn(struct rig *rig);
void rig_init(struct rig *rig, rig_adjust_fn *adjust);
void rig_deinit(struct rig *rig);

/* Turn the loop until it is so; fails after a deadline. */
#define rig_until(rig, condition)                      \
	do {                                           \
		int64_t by_ms_ = rig_deadline_ms(rig); \
		while (!(condition)) {                 \
			rig_turn(rig, by_ms_);         \
		}                                      \
	} while (0)
int64_t rig_deadline_ms(struct rig *rig);
void rig_turn(struct rig *rig, int64_t by_ms);

/* A request of a device: RETRIEVE of cse-in/a. */
void rig_ask(struct rig *rig, const char *id, const char *from);

/* An AE that is registered with the CSE, and wants to be reached. */
void rig_join(struct rig *rig, const char *id);

/* Wait for the i-th reply, which must be this. */
void rig_is_answered(struct rig *rig, size_t i, const char *id,
		     enum gw_status status);

/* The CSE: take the next connection, and its handshake. */
void party_accept(struct rig *rig, struct party *p);
void party_welcome(struct rig *rig, struct party *p);

/* A registree: connect, and send a handshake with these header lines. */
void party_connect(struct rig *rig, struct party *p);
void party_hello(struct rig *rig, struct party *p, const char *headers);

void party_write(struct party *p, const void *at, size_t len);
void party_says(struct party *p, const char *text);
void party_frame(struct party *p, unsigned opcode, const void *at, size_t len);

/* Wait for the next frame.  Returns its opcode; text, len and code are filled
 * in. */
unsigned party_hears(struct rig *rig, struct party *p);

/* Wait for a message that contains this, answering pings meanwhile. */
void party_expects(struct rig *rig, struct party *p, const char *part);

/* Wait for an HTTP answer without upgrade: its status. */
unsigned party_status(struct rig *rig, struct party *p);

/* Wait until the other side has closed. */
void party_ends(struct rig *rig, struct party *p);

void party_close(struct rig *rig, struct party *p);
