/*
 * Own - what leads to ourselves, and what a URL means that does.
 *
 * A listener is known by where it is bound, in every spelling of this machine,
 * and by what it advertises.
 *
 * There are CSEs that notify at the point of access as it stands, and write
 * that URL into `to` (Mobius).  Where it is our listener, the path behind it
 * names whom it is for; where it is a broker of ours, it may be a topic as well
 * (TS-0010 6.6).
 */

#include <assert.h>

#include "core/lib/arena.h"
#include "core/lib/net.h"
#include "core/lib/url.h"
#include "core/relay_state.h"

/* Whether a URL leads to where ours does, or below it; what its path is behind
 * ours. */
static bool is_below(struct gw_str *pathp, struct gw_str ours_text,
		     const struct gw_url *theirs)
{
	struct gw_url ours;
	struct gw_str base;

	if (!gw_url_parse(&ours, ours_text) ||
	    !gw_str_eq_nocase(ours.scheme, theirs->scheme) ||
	    !gw_str_eq_nocase(ours.host, theirs->host) ||
	    ours.port != theirs->port) {
		return false;
	}
	base = ours.path;
	while (gw_str_ends(base, GW_STR("/"))) {
		base.len--;
	}
	*pathp = gw_str_skip(theirs->path, base.len);
	return gw_str_starts(theirs->path, base) &&
	       (pathp->len == 0 || pathp->at[0] == '/');
}

static bool is_listener(struct gw_str *pathp, const struct gw_relay *relay,
			const struct gw_url *theirs)
{
	for (size_t i = 0; i < relay->n_bindings; i++) {
		struct gw_str url = relay_address(relay->bindings[i], NULL);

		if (gw_str_is_present(url) && is_below(pathp, url, theirs)) {
			return true;
		}
	}
	return false;
}

static bool is_broker(struct gw_str *pathp, const struct gw_relay *relay,
		      const struct gw_url *theirs)
{
	for (size_t i = 0; i < relay->conf->n_brokers; i++) {
		if (is_below(pathp, gw_str_from(relay->conf->brokers[i].url),
			     theirs)) {
			return true;
		}
	}
	return false;
}

/* At a broker only what names a registree, or nothing but one, is no topic. */
static bool is_topic(const struct gw_exchange *x, struct gw_str to)
{
	return !gw_address_is_stem(to) &&
	       !gw_registry_find_resource(x->relay->registry, x->asker.cse, to);
}

bool own_target(struct gw_str *targetp, const struct gw_exchange *x)
{
	struct gw_str to = { 0 };
	struct gw_str path;
	struct gw_url url;
	bool is_ours = false;

	assert(x->to.scope == GW_SCOPE_URL && x->asker.cse);
	if (!gw_url_parse(&url, x->to.text)) {
		return false;
	}
	is_ours = is_listener(&path, x->relay, &url);
	if (!is_ours && !is_broker(&path, x->relay, &url)) {
		return false;
	}
	to = gw_address_of_path(x->request->arena, path);
	if (!is_ours && is_topic(x, to)) {
		return false;
	}
	*targetp = to;
	return true;
}

/* However it is written; a name may end in the dot of the root. */
static bool is_same_host(struct gw_str a, struct gw_str b)
{
	struct gw_net_address x;
	struct gw_net_address y;

	if (gw_net_address_parse(&x, a) && gw_net_address_parse(&y, b)) {
		return gw_net_address_eq(&x, &y);
	}
	a.len -= gw_str_ends(a, GW_STR(".")) ? 1 : 0;
	b.len -= gw_str_ends(b, GW_STR(".")) ? 1 : 0;
	return gw_str_eq_nocase(a, b);
}

bool own_is_advertised(const struct gw_binding *via, struct gw_str host,
		       uint16_t port)
{
	const struct gw_relay *relay = via->relay;
	struct gw_url ours;

	for (size_t i = 0; i < relay->n_bindings; i++) {
		struct gw_binding *b = relay->bindings[i];

		if (b->ops->is_datagram == via->ops->is_datagram &&
		    gw_url_parse(&ours, relay_address(b, NULL)) &&
		    ours.port == port && is_same_host(ours.host, host)) {
			return true;
		}
	}
	return false;
}

/* Who connects to 0.0.0.0 or :: is connected to its own machine. */
static struct gw_net_address connected_to(const struct gw_net_address *address)
{
	static const struct gw_net_address v6;
	struct gw_net_address loopback = *address;

	if (gw_net_is_unspecified(address)) {
		(void)gw_net_address_parse(&loopback,
					   gw_net_address_eq(address, &v6)
						   ? GW_STR("::1")
						   : GW_STR("127.0.0.1"));
	}
	return loopback;
}

bool own_is_listener(const struct gw_binding *via, const struct gw_net_end *at)
{
	const struct gw_relay *relay = via->relay;
	struct gw_net_address to = connected_to(&at->address);
	struct gw_net_end ours;

	for (size_t i = 0; i < relay->n_bindings; i++) {
		struct gw_binding *b = relay->bindings[i];

		if (b->ops->is_datagram != via->ops->is_datagram ||
		    !b->ops->listens || !b->ops->listens(b, &ours) ||
		    ours.port != at->port) {
			continue;
		}
		if (gw_net_address_eq(&ours.address, &to) ||
		    (gw_net_is_unspecified(&ours.address) &&
		     (gw_net_is_loopback(&to) ||
		      gw_loop_is_here(relay->loop, &to)))) {
			return true;
		}
	}
	return false;
}
