#pragma once

/*
 * Net - numeric addresses and networks, as texts and as sockets have them.
 */

#include <stdbool.h>

#include "core/lib/str.h"

struct sockaddr;
struct sockaddr_storage;

/* Room for the text of an address. */
#define GW_NET_TEXT_BYTES 46

/* A numeric address: IPv4 as its IPv4-mapped IPv6 form, so that both
 * compare. */
struct gw_net_address {
	uint8_t at[16];
};

/* One end of a connection.  Without gaps, so that its bytes may be hashed. */
struct gw_net_end {
	struct gw_net_address address;
	uint16_t port;
};

/* A network such as 10.0.0.0/8, fd00::/8 or a single address. */
struct gw_net {
	struct gw_net_address base;
	unsigned n_bits; // of the mapped form: 0 to 128
};

/* False when text is no numeric address (RFC 5952, RFC 6943: four decimal
 * parts, no octal or short forms). */
bool gw_net_address_parse(struct gw_net_address *a, struct gw_str text);

/* As RFC 5952 writes it; an IPv4-mapped address is shown as the IPv4 address
 * that it is. */
void gw_net_address_print(char to[GW_NET_TEXT_BYTES],
			  const struct gw_net_address *a);

/* Room for the text of whose an address is. */
#define GW_NET_HOME_BYTES 64

/* Whose an address is, as text: who has one address of IPv6 has all of its /64
 * (RFC 4291 2.5.1, RFC 6177).  What is no address is taken as it is, as far as
 * there is room. */
void gw_net_print_home(char to[GW_NET_HOME_BYTES], struct gw_str address);

/* The address and the port of a socket.  False, with nothing written, when it
 * is neither IPv4 nor IPv6. */
bool gw_net_end_of(struct gw_net_end *end, const struct sockaddr *from);

/* The address of a socket as text; "" and false when it has none. */
bool gw_net_print_of(char to[GW_NET_TEXT_BYTES], const struct sockaddr *from);

/* A numeric address and port as sockets want them, in the family that the
 * address is written in.  False when it is none. */
bool gw_net_sockaddr(struct sockaddr_storage *to, const char *address,
		     uint16_t port);

/* For an address of IPv4 or IPv6: give it a port, and how long it is. */
void gw_net_set_port(struct sockaddr_storage *to, uint16_t port);
unsigned gw_net_sockaddr_bytes(const struct sockaddr_storage *a);

/* False when text is no network: not numeric, or too many bits. */
bool gw_net_parse(struct gw_net *net, struct gw_str text);

bool gw_net_address_eq(const struct gw_net_address *a,
		       const struct gw_net_address *b);
bool gw_net_has(const struct gw_net *net, const struct gw_net_address *a);

/* Whether it is 0.0.0.0 or ::, by which a listener means all addresses, and who
 * connects its own machine. */
bool gw_net_is_unspecified(const struct gw_net_address *a);

/* Whether only this machine itself can be behind it. */
bool gw_net_is_loopback(const struct gw_net_address *a);
