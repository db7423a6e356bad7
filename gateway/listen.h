#pragma once

/*
 * Listen - core/lib/listen.h on sockets of the system.
 */

#include <stdint.h>

#include "core/lib/cleanup.h"

struct gw_listen;
struct gw_loop;

/* As listen() and unlisten() of struct gw_loop_ops. */
int gw_listen_begin(struct gw_loop *loop, struct gw_listen *l,
		    const char *address, uint16_t port) GW_MUST_CHECK;
void gw_listen_end(struct gw_listen *l);
