#pragma once

/*
 * Listen - the socket that registrees connect to.
 */

#include "core/lib/cleanup.h"
#include "core/lib/loop.h"
#include "core/lib/net.h"

struct gw_conf_listen;
struct sockaddr_storage;

/* A connection was accepted; fd is the callee's. */
typedef void ws_accepted_fn(void *arg, int fd,
			    const struct sockaddr_storage *from);

/* Fill in take and arg, leave the rest zeroed. */
struct ws_listen {
	ws_accepted_fn *take;
	void *arg;
	struct gw_loop *loop;
	int fd;
	struct gw_net_end at; // where it is bound; port 0: not yet
	struct gw_watch *watch;
	struct gw_timer rest;
};

/* Returns 0 or a negative errno, already logged. */
int ws_listen_start(struct ws_listen *l, struct gw_loop *loop,
		    const struct gw_conf_listen *conf) GW_MUST_CHECK;

/* One that was not started is fine. */
void ws_listen_stop(struct ws_listen *l);
