/*
 * Page - which web pages may use a listener.
 */

#include "core/page.h"

#include "core/conf.h"
#include "core/lib/net.h"

#define PORT_MAX 65535

/* host[:port], taken apart. */
struct place {
	struct gw_str host; // without the brackets of IPv6
	uint64_t port;
};

/* Take host[:port] apart.  False when it is ill-formed. */
static bool read_place(struct place *place, struct gw_str text, uint64_t port)
{
	struct gw_str rest = text;

	place->port = port;
	if (gw_str_starts(text, GW_STR("["))) {
		rest = gw_str_skip(text, 1);
		place->host = gw_str_cut(&rest, ']');
		if (rest.len == 0) {
			return gw_str_is_present(rest) && place->host.len > 0;
		}
		if (rest.at[0] != ':') {
			return false;
		}
		rest = gw_str_skip(rest, 1);
	} else {
		place->host = gw_str_cut(&rest, ':');
	}
	return place->host.len > 0 &&
	       (!gw_str_is_present(rest) ||
		gw_str_number(&place->port, rest, PORT_MAX));
}

/* scheme://host[:port][/...] */
static bool read_url(struct place *place, struct gw_str url)
{
	struct gw_str rest = url;
	struct gw_str scheme = gw_str_cut(&rest, ':');
	bool is_secure = gw_str_eq_nocase(scheme, GW_STR("https")) ||
			 gw_str_eq_nocase(scheme, GW_STR("wss"));

	if (!gw_str_starts(rest, GW_STR("//"))) {
		return false;
	}
	rest = gw_str_skip(rest, 2);
	return read_place(place, gw_str_head(rest, gw_str_find(rest, '/')),
			  is_secure ? 443 : 80);
}

static bool is_same(const struct place *a, const struct place *b)
{
	return a->port == b->port && gw_str_eq_nocase(a->host, b->host);
}

static bool is_loopback(const struct gw_net_address *a)
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

/* The numeric address that the connection came to. */
static bool is_here(const struct place *page, const struct gw_net_end *at)
{
	struct gw_net_address a;

	if (page->port != at->port) {
		return false;
	}
	if (gw_net_address_parse(&a, page->host)) {
		return gw_net_address_eq(&a, &at->address);
	}
	return gw_str_eq_nocase(page->host, GW_STR("localhost")) &&
	       is_loopback(&at->address);
}

static bool is_ours(const struct gw_conf_listen *conf, const struct place *page,
		    const struct gw_net_end *at)
{
	struct place own;

	if (is_here(page, at) ||
	    (conf->advertise && read_url(&own, gw_str_from(conf->advertise)) &&
	     is_same(page, &own))) {
		return true;
	}
	for (size_t i = 0; i < conf->hosts.n; i++) {
		if (read_place(&own, gw_str_from(conf->hosts.at[i]),
			       at->port) &&
		    is_same(page, &own)) {
			return true;
		}
	}
	return false;
}

bool gw_page_is_host(struct gw_str text)
{
	struct place place;

	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] <= ' ' || text.at[i] > '~' ||
		    strchr("/?#@\\,", text.at[i])) {
			return false;
		}
	}
	return read_place(&place, text, 0);
}

bool gw_page_is_allowed(const struct gw_conf_listen *conf, struct gw_str origin)
{
	for (size_t i = 0; i < conf->allow_origins.n; i++) {
		struct gw_str allowed = gw_str_from(conf->allow_origins.at[i]);

		if (gw_str_is(allowed, "*") ||
		    gw_str_eq_nocase(allowed, origin)) {
			return true;
		}
	}
	return false;
}

bool gw_page_may(const struct gw_conf_listen *conf, const struct gw_net_end *at,
		 struct gw_str origin)
{
	struct place page;

	return origin.len == 0 || gw_page_is_allowed(conf, origin) ||
	       (read_url(&page, origin) && is_ours(conf, &page, at));
}
