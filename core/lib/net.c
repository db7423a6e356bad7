/*
 * Net - numeric addresses and networks, as texts and as sockets have them.
 */

#include "core/lib/net.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct gw_net_end) == 18, "an end has no gaps");
_Static_assert(GW_NET_TEXT_BYTES >= INET6_ADDRSTRLEN, "every address fits");

#define MAPPED_PREFIX_BYTES 12
#define MAPPED_PREFIX_BITS 96
#define ADDRESS_BITS 128
#define HOME_BYTES 8 // of a /64

static const uint8_t mapped[MAPPED_PREFIX_BYTES] = { [10] = 0xff, [11] = 0xff };

static bool copy_text(char *to, size_t size, struct gw_str text)
{
	if (text.len == 0 || text.len >= size ||
	    memchr(text.at, '\0', text.len)) {
		return false;
	}
	memcpy(to, text.at, text.len);
	to[text.len] = '\0';
	return true;
}

bool gw_net_address_parse(struct gw_net_address *a, struct gw_str text)
{
	char copy[INET6_ADDRSTRLEN];
	struct gw_net_address parsed = { { 0 } };

	if (!copy_text(copy, sizeof(copy), text)) {
		return false;
	}
	memcpy(parsed.at, mapped, sizeof(mapped));
	if (inet_pton(AF_INET, copy, parsed.at + sizeof(mapped)) != 1 &&
	    inet_pton(AF_INET6, copy, parsed.at) != 1) {
		return false;
	}
	*a = parsed;
	return true;
}

void gw_net_address_print(char to[GW_NET_TEXT_BYTES],
			  const struct gw_net_address *a)
{
	bool is_ipv4 = memcmp(a->at, mapped, sizeof(mapped)) == 0;

	/* There is room for all, so it cannot fail. */
	(void)inet_ntop(is_ipv4 ? AF_INET : AF_INET6,
			is_ipv4 ? a->at + sizeof(mapped) : a->at, to,
			GW_NET_TEXT_BYTES);
}

void gw_net_print_home(char to[GW_NET_HOME_BYTES], struct gw_str address)
{
	struct gw_net_address a;
	char text[GW_NET_TEXT_BYTES];
	bool is_ipv4 = false;

	if (!gw_net_address_parse(&a, address)) {
		(void)snprintf(to, GW_NET_HOME_BYTES, GW_STR_FMT,
			       GW_STR_ARG(address));
		return;
	}
	is_ipv4 = memcmp(a.at, mapped, sizeof(mapped)) == 0;
	if (!is_ipv4) {
		memset(a.at + HOME_BYTES, 0, sizeof(a.at) - HOME_BYTES);
	}
	gw_net_address_print(text, &a);
	(void)snprintf(to, GW_NET_HOME_BYTES, "%s%s", text,
		       is_ipv4 ? "" : "/64");
}

bool gw_net_end_of(struct gw_net_end *end, const struct sockaddr *from)
{
	const struct sockaddr_in *in = (const void *)from;
	const struct sockaddr_in6 *in6 = (const void *)from;

	if (from->sa_family == AF_INET) {
		memcpy(end->address.at, mapped, sizeof(mapped));
		memcpy(end->address.at + sizeof(mapped), &in->sin_addr,
		       sizeof(in->sin_addr));
		end->port = ntohs(in->sin_port);
	} else if (from->sa_family == AF_INET6) {
		memcpy(end->address.at, &in6->sin6_addr,
		       sizeof(in6->sin6_addr));
		end->port = ntohs(in6->sin6_port);
	} else {
		return false;
	}
	return true;
}

bool gw_net_print_of(char to[GW_NET_TEXT_BYTES], const struct sockaddr *from)
{
	struct gw_net_end end;

	to[0] = '\0';
	if (!gw_net_end_of(&end, from)) {
		return false;
	}
	gw_net_address_print(to, &end.address);
	return true;
}

bool gw_net_sockaddr(struct sockaddr_storage *to, const char *address,
		     uint16_t port)
{
	struct sockaddr_in *in = (void *)to;
	struct sockaddr_in6 *in6 = (void *)to;

	*to = (struct sockaddr_storage){ 0 };
	if (inet_pton(AF_INET, address, &in->sin_addr) == 1) {
		to->ss_family = AF_INET;
	} else if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1) {
		to->ss_family = AF_INET6;
	} else {
		return false;
	}
	gw_net_set_port(to, port);
	return true;
}

void gw_net_set_port(struct sockaddr_storage *to, uint16_t port)
{
	struct sockaddr_in *in = (void *)to;
	struct sockaddr_in6 *in6 = (void *)to;

	if (to->ss_family == AF_INET6) {
		in6->sin6_port = htons(port);
	} else {
		in->sin_port = htons(port);
	}
}

unsigned gw_net_sockaddr_bytes(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					: sizeof(struct sockaddr_in);
}

bool gw_net_parse(struct gw_net *net, struct gw_str text)
{
	size_t n = gw_str_find(text, '/');
	struct gw_str address = gw_str_head(text, n);
	bool is_ipv4 = gw_str_find(address, ':') == address.len;
	uint64_t most = is_ipv4 ? ADDRESS_BITS - MAPPED_PREFIX_BITS
				: ADDRESS_BITS;
	uint64_t n_bits = most;
	struct gw_net parsed;

	if (!gw_net_address_parse(&parsed.base, address)) {
		return false;
	}
	if (n < text.len &&
	    !gw_str_number(&n_bits, gw_str_skip(text, n + 1), most)) {
		return false;
	}
	parsed.n_bits = (unsigned)n_bits + (is_ipv4 ? MAPPED_PREFIX_BITS : 0);
	*net = parsed;
	return true;
}

bool gw_net_address_eq(const struct gw_net_address *a,
		       const struct gw_net_address *b)
{
	return memcmp(a->at, b->at, sizeof(a->at)) == 0;
}

bool gw_net_has(const struct gw_net *net, const struct gw_net_address *a)
{
	unsigned n_bytes = net->n_bits / 8;
	unsigned mask = 0xff00U >> net->n_bits % 8 & 0xff;

	assert(net->n_bits <= ADDRESS_BITS);
	if (memcmp(net->base.at, a->at, n_bytes) != 0) {
		return false;
	}
	return mask == 0 ||
	       (net->base.at[n_bytes] & mask) == (a->at[n_bytes] & mask);
}

bool gw_net_is_unspecified(const struct gw_net_address *a)
{
	static const struct gw_net_address none;
	struct gw_net_address mapped_none = { { 0 } };

	memcpy(mapped_none.at, mapped, sizeof(mapped));
	return gw_net_address_eq(a, &none) ||
	       gw_net_address_eq(a, &mapped_none);
}

bool gw_net_is_loopback(const struct gw_net_address *a)
{
	static const char *const nets[] = { "127.0.0.0/8", "::1" };
	struct gw_net net;

	for (size_t i = 0; i < sizeof(nets) / sizeof(*nets); i++) {
		if (gw_net_parse(&net, gw_str_from(nets[i])) &&
		    gw_net_has(&net, a)) {
			return true;
		}
	}
	return false;
}
