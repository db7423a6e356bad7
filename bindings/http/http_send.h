#pragma once

/*
 * Send - the client side of the HTTP binding, on libcurl.
 *
 * Connections are kept and used again.  Names are looked up by the loop, and
 * libcurl is told the one numeric address it may connect to, so that what was
 * checked is what is used.  No redirects, no proxies, no credentials in URLs.
 */

#include <stddef.h>

#include "bindings/http/http_multi.h"
#include "bindings/http/http_turns.h"
#include "core/lib/cleanup.h"
#include "core/status.h"

struct gw_binding;
struct gw_conf;
struct gw_exchange;
struct job;

/* Embedded in the state of the binding; zeroed means not started. */
struct http_client {
	struct gw_binding *binding;
	struct gw_loop *loop;
	struct http_multi multi;
	struct http_turns turns;
	struct job *jobs;
	size_t n_open; // requests that are out
};

/* Returns 0 or a negative errno, already logged. */
int http_client_start(struct http_client *c,
		      struct gw_binding *b) GW_MUST_CHECK;

/* Take over what the configuration says now. */
void http_client_bound(struct http_client *c, const struct gw_conf *conf);

/* Requests that are still out are dropped without an answer. */
void http_client_stop(struct http_client *c);

/* As send(), forget() and is_held() of core/binding.h. */
void http_client_send(struct http_client *c, struct gw_exchange *x);
void http_client_forget(struct gw_exchange *x);
bool http_client_holds(const struct gw_exchange *x, struct gw_reason *why);
