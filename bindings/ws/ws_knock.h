#pragma once

/*
 * Knock - a socket that somebody has connected to, until the head of the
 * handshake has come.
 *
 *	start --> waiting --> heard ---> give: the library's from now on
 *	             |          |
 *	             v          v
 *	          unheard --> refuse --> closing --> unheard (gone)
 *
 * The head is looked at where it lies in the socket.
 */

#include "core/lib/cleanup.h"
#include "core/lib/loop.h"
#include "core/lib/str.h"

struct gw_net_end;
struct ws_knock;

/* The longest head. */
#define WS_HEAD_MAX 4096

enum ws_unheard {
	WS_UNHEARD_GONE,     // the peer has closed, or an error
	WS_UNHEARD_NO_HTTP,  // it does not begin like a request
	WS_UNHEARD_TOO_LONG, // longer than WS_HEAD_MAX
};

/* The whole head is there; it is valid until the call returns. */
typedef void ws_heard_fn(struct ws_knock *k, struct gw_str head);
typedef void ws_unheard_fn(struct ws_knock *k, enum ws_unheard why);

/* Fill in heard and unheard, leave the rest zeroed.  Either may stop it. */
struct ws_knock {
	ws_heard_fn *heard;
	ws_unheard_fn *unheard;
	struct gw_loop *loop;
	struct gw_watch *watch; // NULL: has no socket
	int fd;
	int n_seen; // bytes that have been looked at
	bool is_closing;
};

/* Takes fd, on failure too: 0 or -ENOMEM. */
int ws_knock_start(struct ws_knock *k, struct gw_loop *loop,
		   int fd) GW_MUST_CHECK;

/* Our end of the connection. */
void ws_knock_end(const struct ws_knock *k, struct gw_net_end *at);

/* The socket, which is the caller's from now on, without so many bytes of the
 * head. */
int ws_knock_give(struct ws_knock *k, size_t n_head);

/* Send this and close our half.  What still comes is thrown away, since closing
 * over it would take the answer back; unheard() when the peer has closed. */
void ws_knock_refuse(struct ws_knock *k, struct gw_str answer);

/* One that was not started, or was given away, is fine. */
void ws_knock_stop(struct ws_knock *k);
