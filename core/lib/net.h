#pragma once

/*
 * Net - numeric addresses and networks.
 */

#include <stdbool.h>

#include "core/lib/str.h"

/* A numeric address: IPv4 as its IPv4-mapped IPv6 form, so that both compare. */
struct gw_net_address {
	uint8_t at[16];
};

/* A network such as 10.0.0.0/8, fd00::/8 or a single address. */
struct gw_net {
	struct gw_net_address base;
	unsigned n_bits; // of the mapped form: 0 to 128
};

/* False when text is no numeric address (RFC 5952, RFC 6943: four decimal
 * parts, no octal or short forms). */
bool gw_net_address_parse(struct gw_net_address *a, struct gw_str text);

/* False when text is no network: not numeric, or too many bits. */
bool gw_net_parse(struct gw_net *net, struct gw_str text);

bool gw_net_address_eq(const struct gw_net_address *a,
		       const struct gw_net_address *b);
bool gw_net_has(const struct gw_net *net, const struct gw_net_address *a);

/* The host in a URL: a name, or a numeric address without its brackets.  Absent
 * when there is none. */
struct gw_str gw_net_host_of_url(struct gw_str url);
