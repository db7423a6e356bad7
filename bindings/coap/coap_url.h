#pragma once

/*
 * URL - what "coap://host:port/path?query" says (RFC 7252 6.1).
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/lib/str.h"

#define COAP_PORT 5683

/* Longest name of a host, with its terminator (RFC 1035 2.3.4). */
#define COAP_HOST_BYTES 256

struct coap_url {
	char host[COAP_HOST_BYTES]; // without brackets; terminated
	bool is_name;               // and not a numeric address
	uint16_t port;
	struct gw_str path;  // a slice, with its slash; may be empty
	struct gw_str query; // a slice, without '?'; absent when there is none
};

/* False when text is no such URL: another scheme, a user, or none at
 * all. */
bool coap_url_parse(struct coap_url *url, struct gw_str text);
