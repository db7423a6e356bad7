#pragma once

/*
 * Login - how the send command gets in: a name and its password, headers, and
 * who vouches for the other end.
 */

#include <stdbool.h>
#include <stddef.h>

#define GW_LOGIN_HEADERS_MAX 16

struct gw_arena;
struct gw_conf;

/* What was given on the command line; NULL where nothing was. */
struct gw_login {
	const char *user;
	const char *password; // "@FILE": the line in that file
	const char *ca;
	const char *headers[GW_LOGIN_HEADERS_MAX];
	size_t n_headers;
};

/* Fill in the one CSE of a configuration, or its one broker if it has one.
 * Texts are those of the login, or in the arena.  False when something cannot
 * be, or its protocol has no such thing, which was told. */
bool gw_send_login(struct gw_conf *conf, const struct gw_login *login,
		   struct gw_arena *a);
