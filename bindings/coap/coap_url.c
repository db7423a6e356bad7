/*
 * URL - taking apart coap://host:port/path?query.
 */

#include "bindings/coap/coap_url.h"

#include <assert.h>
#include <ctype.h>

#include "core/lib/net.h"

#define SCHEME "coap://"

/* Letters of names and of numeric addresses; nothing that a resolver could take
 * for more than a name. */
static bool is_host(struct gw_str s, bool is_bracketed)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (!isalnum((unsigned char)c) && c != '.' && c != '-' &&
		    c != '_' && !(is_bracketed && c == ':')) {
			return false;
		}
	}
	return s.len > 0 && s.len < COAP_HOST_BYTES;
}

static bool take_port(struct coap_url *url, struct gw_str text)
{
	uint64_t port = COAP_PORT;

	if (gw_str_is_present(text) && text.len > 0 &&
	    (!gw_str_number(&port, text, UINT16_MAX) || port == 0)) {
		return false;
	}
	url->port = (uint16_t)port;
	return true;
}

/* host, host:port, [address] or [address]:port */
static bool take_authority(struct coap_url *url, struct gw_str text)
{
	struct gw_net_address numeric;
	bool is_bracketed = gw_str_starts(text, GW_STR("["));
	struct gw_str rest = is_bracketed ? gw_str_skip(text, 1) : text;
	struct gw_str host = gw_str_cut(&rest, is_bracketed ? ']' : ':');

	if (is_bracketed && !gw_str_is_present(rest)) {
		return false;
	}
	if (is_bracketed && rest.len > 0 && rest.at[0] != ':') {
		return false;
	}
	if (is_bracketed && rest.len > 0) {
		rest = gw_str_skip(rest, 1);
	}
	if (!is_host(host, is_bracketed) || !take_port(url, rest)) {
		return false;
	}
	assert(host.len < sizeof(url->host));
	memcpy(url->host, host.at, host.len);
	url->host[host.len] = '\0';
	url->is_name = !gw_net_address_parse(&numeric, host);
	return !is_bracketed || !url->is_name;
}

bool coap_url_parse(struct coap_url *url, struct gw_str text)
{
	size_t scheme = sizeof(SCHEME) - 1;
	struct gw_str rest = gw_str_head(text, gw_str_find(text, '#'));
	size_t n = 0;

	if (rest.len < scheme ||
	    !gw_str_eq_nocase(gw_str_head(rest, scheme), GW_STR(SCHEME))) {
		return false;
	}
	rest = gw_str_skip(rest, scheme);
	url->query = rest;
	rest = gw_str_cut(&url->query, '?');
	n = gw_str_find(rest, '/');
	url->path = gw_str_skip(rest, n);
	return take_authority(url, gw_str_head(rest, n));
}
