/*
 * Page - which web pages may use a listener, and by which names.
 */

#include "core/page.h"

#include "core/conf.h"
#include "core/lib/net.h"
#include "core/lib/url.h"

#define HTTP_PORT 80
#define HTTPS_PORT 443

static bool is_same(const struct gw_url *a, const struct gw_url *b)
{
	return a->port == b->port && gw_str_eq_nocase(a->host, b->host);
}

/* The numeric address that the connection came to. */
static bool is_here(const struct gw_url *page, const struct gw_net_end *at)
{
	struct gw_net_address a;

	if (page->port != at->port) {
		return false;
	}
	if (gw_net_address_parse(&a, page->host)) {
		return gw_net_address_eq(&a, &at->address);
	}
	return gw_str_eq_nocase(page->host, GW_STR("localhost")) &&
	       gw_net_is_loopback(&at->address);
}

/* One of the names in hosts; where it has no port, that is the listener's. */
static bool is_host_of_ours(const char *text, const struct gw_url *page,
			    const struct gw_net_end *at)
{
	struct gw_url own;

	if (!gw_url_parse_authority(&own, gw_str_from(text))) {
		return false;
	}
	own.port = own.port ? own.port : at->port;
	return is_same(page, &own);
}

static bool is_ours(const struct gw_conf_listen *conf,
		    const struct gw_url *page, const struct gw_net_end *at)
{
	struct gw_url own;

	if (is_here(page, at) ||
	    (conf->advertise &&
	     gw_url_parse(&own, gw_str_from(conf->advertise)) &&
	     is_same(page, &own))) {
		return true;
	}
	for (size_t i = 0; i < conf->hosts.n; i++) {
		if (is_host_of_ours(conf->hosts.at[i], page, at)) {
			return true;
		}
	}
	return false;
}

bool gw_page_is_host(struct gw_str text)
{
	struct gw_url url;

	return gw_url_parse_authority(&url, text);
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
	struct gw_url page;

	return origin.len == 0 || gw_page_is_allowed(conf, origin) ||
	       (gw_url_parse(&page, origin) && !gw_str_is_present(page.user) &&
		is_ours(conf, &page, at));
}

bool gw_page_is_for_us(const struct gw_conf_listen *conf,
		       const struct gw_net_end *at, struct gw_str host)
{
	const uint16_t ports[] = { at->port, HTTP_PORT, HTTPS_PORT };
	struct gw_url named;

	if (conf->hosts.n == 0 || !gw_str_is_present(host)) {
		return true;
	}
	if (!gw_url_parse_authority(&named, host)) {
		return false;
	}
	if (named.port != 0) {
		return is_ours(conf, &named, at);
	}
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		named.port = ports[i];
		if (is_ours(conf, &named, at)) {
			return true;
		}
	}
	return false;
}
