#pragma once

/*
 * Listen - a TCP socket that peers connect to.
 *
 * When the process is out of descriptors the socket stays readable, and nobody
 * can be taken from it: accepting rests for a tenth of a second then, and goes
 * on by itself, whoever gave some back.
 */

#include "core/lib/cleanup.h"
#include "core/lib/loop.h"
#include "core/lib/net.h"

struct sockaddr_storage;

/* A connection was accepted; fd, which does not block, is the callee's. */
typedef void gw_accepted_fn(void *arg, int fd,
			    const struct sockaddr_storage *from);

/* Fill in take, arg, what and topic, leave the rest zeroed. */
struct gw_listen {
	gw_accepted_fn *take;
	void *arg;
	const char *what;  // in a sentence: "WebSocket"
	const char *topic; // of the log: "ws"

	struct gw_loop *loop;
	int fd;
	struct gw_net_end at; // where it is bound; port 0: not yet
	struct gw_watch *watch;
	struct gw_timer rest;
	bool is_resting; // nobody could be accepted, and that was told
};

/* Listen at a numeric address.  Returns 0 or a negative errno, already
 * logged. */
static inline int GW_MUST_CHECK gw_listen_start(struct gw_listen *l,
						struct gw_loop *loop,
						const char *address,
						uint16_t port)
{
	return loop->ops->listen(loop, l, address, port);
}

/* One that was not started is fine. */
static inline void gw_listen_stop(struct gw_listen *l)
{
	if (l->loop) {
		l->loop->ops->unlisten(l);
	}
}
