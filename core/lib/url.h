#pragma once

/*
 * URL - what stands between a scheme and a fragment (RFC 3986).
 *
 *	ws://user@[2001:db8::1]:8180/path?query#fragment
 *
 * Only what has an authority with a host is one here.  All rooms read URLs by
 * this, and what a protocol wants besides is for its binding to say.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/lib/str.h"

/* Longest host, without brackets (RFC 1035 2.3.4). */
#define GW_URL_HOST_MAX 255

/* Slices of the text. */
struct gw_url {
	struct gw_str scheme;
	struct gw_str user;      // absent: none; what logs in, so a secret
	struct gw_str authority; // host and port as they stand
	struct gw_str host;      // without brackets; never empty
	uint16_t port;           // else the usual one of the scheme; 0: unknown
	struct gw_str path;      // with its slash; may be empty, never absent
	struct gw_str query;     // without its mark; absent: none
	struct gw_str target;    // path and query as they stand
	struct gw_str fragment;  // without its mark; absent: none
};

/* Take a URL apart.  False, with nothing written, when it is none: a host is a
 * numeric address or letters, digits and "-._~", so that nothing takes it for
 * more than a name; path and query are of the characters of RFC 3986, and of
 * brackets, which devices write into queries; a fragment, which is never sent,
 * of all that can be seen. */
bool gw_url_parse(struct gw_url *url, struct gw_str text);

/* The same, but tells what is wrong with what is none, as the end of a sentence
 * such as "has no host"; NULL when it is a URL. */
const char *gw_url_read(struct gw_url *url, struct gw_str text);

/* host[:port] without a URL around it; the port is 0 when none is given. */
bool gw_url_parse_authority(struct gw_url *url, struct gw_str text);

bool gw_url_has_scheme(const struct gw_url *url, const char *scheme);

/* A URL, or what was to be one, as it may be shown: what logs in there is
 * replaced by "***".  What does not fit is cut off. */
void gw_url_print(char *to, size_t size, struct gw_str text);
